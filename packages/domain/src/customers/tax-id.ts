import type { RefusalCode } from '../refusal.ts'

/** Kinds of tax id that a customer can have; which number is right depends on the country too (RUC, NIT and cédula exist in several). */
export const taxIdTypes = [
  'cedula',
  'ruc',
  'nit',
  'rut',
  'rfc',
  'curp',
  'nif',
  'cuit',
  'dni',
  'cpf',
  'cnpj',
  'rif',
  'rnc',
  'rtn',
  'passport',
  'other',
] as const

export type TaxIdType = (typeof taxIdTypes)[number]

const typesByCountry: Record<string, readonly TaxIdType[]> = {
  AR: ['cuit', 'dni'],
  BO: ['nit', 'cedula'],
  BR: ['cnpj', 'cpf'],
  CL: ['rut'],
  CO: ['nit', 'cedula'],
  CR: ['cedula'],
  CU: ['nit'],
  DO: ['rnc', 'cedula'],
  EC: ['ruc', 'cedula'],
  ES: ['nif'],
  GT: ['nit'],
  HN: ['rtn'],
  MX: ['rfc', 'curp'],
  NI: ['ruc', 'cedula'],
  PA: ['ruc', 'cedula'],
  PE: ['ruc', 'dni'],
  PY: ['ruc', 'cedula'],
  SV: ['nit', 'dni'],
  UY: ['rut', 'cedula'],
  VE: ['rif', 'cedula'],
}

/** What a form offers for a country (ISO 3166, two letters): its own types first, passport and other always; all without a country. */
export function taxIdTypesOf(country: string | null): readonly TaxIdType[] {
  const own = country === null ? undefined : typesByCountry[country]
  return own ? [...own, 'passport', 'other'] : taxIdTypes
}

const bare = (text: string) => text.toUpperCase().replace(/[^0-9A-ZÑ&]/g, '')
const digitsOf = (text: string) => [...text].map(Number)
const weighted = (digits: readonly number[], weights: readonly number[]) =>
  digits.reduce((sum, digit, index) => sum + digit * (weights[index] ?? 0), 0)

// The tax offices hand the weights out from the last digit of the body to the first.
const nitWeights = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71]

/** NIT of Colombia (DIAN). The check digit is tested where it is set off by a hyphen; without one the digits may be the body alone. */
function isColombianNit(text: string): boolean {
  const match = /^(\d{5,15})(?:-(\d))?$/.exec(text.replace(/[.\s]/g, ''))
  if (!match) return false
  const [, body = '', check] = match
  if (check === undefined) return true
  const rest = weighted(digitsOf(body).reverse(), nitWeights) % 11
  return Number(check) === (rest > 1 ? 11 - rest : rest)
}

/** RUT of Chile (SII): modulo 11, K for ten. */
function isChileanRut(text: string): boolean {
  const match = /^(\d{6,8})([\dK])$/.exec(bare(text))
  if (!match) return false
  const [, body = '', check] = match
  const rest = 11 - (weighted(digitsOf(body).reverse(), [2, 3, 4, 5, 6, 7, 2, 3]) % 11)
  return check === (rest === 11 ? '0' : rest === 10 ? 'K' : String(rest))
}

/** CUIT and CUIL of Argentina (ARCA): modulo 11 over ten digits. */
function isArgentineCuit(text: string): boolean {
  const number = bare(text)
  if (!/^(20|23|24|25|26|27|30|33|34)\d{9}$/.test(number)) return false
  const rest = 11 - (weighted(digitsOf(number.slice(0, 10)), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)
  return rest !== 10 && Number(number[10]) === (rest === 11 ? 0 : rest)
}

const isDate = (year: number, month: number, day: number) =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()

/** RFC of Mexico (SAT): three letters for legal entities, four for persons, a date, three of the office. Leap days count in either century. */
function isMexicanRfc(text: string): boolean {
  const match = /^[A-ZÑ&]{3,4}(\d{2})(\d{2})(\d{2})[A-Z0-9]{2}[0-9A]$/.exec(bare(text))
  if (!match) return false
  const [year = 0, month = 0, day = 0] = match.slice(1).map(Number)
  return isDate(1900 + year, month, day) || isDate(2000 + year, month, day)
}

const spanishLetters = 'TRWAGMYFPDXBNJZSQVHLCKE'

/** NIF of Spain: DNI, NIE, and the numbers of legal entities (once CIF). */
function isSpanishNif(text: string): boolean {
  const number = bare(text)
  const person = /^([XYZ]?)(\d{7,8})([A-Z])$/.exec(number)
  if (person) {
    const [, foreigner = '', digits = '', letter] = person
    if (digits.length !== (foreigner === '' ? 8 : 7)) return false
    const body = foreigner === '' ? digits : `${'XYZ'.indexOf(foreigner)}${digits}`
    return spanishLetters[Number(body) % 23] === letter
  }
  const entity = /^([ABCDEFGHJKLMNPQRSUVW])(\d{7})([0-9A-J])$/.exec(number)
  if (!entity) return false
  const [, kind = '', digits = '', control = ''] = entity
  const sum = digitsOf(digits).reduce((total, digit, index) => {
    const doubled = digit * 2
    return total + (index % 2 === 1 ? digit : Math.floor(doubled / 10) + (doubled % 10))
  }, 0)
  const check = (10 - (sum % 10)) % 10
  const letter = 'JABCDEFGHI'[check]
  if ('ABEH'.includes(kind)) return control === String(check)
  if ('KLMNPQRSW'.includes(kind)) return control === letter
  return control === String(check) || control === letter
}

const isEcuadorianProvince = (number: string) => {
  const province = Number(number.slice(0, 2))
  return (province >= 1 && province <= 24) || province === 30
}

/** Cédula of Ecuador: province, third digit below six, modulo 10. */
function isEcuadorianCedula(text: string): boolean {
  const number = bare(text)
  if (!/^\d{10}$/.test(number) || !isEcuadorianProvince(number) || Number(number[2]) > 5) return false
  const sum = digitsOf(number.slice(0, 9)).reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? digit * 2 : digit
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return (10 - (sum % 10)) % 10 === Number(number[9])
}

/**
 * RUC of Ecuador: a cédula and an establishment for persons. For companies (third digit 6 or 9) the shape alone: the tax office
 * has since handed out numbers that do not keep the old check digit, and refusing a true number is the worse mistake.
 */
function isEcuadorianRuc(text: string): boolean {
  const number = bare(text)
  if (!/^\d{13}$/.test(number) || !isEcuadorianProvince(number) || number.endsWith('000')) return false
  const third = Number(number[2])
  return third < 6 ? isEcuadorianCedula(number.slice(0, 10)) : third === 6 || third === 9
}

/** RUC of Peru (SUNAT): modulo 11 over ten digits. */
function isPeruvianRuc(text: string): boolean {
  const number = bare(text)
  if (!/^(10|15|16|17|20)\d{9}$/.test(number)) return false
  const rest = 11 - (weighted(digitsOf(number.slice(0, 10)), [5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11)
  return Number(number[10]) === rest % 10
}

const checks: Record<string, (text: string) => boolean> = {
  'nit CO': isColombianNit,
  'rut CL': isChileanRut,
  'cuit AR': isArgentineCuit,
  'rfc MX': isMexicanRfc,
  'nif ES': isSpanishNif,
  'cedula EC': isEcuadorianCedula,
  'ruc EC': isEcuadorianRuc,
  'ruc PE': isPeruvianRuc,
}

/** Types that one country alone has need no country to be checked. */
const onlyIn: Partial<Record<TaxIdType, string>> = { cuit: 'AR', rfc: 'MX', nif: 'ES' }

const checkOf = (type: TaxIdType, country: string | null) => {
  const home = onlyIn[type]
  return checks[`${type} ${home ?? country ?? ''}`]
}

/** `tax-id-invalid` where shape or check digit are known for the type in the country and the number does not keep them, else null. */
export function taxIdRefusal(type: TaxIdType, country: string | null, text: string): RefusalCode | null {
  const check = checkOf(type, country)
  return check === undefined || check(text) ? null : 'tax-id-invalid'
}

/**
 * One way to write a number, so that the same one is found and recognised however it was typed: without blanks and dots, in
 * capitals, a hyphen before the check digit of NIT and RUT only. Types without a known check are kept as written.
 */
export function normalTaxId(type: TaxIdType | null, country: string | null, text: string): string {
  const trimmed = text.trim().toUpperCase()
  if (type === null || checkOf(type, country) === undefined) return trimmed
  if (type === 'nit') return trimmed.replace(/[.\s]/g, '')
  const number = bare(trimmed)
  return type === 'rut' ? `${number.slice(0, -1)}-${number.slice(-1)}` : number
}
