import type { NoticeReasonParams } from '@cartera/domain/notices/notice-states'
import { sql } from 'drizzle-orm'
import {
  type AnyPgColumn,
  bigint,
  boolean,
  char,
  check,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  smallint,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import { createdAt, day, id, instant, minor, packedBytes, version } from './columns.ts'
import { contacts, customerGroups, customers } from './customers.ts'
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
    /** How firm its text is, 1 (friendly) to 4 (last notice): a message speaks in the highest level of its items. */
    level: smallint().notNull().default(1),
    /** Overdue rules only: again every so many calendar days, so many more times. */
    repeatEveryDays: integer(),
    repeatTimes: integer(),
    version: version(),
    retiredAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('notice_rules_code_unique').on(t.code),
    uniqueIndex('notice_rules_days_unique').on(t.kind, t.days).where(sql`retired_at is null`),
    check('notice_rules_days', sql`${t.days} between 0 and 365`),
    check('notice_rules_level', sql`${t.level} between 1 and 4`),
    check('notice_rules_repeat', sql`(${t.repeatEveryDays} is null) = (${t.repeatTimes} is null)`),
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
    level: smallint().notNull().default(1),
    repeatEveryDays: integer(),
    repeatTimes: integer(),
    createdAt: createdAt(),
    createdBy: uuid(),
  },
  (t) => [primaryKey({ columns: [t.ruleId, t.version] })],
)

const switches = () => ({
  active: boolean(),
  reminderOn: boolean(),
  reminderRuleIds: uuid().array(),
  overdueOn: boolean(),
  overdueRuleIds: uuid().array(),
})
const settingsColumns = () => ({
  subject: text(),
  ...switches(),
  sendToContacts: boolean(),
  reminderBody: text(),
  overdueBody: text(),
  tone: text({ enum: ['formal', 'informal', 'neutral'] }),
  attachStatement: boolean(),
  version: version(),
  updatedAt: createdAt(),
})

/** A customer's own settings; null means inherited from its group, else from the company. */
export const noticeSettings = pgTable('notice_settings', {
  customerId: uuid()
    .primaryKey()
    .references(() => customers.id, { onDelete: 'cascade' }),
  ...settingsColumns(),
})

/** The settings of a customer group; null means inherited from the company. */
export const noticeGroupSettings = pgTable('notice_group_settings', {
  groupId: uuid()
    .primaryKey()
    .references(() => customerGroups.id, { onDelete: 'cascade' }),
  ...settingsColumns(),
})

/** What one receivable has of its own: whether and by which rules, not what the mail says. */
export const noticeReceivableSettings = pgTable('notice_receivable_settings', {
  receivableId: uuid()
    .primaryKey()
    .references(() => receivables.id, { onDelete: 'cascade' }),
  ...switches(),
  version: version(),
  updatedAt: createdAt(),
})

/** Nothing is sent until the day is over: for a customer, or for one of its receivables. Facts; the standing one is also on the row. */
export const noticePauses = pgTable(
  'notice_pauses',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    receivableId: uuid().references(() => receivables.id),
    untilOn: day().notNull(),
    reason: text().notNull(),
    pausedBy: uuid().references(() => users.id),
    endedAt: instant(),
    endedBy: uuid(),
    createdAt: createdAt(),
  },
  (t) => [
    index('notice_pauses_customer').on(t.customerId, t.createdAt),
    uniqueIndex('notice_pauses_customer_standing').on(t.customerId).where(sql`ended_at is null and receivable_id is null`),
    uniqueIndex('notice_pauses_receivable_standing')
      .on(t.receivableId)
      .where(sql`ended_at is null and receivable_id is not null`),
  ],
)

/** Per currency: a balance up to the tolerance is not worth a notice, a message under the least amount does not leave. */
export const noticeAmounts = pgTable('notice_amounts', {
  currency: char({ length: 3 }).primaryKey(),
  toleranceMinor: minor().notNull().default(sql`0`),
  leastMinor: minor().notNull().default(sql`0`),
})

/** The catalogue of texts: for each kind, level, language and tone what the mail says. */
export const noticeTemplates = pgTable(
  'notice_templates',
  {
    id: id(),
    kind: text({ enum: ['preventive', 'overdue'] }).notNull(),
    level: smallint().notNull(),
    language: char({ length: 2 }).notNull(),
    tone: text({ enum: ['formal', 'informal', 'neutral'] }).notNull(),
    subject: text().notNull(),
    body: text().notNull(),
    version: version(),
    updatedAt: createdAt(),
  },
  (t) => [
    uniqueIndex('notice_templates_once').on(t.kind, t.level, t.language, t.tone),
    check('notice_templates_level', sql`${t.level} between 1 and 4`),
  ],
)

/** What came back to an agent's mailbox about a notice: bounces and replies. Auto-replies are kept out. */
export const mailboxMessages = pgTable(
  'mailbox_messages',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    kind: text({ enum: ['bounce', 'reply'] }).notNull(),
    noticeMessageId: uuid().references((): AnyPgColumn => noticeMessages.id),
    customerId: uuid().references(() => customers.id),
    /** Its own Message-ID, or where it has none one made of where it lies. */
    messageId: text().notNull(),
    fromAddress: text().notNull(),
    subject: text().notNull(),
    body: text().notNull(),
    /** Bounces: the address that failed (replies: empty), whether for good, and what the server said. */
    failedAddress: text().notNull().default(''),
    permanent: boolean(),
    diagnostic: text(),
    receivedAt: instant().notNull(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('mailbox_messages_once').on(t.userId, t.messageId, t.failedAddress),
    index('mailbox_messages_customer').on(t.customerId, t.receivedAt),
    index('mailbox_messages_notice').on(t.noticeMessageId),
  ],
)

/** One mail: the occurrences of one customer, kind and day. States and their transitions: docs/flows/notices.md. */
export const noticeMessages = pgTable(
  'notice_messages',
  {
    id: id(),
    customerId: uuid()
      .notNull()
      .references(() => customers.id),
    kind: text({ enum: ['preventive', 'overdue'] }).notNull(),
    /** The highest level of its items' rules. */
    level: smallint().notNull().default(1),
    /** The business day for which it was planned. */
    planOn: day().notNull(),
    /** The company's day on which it was written: another than `planOn` where a day was run by hand. */
    writtenOn: day().notNull(),
    state: text({
      enum: ['planned', 'claimed', 'dispatching', 'sent', 'deferred', 'failed', 'held', 'cancelled', 'uncertain'],
    }).notNull(),
    reason: text(),
    /** The facts of the reason: until which day, which limit (NoticeReasonParams of the domain). */
    reasonParams: jsonb().$type<NoticeReasonParams>(),
    /** The day on which it was freed from a wait that stops the clock (pause, promise, limits, stale data): catch-up days count from here. */
    freedOn: day(),
    /** The company's day on which everything about it was last looked at. */
    lookedOn: day(),
    /** RFC 5322 Message-ID, fixed before the first attempt so that evidence can be looked up by it. */
    messageId: text().notNull(),
    senderId: uuid().references(() => users.id),
    senderAddress: text(),
    /** True where the administrator's account stands in for a missing collections agent. */
    senderIsFallback: boolean().notNull().default(false),
    subject: text(),
    /** Exactly as handed to the SMTP server. */
    source: packedBytes(),
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
    uniqueIndex('notice_messages_message_id').on(t.messageId),
    // Caps per account, intervals per customer.
    index('notice_messages_sender_sent').on(t.senderId, t.sentAt).where(sql`sent_at is not null`),
    // What of one sender is due: workers claim sender by sender, so that one cannot starve another.
    index('notice_messages_sender_due').on(t.senderId, t.nextAttemptAt).where(sql`state in ('planned', 'deferred')`),
    // Caps per mail domain look at the last hour.
    index('notice_messages_sent').on(t.sentAt).where(sql`sent_at is not null`),
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
    /** It was set aside from a message that may have been handed over: a mail with it may have gone out, so its key is never given back. */
    mayHaveLeft: boolean().notNull().default(false),
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
    outcome: text({ enum: ['pending', 'accepted', 'refused', 'bounced'] })
      .notNull()
      .default('pending'),
    response: text(),
  },
  (t) => [
    uniqueIndex('notice_recipients_once').on(t.messageId, t.address),
    // Whether the last notices to an address came back.
    index('notice_recipients_address').on(sql`lower(${t.address})`),
  ],
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
  /** Grows while workers send, and each machine keeps the last one it saw: a database that is behind was restored from a backup. */
  beat: bigint({ mode: 'number' }).notNull().default(0),
})

/** What each worker last said of itself: whether it may send, and why not. */
export const noticeWorkers = pgTable('notice_workers', {
  id: uuid().primaryKey(),
  host: text().notNull(),
  epoch: text(),
  state: text({ enum: ['sending', 'blocked'] }).notNull(),
  reason: text({ enum: ['epoch-mismatch', 'epoch-missing', 'database-restored', 'journal-unwritable'] }),
  detail: text(),
  startedAt: instant().notNull(),
  seenAt: instant().notNull(),
})
