import { describe, expect, test } from 'vitest'
import { dueDeed, handoverErrors } from './handover.ts'

const today = '2026-03-11'
const terms = { moves: [{ fromUserId: 'a', toUserId: 'b' }], startsOn: today, endsOn: null }

describe('a handover', () => {
  test('chains and swaps are no error', () => {
    const moves = [
      { fromUserId: 'a', toUserId: 'b' },
      { fromUserId: 'b', toUserId: 'a' },
      { fromUserId: 'c', toUserId: 'a' },
    ]
    expect(handoverErrors({ ...terms, moves }, today)).toEqual([])
  })
  test('everything that is wrong is said at once, at its field', () => {
    const moves = [
      { fromUserId: 'a', toUserId: 'a' },
      { fromUserId: 'a', toUserId: 'b' },
    ]
    expect(handoverErrors({ moves, startsOn: '2026-03-10', endsOn: '2026-03-09' }, today)).toEqual([
      { field: 'moves.0.toUserId', code: 'handover-same-agent' },
      { field: 'moves.1.fromUserId', code: 'duplicate-in-request' },
      { field: 'startsOn', code: 'day-in-past' },
      { field: 'endsOn', code: 'period-reversed' },
    ])
  })
  test('a cover of one day is one; neither start nor end lies more than a year ahead', () => {
    expect(handoverErrors({ ...terms, endsOn: today }, today)).toEqual([])
    expect(handoverErrors({ ...terms, startsOn: '2027-03-12' }, today)).toEqual([])
    expect(handoverErrors({ ...terms, startsOn: '2027-03-13' }, today)[0]?.code).toBe('day-too-far')
    expect(handoverErrors({ ...terms, endsOn: '2027-03-13' }, today)[0]?.code).toBe('day-too-far')
  })
})

describe('its day', () => {
  const planned = { state: 'planned', startsOn: '2026-03-12', endsOn: '2026-03-14' }
  test.each([
    ['the day before', planned, '2026-03-11', null],
    ['its first day', planned, '2026-03-12', 'carry-out'],
    ['late, within the cover', planned, '2026-03-14', 'carry-out'],
    ['late, when the cover is over', planned, '2026-03-15', 'miss'],
    ['late, where it is for good', { ...planned, endsOn: null }, '2026-09-01', 'carry-out'],
    ['the last day of a cover', { ...planned, state: 'covering' }, '2026-03-14', null],
    ['the day after a cover', { ...planned, state: 'covering' }, '2026-03-15', 'return'],
    ['whatever the day once it is cancelled', { ...planned, state: 'cancelled' }, '2026-03-15', null],
  ])('%s', (_, handover, day, deed) => {
    expect(dueDeed(handover, day)).toBe(deed)
  })
})
