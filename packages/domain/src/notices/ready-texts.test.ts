import { describe, expect, test } from 'vitest'
import { noticeTextPlaces, readyText, readyTextCountries } from './ready-texts.ts'

const all = noticeTextPlaces()
const textsOf = (country: Parameters<typeof readyText>[1]) => all.map((place) => ({ place, ...readyText(place, country) }))

describe('ready texts', () => {
  test('there is one for every kind, level, language and tone, and no two say the same', () => {
    expect(all).toHaveLength(48)
    expect(new Set(all.map((place) => JSON.stringify(place))).size).toBe(48)
    expect(new Set(textsOf(null).map((text) => text.body)).size).toBe(48)
    for (const { subject, body } of textsOf(null)) {
      expect(subject.length).toBeLessThan(120)
      expect(body).toContain('{{ receivables_table }}')
      expect(body).not.toMatch(/\[|\]| {2}|undefined/)
    }
  })

  test('Spanish addresses as its tone says: usted, tú or nobody', () => {
    for (const { place, body } of textsOf(null).filter((text) => text.place.language === 'es')) {
      const informal = /\b(tu|te|tienes|puedes|pagaste|escríbenos|envíanos|quieres)\b/i
      const formal = /\b(usted|le|su|sus|envíenos)\b/i
      if (place.tone === 'formal') expect(body, body).not.toMatch(informal)
      if (place.tone === 'informal') expect(body, body).toMatch(informal)
      if (place.tone === 'informal') expect(body, body).not.toMatch(/\b(usted|le|envíenos)\b/i)
      if (place.tone === 'neutral') expect(body, body).not.toMatch(informal)
      if (place.tone === 'neutral') expect(body, body).not.toMatch(formal)
    }
  })

  test('countries change words, never variables: Argentina says vos, Spain justificante, Colombia soporte', () => {
    const variables = (text: string) => text.match(/\{[{%].*?[}%]\}/g)
    for (const country of readyTextCountries)
      textsOf(country).forEach((text, index) => {
        expect(variables(text.body)).toEqual(variables(textsOf(null)[index]?.body ?? ''))
      })
    const informal = { kind: 'overdue', level: 4, language: 'es', tone: 'informal' } as const
    expect(readyText(informal, 'AR').body).toContain('mantenés')
    for (const place of all.filter((one) => one.language === 'es' && one.tone === 'informal'))
      expect(readyText(place, 'AR').body).not.toMatch(/tienes|puedes|quieres|envíanos|escríbenos|avísanos|ignora |programa /)
    expect(readyText(informal, 'ES').body).toContain('justificante de pago')
    expect(readyText(informal, 'CO').body).toContain('soporte de pago')
    const english = { ...informal, language: 'en' } as const
    expect(readyText(english, 'AR')).toEqual(readyText(english))
  })
})
