import type { SightEntity } from '@cartera/contract/sight'
import { shallowReadonly, shallowRef } from 'vue'

/** Of which record it is told why one sees it. */
const asked = shallowRef<{ entity: SightEntity; id: string } | null>(null)
export const askedSight = shallowReadonly(asked)

/** Tells by which rule the person sees a record, and, to who sees more than their own, who else does. */
export function openSight(entity: SightEntity, id: string): void {
  asked.value = { entity, id }
}
export function closeSight(): void {
  asked.value = null
}
