import { consentChannels, consentSources, consentStates } from '@cartera/domain/contacts/consent'
import type { CustomFieldChoice, CustomFieldKind, CustomValues } from '@cartera/domain/customers/custom-fields'
import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  boolean,
  char,
  check,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { bytes, createdAt, day, id, instant, minor, sortableText, unaccented, version } from './columns.ts'
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
    /** Values of the company's own fields by their keys (`custom_fields`). */
    custom: jsonb().$type<CustomValues>().notNull().default({}),
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
    /** Who stands for it since it was merged, and answers to its code and external id: never one that is merged itself. */
    mergedIntoId: uuid().references((): AnyPgColumn => customers.id),
  },
  (t) => [
    uniqueIndex('customers_code_unique').on(t.code),
    uniqueIndex('customers_external_id_unique').on(t.externalId),
    index('customers_by_name').on(t.nameKey, t.id).where(sql`deleted_at is null`),
    index('customers_by_creation').on(t.id).where(sql`deleted_at is null`),
    index('customers_preferred_agent').on(t.preferredAgentId, t.id).where(sql`deleted_at is null`),
    index('customers_collections_agent').on(t.collectionsAgentId, t.id).where(sql`deleted_at is null`),
    // The list by name of those who see some agents' customers: agent by agent.
    index('customers_preferred_agent_name').on(t.preferredAgentId, t.nameKey, t.id).where(sql`deleted_at is null`),
    index('customers_collections_agent_name').on(t.collectionsAgentId, t.nameKey, t.id).where(sql`deleted_at is null`),
    // The few that are not there: what counts over everybody leaves out.
    index('customers_deleted').on(t.id).where(sql`deleted_at is not null`),
    index('customers_group').on(t.groupId, t.id).where(sql`deleted_at is null`),
    // What the same customer is recognised by, however it was typed: while typing and by the thousand on import.
    index('customers_email_key').on(sql`lower(email)`).where(sql`deleted_at is null`),
    index('customers_tax_id_key').on(sql`regexp_replace(upper(tax_id), '[^0-9A-ZÑ&]', '', 'g')`).where(sql`deleted_at is null`),
    index('customers_name_bare').on(sql`regexp_replace(name_key, '[^a-z0-9]', '', 'g')`).where(sql`deleted_at is null`),
    index('customers_search').using('gin', sql`search_text gin_trgm_ops`),
    index('customers_merged').on(t.mergedIntoId).where(sql`merged_into_id is not null`),
    // Answers "the field has this value" alone; ranges are looked for in all.
    index('customers_custom').using('gin', sql`custom jsonb_path_ops`).where(sql`deleted_at is null`),
    check('customers_credit_limit', sql`${t.creditLimitMinor} is null or ${t.creditLimitMinor} >= 0`),
    check(
      'customers_merged_gone',
      sql`${t.mergedIntoId} is null or (${t.deletedAt} is not null and ${t.mergedIntoId} <> ${t.id})`,
    ),
  ],
)

/** Fields by their names as they are kept in a journal: amounts and instants as text. */
export type JournaledFields = Record<string, string | number | boolean | null | CustomValues>

/** That a customer was merged into another: what was written over, so that it can be undone. What moved is in customer_merge_rows. */
export const customerMerges = pgTable(
  'customer_merges',
  {
    id: id(),
    survivorId: uuid()
      .notNull()
      .references(() => customers.id),
    mergedId: uuid()
      .notNull()
      .references(() => customers.id),
    /** The survivor's fields that the merge wrote, as they were and as they became; custom fields as `custom.key`. */
    before: jsonb().$type<JournaledFields>().notNull(),
    after: jsonb().$type<JournaledFields>().notNull(),
    /** Code and external id that the merged one gave away, as they were and as they became. */
    mergedBefore: jsonb().$type<JournaledFields>().notNull(),
    mergedAfter: jsonb().$type<JournaledFields>().notNull(),
    mergedBy: uuid()
      .notNull()
      .references(() => users.id),
    mergedAt: instant().notNull(),
    undoneBy: uuid().references(() => users.id),
    undoneAt: instant(),
  },
  (t) => [
    index('customer_merges_survivor').on(t.survivorId, t.mergedAt),
    uniqueIndex('customer_merges_standing').on(t.mergedId).where(sql`undone_at is null`),
    index('customer_merges_newest').on(t.mergedAt, t.id),
    check('customer_merges_two', sql`${t.survivorId} <> ${t.mergedId}`),
  ],
)

/** Each row that a merge moved or changed, by table. Rows of tables with one row for each customer stand under the customer's id. */
export const customerMergeRows = pgTable(
  'customer_merge_rows',
  {
    mergeId: uuid()
      .notNull()
      .references(() => customerMerges.id, { onDelete: 'cascade' }),
    tableName: text().notNull(),
    rowId: uuid().notNull(),
    /** Passed from the merged customer to the survivor; else a row of the survivor's own that gave way. */
    moved: boolean().notNull(),
    /** Columns besides the customer that the merge wrote, as they were. */
    before: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [
    primaryKey({ columns: [t.mergeId, t.tableName, t.rowId] }),
    // Documents that got another number, by which integrators know them still.
    index('customer_merge_rows_renumbered').on(t.rowId).where(sql`table_name = 'documents' and before is not null`),
  ],
)

/** Two customers that look like one and are not: somebody has looked. The first id is the lower one. */
export const customerDistinctions = pgTable(
  'customer_distinctions',
  {
    id: id(),
    firstId: uuid()
      .notNull()
      .references(() => customers.id),
    secondId: uuid()
      .notNull()
      .references(() => customers.id),
    madeBy: uuid()
      .notNull()
      .references(() => users.id),
    madeAt: instant().notNull(),
  },
  (t) => [
    uniqueIndex('customer_distinctions_once').on(t.firstId, t.secondId),
    index('customer_distinctions_second').on(t.secondId),
    check('customer_distinctions_order', sql`${t.firstId} < ${t.secondId}`),
  ],
)

/** The fields of a customer that the company defines itself. */
export const customFields = pgTable(
  'custom_fields',
  {
    id: id(),
    /** What the API, imports and stored values call the field; it never changes. */
    key: text().notNull(),
    name: text().notNull(),
    kind: text().$type<CustomFieldKind>().notNull(),
    help: text(),
    required: boolean().notNull().default(false),
    /** Shown as a column of the list unless a person chooses otherwise. */
    listed: boolean().notNull().default(false),
    /** Of a field that offers choices, in their order. */
    choices: jsonb().$type<readonly CustomFieldChoice[]>().notNull().default([]),
    position: integer().notNull().default(0),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('custom_fields_key_unique').on(t.key), uniqueIndex('custom_fields_name_unique').on(sql`lower(${t.name})`)],
)

/** A list as somebody likes it: filters, order and columns under a name. */
export const savedViews = pgTable(
  'saved_views',
  {
    id: id(),
    list: text({ enum: ['customers'] }).notNull(),
    name: text().notNull(),
    ownerId: uuid()
      .notNull()
      .references(() => users.id),
    /** Offered to everybody; what each of them sees under it is theirs. */
    shared: boolean().notNull().default(false),
    /** Opens for whoever has chosen no view of their own; one of each list. */
    forEverybody: boolean().notNull().default(false),
    /** Filters and order as the address of the page says them. */
    query: text().notNull(),
    /** Ids of the columns in their order; null: those of the list. */
    columns: jsonb().$type<readonly string[]>(),
    density: text({ enum: ['comfortable', 'compact'] })
      .notNull()
      .default('comfortable'),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('saved_views_name_unique').on(t.ownerId, t.list, sql`lower(${t.name})`),
    uniqueIndex('saved_views_for_everybody').on(t.list).where(sql`for_everybody`),
    index('saved_views_shared').on(t.list).where(sql`shared`),
  ],
)

/** The view with which a list opens for a person. */
export const defaultViews = pgTable(
  'default_views',
  {
    userId: uuid()
      .notNull()
      .references(() => users.id),
    list: text({ enum: ['customers'] }).notNull(),
    /** Null: the list as it is, whatever opens for everybody. */
    viewId: uuid().references(() => savedViews.id, { onDelete: 'cascade' }),
  },
  (t) => [primaryKey({ columns: [t.userId, t.list] }), index('default_views_view').on(t.viewId)],
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
    /** What they are for the customer (buyer, payer, legal representative): free words, of which those in use are suggested. */
    profiles: text().array().notNull().default(sql`'{}'`),
    email: text(),
    phone: text(),
    mobile: text(),
    /** Of the mails written to this person; null: the customer's. */
    language: char({ length: 2 }),
    /** What is good to know about the person. */
    about: text(),
    /** The one to ask for first; at most one of a customer. */
    isMain: boolean().notNull().default(false),
    receivesNotices: boolean().notNull().default(false),
    /** Whether the person may ask for links to the portal. */
    portalAccess: boolean().notNull().default(false),
    /** Said on the portal that they are not the right person; no notice and no link goes there until somebody has looked. */
    wrongPersonAt: instant(),
    wrongPersonNote: text(),
    /** The channels whose newest fact in contact_consents is this: written with each fact, for lists. */
    consentGranted: text({ enum: consentChannels }).array().notNull().default(sql`'{}'`),
    consentRefused: text({ enum: consentChannels }).array().notNull().default(sql`'{}'`),
    nameKey: sortableText().notNull().generatedAlwaysAs(unaccented('name')),
    searchText: text()
      .notNull()
      .generatedAlwaysAs(unaccented('name', 'position', 'department', 'email', 'phone', 'mobile')),
    version: version(),
    createdAt: createdAt(),
    deletedAt: instant(),
    deletedBy: uuid(),
  },
  (t) => [
    index('contacts_by_name').on(t.nameKey, t.id).where(sql`deleted_at is null`),
    index('contacts_search').using('gin', sql`search_text gin_trgm_ops`),
    index('contacts_profiles').using('gin', t.profiles).where(sql`deleted_at is null`),
    uniqueIndex('contacts_main_unique').on(t.customerId).where(sql`is_main and deleted_at is null`),
    index('contacts_customer').on(t.customerId).where(sql`deleted_at is null`),
    index('contacts_portal').on(sql`lower(email)`).where(sql`portal_access and deleted_at is null`),
  ],
)

/**
 * What a contact allowed or refused, channel by channel: facts that are added and never overwritten. What stands is the newest by the day on which it
 * was said, of one day the one recorded last.
 */
export const contactConsents = pgTable(
  'contact_consents',
  {
    id: id(),
    contactId: uuid()
      .notNull()
      .references(() => contacts.id),
    channel: text({ enum: consentChannels }).notNull(),
    state: text({ enum: consentStates }).notNull(),
    source: text({ enum: consentSources }).notNull(),
    /** Where it can be looked up: the number of the form, what was said. */
    detail: text(),
    saidOn: day().notNull(),
    recordedBy: uuid().references(() => users.id),
    createdAt: createdAt(),
  },
  (t) => [index('contact_consents_contact').on(t.contactId, t.channel, t.saidOn, t.id)],
)

/** Picture or logo of a customer: made small when it was uploaded. Beside the customer's row, which is read often. */
export const customerImages = pgTable('customer_images', {
  customerId: uuid()
    .primaryKey()
    .references(() => customers.id),
  content: bytes().notNull(),
  hash: text().notNull(),
  updatedAt: instant().notNull(),
})

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
