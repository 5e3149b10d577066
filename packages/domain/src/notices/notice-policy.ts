import { isCurrency, parseAmount } from '../money.ts'
import type { RefusedField } from '../refusal.ts'
import { type ContactPolicy, contactPolicyFaults, minutesOfClock } from './contact-policy.ts'

/** The numbers of the company's notice policy with the least and the most that each may be; null is allowed where a limit may be none. */
export const noticePolicyBounds = {
  catchUpDays: { min: 0, max: 30, optional: false },
  intervalDays: { min: 0, max: 90, optional: false },
  freshnessHours: { min: 1, max: 8760, optional: true },
  promiseGraceDays: { min: 0, max: 30, optional: false },
  domainHourlyCap: { min: 1, max: 1_000_000, optional: true },
} as const

export type NoticePolicyNumber = keyof typeof noticePolicyBounds

/** What of a notice policy can be wrong. */
export interface NoticePolicyInput extends Record<NoticePolicyNumber, number | null> {
  sendFrom: string
  sendUntil: string
  amounts: readonly { currency: string; tolerance: string; least: string }[]
  contactPolicy: ContactPolicy | null
}

/** Everything that is wrong with a notice policy, each at its field. */
export function noticePolicyFaults(policy: NoticePolicyInput): RefusedField[] {
  const faults: RefusedField[] = []
  for (const [field, { min, max, optional }] of Object.entries(noticePolicyBounds)) {
    const value = policy[field as NoticePolicyNumber]
    const sound = value === null ? optional : Number.isInteger(value) && value >= min && value <= max
    if (!sound) faults.push({ field, code: 'number-out-of-range', params: { min, max } })
  }
  const from = minutesOfClock(policy.sendFrom)
  const until = minutesOfClock(policy.sendUntil)
  if (from === null || until === null || from >= until) faults.push({ field: 'sendUntil', code: 'hours-not-in-order' })

  const seen = new Set<string>()
  for (const [index, { currency, tolerance, least }] of policy.amounts.entries()) {
    if (seen.has(currency)) faults.push({ field: `amounts.${index}.currency`, code: 'duplicate-in-request' })
    seen.add(currency)
    if (!isCurrency(currency)) {
      faults.push({ field: `amounts.${index}.currency`, code: 'currency-unknown' })
      continue
    }
    for (const [field, value] of [
      ['tolerance', tolerance],
      ['least', least],
    ] as const) {
      const parsed = parseAmount(value, currency)
      if ('refusal' in parsed) faults.push({ field: `amounts.${index}.${field}`, code: parsed.refusal })
      else if (parsed.amountMinor < 0n) faults.push({ field: `amounts.${index}.${field}`, code: 'amount-invalid' })
    }
  }
  if (policy.contactPolicy !== null)
    for (const fault of contactPolicyFaults(policy.contactPolicy))
      faults.push({ field: `contactPolicy.${fault.field}`, code: fault.code })
  return faults
}
