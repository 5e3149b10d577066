import { sql } from 'drizzle-orm'
import { char, check, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytes, createdAt, day, id, instant, minor, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { noticePauses } from './notices.ts'
import { users } from './organisation.ts'
import { receivables } from './receivables.ts'

/** A link by which a contact enters the portal, once. */
export const portalLinks = pgTable(
  'portal_links',
  {
    id: id(),
    contactId: uuid()
      .notNull()
      .references(() => contacts.id, { onDelete: 'cascade' }),
    /** SHA-256 of its 256 bits, which only the mail (or the user who was shown them once) holds. */
    tokenHash: text().notNull(),
    expiresAt: instant().notNull(),
    usedAt: instant(),
    revokedAt: instant(),
    /** The user who invited; null where the contact asked. */
    createdBy: uuid().references(() => users.id),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('portal_links_token').on(t.tokenHash), index('portal_links_contact').on(t.contactId, t.createdAt)],
)

/** A browser of a contact that entered by a link. */
export const portalSessions = pgTable(
  'portal_sessions',
  {
    id: id(),
    contactId: uuid()
      .notNull()
      .references(() => contacts.id, { onDelete: 'cascade' }),
    tokenHash: text().notNull(),
    userAgent: text(),
    address: text(),
    expiresAt: instant().notNull(),
    revokedAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('portal_sessions_token').on(t.tokenHash), index('portal_sessions_contact').on(t.contactId, t.createdAt)],
)

/** "I have paid": what a customer says they paid, until somebody has looked. It moves no balance. */
export const paymentClaims = pgTable(
  'payment_claims',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    contactId: uuid()
      .notNull()
      .references(() => contacts.id),
    paidOn: day().notNull(),
    currency: char({ length: 3 }).notNull(),
    amountMinor: minor().notNull(),
    method: text(),
    reference: text(),
    comment: text(),
    state: text({ enum: ['open', 'accepted', 'refused'] })
      .notNull()
      .default('open'),
    /** What the customer is told about the decision. */
    answer: text(),
    decidedAt: instant(),
    decidedBy: uuid().references(() => users.id),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    index('payment_claims_customer').on(t.customerId, t.createdAt),
    index('payment_claims_open').on(t.createdAt, t.id).where(sql`state = 'open'`),
    check('payment_claims_amount', sql`${t.amountMinor} > 0`),
  ],
)

export const paymentClaimReceivables = pgTable(
  'payment_claim_receivables',
  {
    claimId: uuid()
      .notNull()
      .references(() => paymentClaims.id, { onDelete: 'cascade' }),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
    /** The pause of its notices that this claim began, lifted when it is refused; null where a longer one stood. */
    pauseId: uuid().references(() => noticePauses.id),
  },
  (t) => [primaryKey({ columns: [t.claimId, t.receivableId] }), index('payment_claim_receivables_receivable').on(t.receivableId)],
)

/** The picture or PDF that goes with a claim; its type is known from the content. */
export const paymentClaimVouchers = pgTable('payment_claim_vouchers', {
  claimId: uuid()
    .primaryKey()
    .references(() => paymentClaims.id, { onDelete: 'cascade' }),
  name: text().notNull(),
  mediaType: text().notNull(),
  size: integer().notNull(),
  content: bytes().notNull(),
})
