import { dateOrders, importFates, receivableFields } from '@cartera/domain/imports/receivable-fields'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { currency, day, flag, id, idParams, instant, language, page, pageQuery, reference, text } from './shapes.ts'

const tag = 'Imports'
const rows = z.int().min(0).max(100_000)
const columnName = z.string().min(1).max(200)
const states = ['uploaded', 'checking', 'checked', 'running', 'done', 'failed'] as const

const source = z.union([z.strictObject({ column: columnName }), z.strictObject({ text: z.string().min(1).max(300) })])
const mapping = z.partialRecord(z.enum(receivableFields), source)

const options = z.strictObject({
  asOf: day.optional().meta({ description: 'The day as of which the file is read; today unless told' }),
  currency: currency.optional().meta({ description: 'Of rows that name none' }),
  dateOrder: z.enum(dateOrders).optional(),
  decimal: z.enum(['.', ',', 'auto']).optional(),
  createCustomers: flag.optional(),
  customerLanguage: language.optional(),
  activateNotices: flag.optional(),
  /** Whose word the balances of the file are: see balance sources. */
  source: text(60).optional(),
})

const fateCounts = z.strictObject(
  Object.fromEntries(importFates.map((fate) => [fate, rows])) as Record<(typeof importFates)[number], typeof rows>,
)

export const importSummary = z.strictObject({
  id,
  fileName: z.string().max(255),
  state: z.enum(states),
  rowCount: rows,
  rowsDone: rows,
  /** How many rows have which fate, once checked. */
  counts: fateCounts.nullable(),
  /** Why a failed one failed: a code. */
  error: z.string().max(100).nullable(),
  createdAt: instant,
  createdBy: reference.nullable(),
  finishedAt: instant.nullable(),
})

const importRecord = importSummary.extend({
  columns: z.array(z.string().max(200)).max(100),
  mapping,
  options,
  /** The first rows of the file, cell by cell in the order of the columns. */
  preview: z.array(z.array(z.string().max(32_767)).max(100)).max(5),
})

const importRow = z.strictObject({
  rowNumber: z.int().min(1).max(200_000),
  cells: z.array(z.string().max(32_767)).max(100),
  fate: z.enum(importFates).nullable(),
  errors: z
    .array(
      z.strictObject({
        field: z.string().max(100),
        code: z.string().max(100),
        params: z.record(z.string().max(50), z.union([z.string().max(500), z.number().min(-1e15).max(1e15)])),
      }),
    )
    .max(20),
})

export const importEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports',
    summary: 'The imports of the people within the viewer’s scope, newest first',
    tag,
    query: pageQuery(['-createdAt']),
    response: page(importSummary),
  }),
  upload: defineEndpoint({
    method: 'POST',
    url: '/api/v1/imports',
    summary: 'Upload a spreadsheet (multipart/form-data, field `file`, Excel or CSV, at most 25 MiB); its mapping is guessed',
    tag,
    bodyLimit: 26 * 1_048_576,
    response: importRecord,
    status: 201,
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports/:id',
    summary: 'An import with its columns, mapping, progress and counts',
    tag,
    params: idParams,
    response: importRecord,
  }),
  map: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/imports/:id/mapping',
    summary: 'Say which column or fixed text fills which field, and how dates and amounts are written',
    tag,
    params: idParams,
    body: z.strictObject({ mapping, options }),
    response: importRecord,
  }),
  check: defineEndpoint({
    method: 'POST',
    url: '/api/v1/imports/:id/checks',
    summary: 'Dry run: what would become of every row; changes nothing but the fates',
    tag,
    params: idParams,
    response: importRecord,
  }),
  run: defineEndpoint({
    method: 'POST',
    url: '/api/v1/imports/:id/runs',
    summary: 'Import all rows that are not refused in one transaction, or none when `refuseWhenErrors` is set and any is',
    tag,
    params: idParams,
    body: z.strictObject({ refuseWhenErrors: flag.optional() }),
    response: importRecord,
    status: 202,
  }),
  rows: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports/:id/rows',
    summary: 'The rows of an import with their fates',
    tag,
    params: idParams,
    query: pageQuery(['rowNumber']).extend({ fate: z.enum(importFates).optional() }),
    response: page(importRow),
  }),
  errors: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports/:id/errors.csv',
    summary: 'The refused rows as CSV with the reason, to correct and upload again',
    tag,
    params: idParams,
  }),
}
