import type { Querier } from '@cartera/db/connect'
import { noticeAmounts, noticeReceivableSettings, noticeRules } from '@cartera/db/schema/notices'
import { balanceSources } from '@cartera/db/schema/receivables'
import { type BusinessCalendar, isBusinessDay } from '@cartera/domain/business-calendar'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import type { CustomerStatus } from '@cartera/domain/customers/customer-status'
import {
  type ContactRules,
  limitsContacts,
  openWeekdays,
  parseContactPolicy,
  startOfLocalDay,
} from '@cartera/domain/notices/contact-policy'
import { isMailAddress } from '@cartera/domain/notices/mail-address'
import type {
  Covered,
  NoticeCustomer,
  NoticePolicy,
  NoticeRule,
  PlannedContact,
  StandingOccurrence,
} from '@cartera/domain/notices/notice-plan'
import {
  effectiveNoticeSettings,
  inheritedNoticeSettings,
  type NoticeSettings,
  type NoticeTone,
  type OwnNoticeSettings,
  type OwnReceivableSwitches,
} from '@cartera/domain/notices/notice-settings'
import { type SQL, sql } from 'drizzle-orm'
import { type Company, companyCalendar, findCompany } from '../company/company-settings.ts'
import { creditsOfCustomers, noCredit } from '../payments/credits-of-customers.ts'
import { plainArray } from './array-parameters.ts'

export type Rule = NoticeRule & {
  retired: boolean
  version: number
  description: string
  level: number
  repeatEveryDays: number | null
  repeatTimes: number | null
}

/** What every question about notices needs to know of the company: its settings, calendar and rules. */
export interface NoticeWorld {
  company: Company
  /** The days on which notices leave: the company's business days on which the contact policy has hours too. */
  calendar: BusinessCalendar
  amounts: NoticePolicy['amounts']
  /** Where balances come from, and as of when each last spoke. */
  sources: { name: string; asOf: Date }[]
  contact: ContactRules
  /** Retired ones too: what was planned under them is still looked at. */
  rules: Rule[]
  defaults: NoticeSettings
}

export async function loadNoticeWorld(db: Querier): Promise<NoticeWorld> {
  const company = await findCompany(db)
  const rules = await db.select().from(noticeRules).orderBy(noticeRules.kind, noticeRules.days, noticeRules.code)
  const amounts = await db.select().from(noticeAmounts)
  const sources = company.noticeFreshnessHours === null ? [] : await db.select().from(balanceSources)
  const ofCompany = await companyCalendar(db, company)
  const policy = company.contactPolicy === null ? null : parseContactPolicy(company.contactPolicy)
  const window = { policy, sendFrom: company.noticeSendFrom, sendUntil: company.noticeSendUntil }
  const calendar = { ...ofCompany, businessWeekdays: openWeekdays(ofCompany.businessWeekdays, window) }
  return {
    company,
    calendar,
    amounts: new Map(amounts.map(({ currency, toleranceMinor, leastMinor }) => [currency, { toleranceMinor, leastMinor }])),
    sources: sources.map(({ name, asOf }) => ({ name, asOf })),
    contact: {
      ...window,
      timeZone: company.timeZone,
      isOpenDay: (day) => isBusinessDay(day, calendar),
      isHoliday: (day) => calendar.holidays.has(day),
      intervalDays: company.noticeIntervalDays,
    },
    rules: rules.map(({ retiredAt, createdAt: _, ...rule }) => ({
      ...rule,
      retired: retiredAt !== null,
    })),
    defaults: defaultsOf(company),
  }
}

const msPerHour = 3_600_000

/** What the company has decided about notices, with the sources of balances that are silent at the instant. */
export function noticePolicyOf(world: NoticeWorld, now: Date): NoticePolicy {
  const limit = world.company.noticeFreshnessHours
  const silentSources: Map<string, { hours: number; limit: number; since: string }> = new Map()
  if (limit !== null)
    for (const { name, asOf } of world.sources) {
      const age = now.getTime() - asOf.getTime()
      if (age > limit * msPerHour)
        silentSources.set(name, { hours: Math.floor(age / msPerHour), limit, since: asOf.toISOString() })
    }
  return { combined: world.company.noticeCombined, amounts: world.amounts, silentSources, contact: world.contact }
}

/** The company's notice defaults as the domain knows them; its texts are the catalogue. */
export function defaultsOf(company: Company): NoticeSettings {
  return {
    subject: null,
    active: company.noticeActive,
    sendToContacts: company.noticeSendToContacts,
    reminderOn: company.reminderOn,
    reminderRuleIds: company.reminderRuleIds,
    overdueOn: company.overdueOn,
    overdueRuleIds: company.overdueRuleIds,
    reminderBody: null,
    overdueBody: null,
    tone: company.noticeTone,
    attachStatement: company.noticeAttachStatement,
  }
}

export interface NoticeRecipient {
  address: string
  name: string | null
  contactId: string | null
  /** Whether mail can be sent to the address. */
  usable: boolean
}

export interface NoticeSender {
  usable: boolean
  reason: 'account-missing' | 'account-unverified' | 'account-paused' | 'agent-inactive' | 'administrator-missing' | null
  /** The administrator's account, because the customer has no collections agent. */
  fallback: boolean
  user: { id: string; name: string } | null
  address: string | null
}

/** A customer as notices know it. */
export interface CustomerFacts extends NoticeCustomer {
  id: string
  code: string
  externalId: string | null
  name: string
  contactPerson: string | null
  language: 'es' | 'en'
  group: { id: string; name: string } | null
  groupOwn: OwnNoticeSettings | null
  own: OwnNoticeSettings
  /** The last day of the pause that stands, whether or not it is over: `pausedUntil` by its other name. */
  noticesPausedUntil: string | null
  contacts: PlannedContact[]
  covered: Covered
  standing?: readonly StandingOccurrence[]
  settingsVersion: number
  recipients: NoticeRecipient[]
  sender: NoticeSender
}

interface CustomerRow {
  id: string
  code: string
  external_id: string | null
  name: string
  contact_person: string | null
  email: string | null
  /** No notice goes there until somebody has looked: see isUnwanted. */
  email_flagged: boolean
  language: string
  status: CustomerStatus
  deleted: boolean
  sender_id: string | null
  sender_name: string | null
  sender_active: boolean | null
  account_state: 'unverified' | 'verified' | 'paused' | null
  account_address: string | null
  has_agent: boolean
  paused_until: string | null
  group_id: string | null
  group_name: string | null
  own: SettingsRow | null
  group_own: SettingsRow | null
}

interface ContactRow {
  id: string
  customer_id: string
  name: string
  email: string
  email_flagged: boolean
}

/** A row of settings as `to_jsonb` gives it. */
interface SettingsRow {
  version: number
  subject: string | null
  active: boolean | null
  send_to_contacts: boolean | null
  reminder_on: boolean | null
  reminder_rule_ids: string[] | null
  overdue_on: boolean | null
  overdue_rule_ids: string[] | null
  reminder_body: string | null
  overdue_body: string | null
  tone: NoticeTone | null
  attach_statement: boolean | null
}

/**
 * Whether no notice goes to an address of a customer until somebody has looked: mail to it came back or was refused, or its contact said on the portal
 * that they are not the right person.
 */
export const isUnwanted = (email: SQL, customerId: SQL): SQL => sql`(
  exists (select 1 from mail_address_flags f where f.address = lower(trim(${email})))
  or exists (select 1 from contacts w where w.customer_id = ${customerId} and w.wrong_person_at is not null and w.deleted_at is null
    and lower(trim(w.email)) = lower(trim(${email}))))`

/** Customers with everything that decides over their notices, for many at once. A deleted customer counts as inactive. */
export async function findCustomerFacts(
  db: Querier,
  world: NoticeWorld,
  customerIds: readonly string[],
): Promise<Map<string, CustomerFacts>> {
  const facts = new Map<string, CustomerFacts>()
  if (customerIds.length === 0) return facts
  const ids = plainArray(new Set(customerIds))
  const { rows } = await db.execute<CustomerRow & Record<string, unknown>>(sql`
    select c.id, c.code, c.external_id, c.name, c.contact_person, c.email, c.language, c.status,
      ${isUnwanted(sql`c.email`, sql`c.id`)} as email_flagged,
      c.deleted_at is not null as deleted,
      u.id as sender_id, u.name as sender_name, u.active as sender_active, a.state as account_state, a.address as account_address,
      c.collections_agent_id is not null as has_agent,
      c.notices_paused_until::text as paused_until, g.id as group_id, g.name as group_name,
      to_jsonb(s) as own, to_jsonb(gs) as group_own
    from customers c
    left join notice_settings s on s.customer_id = c.id
    left join customer_groups g on g.id = c.group_id
    left join notice_group_settings gs on gs.group_id = c.group_id
    left join users u on u.id = coalesce(c.collections_agent_id, ${world.company.administratorId}::uuid)
    left join mail_accounts a on a.user_id = u.id
    where c.id = any(${ids}::uuid[])`)
  // Most customers have nothing of their own.
  const ofCompany = effectiveNoticeSettings(world.defaults, null, inheritedNoticeSettings)
  const settled = rows.map((row) => {
    const own = ownSettingsOf(row.own)
    const groupOwn = row.group_own === null ? null : ownSettingsOf(row.group_own)
    const settings = row.own === null && groupOwn === null ? ofCompany : effectiveNoticeSettings(world.defaults, groupOwn, own)
    return { row, own, groupOwn, settings }
  })
  const contactsOf = await findContacts(
    db,
    settled.filter(({ settings }) => settings.sendToContacts).map(({ row }) => row.id),
  )
  const credits = await creditsOfCustomers(db, customerIds)
  for (const { row, own, groupOwn, settings } of settled) {
    const recipients = recipientsOf(row, contactsOf.get(row.id) ?? [])
    const sender = senderOf(row)
    facts.set(row.id, {
      id: row.id,
      code: row.code,
      externalId: row.external_id,
      name: row.name,
      contactPerson: row.contact_person,
      language: row.language === 'en' ? 'en' : 'es',
      status: row.deleted ? 'inactive' : row.status,
      group: row.group_id === null ? null : { id: row.group_id, name: row.group_name ?? '' },
      groupOwn,
      own,
      settings,
      noticesPausedUntil: row.paused_until,
      pausedUntil: row.paused_until,
      contacts: [],
      covered: (credits.get(row.id) ?? noCredit).covered,
      settingsVersion: row.own?.version ?? 0,
      recipients,
      hasRecipient: recipients.some((recipient) => recipient.usable),
      sender,
      hasSender: sender.usable,
    })
  }
  return facts
}

async function findContacts(db: Querier, customerIds: readonly string[]): Promise<Map<string, ContactRow[]>> {
  if (customerIds.length === 0) return new Map()
  const { rows } = await db.execute<ContactRow & Record<string, unknown>>(sql`
    select id, customer_id, name, email,
      ${isUnwanted(sql`contacts.email`, sql`contacts.customer_id`)} as email_flagged
    from contacts
    where customer_id = any(${plainArray(customerIds)}::uuid[]) and receives_notices and deleted_at is null and email is not null
    order by name, id`)
  return groupContacts(rows)
}

function groupContacts<Row extends { customer_id: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.customer_id)
    if (group) group.push(row)
    else groups.set(row.customer_id, [row])
  }
  return groups
}

/** Settings of a customer or a group; a missing row inherits everything. */
export function ownSettingsOf(row: SettingsRow | null): OwnNoticeSettings {
  if (row === null) return inheritedNoticeSettings
  return {
    subject: row.subject,
    active: row.active,
    sendToContacts: row.send_to_contacts,
    reminderOn: row.reminder_on,
    reminderRuleIds: row.reminder_rule_ids,
    overdueOn: row.overdue_on,
    overdueRuleIds: row.overdue_rule_ids,
    reminderBody: row.reminder_body,
    overdueBody: row.overdue_body,
    tone: row.tone,
    attachStatement: row.attach_statement,
  }
}

/** How far back contacts are looked for: as far as any limit counts. */
function contactHorizonDays({ policy, intervalDays }: ContactRules): number {
  return Math.max(intervalDays, Math.ceil((policy?.leastHoursBetween ?? 0) / 24), 7) + 1
}

/**
 * Gives the customers their contacts of late, where anything limits them: what agents noted, what was sent, what nobody knows whether it
 * was sent, and, as `pending`, what is about to be sent.
 */
export async function addContacts(
  db: Querier,
  world: NoticeWorld,
  customers: ReadonlyMap<string, CustomerFacts>,
  asked: { day: CalendarDay },
): Promise<void> {
  if (customers.size === 0 || !limitsContacts(world.contact)) return
  for (const [id, contacts] of await findContactsOf(db, world.contact, customers.keys(), asked.day)) {
    const customer = customers.get(id)
    if (customer) customer.contacts = contacts
  }
}

/** The same by customer, as far back as the rules count from the day. */
export async function findContactsOf(
  db: Querier,
  rules: ContactRules,
  customerIds: Iterable<string>,
  day: CalendarDay,
): Promise<Map<string, PlannedContact[]>> {
  const since = startOfLocalDay(addDays(day, -contactHorizonDays(rules)), rules.timeZone).toISOString()
  const ids = plainArray(customerIds)
  const { rows } = await db.execute<{
    customer_id: string
    at: string
    channel: PlannedContact['channel']
    notice: boolean
    message_id: string | null
    pending_kind: 'preventive' | 'overdue' | null
    claimed: boolean
  }>(sql`
    select customer_id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, channel,
      notice_message_id is not null as notice, notice_message_id as message_id, null as pending_kind, false as claimed
    from contact_attempts where customer_id = any(${ids}::uuid[]) and at >= ${since}::timestamptz
    union all
    select m.customer_id, to_char(coalesce(m.sent_at, m.updated_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'email', true, m.id,
      case when m.state in ('planned', 'deferred', 'claimed') then m.kind end, m.state = 'claimed'
    from notice_messages m
    where m.customer_id = any(${ids}::uuid[])
      and (m.state in ('planned', 'deferred', 'claimed', 'dispatching', 'uncertain')
        or m.state = 'sent' and m.sent_at >= ${since}::timestamptz)
      and not exists (select 1 from contact_attempts a where a.notice_message_id = m.id)`)
  const startOfDay = startOfLocalDay(day, rules.timeZone)
  const contacts = new Map<string, PlannedContact[]>()
  for (const row of rows) {
    const contact: PlannedContact = {
      at: row.pending_kind === null ? new Date(row.at) : startOfDay,
      channel: row.channel,
      notice: row.notice,
      ...(row.message_id === null ? {} : { messageId: row.message_id }),
      ...(row.claimed ? { claimed: true } : {}),
      ...(row.pending_kind === null ? {} : { pendingKind: row.pending_kind }),
    }
    const group = contacts.get(row.customer_id)
    if (group) group.push(contact)
    else contacts.set(row.customer_id, [contact])
  }
  return contacts
}

/** The receivables among these that have switches of their own, in one question; the others inherit from their customer. */
export async function findReceivableSwitches(
  db: Querier,
  receivableIds: readonly string[],
): Promise<Map<string, OwnReceivableSwitches & { version: number }>> {
  if (receivableIds.length === 0) return new Map()
  const rows = await db
    .select({
      receivableId: noticeReceivableSettings.receivableId,
      active: noticeReceivableSettings.active,
      reminderOn: noticeReceivableSettings.reminderOn,
      reminderRuleIds: noticeReceivableSettings.reminderRuleIds,
      overdueOn: noticeReceivableSettings.overdueOn,
      overdueRuleIds: noticeReceivableSettings.overdueRuleIds,
      version: noticeReceivableSettings.version,
    })
    .from(noticeReceivableSettings)
    .where(sql`${noticeReceivableSettings.receivableId} = any(${sql.param([...new Set(receivableIds)])}::uuid[])`)
  return new Map(rows.map(({ receivableId, ...own }) => [receivableId, own]))
}

/** The customer's own address first, then its contacts; one that stands twice is written to once. */
function recipientsOf(row: CustomerRow, contacts: readonly ContactRow[]): NoticeRecipient[] {
  const recipients: NoticeRecipient[] = []
  const seen = new Set<string>()
  const add = (address: string, name: string | null, contactId: string | null, flagged: boolean) => {
    const key = address.toLowerCase()
    if (seen.has(key)) return
    seen.add(key)
    recipients.push({ address, name, contactId, usable: !flagged && isMailAddress(address) })
  }
  if (row.email !== null && row.email.trim() !== '')
    add(row.email.trim(), row.contact_person ?? row.name, null, row.email_flagged)
  for (const contact of contacts) add(contact.email.trim(), contact.name, contact.id, contact.email_flagged)
  return recipients
}

/**
 * The collections agent's account; the administrator's only where there is no collections agent. An agent whose account cannot be
 * used is never silently replaced (product.md section 8).
 */
function senderOf(row: CustomerRow): NoticeSender {
  const fallback = !row.has_agent
  const user = row.sender_id === null ? null : { id: row.sender_id, name: row.sender_name ?? '' }
  const reason = senderReason({ fallback, known: user !== null, active: row.sender_active, accountState: row.account_state })
  return { usable: reason === null, reason, fallback, user, address: row.account_address }
}

/** Why nothing can leave from an account; null where it can. */
export function senderReason(account: {
  fallback: boolean
  known: boolean
  active: boolean | null
  accountState: CustomerRow['account_state']
}): NoticeSender['reason'] {
  if (!account.known) return 'administrator-missing'
  if (account.active === false) return account.fallback ? 'administrator-missing' : 'agent-inactive'
  if (account.accountState === null) return 'account-missing'
  if (account.accountState === 'unverified') return 'account-unverified'
  return account.accountState === 'paused' ? 'account-paused' : null
}
