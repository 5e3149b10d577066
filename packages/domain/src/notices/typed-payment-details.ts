/** What of a text looks like a way to pay that somebody typed. */
export interface TypedPaymentDetail {
  what: 'account' | 'link'
  found: string
}

const fewestDigits = 10
/** Where the line speaks of a bank, shorter numbers are accounts too. */
const fewestDigitsBesideBank = 6
const bankWords = [
  'cuenta',
  'cta',
  'banco',
  'ahorro',
  'corriente',
  'iban',
  'clabe',
  'cbu',
  'cci',
  'account',
  'bank',
  'swift',
  'transfer',
]
/** What says of the number right after it that it is something else. */
const otherNumbers = [
  'llame',
  'llamenos',
  'call',
  'tel',
  'telf',
  'telefono',
  'cel',
  'celular',
  'movil',
  'whatsapp',
  'phone',
  'mobile',
  'fax',
  'ruc',
  'nit',
  'rut',
  'rfc',
  'cuit',
  'nif',
  'cif',
  'rif',
]

const linkPattern = /(?:https?:\/\/|www\.)[^\s<>"']{1,300}/gi

/**
 * Account numbers and links that stand in a text as they are, not as a variable: who pays is told accounts and links that two people have
 * confirmed, and what is typed passes by that. It finds what looks like one, for a warning: phone numbers and tax ids that are named as such are
 * passed over, and so is everything inside of Liquid's marks.
 */
export function typedPaymentDetails(source: string): TypedPaymentDetail[] {
  const details: TypedPaymentDetail[] = []
  for (const line of withoutLiquid(source).split('\n')) {
    for (const [found] of line.matchAll(linkPattern)) details.push({ what: 'link', found })
    const words = line.replace(linkPattern, ' ')
    const besideBank = bankWords.some((word) => plainLetters(words).includes(word))
    for (const { 0: run, index } of words.matchAll(/\d[\d .-]{0,60}/g)) {
      const found = run.slice(0, [...run].findLastIndex((sign) => /\d/.test(sign)) + 1)
      const digits = found.replace(/\D/g, '').length
      if (digits < (besideBank ? fewestDigitsBesideBank : fewestDigits)) continue
      const before = words.slice(Math.max(0, index - 20), index)
      if (before.endsWith('+') || before.endsWith('+(') || namesAnother(before) || isDay(found)) continue
      // A letter code before it (IBAN) belongs to it.
      const code = /[A-Z]{2}$/.exec(before)?.[0] ?? ''
      details.push({ what: 'account', found: `${code}${found}` })
    }
  }
  return details
}

const plainLetters = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()

const namesAnother = (before: string) =>
  otherNumbers.some((word) =>
    plainLetters(before)
      .split(/[^a-z]/)
      .includes(word),
  )

const isDay = (digits: string) => /^(?:\d{1,2}[-. ]\d{1,2}[-. ]\d{4}|\d{4}-\d{2}-\d{2})$/.test(digits)

/** The text with a blank where Liquid stands. */
function withoutLiquid(source: string): string {
  let plain = ''
  let from = 0
  for (let at = source.indexOf('{'); at >= 0; at = source.indexOf('{', at)) {
    const closes = { '{': '}}', '%': '%}' }[source[at + 1] ?? '']
    if (closes === undefined) {
      at += 1
      continue
    }
    plain += `${source.slice(from, at)} `
    const end = source.indexOf(closes, at + 2)
    if (end < 0) return plain
    from = end + 2
    at = from
  }
  return plain + source.slice(from)
}
