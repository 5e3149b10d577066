import { sql } from 'drizzle-orm'
import { char, check, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, minor, version } from './columns.ts'
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
    createdAt: createdAt(),
  },
  (t) => [
    index('documents_customer').on(t.customerId, t.issuedOn),
    uniqueIndex('documents_number_unique').on(t.customerId, t.type, t.number),
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
    /** Amount less what payments have applied; kept in the same transaction as every application. */
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
    index('receivables_open_customer').on(t.customerId, t.dueOn).where(sql`balance_minor > 0`),
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
    reference: text(),
    createdAt: createdAt(),
    createdBy: uuid(),
  },
  (t) => [
    uniqueIndex('payments_external_id_unique').on(t.externalId),
    index('payments_customer').on(t.customerId, t.paidOn, t.id),
    index('payments_newest').on(t.paidOn, t.id),
    check('payments_amount', sql`${t.amountMinor} > 0`),
  ],
)

/** How much of a payment pays which receivable: facts, added and never changed. */
export const paymentApplications = pgTable(
  'payment_applications',
  {
    id: id(),
    paymentId: uuid()
      .notNull()
      .references(() => payments.id),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
    amountMinor: minor().notNull(),
    appliedOn: day().notNull(),
    createdAt: createdAt(),
  },
  (t) => [index('payment_applications_receivable').on(t.receivableId), index('payment_applications_payment').on(t.paymentId)],
)

/** A file becoming records: uploaded, mapped, tried (dry run), run. */
export const imports = pgTable(
  'imports',
  {
    id: id(),
    kind: text({ enum: ['receivables'] }).notNull(),
    fileName: text().notNull(),
    state: text({ enum: ['uploaded', 'checking', 'checked', 'running', 'done', 'failed'] })
      .notNull()
      .default('uploaded'),
    columns: text().array().notNull(),
    /** Field -> column name, or fixed text with {column} placeholders. */
    mapping: jsonb().$type<Record<string, { column: string } | { text: string }>>().notNull(),
    options: jsonb().$type<Record<string, unknown>>().notNull(),
    rowCount: integer().notNull(),
    rowsDone: integer().notNull().default(0),
    counts: jsonb().$type<Record<string, number>>().notNull(),
    error: text(),
    createdAt: createdAt(),
    createdBy: uuid(),
    finishedAt: instant(),
  },
  (t) => [index('imports_newest').on(t.createdAt)],
)

export const importRows = pgTable(
  'import_rows',
  {
    importId: uuid()
      .notNull()
      .references(() => imports.id, { onDelete: 'cascade' }),
    rowNumber: integer().notNull(),
    cells: jsonb().$type<Record<string, string>>().notNull(),
    /** create, change, unchanged, duplicate, refused, out-of-day; null until checked. */
    fate: text(),
    errors: jsonb().$type<{ field: string; code: string; params?: Record<string, string | number> }[]>(),
  },
  (t) => [primaryKey({ columns: [t.importId, t.rowNumber] })],
)
