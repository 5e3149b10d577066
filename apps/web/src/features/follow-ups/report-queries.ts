import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'

export type Registered = EndpointOutput<Api['GET /api/v1/follow-up-register']>['items'][number]
export type Postponed = EndpointOutput<Api['GET /api/v1/follow-up-postponements']>['items'][number]
export type Tasks = EndpointOutput<Api['GET /api/v1/follow-up-tasks']>
export type RegisterFilters = Omit<NonNullable<EndpointInput<Api['GET /api/v1/follow-up-register']>['query']>, 'cursor' | 'limit'>
export type TaskFilters = NonNullable<EndpointInput<Api['GET /api/v1/follow-up-tasks']>['query']>
export type PostponementFilters = Omit<
  NonNullable<EndpointInput<Api['GET /api/v1/follow-up-postponements']>['query']>,
  'cursor' | 'limit'
>

export function useRegister(filters: () => RegisterFilters) {
  return useKeysetList<Registered>(() => {
    const query = filters()
    return {
      key: ['follow-ups', 'register', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/follow-up-register', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useRegisterCounts(filters: () => RegisterFilters) {
  return useQuery(() => {
    const { sort: _sort, ...query } = filters()
    return {
      key: ['follow-ups', 'register-counts', { ...query }],
      query: ({ signal }) => call('GET /api/v1/follow-up-register/counts', { query }, { signal }),
    }
  })
}

export function useTasks(filters: () => TaskFilters) {
  return useQuery(() => {
    const query = filters()
    return {
      key: ['follow-ups', 'tasks', { ...query }],
      query: ({ signal }) => call('GET /api/v1/follow-up-tasks', { query }, { signal }),
    }
  })
}

export function usePostponements(filters: () => PostponementFilters) {
  return useKeysetList<Postponed>(() => {
    const query = filters()
    return {
      key: ['follow-ups', 'postponements', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/follow-up-postponements', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** Where a report can be narrowed to. */
export function useReportPlaces() {
  const options = (items: readonly { id: string; name: string }[] | undefined) =>
    (items ?? []).map((each) => ({ value: each.id, label: each.name }))
  const branches = useQuery({
    key: ['branches', 'of-reports'],
    query: ({ signal }) => call('GET /api/v1/branches', { query: { limit: '200' } }, { signal }),
  })
  const departments = useQuery({
    key: ['departments', 'of-reports'],
    query: ({ signal }) => call('GET /api/v1/departments', { query: { limit: '200' } }, { signal }),
  })
  return {
    branches: () => options(branches.data.value?.items),
    departments: () => options(departments.data.value?.items),
  }
}

export const saveRegister = (format: 'xlsx' | 'pdf', query: RegisterFilters): Promise<void> =>
  saveFile(`GET /api/v1/follow-up-register.${format}`, { query }, `registro-de-seguimientos.${format}`)
export const saveTasks = (format: 'xlsx' | 'pdf', query: TaskFilters): Promise<void> =>
  saveFile(`GET /api/v1/follow-up-tasks.${format}`, { query }, `informe-de-tareas.${format}`)
export const savePostponements = (format: 'xlsx' | 'pdf', query: PostponementFilters): Promise<void> =>
  saveFile(`GET /api/v1/follow-up-postponements.${format}`, { query }, `seguimientos-pospuestos.${format}`)
