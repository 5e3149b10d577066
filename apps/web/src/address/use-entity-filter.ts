import { computed, type Ref, shallowRef, watch } from 'vue'
import type { Entity } from '../ui/EntitySelect.vue'

/** A filter by a record: the address keeps its id, the name is looked up when the page is opened by a link. */
export function useEntityFilter(id: Ref<string>, find: (id: string) => Promise<Entity | undefined>, unknown: () => string) {
  const chosen = shallowRef<Entity | null>(null)
  watch(
    id,
    async (now) => {
      if (now === '') chosen.value = null
      else if (chosen.value?.id !== now) {
        const found = await find(now).catch(() => undefined)
        if (id.value === now) chosen.value = found ?? { id: now, name: unknown() }
      }
    },
    { immediate: true },
  )
  return computed({
    get: () => chosen.value,
    set(value: Entity | null) {
      chosen.value = value
      id.value = value?.id ?? ''
    },
  })
}

/** Finds a record where one search answers them all. */
export const among = (search: (q: string) => Promise<Entity[]>) => async (id: string) =>
  (await search('')).find((one) => one.id === id)
