import { describe, expect, test } from 'vitest'
import { dialled, isPhone } from './phone.ts'

describe('a phone is what could be dialled', () => {
  test.each([
    '0991234567',
    '(02) 234-5678 ext. 12',
    '02 234 5678 anexo 4',
    '+57 601 555 1000',
    '555',
    '0991234567 / 022345678',
    '1800-123456',
    '+593 99 123 4567; 02 2345678 int. 3',
  ])('%s is one', (text) => expect(isPhone(text, 'EC')).toBe(true))
  test.each(['llamar a Ana', 'ana@x.test', '12', '=1+1', '<b>099</b>', '/', '0991234567 (solo tardes)', '1'.repeat(40), '-5'])(
    '%s is none',
    (text) => expect(isPhone(text, 'EC')).toBe(false),
  )
  test('a country that nobody knows is no error', () => expect(isPhone('099 123 4567', 'XX')).toBe(true))
})

test('a number of the country is dialled from anywhere; what no country completes stays as it is written', () => {
  expect(dialled('099 123 4567', 'EC')).toBe('+593991234567')
  expect(dialled('+57 601 555 1000 / 300', 'EC')).toBe('+576015551000')
  expect(dialled('555', 'EC')).toBe('555')
  expect(dialled('099 123 4567', null)).toBe('099 123 4567')
})
