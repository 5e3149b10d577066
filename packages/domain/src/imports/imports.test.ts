import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays } from '../calendar-day.ts'
import { guessReceivableMapping } from './receivable-fields.ts'
import { type CellOf, receivableReader } from './receivable-row.ts'
import { bareAmount, decimalShownBy, orderShownBy, readDay, readYesNo } from './written-values.ts'

describe('dates as files write them', () => {
  test('every day is read back from every order that is told', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40_000 }), fc.constantFrom('/', '-', '.'), (n, sign) => {
        const day = addDays('1990-01-01', n)
        const [year, month, date] = day.split('-').map((part) => String(Number(part)))
        expect(readDay([date, month, year].join(sign), 'dmy', null)).toEqual({ day })
        expect(readDay([month, date, year].join(sign), 'mdy', null)).toEqual({ day })
        expect(readDay([year, month, date].join(sign), 'auto', null)).toEqual({ day })
      }),
    )
  })

  test.each(['2026-02-29', '31/04/2026', '13/13/2026', '1/1/10000', '0/5/2026', 'mañana', '', '45000', '2026-1'])(
    '%s is no day under any order',
    (text) => {
      for (const order of ['auto', 'dmy', 'mdy', 'ymd'] as const)
        expect(readDay(text, order, null)).toEqual({ refusal: 'day-invalid', params: {} })
    },
  )

  test('one day past the twelfth decides its column; contradictions decide nothing', () => {
    expect(orderShownBy(['03/04/2013', '13/02/2013'])).toBe('dmy')
    expect(orderShownBy(['03/04/2013', '02/13/2013'])).toBe('mdy')
    expect(orderShownBy(['13/02/2013', '02/13/2013'])).toBeNull()
    expect(orderShownBy(['03/04/2013', '2013-02-13'])).toBeNull()
    expect(readDay('03/04/2013', 'auto', 'mdy')).toEqual({ day: '2013-03-04' })
    expect(readDay('03/04/2013', 'auto', null)).toMatchObject({ refusal: 'date-order-ambiguous' })
    expect(readDay('05/05/2013 00:00:00', 'auto', null)).toEqual({ day: '2013-05-05' })
  })
})

test('amounts lose the signs around them, and show their decimal sign', () => {
  expect(['$ 1,234.50', 'USD 10', '10 €', 'S/ 5.00', '-3'].map(bareAmount)).toEqual(['1,234.50', '10', '10', '5.00', '-3'])
  expect([decimalShownBy(['1.234,56']), decimalShownBy(['1,234.56', '5']), decimalShownBy(['1,5', '1.5'])]).toEqual([
    ',',
    '.',
    '.',
  ])
})

test('yes and no in both languages, nothing else', () => {
  expect(['Sí', 'YES', 'x', 'No', '', 'tal vez'].map(readYesNo)).toEqual([true, true, true, false, false, null])
})

test('the headings of the real file and of a Spanish one are recognised', () => {
  const ibm =
    'countryCode,customerID,PaperlessDate,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,Disputed,SettledDate,PaperlessBill,DaysToSettle,DaysLate'
  expect(guessReceivableMapping(ibm.split(','))).toEqual({
    customerExternalId: { column: 'customerID' },
    number: { column: 'invoiceNumber' },
    issuedOn: { column: 'InvoiceDate' },
    dueOn: { column: 'DueDate' },
    amount: { column: 'InvoiceAmount' },
    disputed: { column: 'Disputed' },
    settledOn: { column: 'SettledDate' },
  })
})

test('as of a day: later rows do not exist, later settlements have not happened, a settled dispute is none', () => {
  const cells = { c: 'A', n: '007', i: '2026-01-10', d: '2026-02-10', a: '5', s: '2026-03-01', x: 'yes' }
  const cellOf: CellOf = (column) => (cells as Record<string, string>)[column]
  const mapping = {
    customerExternalId: { column: 'c' },
    number: { column: 'n' },
    issuedOn: { column: 'i' },
    dueOn: { column: 'd' },
    amount: { column: 'a' },
    settledOn: { column: 's' },
    disputed: { column: 'x' },
    customerEmail: { text: '{c}@example.test' },
  }
  const on = (asOf: string) =>
    receivableReader(mapping, { asOf, currency: 'USD', dateOrder: 'auto', decimal: 'auto' }, [cellOf])(cellOf)
  expect(on('2026-01-09')).toEqual({ afterDay: true })
  expect(on('2026-02-28')).toMatchObject({
    row: { externalId: '007', settledOn: null, disputed: true, customerEmail: 'A@example.test' },
  })
  expect(on('2026-03-01')).toMatchObject({ row: { settledOn: '2026-03-01', disputed: false, amountMinor: 500n } })
})
