import { expect, test } from 'vitest'
import { isPaused, lastPauseDay, pauseRefusal } from './notice-pause.ts'

test('a pause lasts from today to a year at most', () => {
  expect(pauseRefusal('2026-03-10', '2026-03-11')).toBe('day-in-past')
  expect(pauseRefusal('2026-03-11', '2026-03-11')).toBeNull()
  expect(pauseRefusal(lastPauseDay('2026-03-11'), '2026-03-11')).toBeNull()
  expect(pauseRefusal('2027-03-13', '2026-03-11')).toBe('day-too-far')
  expect(pauseRefusal('9999-12-31', '2026-03-11')).toBe('day-too-far')
})

test('the last day still pauses, the next does not', () => {
  expect(isPaused('2026-03-11', '2026-03-11')).toBe(true)
  expect(isPaused('2026-03-10', '2026-03-11')).toBe(false)
  expect(isPaused(null, '2026-03-11')).toBe(false)
})
