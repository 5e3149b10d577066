import type { RefusalCode } from '../refusal.ts'
import type { Viewer } from './access-scope.ts'

/** What a profile may allow beyond the level (product.md section 1), in the order in which the profile form shows them. */
export const permissions = [
  'company-settings',
  'manage-users',
  'manage-catalogues',
  'manage-customers',
  'change-agents',
  'manage-receivables',
  'manage-notice-rules',
  'manage-notice-settings',
  'see-notices',
  'review-notices',
  'delete-interactions',
  'delete-cases',
  'delete-quotes',
  'delete-opportunities',
  'import',
  'export',
  'manage-api-keys',
] as const

export type Permission = (typeof permissions)[number]

/** Whether the viewer's profile holds the permission. */
export function can(viewer: Pick<Viewer, 'permissions'>, permission: Permission): boolean {
  return viewer.permissions.includes(permission)
}

/** `not-allowed` when the permission is missing, else null. */
export function permissionRefusal(viewer: Pick<Viewer, 'permissions'>, permission: Permission): RefusalCode | null {
  return can(viewer, permission) ? null : 'not-allowed'
}

/** Only level 1, the administrator, deletes notes (source 000, product.md section 1); no permission changes that. */
export function deleteNoteRefusal(viewer: Pick<Viewer, 'level'>): RefusalCode | null {
  return viewer.level === 1 ? null : 'not-allowed'
}

/** Notes take their place from the author's department, so an author without one cannot record any (source 000). */
export function recordNoteRefusal(viewer: Pick<Viewer, 'departmentId'>): RefusalCode | null {
  return viewer.departmentId === null ? 'note-needs-department' : null
}
