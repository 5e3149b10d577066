import { describe, expect, it } from 'vitest'
import {
  acceptQuoteRefusal,
  changeQuoteRefusal,
  endQuoteRefusal,
  issueQuoteRefusal,
  type QuoteStanding,
  quoteLabel,
  quoteState,
  reviseQuoteRefusal,
  storedQuoteStates,
} from './quote-state.ts'

const issued: QuoteStanding = { state: 'issued', validUntil: '2026-03-10', issuedOn: '2026-03-01', reached: true }

describe('the state of a quote', () => {
  it('is sent once a mail server took it, and expired from the day after its last one', () => {
    expect(quoteState({ ...issued, reached: false }, '2026-03-01')).toBe('sending')
    expect(quoteState({ ...issued, reached: false }, '2026-04-01')).toBe('sending')
    expect(quoteState(issued, '2026-03-10')).toBe('sent')
    expect(quoteState(issued, '2026-03-11')).toBe('expired')
  })

  it('does not expire once it is decided, nor as a draft', () => {
    for (const state of storedQuoteStates.filter((each) => each !== 'issued')) {
      expect(quoteState({ ...issued, state }, '2027-01-01')).toBe(state)
    }
  })
})

describe('what can be done with a quote', () => {
  it('only a draft changes and leaves, with lines and still valid', () => {
    const draft = { state: 'draft', validUntil: '2026-03-10', lines: 1 } as const
    expect(changeQuoteRefusal(draft)).toBeNull()
    expect(issueQuoteRefusal(draft, '2026-03-10')).toBeNull()
    expect(issueQuoteRefusal({ ...draft, lines: 0 }, '2026-03-10')).toBe('quote-empty')
    expect(issueQuoteRefusal(draft, '2026-03-11')).toBe('quote-expired')
    for (const state of storedQuoteStates.filter((each) => each !== 'draft')) {
      expect(changeQuoteRefusal({ state })).toBe('quote-fixed')
      expect(issueQuoteRefusal({ ...draft, state }, '2026-03-01')).toBe('quote-fixed')
    }
  })

  it('it is accepted on a day of its validity, also where that is noted later', () => {
    expect(acceptQuoteRefusal(issued, '2026-03-01', '2026-03-01')).toBeNull()
    expect(acceptQuoteRefusal(issued, '2026-03-10', '2026-03-20')).toBeNull()
    expect(acceptQuoteRefusal(issued, '2026-03-11', '2026-03-20')).toBe('quote-expired')
    expect(acceptQuoteRefusal(issued, '2026-03-06', '2026-03-05')).toBe('day-in-future')
    expect(acceptQuoteRefusal(issued, '2026-02-28', '2026-03-05')).toBe('quote-accepted-too-early')
    expect(acceptQuoteRefusal({ ...issued, reached: false }, '2026-03-05', '2026-03-05')).toBe('quote-not-sent')
    expect(acceptQuoteRefusal({ ...issued, state: 'rejected' }, '2026-03-05', '2026-03-05')).toBe('quote-not-open')
  })

  it('what the customer has is rejected or withdrawn, and gets a new version unless it was accepted', () => {
    expect(storedQuoteStates.filter((state) => endQuoteRefusal({ state }) === null)).toEqual(['issued'])
    expect(storedQuoteStates.filter((state) => reviseQuoteRefusal({ state }) === null)).toEqual([
      'issued',
      'rejected',
      'withdrawn',
    ])
  })
})

it('versions of a quote are named by number and version', () => {
  expect([quoteLabel(12, 1), quoteLabel(12, 2), quoteLabel(1234567, 11)]).toEqual(['000012', '000012-2', '1234567-11'])
})
