import { describe, expect, test } from 'vitest'
import { type ConsentFact, saidOnRefusal, standingConsents } from './consent.ts'

const fact = (id: string, over: Partial<ConsentFact>): ConsentFact => ({
  id,
  channel: 'sms',
  state: 'granted',
  saidOn: '2026-03-01',
  ...over,
})
const standing = (...facts: ConsentFact[]) => standingConsents(facts).get('sms')?.id

describe('the fact that stands', () => {
  test('is the newest by the day on which it was said, whenever it was recorded', () => {
    expect(standing(fact('1', { saidOn: '2026-03-05', state: 'refused' }), fact('2', { saidOn: '2026-01-01' }))).toBe('1')
  })
  test('of one day is the one recorded last', () => {
    expect(standing(fact('2', {}), fact('1', { state: 'refused' }))).toBe('2')
  })
  test('is one of each channel', () => {
    const found = standingConsents([fact('1', {}), fact('2', { channel: 'call' })])
    expect([found.get('sms')?.id, found.get('call')?.id, found.get('mailing')]).toEqual(['1', '2', undefined])
  })
})

test('consent is said today or before, and not so long ago that it is a typing error', () => {
  expect(saidOnRefusal('2026-03-11', '2026-03-11')).toBeNull()
  expect(saidOnRefusal('2026-03-12', '2026-03-11')).toBe('day-in-future')
  expect(saidOnRefusal('0202-03-11', '2026-03-11')).toBe('day-too-long-ago')
})
