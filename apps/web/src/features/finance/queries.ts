import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Alarm = EndpointOutput<Api['GET /api/v1/notice-alarms']>['items'][number]
export type FinanceSettings = EndpointOutput<Api['GET /api/v1/finance-settings']>
export type FinanceSettingsInput = EndpointInput<Api['PUT /api/v1/finance-settings']>['body']
export type BankRecord = EndpointOutput<Api['GET /api/v1/bank-details']>['items'][number]
export type BankProposal = EndpointInput<Api['POST /api/v1/bank-details']>['body']

const everything = ['finance']

export function useAlarms(enabled: () => boolean) {
  return useQuery(() => ({
    key: [...everything, 'alarms'],
    query: ({ signal }) => call('GET /api/v1/notice-alarms', {}, { signal }),
    enabled: enabled(),
    staleTime: 30_000,
  }))
}

/** How many notices wait for review, for the menu. */
export function useReviewCount(enabled: () => boolean) {
  return useQuery(() => ({
    key: ['notices', 'review-count'],
    query: async ({ signal }) => {
      const summary = await call('GET /api/v1/notices/summary', {}, { signal })
      return summary.states.find((one) => one.state === 'held' && one.reason === 'review')?.count ?? 0
    },
    enabled: enabled(),
    staleTime: 30_000,
  }))
}

export function useFinanceSettings() {
  return useQuery({
    key: [...everything, 'settings'],
    query: ({ signal }) => call('GET /api/v1/finance-settings', {}, { signal }),
  })
}

export function useBankDetails() {
  return useQuery({
    key: [...everything, 'bank'],
    query: ({ signal }) => call('GET /api/v1/bank-details', {}, { signal }),
  })
}

export function useFinanceActions() {
  const refresh = useRefresh()
  const changed = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work
    } finally {
      void refresh(everything)
    }
  }
  return {
    saveSettings: (body: FinanceSettingsInput) => changed(call('PUT /api/v1/finance-settings', { body })),
    propose: (body: BankProposal) => changed(call('POST /api/v1/bank-details', { body })),
    confirm: (id: string) => changed(call('POST /api/v1/bank-details/:id/confirmations', { params: { id } })),
    withdraw: (id: string) => changed(call('POST /api/v1/bank-details/:id/withdrawals', { params: { id }, body: {} })),
  }
}

/** People to whom the digest can go. */
export async function findPeople(q: string): Promise<Entity[]> {
  const page = await call('GET /api/v1/users', { query: { q, limit: '20' } })
  return page.items.map((user) => ({ id: user.id, name: user.name }))
}
