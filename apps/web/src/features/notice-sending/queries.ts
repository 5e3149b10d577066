import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery, useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'

type NoticeSending = EndpointOutput<Api['GET /api/v1/notice-sending']>
export type SendingWorker = NoticeSending['workers'][number]

const key = ['notice-sending']

export function useNoticeSending(enabled: () => boolean) {
  return useQuery(() => ({
    key,
    query: ({ signal }) => call('GET /api/v1/notice-sending', {}, { signal }),
    enabled: enabled(),
    staleTime: 30_000,
  }))
}

export function useConfirmSending() {
  const cache = useQueryCache()
  return async (epoch: string) => {
    const answer = await call('POST /api/v1/notice-sending/confirmations', { body: { epoch } })
    // Its worker says by itself that it sends, within seconds.
    cache.setQueryData(key, { ...answer, workers: [] })
  }
}
