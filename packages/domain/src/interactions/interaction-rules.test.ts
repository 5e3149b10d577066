import { expect, test } from 'vitest'
import {
  answersCustomer,
  changeInteractionRefusal,
  closeInteractionRefusal,
  deleteInteractionRefusal,
  entryKinds,
  isPublishable,
  mailEntryRefusal,
  reopenInteractionRefusal,
  restoreInteractionRefusal,
} from './interaction-rules.ts'

test('an internal entry is neither published nor mailed; the others are', () => {
  expect(entryKinds.map((kind) => [kind, isPublishable(kind), mailEntryRefusal(kind)])).toEqual([
    ['internal', false, 'entry-internal'],
    ['incoming', true, null],
    ['outgoing', true, null],
  ])
})

test('only what we say to the customer answers their message', () => {
  expect(entryKinds.filter(answersCustomer)).toEqual(['outgoing'])
})

test('an open interaction is changed and closed, a closed one only reopened', () => {
  expect([changeInteractionRefusal('open'), closeInteractionRefusal('open'), reopenInteractionRefusal('open')]).toEqual([
    null,
    null,
    'changed-meanwhile',
  ])
  expect([changeInteractionRefusal('closed'), closeInteractionRefusal('closed'), reopenInteractionRefusal('closed')]).toEqual([
    'interaction-closed',
    'interaction-closed',
    null,
  ])
})

test('deleting needs its permission whatever the level, restoring needs level 1 whatever the permissions', () => {
  expect(deleteInteractionRefusal({ permissions: ['delete-interactions'] })).toBeNull()
  expect(deleteInteractionRefusal({ permissions: ['export'] })).toBe('not-allowed')
  expect(([1, 2, 3, 4] as const).map((level) => restoreInteractionRefusal({ level }))).toEqual([
    null,
    'not-allowed',
    'not-allowed',
    'not-allowed',
  ])
})
