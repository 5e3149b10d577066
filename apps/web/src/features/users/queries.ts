import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type User = EndpointOutput<Api['GET /api/v1/users']>['items'][number]
export type UserFilters = NonNullable<EndpointInput<Api['GET /api/v1/users']>['query']>
type NewUser = EndpointInput<Api['POST /api/v1/users']>['body']
type UserChange = EndpointInput<Api['PATCH /api/v1/users/:id']>['body']

const everything = ['users']

/** The users under the filters, page by page. */
export function useUserList(filters: () => UserFilters) {
  return useKeysetList<User>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/users', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** What a user can be filtered by: branches, departments and profiles by name. */
export function useUserFilterOptions() {
  const options = useQuery({
    key: [...everything, 'filter-options'],
    query: async ({ signal }) => {
      const [branches, departments, profiles] = await Promise.all([
        call('GET /api/v1/branches', { query: { limit: 200 } }, { signal }),
        call('GET /api/v1/departments', { query: { limit: 200 } }, { signal }),
        call('GET /api/v1/access-profiles', { query: { limit: 200 } }, { signal }),
      ])
      const named = (page: { items: readonly { id: string; name: string }[] }) =>
        page.items.map(({ id, name }) => ({ value: id, label: name }))
      return { branches: named(branches), departments: named(departments), profiles: named(profiles) }
    },
  })
  return options.data
}

export const findBranches = async (q: string) =>
  (await call('GET /api/v1/branches', { query: { q, active: 'true' } })).items.map(({ id, name }) => ({ id, name }))
export const findDepartments = async (q: string) =>
  (await call('GET /api/v1/departments', { query: { q, active: 'true' } })).items.map(({ id, name }) => ({ id, name }))
export const findProfiles = async (q: string) =>
  (await call('GET /api/v1/access-profiles', { query: { q } })).items.map(({ id, name }) => ({ id, name }))

/** The deeds of the feature. Branches, departments and profiles count their users, so they become stale too. */
export function useUserActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything, ['branches'], ['departments'], ['access-profiles'])

  return {
    async create(body: NewUser): Promise<void> {
      await call('POST /api/v1/users', { body })
      await changed()
    },
    async change(user: User, change: Omit<UserChange, 'version'>): Promise<void> {
      await call('PATCH /api/v1/users/:id', { params: { id: user.id }, body: { ...change, version: user.version ?? 1 } })
      await changed()
    },
    async resetPassword(user: User, newPassword: string): Promise<void> {
      await call('PUT /api/v1/users/:id/password', { params: { id: user.id }, body: { newPassword } })
    },
  }
}
