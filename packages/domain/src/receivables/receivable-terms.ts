import type { CalendarDay } from '../calendar-day.ts'
import { isCurrency, parseAmount } from '../money.ts'
import type { RefusedField } from '../refusal.ts'

/** What an integrator or a file says of a receivable, before it is known whether it is possible. */
export interface WrittenTerms {
  issuedOn: CalendarDay
  dueOn: CalendarDay
  currency: string
  amount: string
}

/** The amount in minor units, or every reason (with its field) why these terms cannot be: unknown currency, amount, due before issue. */
export function readTerms(terms: WrittenTerms): { amountMinor: bigint } | { errors: RefusedField[] } {
  const errors: RefusedField[] = []
  const money = readAmount(terms.amount, terms.currency)
  if ('errors' in money) errors.push(...money.errors)
  if (terms.dueOn < terms.issuedOn) errors.push({ field: 'dueOn', code: 'due-before-issue' })
  if (errors.length > 0 || 'errors' in money) return { errors }
  return money
}

/** A positive amount of a known currency, in minor units; refuses at `amount` or `currency`. */
export function readAmount(amount: string, currency: string): { amountMinor: bigint } | { errors: RefusedField[] } {
  if (!isCurrency(currency)) return { errors: [{ field: 'currency', code: 'currency-unknown' }] }
  const parsed = parseAmount(amount, currency)
  if ('refusal' in parsed) return { errors: [{ field: 'amount', code: parsed.refusal }] }
  if (parsed.amountMinor <= 0n) return { errors: [{ field: 'amount', code: 'amount-not-positive' }] }
  return parsed
}
