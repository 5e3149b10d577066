import { createHash } from 'node:crypto'
import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { importRows, imports } from '@cartera/db/schema/receivables'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { type DecidedReading, decideReading, readCustomerRow } from '@cartera/domain/imports/customer-import-row'
import { type FieldSource, sourceText } from '@cartera/domain/imports/import-mapping'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, getTableColumns, gt, is, SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit, recordAudits } from '../audit.ts'
import { nextCustomerCodes } from '../customers/customer-codes.ts'
import { customerChanges } from '../customers/customer-fields.ts'
import { violatedConstraint } from '../refuse-duplicates.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import {
  cellLookup,
  type ImportRow,
  noFates,
  optionsOf,
  type RowOutcome,
  requireImport,
  requireOptions,
  storedRows,
} from './import-record.ts'
import { type CustomerJudge, customerJudge, judgeCustomers, keyValue, likenessOf, type SaidRow } from './judge-customers.ts'
import { type RowFate, storeFates } from './store-fates.ts'

/** Rows that are judged and written together: one transaction, a few hundred milliseconds. */
const batch = 1000

type StoredRow = { rowNumber: number; cells: (typeof importRows.$inferSelect)['cells'] }

/** Understands the rows of a file by its mapping. */
function rowReader(found: ImportRow, judge: CustomerJudge, decided: DecidedReading) {
  const mapping = found.mapping as Record<string, FieldSource>
  const lookup = cellLookup(found.columns)
  const empty = judge.options.empty ?? 'leave'
  return (row: StoredRow): SaidRow => ({
    rowNumber: row.rowNumber,
    ...readCustomerRow(judge.fields, mapping, decided, empty, lookup(row.cells)),
  })
}

/** Once through the whole file: how it writes amounts and days, and which rows have the same key. */
async function surveyRows(tx: Transaction, found: ImportRow, judge: CustomerJudge) {
  const mapping = found.mapping as Record<string, FieldSource>
  const options = optionsOf(found)
  const lookup = cellLookup(found.columns)
  const sourcesOf = (types: readonly string[]) =>
    judge.fields.flatMap((field) => {
      const source = mapping[field.name]
      return source && types.includes(field.type) ? [source] : []
    })
  const [amountSources, daySources] = [sourcesOf(['amount', 'number']), sourcesOf(['date'])]
  const amounts = new Set<string>()
  const days = new Set<string>()
  const keys = [...new Set([...(options.keys ?? []), 'externalId' as const, 'code' as const])].filter((key) => mapping[key])
  const met = new Map(keys.map((key) => [key, new Map<string, { rowNumber: number; content: string; differs: boolean }>()]))
  const keyFields = judge.fields.filter((field) => (keys as string[]).includes(field.name))
  const plain: DecidedReading = { decimal: '.', dateOrder: 'ymd', shown: null }
  for await (const rows of storedRows(tx, found.id, 0, batch)) {
    for (const row of rows) {
      const cellOf = lookup(row.cells)
      for (const source of amountSources) amounts.add(sourceText(source, cellOf))
      for (const source of daySources) days.add(sourceText(source, cellOf))
      const { values } = readCustomerRow(keyFields, mapping, plain, 'leave', cellOf)
      let content: string | null = null
      for (const key of keys) {
        const value = keyValue(key, values)
        if (value === '') continue
        content ??= createHash('sha1')
          .update(JSON.stringify(Object.values(mapping).map((source) => sourceText(source, cellOf))))
          .digest('base64')
        const seen = met.get(key)
        const first = seen?.get(value)
        if (first === undefined) seen?.set(value, { rowNumber: row.rowNumber, content, differs: false })
        else if (first.content !== content) first.differs = true
      }
    }
  }
  const decided = decideReading({ decimal: options.decimal ?? 'auto', dateOrder: options.dateOrder ?? 'auto' }, { amounts, days })
  return { decided, met }
}

/**
 * The dry run of customers: says of every row what would become of it, in batches, and keeps it on the rows. Holds two short texts per row in
 * memory, never the file. Answers the counts and how the file writes amounts and days.
 */
export async function checkCustomers(
  tx: Transaction,
  viewer: Viewer | null,
  found: ImportRow,
  told: (rowsDone: number) => Promise<unknown>,
) {
  const judge = await customerJudge(tx, optionsOf(found))
  const { decided, met } = await surveyRows(tx, found, judge)
  const read = rowReader(found, judge, decided)
  const counts = noFates()
  const first = { taxId: new Map<string, number>(), email: new Map<string, number>(), name: new Map<string, number>() }
  const skipsAlike = (judge.options.duplicates ?? 'skip') !== 'create'
  let done = 0
  for await (const stored of storedRows(tx, found.id, 0, batch)) {
    const rows = stored.map(read)
    const fates: RowFate[] = []
    for (const row of await judgeCustomers(tx, viewer, judge, rows, { lock: false, alike: 'look' })) {
      const said = rows[fates.length]
      let { fate, errors, outcome } = row
      const repeated = said && repetitionOf(said, met)
      if (repeated?.differs) {
        fate = 'refused'
        errors = [...errors, { field: repeated.key, code: 'duplicate-in-request' }]
        outcome = null
      } else if (repeated && fate !== 'refused') {
        fate = 'duplicate'
        outcome = { duplicateOf: { rowNumber: repeated.rowNumber, alike: [] } }
      } else if (said && fate === 'create') {
        const likeness = likenessOf(said.values)
        const kinds = ['taxId', 'email', 'name'] as const
        const rowNumber = kinds.map((kind) => first[kind].get(likeness[kind])).find((number) => number !== undefined)
        if (rowNumber !== undefined) {
          const alike = kinds.filter((kind) => first[kind].get(likeness[kind]) === rowNumber)
          outcome = { ...outcome, duplicateOf: outcome?.duplicateOf ?? { rowNumber, alike } }
          if (skipsAlike) fate = 'possible-duplicate'
        }
        if (fate === 'create')
          for (const kind of kinds)
            if (likeness[kind] !== '' && !first[kind].has(likeness[kind])) first[kind].set(likeness[kind], said.rowNumber)
      }
      counts[fate] += 1
      fates.push({ rowNumber: row.rowNumber, fate, errors, outcome: slim(outcome) })
    }
    await storeFates(tx, found.id, fates)
    done += rows.length
    await told(done)
  }
  return { counts, decided }
}

/** What the dry run keeps of an outcome: the stored columns are for undoing, and the run works them out again. */
const slim = (outcome: RowOutcome | null): RowOutcome | null => {
  if (outcome === null) return null
  const { changes: _, ...kept } = outcome
  return Object.keys(kept).length === 0 ? null : kept
}

function repetitionOf(row: SaidRow, met: Awaited<ReturnType<typeof surveyRows>>['met']) {
  let repeated: { key: string; rowNumber: number; differs: boolean } | null = null
  for (const [key, values] of met) {
    const value = keyValue(key, row.values)
    const first = value === '' ? undefined : values.get(value)
    if (first?.differs) return { key, rowNumber: first.rowNumber, differs: true }
    if (first && first.rowNumber !== row.rowNumber) repeated = { key, rowNumber: first.rowNumber, differs: false }
  }
  return repeated
}

const written = Object.entries(getTableColumns(customers)).filter(([, column]) => column.generated === undefined)
const columnName = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const columnList = sql.raw(written.map(([field]) => columnName(field)).join(', '))
const assignments = sql.raw(
  written
    .filter(([field]) => field !== 'id')
    .map(([field]) => `${columnName(field)} = r.${columnName(field)}`)
    .join(', '),
)
/** What a column holds where nothing is said, as far as the table says it with a plain value. */
const blank = Object.fromEntries(
  written.flatMap(([field, { default: value }]) => (value === undefined || is(value, SQL) ? [] : [[field, value]])),
)

function rowsJson(rows: readonly Record<string, unknown>[]): string {
  return JSON.stringify(
    rows.map((row) => Object.fromEntries(Object.entries(row).map(([field, value]) => [columnName(field), value]))),
    (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
  )
}

/** Writes customers as they stand in memory, whole, in one statement: they are locked by this transaction. */
export async function overwriteCustomers(tx: Transaction, rows: readonly Record<string, unknown>[]): Promise<void> {
  if (rows.length === 0) return
  await tx.execute(sql`
    update customers c set ${assignments}
    from jsonb_populate_recordset(null::customers, ${rowsJson(rows)}::jsonb) r where c.id = r.id`)
}

/**
 * Runs an import of customers that stands as running, batch by batch: each is one transaction that also moves the point from which it goes
 * on, so a worker that ended in the middle leaves nothing half written and nothing is written twice. What every row becomes is judged
 * again against what stands now; what a person saw of possible duplicates stays decided. Cancelling takes effect between two batches.
 */
export async function runCustomers(ctx: AppContext, importId: string, told: (rowsDone: number) => void): Promise<void> {
  for (let failures = 0; ; ) {
    try {
      const done = await ctx.db.transaction((tx) => writeBatch(ctx, tx, importId))
      failures = 0
      if (done === null) return
      told(done)
    } catch (error) {
      // Somebody gave the same code by hand meanwhile: judged again, the row is refused for it.
      if (violatedConstraint(error) === null || failures >= 3) throw error
      failures += 1
    }
  }
}

async function writeBatch(ctx: AppContext, tx: Transaction, importId: string): Promise<number | null> {
  const [found] = await tx.select().from(imports).where(eq(imports.id, importId)).for('update')
  if (found?.state !== 'running') return null
  const options = optionsOf(found)
  const viewer = options.runBy ? await findViewerByUser(ctx, options.runBy) : null
  if (options.runBy && !viewer) throw new Refusal('not-allowed')
  // As the person stands now: what they may may have changed since they started it.
  requireImport(viewer, options)
  requireOptions(viewer, options, found.kind)
  // As for integrators: two that bring the same new customer would otherwise collide instead of agreeing.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera customers upsert'))`)
  const rows = await tx
    .select()
    .from(importRows)
    .where(and(eq(importRows.importId, importId), gt(importRows.rowNumber, found.resumeAfter)))
    .orderBy(asc(importRows.rowNumber))
    .limit(batch)
  const last = rows.at(-1)
  if (!last) {
    await finish(ctx, tx, viewer, found)
    return null
  }
  const judge = await customerJudge(tx, options)
  const decided = options.decided ?? { decimal: '.', dateOrder: 'auto', shown: null }
  const wanted = rows.filter((row) => row.fate === 'create' || row.fate === 'change')
  const alike = new Map(
    wanted.flatMap((row) => {
      const outcome = row.outcome as RowOutcome | null
      const id = outcome?.duplicateOf?.id
      return row.fate === 'change' && id ? [[row.rowNumber, id] as const] : []
    }),
  )
  const judged = await judgeCustomers(tx, viewer, judge, wanted.map(rowReader(found, judge, decided)), { lock: true, alike })
  const kept = new Map(wanted.map((row) => [row.rowNumber, row.outcome as RowOutcome | null]))
  const fates: RowFate[] = []
  const now = ctx.now()

  const fresh = judged.filter((row) => row.fate === 'create')
  const codes = await nextCustomerCodes(tx, fresh.filter((row) => !row.columns.code).length)
  // What a narrow level brings stays in its sight: its next file must find it.
  const own = viewer === null || customerScopeOf(viewer).kind === 'company' ? null : viewer.userId
  const made = fresh.map((row) => ({
    ...row.columns,
    id: v7(),
    code: row.columns.code || (codes.shift() ?? ''),
    preferredAgentId: row.columns.preferredAgentId ?? (row.columns.collectionsAgentId ? null : own),
    createdAt: now,
    updatedAt: now,
    createdBy: viewer?.userId ?? null,
  }))
  if (made.length > 0)
    await tx.execute(sql`
      insert into customers (${columnList})
      select ${columnList} from jsonb_populate_recordset(null::customers, ${rowsJson(made.map((row) => ({ ...blank, ...row })))}::jsonb)`)
  for (const [index, row] of fresh.entries()) {
    const { duplicateOf } = kept.get(row.rowNumber) ?? {}
    const outcome = { ...(duplicateOf ? { duplicateOf } : {}), id: made[index]?.id ?? '', created: true }
    fates.push({ rowNumber: row.rowNumber, fate: 'create', errors: [], outcome })
  }

  // A customer whom two rows of the batch mean takes the first; the second is judged against what that left in its own turn.
  const changed = judged.filter((row) => row.fate === 'change' && row.before !== null)
  const seen = new Set<string>()
  const once = changed.filter((row) => row.before && !seen.has(row.before.id) && seen.add(row.before.id))
  await overwriteCustomers(
    tx,
    once.map((row) => ({ ...row.before, ...row.columns, version: (row.before?.version ?? 0) + 1, updatedAt: now })),
  )
  for (const row of judged) {
    if (row.fate === 'create') continue
    const twice = row.fate === 'change' && !once.includes(row)
    fates.push(
      twice
        ? { rowNumber: row.rowNumber, fate: 'refused', errors: [{ field: 'code', code: 'duplicate-in-request' }], outcome: null }
        : { rowNumber: row.rowNumber, fate: row.fate, errors: row.errors, outcome: row.outcome },
    )
  }
  await recordAudits(tx, ctx, viewer, 'customer', [
    ...made.map(({ createdAt: _, updatedAt: __, createdBy: ___, id, ...told }) => ({
      id,
      action: 'create' as const,
      changes: customerChanges(null, told).changes,
    })),
    ...once.map((row) => ({
      id: row.before?.id ?? '',
      action: row.before?.deletedAt ? ('restore' as const) : ('change' as const),
      changes: row.outcome?.changes ?? {},
    })),
  ])
  await storeFates(tx, importId, fates)
  const rowsDone = found.rowsDone + rows.length
  await tx.update(imports).set({ resumeAfter: last.rowNumber, rowsDone }).where(eq(imports.id, importId))
  return rowsDone
}

async function finish(ctx: AppContext, tx: Transaction, viewer: Viewer | null, found: ImportRow) {
  const { rows } = await tx.execute<{ fate: string; rows: number }>(
    sql`select fate, count(*)::int as rows from import_rows where import_id = ${found.id}::uuid and fate is not null group by fate`,
  )
  const counts = { ...noFates(), ...Object.fromEntries(rows.map((row) => [row.fate, row.rows])) }
  await tx
    .update(imports)
    .set({ state: 'done', counts, rowsDone: found.rowCount, error: null, finishedAt: ctx.now() })
    .where(eq(imports.id, found.id))
  await recordAudit(tx, ctx, viewer, {
    action: 'import',
    entity: 'import',
    entityId: found.id,
    changes: { kind: found.kind, fileName: found.fileName, ...counts },
  })
}
