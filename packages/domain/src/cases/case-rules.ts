import type { AccessLevel } from '../access/access-scope.ts'
import { type Permission, permissionRefusal } from '../access/permissions.ts'
import { type CustomerStatus, newFollowUpRefusal } from '../customers/customer-status.ts'
import type { RefusalCode } from '../refusal.ts'

/** Where a case stands while something is left to do in it, from nobody's hands to the customer's turn. */
export const openCaseStates = ['new', 'in-progress', 'waiting'] as const
/** A resolved case has ended: there is no other end than a resolution, so none ends without an answer (product.md section 9). */
export const caseStates = [...openCaseStates, 'resolved'] as const
export type CaseState = (typeof caseStates)[number]

/** People open no new cases for a customer with whom one does not work any more, as they open no follow-ups; standing ones go on. */
export const newCaseRefusal = (status: CustomerStatus): RefusalCode | null => newFollowUpRefusal(status)

/** Facts, owner and state change, and it is resolved, while it is open; a resolved one stands as it was answered until it is reopened. */
export const changeCaseRefusal = (state: CaseState): RefusalCode | null => (state === 'resolved' ? 'case-resolved' : null)

/** Only a resolved one is reopened; an open one was changed by somebody meanwhile. */
export const reopenCaseRefusal = (state: CaseState): RefusalCode | null => (state === 'resolved' ? null : 'changed-meanwhile')

/** Whoever takes a new case over has begun with it; a waiting one still waits. */
export const stateTakenOver = (state: CaseState): CaseState => (state === 'new' ? 'in-progress' : state)

/** Deleting needs its permission, and no state prevents it. */
export const deleteCaseRefusal = (viewer: { permissions: readonly Permission[] }): RefusalCode | null =>
  permissionRefusal(viewer, 'delete-cases')

/** Only level 1 reads and restores what was deleted (product.md section 1). */
export const restoreCaseRefusal = (viewer: { level: AccessLevel }): RefusalCode | null =>
  viewer.level === 1 ? null : 'not-allowed'
