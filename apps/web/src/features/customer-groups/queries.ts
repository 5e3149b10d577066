import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'

export type CustomerGroup = EndpointOutput<Api['GET /api/v1/customer-groups']>['items'][number]
export type CustomerGroupFilters = NonNullable<EndpointInput<Api['GET /api/v1/customer-groups']>['query']>
type GroupChange = EndpointInput<Api['PATCH /api/v1/customer-groups/:id']>['body']

const everything = ['customer-groups']

export function useCustomerGroupList(filters: () => CustomerGroupFilters) {
  return useKeysetList<CustomerGroup>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/customer-groups', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useCustomerGroupActions() {
  const cache = useQueryCache()
  const changed = () => cache.invalidateQueries({ key: everything })

  return {
    async create(body: { name: string }): Promise<void> {
      await call('POST /api/v1/customer-groups', { body })
      await changed()
    },
    async change(group: CustomerGroup, change: Omit<GroupChange, 'version'>): Promise<void> {
      await call('PATCH /api/v1/customer-groups/:id', { params: { id: group.id }, body: { ...change, version: group.version } })
      await changed()
    },
    async remove(group: CustomerGroup): Promise<void> {
      await call('DELETE /api/v1/customer-groups/:id', { params: { id: group.id } })
      await changed()
    },
  }
}
