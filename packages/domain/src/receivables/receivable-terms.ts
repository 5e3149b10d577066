import { addDays, type CalendarDay } from '../calendar-day.ts'
import { isCurrency, parseAmount } from '../money.ts'
import type { RefusedField } from '../refusal.ts'

/** What an integrator or a file says of a receivable, before it is known whether it is possible. */
export interface WrittenTerms {
  issuedOn: CalendarDay
  dueOn: CalendarDay
  currency: string
  amount: string
}

/** The amount in minor units, or every reason (with its field) why these terms cannot be: unknown currency, amount, due before issue or absurdly long after. */
export function readTerms(terms: WrittenTerms): { amountMinor: bigint } | { errors: RefusedField[] } {
  const errors: RefusedField[] = []
  const money = readAmount(terms.amount, terms.currency)
  if ('errors' in money) errors.push(...money.errors)
  const due = dueRefusal(terms.issuedOn, terms.dueOn)
  if (due) errors.push({ field: 'dueOn', ...due })
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

/** A due date further from the issue date than this is a slip of the pen: nobody gives such credit. */
const mostYears = 60

/** Why a document issued on the one day cannot be due on the other; null when it can. */
export function dueRefusal(
  issuedOn: CalendarDay,
  dueOn: CalendarDay,
): { code: 'due-before-issue' } | { code: 'due-too-far'; params: { years: number } } | null {
  if (dueOn < issuedOn) return { code: 'due-before-issue' }
  return dueOn > addDays(issuedOn, Math.round(mostYears * 365.25)) ? { code: 'due-too-far', params: { years: mostYears } } : null
}
