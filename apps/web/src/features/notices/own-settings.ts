import {
  inheritedNoticeSettings,
  type NoticeSettings,
  type NoticeSettingsField,
  noticeSettingsFields,
  type OwnNoticeSettings,
} from '@cartera/domain/notices/notice-settings'
import type { CustomerNoticeSettings, NoticeDefaults, NoticeRule, OwnSettingsInput } from './queries.ts'

/** The company's values, as far as the reader knows them: all of them, or those that the customer inherits. */
export type CompanyValues = Partial<NoticeSettings>

const textFields = ['subject', 'reminderBody', 'overdueBody'] as const satisfies readonly NoticeSettingsField[]

/** The company's values for the customer's tab; an own value hides the company's from those who may not read the defaults. */
export function companyValues(settings: CustomerNoticeSettings, defaults: NoticeDefaults | undefined): CompanyValues {
  const known: Record<string, unknown> = {}
  for (const field of noticeSettingsFields) {
    if (defaults) known[field] = defaults[field]
    else if (settings.origins[field] === 'company') known[field] = settings.effective[field]
  }
  return known as CompanyValues
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

/** The form's values from the customer's own settings. */
export function ownValues(own: CustomerNoticeSettings['own']): OwnNoticeSettings {
  return { ...inheritedNoticeSettings, ...own }
}
