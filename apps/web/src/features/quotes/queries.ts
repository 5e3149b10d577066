import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type QuoteItem = EndpointOutput<Api['GET /api/v1/quotes']>['items'][number]
export type Quote = EndpointOutput<Api['GET /api/v1/quotes/:id']>
export type QuoteFilters = NonNullable<EndpointInput<Api['GET /api/v1/quotes']>['query']>
export type NewQuote = EndpointInput<Api['POST /api/v1/quotes']>['body']
export type OfferedProduct = EndpointOutput<Api['GET /api/v1/customers/:id/quote-products']>['items'][number]
type Sent = EndpointInput<Api['POST /api/v1/quotes/:id/mails']>['body']
type Known = Pick<Quote, 'id' | 'version'>

const everything = ['quotes']

export function useQuotes(filters: () => QuoteFilters) {
  return useKeysetList<QuoteItem>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/quotes', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** How many there are under the filters and what they come to, per currency. */
export function useQuoteTotals(filters: () => QuoteFilters) {
  return useQuery(() => {
    const { sort: _, ...query } = filters()
    return {
      key: [...everything, 'totals', { ...query }],
      query: ({ signal }) => call('GET /api/v1/quotes/totals', { query }, { signal }),
    }
  })
}

/** Where owners stand; asked for only where somebody sees more than one place. */
export function usePlaces(enabled: boolean) {
  return useQuery({
    key: ['branches', 'departments', 'active'],
    enabled,
    query: async ({ signal }) => {
      const query = { active: 'true', limit: '200' } as const
      const [branches, departments] = await Promise.all([
        call('GET /api/v1/branches', { query }, { signal }),
        call('GET /api/v1/departments', { query }, { signal }),
      ])
      return { branches: branches.items, departments: departments.items }
    },
  })
}

export function useQuote(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'one', id()],
    enabled: id() !== '',
    query: ({ signal }) => call('GET /api/v1/quotes/:id', { params: { id: id() } }, { signal }),
  }))
}

export const findOwners = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/agents', { query: { q } })).items.map(({ id, name, branch }) => ({
    id,
    name,
    detail: branch.name,
  }))

export const findCustomers = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers', { query: { q, limit: '20' } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export const findCustomer = async (id: string): Promise<Entity> => {
  const { customer } = await call('GET /api/v1/customers/:id/interaction-form', { params: { id } })
  return { id: customer.id, name: customer.name, detail: customer.code }
}

export const findContacts = async (customerId: string, q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/:id/contacts', { params: { id: customerId }, query: { q, limit: '20' } })).items.map(
    ({ id, name, email }) => ({ id, name, ...(email ? { detail: email } : {}) }),
  )

export const findOffered = async (customerId: string, currency: string, q: string): Promise<OfferedProduct[]> =>
  (await call('GET /api/v1/customers/:id/quote-products', { params: { id: customerId }, query: { q, currency } })).items

/** The deeds of the feature; each makes all lists and records stale. */
export function useQuoteActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything, ['timeline'])
  async function told<T>(answer: Promise<T>): Promise<T> {
    const done = await answer
    await changed()
    return done
  }
  return {
    changed,
    create: (body: NewQuote) => told(call('POST /api/v1/quotes', { body })),
    change: ({ id, version }: Known, fields: Omit<NewQuote, 'customerId'>) =>
      told(call('PATCH /api/v1/quotes/:id', { params: { id }, body: { ...fields, version } })),
    send: ({ id, version }: Known, body: Omit<Sent, 'version'>) =>
      told(call('POST /api/v1/quotes/:id/mails', { params: { id }, body: { ...body, version } })),
    sendAgain: (id: string, mailId: string) =>
      told(call('POST /api/v1/quotes/:id/mail-retries', { params: { id }, body: { mailId } })),
    handOver: ({ id, version }: Known) => told(call('POST /api/v1/quotes/:id/deliveries', { params: { id }, body: { version } })),
    accept: ({ id, version }: Known, on: string) =>
      told(call('POST /api/v1/quotes/:id/acceptances', { params: { id }, body: { on, version } })),
    reject: ({ id, version }: Known, reason: string) =>
      told(call('POST /api/v1/quotes/:id/rejections', { params: { id }, body: { reason, version } })),
    withdraw: ({ id, version }: Known, reason: string) =>
      told(call('POST /api/v1/quotes/:id/withdrawals', { params: { id }, body: { reason, version } })),
    reopen: ({ id, version }: Known) => told(call('POST /api/v1/quotes/:id/reopenings', { params: { id }, body: { version } })),
    revise: ({ id, version }: Known) => told(call('POST /api/v1/quotes/:id/revisions', { params: { id }, body: { version } })),
    remove: (id: string) => told(call('DELETE /api/v1/quotes/:id', { params: { id } })),
    restore: (id: string) => told(call('POST /api/v1/quotes/:id/restorations', { params: { id } })),
  }
}
