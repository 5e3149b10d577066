import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'

export type Branch = EndpointOutput<Api['GET /api/v1/branches']>['items'][number]
export type BranchFilters = NonNullable<EndpointInput<Api['GET /api/v1/branches']>['query']>
type NewBranch = EndpointInput<Api['POST /api/v1/branches']>['body']
type BranchChange = EndpointInput<Api['PATCH /api/v1/branches/:id']>['body']

/** All keys of a feature begin with its name, so that one word makes everything of it stale. */
const everything = ['branches']

/** The branches under the filters, page by page. */
export function useBranchList(filters: () => BranchFilters) {
  return useKeysetList<Branch>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/branches', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The deeds of the feature. Each makes its lists stale, so that every open screen shows what is true now. */
export function useBranchActions() {
  const cache = useQueryCache()
  const changed = () => cache.invalidateQueries({ key: everything })

  return {
    async create(body: NewBranch): Promise<void> {
      await call('POST /api/v1/branches', { body })
      await changed()
    },
    async change(branch: Branch, change: Omit<BranchChange, 'version'>): Promise<void> {
      await call('PATCH /api/v1/branches/:id', { params: { id: branch.id }, body: { ...change, version: branch.version } })
      await changed()
    },
    async remove(branch: Branch): Promise<void> {
      await call('DELETE /api/v1/branches/:id', { params: { id: branch.id } })
      await changed()
    },
  }
}
