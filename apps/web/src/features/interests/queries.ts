import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Interest = EndpointOutput<Api['GET /api/v1/interests']>['items'][number]
export type InterestFilters = NonNullable<EndpointInput<Api['GET /api/v1/interests']>['query']>
type NewInterest = EndpointInput<Api['POST /api/v1/interests']>['body']

const everything = ['interests']

export function useInterests(filters: () => InterestFilters) {
  return useKeysetList<Interest>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/interests', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export const findProducts = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/products', { query: { q, active: 'true', limit: '20' } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export const findContacts = async (customerId: string, q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/:id/contacts', { params: { id: customerId }, query: { q, limit: '20' } })).items.map(
    ({ id, name, position }) => ({ id, name, ...(position ? { detail: position } : {}) }),
  )

export function useInterestActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything, ['timeline'])
  return {
    changed,
    async create(body: NewInterest): Promise<void> {
      await call('POST /api/v1/interests', { body })
      await changed()
    },
    async change(interest: Pick<Interest, 'id' | 'version'>, body: Omit<NewInterest, 'customerId'>): Promise<void> {
      await call('PATCH /api/v1/interests/:id', { params: { id: interest.id }, body: { ...body, version: interest.version } })
      await changed()
    },
    async remove(id: string): Promise<void> {
      await call('DELETE /api/v1/interests/:id', { params: { id } })
      await changed()
    },
    async restore(id: string): Promise<void> {
      await call('POST /api/v1/interests/:id/restorations', { params: { id } })
      await changed()
    },
  }
}
