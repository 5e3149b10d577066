import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Opportunity = EndpointOutput<Api['GET /api/v1/opportunities']>['items'][number]
export type OpportunityDetail = EndpointOutput<Api['GET /api/v1/opportunities/:id']>
export type BoardColumn = EndpointOutput<Api['GET /api/v1/opportunities/board']>['columns'][number]
export type Sum = EndpointOutput<Api['GET /api/v1/opportunities/totals']>['items'][number]
export type OpportunityFilters = NonNullable<EndpointInput<Api['GET /api/v1/opportunities']>['query']>
export type BoardFilters = NonNullable<EndpointInput<Api['GET /api/v1/opportunities/board']>['query']>
type NewOpportunity = EndpointInput<Api['POST /api/v1/opportunities']>['body']
type OpportunityChange = Omit<EndpointInput<Api['PATCH /api/v1/opportunities/:id']>['body'], 'version'>
type Known = Pick<Opportunity, 'id' | 'version'>

const everything = ['opportunities']

/** The opportunities under the filters, page by page. */
export function useOpportunities(filters: () => OpportunityFilters) {
  return useKeysetList<Opportunity>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/opportunities', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** What they come to, per currency. */
export function useTotals(filters: () => OpportunityFilters) {
  return useQuery(() => {
    const { sort: _, deleted: __, ...query } = filters()
    return {
      key: [...everything, 'totals', { ...query }],
      query: ({ signal }) => call('GET /api/v1/opportunities/totals', { query }, { signal }),
      placeholderData: (before: { items: Sum[] } | undefined) => before,
    }
  })
}

/** The open ones by stage, the nearest of each. */
export function useBoard(filters: () => BoardFilters) {
  return useQuery(() => ({
    key: [...everything, 'board', { ...filters() }],
    query: ({ signal }) => call('GET /api/v1/opportunities/board', { query: filters() }, { signal }),
    placeholderData: (before: { columns: BoardColumn[] } | undefined) => before,
  }))
}

export function useOpportunity(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'one', id()],
    query: ({ signal }) => call('GET /api/v1/opportunities/:id', { params: { id: id() } }, { signal }),
  }))
}
export const readOpportunity = (id: string) => call('GET /api/v1/opportunities/:id', { params: { id } })

/** The active stages, from the left of the board. */
export function useStages() {
  return useQuery({
    key: ['opportunity-stages', 'active'],
    query: async ({ signal }) => {
      const { items } = await call('GET /api/v1/opportunity-stages', { query: { active: 'true', limit: '200' } }, { signal })
      return [...items].sort((a, b) => a.position - b.position || a.name.localeCompare(b.name))
    },
  })
}

export function useLossReasons() {
  return useQuery({
    key: ['opportunity-loss-reasons', 'active'],
    query: ({ signal }) => call('GET /api/v1/opportunity-loss-reasons', { query: { active: 'true', limit: '200' } }, { signal }),
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

export const findProducts = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/products', { query: { q, active: 'true', limit: '20' } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export const findOwners = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/follow-up-owners', { query: { q, limit: '20' } })).items

export const findCustomers = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers', { query: { q, limit: '20' } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export async function findContacts(customerId: string, q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers/:id/contacts', { params: { id: customerId }, query: { q, limit: '20' } })
  return items.map(({ id, name, position }) => ({ id, name, ...(position ? { detail: position } : {}) }))
}

/** What an opportunity takes over from the interaction that it is opened from. */
export async function readInteraction(id: string) {
  const { customer, contact, products } = await call('GET /api/v1/interactions/:id', { params: { id } })
  return { id, customer, contact, products }
}

/** The deeds. Each makes what shows opportunities stale. */
export function useOpportunityActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything, ['quotes'], ['timeline'], ['interests'])
  return {
    changed,
    async create(body: NewOpportunity): Promise<string> {
      const made = await call('POST /api/v1/opportunities', { body })
      await changed()
      return made.id
    },
    async change({ id, version }: Known, fields: OpportunityChange): Promise<string> {
      await call('PATCH /api/v1/opportunities/:id', { params: { id }, body: { ...fields, version } })
      await changed()
      return id
    },
    async move({ id, version }: Known, stageId: string): Promise<void> {
      await call('POST /api/v1/opportunities/:id/moves', { params: { id }, body: { stageId, version } })
      await changed()
    },
    async win({ id, version }: Known, fields: { closedOn?: string; closeNote: string }): Promise<void> {
      await call('POST /api/v1/opportunities/:id/wins', { params: { id }, body: { ...fields, version } })
      await changed()
    },
    async lose({ id, version }: Known, fields: { lossReasonId: string; closedOn?: string; closeNote: string }): Promise<void> {
      await call('POST /api/v1/opportunities/:id/losses', { params: { id }, body: { ...fields, version } })
      await changed()
    },
    async reopen({ id, version }: Known): Promise<void> {
      await call('POST /api/v1/opportunities/:id/reopenings', { params: { id }, body: { version } })
      await changed()
    },
    async remove(id: string): Promise<void> {
      await call('DELETE /api/v1/opportunities/:id', { params: { id } })
      await changed()
    },
    async restore(id: string): Promise<void> {
      await call('POST /api/v1/opportunities/:id/restorations', { params: { id } })
      await changed()
    },
  }
}

/** Whose opportunities these are, as a choice of a form. */
export async function readCustomer(id: string, signal: AbortSignal): Promise<Entity> {
  const { name, code } = await call('GET /api/v1/customers/:id', { params: { id } }, { signal })
  return { id, name, detail: code }
}
