import { sql } from 'drizzle-orm'
import { boolean, char, check, index, integer, jsonb, pgTable, primaryKey, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytes, createdAt, day, id, instant, minor, version } from './columns.ts'
import { contacts, customers } from './customers.ts'
import { users } from './organisation.ts'
import { receivables } from './receivables.ts'

/** A concept of the catalogue of notices. The row holds its present version; every version is kept beside it. */
export const noticeRules = pgTable(
  'notice_rules',
  {
    id: id(),
    code: text().notNull(),
    kind: text({ enum: ['preventive', 'overdue'] }).notNull(),
    description: text().notNull(),
    days: integer().notNull(),
    version: version(),
    retiredAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('notice_rules_code_unique').on(t.code),
    uniqueIndex('notice_rules_days_unique').on(t.kind, t.days).where(sql`retired_at is null`),
    check('notice_rules_days', sql`${t.days} between 0 and 365`),
  ],
)

/** Immutable: an edit of a rule adds a version. */
export const noticeRuleVersions = pgTable(
  'notice_rule_versions',
  {
    ruleId: uuid()
      .notNull()
      .references(() => noticeRules.id),
    version: integer().notNull(),
    description: text().notNull(),
    days: integer().notNull(),
    createdAt: createdAt(),
    createdBy: uuid(),
  },
  (t) => [primaryKey({ columns: [t.ruleId, t.version] })],
)

/** A customer's own settings; null means inherited from the company. */
export const noticeSettings = pgTable('notice_settings', {
  customerId: uuid()
    .primaryKey()
    .references(() => customers.id, { onDelete: 'cascade' }),
  subject: text(),
  active: boolean(),
  sendToContacts: boolean(),
  reminderOn: boolean(),
  reminderRuleIds: uuid().array(),
  overdueOn: boolean(),
  overdueRuleIds: uuid().array(),
  reminderBody: text(),
  overdueBody: text(),
  version: version(),
  updatedAt: createdAt(),
})

/** One mail: the occurrences of one customer, kind and day. States and their transitions: docs/flows/notices.md. */
export const noticeMessages = pgTable(
  'notice_messages',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    kind: text({ enum: ['preventive', 'overdue'] }).notNull(),
    /** The business day for which it was planned. */
    planOn: day().notNull(),
    state: text({
      enum: ['planned', 'claimed', 'dispatching', 'sent', 'deferred', 'failed', 'held', 'cancelled', 'uncertain'],
    }).notNull(),
    reason: text(),
    /** RFC 5322 Message-ID, fixed before the first attempt so that evidence can be looked up by it. */
    messageId: text().notNull(),
    senderId: uuid().references(() => users.id),
    senderAddress: text(),
    /** True where the administrator's account stands in for a missing collections agent. */
    senderIsFallback: boolean().notNull().default(false),
    subject: text(),
    /** Exactly as handed to the SMTP server. */
    source: bytes(),
    smtpResponse: text(),
    attempt: integer().notNull().default(0),
    nextAttemptAt: instant(),
    claimToken: uuid(),
    leaseUntil: instant(),
    sentAt: instant(),
    reviewedBy: uuid().references(() => users.id),
    reviewedAt: instant(),
    version: version(),
    createdAt: createdAt(),
    updatedAt: createdAt(),
  },
  (t) => [
    // What the sweep rings for, and leases that ran out.
    index('notice_messages_due')
      .on(t.state, t.nextAttemptAt)
      .where(sql`state in ('planned', 'deferred', 'claimed', 'dispatching')`),
    index('notice_messages_queue').on(t.state, t.planOn, t.id),
    index('notice_messages_day').on(t.planOn, t.id),
    index('notice_messages_customer').on(t.customerId, t.planOn),
  ],
)

/** One receivable under one rule. The unique key is the promise: never twice, whatever the version of the rule. */
export const noticeItems = pgTable(
  'notice_items',
  {
    id: id(),
    messageId: uuid()
      .notNull()
      .references(() => noticeMessages.id),
    receivableId: uuid()
      .notNull()
      .references(() => receivables.id),
    ruleId: uuid()
      .notNull()
      .references(() => noticeRules.id),
    ruleVersion: integer().notNull(),
    occurrence: integer().notNull().default(1),
    dueOn: day().notNull(),
    maturesOn: day().notNull(),
    balanceMinor: minor().notNull(),
    currency: char({ length: 3 }).notNull(),
    /** Why it dropped out of its message just before sending (paid, disputed, ...); null while it stands. */
    droppedReason: text(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('notice_items_once').on(t.receivableId, t.ruleId, t.occurrence),
    index('notice_items_message').on(t.messageId),
    index('notice_items_rule').on(t.ruleId),
  ],
)

export const noticeRecipients = pgTable(
  'notice_recipients',
  {
    id: id(),
    messageId: uuid()
      .notNull()
      .references(() => noticeMessages.id, { onDelete: 'cascade' }),
    address: text().notNull(),
    name: text(),
    contactId: uuid().references(() => contacts.id),
    outcome: text({ enum: ['pending', 'accepted', 'refused'] })
      .notNull()
      .default('pending'),
    response: text(),
  },
  (t) => [uniqueIndex('notice_recipients_once').on(t.messageId, t.address)],
)

/** Every change of a message's state, written with the change. */
export const noticeEvents = pgTable(
  'notice_events',
  {
    id: id(),
    messageId: uuid()
      .notNull()
      .references(() => noticeMessages.id, { onDelete: 'cascade' }),
    at: instant().notNull(),
    fromState: text(),
    toState: text().notNull(),
    reason: text(),
    actorId: uuid(),
    detail: jsonb().$type<Record<string, unknown>>(),
  },
  (t) => [index('notice_events_message').on(t.messageId, t.at)],
)

/** A worker on a restored backup or a cloned machine must not send: the environment names the epoch that it was told. */
export const installationEpoch = pgTable('installation_epoch', {
  id: integer().primaryKey().default(1),
  epoch: text().notNull(),
  confirmedAt: instant().notNull(),
})
