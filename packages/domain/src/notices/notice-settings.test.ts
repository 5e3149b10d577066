import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  effectiveNoticeSettings,
  inheritedNoticeSettings,
  type NoticeSettings,
  noticeRuleRefusal,
  noticeSettingsFields,
  type OwnNoticeSettings,
  ruleSelectionRefusal,
  withActivation,
} from './notice-settings.ts'

const defaults: NoticeSettings = {
  subject: 'Vencimientos',
  active: false,
  sendToContacts: true,
  reminderOn: true,
  reminderRuleIds: ['r7'],
  overdueOn: true,
  overdueRuleIds: ['o7'],
  reminderBody: 'Le recordamos',
  overdueBody: 'Está vencido',
}
const anyOwn: fc.Arbitrary<OwnNoticeSettings> = fc.record({
  subject: fc.option(fc.string()),
  active: fc.option(fc.boolean()),
  sendToContacts: fc.option(fc.boolean()),
  reminderOn: fc.option(fc.boolean()),
  reminderRuleIds: fc.option(fc.array(fc.string())),
  overdueOn: fc.option(fc.boolean()),
  overdueRuleIds: fc.option(fc.array(fc.string())),
  reminderBody: fc.option(fc.string()),
  overdueBody: fc.option(fc.string()),
})

describe('what holds for a customer', () => {
  test('each field is its own or inherited, and says which', () => {
    fc.assert(
      fc.property(anyOwn, (own) => {
        const effective = effectiveNoticeSettings(defaults, own)
        for (const field of noticeSettingsFields) {
          expect(effective[field]).toEqual(own[field] === null ? defaults[field] : own[field])
          expect(effective.origins[field]).toBe(own[field] === null ? 'company' : 'customer')
        }
      }),
    )
  })

  test('false, an empty text and no rules are own values, not empty fields', () => {
    const own = { ...inheritedNoticeSettings, reminderOn: false, overdueRuleIds: [], subject: '' }
    const effective = effectiveNoticeSettings(defaults, own)
    expect(effective).toMatchObject({ reminderOn: false, overdueRuleIds: [], subject: '', overdueOn: true })
  })

  test('a customer without settings inherits everything, and every field of the tab is listed', () => {
    const effective = effectiveNoticeSettings(defaults, null)
    expect(effective).toMatchObject(defaults)
    expect(new Set(Object.values(effective.origins))).toEqual(new Set(['company']))
    expect(Object.keys(inheritedNoticeSettings).sort()).toEqual([...noticeSettingsFields].sort())
    expect(Object.keys(effective.origins).sort()).toEqual([...noticeSettingsFields].sort())
  })
})

describe('marking active', () => {
  test('switches the reminder on unless the person said otherwise', () => {
    expect(withActivation(inheritedNoticeSettings)).toEqual({ ...inheritedNoticeSettings, active: true, reminderOn: true })
    expect(withActivation({ ...inheritedNoticeSettings, active: false, reminderOn: false })).toMatchObject({
      active: true,
      reminderOn: false,
    })
    expect(withActivation(inheritedNoticeSettings).overdueOn).toBeNull()
  })
})

describe('rules', () => {
  const rules = [
    { id: 'r7', kind: 'preventive' as const },
    { id: 'o7', kind: 'overdue' as const },
  ]

  test('only rules of the kind are chosen', () => {
    expect(ruleSelectionRefusal('preventive', rules, ['r7'])).toBeNull()
    expect(ruleSelectionRefusal('overdue', rules, ['o7'])).toBeNull()
    expect(ruleSelectionRefusal('preventive', rules, [])).toBeNull()
    expect(ruleSelectionRefusal('preventive', rules, ['r7', 'o7'])).toBe('rule-kind-mismatch')
    expect(ruleSelectionRefusal('overdue', rules, ['r7'])).toBe('rule-kind-mismatch')
    expect(ruleSelectionRefusal('overdue', rules, ['o7', 'gone'])).toBe('reference-unknown')
  })

  test.each([0, 1, 7, 365])('%d days', (days) => {
    expect(noticeRuleRefusal({ days, kind: 'preventive' })).toBeNull()
  })

  test.each([-1, 366, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('%d days are out of range', (days) => {
    expect(noticeRuleRefusal({ days, kind: 'overdue' })).toBe('days-out-of-range')
  })
})
