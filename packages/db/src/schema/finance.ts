import { sql } from 'drizzle-orm'
import { boolean, check, index, integer, jsonb, pgTable, smallint, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { bytes, createdAt, day, id, instant, version } from './columns.ts'
import { users } from './organisation.ts'

/** Who in finance is told of what, and when: a single row, made with its defaults. */
export const financeSettings = pgTable(
  'finance_settings',
  {
    id: smallint().primaryKey().default(1),
    digestOn: boolean().notNull().default(true),
    /** Local time of the company from which the day's digest leaves. */
    digestAt: text().notNull().default('07:30'),
    /** An alarm opens when nothing was sent for so long although something should have been. */
    silentMinutes: integer().notNull().default(60),
    /** An alarm opens when no worker was heard of for so long. */
    workerMinutes: integer().notNull().default(5),
    /** An alarm opens when so many notices failed within a day. */
    failedCount: integer().notNull().default(10),
    version: version(),
  },
  (t) => [check('finance_settings_single_row', sql`${t.id} = 1`)],
)

/** Whom digests and alarms are mailed to, as long as they may see notices. */
export const digestRecipients = pgTable('digest_recipients', {
  userId: uuid()
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
})

/** Something that should have happened with the notices did not. Opens once, closes by itself. */
export const noticeAlarms = pgTable(
  'notice_alarms',
  {
    id: id(),
    kind: text().notNull(),
    /** What it is about where one kind may ring for several: the user of a mail account. Empty otherwise. */
    subject: text().notNull().default(''),
    /** The figures as last seen. */
    facts: jsonb().$type<Record<string, string | number | null>>().notNull().default({}),
    openedAt: instant().notNull(),
    closedAt: instant(),
  },
  (t) => [
    uniqueIndex('notice_alarms_open').on(t.kind, t.subject).where(sql`closed_at is null`),
    index('notice_alarms_opened').on(t.openedAt),
  ],
)

/** A mail of ours to one of the company's own people: digest, alarm, news about bank details, a follow-up that fell due. The key is the promise: once. */
export const staffMails = pgTable(
  'staff_mails',
  {
    id: id(),
    kind: text({ enum: ['digest', 'alarm', 'bank-details', 'reminder'] }).notNull(),
    /** What it tells of: the day, the alarm, the record. */
    about: text().notNull(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    /** Digest: the company's day that it is of. */
    day: day(),
    state: text({ enum: ['waiting', 'claimed', 'dispatching', 'sent', 'uncertain', 'failed', 'skipped'] }).notNull(),
    messageId: text().notNull(),
    /** Exactly as handed to the SMTP server. */
    source: bytes(),
    response: text(),
    attempt: integer().notNull().default(0),
    nextAttemptAt: instant(),
    claimToken: uuid(),
    leaseUntil: instant(),
    sentAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('staff_mails_once').on(t.kind, t.about, t.userId),
    index('staff_mails_due').on(t.nextAttemptAt).where(sql`state in ('waiting', 'claimed', 'dispatching')`),
  ],
)

export interface BankAccount {
  bank: string
  holder: string
  kind: 'iban' | 'clabe' | 'account'
  number: string
  currency: string
  swift: string | null
  note: string | null
}

/**
 * Where customers pay to. One person proposes the whole list, another confirms it; only what is confirmed is shown to customers. Rows are
 * never changed but for their decision, so that the history is the table.
 */
export const bankDetails = pgTable(
  'bank_details',
  {
    id: id(),
    accounts: jsonb().$type<BankAccount[]>().notNull(),
    /** Where customers pay online; null where there is no such page. */
    paymentUrl: text(),
    state: text({ enum: ['proposed', 'confirmed', 'withdrawn', 'replaced'] }).notNull(),
    reason: text(),
    /** Taken over at an upgrade, from when one person alone could write the payment link. */
    adopted: boolean().notNull().default(false),
    proposedBy: uuid().references(() => users.id),
    proposedAt: instant().notNull(),
    decidedBy: uuid().references(() => users.id),
    decidedAt: instant(),
    replacedAt: instant(),
  },
  (t) => [
    uniqueIndex('bank_details_one_proposed').on(t.state).where(sql`state = 'proposed'`),
    uniqueIndex('bank_details_one_confirmed').on(t.state).where(sql`state = 'confirmed'`),
    check(
      'bank_details_two_people',
      sql`${t.adopted} or ${t.state} not in ('confirmed', 'replaced')
        or (${t.decidedBy} is not null and ${t.decidedBy} <> ${t.proposedBy})`,
    ),
    check('bank_details_proposer', sql`${t.adopted} or ${t.proposedBy} is not null`),
  ],
)
