import { isTimeZone, minutesOfTime } from './calendar-day.ts'
import { isCurrency } from './money.ts'
import type { RefusalCode } from './refusal.ts'

/** Settings that decide how the company counts days, hours and money. */
export interface CompanyBasics {
  timeZone: string
  currency: string
  /** ISO 3166-1 alpha-2; null when not told. */
  country: string | null
  /** HH:MM */
  opensAt: string
  closesAt: string
}

/** Whether the code is a country or territory by ISO 3166-1 alpha-2, in upper case. */
export function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code) || notCountries.has(code)) return false
  return new Intl.DisplayNames('en', { type: 'region', fallback: 'none' }).of(code) !== undefined
}
// Regions that CLDR names beside the countries: unions, pseudo-locales, "unknown".
const notCountries: ReadonlySet<string> = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ'])

/** What is wrong with the company's settings, and at which field; null when nothing is. */
export function companyRefusal(company: CompanyBasics): { code: RefusalCode; field: keyof CompanyBasics } | null {
  if (!isTimeZone(company.timeZone)) return { code: 'time-zone-unknown', field: 'timeZone' }
  if (!isCurrency(company.currency)) return { code: 'currency-unknown', field: 'currency' }
  if (company.country !== null && !isCountry(company.country)) return { code: 'country-unknown', field: 'country' }
  const opens = minutesOfTime(company.opensAt)
  const closes = minutesOfTime(company.closesAt)
  if (opens === null || closes === null || closes <= opens) return { code: 'closing-before-opening', field: 'closesAt' }
  return null
}
