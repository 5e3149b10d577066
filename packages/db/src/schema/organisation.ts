import { sql } from 'drizzle-orm'
import {
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
import { bytes, createdAt, day, id, instant, version } from './columns.ts'

/** The one company that the installation serves: a single row. */
export const company = pgTable(
  'company',
  {
    id: smallint().primaryKey().default(1),
    name: text().notNull(),
    taxId: text(),
    timeZone: text().notNull(),
    currency: char({ length: 3 }).notNull(),
    locale: text().notNull(),
    country: char({ length: 2 }),
    businessWeekdays: smallint().array().notNull().default(sql`'{1,2,3,4,5}'`),
    opensAt: text().notNull().default('08:00'),
    closesAt: text().notNull().default('18:00'),
    /** Whose mail account sends for customers without a collections agent. */
    administratorId: uuid(),
    followUpDefaultHours: integer().notNull().default(24),
    /** How many days before a renewal's next date its follow-up is opened, unless the renewal says so itself. */
    renewalLeadDays: integer().notNull().default(30),
    postponeInBusinessHours: boolean().notNull().default(false),
    creditToleranceDays: integer(),
    catchUpDays: integer().notNull().default(3),
    reviewOverdue: boolean().notNull().default(false),
    noticeActive: boolean().notNull().default(false),
    noticeSendToContacts: boolean().notNull().default(false),
    reminderOn: boolean().notNull().default(true),
    reminderRuleIds: uuid().array().notNull().default(sql`'{}'`),
    overdueOn: boolean().notNull().default(true),
    overdueRuleIds: uuid().array().notNull().default(sql`'{}'`),
    /** How customers are addressed where the catalogue of texts has more than one way. */
    noticeTone: text({ enum: ['formal', 'informal', 'neutral'] })
      .notNull()
      .default('formal'),
    /** One mail per customer and day with what falls due and what is overdue together. */
    noticeCombined: boolean().notNull().default(false),
    noticeAttachStatement: boolean().notNull().default(false),
    /** Calendar days between two notices to the same customer; 0 is no limit. */
    noticeIntervalDays: integer().notNull().default(0),
    /** Local hours within which notices leave on a business day. */
    noticeSendFrom: text().notNull().default('00:00'),
    noticeSendUntil: text().notNull().default('24:00'),
    /** Notices hold themselves when their source of balances is older; null is no limit. */
    noticeFreshnessHours: integer(),
    /** Business days after a promised day during which the promise still holds. */
    promiseGraceDays: integer().notNull().default(1),
    /** Hours, days, channels and how often a customer may be contacted (packages/domain/src/notices/contact-policy.ts). */
    contactPolicy: jsonb().$type<Record<string, unknown>>(),
    /** Most notices per hour to one mail domain; null is no limit. */
    noticeDomainHourlyCap: integer(),
    version: version(),
  },
  (t) => [check('company_single_row', sql`${t.id} = 1`)],
)

/** The company's logo as mails carry it: made small when it was uploaded. Beside the company's row, which is read often. */
export const companyLogo = pgTable(
  'company_logo',
  {
    id: smallint().primaryKey().default(1),
    /** PNG. */
    content: bytes().notNull(),
    width: integer().notNull(),
    height: integer().notNull(),
    /** SHA-256 of the content, by which it is cached. */
    hash: text().notNull(),
    updatedAt: createdAt(),
  },
  (t) => [check('company_logo_single_row', sql`${t.id} = 1`)],
)

export const holidays = pgTable('holidays', { day: day().primaryKey(), name: text().notNull() })

export const branches = pgTable(
  'branches',
  {
    id: id(),
    code: text().notNull(),
    name: text().notNull(),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('branches_code_unique').on(sql`lower(${t.code})`),
    uniqueIndex('branches_name_unique').on(sql`lower(${t.name})`),
  ],
)

export const departments = pgTable(
  'departments',
  {
    id: id(),
    code: text().notNull(),
    name: text().notNull(),
    active: boolean().notNull().default(true),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('departments_code_unique').on(sql`lower(${t.code})`),
    uniqueIndex('departments_name_unique').on(sql`lower(${t.name})`),
  ],
)

export const accessProfiles = pgTable(
  'access_profiles',
  {
    id: id(),
    name: text().notNull(),
    level: smallint().notNull(),
    customerLevel: smallint().notNull().default(1),
    permissions: text().array().notNull().default(sql`'{}'`),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [
    uniqueIndex('access_profiles_name_unique').on(sql`lower(${t.name})`),
    check('access_profiles_level', sql`${t.level} between 1 and 4 and ${t.customerLevel} between 1 and 4`),
  ],
)

export const users = pgTable(
  'users',
  {
    id: id(),
    name: text().notNull(),
    email: text().notNull(),
    passwordHash: text().notNull(),
    language: char({ length: 2 }).notNull().default('es'),
    branchId: uuid()
      .notNull()
      .references(() => branches.id),
    departmentId: uuid().references(() => departments.id),
    profileId: uuid()
      .notNull()
      .references(() => accessProfiles.id),
    active: boolean().notNull().default(true),
    /** Whether follow-ups that fall due are also told by e-mail. */
    remindByMail: boolean().notNull().default(false),
    lastSignInAt: instant(),
    version: version(),
    createdAt: createdAt(),
  },
  (t) => [uniqueIndex('users_email_unique').on(sql`lower(${t.email})`), index('users_place').on(t.branchId, t.departmentId)],
)

/** A signed-in browser: the family of its refresh tokens. */
export const sessions = pgTable(
  'sessions',
  {
    id: id(),
    userId: uuid()
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    userAgent: text(),
    address: text(),
    expiresAt: instant().notNull(),
    revokedAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [index('sessions_user').on(t.userId)],
)

export const refreshTokens = pgTable(
  'refresh_tokens',
  {
    /** SHA-256 of the token; the token itself is never stored. */
    hash: text().primaryKey(),
    sessionId: uuid()
      .notNull()
      .references(() => sessions.id, { onDelete: 'cascade' }),
    usedAt: instant(),
    createdAt: createdAt(),
  },
  (t) => [index('refresh_tokens_session').on(t.sessionId)],
)

/** Failed sign-ins per account and per address, counted in windows. */
export const signInFailures = pgTable(
  'sign_in_failures',
  { key: text().notNull(), windowAt: instant().notNull(), count: integer().notNull() },
  (t) => [primaryKey({ columns: [t.key, t.windowAt] })],
)

/** A user's own SMTP account, from which their customers' notices leave. */
export const mailAccounts = pgTable('mail_accounts', {
  userId: uuid()
    .primaryKey()
    .references(() => users.id, { onDelete: 'cascade' }),
  address: text().notNull(),
  displayName: text().notNull(),
  host: text().notNull(),
  port: integer().notNull(),
  security: text({ enum: ['tls', 'starttls', 'none'] }).notNull(),
  username: text(),
  /** AES-256-GCM with a key prefix; see use-cases/secrets.ts. */
  passwordEncrypted: text(),
  authMethod: text({ enum: ['password', 'oauth2'] })
    .notNull()
    .default('password'),
  oauthTokenUrl: text(),
  oauthClientId: text(),
  oauthClientSecretEncrypted: text(),
  oauthRefreshTokenEncrypted: text(),
  /** Most notices a day from this account; null is no limit. */
  dailyCap: integer(),
  /** Reading of the mailbox for bounces and replies; null host: switched off. */
  imapHost: text(),
  imapPort: integer(),
  imapSecurity: text({ enum: ['tls', 'starttls', 'none'] }),
  imapFolder: text(),
  /** Where the last reading ended, by the mailbox's own counting. */
  imapUidValidity: text(),
  /** Unsigned 32 bits. */
  imapLastUid: bigint({ mode: 'number' }),
  imapReadAt: instant(),
  imapError: text(),
  /** The server refused user or password: reading stops until the account is saved or verified again. */
  imapStoppedAt: instant(),
  /** Who reads now holds it until then; after an error, not again before. By the clock of the database. */
  imapLeaseUntil: instant(),
  imapFailures: integer().notNull().default(0),
  state: text({ enum: ['unverified', 'verified', 'paused'] })
    .notNull()
    .default('unverified'),
  verifiedAt: instant(),
  lastError: text(),
  /** The mail to oneself that proves the account: keyed digest of its code, its Message-ID, and how often a wrong code was given. */
  handshakeCode: text(),
  handshakeMessageId: text(),
  handshakeSentAt: instant(),
  handshakeTries: integer().notNull().default(0),
  /** The person who paused it; null where the server's refusal did. */
  pausedBy: uuid(),
  /** Attempts in a row that did not reach its server, and until when nobody tries again, by the clock of the database. */
  connectFailures: integer().notNull().default(0),
  unreachableUntil: instant(),
  version: version(),
})
