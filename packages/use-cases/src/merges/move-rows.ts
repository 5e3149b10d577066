import type { Transaction } from '@cartera/db/connect'
import { sql } from 'drizzle-orm'
import { type CustomerReference, named } from './customer-references.ts'

/** A merge in hand: which one, and between whom. */
export interface MergeInHand {
  mergeId: string
  survivorId: string
  mergedId: string
  now: Date
  userId: string
}

/** Facts of the ledger let their customer be changed in this transaction, and nothing else of them. */
export const letFactsMove = (tx: Transaction) => tx.execute(sql`select set_config('cartera.merging', 'on', true)`)

/** Two documents of the same type and number come together: the one that comes gets the first number that is free, as 001-15 (2). */
async function renumber(tx: Transaction, { mergeId, survivorId, mergedId }: MergeInHand): Promise<void> {
  const longest = 120
  const { rows } = await tx.execute<{ id: string; type: string; number: string }>(sql`
    select d.id, d.type, d.number from documents d
    where d.customer_id = ${mergedId} and exists (select 1 from documents o where o.customer_id = ${survivorId} and o.type = d.type and o.number = d.number)
    order by d.id`)
  for (const { id, type, number } of rows) {
    for (let copy = 2; ; copy++) {
      const suffix = ` (${copy})`
      const free = `${number.slice(0, longest - suffix.length)}${suffix}`
      const { rows: taken } = await tx.execute(sql`
        select 1 from documents where customer_id in (${survivorId}, ${mergedId}) and type = ${type} and number = ${free}`)
      if (taken.length > 0) continue
      await tx.execute(sql`update documents set number = ${free} where id = ${id}`)
      await journal(tx, mergeId, 'documents', [{ id, moved: true, before: { number } }])
      break
    }
  }
}

async function journal(
  tx: Transaction,
  mergeId: string,
  table: string,
  rows: readonly { id: string; moved: boolean; before: Record<string, unknown> }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into customer_merge_rows (merge_id, table_name, row_id, moved, before)
    select ${mergeId}, ${table}, r.id, r.moved, r.before from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id uuid, moved boolean, before jsonb)`)
}

/**
 * What could not stand twice at one customer gives way, and what it was is kept for undoing: a second main contact is one of the contacts, of two pauses the
 * longer one goes on, an interest that is noted already is deleted, and a document whose number is taken gets another.
 */
export async function giveWay(tx: Transaction, merge: MergeInHand): Promise<void> {
  const { mergeId, survivorId, mergedId, userId } = merge
  const now = merge.now.toISOString()
  const mains = await tx.execute<{ id: string }>(sql`
    update contacts c set is_main = false
    where c.customer_id = ${mergedId} and c.is_main and c.deleted_at is null
      and exists (select 1 from contacts o where o.customer_id = ${survivorId} and o.is_main and o.deleted_at is null)
    returning c.id`)
  await journal(
    tx,
    mergeId,
    'contacts',
    mains.rows.map(({ id }) => ({ id, moved: true, before: { is_main: true } })),
  )
  const pauses = await tx.execute<{ id: string; moved: boolean }>(sql`
    update notice_pauses p set ended_at = ${now}::timestamptz, ended_by = ${userId}
    where p.id = (
      select q.id from notice_pauses q where q.customer_id in (${survivorId}, ${mergedId}) and q.receivable_id is null and q.ended_at is null
      order by q.until_on desc, q.customer_id = ${survivorId} desc offset 1)
    returning p.id, p.customer_id = ${mergedId} as moved`)
  await journal(
    tx,
    mergeId,
    'notice_pauses',
    pauses.rows.map(({ id, moved }) => ({ id, moved, before: { ended_at: null, ended_by: null } })),
  )
  const interests = await tx.execute<{ id: string }>(sql`
    update interests i set deleted_at = ${now}::timestamptz, deleted_by = ${userId}
    where i.customer_id = ${mergedId} and i.deleted_at is null and i.contact_id is null
      and exists (select 1 from interests o where o.customer_id = ${survivorId} and o.product_id = i.product_id and o.contact_id is null and o.deleted_at is null)
    returning i.id`)
  await journal(
    tx,
    mergeId,
    'interests',
    interests.rows.map(({ id }) => ({ id, moved: true, before: { deleted_at: null, deleted_by: null } })),
  )
  await renumber(tx, merge)
}

/** Passes every row of a table from the merged customer to the survivor, each one kept in the journal. */
export async function moveRows(tx: Transaction, { table, column }: CustomerReference, merge: MergeInHand): Promise<void> {
  await tx.execute(sql`
    with moved as (
      update ${named(table)} t set ${named(column)} = ${merge.survivorId} where t.${named(column)} = ${merge.mergedId} returning t.id
    )
    insert into customer_merge_rows (merge_id, table_name, row_id, moved)
    select ${merge.mergeId}, ${table}, id, true from moved
    on conflict (merge_id, table_name, row_id) do nothing`)
}

/**
 * Passes what exists once for each customer (notice settings, picture). Where both have it the survivor's stays, or they change places where `exchange`;
 * what does not stay waits at the merged one. Its version grows beyond both, so that whoever looked at the old one looks again.
 */
export async function moveSingle(
  tx: Transaction,
  { table, column, columns }: CustomerReference,
  merge: MergeInHand,
  exchange: boolean,
): Promise<void> {
  const { survivorId, mergedId, mergeId } = merge
  const { rows } = await tx.execute<{ id: string; whole: Record<string, unknown> }>(sql`
    select t.${named(column)} as id, to_jsonb(t) as whole from ${named(table)} t where t.${named(column)} in (${survivorId}, ${mergedId}) for update`)
  const [mine, theirs] = [survivorId, mergedId].map((id) => rows.find((row) => row.id === id)?.whole)
  if (theirs === undefined || (mine !== undefined && !exchange)) return
  await writeSingles(tx, { table, column, columns }, [
    { id: survivorId, whole: theirs },
    ...(mine === undefined ? [] : [{ id: mergedId, whole: mine }]),
  ])
  if (mine === undefined) await tx.execute(sql`delete from ${named(table)} t where t.${named(column)} = ${mergedId}`)
  await journal(tx, mergeId, table, [{ id: mergedId, moved: true, before: { exchanged: mine !== undefined } }])
}

/** Gives back what `moveSingle` passed, as it is now. */
export async function returnSingle(
  tx: Transaction,
  { table, column, columns }: Pick<CustomerReference, 'table' | 'column' | 'columns'>,
  { survivorId, mergedId }: Pick<MergeInHand, 'survivorId' | 'mergedId'>,
): Promise<void> {
  const { rows } = await tx.execute<{ id: string; whole: Record<string, unknown> }>(sql`
    select t.${named(column)} as id, to_jsonb(t) as whole from ${named(table)} t where t.${named(column)} in (${survivorId}, ${mergedId}) for update`)
  await tx.execute(sql`delete from ${named(table)} t where t.${named(column)} in (${survivorId}, ${mergedId})`)
  await writeSingles(
    tx,
    { table, column, columns },
    rows.map(({ id, whole }) => ({ id: id === survivorId ? mergedId : survivorId, whole })),
  )
}

async function writeSingles(
  tx: Transaction,
  { table, column, columns }: Pick<CustomerReference, 'table' | 'column' | 'columns'>,
  rows: readonly { id: string; whole: Record<string, unknown> }[],
): Promise<void> {
  const version = Math.max(...rows.map(({ whole }) => Number(whole.version ?? 0)), 0) + 1
  for (const { id, whole } of rows) {
    await tx.execute(sql`delete from ${named(table)} t where t.${named(column)} = ${id}`)
    const row = { ...whole, [column]: id, ...(columns.includes('version') ? { version } : {}) }
    await tx.execute(
      sql`insert into ${named(table)} select * from jsonb_populate_record(null::${named(table)}, ${JSON.stringify(row)}::jsonb)`,
    )
  }
}
