import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type PortfolioFilters = NonNullable<EndpointInput<Api['GET /api/v1/portfolio/totals']>['query']>
export type PortfolioTotals = EndpointOutput<Api['GET /api/v1/portfolio/totals']>['totals'][number]
export type Debtor = EndpointOutput<Api['GET /api/v1/portfolio/customers']>['items'][number]
export type DebtorQuery = NonNullable<EndpointInput<Api['GET /api/v1/portfolio/customers']>['query']>
export type Line = EndpointOutput<Api['GET /api/v1/portfolio/breakdown']>['items'][number]
export type CoverageLine = EndpointOutput<Api['GET /api/v1/portfolio/coverage']>['items'][number]
export type Grouping = 'agent' | 'branch' | 'bucket'
export type Selection = EndpointInput<Api['POST /api/v1/portfolio/follow-ups']>['body']
export type Opened = EndpointOutput<Api['POST /api/v1/portfolio/follow-ups']>

const everything = ['portfolio']

export function useTotals(filters: () => PortfolioFilters) {
  return useQuery(() => {
    const query = filters()
    return {
      key: [...everything, 'totals', { ...query }],
      query: ({ signal }) => call('GET /api/v1/portfolio/totals', { query }, { signal }),
    }
  })
}

export function useDebtors(filters: () => DebtorQuery) {
  return useKeysetList<Debtor>(() => {
    const query = filters()
    return {
      key: [...everything, 'customers', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/portfolio/customers', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useBreakdown(by: () => Grouping, filters: () => PortfolioFilters & { asOf?: string }) {
  return useQuery(() => {
    const query = { ...filters(), by: by() }
    return {
      key: [...everything, 'breakdown', { ...query }],
      query: ({ signal }) => call('GET /api/v1/portfolio/breakdown', { query }, { signal }),
    }
  })
}

export function useCoverage(by: () => Grouping, days: () => string, filters: () => PortfolioFilters) {
  return useQuery(() => {
    const { untouchedSince: _, overdue: __, ...rest } = filters()
    const query = { ...rest, by: by(), days: days() }
    return {
      key: [...everything, 'coverage', { ...query }],
      query: ({ signal }) => call('GET /api/v1/portfolio/coverage', { query }, { signal }),
    }
  })
}

export function useFollowUpTypes() {
  return useQuery({
    key: ['follow-up-types', 'active'],
    query: ({ signal }) => call('GET /api/v1/follow-up-types', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

export function useGroups() {
  return useQuery({
    key: ['customer-groups', 'choices'],
    query: ({ signal }) => call('GET /api/v1/customer-groups', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

export const findAgents = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/agents', { query: { q } })).items.map(({ id, name, branch }) => ({
    id,
    name,
    detail: branch.name,
  }))

export const findOwners = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/follow-up-owners', { query: { q, limit: '20' } })).items

export const findBranches = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/branches', { query: { q, limit: '20' } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export const previewFollowUps = (body: Selection): Promise<Opened> => call('POST /api/v1/portfolio/follow-up-previews', { body })

/** Saves the workbook under the name that the server gives it. */
export async function saveWorkbook(query: PortfolioFilters): Promise<void> {
  await saveFile('GET /api/v1/portfolio/workbook', { query: { ...query } }, 'cartera.xlsx')
}

export function usePortfolioActions() {
  const refresh = useRefresh()
  return {
    async openFollowUps(body: Selection): Promise<Opened> {
      const done = await call('POST /api/v1/portfolio/follow-ups', { body })
      await refresh(everything, ['follow-ups'], ['reminders'])
      return done
    },
  }
}
