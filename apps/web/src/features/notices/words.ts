import type { NoticeSettingsField } from '@cartera/domain/notices/notice-settings'
import { type NoticeGroup, type NoticeReasonCode, type NoticeState, noticeGroups } from '@cartera/domain/notices/notice-states'
import { translate } from '../../i18n.ts'
import type { Format } from '../../ui/format.ts'
import type { StateTone } from '../../ui/StateBadge.vue'
import type { CustomerNoticeSettings, Explanation, Notice, NoticeRule } from './queries.ts'

export type PlanState = 'planned' | 'held' | 'skipped'
export type ExplainedState = Explanation['rules'][number]['state']
type SenderReason = NonNullable<CustomerNoticeSettings['sender']['reason']>
type Kind = 'preventive' | 'overdue'

interface Look {
  tone: StateTone
  icon: string
}

const groupLooks: Record<NoticeGroup, Look> = {
  held: { tone: 'warning', icon: 'i-lucide-hand' },
  scheduled: { tone: 'info', icon: 'i-lucide-clock' },
  sending: { tone: 'primary', icon: 'i-lucide-send' },
  sent: { tone: 'success', icon: 'i-lucide-check' },
  failed: { tone: 'error', icon: 'i-lucide-circle-x' },
  uncertain: { tone: 'warning', icon: 'i-lucide-circle-help' },
  cancelled: { tone: 'neutral', icon: 'i-lucide-ban' },
}

const explainedLooks: Record<ExplainedState, Look> = {
  planned: { tone: 'success', icon: 'i-lucide-send' },
  held: groupLooks.held,
  skipped: { tone: 'neutral', icon: 'i-lucide-circle-slash' },
  waiting: { tone: 'info', icon: 'i-lucide-clock' },
  noticed: { tone: 'success', icon: 'i-lucide-check' },
  'not-chosen': { tone: 'neutral', icon: 'i-lucide-circle-dashed' },
}

/** The groups in the order in which finance works through them: first what waits for a decision. */
export const groupOrder = Object.keys(noticeGroups) as NoticeGroup[]

export function groupOf(state: NoticeState): NoticeGroup {
  return groupOrder.find((group) => (noticeGroups[group] as readonly NoticeState[]).includes(state)) ?? 'scheduled'
}

export const groupLook = (group: NoticeGroup): Look => groupLooks[group]
export const stateLook = (state: NoticeState): Look => groupLooks[groupOf(state)]
export const explainedLook = (state: ExplainedState): Look => explainedLooks[state]

export const kindWord = (kind: Kind): string => translate(`notices.kind.${kind}`)
export const groupWord = (group: NoticeGroup): string => translate(`notices.group.${group}`)
export const stateWord = (state: NoticeState): string => translate(`notices.state.${state}`)
export const planStateWord = (state: PlanState): string => translate(`notices.planState.${state}`)
export const explainedWord = (state: ExplainedState): string => translate(`notices.explained.${state}`)
/** A reason in a few words, for tables and chips. */
export const reasonWord = (reason: NoticeReasonCode | 'not-business-day'): string => translate(`notices.reason.${reason}`)
/** A reason as a sentence that says what it means and what to do. */
export const reasonSentence = (reason: NoticeReasonCode | 'not-business-day'): string => translate(`notices.why.${reason}`)
export const senderSentence = (reason: SenderReason): string => translate(`notices.senderReason.${reason}`)

/** Message keys of the settings' names. */
export const settingLabels: Record<NoticeSettingsField, string> = {
  subject: 'notices.settings.subject',
  active: 'notices.settings.active',
  sendToContacts: 'notices.settings.sendToContacts',
  tone: 'notices.settings.tone',
  attachStatement: 'notices.settings.attachStatement',
  reminderOn: 'notices.settings.reminder',
  reminderRuleIds: 'notices.settings.reminderRules',
  overdueOn: 'notices.settings.overdue',
  overdueRuleIds: 'notices.settings.overdueRules',
  reminderBody: 'notices.settings.reminderBody',
  overdueBody: 'notices.settings.overdueBody',
}

/** How firm a level is, in a word. */
export const levelWord = (level: number): string => translate(`notices.level.${level}`)

/** A rule's repetition in words: "cada 15 días, 3 veces más"; null where it does not repeat. */
export function repetitionWord(rule: { repeatEveryDays: number | null; repeatTimes: number | null }): string | null {
  if (rule.repeatEveryDays === null || rule.repeatTimes === null) return null
  return translate(rule.repeatTimes === 1 ? 'notices.rules.repeatsOnce' : 'notices.rules.repeats', {
    days: rule.repeatEveryDays,
    times: rule.repeatTimes,
  })
}

/** A rule's days in words: "7 días antes". */
export function daysWord(rule: { kind: Kind; days: number }): string {
  if (rule.days === 0) return translate('notices.rules.onDueDate')
  const one = rule.days === 1
  if (rule.kind === 'preventive')
    return one ? translate('notices.rules.dayBefore') : translate('notices.rules.daysBefore', { days: rule.days })
  return one ? translate('notices.rules.dayAfter') : translate('notices.rules.daysAfter', { days: rule.days })
}

/** An item's rule in words where the catalogue still has that very version of it, else its code. */
export function ruleWord(rules: readonly NoticeRule[] | undefined, item: { rule: string; ruleVersion?: number }): string {
  const rule = rules?.find((one) => one.code === item.rule)
  return rule && (item.ruleVersion === undefined || item.ruleVersion === rule.version) ? daysWord(rule) : item.rule
}

/** The facts of a reason that has any: until which day, how old, which limit. Empty where the reason says it all. */
export function reasonFacts(format: Format, reason: NoticeReasonCode | 'not-business-day', params: Notice['params']): string {
  const parts: string[] = []
  const { until, hours, limit, per, since, source, amount, currency } = params
  if (reason === 'stale-data') {
    if (hours !== undefined && limit !== undefined)
      parts.push(
        translate('finance.facts.stale', { source: source ?? '', hours: format.number(hours), limit: format.number(limit) }),
      )
    else if (since !== undefined) parts.push(translate('finance.facts.since', { when: format.instant(since) }))
  } else if (reason === 'contact-limit' && limit !== undefined && per !== undefined)
    parts.push(translate(`finance.facts.per.${per}`, { limit: format.number(limit) }))
  else if (reason === 'too-soon' && limit !== undefined)
    parts.push(translate('finance.facts.interval', { days: format.number(limit) }))
  else if (reason === 'too-old' && limit !== undefined)
    parts.push(translate('finance.facts.catchUp', { days: format.number(limit) }))
  if (amount !== undefined && currency !== undefined)
    parts.push(translate('finance.facts.amount', { amount: format.money(amount, currency) }))
  if (until !== undefined)
    parts.push(
      translate(reason === 'paused' || reason === 'promised' ? 'finance.facts.until' : 'finance.facts.from', {
        day: format.day(until),
      }),
    )
  return parts.join(' · ')
}
