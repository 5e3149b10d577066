import { expect, test } from 'vitest'
import { attemptsOfNotice, retryDelayMinutes } from './retry-delay.ts'

test('attempts come ever later and end', () => {
  const delays = Array.from({ length: attemptsOfNotice }, (_, n) => retryDelayMinutes(n + 1))
  expect(delays).toEqual([1, 5, 15, 60, 240, null])
})
