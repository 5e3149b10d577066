import type { StateTone } from '../../ui/StateBadge.vue'
import type { Customer } from './queries.ts'

export const statusTones: Record<Customer['status'], StateTone> = {
  active: 'success',
  inactive: 'neutral',
  restricted: 'warning',
  suspended: 'error',
}
export const statuses = ['active', 'inactive', 'restricted', 'suspended'] as const
