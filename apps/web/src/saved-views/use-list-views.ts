import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { computed, ref, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'
import { call } from '../api/client.ts'
import { useRefresh } from '../api/use-refresh.ts'

export type SavedView = EndpointOutput<Api['GET /api/v1/saved-views']>['items'][number]
type ViewedList = NonNullable<EndpointInput<Api['POST /api/v1/saved-views']>['body']>['list']
type Density = SavedView['density']
interface Look {
  columns: readonly string[] | null
  density: Density
}

const standard: Look = { columns: null, density: 'comfortable' }
const isLook = (value: unknown): value is Look =>
  typeof value === 'object' &&
  value !== null &&
  'columns' in value &&
  (value.columns === null || (Array.isArray(value.columns) && value.columns.every((one) => typeof one === 'string'))) &&
  'density' in value &&
  (value.density === 'comfortable' || value.density === 'compact')

/** The look that was last chosen in this browser without saving it. */
function remembered(key: string): Look {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
    return isLook(kept) ? kept : standard
  } catch {
    return standard
  }
}

/**
 * How a list is looked at: columns and density, and the views under which filters, order and look are kept. The address says which view is
 * open (`view`), so that a link and reloading show the same; a list that is opened without filters opens as the person chose, or as
 * everybody does.
 */
export function useListViews(list: ViewedList) {
  const route = useRoute()
  const router = useRouter()
  const refresh = useRefresh()
  const everything = ['saved-views', list]
  const storageKey = `cartera:list:${list}`
  const query = useQuery(() => ({
    key: everything,
    query: ({ signal }) => call('GET /api/v1/saved-views', { query: { list } }, { signal }),
  }))
  const views = computed(() => query.data.value?.items ?? [])
  const current = computed(() => views.value.find((view) => view.id === route.query.view) ?? null)

  const look = ref<Look>(remembered(storageKey))
  watch(
    current,
    (now) => {
      if (now) look.value = { columns: now.columns, density: now.density }
    },
    { immediate: true },
  )
  function setLook(next: Partial<Look>): void {
    look.value = { ...look.value, ...next }
    try {
      localStorage.setItem(storageKey, JSON.stringify(look.value))
    } catch {
      // Without a store the choice holds until the page is left.
    }
  }

  /** Filters and order as the address says them, without the view itself. */
  const addressed = computed(() => {
    const said = new URLSearchParams()
    for (const [name, value] of Object.entries(route.query).sort(([a], [b]) => (a < b ? -1 : 1)))
      if (name !== 'view' && typeof value === 'string' && value !== '') said.set(name, value)
    return said.toString()
  })
  const sorted = (text: string) => {
    const said = new URLSearchParams(text)
    said.sort()
    return said.toString()
  }
  /** The open view is shown otherwise than it was saved. */
  const differs = computed(
    () =>
      current.value !== null &&
      (sorted(current.value.query) !== addressed.value ||
        JSON.stringify(current.value.columns) !== JSON.stringify(look.value.columns) ||
        current.value.density !== look.value.density),
  )

  async function show(view: SavedView | null): Promise<void> {
    const next = view ? { ...Object.fromEntries(new URLSearchParams(view.query)), view: view.id } : {}
    await router.replace({ query: next })
    look.value = view ? { columns: view.columns, density: view.density } : remembered(storageKey)
  }

  // Only on the way in: whoever clears the filters later means the whole list.
  const opensPlain = Object.keys(route.query).length === 0
  const stop = watch(
    () => query.data.value,
    (data) => {
      if (!data) return
      queueMicrotask(() => stop())
      const view = data.items.find((one) => one.id === data.defaultViewId)
      if (opensPlain && view && Object.keys(route.query).length === 0) void show(view)
    },
    { immediate: true },
  )

  const changed = () => refresh(everything)
  return {
    views,
    current,
    differs,
    defaultViewId: computed(() => query.data.value?.defaultViewId ?? null),
    columns: computed({ get: () => look.value.columns, set: (columns) => setLook({ columns }) }),
    density: computed({ get: () => look.value.density, set: (density) => setLook({ density }) }),
    show,
    async create(name: string, shared: boolean): Promise<void> {
      const { columns, density } = look.value
      const body = { list, name, shared, query: addressed.value, columns: columns === null ? null : [...columns], density }
      const made = await call('POST /api/v1/saved-views', { body })
      await changed()
      await show(made)
    },
    /** Saves the open view as the list is shown now. */
    async keep(view: SavedView): Promise<void> {
      const { columns, density } = look.value
      const body = { query: addressed.value, columns: columns === null ? null : [...columns], density, version: view.version }
      await call('PATCH /api/v1/saved-views/:id', { params: { id: view.id }, body })
      await changed()
    },
    async change(view: SavedView, body: { name?: string; shared?: boolean; forEverybody?: boolean }): Promise<void> {
      await call('PATCH /api/v1/saved-views/:id', { params: { id: view.id }, body: { ...body, version: view.version } })
      await changed()
    },
    async remove(view: SavedView): Promise<void> {
      await call('DELETE /api/v1/saved-views/:id', { params: { id: view.id } })
      if (route.query.view === view.id) await show(null)
      await changed()
    },
    /** The list opens for this person with the view; null: as it is. */
    async openWith(view: SavedView | null): Promise<void> {
      await call('PUT /api/v1/saved-views/default', { body: { list, viewId: view?.id ?? null } })
      await changed()
    },
  }
}
export type ListViews = ReturnType<typeof useListViews>
