import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { noticePauses } from '@cartera/db/schema/notices'
import { users } from '@cartera/db/schema/organisation'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { isPaused, lastPauseDay, pauseRefusal } from '@cartera/domain/notices/notice-pause'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull, type SQL } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { findVisibleCustomer, lockVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { lookAtReview } from './plan-day.ts'

type PauseInput = { untilOn: CalendarDay; reason: string; replaces?: string | undefined }

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-notice-settings')
  if (refusal) throw new Refusal(refusal)
}

const pausers = alias(users, 'pauser')
const enders = alias(users, 'ender')

const selectPauses = (db: Pick<Transaction, 'select'>) =>
  db
    .select({
      pause: noticePauses,
      instalment: receivables.instalment,
      number: documents.number,
      pausedByName: pausers.name,
      endedByName: enders.name,
    })
    .from(noticePauses)
    .leftJoin(receivables, eq(receivables.id, noticePauses.receivableId))
    .leftJoin(documents, eq(documents.id, receivables.documentId))
    .leftJoin(pausers, eq(pausers.id, noticePauses.pausedBy))
    .leftJoin(enders, eq(enders.id, noticePauses.endedBy))

type PauseRow = Awaited<ReturnType<typeof selectPauses>>[number]

const referenceOf = (id: string | null, name: string | null) => (id === null || name === null ? null : { id, name })

function onWire(row: PauseRow, today: CalendarDay) {
  const { pause } = row
  const state = pause.endedAt !== null ? 'ended' : isPaused(pause.untilOn, today) ? 'standing' : 'over'
  return {
    id: pause.id,
    receivable:
      pause.receivableId === null || row.number === null || row.instalment === null
        ? null
        : { id: pause.receivableId, number: row.number, instalment: row.instalment },
    untilOn: pause.untilOn,
    reason: pause.reason,
    state: state as 'standing' | 'over' | 'ended',
    pausedAt: pause.createdAt.toISOString(),
    pausedBy: referenceOf(pause.pausedBy, row.pausedByName),
    endedAt: pause.endedAt?.toISOString() ?? null,
    endedBy: referenceOf(pause.endedBy, row.endedByName),
  }
}

async function readPause(tx: Transaction, pauseId: string, today: CalendarDay) {
  const [row] = await selectPauses(tx).where(eq(noticePauses.id, pauseId))
  if (!row) throw new Refusal('not-found')
  return onWire(row, today)
}

/** Every pause of a customer's notices and of its receivables', the newest first. Refuses `not-found`. */
export async function listNoticePauses(ctx: AppContext, viewer: Viewer, customerId: string, input: PageInput) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const today = await companyToday(ctx)
  const sort = input.sort ?? '-createdAt'
  const descending = sort.startsWith('-')
  const keys = [
    { column: noticePauses.createdAt, type: 'timestamptz' },
    { column: noticePauses.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await selectPauses(ctx.db)
    .where(and(eq(noticePauses.customerId, customerId), keysetAfter(input.cursor, sort, keys, descending)))
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => onWire(row, today),
    ({ pause }) => encodeCursor(sort, [pause.createdAt.toISOString(), pause.id]),
  )
}

/** Two that pause the same at once: the lock lets the second see the first; the index has the last word. */
const standing = {
  notice_pauses_customer_standing: { code: 'changed-meanwhile', field: 'untilOn' },
  notice_pauses_receivable_standing: { code: 'changed-meanwhile', field: 'untilOn' },
} as const

async function pause(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  what: { customerId: string; receivableId: string | null },
  input: PauseInput,
) {
  const today = await companyToday(ctx)
  const refusal = pauseRefusal(input.untilOn, today)
  if (refusal) throw new Refusal(refusal, { field: 'untilOn', params: { last: lastPauseDay(today) } })
  const same: SQL | undefined = and(
    isNull(noticePauses.endedAt),
    what.receivableId === null
      ? and(eq(noticePauses.customerId, what.customerId), isNull(noticePauses.receivableId))
      : eq(noticePauses.receivableId, what.receivableId),
  )
  const [before] = await tx.select().from(noticePauses).where(same)
  // One that ran out by itself stands in nobody's way; one that holds must be the one that the person saw.
  const holds = before !== undefined && isPaused(before.untilOn, today)
  if (holds ? input.replaces !== before.id : input.replaces !== undefined && input.replaces !== before?.id)
    throw new Refusal('changed-meanwhile')
  if (before)
    await tx
      .update(noticePauses)
      .set({ endedAt: ctx.now(), endedBy: holds ? viewer.userId : null })
      .where(eq(noticePauses.id, before.id))
  const [made] = await tx
    .insert(noticePauses)
    .values({ ...what, untilOn: input.untilOn, reason: input.reason, pausedBy: viewer.userId, createdAt: ctx.now() })
    .returning()
  if (!made) throw new Error('the pause was not written')
  await writeDay(tx, what, input.untilOn)
  await recordAudit(tx, ctx, viewer, {
    action: 'create',
    entity: 'notice-pause',
    entityId: made.id,
    changes: { ...what, untilOn: input.untilOn, reason: input.reason, replaces: before?.id ?? null },
  })
  return readPause(tx, made.id, today)
}

/** The day that stands is also on the row, where the plan reads it without looking at the facts. */
async function writeDay(tx: Transaction, what: { customerId: string; receivableId: string | null }, day: CalendarDay | null) {
  if (what.receivableId === null)
    await tx.update(customers).set({ noticesPausedUntil: day }).where(eq(customers.id, what.customerId))
  else await tx.update(receivables).set({ noticesPausedUntil: day }).where(eq(receivables.id, what.receivableId))
}

/** After the pause is written: what keeps this from happening now, the planner makes good within a minute. */
async function takeOutOfReview(ctx: AppContext, customerId: string): Promise<void> {
  await lookAtReview(ctx, customerId).catch((error: unknown) =>
    ctx.log.warn({ err: error }, 'could not look again at what waits for review'),
  )
}

/**
 * Pauses a customer's notices until the end of a day. Refuses `not-found`, `not-allowed`, `day-in-past`, `day-too-far`, and
 * `changed-meanwhile` where a pause stands that is not the one to replace.
 */
export async function pauseCustomer(ctx: AppContext, viewer: Viewer, customerId: string, input: PauseInput) {
  const paused = await refuseDuplicates(standing, () =>
    ctx.db.transaction(async (tx) => {
      await lockVisibleCustomer(tx, viewer, customerId)
      requireSettings(viewer)
      return pause(tx, ctx, viewer, { customerId, receivableId: null }, input)
    }),
  )
  await takeOutOfReview(ctx, customerId)
  return paused
}

/** The receivable of a customer that the viewer sees, locked; `not-found` else. */
async function lockVisibleReceivable(tx: Transaction, viewer: Viewer, receivableId: string) {
  const [row] = await tx
    .select({ id: receivables.id, customerId: receivables.customerId })
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .where(and(eq(receivables.id, receivableId), visibleCustomer(viewer)))
    .for('no key update', { of: receivables })
  if (!row) throw new Refusal('not-found')
  return row
}

/** Pauses one receivable's notices until the end of a day; refuses as `pauseCustomer` does. */
export async function pauseReceivable(ctx: AppContext, viewer: Viewer, receivableId: string, input: PauseInput) {
  let customerId = ''
  const paused = await refuseDuplicates(standing, () =>
    ctx.db.transaction(async (tx) => {
      const receivable = await lockVisibleReceivable(tx, viewer, receivableId)
      requireSettings(viewer)
      customerId = receivable.customerId
      return pause(tx, ctx, viewer, { customerId, receivableId }, input)
    }),
  )
  await takeOutOfReview(ctx, customerId)
  return paused
}

/** Ends a pause now. Refuses `not-found`, `not-allowed`, and `changed-meanwhile` for one that does not stand any more. */
export async function endNoticePause(ctx: AppContext, viewer: Viewer, pauseId: string) {
  return ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .select({ customerId: noticePauses.customerId, receivableId: noticePauses.receivableId })
      .from(noticePauses)
      .innerJoin(customers, eq(customers.id, noticePauses.customerId))
      .where(and(eq(noticePauses.id, pauseId), visibleCustomer(viewer)))
    if (!found) throw new Refusal('not-found')
    // In the order in which pausing locks: first what pauses, then the pause.
    if (found.receivableId === null) await lockVisibleCustomer(tx, viewer, found.customerId)
    else await lockVisibleReceivable(tx, viewer, found.receivableId)
    requireSettings(viewer)
    const today = await companyToday(ctx)
    const [before] = await tx.select().from(noticePauses).where(eq(noticePauses.id, pauseId)).for('update')
    if (!before || before.endedAt !== null || !isPaused(before.untilOn, today)) throw new Refusal('changed-meanwhile')
    await tx.update(noticePauses).set({ endedAt: ctx.now(), endedBy: viewer.userId }).where(eq(noticePauses.id, pauseId))
    await writeDay(tx, found, null)
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'notice-pause',
      entityId: pauseId,
      changes: { ended: [false, true], untilOn: before.untilOn, ...found },
    })
    return readPause(tx, pauseId, today)
  })
}
