import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery, useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type NoticeRule = EndpointOutput<Api['GET /api/v1/notice-rules']>['items'][number]
export type NewNoticeRule = EndpointInput<Api['POST /api/v1/notice-rules']>['body']
export type NoticeDefaults = EndpointOutput<Api['GET /api/v1/notice-defaults']>
export type CustomerNoticeSettings = EndpointOutput<Api['GET /api/v1/customers/:id/notice-settings']>
export type OwnSettingsInput = Omit<EndpointInput<Api['PUT /api/v1/customers/:id/notice-settings']>['body'], 'version'>
export type Application = EndpointInput<Api['POST /api/v1/notice-settings/applications']>['body']
export type ApplicationAnswer = EndpointOutput<Api['POST /api/v1/notice-settings/applications']>
export type PreviewInput = EndpointInput<Api['POST /api/v1/notice-previews']>['body']
export type Preview = EndpointOutput<Api['POST /api/v1/notice-previews']>
export type PlanPage = EndpointOutput<Api['GET /api/v1/notices/plan-messages']>
export type PlannedNotice = PlanPage['items'][number] & { id: string }
export type PlanFilters = Omit<NonNullable<EndpointInput<Api['GET /api/v1/notices/plan-messages']>['query']>, 'on'> & {
  on: string
}
export type Simulation = EndpointOutput<Api['GET /api/v1/notices/simulation']>
export type SimulatedDay = Simulation['days'][number]
export type Explanation = EndpointOutput<Api['GET /api/v1/receivables/:id/notice-explanation']>
export type Notice = EndpointOutput<Api['GET /api/v1/notices']>['items'][number]
export type NoticeDetail = EndpointOutput<Api['GET /api/v1/notices/:id']>
export type NoticeFilters = NonNullable<EndpointInput<Api['GET /api/v1/notices']>['query']>
export type NoticeSummary = EndpointOutput<Api['GET /api/v1/notices/summary']>
export type SummaryFilters = NonNullable<EndpointInput<Api['GET /api/v1/notices/summary']>['query']>
export type BulkAnswer = EndpointOutput<Api['POST /api/v1/notices/releases']>

/** What finance can do with notices of the queue. */
export type BulkDeed = 'release' | 'cancel' | 'retry' | 'mark-sent' | 'send-again'

const everything = ['notices']

/** The whole catalogue: it is short, and the pickers need all of it. */
export function useNoticeRules() {
  return useQuery({
    key: [...everything, 'rules'],
    query: async ({ signal }) => {
      const rules: NoticeRule[] = []
      let cursor: string | undefined
      do {
        const page = await call('GET /api/v1/notice-rules', { query: { sort: 'days', limit: '200', cursor } }, { signal })
        rules.push(...page.items)
        cursor = page.nextCursor ?? undefined
      } while (cursor)
      return rules
    },
  })
}

export function useRuleActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)
  return {
    async create(body: NewNoticeRule): Promise<void> {
      await call('POST /api/v1/notice-rules', { body })
      await changed()
    },
    async change(rule: NoticeRule, change: Omit<NewNoticeRule, 'kind'>): Promise<void> {
      await call('PATCH /api/v1/notice-rules/:id', { params: { id: rule.id }, body: { ...change, version: rule.version } })
      await changed()
    },
    async remove(rule: NoticeRule): Promise<void> {
      await call('DELETE /api/v1/notice-rules/:id', { params: { id: rule.id } })
      await changed()
    },
    async retire(rule: NoticeRule): Promise<void> {
      await call('PUT /api/v1/notice-rules/:id/retirement', { params: { id: rule.id } })
      await changed()
    },
    async reinstate(rule: NoticeRule): Promise<void> {
      await call('DELETE /api/v1/notice-rules/:id/retirement', { params: { id: rule.id } })
      await changed()
    },
  }
}

export function useNoticeDefaults() {
  return useQuery({
    key: [...everything, 'defaults'],
    query: ({ signal }) => call('GET /api/v1/notice-defaults', {}, { signal }),
  })
}

export function useCustomerNoticeSettings(customerId: () => string) {
  return useQuery(() => ({
    key: [...everything, 'settings', customerId()],
    query: ({ signal }) => call('GET /api/v1/customers/:id/notice-settings', { params: { id: customerId() } }, { signal }),
  }))
}

/** The contacts that are marked to receive notices, whether or not the customer's settings use them now. */
export function useMarkedContacts(customerId: () => string) {
  return useQuery(() => ({
    key: [...everything, 'marked-contacts', customerId()],
    query: async ({ signal }) => {
      const page = await call(
        'GET /api/v1/customers/:id/contacts',
        { params: { id: customerId() }, query: { limit: '200' } },
        { signal },
      )
      return page.items.filter((contact) => contact.receivesNotices)
    },
  }))
}

export function useSettingsActions() {
  const cache = useQueryCache()
  const refresh = useRefresh()
  const changed = () => refresh(everything)
  return {
    async changeDefaults(body: NoticeDefaults): Promise<NoticeDefaults> {
      const answer = await call('PUT /api/v1/notice-defaults', { body })
      cache.setQueryData([...everything, 'defaults'], answer)
      void changed()
      return answer
    },
    async changeSettings(customerId: string, own: OwnSettingsInput, version: number): Promise<CustomerNoticeSettings> {
      const answer = await call('PUT /api/v1/customers/:id/notice-settings', {
        params: { id: customerId },
        body: { ...own, version },
      })
      cache.setQueryData([...everything, 'settings', customerId], answer)
      void changed()
      return answer
    },
    async apply(body: Application): Promise<ApplicationAnswer> {
      const answer = await call('POST /api/v1/notice-settings/applications', { body })
      if (!body.dryRun) await changed()
      return answer
    },
  }
}

/** The notice as the customer would get it; without a customer, as a made-up one would. */
export function loadPreview(customerId: string | null, body: PreviewInput, signal: AbortSignal): Promise<Preview> {
  return customerId
    ? call(
        'POST /api/v1/customers/:id/notice-previews',
        { params: { id: customerId }, body: { kind: body.kind, subject: body.subject, body: body.body } },
        { signal },
      )
    : call('POST /api/v1/notice-previews', { body }, { signal })
}

export function sendTest(customerId: string, body: Omit<PreviewInput, 'language'>) {
  return call('POST /api/v1/customers/:id/notice-tests', { params: { id: customerId }, body })
}

export function useSimulation(from: () => string, days: number) {
  return useQuery(() => ({
    key: [...everything, 'simulation', from(), days],
    query: ({ signal }) => call('GET /api/v1/notices/simulation', { query: { from: from(), days: String(days) } }, { signal }),
    staleTime: 60_000,
  }))
}

export type PlanDay = Omit<PlanPage, 'items' | 'nextCursor'>
const dayKey = (on: string) => [...everything, 'plan-day', on]

/** A day's planned messages page by page, and `day`: what holds for the whole day, which every page brings along. */
export function usePlan(filters: () => PlanFilters) {
  const cache = useQueryCache()
  const dayOf = ({ items: _items, nextCursor: _next, ...ofDay }: PlanPage): PlanDay => ofDay

  const list = useKeysetList<PlannedNotice>(() => {
    const query = filters()
    return {
      key: [...everything, 'plan', query],
      load: async (cursor, signal) => {
        const page = await call('GET /api/v1/notices/plan-messages', { query: { ...query, cursor } }, { signal })
        cache.setQueryData(dayKey(query.on), dayOf(page))
        return {
          // A message of a plan has no identity yet; customer, kind, state and reason are it.
          items: page.items.map((item, index) => ({
            ...item,
            id: [item.customer.id, item.kind, item.state, item.reason ?? '', cursor ?? '', index].join('/'),
          })),
          nextCursor: page.nextCursor,
        }
      },
    }
  })
  // Filled by the list's own requests: a plan is dear to compute, so it is not asked for twice.
  const day = useQuery(() => {
    const { on } = filters()
    return {
      key: dayKey(on),
      query: async ({ signal }: { signal: AbortSignal }) =>
        dayOf(await call('GET /api/v1/notices/plan-messages', { query: { on, limit: '1' } }, { signal })),
      enabled: false,
    }
  })
  return { list, day: day.data }
}

/** What holds for a day as a whole, without its messages. */
export const loadPlanDay = (on: string) => call('GET /api/v1/notices/plan-messages', { query: { on, limit: '1' } })

export function useExplanation(receivableId: () => string, on: () => string | undefined) {
  return useQuery(() => ({
    key: [...everything, 'explanation', receivableId(), on() ?? ''],
    query: ({ signal }) =>
      call('GET /api/v1/receivables/:id/notice-explanation', { params: { id: receivableId() }, query: { on: on() } }, { signal }),
    enabled: receivableId() !== '',
  }))
}

export function useNoticeList(filters: () => NoticeFilters) {
  return useKeysetList<Notice>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/notices', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useNoticesOfCustomer(customerId: () => string) {
  return useKeysetList<Notice>(() => ({
    key: [...everything, 'of-customer', customerId()],
    load: (cursor, signal) =>
      call('GET /api/v1/customers/:id/notices', { params: { id: customerId() }, query: { sort: '-planOn', cursor } }, { signal }),
  }))
}

export function useNoticeSummary(filters: () => SummaryFilters) {
  return useQuery(() => {
    const query = filters()
    return {
      key: [...everything, 'summary', query],
      query: ({ signal }) => call('GET /api/v1/notices/summary', { query }, { signal }),
      placeholderData: (before: NoticeSummary | undefined) => before,
    }
  })
}

export function useNotice(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'one', id()],
    query: ({ signal }) => call('GET /api/v1/notices/:id', { params: { id: id() } }, { signal }),
    enabled: id() !== '',
  }))
}

export async function downloadSource(notice: { id: string; planOn: string }): Promise<void> {
  await saveFile('GET /api/v1/notices/:id/source', { params: { id: notice.id } }, `${notice.planOn}-${notice.id}.eml`)
}

/** As many notices as one request may name. */
const mostAtOnce = 500

export function useNoticeActions() {
  const refresh = useRefresh()

  function ask(deed: BulkDeed, ids: string[], reason: string | null): Promise<BulkAnswer> {
    const body = { ids, reason }
    if (deed === 'release') return call('POST /api/v1/notices/releases', { body })
    if (deed === 'cancel') return call('POST /api/v1/notices/cancellations', { body })
    if (deed === 'retry') return call('POST /api/v1/notices/retries', { body })
    return call('POST /api/v1/notices/resolutions', { body: { ...body, as: deed === 'mark-sent' ? 'sent' : 'send-again' } })
  }

  return {
    refresh: () => refresh(everything),
    async run(deed: BulkDeed, ids: string[], reason: string | null): Promise<BulkAnswer> {
      const answer: BulkAnswer = { done: 0, refused: 0, results: [] }
      try {
        for (let at = 0; at < ids.length; at += mostAtOnce) {
          const part = await ask(deed, ids.slice(at, at + mostAtOnce), reason)
          answer.done += part.done
          answer.refused += part.refused
          answer.results.push(...part.results)
        }
        return answer
      } finally {
        await refresh(everything)
      }
    },
  }
}

/** A customer's name, where only the id is known: a filter in the address. */
export function useCustomerName(customerId: () => string) {
  return useQuery(() => ({
    key: [...everything, 'customer-name', customerId()],
    query: async ({ signal }) => (await call('GET /api/v1/customers/:id', { params: { id: customerId() } }, { signal })).name,
    enabled: customerId() !== '',
  }))
}

/** Customers for a picker. */
export async function findCustomers(q: string): Promise<Entity[]> {
  const page = await call('GET /api/v1/customers', { query: { q, limit: '20' } })
  return page.items.map((customer) => ({ id: customer.id, name: customer.name, detail: customer.code }))
}

/** Receivables for a picker: number and customer. */
export async function findReceivables(q: string): Promise<Entity[]> {
  const page = await call('GET /api/v1/receivables', { query: { q, limit: '20' } })
  return page.items.map((one) => ({ id: one.id, name: one.number, detail: one.customer.name }))
}
