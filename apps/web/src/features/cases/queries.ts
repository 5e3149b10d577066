import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type CaseItem = EndpointOutput<Api['GET /api/v1/cases']>['items'][number]
export type CaseDetail = EndpointOutput<Api['GET /api/v1/cases/:id']>
export type CaseFilters = NonNullable<EndpointInput<Api['GET /api/v1/cases']>['query']>
type CaseComment = EndpointOutput<Api['GET /api/v1/cases/:id/comments']>['items'][number]
type NewCase = EndpointInput<Api['POST /api/v1/cases']>['body']
type CaseChange = Omit<EndpointInput<Api['PATCH /api/v1/cases/:id']>['body'], 'version'>

const everything = ['cases']

/** The cases under the filters, page by page. */
export function useCases(filters: () => CaseFilters) {
  return useKeysetList<CaseItem>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/cases', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useCase(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'one', id()],
    query: ({ signal }) => call('GET /api/v1/cases/:id', { params: { id: id() } }, { signal }),
  }))
}

export function useCaseComments(id: () => string) {
  return useKeysetList<CaseComment>(() => ({
    key: [...everything, 'comments', id()],
    load: (cursor, signal) => call('GET /api/v1/cases/:id/comments', { params: { id: id() }, query: { cursor } }, { signal }),
  }))
}

export function useCaseTypes() {
  return useQuery({
    key: ['case-types', 'active'],
    query: ({ signal }) => call('GET /api/v1/case-types', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

/** The places by which a list is narrowed down. */
export function usePlaces() {
  const branches = useQuery({
    key: ['branches', 'of-cases'],
    query: ({ signal }) => call('GET /api/v1/branches', { query: { limit: '200' } }, { signal }),
  })
  const departments = useQuery({
    key: ['departments', 'of-cases'],
    query: ({ signal }) => call('GET /api/v1/departments', { query: { limit: '200' } }, { signal }),
  })
  return { branches, departments }
}

export const findOwners = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/follow-up-owners', { query: { q, limit: '20' } })).items

/** The one of that id among those in reach, however many there are. */
export async function findOwner(id: string): Promise<Entity | undefined> {
  let cursor: string | undefined
  do {
    const page: { items: Entity[]; nextCursor: string | null } = await call('GET /api/v1/follow-up-owners', {
      query: { limit: '200', cursor },
    })
    const found = page.items.find((each) => each.id === id)
    if (found) return found
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return undefined
}

export const findCustomers = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers', { query: { q, limit: '20' } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export async function findCustomer(id: string): Promise<Entity> {
  const { name, code } = await call('GET /api/v1/customers/:id', { params: { id } })
  return { id, name, detail: code }
}

export const findContacts = async (customerId: string, q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/:id/contacts', { params: { id: customerId }, query: { q, limit: '20' } })).items.map(
    ({ id, name, position }) => ({ id, name, ...(position ? { detail: position } : {}) }),
  )

/** The interaction in which a case was told, for the form: its customer and the person who spoke. */
export const readInteraction = (id: string) => call('GET /api/v1/interactions/:id', { params: { id } })

/** The deeds of the feature; each makes all lists and records stale. */
export function useCaseActions() {
  const refresh = useRefresh()
  async function changed<T>(answer: Promise<T>): Promise<T> {
    const done = await answer
    await refresh(everything, ['timeline'])
    return done
  }
  type Known = Pick<CaseItem, 'id' | 'version'>
  return {
    create: (body: NewCase) => changed(call('POST /api/v1/cases', { body })),
    change: ({ id, version }: Known, change: CaseChange) =>
      changed(call('PATCH /api/v1/cases/:id', { params: { id }, body: { ...change, version } })),
    takeOver: ({ id, version }: Known) =>
      changed(call('POST /api/v1/cases/:id/takeovers', { params: { id }, body: { version } })),
    resolve: ({ id, version }: Known, resolution: string) =>
      changed(call('POST /api/v1/cases/:id/resolutions', { params: { id }, body: { resolution, version } })),
    reopen: ({ id, version }: Known, reason: string) =>
      changed(call('POST /api/v1/cases/:id/reopenings', { params: { id }, body: { reason, version } })),
    comment: (id: string, body: string) => changed(call('POST /api/v1/cases/:id/comments', { params: { id }, body: { body } })),
    remove: (id: string) => changed(call('DELETE /api/v1/cases/:id', { params: { id } })),
    restore: (id: string) => changed(call('POST /api/v1/deleted-cases/:id/restorations', { params: { id } })),
  }
}
