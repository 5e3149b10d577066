import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Renewal = EndpointOutput<Api['GET /api/v1/renewals']>['items'][number]
export type RenewalFilters = NonNullable<EndpointInput<Api['GET /api/v1/renewals']>['query']>
export type NewRenewal = EndpointInput<Api['POST /api/v1/renewals']>['body']

const everything = ['renewals']

export function useRenewals(filters: () => RenewalFilters) {
  return useKeysetList<Renewal>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/renewals', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export const findProducts = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/products', { query: { q, active: 'true', limit: '20' } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export const findOwners = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/agents', { query: { q } })).items.map(({ id, name, branch }) => ({
    id,
    name,
    detail: branch.name,
  }))

export function useRenewalActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything, ['timeline'], ['follow-ups'])
  type Known = Pick<Renewal, 'id' | 'version'>
  return {
    changed,
    async create(body: NewRenewal): Promise<void> {
      await call('POST /api/v1/renewals', { body })
      await changed()
    },
    async change({ id, version }: Known, fields: Omit<NewRenewal, 'customerId'>): Promise<void> {
      await call('PATCH /api/v1/renewals/:id', { params: { id }, body: { ...fields, version } })
      await changed()
    },
    async renew({ id, version }: Known, fields: { purchasedOn?: string; nextOn?: string }): Promise<void> {
      await call('POST /api/v1/renewals/:id/purchases', { params: { id }, body: { ...fields, version } })
      await changed()
    },
    async end({ id, version }: Known, reason: string): Promise<void> {
      await call('POST /api/v1/renewals/:id/endings', { params: { id }, body: { reason, version } })
      await changed()
    },
    async reopen({ id, version }: Known): Promise<void> {
      await call('POST /api/v1/renewals/:id/reopenings', { params: { id }, body: { version } })
      await changed()
    },
    async remove(id: string): Promise<void> {
      await call('DELETE /api/v1/renewals/:id', { params: { id } })
      await changed()
    },
    async restore(id: string): Promise<void> {
      await call('POST /api/v1/renewals/:id/restorations', { params: { id } })
      await changed()
    },
  }
}
