import {
  inheritedNoticeSettings,
  type NoticeSettings,
  type NoticeSettingsField,
  noticeSettingsFields,
  type OwnNoticeSettings,
} from '@cartera/domain/notices/notice-settings'
import type { CustomerNoticeSettings, NoticeDefaults, NoticeRule, OwnSettingsInput } from './queries.ts'

/** The values that are inherited, as far as the reader knows them: all of them, or those that are inherited now. */
export type InheritedValues = Partial<NoticeSettings>

/** The group that stands between customer and company, with the fields that it decides. */
export interface InheritingGroup {
  name: string
  fields: readonly NoticeSettingsField[]
}

const textFields = ['subject', 'reminderBody', 'overdueBody'] as const satisfies readonly NoticeSettingsField[]

/** What a customer inherits: its group's values, else the company's; an own value hides the company's from those who may not read the defaults. */
export function inheritedValues(settings: CustomerNoticeSettings, defaults: NoticeDefaults | undefined): InheritedValues {
  const known: Record<string, unknown> = {}
  for (const field of noticeSettingsFields) {
    const ofGroup = settings.group?.own[field] ?? null
    if (ofGroup !== null) known[field] = ofGroup
    else if (defaults) known[field] = (defaults as Partial<NoticeSettings>)[field]
    else if (settings.origins[field] === 'company') known[field] = settings.effective[field]
  }
  return known as InheritedValues
}

/** The customer's group and which fields it decides; null without a group. */
export function inheritingGroup(settings: CustomerNoticeSettings): InheritingGroup | null {
  const { group } = settings
  return group && { name: group.name, fields: noticeSettingsFields.filter((field) => group.own[field] !== null) }
}

/** What is sent: null inherits, and so does a text that was left empty (product.md section 8); an empty list of rules is an own choice. */
export function ownPayload(values: OwnNoticeSettings): OwnSettingsInput {
  const own = Object.fromEntries(noticeSettingsFields.map((field) => [field, values[field]])) as unknown as OwnSettingsInput
  for (const field of textFields) if (own[field]?.trim() === '') own[field] = null
  return own
}

/** The rules that a field offers: those of its kind in the order of their days, and retired ones only where they are chosen. */
export function offeredRules(rules: readonly NoticeRule[], kind: NoticeRule['kind'], chosen: readonly string[]): NoticeRule[] {
  const sign = kind === 'preventive' ? -1 : 1
  return rules
    .filter((rule) => rule.kind === kind && (rule.retiredAt === null || chosen.includes(rule.id)))
    .sort((a, b) => sign * (a.days - b.days))
}

/** The form's values from own settings. */
export function ownValues(own: CustomerNoticeSettings['own']): OwnNoticeSettings {
  return { ...inheritedNoticeSettings, ...own }
}
