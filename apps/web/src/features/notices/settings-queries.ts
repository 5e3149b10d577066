import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery, useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'
import type { NoticeRule, OwnSettingsInput } from './queries.ts'

export type GroupNoticeSettings = EndpointOutput<Api['GET /api/v1/customer-groups/:id/notice-settings']>
export type ReceivableNoticeSettings = EndpointOutput<Api['GET /api/v1/receivables/:id/notice-settings']>
export type OwnSwitchesInput = Omit<EndpointInput<Api['PUT /api/v1/receivables/:id/notice-settings']>['body'], 'version'>
export type NoticePause = EndpointOutput<Api['GET /api/v1/customers/:id/notice-pauses']>['items'][number]
type PauseInput = EndpointInput<Api['POST /api/v1/customers/:id/notice-pauses']>['body']
export type ContactAttempt = EndpointOutput<Api['GET /api/v1/customers/:id/contact-attempts']>['items'][number]
export type RuleVersion = EndpointOutput<Api['GET /api/v1/notice-rules/:id/versions']>['items'][number]

const everything = ['notices']

export function useGroupNoticeSettings(groupId: () => string) {
  return useQuery(() => ({
    key: [...everything, 'group-settings', groupId()],
    query: ({ signal }) => call('GET /api/v1/customer-groups/:id/notice-settings', { params: { id: groupId() } }, { signal }),
  }))
}

export function useReceivableNoticeSettings(receivableId: () => string | null) {
  return useQuery(() => ({
    key: [...everything, 'receivable-settings', receivableId() ?? ''],
    query: ({ signal }) =>
      call('GET /api/v1/receivables/:id/notice-settings', { params: { id: receivableId() ?? '' } }, { signal }),
    enabled: receivableId() !== null,
  }))
}

export function useLevelActions() {
  const cache = useQueryCache()
  const refresh = useRefresh()
  return {
    async changeGroupSettings(groupId: string, own: OwnSettingsInput, version: number): Promise<GroupNoticeSettings> {
      const body = { tone: null, attachStatement: null, ...own, version }
      const answer = await call('PUT /api/v1/customer-groups/:id/notice-settings', { params: { id: groupId }, body })
      cache.setQueryData([...everything, 'group-settings', groupId], answer)
      void refresh(everything, ['customer-groups'])
      return answer
    },
    async changeReceivableSettings(receivableId: string, own: OwnSwitchesInput, version: number): Promise<void> {
      await call('PUT /api/v1/receivables/:id/notice-settings', { params: { id: receivableId }, body: { ...own, version } })
      await refresh(everything)
    },
  }
}

/** The latest pauses of a customer and its receivables; the one that stands is among them. */
export function useNoticePauses(customerId: () => string | null) {
  return useQuery(() => ({
    key: [...everything, 'pauses', customerId() ?? ''],
    query: ({ signal }) =>
      call(
        'GET /api/v1/customers/:id/notice-pauses',
        { params: { id: customerId() ?? '' }, query: { limit: '200' } },
        { signal },
      ),
    enabled: customerId() !== null,
  }))
}

export function usePauseActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)
  return {
    async pause(what: { customerId: string } | { receivableId: string }, body: PauseInput): Promise<void> {
      if ('receivableId' in what)
        await call('POST /api/v1/receivables/:id/notice-pauses', { params: { id: what.receivableId }, body })
      else await call('POST /api/v1/customers/:id/notice-pauses', { params: { id: what.customerId }, body })
      await changed()
    },
    async end(pauseId: string): Promise<void> {
      await call('POST /api/v1/notice-pauses/:id/endings', { params: { id: pauseId } })
      await changed()
    },
  }
}

export function useContactAttempts(customerId: () => string) {
  return useKeysetList<ContactAttempt>(() => ({
    key: [...everything, 'contacts', customerId()],
    load: (cursor, signal) =>
      call(
        'GET /api/v1/customers/:id/contact-attempts',
        { params: { id: customerId() }, query: { limit: '10', cursor } },
        { signal },
      ),
  }))
}

export function useRuleVersions(rule: () => NoticeRule | null) {
  return useQuery(() => ({
    key: [...everything, 'rule-versions', rule()?.id ?? ''],
    query: ({ signal }) => call('GET /api/v1/notice-rules/:id/versions', { params: { id: rule()?.id ?? '' } }, { signal }),
    enabled: rule() !== null,
  }))
}

/** The active customer groups, for a picker. */
export async function findGroups(q: string): Promise<Entity[]> {
  const page = await call('GET /api/v1/customer-groups', { query: { q, active: true, limit: 50 } })
  return page.items.map((group) => ({ id: group.id, name: group.name }))
}
