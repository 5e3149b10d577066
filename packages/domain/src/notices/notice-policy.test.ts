import { expect, test } from 'vitest'
import { readyContactPolicies } from './contact-policy.ts'
import { type NoticePolicyInput, noticePolicyBounds, noticePolicyFaults } from './notice-policy.ts'

const sound: NoticePolicyInput = {
  catchUpDays: 3,
  intervalDays: 0,
  freshnessHours: null,
  promiseGraceDays: 1,
  domainHourlyCap: null,
  sendFrom: '00:00',
  sendUntil: '24:00',
  amounts: [{ currency: 'USD', tolerance: '0.50', least: '5' }],
  contactPolicy: null,
}
const faultsOf = (change: Partial<NoticePolicyInput>) =>
  noticePolicyFaults({ ...sound, ...change }).map((each) => [each.field, each.code])

test('a policy with every bound reached is sound', () => {
  expect(faultsOf({})).toEqual([])
  for (const [field, { min, max }] of Object.entries(noticePolicyBounds)) {
    expect(faultsOf({ [field]: min })).toEqual([])
    expect(faultsOf({ [field]: max })).toEqual([])
  }
  for (const contactPolicy of Object.values(readyContactPolicies)) expect(faultsOf({ contactPolicy })).toEqual([])
})

test('every number beyond its bounds is refused at its field, and none where a limit must be', () => {
  for (const [field, { min, max, optional }] of Object.entries(noticePolicyBounds)) {
    for (const value of [min - 1, max + 1, -1e9, 1e9, 0.5, Number.NaN])
      expect(faultsOf({ [field]: value })).toEqual([[field, 'number-out-of-range']])
    expect(faultsOf({ [field]: null })).toEqual(optional ? [] : [[field, 'number-out-of-range']])
  }
})

test('notices leave within hours that begin before they end', () => {
  expect(faultsOf({ sendFrom: '09:00', sendUntil: '09:00' })).toEqual([['sendUntil', 'hours-not-in-order']])
  expect(faultsOf({ sendFrom: '18:00', sendUntil: '08:00' })).toEqual([['sendUntil', 'hours-not-in-order']])
})

test('amounts are of a known currency, each once, with its decimals and not below zero', () => {
  const amounts = (...list: [string, string, string][]) => ({
    amounts: list.map(([currency, tolerance, least]) => ({ currency, tolerance, least })),
  })
  expect(faultsOf(amounts(['USD', '1', '1'], ['USD', '2', '2']))).toEqual([['amounts.1.currency', 'duplicate-in-request']])
  expect(faultsOf(amounts(['USD', '0.001', '1']))).toEqual([['amounts.0.tolerance', 'amount-too-precise']])
  expect(faultsOf(amounts(['USD', '1', '-1']))).toEqual([['amounts.0.least', 'amount-invalid']])
  expect(faultsOf(amounts(['XQX', '1', '1']))).toEqual([['amounts.0.currency', 'currency-unknown']])
})

test('what is wrong with the contact policy is said at its field', () => {
  const contactPolicy = { ...readyContactPolicies.b2b, hours: [], mostPerDay: 0 }
  expect(faultsOf({ contactPolicy })).toEqual([
    ['contactPolicy.hours', 'contact-hours-missing'],
    ['contactPolicy.mostPerDay', 'contact-limit-out-of-range'],
  ])
})
