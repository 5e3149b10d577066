import type { RefusalCode } from '../refusal.ts'

/** `preventive` is a reminder before the due date, `overdue` a notice after it (product.md section 8). */
export type NoticeKind = 'preventive' | 'overdue'

/** The company's notice defaults: a value for each field of the customer's tab (product.md section 8). */
export interface NoticeSettings {
  subject: string
  active: boolean
  sendToContacts: boolean
  reminderOn: boolean
  reminderRuleIds: readonly string[]
  overdueOn: boolean
  overdueRuleIds: readonly string[]
  reminderBody: string
  overdueBody: string
}

export type NoticeSettingsField = keyof NoticeSettings

/** What a customer has of its own; null is inherited from the company. An empty list of rules is an own choice: none. */
export type OwnNoticeSettings = { [Field in NoticeSettingsField]: NoticeSettings[Field] | null }

export type SettingOrigin = 'company' | 'customer'

/** What holds for a customer, and for each field where it comes from. */
export interface EffectiveNoticeSettings extends NoticeSettings {
  origins: Record<NoticeSettingsField, SettingOrigin>
}

/** The fields in the order of the tab. */
export const noticeSettingsFields = [
  'subject',
  'active',
  'sendToContacts',
  'reminderOn',
  'reminderRuleIds',
  'overdueOn',
  'overdueRuleIds',
  'reminderBody',
  'overdueBody',
] as const satisfies readonly NoticeSettingsField[]

/** A customer that inherits everything. */
export const inheritedNoticeSettings: OwnNoticeSettings = {
  subject: null,
  active: null,
  sendToContacts: null,
  reminderOn: null,
  reminderRuleIds: null,
  overdueOn: null,
  overdueRuleIds: null,
  reminderBody: null,
  overdueBody: null,
}

/** What holds for a customer: its own value, else the company's, field by field (product.md section 8). */
export function effectiveNoticeSettings(defaults: NoticeSettings, own: OwnNoticeSettings | null): EffectiveNoticeSettings {
  const given = own ?? inheritedNoticeSettings
  const origin = (field: NoticeSettingsField): SettingOrigin => (given[field] === null ? 'company' : 'customer')
  return {
    subject: given.subject ?? defaults.subject,
    active: given.active ?? defaults.active,
    sendToContacts: given.sendToContacts ?? defaults.sendToContacts,
    reminderOn: given.reminderOn ?? defaults.reminderOn,
    reminderRuleIds: given.reminderRuleIds ?? defaults.reminderRuleIds,
    overdueOn: given.overdueOn ?? defaults.overdueOn,
    overdueRuleIds: given.overdueRuleIds ?? defaults.overdueRuleIds,
    reminderBody: given.reminderBody ?? defaults.reminderBody,
    overdueBody: given.overdueBody ?? defaults.overdueBody,
    origins: {
      subject: origin('subject'),
      active: origin('active'),
      sendToContacts: origin('sendToContacts'),
      reminderOn: origin('reminderOn'),
      reminderRuleIds: origin('reminderRuleIds'),
      overdueOn: origin('overdueOn'),
      overdueRuleIds: origin('overdueRuleIds'),
      reminderBody: origin('reminderBody'),
      overdueBody: origin('overdueBody'),
    },
  }
}

/**
 * Marking active switches the reminder on by default; what the person has set for the reminder, on or off, stays
 * (product.md section 8). For the form to call on the click, not for the saving of a form.
 */
export function withActivation(own: OwnNoticeSettings): OwnNoticeSettings {
  return { ...own, active: true, reminderOn: own.reminderOn ?? true }
}

/**
 * Why rules may not be chosen for a kind: `reference-unknown` for an id that is none of the rules, `rule-kind-mismatch`
 * for a rule of the other kind. Reminders offer only preventive rules, overdue notices only overdue ones (product.md section 8).
 */
export function ruleSelectionRefusal(
  kind: NoticeKind,
  rules: readonly { id: string; kind: NoticeKind }[],
  ids: readonly string[],
): Extract<RefusalCode, 'reference-unknown' | 'rule-kind-mismatch'> | null {
  for (const id of ids) {
    const rule = rules.find((candidate) => candidate.id === id)
    if (rule === undefined) return 'reference-unknown'
    if (rule.kind !== kind) return 'rule-kind-mismatch'
  }
  return null
}

/** The most days between due date and maturity. */
export const mostNoticeRuleDays = 365

/** `days-out-of-range` unless the days are whole and 0 to 365; 0 is the due date itself (product.md section 8). */
export function noticeRuleRefusal(rule: { days: number; kind: NoticeKind }): Extract<RefusalCode, 'days-out-of-range'> | null {
  return Number.isInteger(rule.days) && rule.days >= 0 && rule.days <= mostNoticeRuleDays ? null : 'days-out-of-range'
}
