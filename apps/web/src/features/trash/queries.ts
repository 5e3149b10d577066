import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Trashed = EndpointOutput<Api['GET /api/v1/trash']>['items'][number]
export type TrashKind = Trashed['kind']
export type TrashFilters = NonNullable<EndpointInput<Api['GET /api/v1/trash']>['query']>

export function useTrash(filters: () => TrashFilters) {
  return useKeysetList<Trashed>(() => {
    const query = filters()
    return {
      key: ['trash', 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/trash', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export const findPeople = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/follow-up-owners', { query: { q, limit: '20' } })).items

export async function findPerson(id: string): Promise<Entity | undefined> {
  let cursor: string | undefined
  do {
    const page: { items: Entity[]; nextCursor: string | null } = await call('GET /api/v1/follow-up-owners', {
      query: { limit: '200', cursor },
    })
    const found = page.items.find((each) => each.id === id)
    if (found) return found
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return undefined
}

/** The queries in which a restored record stands again, by the first word of their keys. */
const shownIn: Record<TrashKind, string> = {
  customer: 'customers',
  contact: 'contacts',
  note: 'notes',
  interaction: 'interactions',
  case: 'cases',
  file: 'files',
  interest: 'interests',
  renewal: 'renewals',
  opportunity: 'opportunities',
  quote: 'quotes',
}

export function useRestore() {
  const refresh = useRefresh()
  return async ({ kind, id }: Trashed): Promise<void> => {
    try {
      await call('POST /api/v1/trash/:kind/:id/restorations', { params: { kind, id } })
    } finally {
      // Also when it was refused: somebody else may have restored it meanwhile.
      await refresh(['trash'], [shownIn[kind]], ['timeline'])
    }
  }
}
