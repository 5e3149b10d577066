import type { AccessLevel } from '../access/access-scope.ts'
import { type Permission, permissionRefusal } from '../access/permissions.ts'
import type { RefusalCode } from '../refusal.ts'

/** internal never leaves the house; incoming: what the customer said; outgoing: what they were answered (product.md section 5). */
export const entryKinds = ['internal', 'incoming', 'outgoing'] as const
export type EntryKind = (typeof entryKinds)[number]

export type InteractionState = 'open' | 'closed'

/** Whether an entry may be seen outside the house: on the portal and in mails. Everything but what is internal (product.md section 5). */
export function isPublishable(kind: EntryKind): boolean {
  return kind !== 'internal'
}

/** An internal entry is never mailed to the customer, whoever asks (product.md section 5). */
export function mailEntryRefusal(kind: EntryKind): RefusalCode | null {
  return isPublishable(kind) ? null : 'entry-internal'
}

/** Only what we say to the customer answers their message; a note among ourselves does not. */
export function answersCustomer(kind: EntryKind): boolean {
  return kind === 'outgoing'
}

/** Only an open interaction is closed; what was closed meanwhile stands closed. */
export function closeInteractionRefusal(state: InteractionState): RefusalCode | null {
  return state === 'open' ? null : 'interaction-closed'
}

/** Only a closed one is reopened; an open one was changed by somebody meanwhile. */
export function reopenInteractionRefusal(state: InteractionState): RefusalCode | null {
  return state === 'closed' ? null : 'changed-meanwhile'
}

/** Facts and conversation go on while it is open; a closed one is reopened first. */
export function changeInteractionRefusal(state: InteractionState): RefusalCode | null {
  return state === 'open' ? null : 'interaction-closed'
}

/** Deleting needs its permission, and no state prevents it (product.md section 5). */
export function deleteInteractionRefusal(viewer: { permissions: readonly Permission[] }): RefusalCode | null {
  return permissionRefusal(viewer, 'delete-interactions')
}

/** Only level 1 reads and restores what was deleted (product.md section 1). */
export function restoreInteractionRefusal(viewer: { level: AccessLevel }): RefusalCode | null {
  return viewer.level === 1 ? null : 'not-allowed'
}
