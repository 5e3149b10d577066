import { describe, expect, it } from 'vitest'
import { addDays, createFormat, daysBetween, type FormatContext } from './format.ts'

const context = (over: Partial<FormatContext> = {}): FormatContext => ({
  language: 'es',
  companyLocale: 'es-EC',
  timeZone: 'America/Guayaquil',
  currency: 'USD',
  today: null,
  ...over,
})

describe('the format functions', () => {
  it('never move a calendar day, whatever the zone of the company or the computer', () => {
    for (const timeZone of ['Pacific/Kiritimati', 'Pacific/Pago_Pago', 'America/Guayaquil', 'UTC']) {
      const format = createFormat(context({ timeZone }))
      expect(format.day('2026-03-01')).toMatch(/^1 .*mar.* 2026$/)
      expect(format.day('2026-12-31')).toMatch(/^31 .*dic.* 2026$/)
    }
  })

  it('show an instant on the clock of the company', () => {
    expect(createFormat(context()).time('2026-03-01T02:30:00Z')).toContain('21:30')
    expect(createFormat(context()).dayOf('2026-03-01T02:30:00Z')).toBe('2026-02-28')
  })

  it("count from the company's today as the server said it, moved on by the days since", () => {
    const asOf = Date.parse('2026-03-01T12:00:00Z')
    const later = asOf + 2 * 86_400_000
    const format = createFormat(context({ today: { day: '2030-01-10', asOf } }), () => later)
    expect(format.today()).toBe('2030-01-12')
    expect(format.dayRelative('2030-01-13')).toBe('mañana')
  })

  it('write money exactly, the own currency by its symbol and others by their code', () => {
    const format = createFormat(context())
    expect(format.money('9007199254740993.25')).toContain('9.007.199.254.740.993,25')
    expect(format.money('12.5')).toContain('$')
    expect(format.money('12.5', 'COP')).toContain('COP')
    expect(format.money('16257.75', 'COP')).toContain('16.257,75')
    expect(createFormat(context({ companyLocale: 'es-CO' })).money('16257.80', 'COP')).toContain('16.257,80')
    expect(format.money('100.00', 'CLP')).not.toContain(',')
  })

  it('use the locale of the company only where it speaks the language of the reader', () => {
    expect(createFormat(context()).locale).toBe('es-EC')
    expect(createFormat(context({ language: 'en' })).locale).toBe('en')
  })

  it('write a dash for nothing', () => {
    const format = createFormat(context())
    for (const text of [
      format.day(null),
      format.money(null),
      format.instant(undefined),
      format.number(''),
      format.relative(null),
    ])
      expect(text).toBe('—')
  })
})

it('counts days over months, leap years and clock changes', () => {
  expect(daysBetween('2026-02-27', '2026-03-02')).toBe(3)
  expect(daysBetween('2028-02-28', '2028-03-01')).toBe(2)
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01')
  expect(addDays('2026-03-29', 1)).toBe('2026-03-30')
})
