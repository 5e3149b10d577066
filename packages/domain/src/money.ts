import type { RefusalCode } from './refusal.ts'

/** An exact amount: a whole number of the currency's smallest unit. */
export interface Money {
  currency: string
  amountMinor: bigint
}

/**
 * ISO 4217, active codes; without precious metals, testing codes and baskets that nobody invoices in. ANG and BGN were
 * withdrawn in 2025 and 2026 and stay, since receivables in them do.
 */
const currencies: ReadonlySet<string> = new Set(
  (
    'AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF ' +
    'CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL ' +
    'HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD ' +
    'MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF ' +
    'SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU ' +
    'UYW UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG'
  ).split(' '),
)

const digitsOtherThanTwo = new Map<string, number>([
  ...'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0] as const),
  ...'BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3] as const),
  ...'CLF UYW'.split(' ').map((code) => [code, 4] as const),
])

/** The largest amount, in minor units: 18 digits, what PostgreSQL's bigint holds with room for sums of a few. */
export const largestAmountMinor = 999_999_999_999_999_999n

/** Whether the code is an ISO 4217 currency in upper case, else refusal `currency-unknown`. */
export function isCurrency(code: string): boolean {
  return currencies.has(code)
}

/** Decimals of the currency by ISO 4217: 0 for CLP, PYG, JPY..., 3 for KWD, BHD..., 4 for CLF and UYW, else 2. */
export function minorDigits(currency: string): number {
  return digitsOtherThanTwo.get(currency) ?? 2
}

/**
 * A decimal such as `55.94` or `-3` as minor units. `amount-invalid`: anything but digits with one dot between them and
 * perhaps a minus before (no exponent, thousands, plus, blanks), more than 15 digits before the dot, or more than 18 in
 * all. `amount-too-precise`: more decimals than the currency has, zeros included.
 */
export function parseAmount(
  text: string,
  currency: string,
): { amountMinor: bigint } | { refusal: Extract<RefusalCode, 'amount-invalid' | 'amount-too-precise'> } {
  const match = /^(-?)(\d{1,15})(?:\.(\d{1,30}))?$/.exec(text)
  if (!match) return { refusal: 'amount-invalid' }
  const [, sign, whole = '', decimals = ''] = match
  const digits = minorDigits(currency)
  if (decimals.length > digits) return { refusal: 'amount-too-precise' }
  const amountMinor = BigInt(whole + decimals.padEnd(digits, '0'))
  if (amountMinor > largestAmountMinor) return { refusal: 'amount-invalid' }
  return { amountMinor: sign === '-' ? -amountMinor : amountMinor }
}

/** The decimal of the wire, `55.94`, with all decimals of the currency; the exact inverse of `parseAmount`. */
export function formatAmount(amountMinor: bigint, currency: string): string {
  const digits = minorDigits(currency)
  const sign = amountMinor < 0n ? '-' : ''
  const figures = (amountMinor < 0n ? -amountMinor : amountMinor).toString().padStart(digits + 1, '0')
  if (digits === 0) return sign + figures
  return `${sign}${figures.slice(0, -digits)}.${figures.slice(-digits)}`
}

/** The sum of each currency, sorted by currency code; currencies never mix. A currency whose sum is zero stays. */
export function totalsByCurrency(items: Iterable<Money>): Money[] {
  const sums = new Map<string, bigint>()
  for (const { currency, amountMinor } of items) sums.set(currency, (sums.get(currency) ?? 0n) + amountMinor)
  return [...sums]
    .map(([currency, amountMinor]) => ({ currency, amountMinor }))
    .sort((a, b) => (a.currency < b.currency ? -1 : a.currency > b.currency ? 1 : 0))
}

/**
 * An amount as spreadsheets show it, in the strict form of `parseAmount`: with `decimal` ',' `1.234,56` and `1 234,56`
 * become `1234.56`. Thousands must come in threes and of one kind (dot or comma, whichever is not the decimal; apostrophe;
 * space, also the non-breaking ones). Everything else is `amount-invalid`: `1.23` under a decimal comma is not guessed at.
 */
export function parseLocalizedAmount(text: string, decimal: ',' | '.'): { text: string } | { refusal: 'amount-invalid' } {
  const trimmed = text.trim()
  const sign = trimmed.startsWith('-') ? '-' : ''
  const parts = trimmed.slice(sign.length).split(decimal)
  const [whole = '', decimals] = parts
  // The decimal sign was split off, so a dot or comma in here can only be the one of the thousands.
  const wellFormed = /^(?:\d+|\d{1,3}([.,' \u00a0\u202f\u2019])\d{3}(?:\1\d{3})*)$/.test(whole)
  if (parts.length > 2 || !wellFormed || (decimals !== undefined && !/^\d+$/.test(decimals))) {
    return { refusal: 'amount-invalid' }
  }
  return { text: sign + whole.replace(/\D/g, '') + (decimals === undefined ? '' : `.${decimals}`) }
}
