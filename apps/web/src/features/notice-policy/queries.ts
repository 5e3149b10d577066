import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery, useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type NoticePolicy = EndpointOutput<Api['GET /api/v1/notice-policy']>
export type ContactPolicy = NonNullable<NoticePolicy['contactPolicy']>

const everything = ['notice-policy']

export function useNoticePolicy() {
  return useQuery({
    key: [...everything, 'one'],
    query: ({ signal }) => call('GET /api/v1/notice-policy', {}, { signal }),
  })
}

export function useNoticePolicyActions() {
  const cache = useQueryCache()
  const refresh = useRefresh()
  return {
    async change(body: NoticePolicy): Promise<NoticePolicy> {
      const answer = await call('PUT /api/v1/notice-policy', { body })
      cache.setQueryData([...everything, 'one'], answer)
      // What leaves and what does not is another matter under another policy; company and defaults share its version.
      void refresh(['notices'], ['company'])
      return answer
    },
  }
}
