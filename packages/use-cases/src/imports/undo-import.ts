import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { importRows, imports } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, desc, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { recordAudit, recordAudits } from '../audit.ts'
import { type Customer, visibleCustomer } from '../customers/visible-customer.ts'
import { defineJob } from '../jobs/job.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { overwriteCustomers } from './customer-import.ts'
import { hangingOn } from './hanging-on.ts'
import {
  findImport,
  isWritten,
  lockImport,
  optionsOf,
  type RowOutcome,
  type RowUndo,
  recordOf,
  requireImport,
  requireOptions,
} from './import-record.ts'
import { undoReceivables } from './undo-receivables.ts'

const batch = 500

/**
 * Takes an import back, in the worker: what it made is removed where nothing hangs on it, what it changed becomes what it was, field by field;
 * what somebody has changed since stays and is listed. Refuses `not-found`, `not-allowed`, `import-not-ready`.
 */
export async function startUndo(ctx: AppContext, viewer: Viewer, importId: string) {
  await ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    if (!isWritten(found)) throw new Refusal('import-not-ready')
    requireOptions(viewer, {}, found.kind)
    await tx
      .update(imports)
      .set({ state: 'undoing', rowsDone: 0, error: null, undoneBy: viewer.userId })
      .where(eq(imports.id, importId))
  })
  await ctx.queue
    .add(undoImportJob, { importId }, { key: importId })
    .catch((error: unknown) => ctx.log.warn({ err: error, importId }, 'could not ring for the undoing'))
  return recordOf(ctx.db, await findImport(ctx.db, viewer, importId))
}

/** Goes on undoing an import that stands as `undoing`, batch by batch from its end. Twice does no harm. */
export const undoImportJob = defineJob({
  name: 'undo-import',
  payload: z.strictObject({ importId: z.uuid() }),
  attempts: 5,
  async run(ctx, { importId }) {
    const [found] = await ctx.db.select({ kind: imports.kind }).from(imports).where(eq(imports.id, importId))
    if (found?.kind === 'receivables') return undoReceivables(ctx, importId)
    while (await ctx.db.transaction((tx) => undoBatch(ctx, tx, importId))) {
      // Each batch is a transaction of its own: others have their turn between them.
    }
  },
})

async function undoBatch(ctx: AppContext, tx: Transaction, importId: string): Promise<boolean> {
  const [found] = await tx.select().from(imports).where(eq(imports.id, importId)).for('update')
  if (found?.state !== 'undoing') return false
  const viewer = found.undoneBy ? await findViewerByUser(ctx, found.undoneBy) : null
  try {
    if (found.undoneBy && !viewer) throw new Refusal('not-allowed')
    requireImport(viewer, optionsOf(found))
    requireOptions(viewer, optionsOf(found), found.kind)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await tx.update(imports).set({ state: 'done', error: error.code }).where(eq(imports.id, importId))
    return false
  }
  const rows = await tx
    .select({ rowNumber: importRows.rowNumber, fate: importRows.fate, outcome: importRows.outcome })
    .from(importRows)
    .where(
      and(
        eq(importRows.importId, importId),
        inArray(importRows.fate, ['create', 'change']),
        isNotNull(sql`${importRows.outcome} ->> 'id'`),
        sql`(${importRows.outcome} ? 'created' or ${importRows.outcome} ? 'changes')`,
        isNull(importRows.undo),
      ),
    )
    .orderBy(desc(importRows.rowNumber))
    .limit(batch)
  if (rows.length === 0) {
    await tx.update(imports).set({ state: 'undone', undoneAt: ctx.now() }).where(eq(imports.id, importId))
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'import',
      entityId: importId,
      changes: { fileName: found.fileName, undone: found.rowsDone },
    })
    return false
  }
  const outcomes = rows.map((row) => ({ rowNumber: row.rowNumber, outcome: (row.outcome ?? {}) as RowOutcome }))
  const ids = outcomes.map(({ outcome }) => outcome.id ?? '')
  const standing = new Map(
    (
      await tx
        .select()
        .from(customers)
        .where(and(inArray(customers.id, ids), viewer === null ? isNull(customers.deletedAt) : visibleCustomer(viewer)))
        .orderBy(asc(customers.id))
        .for('update')
    ).map((customer) => [customer.id, customer]),
  )
  const undone = new Map<number, RowUndo>()
  const created = outcomes.filter(({ outcome }) => outcome.created === true)
  await removeCreated(ctx, tx, viewer, created, standing, undone)
  await revertChanged(
    ctx,
    tx,
    viewer,
    outcomes.filter(({ outcome }) => outcome.created !== true),
    standing,
    undone,
  )
  const told = [...undone].map(([row_number, undo]) => ({ row_number, undo }))
  await tx.execute(sql`
    update import_rows r set undo = u.undo
    from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as u(row_number integer, undo jsonb)
    where r.import_id = ${importId}::uuid and r.row_number = u.row_number`)
  await tx
    .update(imports)
    .set({ rowsDone: found.rowsDone + rows.length })
    .where(eq(imports.id, importId))
  return true
}

type Written = { rowNumber: number; outcome: RowOutcome }

async function removeCreated(
  ctx: AppContext,
  tx: Transaction,
  viewer: Viewer | null,
  rows: readonly Written[],
  standing: ReadonlyMap<string, Customer>,
  undone: Map<number, RowUndo>,
) {
  const untouched = rows.filter(({ outcome }) => standing.get(outcome.id ?? '')?.version === 1)
  const hung = await hangingOn(
    tx,
    'customers',
    untouched.map(({ outcome }) => outcome.id ?? ''),
  )
  const gone: Customer[] = []
  for (const { rowNumber, outcome } of rows) {
    const customer = standing.get(outcome.id ?? '')
    if (!customer) undone.set(rowNumber, { state: 'kept', code: 'not-found' })
    else if (customer.version !== 1) undone.set(rowNumber, { state: 'kept', code: 'changed-meanwhile' })
    else if (hung.has(customer.id)) undone.set(rowNumber, { state: 'kept', code: 'in-use' })
    else {
      gone.push(customer)
      undone.set(rowNumber, { state: 'undone' })
    }
  }
  if (gone.length === 0) return
  await tx.delete(customers).where(
    inArray(
      customers.id,
      gone.map((customer) => customer.id),
    ),
  )
  await recordAudits(
    tx,
    ctx,
    viewer,
    'customer',
    gone.map(({ id, code, name }) => ({ id, action: 'delete', changes: { code, name } })),
  )
}

const same = (a: unknown, b: unknown) => JSON.stringify(plain(a)) === JSON.stringify(plain(b))
/** A value of a column as an audit row keeps it. */
const plain = (value: unknown): unknown =>
  typeof value === 'bigint' ? value.toString() : value instanceof Date ? value.toISOString() : (value ?? null)

function present(customer: Customer, field: string): unknown {
  return field.startsWith('custom.') ? customer.custom[field.slice(7)] : customer[field as keyof Customer]
}

async function revertChanged(
  ctx: AppContext,
  tx: Transaction,
  viewer: Viewer | null,
  rows: readonly Written[],
  standing: ReadonlyMap<string, Customer>,
  undone: Map<number, RowUndo>,
) {
  const back = rows.map(({ outcome }) => outcome.changes ?? {})
  const earlier = (field: string) =>
    back.flatMap((changes) => (typeof changes[field]?.[0] === 'string' ? [changes[field][0]] : []))
  const owners = await tx
    .select({ id: customers.id, code: customers.code, externalId: customers.externalId })
    .from(customers)
    .where(
      sql`${customers.code} = any(${sql.param(earlier('code'))}::text[]) or ${customers.externalId} = any(${sql.param(earlier('externalId'))}::text[])`,
    )
  const takenBy = (field: string, value: unknown, id: string) =>
    (field === 'code' || field === 'externalId') && owners.some((owner) => owner[field] === value && owner.id !== id)
  const written: Record<string, unknown>[] = []
  const audits: { id: string; action: 'change'; changes: Record<string, unknown> }[] = []
  for (const { rowNumber, outcome } of rows) {
    const customer = standing.get(outcome.id ?? '')
    if (!customer) {
      undone.set(rowNumber, { state: 'kept', code: 'not-found' })
      continue
    }
    const kept: string[] = []
    const next: Record<string, unknown> = { ...customer, custom: { ...customer.custom } }
    const changes: Record<string, unknown> = {}
    for (const [field, [before, after]] of Object.entries(outcome.changes ?? {})) {
      if (!same(present(customer, field), after) || takenBy(field, before, customer.id)) {
        kept.push(field)
        continue
      }
      changes[field] = [after, before]
      if (!field.startsWith('custom.')) next[field] = before
      else {
        const values = next.custom as Record<string, unknown>
        if (before === null) delete values[field.slice(7)]
        else values[field.slice(7)] = before
      }
    }
    const reverted = Object.keys(changes).length > 0
    if (reverted) {
      written.push({ ...next, version: customer.version + 1, updatedAt: ctx.now() })
      audits.push({ id: customer.id, action: 'change', changes })
    }
    undone.set(rowNumber, {
      state: kept.length === 0 ? 'undone' : reverted ? 'partly' : 'kept',
      ...(kept.length === 0 ? {} : { fields: kept, code: 'changed-meanwhile' }),
    })
  }
  await overwriteCustomers(tx, written)
  await recordAudits(tx, ctx, viewer, 'customer', audits)
}
