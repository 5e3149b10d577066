import { describe, expect, test } from 'vitest'
import { companyRefusal, isCountry } from './company-rules.ts'

const good = {
  timeZone: 'America/Guayaquil',
  currency: 'USD',
  country: 'EC',
  opensAt: '08:00',
  closesAt: '18:00',
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
