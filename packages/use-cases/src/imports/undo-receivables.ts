import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { noticeSettings } from '@cartera/db/schema/notices'
import { balanceSources, importRows, imports, payments, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { parseAmount } from '@cartera/domain/money'
import type { NoticeState } from '@cartera/domain/notices/notice-states'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit, recordAudits } from '../audit.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { recordEvents } from '../notices/notice-events.ts'
import { settlePromises } from '../promises/settle-promises.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import {
  judgeReceivables,
  lockBulkWriting,
  lockReceivables,
  receivableFacts,
  type StandingReceivable,
  type StatedReceivable,
  writeReceivables,
} from '../receivables/write-receivables.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { hangingOn } from './hanging-on.ts'
import { importLock, optionsOf, type RowOutcome, type RowUndo, requireImport, requireOptions } from './import-record.ts'

const batch = 1000

/** A waiting notice that has nothing left to say. */
interface EmptiedNotice {
  id: string
  state: NoticeState
}

interface Written {
  rowNumber: number
  outcome: RowOutcome
}

/**
 * Takes an import of receivables back that stands as `undoing`, all of it in one transaction. What it made leaves the ledger with its charge and
 * settlement, as if the file had never come, where nobody has done anything with it and no notice of it may have left; waiting notices drop it.
 * What it changed becomes what it was, field by field, from today on. Customers that it made go where nothing hangs on them, notices that it
 * switched on are as they were, and the source of the balances has spoken when it had before. What was touched since stays and is listed.
 */
export async function undoReceivables(ctx: AppContext, importId: string): Promise<void> {
  const [found] = await ctx.db.select().from(imports).where(eq(imports.id, importId))
  if (found?.state !== 'undoing') return
  const options = optionsOf(found)
  const viewer = found.undoneBy ? await findViewerByUser(ctx, found.undoneBy) : null
  try {
    if (found.undoneBy && !viewer) throw new Refusal('not-allowed')
    requireImport(viewer, options)
    requireOptions(viewer, options, found.kind)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await ctx.db
      .update(imports)
      .set({ state: 'done', error: error.code })
      .where(sql`${imports.id} = ${importId} and ${imports.state} = 'undoing'`)
    return
  }
  // Told outside of the transaction, so that who watches sees it move.
  const told = (rowsDone: number) => ctx.db.update(imports).set({ rowsDone }).where(eq(imports.id, importId))
  await ledgerTransaction(ctx, async (tx) => {
    const { rows: locks } = await tx.execute<{ mine: boolean }>(
      sql`select pg_try_advisory_xact_lock(${importLock(importId)}) as mine`,
    )
    if (!locks[0]?.mine) return
    const [now] = await tx.select({ state: imports.state }).from(imports).where(eq(imports.id, importId))
    if (now?.state !== 'undoing') return
    await lockBulkWriting(tx)
    const undone = new Map<number, RowUndo>()
    const madeCustomers: { rowNumber: number; id: string }[] = []
    const cancelled: EmptiedNotice[] = []
    for (let before: number | undefined; ; ) {
      const rows = (await writtenRows(tx, importId, before)).map((row) => ({ ...row, outcome: row.outcome as RowOutcome }))
      before = rows.at(-1)?.rowNumber
      if (before === undefined) break
      for (const { rowNumber, outcome } of rows)
        if (outcome.madeCustomerId) madeCustomers.push({ rowNumber, id: outcome.madeCustomerId })
      const written = rows.filter(({ outcome }) => outcome.id !== undefined)
      cancelled.push(...(await undoRows(ctx, tx, viewer, written, undone)))
      await switchBack(tx, ctx, viewer, rows)
      await told(undone.size)
    }
    await recordEvents(
      tx,
      ctx,
      cancelled.map(({ id, state }) => ({
        messageId: id,
        fromState: state,
        toState: 'cancelled' as const,
        reason: 'import-undone' as const,
        actorId: viewer?.userId ?? null,
      })),
    )
    await removeMadeCustomers(tx, ctx, viewer, madeCustomers, undone)
    await takeWordBack(tx, options)
    await storeUndo(tx, importId, undone)
    await tx
      .update(imports)
      .set({ state: 'undone', undoneAt: ctx.now(), rowsDone: undone.size, error: null })
      .where(eq(imports.id, importId))
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'import',
      entityId: importId,
      changes: { fileName: found.fileName, undone: undone.size },
    })
  })
}

/** The rows that did something, from the end of the file on. */
const writtenRows = (tx: Transaction, importId: string, before: number | undefined) =>
  tx
    .select({ rowNumber: importRows.rowNumber, outcome: importRows.outcome })
    .from(importRows)
    .where(
      and(
        eq(importRows.importId, importId),
        isNotNull(importRows.outcome),
        before === undefined ? undefined : sql`${importRows.rowNumber} < ${before}`,
      ),
    )
    .orderBy(desc(importRows.rowNumber))
    .limit(batch)

async function storeUndo(tx: Transaction, importId: string, undone: ReadonlyMap<number, RowUndo>): Promise<void> {
  const all = [...undone]
  for (let at = 0; at < all.length; at += batch) {
    const told = all.slice(at, at + batch).map(([row_number, undo]) => ({ row_number, undo }))
    await tx.execute(sql`
      update import_rows r set undo = u.undo
      from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as u(row_number integer, undo jsonb)
      where r.import_id = ${importId}::uuid and r.row_number = u.row_number`)
  }
}

/** Undoes some rows; answers the waiting notices that had nothing left to say. */
async function undoRows(
  ctx: AppContext,
  tx: Transaction,
  viewer: Viewer | null,
  rows: readonly Written[],
  undone: Map<number, RowUndo>,
): Promise<EmptiedNotice[]> {
  const ids = rows.map(({ outcome }) => outcome.id ?? '')
  const seen = await tx
    .select({ id: receivables.id, externalId: receivables.externalId })
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .where(and(inArray(receivables.id, ids), viewer === null ? isNull(customers.deletedAt) : visibleCustomer(viewer)))
  const externalIds = seen.flatMap((row) => row.externalId ?? [])
  const locked = await lockReceivables(tx, externalIds)
  const versions = new Map(
    (
      await tx.select({ id: receivables.id, version: receivables.version }).from(receivables).where(inArray(receivables.id, ids))
    ).map((row) => [row.id, row.version]),
  )
  const standing = new Map([...locked.values()].map((one) => [one.id, one]))
  const here = rows.filter(({ rowNumber, outcome }) => {
    if (standing.has(outcome.id ?? '')) return true
    undone.set(rowNumber, { state: 'kept', code: 'not-found' })
    return false
  })
  const made = here.filter(({ outcome }) => outcome.created === true)
  const untouched = made.filter(({ outcome }) => versions.get(outcome.id ?? '') === outcome.version)
  const used = await hangingOn(
    tx,
    'receivables',
    untouched.map(({ outcome }) => outcome.id ?? ''),
    // Its own movements and the dispute that the file told of go with it; of its notices those that cannot have left.
    ['receivable_movements', 'disputes', 'notice_items'],
  )
  for (const id of await noticedOf(
    tx,
    untouched.map(({ outcome }) => outcome.id ?? ''),
  ))
    used.add(id)
  const payable = new Set(
    await removablePayments(
      tx,
      here.flatMap(({ outcome }) => outcome.paymentId ?? []),
    ),
  )
  const gone: StandingReceivable[] = []
  for (const row of made) {
    const one = standing.get(row.outcome.id ?? '')
    if (!one) continue
    if (!untouched.includes(row) || (row.outcome.paymentId !== undefined && !payable.has(row.outcome.paymentId)))
      undone.set(row.rowNumber, { state: 'kept', code: 'changed-meanwhile' })
    else if (used.has(one.id)) undone.set(row.rowNumber, { state: 'kept', code: 'in-use' })
    else {
      gone.push(one)
      undone.set(row.rowNumber, { state: 'undone' })
    }
  }
  const leaving = new Set(gone.map((one) => one.id))
  const changed = here.filter(({ outcome }) => outcome.created !== true)
  await removePayments(
    tx,
    ctx,
    viewer,
    here.flatMap(({ outcome }) =>
      outcome.paymentId !== undefined &&
      payable.has(outcome.paymentId) &&
      (outcome.created !== true || leaving.has(outcome.id ?? ''))
        ? [outcome.paymentId]
        : [],
    ),
  )
  const cancelled = await removeReceivables(tx, ctx, viewer, gone)
  await restate(ctx, tx, viewer, changed, payable, undone)
  return cancelled
}

/** Those of the receivables of which a notice has left, may have left, or is on its way. */
async function noticedOf(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  // Locked, so that none of them is claimed by who sends while it is judged.
  await tx.execute(sql`
    select m.id from notice_messages m
    where m.id in (select message_id from notice_items where receivable_id = any(${sql.param([...ids])}::uuid[]))
    order by m.id for update`)
  const { rows } = await tx.execute<{ id: string }>(sql`
    select distinct i.receivable_id as id from notice_items i join notice_messages m on m.id = i.message_id
    where i.receivable_id = any(${sql.param([...ids])}::uuid[])
      and (i.may_have_left or m.attempt > 0 or m.state not in ('planned', 'deferred', 'held', 'cancelled'))`)
  return rows.map((row) => row.id)
}

/** Those of the settling payments that stand as the import made them: not taken back, applied once, and nothing refers to them. */
async function removablePayments(tx: Transaction, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return []
  const hung = await hangingOn(tx, 'payments', ids, ['receivable_movements'])
  const { rows } = await tx.execute<{ id: string }>(sql`
    select p.id from payments p
    where p.id = any(${sql.param([...ids])}::uuid[])
      and (select count(*) from receivable_movements m where m.payment_id = p.id) = 1`)
  return rows.flatMap((row) => (hung.has(row.id) ? [] : [row.id]))
}

const letMovementsGo = (tx: Transaction) => tx.execute(sql`select set_config('cartera.undoing_import', 'on', true)`)
const keepMovements = (tx: Transaction) => tx.execute(sql`select set_config('cartera.undoing_import', 'off', true)`)

async function removePayments(tx: Transaction, ctx: AppContext, viewer: Viewer | null, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await letMovementsGo(tx)
  const { rows } = await tx.execute<{ receivable_id: string; amount: string }>(sql`
    delete from receivable_movements where payment_id = any(${sql.param([...ids])}::uuid[])
    returning receivable_id, amount_minor::text as amount`)
  await keepMovements(tx)
  await tx.execute(sql`
    update receivables r set balance_minor = r.balance_minor - s.amount, version = r.version + 1, updated_at = ${ctx.now().toISOString()}::timestamptz
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s(receivable_id uuid, amount bigint) where r.id = s.receivable_id`)
  const removed = await tx
    .delete(payments)
    .where(inArray(payments.id, [...ids]))
    .returning({ id: payments.id, externalId: payments.externalId, paidOn: payments.paidOn })
  await settlePromises(
    tx,
    ctx,
    rows.map((row) => row.receivable_id),
  )
  await recordAudits(
    tx,
    ctx,
    viewer,
    'payment',
    removed.map(({ id, ...changes }) => ({ id, action: 'delete', changes })),
  )
}

async function removeReceivables(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer | null,
  gone: readonly StandingReceivable[],
): Promise<EmptiedNotice[]> {
  if (gone.length === 0) return []
  const ids = sql.param(gone.map((one) => one.id))
  const { rows: messages } = await tx.execute<{ message_id: string }>(sql`
    delete from notice_items where receivable_id = any(${ids}::uuid[]) returning message_id`)
  const { rows: emptied } = await tx.execute<{ id: string; state: NoticeState }>(sql`
    update notice_messages m set state = 'cancelled', reason = 'import-undone', reason_params = null, next_attempt_at = null,
      version = m.version + 1, updated_at = ${ctx.now().toISOString()}::timestamptz
    from notice_messages was
    where was.id = m.id and m.id = any(${sql.param(messages.map((row) => row.message_id))}::uuid[]) and m.state <> 'cancelled'
      and not exists (select from notice_items i where i.message_id = m.id and i.dropped_reason is null)
    returning m.id, was.state`)
  await tx.execute(sql`delete from disputes where receivable_id = any(${ids}::uuid[])`)
  await letMovementsGo(tx)
  await tx.execute(sql`delete from receivable_movements where receivable_id = any(${ids}::uuid[])`)
  await keepMovements(tx)
  await tx.execute(sql`delete from receivables where id = any(${ids}::uuid[])`)
  const documentIds = [...new Set(gone.map((one) => one.documentId))]
  await tx.execute(sql`
    update documents d set total_minor = t.total, issued_on = t.issued_on
    from (select document_id, sum(amount_minor) as total, min(issued_on) as issued_on from receivables
          where document_id = any(${sql.param(documentIds)}::uuid[]) group by document_id) t
    where d.id = t.document_id`)
  const kept = await hangingOn(tx, 'documents', documentIds)
  await tx.execute(sql`
    delete from documents where id = any(${sql.param(documentIds.filter((id) => !kept.has(id)))}::uuid[])`)
  await recordAudits(
    tx,
    ctx,
    viewer,
    'receivable',
    gone.map((one) => ({ id: one.id, action: 'delete', changes: { externalId: one.externalId, ...receivableFacts(one) } })),
  )
  return emptied
}

/** Puts back what the import changed and nobody has changed since, as the source would state it. */
async function restate(
  ctx: AppContext,
  tx: Transaction,
  viewer: Viewer | null,
  rows: readonly Written[],
  payable: ReadonlySet<string>,
  undone: Map<number, RowUndo>,
): Promise<void> {
  if (rows.length === 0) return
  const { rows: keys } = await tx.execute<{ id: string; external_id: string }>(
    sql`select id, external_id from receivables where id = any(${sql.param(rows.map(({ outcome }) => outcome.id))}::uuid[])`,
  )
  const externalOf = new Map(keys.map((row) => [row.id, row.external_id]))
  const standing = await lockReceivables(tx, [...externalOf.values()])
  const asked = rows.flatMap(({ rowNumber, outcome }) => {
    const now = standing.get(externalOf.get(outcome.id ?? '') ?? '')
    if (!now) return []
    const { stated, kept } = earlier(now, outcome)
    if (outcome.paymentId !== undefined && !payable.has(outcome.paymentId)) kept.push('settledOn')
    return [{ rowNumber, outcome, stated, kept }]
  })
  const judged = await judgeReceivables(
    tx,
    asked.map((one) => one.stated),
    standing,
  )
  const toWrite: StatedReceivable[] = []
  const sources: { id: string; source: string | null }[] = []
  for (const [index, { rowNumber, outcome, stated, kept }] of asked.entries()) {
    const verdict = judged[index]
    if (!verdict) continue
    if ('errors' in verdict) {
      // What was paid or numbered since stands in the way.
      undone.set(rowNumber, {
        state: outcome.paymentId !== undefined && !kept.includes('settledOn') ? 'partly' : 'kept',
        fields: Object.keys(outcome.changes ?? {}),
        code: 'changed-meanwhile',
      })
      continue
    }
    if (verdict.fate === 'change') toWrite.push(stated)
    const some = verdict.fate === 'change' || (outcome.paymentId !== undefined && !kept.includes('settledOn'))
    if (kept.length === 0) sources.push({ id: outcome.id ?? '', source: outcome.sourceBefore ?? null })
    undone.set(rowNumber, {
      state: kept.length === 0 ? 'undone' : some ? 'partly' : 'kept',
      ...(kept.length === 0 ? {} : { fields: kept, code: 'changed-meanwhile' }),
    })
  }
  await writeReceivables(tx, ctx, viewer, toWrite, standing)
  await tx.execute(sql`
    update receivables r set source_name = s.source
    from jsonb_to_recordset(${JSON.stringify(sources)}::jsonb) as s(id uuid, source text)
    where r.id = s.id and (s.source is null or exists (select from balance_sources b where b.name = s.source))`)
}

/** A receivable with what the import changed as it was before, but for the fields that somebody has changed since. */
function earlier(now: StandingReceivable, outcome: RowOutcome): { stated: StatedReceivable; kept: string[] } {
  const facts: Record<string, unknown> = receivableFacts(now)
  const changes = Object.entries(outcome.changes ?? {})
  const isMoney = (field: string) => field === 'amount' || field === 'currency'
  const touched = new Set(changes.filter(([field, [, after]]) => facts[field] !== after).map(([field]) => field))
  // An amount means nothing in another currency: both go back, or neither.
  const moneyTouched = [...touched].some(isMoney)
  const kept = changes.map(([field]) => field).filter((field) => touched.has(field) || (isMoney(field) && moneyTouched))
  for (const [field, [before]] of changes) if (!kept.includes(field)) facts[field] = before
  const amount = parseAmount(String(facts.amount), String(facts.currency))
  if ('refusal' in amount) throw new Error(`${now.id}: ${String(facts.amount)} is no amount`)
  const { id: _, documentId: __, balanceMinor: ___, voidedMinor: ____, ...same } = now
  return {
    kept,
    stated: {
      ...same,
      documentType: facts.documentType as StatedReceivable['documentType'],
      number: String(facts.number),
      instalment: Number(facts.instalment),
      issuedOn: String(facts.issuedOn),
      dueOn: String(facts.dueOn),
      currency: String(facts.currency),
      amountMinor: amount.amountMinor,
      disputed: facts.disputed === true,
      disputeReason: typeof facts.disputeReason === 'string' ? facts.disputeReason : undefined,
    },
  }
}

/** Notices that the import switched on are as they were, where nobody has set them since. */
async function switchBack(tx: Transaction, ctx: AppContext, viewer: Viewer | null, rows: readonly Written[]): Promise<void> {
  const switched = rows.flatMap(({ outcome }) => outcome.noticesOn ?? [])
  let back = 0
  for (const { customerId, version, before } of switched) {
    const same = and(eq(noticeSettings.customerId, customerId), eq(noticeSettings.version, version))
    const changed =
      before === null
        ? await tx.delete(noticeSettings).where(same).returning({ id: noticeSettings.customerId })
        : await tx
            .update(noticeSettings)
            .set({ ...before, version: version + 1, updatedAt: ctx.now() })
            .where(same)
            .returning({ id: noticeSettings.customerId })
    back += changed.length
  }
  if (back > 0)
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'notice-settings',
      entityId: 'many',
      changes: { active: [true, null], customers: back },
    })
}

/** Customers that the import made go where nothing hangs on them; of the others the row says that they stay. */
async function removeMadeCustomers(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer | null,
  made: readonly { rowNumber: number; id: string }[],
  undone: Map<number, RowUndo>,
): Promise<void> {
  for (let at = 0; at < made.length; at += batch) {
    const part = made.slice(at, at + batch)
    const ids = part.map((one) => one.id)
    const standing = await tx
      .select({ id: customers.id, code: customers.code, name: customers.name, version: customers.version })
      .from(customers)
      .where(inArray(customers.id, ids))
      .orderBy(customers.id)
      .for('update')
    const hung = await hangingOn(tx, 'customers', ids)
    const gone = standing.filter((customer) => customer.version === 1 && !hung.has(customer.id))
    const leaving = new Set(gone.map((customer) => customer.id))
    if (gone.length > 0) await tx.delete(customers).where(inArray(customers.id, [...leaving]))
    for (const { rowNumber, id } of part)
      if (!leaving.has(id) && undone.get(rowNumber)?.state === 'undone')
        undone.set(rowNumber, { state: 'partly', fields: ['customerExternalId'], code: 'in-use' })
    await recordAudits(
      tx,
      ctx,
      viewer,
      'customer',
      gone.map(({ id, code, name }) => ({ id, action: 'delete', changes: { code, name } })),
    )
  }
}

/** The source of the balances has spoken when it had before the file, where it has not spoken again since. */
async function takeWordBack(tx: Transaction, options: ReturnType<typeof optionsOf>): Promise<void> {
  const { source, spoke } = options
  if (source === undefined || !spoke) return
  const same = and(eq(balanceSources.name, source), eq(balanceSources.asOf, new Date(spoke.after)))
  if (spoke.before !== null)
    await tx
      .update(balanceSources)
      .set({ asOf: new Date(spoke.before) })
      .where(same)
  else if (!(await tx.$count(receivables, eq(receivables.sourceName, source)))) await tx.delete(balanceSources).where(same)
}
