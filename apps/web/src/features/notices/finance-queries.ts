import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import type { Entity } from '../../ui/EntitySelect.vue'
import type { Notice, NoticeFilters } from './queries.ts'

export type Selection = EndpointOutput<Api['GET /api/v1/notices/selection']>
export type NoticeContext = EndpointOutput<Api['GET /api/v1/notices/:id/context']>

const everything = ['notices']

type SelectionFilters = Omit<NoticeFilters, 'limit' | 'cursor' | 'sort'>

/** Everything under the filters of the queue, to decide on at once. */
export async function selectAll(filters: SelectionFilters) {
  const { total, items } = await call('GET /api/v1/notices/selection', { query: filters })
  return {
    total,
    notices: items.map(({ customer, ...rest }) => ({
      ...rest,
      customer: { id: '', code: '', externalId: null, name: customer },
    })),
  }
}

/** Who the customer of a notice is, for the person who decides. */
export function useNoticeContext(noticeId: () => string) {
  return useQuery(() => ({
    key: [...everything, 'context', noticeId()],
    query: ({ signal }) => call('GET /api/v1/notices/:id/context', { params: { id: noticeId() } }, { signal }),
    enabled: noticeId() !== '',
  }))
}

/** What came back about a notice. */
export function useNoticeAnswers(noticeId: () => string) {
  return useQuery(() => ({
    key: [...everything, 'answers', noticeId()],
    query: ({ signal }) => call('GET /api/v1/notices/:id/answers', { params: { id: noticeId() } }, { signal }),
    enabled: noticeId() !== '',
  }))
}

/** From whose account notices of customers without a collections agent leave. */
export function useStandIn() {
  return useQuery({
    key: [...everything, 'stand-in'],
    query: ({ signal }) => call('GET /api/v1/notices/stand-in', {}, { signal }),
    staleTime: 60_000,
  })
}

/** What waits for review, oldest day first, a working day's worth at a time. */
export function useReviewInbox() {
  return useQuery({
    key: [...everything, 'review'],
    query: ({ signal }) =>
      call('GET /api/v1/notices', { query: { state: 'held', reason: 'review', sort: 'planOn', limit: '200' } }, { signal }),
  })
}

/** People for the filter by agent. */
export async function findAgents(q: string): Promise<Entity[]> {
  const page = await call('GET /api/v1/users', { query: { q, limit: '20' } })
  return page.items.map((user) => ({ id: user.id, name: user.name }))
}

export function useAgentName(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'agent-name', id()],
    query: async ({ signal }) => (await call('GET /api/v1/users/:id', { params: { id: id() } }, { signal })).name,
    enabled: id() !== '',
  }))
}

export type ReviewNotice = Pick<Notice, 'id' | 'customer' | 'state'>
