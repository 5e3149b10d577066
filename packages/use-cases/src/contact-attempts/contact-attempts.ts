import type { Querier } from '@cartera/db/connect'
import { contactAttempts, customers } from '@cartera/db/schema/customers'
import { users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { type ContactChannel, contactRefusal, parseContactPolicy } from '@cartera/domain/notices/contact-policy'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, gte, isNotNull, isNull, lte, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyCalendar, findCompany } from '../company/company-settings.ts'
import { findVisibleCustomer, lockVisibleCustomer } from '../customers/visible-customer.ts'
import { contactsLock } from '../notices/limits-at-gate.ts'
import { visibleNotice } from '../notices/visible-notice.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

/**
 * The contacts that exist for a viewer: what somebody noted who stands within their scope, as with notes; a sent notice where they may
 * see notices and see that one. A condition over `contact_attempts` joined with `customers`.
 */
export function visibleAttempt(viewer: Viewer): SQL | undefined {
  const noted = and(isNull(contactAttempts.noticeMessageId), visibleTo(accessScopeOf(viewer), contactAttempts.recordedBy))
  const sent = and(isNotNull(contactAttempts.noticeMessageId), visibleNotice(viewer))
  return can(viewer, 'see-notices') ? or(noted, sent) : noted
}

const selectAttempts = (db: Querier) =>
  db
    .select({ attempt: contactAttempts, recorder: users.name })
    .from(contactAttempts)
    .innerJoin(customers, eq(customers.id, contactAttempts.customerId))
    .leftJoin(users, eq(users.id, contactAttempts.recordedBy))

type AttemptRow = Awaited<ReturnType<typeof selectAttempts>>[number]

const onWire = ({ attempt, recorder }: AttemptRow) => ({
  id: attempt.id,
  channel: attempt.channel,
  at: attempt.at.toISOString(),
  outcome: attempt.outcome,
  recordedBy: attempt.recordedBy === null || recorder === null ? null : { id: attempt.recordedBy, name: recorder },
  noticeId: attempt.noticeMessageId,
})

/** The contacts with a customer that the viewer sees, the newest first. Refuses `not-found`. */
export async function listContactAttempts(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: PageInput & { channel?: ContactChannel | undefined },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const sort = input.sort ?? '-at'
  const descending = sort.startsWith('-')
  const keys = [
    { column: contactAttempts.at, type: 'timestamptz' },
    { column: contactAttempts.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const rows = await selectAttempts(ctx.db)
    .where(
      and(
        eq(contactAttempts.customerId, customerId),
        input.channel === undefined ? undefined : eq(contactAttempts.channel, input.channel),
        visibleAttempt(viewer),
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, onWire, ({ attempt }) => encodeCursor(sort, [attempt.at.toISOString(), attempt.id]))
}

/** Clocks differ a little: what somebody noted "now" is not in the future. */
const clockSlackMs = 5 * 60_000

/**
 * Notes that a customer was contacted. The contact policy counts it and never forbids it: what happened, happened.
 * Refuses `not-found`, `instant-in-future`.
 */
export async function recordContactAttempt(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: { channel: 'call' | 'message' | 'visit' | 'letter'; at: string; outcome: string },
) {
  return ctx.db.transaction(async (tx) => {
    await lockVisibleCustomer(tx, viewer, customerId)
    const at = new Date(input.at)
    if (at.getTime() > ctx.now().getTime() + clockSlackMs) throw new Refusal('instant-in-future', { field: 'at' })
    // A notice whose server waits for its dot counts it, or has passed before it. Taken last, so that nobody waits in a circle.
    await tx.execute(sql`select ${contactsLock(sql`hashtext(${customerId}::uuid::text)`)}`)
    const [made] = await tx
      .insert(contactAttempts)
      .values({
        customerId,
        channel: input.channel,
        at,
        outcome: input.outcome,
        recordedBy: viewer.userId,
        createdAt: ctx.now(),
      })
      .returning()
    if (!made) throw new Error('the contact was not written')
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'contact-attempt',
      entityId: made.id,
      changes: { customerId, ...input },
    })
    const [row] = await selectAttempts(tx).where(eq(contactAttempts.id, made.id))
    if (!row) throw new Error('the contact was not written')
    return onWire(row)
  })
}

/** How far back a limit can count: the longest spacing is thirty days, the longest window a week. */
const lookBackDays = 31

/**
 * Whether the contact policy would let the customer be contacted: a warning before a call, by everybody's contacts, since the limit
 * protects the customer. It says no more of them than that the limit is reached. Refuses `not-found`.
 */
export async function checkContact(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: { channel?: ContactChannel | undefined; at?: string | undefined },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const company = await findCompany(ctx.db)
  if (company.contactPolicy === null) return { policy: false, allowed: true, reason: null, limit: null, per: null, until: null }
  const at = input.at === undefined ? ctx.now() : new Date(input.at)
  const rows = await ctx.db
    .select({ at: contactAttempts.at, channel: contactAttempts.channel, noticeMessageId: contactAttempts.noticeMessageId })
    .from(contactAttempts)
    .where(
      and(
        eq(contactAttempts.customerId, customerId),
        gte(contactAttempts.at, sql`${at.toISOString()}::timestamptz - make_interval(days => ${lookBackDays})`),
        lte(contactAttempts.at, at),
      ),
    )
    .orderBy(desc(contactAttempts.at))
    .limit(2000)
  const { holidays } = await companyCalendar(ctx.db)
  const refusal = contactRefusal({
    at,
    channel: input.channel ?? 'call',
    notice: false,
    contacts: rows.map((row) => ({ at: row.at, channel: row.channel, notice: row.noticeMessageId !== null })),
    rules: {
      timeZone: company.timeZone,
      policy: parseContactPolicy(company.contactPolicy),
      isOpenDay: () => true,
      isHoliday: (day) => holidays.has(day),
      sendFrom: '00:00',
      sendUntil: '24:00',
      intervalDays: 0,
    },
  })
  return {
    policy: true,
    allowed: refusal === null,
    reason: refusal?.reason ?? null,
    limit: refusal?.limit ?? null,
    per: refusal?.per ?? null,
    until: refusal?.until?.toISOString() ?? null,
  }
}
