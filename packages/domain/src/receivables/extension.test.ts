import { expect, test } from 'vitest'
import { dueOnAfterExtensions, extensionRefusal } from './extension.ts'

const ask = (over: object) =>
  extensionRefusal({ dueOn: '2026-03-10', newDueOn: '2026-03-20', today: '2026-03-02', balanceMinor: 1n, ...over })

test('an extension is later than the due date, not in the past, within a year, of what is still owed', () => {
  expect(ask({})).toBeNull()
  expect(ask({ newDueOn: '2026-03-10' })).toBe('extension-not-later')
  expect(ask({ dueOn: '2026-01-10', newDueOn: '2026-03-01' })).toBe('extension-past')
  expect(ask({ dueOn: '2026-01-10', newDueOn: '2026-03-02' })).toBeNull()
  expect(ask({ newDueOn: '2027-03-02' })).toBeNull()
  expect(ask({ newDueOn: '2027-03-03' })).toBe('extension-too-far')
  expect(ask({ balanceMinor: 0n })).toBe('receivable-settled')
})

test('a source that repeats the old due date leaves the extension; another day is a correction', () => {
  expect(dueOnAfterExtensions('2026-03-10', '2026-04-20', ['2026-03-10', '2026-03-20'])).toBe('2026-04-20')
  expect(dueOnAfterExtensions('2026-03-20', '2026-04-20', ['2026-03-10', '2026-03-20'])).toBe('2026-04-20')
  expect(dueOnAfterExtensions('2026-04-20', '2026-04-20', ['2026-03-10'])).toBe('2026-04-20')
  expect(dueOnAfterExtensions('2026-05-01', '2026-04-20', ['2026-03-10'])).toBe('2026-05-01')
  expect(dueOnAfterExtensions('2026-03-12', '2026-03-10', [])).toBe('2026-03-12')
})
