import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type CustomField = EndpointOutput<Api['GET /api/v1/custom-fields']>['items'][number]
export type NewCustomField = EndpointInput<Api['POST /api/v1/custom-fields']>['body']
export type CustomFieldChange = EndpointInput<Api['PATCH /api/v1/custom-fields/:id']>['body']

const everything = ['custom-fields']

export function useCustomFields() {
  return useQuery(() => ({
    key: everything,
    query: ({ signal }) => call('GET /api/v1/custom-fields', {}, { signal }),
  }))
}

export function useCustomFieldActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)
  return {
    async create(body: NewCustomField): Promise<void> {
      await call('POST /api/v1/custom-fields', { body })
      await changed()
    },
    async change(id: string, body: CustomFieldChange): Promise<void> {
      await call('PATCH /api/v1/custom-fields/:id', { params: { id }, body })
      await changed()
    },
    async order(ids: string[]): Promise<void> {
      await call('PUT /api/v1/custom-fields/order', { body: { ids } })
      await changed()
    },
    async remove(id: string): Promise<void> {
      await call('DELETE /api/v1/custom-fields/:id', { params: { id } })
      await changed()
    },
  }
}
