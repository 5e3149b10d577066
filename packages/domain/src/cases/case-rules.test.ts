import { describe, expect, test } from 'vitest'
import {
  caseStates,
  changeCaseRefusal,
  deleteCaseRefusal,
  newCaseRefusal,
  openCaseStates,
  reopenCaseRefusal,
  restoreCaseRefusal,
  stateTakenOver,
} from './case-rules.ts'

describe('a case', () => {
  test('changes and is resolved while it is open, and is reopened only once it is resolved', () => {
    for (const state of openCaseStates) {
      expect(changeCaseRefusal(state)).toBeNull()
      expect(reopenCaseRefusal(state)).toBe('changed-meanwhile')
    }
    expect(changeCaseRefusal('resolved')).toBe('case-resolved')
    expect(reopenCaseRefusal('resolved')).toBeNull()
  })

  test('is begun by who takes it over while it is new, and waits on while it waits', () => {
    expect(caseStates.map(stateTakenOver)).toEqual(['in-progress', 'in-progress', 'waiting', 'resolved'])
  })

  test('is not opened for an inactive customer', () => {
    expect(newCaseRefusal('suspended')).toBeNull()
    expect(newCaseRefusal('inactive')).toBe('customer-inactive')
  })

  test('is deleted with the permission alone, and restored by level 1 alone', () => {
    expect(deleteCaseRefusal({ permissions: ['delete-cases'] })).toBeNull()
    expect(deleteCaseRefusal({ permissions: ['delete-interactions'] })).toBe('not-allowed')
    expect(restoreCaseRefusal({ level: 1 })).toBeNull()
    expect(restoreCaseRefusal({ level: 2 })).toBe('not-allowed')
  })
})
