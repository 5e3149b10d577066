import type { RefusalCode } from '../refusal.ts'

/** `discarded` has its reason and stays in the history; `closed` reached its aim (product.md section 6). */
export type FollowUpState = 'active' | 'discarded' | 'closed'

/** Only an active follow-up is closed (product.md section 6). */
export function closeRefusal(state: FollowUpState): RefusalCode | null {
  return state === 'active' ? null : 'follow-up-not-active'
}

/** Only an active follow-up is discarded (product.md section 6). */
export function discardRefusal(state: FollowUpState): RefusalCode | null {
  return state === 'active' ? null : 'follow-up-not-active'
}

/** Only what is discarded or closed is reopened; an active one was changed by somebody meanwhile (product.md section 6). */
export function reopenRefusal(state: FollowUpState): RefusalCode | null {
  return state === 'active' ? 'changed-meanwhile' : null
}

/** Only an active follow-up is changed; what is done is reopened first (product.md section 6). */
export function changeFollowUpRefusal(state: FollowUpState): RefusalCode | null {
  return state === 'active' ? null : 'follow-up-not-active'
}
