import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { chooseNoticeText, type NoticeText, type NoticeTextPlace, nearestNoticeText } from './notice-text.ts'
import { missingVariables } from './template-variables.ts'

type Entry = NoticeTextPlace & NoticeText
const entry = (over: Partial<NoticeTextPlace>): Entry => {
  const place = { kind: 'overdue', level: 1, language: 'es', tone: 'formal', ...over } as const
  const name = `${place.kind} ${place.level} ${place.language} ${place.tone}`
  return { ...place, subject: name, body: name }
}
const place: NoticeTextPlace = { kind: 'overdue', level: 3, language: 'en', tone: 'informal' }
const nothing = { customer: { subject: null, body: null }, group: null }
const bodyOf = (catalogue: Entry[], of = place, own = nothing) => chooseNoticeText(catalogue, of, 'es', own)?.body

describe('the text of a message', () => {
  test('is the customer’s own, else the group’s, else the catalogue’s; subject and body each by itself', () => {
    const catalogue = [entry(place)]
    const own = { customer: { subject: null, body: 'own' }, group: { subject: 'of the group', body: 'of the group' } }
    expect(chooseNoticeText(catalogue, place, 'es', own)).toMatchObject({
      subject: 'of the group',
      subjectFrom: 'group',
      body: 'own',
      bodyFrom: 'customer',
    })
    expect(chooseNoticeText(catalogue, place, 'es', { ...own, customer: { subject: 'mine', body: null } })).toMatchObject({
      subjectFrom: 'customer',
      body: 'of the group',
      bodyFrom: 'group',
    })
    expect(chooseNoticeText(catalogue, place, 'es', nothing)).toMatchObject({ bodyFrom: 'catalogue', entry: catalogue[0] })
  })

  test('goes down the levels, then over the tones, then to the company’s language, step by step', () => {
    const steps = [
      entry({ ...place }),
      entry({ ...place, level: 2 }),
      entry({ ...place, level: 1 }),
      entry({ ...place, tone: 'neutral' }),
      entry({ ...place, tone: 'formal', level: 2 }),
      entry({ ...place, language: 'es' }),
      entry({ ...place, language: 'es', tone: 'neutral', level: 1 }),
      entry({ ...place, level: 4 }),
      entry({ ...place, language: 'es', level: 4 }),
    ]
    // Each one is taken when all before it are missing, whatever the order in which they are stored.
    for (let from = 0; from < steps.length; from += 1)
      expect(bodyOf(steps.slice(from).reverse()), `step ${from}`).toBe(steps[from]?.body)
    expect(bodyOf([entry({ ...place, kind: 'preventive' })])).toBeUndefined()
  })

  test('is never of the other kind, and never firmer than asked while there is a gentler one', () => {
    const places = fc.record({
      kind: fc.constantFrom('preventive' as const, 'overdue' as const),
      level: fc.integer({ min: 1, max: 4 }),
      language: fc.constantFrom('es' as const, 'en' as const),
      tone: fc.constantFrom('formal' as const, 'informal' as const, 'neutral' as const),
    })
    fc.assert(
      fc.property(fc.array(places), places, fc.constantFrom('es' as const, 'en' as const), (all, asked, language) => {
        const found = nearestNoticeText(all, asked, language)
        const ofKind = all.filter((one) => one.kind === asked.kind)
        expect(found === null).toBe(ofKind.length === 0)
        if (found === null) return
        expect(found.kind).toBe(asked.kind)
        if (ofKind.some((one) => one.level <= asked.level)) expect(found.level).toBeLessThanOrEqual(asked.level)
        if (ofKind.some((one) => one.language === asked.language && one.level <= asked.level))
          expect(found.language).toBe(asked.language)
      }),
    )
  })
})

describe('what a text should name', () => {
  test('is said by what is missing; any one of a group is enough', () => {
    expect(missingVariables('body', [])).toEqual(['table', 'totals', 'agent', 'company'])
    expect(missingVariables('body', ['receivables_table', 'agent.email', 'company.name'])).toEqual([])
    expect(missingVariables('body', ['receivables', 'agent.name', 'company.name'])).toEqual(['totals'])
    expect(missingVariables('subject', ['totals'])).toEqual(['company'])
  })
})
