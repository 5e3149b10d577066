import { describe, expect, test } from 'vitest'
import { companyRefusal, isCountry, isPaymentUrl } from './company-rules.ts'

const good = {
  timeZone: 'America/Guayaquil',
  currency: 'USD',
  country: 'EC',
  opensAt: '08:00',
  closesAt: '18:00',
  paymentUrl: null,
}

describe('company settings', () => {
  test('what exists is accepted, a country may be missing', () => {
    expect(companyRefusal(good)).toBeNull()
    expect(companyRefusal({ ...good, country: null })).toBeNull()
  })

  test('what does not exist is refused at its field', () => {
    expect(companyRefusal({ ...good, timeZone: 'America/Atlantis' })).toEqual({ code: 'time-zone-unknown', field: 'timeZone' })
    expect(companyRefusal({ ...good, currency: 'ABC' })).toEqual({ code: 'currency-unknown', field: 'currency' })
    expect(companyRefusal({ ...good, country: 'QQ' })).toEqual({ code: 'country-unknown', field: 'country' })
  })

  test('the company closes after it opens', () => {
    for (const closesAt of ['08:00', '07:59', '24:00', ''])
      expect(companyRefusal({ ...good, closesAt })).toEqual({ code: 'closing-before-opening', field: 'closesAt' })
  })

  test('countries are those of ISO 3166, in upper case', () => {
    for (const code of ['EC', 'CO', 'MX', 'PE', 'ES', 'US', 'AR', 'CL']) expect([code, isCountry(code)]).toEqual([code, true])
    for (const code of ['ec', 'ECU', '', 'ZZ', 'EU', 'QQ', '1A']) expect([code, isCountry(code)]).toEqual([code, false])
  })
})

test('customers are only sent to https, to a host with a name, with nothing of a user or a line break in it', () => {
  for (const address of ['https://pagos.andina.com', 'https://pay.example.com/a?b=c&d=%20#e'])
    expect(isPaymentUrl(address)).toBe(true)
  for (const address of [
    'http://pagos.andina.com',
    'javascript:alert(1)',
    'https://',
    'https://localhost/pay',
    'https://user:secret@pagos.andina.com',
    'https://pagos.andina.com@evil.com/',
    'https://pagos.andina.com/a b',
    'https://pagos.andina.com/\r\nBcc: x',
    'https://pаgos.andina.com',
    `https://pagos.andina.com/${'x'.repeat(500)}`,
  ])
    expect(isPaymentUrl(address), address).toBe(false)
})
