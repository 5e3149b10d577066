import { describe, expect, test } from 'vitest'
import { type AlarmFacts, alarmsOf } from './notice-alarms.ts'

const limits = { silentMinutes: 60, workerMinutes: 5, failedCount: 10 }
const well: AlarmFacts = {
  noticesWanted: true,
  workerSilentMinutes: 0,
  blockedWorkers: [],
  sendingWorkers: 1,
  due: { count: 0, oldestMinutes: 0 },
  lastSentMinutes: 3000,
  openForMinutes: 240,
  leftBehind: { count: 0, since: null },
  pausedAccounts: [],
  failedLately: 0,
  uncertain: { count: 0, oldestMinutes: 0 },
}
const kinds = (facts: Partial<AlarmFacts>) => alarmsOf({ ...well, ...facts }, limits).map((alarm) => alarm.kind)
const late = { count: 3, oldestMinutes: 90 }

describe('nothing is sent', () => {
  test('rings when what may leave has waited too long and nothing left meanwhile', () => {
    expect(alarmsOf({ ...well, due: late }, limits)).toEqual([
      { kind: 'nothing-sent', subject: '', facts: { waiting: 3, minutes: 90 } },
    ])
    expect(kinds({ due: late, lastSentMinutes: null })).toEqual(['nothing-sent'])
  })
  test('does not ring while something leaves, outside the hours, before the day has been open for long, nor when nothing waits', () => {
    expect(kinds({ due: late, lastSentMinutes: 10 })).toEqual([])
    expect(kinds({ due: late, openForMinutes: null })).toEqual([])
    expect(kinds({ due: late, openForMinutes: 59 })).toEqual([])
    expect(kinds({ due: { count: 3, oldestMinutes: 59 } })).toEqual([])
    expect(kinds({})).toEqual([])
  })
  test('rings for messages of earlier days once the day has been open for a while', () => {
    expect(kinds({ leftBehind: { count: 2, since: '2026-03-10' } })).toEqual(['left-behind'])
    expect(kinds({ leftBehind: { count: 2, since: '2026-03-10' }, openForMinutes: null })).toEqual([])
  })
})

describe('workers', () => {
  test('ring when none was heard of, at whatever hour; but nobody misses one where no notice is wanted', () => {
    expect(kinds({ workerSilentMinutes: 5, openForMinutes: null })).toEqual(['worker-silent'])
    expect(kinds({ workerSilentMinutes: 4 })).toEqual([])
    expect(kinds({ workerSilentMinutes: 500, noticesWanted: false })).toEqual([])
  })
  test('one that never ran is missed as soon as something waits for it', () => {
    expect(kinds({ workerSilentMinutes: null, openForMinutes: null })).toEqual([])
    expect(kinds({ workerSilentMinutes: null, due: late, openForMinutes: null })).toEqual(['worker-silent'])
  })
  test('that may not send ring when no other may', () => {
    const blockedWorkers = [{ reason: 'epoch-missing', count: 2 }]
    expect(kinds({ blockedWorkers, sendingWorkers: 0 })).toEqual(['worker-blocked'])
    expect(kinds({ blockedWorkers, sendingWorkers: 1 })).toEqual([])
    // Nobody has to confirm a machine whose disk is full.
    const unwritable = [{ reason: 'journal-unwritable', count: 1 }]
    expect(kinds({ blockedWorkers: unwritable, sendingWorkers: 0 })).toEqual(['journal-unwritable'])
  })
})

test('a paused account rings by itself for each user, when somebody depends on it', () => {
  const pausedAccounts = [
    { userId: 'a', held: 0, customers: 4 },
    { userId: 'b', held: 2, customers: 0 },
    { userId: 'c', held: 0, customers: 0 },
  ]
  expect(alarmsOf({ ...well, pausedAccounts }, limits).map((alarm) => [alarm.kind, alarm.subject])).toEqual([
    ['account-paused', 'a'],
    ['account-paused', 'b'],
  ])
})

test('many failed and uncertain that evidence did not settle ring', () => {
  expect(kinds({ failedLately: 10 })).toEqual(['many-failed'])
  expect(kinds({ failedLately: 9 })).toEqual([])
  expect(kinds({ uncertain: { count: 1, oldestMinutes: 15 } })).toEqual(['uncertain-waiting'])
  expect(kinds({ uncertain: { count: 1, oldestMinutes: 14 } })).toEqual([])
})
