import { formatAmount } from '@cartera/domain/money'

export type Language = 'es' | 'en'

/** What the mail itself says around the company's text, in the customer's language. */
export const noticeWords = {
  es: {
    number: 'Documento',
    issuedOn: 'Emisión',
    dueOn: 'Vence',
    daysLeft: 'Días para vencer',
    daysOverdue: 'Días vencido',
    balance: 'Saldo',
    total: 'Total',
    credit: 'Pagos y créditos por aplicar',
    net: 'Total por pagar',
    overdueSection: 'Vencido',
    upcomingSection: 'Por vencer',
    pay: 'Pagar en línea',
    statementFile: 'estado-de-cuenta',
    automatic: 'Mensaje enviado por {company}. Para cualquier consulta, responda a este correo.',
  },
  en: {
    number: 'Document',
    issuedOn: 'Issued',
    dueOn: 'Due',
    daysLeft: 'Days left',
    daysOverdue: 'Days overdue',
    balance: 'Balance',
    total: 'Total',
    credit: 'Payments and credits not applied yet',
    net: 'Total to pay',
    overdueSection: 'Overdue',
    upcomingSection: 'Falling due',
    pay: 'Pay online',
    statementFile: 'statement-of-account',
    automatic: 'Sent by {company}. If you have any question, just reply to this e-mail.',
  },
} as const

// Making a formatter costs a hundred times what using it costs, and a mail uses them for every line.
const dayFormats = new Map<string, Intl.DateTimeFormat>()
function dayFormat(language: Language, dateStyle: 'medium' | 'long'): Intl.DateTimeFormat {
  const key = `${language} ${dateStyle}`
  let format = dayFormats.get(key)
  if (!format) {
    format = new Intl.DateTimeFormat(language === 'es' ? 'es' : 'en-US', { dateStyle, timeZone: 'UTC' })
    dayFormats.set(key, format)
  }
  return format
}
const moneyFormats = new Map<string, Intl.NumberFormat>()
function moneyFormat(locale: string, decimals: number): Intl.NumberFormat {
  const key = `${locale} ${decimals}`
  let format = moneyFormats.get(key)
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      useGrouping: 'always',
    })
    moneyFormats.set(key, format)
  }
  return format
}

/** A day as the customer reads it: `03/03/2026`, `Mar 3, 2026`. */
export function sayDay(day: string, language: Language): string {
  if (language === 'es') return `${day.slice(8)}/${day.slice(5, 7)}/${day.slice(0, 4)}`
  return dayFormat(language, 'medium').format(new Date(`${day}T00:00:00Z`))
}

/** `3 de marzo de 2026`, `March 3, 2026`. */
export function sayLongDay(day: string, language: Language): string {
  return dayFormat(language, 'long').format(new Date(`${day}T00:00:00Z`))
}

/** An exact amount with its currency before it: `USD 1.234,50` in Spanish, unless the company's locale writes otherwise. */
export function sayMoney(amountMinor: bigint, currency: string, language: Language, companyLocale: string): string {
  const locale = companyLocale.split('-')[0] === language ? companyLocale : language === 'es' ? 'es' : 'en-US'
  const decimal = formatAmount(amountMinor, currency)
  const decimals = decimal.split('.')[1]?.length ?? 0
  // Decimal text is formatted exactly; a number would lose what does not fit 53 bits.
  return `${currency} ${moneyFormat(locale, decimals).format(decimal as `${number}`)}`
}
