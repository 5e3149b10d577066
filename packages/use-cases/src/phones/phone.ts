import { type CountryCode, isSupportedCountry, parsePhoneNumber, validatePhoneNumberLength } from 'libphonenumber-js'

/** As people separate several numbers in one field. */
const separators = /[/;,|\n]/
/** Latin American words for an extension, which the library does not know. */
const extension = /\b(?:anexo|interno|int|extensi[oó]n)\b\.?/gi
const fewestDigits = 3

const codeOf = (country: string | null): CountryCode | undefined =>
  country !== null && isSupportedCountry(country) ? country : undefined
const partsOf = (text: string) => text.split(separators).map((part) => part.replace(extension, 'ext ').trim())

function isDialable(part: string, country: CountryCode | undefined): boolean {
  if (part.replace(/\D/g, '').length < fewestDigits) return false
  // Too short is an internal or service number, and one without its area code is dialled every day.
  const wrong = validatePhoneNumberLength(part, country)
  return wrong !== 'NOT_A_NUMBER' && wrong !== 'TOO_LONG'
}

/**
 * Whether every number of the text could be dialled: lenient, because what is written is kept as it is written. Several stand behind one another, with
 * extensions. Numbers without a country are the country's (ISO 3166-1).
 */
export function isPhone(text: string, country: string | null): boolean {
  const parts = partsOf(text).filter((part) => part !== '')
  return parts.length > 0 && parts.every((part) => isDialable(part, codeOf(country)))
}

/** The first number of the text as phones dial it from anywhere, `+593991234567`; as it is written where no country makes it whole. */
export function dialled(text: string, country: string | null): string {
  const [first = text] = partsOf(text)
  try {
    const parsed = parsePhoneNumber(first, { defaultCountry: codeOf(country), extract: false })
    return parsed.isPossible() ? parsed.number : first
  } catch {
    return first
  }
}
