import type { CalendarDay } from '../calendar-day.ts'
import type { RefusalCode } from '../refusal.ts'

/** Ways of reaching a person for which they are asked: letters and leaflets, mass e-mails, SMS, WhatsApp, calls that sell. */
export const consentChannels = ['mailing', 'emailing', 'sms', 'whatsapp', 'call'] as const
/** `unknown` as a fact takes back what stood: it is not known any more. */
export const consentStates = ['granted', 'refused', 'unknown'] as const
/** How it was learnt. */
export const consentSources = ['in-person', 'call', 'email', 'message', 'form', 'contract', 'import', 'other'] as const

export type ConsentChannel = (typeof consentChannels)[number]
export type ConsentState = (typeof consentStates)[number]

export interface ConsentFact {
  id: string
  channel: ConsentChannel
  state: ConsentState
  saidOn: CalendarDay
}

/** Facts of 1990 and before are typing errors. */
const earliest: CalendarDay = '1990-01-01'

/** Whether consent can have been said on a day: not in the future, nor so long ago that it is a typing error. */
export function saidOnRefusal(saidOn: CalendarDay, today: CalendarDay): RefusalCode | null {
  if (saidOn > today) return 'day-in-future'
  return saidOn < earliest ? 'day-too-long-ago' : null
}

/**
 * The fact that stands for each channel: the newest by the day on which it was said, of one day the one recorded last (ids are ordered by time). What is
 * learnt late about long ago overwrites nothing.
 */
export function standingConsents<Fact extends ConsentFact>(facts: readonly Fact[]): Map<ConsentChannel, Fact> {
  const standing = new Map<ConsentChannel, Fact>()
  for (const fact of facts) {
    const before = standing.get(fact.channel)
    if (!before || fact.saidOn > before.saidOn || (fact.saidOn === before.saidOn && fact.id > before.id))
      standing.set(fact.channel, fact)
  }
  return standing
}
