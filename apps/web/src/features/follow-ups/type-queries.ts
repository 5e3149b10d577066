import type { Api } from '@cartera/contract/api'
import type { EndpointInput } from '@cartera/contract/endpoint'
import { useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import type { FollowUpType } from './queries.ts'

export type FollowUpTypeFilters = NonNullable<EndpointInput<Api['GET /api/v1/follow-up-types']>['query']>
const everything = ['follow-up-types']

/** The types of follow-ups under the filters, page by page. */
export function useFollowUpTypeList(filters: () => FollowUpTypeFilters) {
  return useKeysetList<FollowUpType>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/follow-up-types', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useFollowUpTypeActions() {
  const cache = useQueryCache()
  const changed = () => cache.invalidateQueries({ key: everything })
  return {
    async create(body: { name: string }): Promise<void> {
      await call('POST /api/v1/follow-up-types', { body })
      await changed()
    },
    async change(type: FollowUpType, change: { name?: string; active?: boolean }): Promise<void> {
      await call('PATCH /api/v1/follow-up-types/:id', { params: { id: type.id }, body: { ...change, version: type.version } })
      await changed()
    },
    async remove(type: FollowUpType): Promise<void> {
      await call('DELETE /api/v1/follow-up-types/:id', { params: { id: type.id } })
      await changed()
    },
  }
}
