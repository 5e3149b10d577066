import type { Transaction } from '@cartera/db/connect'
import { customerMerges, customers, type JournaledFields } from '@cartera/db/schema/customers'
import { visibleCustomerTo } from '@cartera/db/visible-to'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { sameValue } from '@cartera/domain/customers/merge'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, gt, isNull, or, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { customerKeysTaken } from '../customers/write-customer.ts'
import { handNoticesOver } from '../notices/hand-notices-over.ts'
import { lockWithPromised } from '../promises/settle-promises.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { lockBulkWriting } from '../receivables/write-receivables.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { findCustomerReferences, named } from './customer-references.ts'
import { columnsOf, exchangeKeys, flatFields, requireMayMerge } from './merge-customers.ts'
import { letFactsMove, returnSingle } from './move-rows.ts'

/** The columns besides the customer that a merge writes in rows, by table (see `giveWay`). */
const writtenColumns: Readonly<Record<string, readonly string[]>> = {
  contacts: ['is_main'],
  documents: ['number'],
  interests: ['deleted_at', 'deleted_by'],
  notice_pauses: ['ended_at', 'ended_by'],
}

/** Written since about something that goes back, and nothing without it: it goes along. */
const followers = [
  { table: 'receivables', parent: 'documents', column: 'document_id' },
  { table: 'receivable_movements', parent: 'receivables', column: 'receivable_id' },
  { table: 'notice_pauses', parent: 'receivables', column: 'receivable_id' },
  { table: 'mailbox_messages', parent: 'notice_messages', column: 'notice_message_id' },
  { table: 'contact_attempts', parent: 'notice_messages', column: 'notice_message_id' },
] as const

/** Notices that have not come to their end. */
const pendingNotices = sql`m.state in ('planned', 'claimed', 'dispatching', 'deferred', 'held', 'uncertain', 'failed')`

/**
 * Undoes a merge: the merged customer is there again with everything that passed from it, and the survivor's fields are as they were where nobody changed
 * them since. What was recorded at the survivor since stays there. Refuses `not-found`, `not-allowed`, `merge-undone`, `merge-followed` (another merge
 * with the survivor came later), `merge-ledger-crossed` (money or promises since then run across both), `merge-notices-mixed`, `code-taken`, `external-id-taken`.
 */
export async function undoMerge(ctx: AppContext, viewer: Viewer, mergeId: string): Promise<void> {
  await refuseDuplicates(customerKeysTaken, () =>
    ledgerTransaction(ctx, async (tx) => {
      await lockBulkWriting(tx)
      const scope = visibleCustomerTo(customerScopeOf(viewer), customers)
      const [found] = await tx.select().from(customerMerges).where(eq(customerMerges.id, mergeId))
      if (!found) throw new Refusal('not-found')
      const both = await tx
        .select()
        .from(customers)
        .where(and(or(eq(customers.id, found.survivorId), eq(customers.id, found.mergedId)), scope))
        .orderBy(customers.id)
        .for('update')
      const [survivor, merged] = [found.survivorId, found.mergedId].map((id) => both.find((each) => each.id === id))
      if (!survivor || !merged) throw new Refusal('not-found')
      requireMayMerge(viewer)
      // Locked with the customers: whoever undid it meanwhile is seen.
      const [merge] = await tx.select().from(customerMerges).where(eq(customerMerges.id, mergeId))
      if (merge?.undoneAt !== null) throw new Refusal('merge-undone')
      const [later] = await tx
        .select({ id: customerMerges.id })
        .from(customerMerges)
        .where(
          and(
            or(eq(customerMerges.survivorId, survivor.id), eq(customerMerges.mergedId, survivor.id)),
            isNull(customerMerges.undoneAt),
            gt(customerMerges.id, merge.id),
          ),
        )
      if (later) throw new Refusal('merge-followed')
      if (survivor.deletedAt !== null) throw new Refusal('not-found')
      const { rows: returning } = await tx.execute<{ id: string }>(sql`
        select row_id as id from customer_merge_rows where merge_id = ${mergeId} and table_name = 'receivables' and moved`)
      await lockWithPromised(
        tx,
        returning.map((row) => row.id),
      )

      await letFactsMove(tx)
      await returnRows(tx, { mergeId, survivorId: survivor.id, mergedId: merged.id })
      await refuseCrossed(tx, survivor.id, merged.id)

      const now = ctx.now()
      const present = flatFields(survivor)
      const standing = ([field]: [string, unknown]) => sameValue(present[field], merge.after[field])
      const back: JournaledFields = Object.fromEntries(Object.entries(merge.before).filter(standing))
      const { code, externalId, ...fields } = back
      const { rows: pauses } = await tx.execute<{ until_on: string }>(sql`
        select until_on::text from notice_pauses where customer_id = ${merged.id} and receivable_id is null and ended_at is null`)
      await tx
        .update(customers)
        .set({
          mergedIntoId: null,
          deletedAt: null,
          deletedBy: null,
          noticesPausedUntil: pauses[0]?.until_on ?? null,
          version: merged.version + 1,
          updatedAt: now,
        })
        .where(eq(customers.id, merged.id))
      await exchangeKeys(
        tx,
        { id: survivor.id, ...(code === undefined ? {} : { code: String(code) }), ...textKey(externalId) },
        {
          id: merged.id,
          ...(merge.mergedBefore.code === undefined ? {} : { code: String(merge.mergedBefore.code) }),
          ...textKey(merge.mergedBefore.externalId),
        },
      )
      await tx
        .update(customers)
        .set({ ...columnsOf(fields, survivor.custom), version: survivor.version + 1, updatedAt: now })
        .where(eq(customers.id, survivor.id))
      await handNoticesOver(tx, ctx, sql`${survivor.id}::uuid, ${merged.id}::uuid`)
      await tx.update(customerMerges).set({ undoneAt: now, undoneBy: viewer.userId }).where(eq(customerMerges.id, mergeId))
      await recordAudit(tx, ctx, viewer, {
        action: 'unmerge',
        entity: 'customer',
        entityId: survivor.id,
        changes: { mergedFrom: [`${merged.code} ${merged.name}`, null], ...changesBetween(present, back) },
      })
      await recordAudit(tx, ctx, viewer, {
        action: 'unmerge',
        entity: 'customer',
        entityId: merged.id,
        changes: { mergedInto: [`${survivor.code} ${survivor.name}`, null] },
      })
    }),
  )
}

const textKey = (value: JournaledFields[string] | undefined) =>
  value === undefined ? {} : { externalId: value === null ? null : String(value) }

async function returnRows(
  tx: Transaction,
  { mergeId, survivorId, mergedId }: { mergeId: string; survivorId: string; mergedId: string },
): Promise<void> {
  const { rows: journal } = await tx.execute<{ table_name: string }>(
    sql`select distinct table_name from customer_merge_rows where merge_id = ${mergeId}`,
  )
  const touched = new Set(journal.map((row) => row.table_name))
  for (const reference of await findCustomerReferences(tx)) {
    const { table, column } = reference
    if (!touched.has(table)) continue
    if (reference.single) {
      await returnSingle(tx, reference, { survivorId, mergedId })
      continue
    }
    await tx.execute(sql`
      update ${named(table)} t set ${named(column)} = ${mergedId} from customer_merge_rows r
      where r.merge_id = ${mergeId} and r.table_name = ${table} and r.moved and t.id = r.row_id and t.${named(column)} = ${survivorId}`)
  }
  for (const { table, parent, column } of followers)
    await tx.execute(sql`
      update ${named(table)} t set customer_id = ${mergedId} from ${named(parent)} p
      where p.customer_id = ${mergedId} and t.${named(column)} = p.id and t.customer_id = ${survivorId}`)
  // A notice planned since that speaks of nothing but what goes back.
  await tx.execute(sql`
    update notice_messages m set customer_id = ${mergedId}
    where m.customer_id = ${survivorId} and ${pendingNotices}
      and exists (select 1 from notice_items i where i.message_id = m.id)
      and not exists (select 1 from notice_items i join receivables r on r.id = i.receivable_id where i.message_id = m.id and r.customer_id <> ${mergedId})`)
  for (const [table, columns] of Object.entries(writtenColumns)) {
    if (!touched.has(table)) continue
    const assigned = sql.join(
      columns.map((column) => sql`${named(column)} = p.${named(column)}`),
      sql`, `,
    )
    // A pause that somebody set since stands: the one that gave way to the merge stays ended beside it.
    const free =
      table === 'notice_pauses'
        ? sql`and not exists (select 1 from notice_pauses o where o.customer_id = t.customer_id and o.receivable_id is null and o.ended_at is null)`
        : sql``
    await tx.execute(sql`
      update ${named(table)} t set ${assigned} from customer_merge_rows r, jsonb_populate_record(null::${named(table)}, r.before) p
      where r.merge_id = ${mergeId} and r.table_name = ${table} and r.before is not null and t.id = r.row_id ${free}`)
  }
}

/** What runs across two customers cannot be told by either: the undoing is refused as a whole. */
async function refuseCrossed(tx: Transaction, survivorId: string, mergedId: string): Promise<void> {
  const pair = sql`(${survivorId}::uuid, ${mergedId}::uuid)`
  const { rows: ledger } = await tx.execute(sql`
    select 1 from receivable_movements m join receivables r on r.id = m.receivable_id join payments p on p.id = m.payment_id
      where r.customer_id in ${pair} and p.customer_id <> r.customer_id
    union all
    select 1 from receivable_movements m join receivables r on r.id = m.receivable_id join documents d on d.id = m.credit_note_id
      where r.customer_id in ${pair} and d.customer_id <> r.customer_id
    union all
    select 1 from promise_items i join receivables r on r.id = i.receivable_id join promises p on p.id = i.promise_id
      where r.customer_id in ${pair} and p.customer_id <> r.customer_id
    union all
    select 1 from payment_claim_receivables i join receivables r on r.id = i.receivable_id join payment_claims c on c.id = i.claim_id
      where r.customer_id in ${pair} and c.customer_id <> r.customer_id
    limit 1`)
  if (ledger.length > 0) throw new Refusal('merge-ledger-crossed')
  const { rows: notices } = await tx.execute(sql`
    select 1 from notice_messages m join notice_items i on i.message_id = m.id join receivables r on r.id = i.receivable_id
    where m.customer_id in ${pair} and ${pendingNotices} and r.customer_id <> m.customer_id and i.dropped_reason is null limit 1`)
  if (notices.length > 0) throw new Refusal('merge-notices-mixed')
}
