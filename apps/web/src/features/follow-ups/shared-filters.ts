import type { WritableComputedRef } from 'vue'
import type { FollowUpFilters } from './queries.ts'

/** The filters that the list and the agenda have in common, as they stand in the address; empty is no filter. */
export const sharedFilters = {
  q: '',
  state: '',
  owner: '',
  branch: '',
  department: '',
  type: '',
  situation: '',
  priority: '',
  channel: '',
}
export type SharedFilters = Record<keyof typeof sharedFilters, WritableComputedRef<string>>

/** What the API is asked for them; without a state it answers with the active ones. */
export function askedFor({
  q,
  state,
  owner,
  branch,
  department,
  type,
  situation,
  priority,
  channel,
}: SharedFilters): FollowUpFilters {
  return {
    ...(q.value ? { q: q.value } : {}),
    ...(state.value ? { state: state.value } : {}),
    ...(owner.value === 'mine' ? { mine: 'true' } : owner.value ? { ownerId: owner.value } : {}),
    ...(branch.value ? { branchId: branch.value } : {}),
    ...(department.value ? { departmentId: department.value } : {}),
    ...(type.value ? { typeId: type.value } : {}),
    ...(situation.value ? { situationId: situation.value } : {}),
    ...(priority.value ? { priority: priority.value } : {}),
    ...(channel.value ? { channel: channel.value } : {}),
  } as FollowUpFilters
}
