import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  char,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytes, createdAt, day, id, instant, minor, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { users } from './organisation.ts'

/** Invoice, debit note, credit note or receipt (comprobante). */
export const documents = pgTable(
  'documents',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    type: text({ enum: ['invoice', 'debit-note', 'credit-note', 'receipt'] })
      .notNull()
      .default('invoice'),
    number: text().notNull(),
    issuedOn: day().notNull(),
    currency: char({ length: 3 }).notNull(),
    totalMinor: minor().notNull(),
    /** Of a credit note: what is not applied to any receivable yet. Nothing for the other types. */
    unappliedMinor: minor().notNull().default(sql`0`),
    /** Of a credit note that another system stated: under which key, and how it was applied as it was stated. */
    externalId: text(),
    statedApplications: jsonb().$type<{ id: string; amount: string }[]>(),
    comment: text(),
    /** A document that was a mistake: its receivables owe nothing, a credit note of it pays nothing. */
    voidedOn: day(),
    voidReason: text(),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid().references(() => users.id),
  },
  (t) => [
    index('documents_customer').on(t.customerId, t.issuedOn),
    uniqueIndex('documents_number_unique').on(t.customerId, t.type, t.number),
    uniqueIndex('documents_external_id_unique').on(t.externalId),
    index('documents_unapplied').on(t.customerId).where(sql`unapplied_minor > 0`),
    index('documents_credit_notes').on(t.issuedOn, t.id).where(sql`type = 'credit-note'`),
    check('documents_unapplied', sql`${t.unappliedMinor} between 0 and ${t.totalMinor}`),
  ],
)

/** Where balances come from (an ERP, a spreadsheet), and as of when it last spoke. */
export const balanceSources = pgTable('balance_sources', {
  name: text().primaryKey(),
  asOf: instant().notNull(),
  updatedAt: createdAt(),
})

/** One dated instalment of a document. */
export const receivables = pgTable(
  'receivables',
  {
    id: id(),
    documentId: uuid()
      .notNull()
      .references(() => documents.id),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    externalId: text(),
    instalment: integer().notNull().default(1),
    issuedOn: day().notNull(),
    dueOn: day().notNull(),
    currency: char({ length: 3 }).notNull(),
    amountMinor: minor().notNull(),
    /** The sum of its movements; kept in the same transaction as every movement, under the row's lock. */
    balanceMinor: minor().notNull(),
    disputedAt: instant(),
    disputeReason: text(),
    /** The last day, with grace, of the promise that stands; the facts are in promises. Written under the row's lock. */
    promisedUntil: day(),
    /** The last day of the pause that stands; the facts are in notice_pauses. */
    noticesPausedUntil: day(),
    /** Extensions granted so far: each starts a new series of occurrences. */
    extensions: integer().notNull().default(0),
    /** Whose word the balance is; null: kept by hand here, always fresh. */
    sourceName: text().references(() => balanceSources.name),
    version: version(),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  (t) => [
    uniqueIndex('receivables_external_id_unique').on(t.externalId),
    uniqueIndex('receivables_instalment_unique').on(t.documentId, t.instalment),
    // What the daily plan and aging read: open rows by due date, so that cost follows what matures, not what exists.
    index('receivables_open_due').on(t.dueOn, t.id).where(sql`balance_minor > 0`),
    // Everything that aging asks of some customers: read from the index alone.
    index('receivables_open_customer').on(t.customerId, t.dueOn, t.currency, t.balanceMinor).where(sql`balance_minor > 0`),
    index('receivables_due').on(t.dueOn, t.id),
    index('receivables_customer').on(t.customerId, t.dueOn, t.id),
    check('receivables_balance', sql`${t.balanceMinor} between 0 and ${t.amountMinor}`),
    check('receivables_due_after_issue', sql`${t.dueOn} >= ${t.issuedOn}`),
  ],
)

/** A later due date granted to the customer: a fact, with its reason. A correction of a wrong date is none. */
export const receivableExtensions = pgTable(
  'receivable_extensions',
  {
    id: id(),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
    number: integer().notNull(),
    fromDueOn: day().notNull(),
    toDueOn: day().notNull(),
    reason: text().notNull(),
    grantedBy: uuid().references(() => users.id),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('receivable_extensions_once').on(t.receivableId, t.number),
    check('receivable_extensions_later', sql`${t.toDueOn} > ${t.fromDueOn}`),
  ],
)

/** That the customer contested a receivable, and how it ended: facts. The standing one is also on the row (disputed_at, dispute_reason). */
export const disputes = pgTable(
  'disputes',
  {
    id: id(),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
    category: text({ enum: ['not-received', 'quality', 'price', 'quantity', 'returned', 'already-paid', 'duplicate', 'other'] })
      .notNull()
      .default('other'),
    reason: text().notNull(),
    openedAt: instant().notNull(),
    openedBy: uuid().references(() => users.id),
    /** valid: the customer was right. not-valid: the receivable is owed. Null beside an end: taken back without a verdict. */
    result: text({ enum: ['valid', 'not-valid'] }),
    resolution: text(),
    endedAt: instant(),
    endedBy: uuid().references(() => users.id),
  },
  (t) => [
    index('disputes_receivable').on(t.receivableId, t.openedAt),
    uniqueIndex('disputes_standing').on(t.receivableId).where(sql`ended_at is null`),
  ],
)

/** A promise to pay: only its receivables pause. */
export const promises = pgTable(
  'promises',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    promisedOn: day().notNull(),
    dueOn: day().notNull(),
    /** The last day on which it can still be kept: dueOn and the company's grace in business days. */
    graceUntil: day().notNull(),
    currency: char({ length: 3 }).notNull(),
    amountMinor: minor().notNull(),
    source: text({ enum: ['agent', 'portal', 'reply'] })
      .notNull()
      .default('agent'),
    contactId: uuid().references(() => contacts.id),
    comment: text(),
    state: text({ enum: ['open', 'kept', 'partly-kept', 'broken', 'withdrawn'] })
      .notNull()
      .default('open'),
    endReason: text(),
    endedAt: instant(),
    endedBy: uuid(),
    recordedBy: uuid().references(() => users.id),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    index('promises_customer').on(t.customerId, t.dueOn),
    index('promises_open').on(t.graceUntil, t.id).where(sql`state = 'open'`),
    index('promises_by').on(t.recordedBy, t.dueOn),
    index('promises_newest').on(t.dueOn, t.id),
    index('promises_recorded').on(t.createdAt),
    check('promises_amount', sql`${t.amountMinor} > 0`),
  ],
)

export const promiseItems = pgTable(
  'promise_items',
  {
    promiseId: uuid()
      .notNull()
      .references(() => promises.id, { onDelete: 'cascade' }),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
    amountMinor: minor().notNull(),
  },
  (t) => [primaryKey({ columns: [t.promiseId, t.receivableId] }), index('promise_items_receivable').on(t.receivableId)],
)

/** Money received from a customer. What is not applied to receivables stays the customer's. */
export const payments = pgTable(
  'payments',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    externalId: text(),
    paidOn: day().notNull(),
    currency: char({ length: 3 }).notNull(),
    amountMinor: minor().notNull(),
    /** Amount less what its movements apply; nothing once it is reversed. Kept in the same transaction as every movement. */
    unappliedMinor: minor().notNull(),
    /** How another system applied it when it stated it: the same again changes nothing, whatever was done here since. */
    statedApplications: jsonb().$type<{ id: string; amount: string }[]>(),
    reference: text(),
    /** The day on which the money turned out not to be there (a returned cheque). */
    reversedOn: day(),
    reversalReason: text(),
    createdAt: createdAt(),
    createdBy: uuid(),
  },
  (t) => [
    uniqueIndex('payments_external_id_unique').on(t.externalId),
    index('payments_customer').on(t.customerId, t.paidOn, t.id),
    index('payments_newest').on(t.paidOn, t.id),
    index('payments_unapplied').on(t.customerId).where(sql`unapplied_minor > 0`),
    check('payments_amount', sql`${t.amountMinor} > 0`),
    check('payments_unapplied', sql`${t.unappliedMinor} between 0 and ${t.amountMinor}`),
    check('payments_reversed', sql`${t.reversedOn} is null or (${t.unappliedMinor} = 0 and ${t.reversedOn} >= ${t.paidOn})`),
  ],
)

/**
 * Why and when the balance of a receivable moved: facts, added and never changed or deleted (a trigger refuses both). On no day is the sum of a
 * receivable's movements up to it below zero, and none lies in the future: so the past can be told exactly.
 */
export const receivableMovements = pgTable(
  'receivable_movements',
  {
    id: id(),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    /** The day that it counts from in aging and statements; not the day it was recorded, which is createdAt. */
    onDay: day().notNull(),
    kind: text({ enum: ['charge', 'correction', 'payment', 'credit', 'write-off', 'reversal'] }).notNull(),
    currency: char({ length: 3 }).notNull(),
    amountMinor: minor().notNull(),
    paymentId: uuid().references(() => payments.id),
    creditNoteId: uuid().references(() => documents.id),
    /** The movement that a reversal takes back: each at most once. */
    reversesId: uuid().references((): AnyPgColumn => receivableMovements.id),
    reason: text(),
    createdAt: createdAt(),
    createdBy: uuid(),
  },
  (t) => [
    index('receivable_movements_receivable').on(t.receivableId, t.onDay),
    index('receivable_movements_customer').on(t.customerId, t.onDay),
    index('receivable_movements_day').on(t.onDay),
    index('receivable_movements_payment').on(t.paymentId).where(sql`payment_id is not null`),
    index('receivable_movements_credit_note').on(t.creditNoteId).where(sql`credit_note_id is not null`),
    uniqueIndex('receivable_movements_reversed_once').on(t.reversesId).where(sql`reverses_id is not null`),
    check(
      'receivable_movements_sign',
      sql`case ${t.kind} when 'charge' then ${t.amountMinor} > 0 when 'payment' then ${t.amountMinor} < 0 when 'credit' then ${t.amountMinor} < 0
          when 'write-off' then ${t.amountMinor} < 0 else ${t.amountMinor} <> 0 end`,
    ),
    check(
      'receivable_movements_source',
      sql`case ${t.kind} when 'payment' then ${t.paymentId} is not null and ${t.creditNoteId} is null
          when 'credit' then ${t.creditNoteId} is not null and ${t.paymentId} is null
          when 'reversal' then ${t.reversesId} is not null
          else ${t.paymentId} is null and ${t.creditNoteId} is null end`,
    ),
    check('receivable_movements_reverses', sql`(${t.kind} = 'reversal') = (${t.reversesId} is not null)`),
  ],
)

/** A file becoming records: uploaded, mapped, tried (dry run), run. */
export const imports = pgTable(
  'imports',
  {
    id: id(),
    kind: text({ enum: ['receivables', 'customers'] }).notNull(),
    fileName: text().notNull(),
    state: text({
      enum: ['uploaded', 'checking', 'checked', 'running', 'done', 'failed', 'cancelled', 'undoing', 'undone'],
    })
      .notNull()
      .default('uploaded'),
    columns: text().array().notNull(),
    /** Field -> column name, or fixed text with {column} placeholders. */
    mapping: jsonb().$type<Record<string, { column: string } | { text: string }>>().notNull(),
    options: jsonb().$type<Record<string, unknown>>().notNull(),
    rowCount: integer().notNull(),
    rowsDone: integer().notNull().default(0),
    /** How the file was read: its sheets, the row of the headings, encoding and separator, and its first rows. */
    source: jsonb().$type<Record<string, unknown>>().notNull().default({}),
    /** The last row that a run has written: where it goes on when its worker ended. */
    resumeAfter: integer().notNull().default(0),
    counts: jsonb().$type<Record<string, number>>().notNull(),
    error: text(),
    createdAt: createdAt(),
    createdBy: uuid(),
    finishedAt: instant(),
    undoneAt: instant(),
    undoneBy: uuid(),
  },
  (t) => [index('imports_newest').on(t.createdAt)],
)

/** How the columns of files with certain headings fill the fields, kept under a name and proposed for the same headings. */
export const importMappings = pgTable(
  'import_mappings',
  {
    id: id(),
    kind: text({ enum: ['receivables', 'customers'] }).notNull(),
    name: text().notNull(),
    /** The headings in one form and order, to find it by. */
    headings: text().notNull(),
    mapping: jsonb().$type<Record<string, { column: string } | { text: string }>>().notNull(),
    options: jsonb().$type<Record<string, unknown>>().notNull(),
    createdBy: uuid(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('import_mappings_name_unique').on(t.kind, sql`lower(${t.name})`),
    index('import_mappings_headings').on(t.kind, sql`md5(${t.headings})`),
  ],
)

/** Files that are kept for a while, an import's or an export's, in pieces: read and written without holding one whole. */
export const fileChunks = pgTable(
  'file_chunks',
  { fileId: uuid().notNull(), position: integer().notNull(), content: bytes().notNull(), keptAt: createdAt() },
  (t) => [primaryKey({ columns: [t.fileId, t.position] }), index('file_chunks_kept').on(t.keptAt)],
)

export const importRows = pgTable(
  'import_rows',
  {
    importId: uuid()
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    rowNumber: integer().notNull(),
    /** In the order of the columns; rows of older imports are records by name. */
    cells: jsonb().$type<string[] | Record<string, string>>().notNull(),
    /** See importFates of the domain; null until checked. */
    fate: text(),
    errors: jsonb().$type<{ field: string; code: string; params?: Record<string, string | number> }[]>(),
    /** What it makes or changes: the record, its fields before and after, and whose duplicate it may be. */
    outcome: jsonb().$type<Record<string, unknown>>(),
    /** What undoing did with it. */
    undo: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [primaryKey({ columns: [t.importId, t.rowNumber] }), index('import_rows_fate').on(t.importId, t.fate, t.rowNumber)],
)
