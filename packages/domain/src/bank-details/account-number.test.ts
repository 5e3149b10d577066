import { describe, expect, test } from 'vitest'
import { accountNumberKey, accountNumberRefusal, accountNumberShown, confirmRefusal } from './account-number.ts'

const refused = (kind: 'iban' | 'clabe' | 'account', number: string) => accountNumberRefusal(kind, accountNumberKey(kind, number))

describe('account numbers', () => {
  test('an IBAN is checked by its digits, written as people write it', () => {
    for (const iban of [
      'GB82 WEST 1234 5698 7654 32',
      'es91 2100 0418 4502 0005 1332',
      'CR05015202001026284066',
      'DO28BAGR00000001212453611324',
    ])
      expect([iban, refused('iban', iban)]).toEqual([iban, null])
    for (const iban of [
      'GB82WEST12345698765433',
      'GB82',
      '',
      'ES91 2100 0418 4502 0005 133O',
      'GB82WEST123456987654320000000000000000',
    ])
      expect([iban, refused('iban', iban)]).toEqual([iban, 'account-number-invalid'])
    expect(accountNumberShown('iban', 'GB82WEST12345698765432')).toBe('GB82 WEST 1234 5698 7654 32')
  })
  test('any single wrong digit of an IBAN or CLABE is seen', () => {
    for (const [kind, number] of [
      ['iban', 'ES9121000418450200051332'],
      ['clabe', '032180000118359719'],
    ] as const) {
      expect(refused(kind, number)).toBeNull()
      for (let at = kind === 'iban' ? 2 : 0; at < number.length; at++)
        for (let digit = 0; digit < 10; digit++) {
          if (String(digit) === number[at]) continue
          const wrong = number.slice(0, at) + digit + number.slice(at + 1)
          expect([wrong, refused(kind, wrong)]).toEqual([wrong, 'account-number-invalid'])
        }
    }
  })
  test('another account number is short plain text without markup or line breaks', () => {
    expect(refused('account', '000-123456-7')).toBeNull()
    for (const number of ['', '1', '<b>12345</b>', '=1+1', '1'.repeat(40), 'пример12'])
      expect([number, refused('account', number)]).toEqual([number, 'account-number-invalid'])
  })
})

test('whoever proposed does not confirm', () => {
  expect(confirmRefusal('ana', 'ana')).toBe('second-person-needed')
  expect(confirmRefusal('ana', 'eva')).toBeNull()
})
