import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'

export type AuditEntry = EndpointOutput<Api['GET /api/v1/audit']>['items'][number]
export type AuditFilters = NonNullable<EndpointInput<Api['GET /api/v1/audit']>['query']>

const everything = ['audit']

/** The audit entries under the filters, page by page. */
export function useAuditList(filters: () => AuditFilters) {
  return useKeysetList<AuditEntry>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/audit', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** Who can be filtered by. */
export function useActors() {
  return useQuery({
    key: [...everything, 'actors'],
    query: async ({ signal }) =>
      (await call('GET /api/v1/users', { query: { limit: 200 } }, { signal })).items.map(({ id, name }) => ({
        value: id,
        label: name,
      })),
  }).data
}
