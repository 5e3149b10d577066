import { describe, expect, test } from 'vitest'
import { noticeTextPlaces, readyText, readyTextCountries } from './ready-texts.ts'
import { typedPaymentDetails } from './typed-payment-details.ts'

describe('account numbers and links that are typed into a text', () => {
  test.each([
    ['Deposite en la cuenta 2100-4567-89 del Banco Uno', 'account', '2100-4567-89'],
    ['Cta. corriente 345678', 'account', '345678'],
    ['Pague aquí: 0012 3456 7890 1234', 'account', '0012 3456 7890 1234'],
    ['IBAN ES9121000418450200051332.', 'account', 'ES9121000418450200051332'],
    ['CLABE: 002180001234567891', 'account', '002180001234567891'],
    ['Pague en https://pagos.example.com/x?y=1 hoy', 'link', 'https://pagos.example.com/x?y=1'],
    ['www.pagos-andina.example', 'link', 'www.pagos-andina.example'],
  ])('%s', (text, what, found) => {
    expect(typedPaymentDetails(text)).toEqual([{ what, found }])
  })

  test.each([
    'Llámenos al +593 99 123 4567 o al tel. 02 2345 6789, celular: 0991234567',
    'RUC 1790012345001',
    'NIT: 900.123.456-7',
    'Son USD 1.250,50 y vence el 15-03-2026',
    'Su factura 10423 venció hace 30 días',
    '{{ company.bankDetails }} {% if company.paymentLink %}{{ company.paymentLink | default: "https://x.example" }}{% endif %}',
    'El banco no abre el 15',
    'Su cuenta venció el 15-03-2026; llámenos al 2345-6789',
    '{{ 12345678901234',
  ])('nothing in: %s', (text) => {
    expect(typedPaymentDetails(text)).toEqual([])
  })

  test('every ready text is free of them', () => {
    for (const place of noticeTextPlaces())
      for (const country of [null, ...readyTextCountries]) {
        const { subject, body } = readyText(place, country)
        expect(typedPaymentDetails(`${subject}\n${body}`)).toEqual([])
      }
  })

  test('a text of any length is read in a moment', () => {
    for (const part of ['1', '1 ', 'https://', '{{', '{{}}', 'A', '1.-'])
      expect(typedPaymentDetails(part.repeat(20_000)).length).toBeLessThanOrEqual(20_000)
  })
})
