import { describe, expect, test } from 'vitest'
import { normalTaxId, type TaxIdType, taxIdRefusal, taxIdTypes, taxIdTypesOf } from './tax-id.ts'

// Published numbers of well-known companies and offices, and the examples of the tax offices' own pages.
const right: [TaxIdType, string | null, string][] = [
  ['nit', 'CO', '800197268-4'],
  ['nit', 'CO', '890.903.938-8'],
  ['nit', 'CO', '899999068-1'],
  ['nit', 'CO', '860002964-4'],
  ['nit', 'CO', '860002964'],
  ['rut', 'CL', '97.004.000-5'],
  ['rut', 'CL', '61704000-K'],
  ['rut', 'CL', '12345678-5'],
  ['rut', 'CL', '111111111'],
  ['cuit', 'AR', '30-50001091-2'],
  ['cuit', null, '33693450239'],
  ['rfc', 'MX', 'GODE561231GR8'],
  ['rfc', 'MX', 'XAXX010101000'],
  ['rfc', null, 'ÑAB000229AB1'],
  ['nif', 'ES', '12345678Z'],
  ['nif', 'ES', 'X1234567L'],
  ['nif', 'ES', 'A28015865'],
  ['nif', 'ES', 'A-39000013'],
  ['nif', 'ES', 'Q2826000H'],
  ['cedula', 'EC', '1710034065'],
  ['ruc', 'EC', '1710034065001'],
  ['ruc', 'EC', '1790016919001'],
  ['ruc', 'EC', '1760013210001'],
  ['ruc', 'PE', '20100070970'],
  ['ruc', 'PE', '20131312955'],
]

const wrong: [TaxIdType, string | null, string][] = [
  ['nit', 'CO', '800197268-5'],
  ['nit', 'CO', '80019x268-4'],
  ['rut', 'CL', '97.004.000-6'],
  ['rut', 'CL', '12345678-K'],
  ['cuit', 'AR', '30-50001091-3'],
  ['cuit', null, '99500010912'],
  ['rfc', 'MX', 'GODE561331GR8'],
  ['rfc', 'MX', 'GODE560230GR8'],
  ['rfc', 'MX', 'GO561231GR8'],
  ['nif', 'ES', '12345678A'],
  ['nif', 'ES', 'A28015866'],
  ['nif', 'ES', '1234567Z'],
  ['cedula', 'EC', '1710034066'],
  ['cedula', 'EC', '2510034065'],
  ['ruc', 'EC', '1710034065000'],
  ['ruc', 'EC', '1770034065001'],
  ['ruc', 'PE', '20100070971'],
  ['ruc', 'PE', '30100070970'],
]

describe('tax ids', () => {
  test.each(right)('%s of %s: %s is right', (type, country, text) => {
    expect(taxIdRefusal(type, country, text)).toBeNull()
  })

  test.each(wrong)('%s of %s: %s is wrong', (type, country, text) => {
    expect(taxIdRefusal(type, country, text)).toBe('tax-id-invalid')
  })

  test('exactly one last digit is right for every body, so a mistyped one is always noticed', () => {
    for (let body = 10_000_000; body < 10_000_500; body += 7) {
      const accepted = [...'0123456789K'].filter((digit) => taxIdRefusal('rut', 'CL', `${body}-${digit}`) === null)
      expect(accepted).toHaveLength(1)
      const nits = [...'0123456789'].filter((digit) => taxIdRefusal('nit', 'CO', `${body}5-${digit}`) === null)
      expect(nits).toHaveLength(1)
      const rucs = [...'0123456789'].filter((digit) => taxIdRefusal('ruc', 'PE', `20${body}${digit}`) === null)
      expect(rucs).toHaveLength(1)
      const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((letter) => taxIdRefusal('nif', 'ES', `${body}${letter}`) === null)
      expect(letters).toHaveLength(1)
    }
  })

  test('the same number is one however it is written, and writing it so again changes nothing', () => {
    for (const [type, country, text] of right) {
      const normal = normalTaxId(type, country, text)
      expect(normalTaxId(type, country, normal)).toBe(normal)
      expect(normalTaxId(type, country, ` ${normal.toLowerCase()} `)).toBe(normal)
      expect(taxIdRefusal(type, country, normal)).toBeNull()
    }
    expect(normalTaxId('rut', 'CL', '97.004.000-5')).toBe('97004000-5')
    expect(normalTaxId('cuit', 'AR', '30-50001091-2')).toBe('30500010912')
  })

  test('what cannot be known is not refused: other types, other countries', () => {
    expect(taxIdRefusal('other', null, 'anything at all')).toBeNull()
    expect(taxIdRefusal('ruc', 'PA', '155-1234-9')).toBeNull()
    expect(taxIdRefusal('nit', null, 'x')).toBeNull()
    expect(normalTaxId('passport', 'EC', ' ab 12 ')).toBe('AB 12')
  })

  test('a form is offered the types of the country, passport and other always', () => {
    expect(taxIdTypesOf('EC')).toEqual(['ruc', 'cedula', 'passport', 'other'])
    expect(taxIdTypesOf(null)).toEqual(taxIdTypes)
    expect(taxIdTypesOf('JP')).toEqual(taxIdTypes)
  })
})
