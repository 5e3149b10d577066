import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bareAmount, decimalShownBy, orderShownBy, readDay, readDocumentType, readYesNo } from './written-values.ts'

describe('dates as files write them', () => {
  test('a day that can only be read one way is read, in any usual writing', () => {
    for (const text of ['2013-02-28', '28/02/2013', '2/28/2013', '28.2.13', ' 2013-02-28T00:00:00Z ', '2/28/2013 12:00 a.m.'])
      expect([text, readDay(text, 'auto', null)]).toEqual([text, { day: '2013-02-28' }])
  })

  test('a day that could be either is refused until a column or a person says the order', () => {
    expect(readDay('03/04/2013', 'auto', null)).toMatchObject({ refusal: 'date-order-ambiguous' })
    expect(readDay('03/04/2013', 'auto', 'dmy')).toEqual({ day: '2013-04-03' })
    expect(readDay('03/04/2013', 'mdy', 'dmy')).toEqual({ day: '2013-03-04' })
    expect(readDay('04/04/2013', 'auto', null)).toEqual({ day: '2013-04-04' })
  })

  test('one telling date decides for its column; two that contradict decide nothing', () => {
    expect(orderShownBy(['03/04/2013', '13/02/2013'])).toBe('dmy')
    expect(orderShownBy(['03/04/2013', '02/13/2013'])).toBe('mdy')
    expect(orderShownBy(['13/02/2013', '02/13/2013'])).toBeNull()
    expect(orderShownBy(['2013-02-13', 'x', ''])).toBeNull()
  })

  test('what is no day is refused', () => {
    for (const text of ['2026-02-29', '31/04/2013', '10000-01-01', '0000-01-01', '13/13/2013', 'mañana', '', '1/2', '2013'])
      expect([text, readDay(text, 'dmy', null)]).toEqual([text, { refusal: 'day-invalid', params: {} }])
  })
})

describe('amounts as files write them', () => {
  test('signs and codes of currencies around the number go, the number stays', () => {
    for (const [text, number] of [
      ['$ 1,234.50', '1,234.50'],
      ['-$5', '-5'],
      ['- 5', '-5'],
      ['USD 10', '10'],
      ['10 €', '10'],
      ['S/. 12.00', '12.00'],
      ['COP1000', 'COP1000'],
      ['1234', '1234'],
    ])
      expect([text, bareAmount(text ?? '')]).toEqual([text, number])
  })

  test('the column shows its decimal sign', () => {
    expect(decimalShownBy(['1.234,56', '10'])).toBe(',')
    expect(decimalShownBy(['1,234.56', '10'])).toBe('.')
    expect(decimalShownBy(['1000', '20'])).toBe('.')
  })

  test('any number of blanks is read at once', () => {
    fc.assert(fc.property(fc.nat(5_000), (blanks) => bareAmount(`$${' '.repeat(blanks)}7${' '.repeat(blanks)}€`) === '7'))
  })
})

test('yes, no and kinds of document in both languages; other words are not guessed', () => {
  expect(['Sí', 'YES', 'x', '1'].map(readYesNo)).toEqual([true, true, true, true])
  expect(['No', '', '0', 'falso'].map(readYesNo)).toEqual([false, false, false, false])
  expect(readYesNo('quizás')).toBeNull()
  expect([readDocumentType('Factura'), readDocumentType('Nota de débito'), readDocumentType('recibo')]).toEqual([
    'invoice',
    'debit-note',
    null,
  ])
})
