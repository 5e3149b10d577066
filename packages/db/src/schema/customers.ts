import { sql } from 'drizzle-orm'
import { boolean, char, check, index, integer, pgSequence, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, minor, sortableText, unaccented, version } from './columns.ts'
import { branches, users } from './organisation.ts'

/** Feeds the automatic customer code (C-000001, ...). */
export const customerCodes = pgSequence('customer_codes')

/** Customers that are treated alike: their notice settings stand between the company's and the customer's own. */
export const customerGroups = pgTable(
  'customer_groups',
  { id: id(), name: text().notNull(), active: boolean().notNull().default(true), version: version(), createdAt: createdAt() },
  (t) => [uniqueIndex('customer_groups_name_unique').on(sql`lower(${t.name})`)],
)

export const customers = pgTable(
  'customers',
  {
    id: id(),
    code: text().notNull(),
    externalId: text(),
    kind: text({ enum: ['person', 'company'] })
      .notNull()
      .default('company'),
    name: text().notNull(),
    tradeName: text(),
    taxIdType: text(),
    taxId: text(),
    contactPerson: text(),
    email: text(),
    phone: text(),
    mobile: text(),
    website: text(),
    address: text(),
    city: text(),
    state: text(),
    country: char({ length: 2 }),
    customerType: text(),
    priority: text({ enum: ['low', 'normal', 'high'] })
      .notNull()
      .default('normal'),
    economicActivity: text(),
    priceList: text(),
    taxable: boolean().notNull().default(true),
    status: text({ enum: ['active', 'inactive', 'restricted', 'suspended'] })
      .notNull()
      .default('active'),
    branchId: uuid().references(() => branches.id),
    groupId: uuid().references(() => customerGroups.id),
    /** The last day of the pause that stands; the facts are in notice_pauses. */
    noticesPausedUntil: day(),
    preferredAgentId: uuid().references(() => users.id),
    collectionsAgentId: uuid().references(() => users.id),
    language: char({ length: 2 }).notNull().default('es'),
    creditTerms: text({ enum: ['cash', 'credit'] })
      .notNull()
      .default('credit'),
    creditDays: integer(),
    creditLimitMinor: minor(),
    creditCurrency: char({ length: 3 }),
    ledgerAccount: text(),
    isSupplier: boolean().notNull().default(false),
    supplierAccount: text(),
    /** A manual credit hold; the automatic one is worked out from balance and limit when asked. */
    creditHoldReason: text(),
    creditHoldBy: uuid().references(() => users.id),
    creditHoldAt: instant(),
    nameKey: sortableText().notNull().generatedAlwaysAs(unaccented('name')),
    searchText: text()
      .notNull()
      .generatedAlwaysAs(unaccented('code', 'name', 'trade_name', 'tax_id', 'email', 'phone', 'mobile', 'external_id')),
    version: version(),
    createdAt: createdAt(),
    createdBy: uuid(),
    updatedAt: createdAt(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    uniqueIndex('customers_code_unique').on(t.code),
    uniqueIndex('customers_external_id_unique').on(t.externalId),
    index('customers_by_name').on(t.nameKey, t.id).where(sql`deleted_at is null`),
    index('customers_by_creation').on(t.id).where(sql`deleted_at is null`),
    index('customers_preferred_agent').on(t.preferredAgentId, t.id).where(sql`deleted_at is null`),
    index('customers_collections_agent').on(t.collectionsAgentId, t.id).where(sql`deleted_at is null`),
    // The few that are not there: what counts over everybody leaves out.
    index('customers_deleted').on(t.id).where(sql`deleted_at is not null`),
    index('customers_group').on(t.groupId, t.id).where(sql`deleted_at is null`),
    index('customers_search').using('gin', sql`search_text gin_trgm_ops`),
    check('customers_credit_limit', sql`${t.creditLimitMinor} is null or ${t.creditLimitMinor} >= 0`),
  ],
)

export const contacts = pgTable(
  'contacts',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    name: text().notNull(),
    position: text(),
    department: text(),
    email: text(),
    phone: text(),
    mobile: text(),
    receivesNotices: boolean().notNull().default(false),
    /** Whether the person may ask for links to the portal. */
    portalAccess: boolean().notNull().default(false),
    /** Said on the portal that they are not the right person; no notice and no link goes there until somebody has looked. */
    wrongPersonAt: instant(),
    wrongPersonNote: text(),
    version: version(),
    createdAt: createdAt(),
    deletedAt: instant(),
  },
  (t) => [
    index('contacts_customer').on(t.customerId).where(sql`deleted_at is null`),
    index('contacts_portal').on(sql`lower(email)`).where(sql`portal_access and deleted_at is null`),
  ],
)

/** What was done with a customer. Branch and department are the author's present ones, never copied here. */
export const notes = pgTable(
  'notes',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    authorId: uuid()
      .notNull()
      .references(() => users.id),
    body: text().notNull(),
    location: text(),
    treatment: text(),
    createdAt: createdAt(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    // Ascending, and read backwards: the tool writes a descending index with its nulls last, which "newest first" cannot ride on.
    index('notes_customer').on(t.customerId, t.createdAt, t.id).where(sql`deleted_at is null`),
    index('notes_author').on(t.authorId, t.createdAt, t.id).where(sql`deleted_at is null`),
    index('notes_newest').on(t.createdAt, t.id).where(sql`deleted_at is null`),
  ],
)

/** An address that mail does not reach: its notices are held until somebody corrects it or clears the flag. */
export const mailAddressFlags = pgTable('mail_address_flags', {
  /** Lower case. */
  address: text().primaryKey(),
  reason: text({ enum: ['bounced', 'refused'] }).notNull(),
  detail: text(),
  flaggedAt: instant().notNull(),
  noticeMessageId: uuid(),
})

/** What an agent noted, or the system did, to reach a customer: what the contact policy counts. */
export const contactAttempts = pgTable(
  'contact_attempts',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    channel: text({ enum: ['email', 'call', 'message', 'visit', 'letter'] }).notNull(),
    at: instant().notNull(),
    /** What came of it, in the agent's words; null for notices. */
    outcome: text(),
    recordedBy: uuid().references(() => users.id),
    noticeMessageId: uuid(),
    createdAt: createdAt(),
  },
  (t) => [
    index('contact_attempts_customer').on(t.customerId, t.at),
    index('contact_attempts_newest').on(t.at),
    uniqueIndex('contact_attempts_notice_once').on(t.noticeMessageId),
  ],
)
