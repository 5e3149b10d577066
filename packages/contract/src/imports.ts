import { customerImportKeys, duplicateChoices, emptyMeanings, importModes } from '@cartera/domain/imports/customer-import-fields'
import { dateOrders, importFates, importKinds } from '@cartera/domain/imports/import-mapping'
import { z } from 'zod'
import { customerFilters } from './customers.ts'
import { defineEndpoint } from './endpoint.ts'
import { currency, day, flag, id, idParams, instant, language, page, pageQuery, reference, text } from './shapes.ts'

const tag = 'Imports'
const rows = z.int().min(0).max(100_000)
const columnName = z.string().min(1).max(200)
const states = ['uploaded', 'checking', 'checked', 'running', 'done', 'failed', 'cancelled', 'undoing', 'undone'] as const
const kind = z.enum(importKinds)
const fieldName = z.string().min(1).max(120)

const source = z.union([z.strictObject({ column: columnName }), z.strictObject({ text: z.string().min(1).max(300) })])
/** By field of the kind; a customer's own fields are `custom.<key>`. */
const mapping = z.record(fieldName, source).refine((given) => Object.keys(given).length <= 150, { error: 'too_big' })

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
  keys: z
    .array(z.enum(customerImportKeys))
    .max(4)
    .optional()
    .meta({ description: 'Of customers: by what a row finds whom it is about, tried in this order' }),
  mode: z.enum(importModes).optional().meta({ description: 'Of customers: whether rows make them, change them, or both' }),
  empty: z.enum(emptyMeanings).optional().meta({ description: 'Of customers: what an empty cell says' }),
  duplicates: z
    .enum(duplicateChoices)
    .optional()
    .meta({ description: 'Of customers: what becomes of a row that looks like somebody who is there' }),
})

const encoding = z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'])
const delimiter = z.enum([',', ';', '\t', '|'])

const fateCounts = z.strictObject(
  Object.fromEntries(importFates.map((fate) => [fate, rows])) as Record<(typeof importFates)[number], typeof rows>,
)

export const importSummary = z.strictObject({
  id,
  kind,
  fileName: z.string().max(255),
  /** Its rows are customers chosen in their list, not the rows of a file. */
  selection: flag,
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
  undoneAt: instant.nullable(),
  /** Whether something was written that can be taken back. */
  undoable: flag,
  /** Whether it stopped in the middle and can go on from there. */
  resumable: flag,
})

const number = z.int().min(0).max(100_000)

const importRecord = importSummary.extend({
  columns: z.array(z.string().max(200)).max(100),
  /** What the columns can fill; a company's own field has its name. */
  fields: z.array(z.strictObject({ name: fieldName, label: z.string().max(200).nullable(), required: flag })).max(150),
  mapping,
  options,
  /** How the file was read; null where the format has no such thing. */
  reading: z.strictObject({
    format: z.enum(['xlsx', 'xls', 'ods', 'xlsb', 'csv']).nullable(),
    sheets: z.array(z.string().max(200)).max(1000),
    sheet: z.string().max(200).nullable(),
    headerRow: z.int().min(0).max(2_000_000),
    encoding: encoding.nullable(),
    delimiter: z.string().max(1).nullable(),
    /** The first rows of the sheet, titles and headings included. */
    top: z
      .array(z.strictObject({ rowNumber: z.int().min(1).max(2_000_000), cells: z.array(z.string().max(200)).max(100) }))
      .max(12),
  }),
  savedMappings: z.array(z.strictObject({ id, name: z.string().max(100) })).max(20),
  undone: z.strictObject({ undone: number, partly: number, kept: number }).nullable(),
  /** The first rows of the file, cell by cell in the order of the columns. */
  preview: z.array(z.array(z.string().max(32_767)).max(100)).max(5),
})

const undoState = z.enum(['undone', 'partly', 'kept'])

const importRow = z.strictObject({
  rowNumber: z.int().min(1).max(2_000_000),
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
  /** The customer it made or changes, where the reader sees them. */
  customerId: id.nullable(),
  changes: z.array(z.strictObject({ field: fieldName, before: z.string().max(300), after: z.string().max(300) })).max(150),
  /** Whom, or which earlier row, it may be. */
  duplicateOf: z
    .strictObject({
      customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }).nullable(),
      rowNumber: z.int().min(1).max(2_000_000).nullable(),
      alike: z.array(z.enum(['taxId', 'email', 'name'])).max(3),
    })
    .nullable(),
  undo: z
    .strictObject({ state: undoState, fields: z.array(fieldName).max(150), code: z.string().max(100).nullable() })
    .nullable(),
})

const savedMapping = z.strictObject({ id, kind, name: z.string().max(100), mapping, options })

export const importEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports',
    summary: 'The imports of the people within the viewer’s scope, newest first',
    tag,
    query: pageQuery(['-createdAt']).extend({ kind: kind.optional() }),
    response: page(importSummary),
  }),
  upload: defineEndpoint({
    method: 'POST',
    url: '/api/v1/imports',
    summary: 'Upload a spreadsheet (multipart/form-data, field `file`, Excel or CSV, at most 25 MiB); its mapping is guessed',
    tag,
    query: z.strictObject({ kind: kind.optional() }),
    bodyLimit: 26 * 1_048_576,
    response: importRecord,
    status: 201,
  }),
  changeMany: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customer-changes',
    summary:
      'Prepare to change many customers, chosen or all under the filters of the list, and try it out: they stand as an import, to be looked at, run and undone',
    tag,
    body: z
      .strictObject({
        ids: z.array(id).min(1).max(10_000).optional(),
        filters: customerFilters.optional(),
        values: z
          .record(fieldName, z.string().max(500).nullable())
          .refine((values) => Object.keys(values).length > 0 && Object.keys(values).length <= 150, { error: 'required' })
          .meta({
            description:
              'By field as in imports, null to clear; numbers with a point, days as YYYY-MM-DD, branch, group and agents by id',
          }),
      })
      .refine((body) => (body.ids === undefined) !== (body.filters === undefined), { error: 'choice', path: ['ids'] }),
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
    body: z.strictObject({ mapping, options, saveAs: text(100).optional() }),
    response: importRecord,
  }),
  reread: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/imports/:id/reading',
    summary: 'Read the file another way: sheet, row of the headings, encoding, separator; the mapping is guessed anew',
    tag,
    params: idParams,
    body: z.strictObject({
      sheet: z.string().min(1).max(200).optional(),
      headerRow: z.int().min(1).max(1000).optional(),
      encoding: encoding.optional(),
      delimiter: delimiter.optional(),
    }),
    response: importRecord,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/imports/:id',
    summary: 'Forget an import that has written nothing',
    tag,
    params: idParams,
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
    summary:
      'Import all rows that are not refused, or none when `refuseWhenErrors` is set and any is; receivables in one transaction, customers in batches that go on where they stopped',
    tag,
    params: idParams,
    body: z.strictObject({ refuseWhenErrors: flag.optional() }),
    response: importRecord,
    status: 202,
  }),
  cancel: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/imports/:id/runs',
    summary: 'Stop an import of customers that runs; what is written stays and can be undone',
    tag,
    params: idParams,
    response: importRecord,
  }),
  undo: defineEndpoint({
    method: 'POST',
    url: '/api/v1/imports/:id/undoings',
    summary: 'Take an import back; what somebody has changed or used since stays and is listed',
    tag,
    params: idParams,
    response: importRecord,
    status: 202,
  }),
  mappings: defineEndpoint({
    method: 'GET',
    url: '/api/v1/import-mappings',
    summary: 'The saved mappings, by name',
    tag,
    query: z.strictObject({ kind: kind.optional() }),
    response: z.strictObject({ items: z.array(savedMapping).max(200) }),
  }),
  removeMapping: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/import-mappings/:id',
    summary: 'Forget a saved mapping',
    tag,
    params: idParams,
  }),
  rows: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports/:id/rows',
    summary: 'The rows of an import with their fates',
    tag,
    params: idParams,
    query: pageQuery(['rowNumber']).extend({ fate: z.enum(importFates).optional(), undo: undoState.optional() }),
    response: page(importRow),
  }),
  errors: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports/:id/errors.csv',
    summary: 'The refused rows as CSV with the reason, to correct and upload again',
    tag,
    params: idParams,
  }),
  errorBook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/imports/:id/errors.xlsx',
    summary: 'The refused rows as Excel with the reason, to correct and upload again',
    tag,
    params: idParams,
  }),
}
