import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMailAddress, mailAddressRefusal } from './mail-address.ts'

describe('mail addresses', () => {
  test.each(['ana@example.com', "o'neil+avisos@sub.example.co", 'A.B-c_d@xn--espaa-rta.es', `${'a'.repeat(64)}@example.com`])(
    '%s',
    (text) => {
      expect(isMailAddress(text)).toBe(true)
      expect(mailAddressRefusal(text)).toBeNull()
    },
  )

  test.each([
    '',
    'ana',
    'ana@',
    '@example.com',
    'ana@localhost',
    'ana@example.com,eva@example.com',
    'ana@example.com;eva@example.com',
    'ana@example.com\nBcc: eva@example.com',
    'ana@example.com\r\n',
    ' ana@example.com',
    'ana @example.com',
    'Ana <ana@example.com>',
    '"ana"@example.com',
    'ana@@example.com',
    'ana@eva@example.com',
    '.ana@example.com',
    'ana.@example.com',
    'a..b@example.com',
    'ana@-example.com',
    'ana@example-.com',
    'ana@example..com',
    'ana@example.com.',
    'ana@[127.0.0.1]',
    'ana@127.0.0.1',
    'aña@example.com',
    'ana@exämple.com',
    'ana\0@example.com',
    'ana\u202e@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ana@${'a'.repeat(64)}.com`,
    `ana@${'a.'.repeat(125)}com`,
  ])('%j is refused', (text) => {
    expect(isMailAddress(text)).toBe(false)
    expect(mailAddressRefusal(text)).toBe('mail-address-invalid')
  })

  test('254 characters are the most', () => {
    const domain = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.com`
    const local = 'x'.repeat(64)
    const filled = `${'d'.repeat(254 - 65 - domain.length - 1)}.${domain}`
    expect(`${local}@${filled}`).toHaveLength(254)
    expect(isMailAddress(`${local}@${filled}`)).toBe(true)
    expect(isMailAddress(`${local}@d${filled}`)).toBe(false)
  })

  test('nothing with a control, blank, comma or angle bracket passes, however placed', () => {
    fc.assert(
      fc.property(fc.nat(14), fc.constantFrom(...'\0\t\n\r ,;<>()[]"\\:\u0085\u2028'), (place, bad) => {
        const address = 'ana@example.com'
        expect(isMailAddress(address.slice(0, place) + bad + address.slice(place))).toBe(false)
      }),
    )
  })
})
