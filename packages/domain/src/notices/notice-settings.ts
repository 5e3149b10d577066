import type { RefusalCode } from '../refusal.ts'

/** `preventive` is a reminder before the due date, `overdue` a notice after it (product.md section 8). */
export type NoticeKind = 'preventive' | 'overdue'

/** How the customer is addressed, where the catalogue of texts has more than one way. */
export type NoticeTone = 'formal' | 'informal' | 'neutral'

export const noticeTones = ['formal', 'informal', 'neutral'] as const satisfies readonly NoticeTone[]

/** Whether notices go out at all, and under which rules: what can be said for a single receivable too. */
export interface NoticeSwitches {
  active: boolean
  reminderOn: boolean
  reminderRuleIds: readonly string[]
  overdueOn: boolean
  overdueRuleIds: readonly string[]
}

/** The company's notice defaults: a value for each field of the customer's tab (product.md section 8). */
export interface NoticeSettings extends NoticeSwitches {
  /** Null: what the catalogue of texts says (`chooseNoticeText`). */
  subject: string | null
  sendToContacts: boolean
  reminderBody: string | null
  overdueBody: string | null
  tone: NoticeTone
  attachStatement: boolean
}

export type NoticeSettingsField = keyof NoticeSettings
export type NoticeSwitch = keyof NoticeSwitches

/** What a customer, or a group, has of its own; null is inherited from the level above. An empty list of rules is an own choice: none. */
export type OwnNoticeSettings = { [Field in NoticeSettingsField]: NoticeSettings[Field] | null }

/** What one receivable has of its own; null is inherited from its customer. */
export type OwnReceivableSwitches = { [Field in NoticeSwitch]: NoticeSwitches[Field] | null }

export type SettingOrigin = 'company' | 'group' | 'customer'

/**
 * What holds for a customer, and for each field where it comes from. Subject and bodies are what the customer or its group has of its
 * own; null where the catalogue of texts speaks.
 */
export interface EffectiveNoticeSettings extends NoticeSettings {
  origins: Record<NoticeSettingsField, SettingOrigin>
}

/** What holds for one receivable, and for each switch where it comes from. */
export interface ReceivableSwitches extends NoticeSwitches {
  origins: Record<NoticeSwitch, SettingOrigin | 'receivable'>
}

/** The fields in the order of the tab. */
export const noticeSettingsFields = [
  'subject',
  'active',
  'sendToContacts',
  'tone',
  'attachStatement',
  'reminderOn',
  'reminderRuleIds',
  'overdueOn',
  'overdueRuleIds',
  'reminderBody',
  'overdueBody',
] as const satisfies readonly NoticeSettingsField[]

/** The switches of a receivable in the order of the dialog. */
export const noticeSwitches = [
  'active',
  'reminderOn',
  'reminderRuleIds',
  'overdueOn',
  'overdueRuleIds',
] as const satisfies readonly NoticeSwitch[]

/** A receivable that inherits everything from its customer. */
export const inheritedSwitches: OwnReceivableSwitches = {
  active: null,
  reminderOn: null,
  reminderRuleIds: null,
  overdueOn: null,
  overdueRuleIds: null,
}

/** A customer, or a group, that inherits everything. */
export const inheritedNoticeSettings: OwnNoticeSettings = {
  ...inheritedSwitches,
  subject: null,
  sendToContacts: null,
  tone: null,
  attachStatement: null,
  reminderBody: null,
  overdueBody: null,
}

/** What holds for a customer: its own value, else its group's, else the company's, field by field (product.md section 8). */
export function effectiveNoticeSettings(
  defaults: NoticeSettings,
  group: OwnNoticeSettings | null,
  own: OwnNoticeSettings | null,
): EffectiveNoticeSettings {
  const origin = (field: NoticeSettingsField): SettingOrigin =>
    own !== null && own[field] !== null ? 'customer' : group !== null && group[field] !== null ? 'group' : 'company'
  const value = <Field extends NoticeSettingsField>(field: Field): NoticeSettings[Field] =>
    (own?.[field] ?? group?.[field] ?? defaults[field]) as NoticeSettings[Field]
  return {
    subject: value('subject'),
    active: value('active'),
    sendToContacts: value('sendToContacts'),
    tone: value('tone'),
    attachStatement: value('attachStatement'),
    reminderOn: value('reminderOn'),
    reminderRuleIds: value('reminderRuleIds'),
    overdueOn: value('overdueOn'),
    overdueRuleIds: value('overdueRuleIds'),
    reminderBody: value('reminderBody'),
    overdueBody: value('overdueBody'),
    origins: {
      subject: origin('subject'),
      active: origin('active'),
      sendToContacts: origin('sendToContacts'),
      tone: origin('tone'),
      attachStatement: origin('attachStatement'),
      reminderOn: origin('reminderOn'),
      reminderRuleIds: origin('reminderRuleIds'),
      overdueOn: origin('overdueOn'),
      overdueRuleIds: origin('overdueRuleIds'),
      reminderBody: origin('reminderBody'),
      overdueBody: origin('overdueBody'),
    },
  }
}

/** What holds for one receivable: its own switches, else what holds for its customer. */
export function receivableSwitches(
  effective: EffectiveNoticeSettings,
  receivableOwn: OwnReceivableSwitches | null,
): ReceivableSwitches {
  const origin = (field: NoticeSwitch) =>
    receivableOwn !== null && receivableOwn[field] !== null ? ('receivable' as const) : effective.origins[field]
  return {
    active: receivableOwn?.active ?? effective.active,
    reminderOn: receivableOwn?.reminderOn ?? effective.reminderOn,
    reminderRuleIds: receivableOwn?.reminderRuleIds ?? effective.reminderRuleIds,
    overdueOn: receivableOwn?.overdueOn ?? effective.overdueOn,
    overdueRuleIds: receivableOwn?.overdueRuleIds ?? effective.overdueRuleIds,
    origins: {
      active: origin('active'),
      reminderOn: origin('reminderOn'),
      reminderRuleIds: origin('reminderRuleIds'),
      overdueOn: origin('overdueOn'),
      overdueRuleIds: origin('overdueRuleIds'),
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

/** How firm a notice is: 1 friendly, 2 firm, 3 strict, 4 the last one. */
export const noticeLevels = [1, 2, 3, 4] as const

/** The most further times of a repeating rule: with the first, occurrences 1 to 99 (docs/glossary.md). */
export const mostRepetitions = 98

/** A rule as somebody writes it. */
export interface NoticeRuleInput {
  days: number
  kind: NoticeKind
  level: number
  repeatEveryDays: number | null
  repeatTimes: number | null
}

type NoticeRuleProblem = {
  code: Extract<RefusalCode, 'days-out-of-range' | 'number-out-of-range' | 'repetition-overdue-only' | 'value-missing'>
  field: 'days' | 'level' | 'repeatEveryDays' | 'repeatTimes'
  params?: { min: number; max: number }
}

const within = (value: number, min: number, max: number) => Number.isInteger(value) && value >= min && value <= max

/**
 * Everything that is wrong with a rule, each at its field: days whole and 0 to 365 (0 is the due date itself), level 1 to 4;
 * overdue rules alone repeat, and then say both every how many days and how many more times.
 */
export function noticeRuleProblems(rule: NoticeRuleInput): NoticeRuleProblem[] {
  const problems: NoticeRuleProblem[] = []
  if (!within(rule.days, 0, mostNoticeRuleDays)) problems.push({ field: 'days', code: 'days-out-of-range' })
  if (!within(rule.level, 1, 4)) problems.push({ field: 'level', code: 'number-out-of-range', params: { min: 1, max: 4 } })
  const { repeatEveryDays, repeatTimes } = rule
  if (repeatEveryDays === null && repeatTimes === null) return problems
  if (rule.kind === 'preventive') {
    problems.push({ field: repeatEveryDays === null ? 'repeatTimes' : 'repeatEveryDays', code: 'repetition-overdue-only' })
    return problems
  }
  if (repeatEveryDays === null) problems.push({ field: 'repeatEveryDays', code: 'value-missing' })
  else if (!within(repeatEveryDays, 1, mostNoticeRuleDays))
    problems.push({ field: 'repeatEveryDays', code: 'number-out-of-range', params: { min: 1, max: mostNoticeRuleDays } })
  if (repeatTimes === null) problems.push({ field: 'repeatTimes', code: 'value-missing' })
  else if (!within(repeatTimes, 1, mostRepetitions))
    problems.push({ field: 'repeatTimes', code: 'number-out-of-range', params: { min: 1, max: mostRepetitions } })
  return problems
}
