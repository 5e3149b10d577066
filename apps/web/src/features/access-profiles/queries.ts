import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type AccessProfile = EndpointOutput<Api['GET /api/v1/access-profiles']>['items'][number]
export type AccessProfileFilters = NonNullable<EndpointInput<Api['GET /api/v1/access-profiles']>['query']>
type NewAccessProfile = EndpointInput<Api['POST /api/v1/access-profiles']>['body']
type AccessProfileChange = EndpointInput<Api['PATCH /api/v1/access-profiles/:id']>['body']

const everything = ['access-profiles']

/** The access profiles under the filters, page by page. */
export function useAccessProfileList(filters: () => AccessProfileFilters) {
  return useKeysetList<AccessProfile>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/access-profiles', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The deeds of the feature. */
export function useAccessProfileActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)

  return {
    async create(body: NewAccessProfile): Promise<void> {
      await call('POST /api/v1/access-profiles', { body })
      await changed()
    },
    async change(profile: AccessProfile, change: Omit<AccessProfileChange, 'version'>): Promise<void> {
      await call('PATCH /api/v1/access-profiles/:id', {
        params: { id: profile.id },
        body: { ...change, version: profile.version },
      })
      await changed()
    },
    async remove(profile: AccessProfile): Promise<void> {
      await call('DELETE /api/v1/access-profiles/:id', { params: { id: profile.id } })
      await changed()
    },
  }
}
