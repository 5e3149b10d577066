import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQueryCache } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'

export type Department = EndpointOutput<Api['GET /api/v1/departments']>['items'][number]
export type DepartmentFilters = NonNullable<EndpointInput<Api['GET /api/v1/departments']>['query']>
type NewDepartment = EndpointInput<Api['POST /api/v1/departments']>['body']
type DepartmentChange = EndpointInput<Api['PATCH /api/v1/departments/:id']>['body']

/** All keys of a feature begin with its name, so that one word makes everything of it stale. */
const everything = ['departments']

/** The departments under the filters, page by page. */
export function useDepartmentList(filters: () => DepartmentFilters) {
  return useKeysetList<Department>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/departments', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The deeds of the feature. Each makes its lists stale, so that every open screen shows what is true now. */
export function useDepartmentActions() {
  const cache = useQueryCache()
  const changed = () => cache.invalidateQueries({ key: everything })

  return {
    async create(body: NewDepartment): Promise<void> {
      await call('POST /api/v1/departments', { body })
      await changed()
    },
    async change(department: Department, change: Omit<DepartmentChange, 'version'>): Promise<void> {
      await call('PATCH /api/v1/departments/:id', {
        params: { id: department.id },
        body: { ...change, version: department.version },
      })
      await changed()
    },
    async remove(department: Department): Promise<void> {
      await call('DELETE /api/v1/departments/:id', { params: { id: department.id } })
      await changed()
    },
  }
}
