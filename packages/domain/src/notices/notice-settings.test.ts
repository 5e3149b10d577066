import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  effectiveNoticeSettings,
  inheritedNoticeSettings,
  inheritedSwitches,
  type NoticeRuleInput,
  type NoticeSettings,
  noticeRuleProblems,
  noticeSettingsFields,
  noticeSwitches,
  noticeTones,
  type OwnNoticeSettings,
  type OwnReceivableSwitches,
  receivableSwitches,
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
  tone: 'formal',
  attachStatement: false,
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
  tone: fc.option(fc.constantFrom(...noticeTones)),
  attachStatement: fc.option(fc.boolean()),
})
const anySwitches: fc.Arbitrary<OwnReceivableSwitches> = fc.record({
  active: fc.option(fc.boolean()),
  reminderOn: fc.option(fc.boolean()),
  reminderRuleIds: fc.option(fc.array(fc.string())),
  overdueOn: fc.option(fc.boolean()),
  overdueRuleIds: fc.option(fc.array(fc.string())),
})

describe('what holds for a customer', () => {
  test("each field is its own, else its group's, else the company's, and says which", () => {
    fc.assert(
      fc.property(fc.option(anyOwn), fc.option(anyOwn), (group, own) => {
        const effective = effectiveNoticeSettings(defaults, group, own)
        for (const field of noticeSettingsFields) {
          const [value, origin] =
            own && own[field] !== null
              ? [own[field], 'customer']
              : group && group[field] !== null
                ? [group[field], 'group']
                : [defaults[field], 'company']
          expect(effective[field]).toEqual(value)
          expect(effective.origins[field]).toBe(origin)
        }
      }),
    )
  })

  test('a receivable has its own switches, else those of its customer, and says which', () => {
    fc.assert(
      fc.property(fc.option(anyOwn), fc.option(anyOwn), fc.option(anySwitches), (group, own, receivable) => {
        const effective = effectiveNoticeSettings(defaults, group, own)
        const switches = receivableSwitches(effective, receivable)
        for (const field of noticeSwitches) {
          const isOwn = receivable !== null && receivable[field] !== null
          expect(switches[field]).toEqual(isOwn ? receivable[field] : effective[field])
          expect(switches.origins[field]).toBe(isOwn ? 'receivable' : effective.origins[field])
        }
      }),
    )
    expect(Object.keys(inheritedSwitches).sort()).toEqual([...noticeSwitches].sort())
  })

  test('false, an empty text and no rules are own values, not empty fields', () => {
    const own = { ...inheritedNoticeSettings, reminderOn: false, overdueRuleIds: [], subject: '' }
    const effective = effectiveNoticeSettings(defaults, null, own)
    expect(effective).toMatchObject({ reminderOn: false, overdueRuleIds: [], subject: '', overdueOn: true })
  })

  test('a customer without settings inherits everything, and every field of the tab is listed', () => {
    const effective = effectiveNoticeSettings(defaults, null, null)
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

  const written = { days: 7, kind: 'overdue' as const, level: 1, repeatEveryDays: null, repeatTimes: null }
  const fieldsOf = (rule: Partial<NoticeRuleInput>) => noticeRuleProblems({ ...written, ...rule }).map((each) => each.field)

  test.each([0, 1, 7, 365])('%d days', (days) => {
    expect(noticeRuleProblems({ ...written, days, kind: 'preventive' })).toEqual([])
  })

  test.each([-1, 366, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e9])('%d days are out of range', (days) => {
    expect(noticeRuleProblems({ ...written, days })).toEqual([{ field: 'days', code: 'days-out-of-range' }])
  })

  test.each([0, 5, -1, 1.5, 1e9])('level %d is none', (level) => {
    expect(fieldsOf({ level })).toEqual(['level'])
  })

  test('overdue rules alone repeat, at least once, every so many days', () => {
    expect(fieldsOf({ repeatEveryDays: 15, repeatTimes: 3 })).toEqual([])
    expect(noticeRuleProblems({ ...written, kind: 'preventive', repeatEveryDays: 15, repeatTimes: 3 })).toEqual([
      { field: 'repeatEveryDays', code: 'repetition-overdue-only' },
    ])
    expect(fieldsOf({ repeatEveryDays: 15 })).toEqual(['repeatTimes'])
    expect(fieldsOf({ repeatTimes: 3 })).toEqual(['repeatEveryDays'])
    for (const wrong of [0, -1, 0.5, 1e9]) {
      expect(fieldsOf({ repeatEveryDays: wrong, repeatTimes: 3 })).toEqual(['repeatEveryDays'])
      expect(fieldsOf({ repeatEveryDays: 15, repeatTimes: wrong })).toEqual(['repeatTimes'])
    }
    expect(fieldsOf({ repeatEveryDays: 1, repeatTimes: 98 })).toEqual([])
    expect(fieldsOf({ repeatEveryDays: 1, repeatTimes: 99 })).toEqual(['repeatTimes'])
  })

  test('everything that is wrong is said at once', () => {
    expect(fieldsOf({ days: -1, level: 9, repeatEveryDays: 0, repeatTimes: 0 })).toEqual([
      'days',
      'level',
      'repeatEveryDays',
      'repeatTimes',
    ])
  })
})
