import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'

export type TimelineEntry = EndpointOutput<Api['GET /api/v1/customers/:id/timeline']>['items'][number]
export type TimelineKind = TimelineEntry['kind']

export function useTimeline(customerId: () => string, kind: () => TimelineKind | '') {
  return useKeysetList<TimelineEntry>(() => {
    const only = kind()
    return {
      key: ['timeline', customerId(), only],
      load: (cursor, signal) =>
        call(
          'GET /api/v1/customers/:id/timeline',
          { params: { id: customerId() }, query: { cursor, ...(only === '' ? {} : { kind: only }) } },
          { signal },
        ),
    }
  })
}
