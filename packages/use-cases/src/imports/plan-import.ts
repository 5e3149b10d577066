import { setImmediate } from 'node:timers/promises'
import type { Querier, Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { importRows } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type ReadRow, type ReceivableRow, receivableReader, repeatedRows } from '@cartera/domain/imports/receivable-row'
import { asc, eq, isNull, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { v7 } from 'uuid'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { keepExtendedDueDates } from '../receivables/extend-due-date.ts'
import { keepMergedNumbers } from '../receivables/keep-merged-numbers.ts'
import {
  judgeReceivables,
  lockReceivables,
  type StandingReceivable,
  type StatedReceivable,
} from '../receivables/write-receivables.ts'
import {
  cellLookup,
  type FateCounts,
  type ImportRow,
  mappingOf,
  noFates,
  optionsOf,
  type StoredRowError,
} from './import-record.ts'
import type { RowFate } from './store-fates.ts'

export interface FileRow {
  rowNumber: number
  read: ReadRow
}

/** A customer that the import makes. */
export interface NewCustomer {
  id: string
  externalId: string
  name: string
  email: string | null
}

/** What an import would do, row by row: the dry run shows it, the run does it. */
export interface ImportPlan {
  rows: RowFate[]
  counts: FateCounts
  newCustomers: NewCustomer[]
  /** What is written, in the order of the file; `settledOn` where a payment settles it besides. */
  toWrite: { row: RowFate; stated: StatedReceivable; write: boolean; settledOn: string | null }[]
  standing: Map<string, StandingReceivable>
  /** Every customer that the file names and that is known or made, with the first row that names it, for switching their notices on. */
  firstRowOf: Map<string, RowFate>
}

/** Reads and understands the rows of an import as of a day. Long files let others have their turn in between. */
export async function readImportRows(db: Querier, found: ImportRow, asOf: string): Promise<FileRow[]> {
  const stored = await db
    .select({ rowNumber: importRows.rowNumber, cells: importRows.cells })
    .from(importRows)
    .where(eq(importRows.importId, found.id))
    .orderBy(asc(importRows.rowNumber))
  const options = optionsOf(found)
  const lookup = cellLookup(found.columns)
  const cells = stored.map((row) => lookup(row.cells))
  const read = receivableReader(
    mappingOf(found),
    {
      asOf,
      currency: options.currency ?? null,
      dateOrder: options.dateOrder ?? 'auto',
      decimal: options.decimal ?? 'auto',
    },
    cells,
  )
  const rows: FileRow[] = []
  for (const [index, row] of stored.entries()) {
    const cellOf = cells[index]
    if (cellOf) rows.push({ rowNumber: row.rowNumber, read: read(cellOf) })
    if (index % 1000 === 999) await setImmediate()
  }
  return rows
}

/** The external id of the payment that settles a receivable which a file says is settled. */
export const settlementOf = (externalId: string) => `settled:${externalId}`

/** Judges the rows against what stands in the database now. With `lock`, what it judged stays so until the transaction ends. */
export async function planImport(
  tx: Transaction,
  viewer: Viewer | null,
  found: ImportRow,
  rows: readonly FileRow[],
  lock: boolean,
): Promise<ImportPlan> {
  const options = optionsOf(found)
  const understood = rows.map(({ read }) => ('row' in read ? read.row : null))
  const repeated = repeatedRows(understood)
  const known = await knownCustomers(tx, viewer, understood)
  const newCustomers = new Map<string, NewCustomer>()
  const customerOf = (row: ReceivableRow): string | null => {
    const existing = known.get(row.customerExternalId)
    if (existing !== undefined) return existing.visible ? existing.id : null
    if (options.createCustomers !== true) return null
    const made = newCustomers.get(row.customerExternalId) ?? {
      id: v7(),
      externalId: row.customerExternalId,
      name: row.customerName ?? row.customerExternalId,
      email: row.customerEmail,
    }
    newCustomers.set(row.customerExternalId, made)
    return made.id
  }

  const result: ImportPlan['rows'] = []
  const stated: { at: number; stated: StatedReceivable; settledOn: string | null }[] = []
  for (const [index, { rowNumber, read }] of rows.entries()) {
    const refuse = (errors: StoredRowError[]) => result.push({ rowNumber, fate: 'refused', errors })
    if ('afterDay' in read) result.push({ rowNumber, fate: 'after-day', errors: [] })
    else if ('errors' in read) refuse(read.errors)
    else if (repeated[index] === 'contradicts') refuse([{ field: 'externalId', code: 'duplicate-in-request' }])
    else if (repeated[index] === 'duplicate') result.push({ rowNumber, fate: 'duplicate', errors: [] })
    else {
      const { row } = read
      const customerId = customerOf(row)
      if (customerId === null) {
        refuse([{ field: 'customerExternalId', code: 'customer-unknown' }])
        continue
      }
      stated.push({
        at: result.length,
        settledOn: row.settledOn,
        stated: {
          externalId: row.externalId,
          customerId,
          documentType: row.documentType,
          number: row.number,
          instalment: row.instalment,
          issuedOn: row.issuedOn,
          dueOn: row.dueOn,
          currency: row.currency,
          amountMinor: row.amountMinor,
          disputed: row.disputed,
          disputeReason: undefined,
        },
      })
      result.push({ rowNumber, fate: 'unchanged', errors: [] })
    }
  }

  const standing = await lockReceivables(
    tx,
    stated.map((one) => one.stated.externalId),
    { lock },
  )
  const extended = await keepExtendedDueDates(
    tx,
    stated.map((one) => one.stated),
    standing,
  )
  const kept = await keepMergedNumbers(tx, extended, standing)
  for (const [index, one] of stated.entries()) one.stated = kept[index] ?? one.stated
  const settled = await recordedSettlements(
    tx,
    stated.filter((one) => one.settledOn !== null).map((one) => settlementOf(one.stated.externalId)),
  )
  const outcomes = await judgeReceivables(
    tx,
    stated.map((one) => one.stated),
    standing,
  )
  const toWrite: ImportPlan['toWrite'] = []
  const firstRowOf = new Map<string, RowFate>()
  for (const [index, outcome] of outcomes.entries()) {
    const one = stated[index]
    const row = one && result[one.at]
    if (!one || !row) continue
    if ('errors' in outcome) {
      row.fate = 'refused'
      row.errors = outcome.errors.map((error) => ({ ...error }))
      continue
    }
    if (!firstRowOf.has(one.stated.customerId)) firstRowOf.set(one.stated.customerId, row)
    const before = standing.get(one.stated.externalId)
    const paidMinor = before ? before.amountMinor - before.balanceMinor : 0n
    const settles =
      one.settledOn !== null && one.stated.amountMinor > paidMinor && !settled.has(settlementOf(one.stated.externalId))
    row.fate = outcome.fate === 'unchanged' && settles ? 'change' : outcome.fate
    if (row.fate !== 'unchanged')
      toWrite.push({
        row,
        stated: one.stated,
        write: outcome.fate !== 'unchanged',
        settledOn: settles ? one.settledOn : null,
      })
  }
  const counts = noFates()
  for (const row of result) counts[row.fate] += 1
  return {
    rows: result,
    counts,
    // Nobody is made for rows that were refused.
    newCustomers: [...newCustomers.values()].filter((customer) => firstRowOf.has(customer.id)),
    toWrite,
    standing,
    firstRowOf,
  }
}

/** The customer whose external id was given, merged or not. */
const named = alias(customers, 'named')

async function knownCustomers(tx: Transaction, viewer: Viewer | null, rows: readonly (ReceivableRow | null)[]) {
  const externalIds = [...new Set(rows.flatMap((row) => (row ? [row.customerExternalId] : [])))]
  const condition = viewer === null ? isNull(customers.deletedAt) : visibleCustomer(viewer)
  const found = await tx
    .select({
      id: customers.id,
      externalId: named.externalId,
      visible: sql<boolean>`coalesce(${condition ?? sql`true`}, false)`,
    })
    .from(named)
    .innerJoin(customers, sql`${customers.id} = coalesce(${named.mergedIntoId}, ${named.id})`)
    .where(sql`${named.externalId} = any(${sql.param(externalIds)}::text[])`)
  return new Map(found.map(({ id, externalId, visible }) => [externalId ?? '', { id, visible }]))
}

async function recordedSettlements(tx: Transaction, externalIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await tx.execute<{ external_id: string }>(
    sql`select external_id from payments where external_id = any(${sql.param(externalIds)}::text[])`,
  )
  return new Set(rows.map((row) => row.external_id))
}
