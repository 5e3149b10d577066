import { minorDigits } from '@cartera/domain/money'
import { home } from './home.ts'
import { language } from './words.ts'

/** The company's locale where it speaks the reader's language, else the language alone. */
function locale(): string {
  const company = home.value?.company.locale ?? ''
  return company.toLowerCase().startsWith(language.value) ? company : language.value
}

/** Money with its currency's code: a sign alone would leave open whose pesos they are. To the last cent, also where a locale would round. */
export function money(amount: string, currency: string): string {
  const digits = minorDigits(currency)
  return new Intl.NumberFormat(locale(), {
    style: 'currency',
    currency,
    currencyDisplay: 'code',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
    .format(amount as `${number}`)
    .replace(/\u00a0/g, ' ')
}

/** A calendar day; it has no zone. */
export function day(value: string): string {
  return new Intl.DateTimeFormat(locale(), { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${value}T00:00:00Z`),
  )
}

export function moment(value: string): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(value))
}

export function addDays(value: string, days: number): string {
  return new Date(new Date(`${value}T00:00:00Z`).getTime() + days * 86_400_000).toISOString().slice(0, 10)
}

export const isZero = (amount: string): boolean => !/[1-9]/.test(amount)
