import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import type { BusinessHours } from '@cartera/domain/follow-ups/postponement'
import { useQuery } from '@pinia/colada'
import { computed } from 'vue'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type FollowUp = EndpointOutput<Api['GET /api/v1/follow-ups']>['items'][number]
export type FollowUpDetail = EndpointOutput<Api['GET /api/v1/follow-ups/:id']>
export type HistoryEntry = EndpointOutput<Api['GET /api/v1/follow-ups/:id/history']>['items'][number]
export type FollowUpFilters = NonNullable<EndpointInput<Api['GET /api/v1/follow-ups']>['query']>
export type Postponing = EndpointInput<Api['POST /api/v1/follow-ups/:id/postponements']>['body']
type NewFollowUp = EndpointInput<Api['POST /api/v1/follow-ups']>['body']
type FollowUpChange = EndpointInput<Api['PATCH /api/v1/follow-ups/:id']>['body']

/** What a follow-up is the next step of: exactly one of the ids, with the contact and the subject to start from. */
export interface About {
  ids: Pick<NewFollowUp, 'opportunityId' | 'caseId' | 'quoteId'>
  contact: Entity | null
  subject: string
}

const everything = ['follow-ups']

/** The follow-ups under the filters, page by page. */
export function useFollowUpList(filters: () => FollowUpFilters) {
  return useKeysetList<FollowUp>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/follow-ups', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useFollowUp(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'one', id()],
    query: ({ signal }) => call('GET /api/v1/follow-ups/:id', { params: { id: id() } }, { signal }),
  }))
}

/** What happened to it; with `chain` to all that it comes from and that goes on from it. */
export function useHistory(id: () => string, chain: () => boolean) {
  return useQuery(() => ({
    key: [...everything, 'history', id(), { chain: chain() }],
    query: ({ signal }) =>
      call('GET /api/v1/follow-ups/:id/history', { params: { id: id() }, query: chain() ? { chain: 'true' } : {} }, { signal }),
  }))
}

export function useChain(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'chain', id()],
    query: ({ signal }) => call('GET /api/v1/follow-ups/:id/chain', { params: { id: id() } }, { signal }),
  }))
}

export type Observation = EndpointOutput<Api['GET /api/v1/follow-ups/:id/observations']>['items'][number]
export function useObservations(id: () => string) {
  return useKeysetList<Observation>(() => ({
    key: [...everything, 'observations', id()],
    load: (cursor, signal) =>
      call('GET /api/v1/follow-ups/:id/observations', { params: { id: id() }, query: { cursor } }, { signal }),
  }))
}

export type Progress = EndpointOutput<Api['GET /api/v1/follow-ups/:id/progress']>['items'][number]
export function useProgress(id: () => string) {
  return useKeysetList<Progress>(() => ({
    key: [...everything, 'progress', id()],
    load: (cursor, signal) =>
      call('GET /api/v1/follow-ups/:id/progress', { params: { id: id() }, query: { cursor } }, { signal }),
  }))
}

export function useSituations() {
  return useQuery({
    key: ['follow-up-situations', 'active'],
    query: ({ signal }) => call('GET /api/v1/follow-up-situations', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

export function useActivities() {
  return useQuery({
    key: ['follow-up-activities', 'active'],
    query: ({ signal }) => call('GET /api/v1/follow-up-activities', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

type WireHours = EndpointOutput<Api['GET /api/v1/follow-up-settings']>['openings']
function hoursOf(hours: WireHours | null | undefined): BusinessHours | null {
  if (!hours) return null
  const { timeZone, opensAt, closesAt, businessWeekdays, holidays } = hours
  return { timeZone, opensAt, closesAt, calendar: { businessWeekdays, holidays: new Set(holidays) } }
}

/** What postponing goes by, in the shape of the domain's rule, with the server's clock. */
export function usePostponing() {
  const settings = useQuery({
    key: [...everything, 'settings'],
    query: async ({ signal }) => {
      const answer = await call('GET /api/v1/follow-up-settings', {}, { signal })
      return { ...answer, offsetMs: new Date(answer.now).getTime() - Date.now() }
    },
  })
  return {
    defaultHours: computed(() => settings.data.value?.defaultHours ?? 24),
    businessHours: computed(() => hoursOf(settings.data.value?.businessHours)),
    /** When the company is open, whether or not postponing respects it. */
    openings: computed(() => hoursOf(settings.data.value?.openings)),
    ready: computed(() => settings.data.value !== undefined),
    now: () => new Date(Date.now() + (settings.data.value?.offsetMs ?? 0)),
  }
}

export function useFollowUpTypes() {
  return useQuery({
    key: ['follow-up-types', 'active'],
    query: ({ signal }) => call('GET /api/v1/follow-up-types', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

/** Follow-ups of the customer from which one can come. */
export const findParents = async (customerId: string, q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/follow-ups', { query: { customerId, q, state: 'all', sort: '-number', limit: '20' } })).items.map(
    ({ id, number, subject }) => ({ id, name: `${number} · ${subject}` }),
  )

export const findOwners = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/follow-up-owners', { query: { q, limit: '20' } })).items

/** The one of that id among those in reach; null where there is none. */
export async function findOwner(id: string): Promise<Entity | null> {
  let cursor: string | undefined
  do {
    const page: { items: Entity[]; nextCursor: string | null } = await call('GET /api/v1/follow-up-owners', {
      query: { limit: '200', cursor },
    })
    const found = page.items.find((each) => each.id === id)
    if (found) return found
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return null
}

export async function findCustomer(id: string): Promise<Entity | null> {
  const { name, code } = await call('GET /api/v1/customers/:id', { params: { id } })
  return { id, name, detail: code }
}

export const findCustomers = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers', { query: { q, limit: '20' } })).items.map((each) => ({
    id: each.id,
    name: each.name,
    detail: each.code,
  }))

export const findContacts = async (customerId: string, q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/:id/contacts', { params: { id: customerId }, query: { q, limit: '20' } })).items.map(
    ({ id, name, position }) => ({ id, name, ...(position ? { detail: position } : {}) }),
  )

/** The customer's open receivables, to link with the follow-up. */
export const openReceivables = async (customerId: string) =>
  (await call('GET /api/v1/receivables', { query: { customerId, state: 'open', limit: '50' } })).items

/** The deeds of the feature; each makes all lists, records and bells stale. */
export function useFollowUpActions() {
  const refresh = useRefresh()
  async function changed<T>(answer: Promise<T>): Promise<T> {
    const done = await answer
    await refresh(everything, ['reminders'])
    return done
  }
  const params = (id: string) => ({ params: { id } })
  return {
    create: (body: NewFollowUp) => changed(call('POST /api/v1/follow-ups', { body })),
    change: (followUp: FollowUp, change: Omit<FollowUpChange, 'version'>) =>
      changed(call('PATCH /api/v1/follow-ups/:id', { ...params(followUp.id), body: { ...change, version: followUp.version } })),
    postpone: (id: string, body: Postponing) =>
      changed(call('POST /api/v1/follow-ups/:id/postponements', { ...params(id), body })),
    postponeMany: (ids: string[], body: Postponing) =>
      changed(call('POST /api/v1/follow-ups/postponements', { body: { ids, ...body } })),
    close: (id: string, result: string) =>
      changed(call('POST /api/v1/follow-ups/:id/closures', { ...params(id), body: { result } })),
    discard: (id: string, reason: string) =>
      changed(call('POST /api/v1/follow-ups/:id/discards', { ...params(id), body: { reason } })),
    observe: (id: string, body: EndpointInput<Api['POST /api/v1/follow-ups/:id/observations']>['body']) =>
      changed(call('POST /api/v1/follow-ups/:id/observations', { ...params(id), body })),
    noteProgress: (id: string, body: EndpointInput<Api['POST /api/v1/follow-ups/:id/progress']>['body']) =>
      changed(call('POST /api/v1/follow-ups/:id/progress', { ...params(id), body })),
    reopen: (id: string) => changed(call('POST /api/v1/follow-ups/:id/reopenings', params(id))),
  }
}
