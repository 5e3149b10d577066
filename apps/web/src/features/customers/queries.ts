import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type ListedCustomer = EndpointOutput<Api['GET /api/v1/customers']>['items'][number]
export type Customer = EndpointOutput<Api['GET /api/v1/customers/:id']>
export type CustomerFilters = NonNullable<EndpointInput<Api['GET /api/v1/customers']>['query']>
export type NewCustomer = EndpointInput<Api['POST /api/v1/customers']>['body']
export type CustomerChange = EndpointInput<Api['PATCH /api/v1/customers/:id']>['body']
export type CustomField = EndpointOutput<Api['GET /api/v1/custom-fields']>['items'][number]
export type PossibleDuplicate = EndpointOutput<Api['GET /api/v1/customers/duplicates']>['items'][number]
export type ValueField = EndpointInput<Api['GET /api/v1/customers/values']>['query'] extends infer Q
  ? NonNullable<Q> extends { field: infer F }
    ? F
    : never
  : never

const everything = ['customers']

/** The customers under the filters, page by page. */
export function useCustomerList(filters: () => CustomerFilters) {
  return useKeysetList<ListedCustomer>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query as Record<string, string>],
      load: (cursor, signal) => call('GET /api/v1/customers', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** One customer with balances and credit hold. */
export function useCustomer(id: () => string) {
  return useQuery<Customer>(() => ({
    key: [...everything, 'one', id()],
    query: ({ signal }) => call('GET /api/v1/customers/:id', { params: { id: id() } }, { signal }),
  }))
}

/** One customer as it stands now. */
export const readCustomer = (id: string): Promise<Customer> => call('GET /api/v1/customers/:id', { params: { id } })

/** Who stands before and after a customer in the list that it was opened from; `list` is the list's query as it stands in the address. */
export function useNeighbours(id: () => string, list: () => string) {
  return useQuery(() => ({
    key: [...everything, 'neighbours', id(), list()],
    enabled: list() !== '',
    query: ({ signal }) =>
      call(
        'GET /api/v1/customers/:id/neighbours',
        { params: { id: id() }, query: Object.fromEntries(new URLSearchParams(list())) as CustomerFilters },
        { signal },
      ),
  }))
}

/** The addresses of the customer and its contacts that could not be delivered to. */
export function useAddressFlags(id: () => string) {
  return useQuery(() => ({
    key: ['address-flags', id()],
    query: ({ signal }) => call('GET /api/v1/customers/:id/address-flags', { params: { id: id() } }, { signal }),
  }))
}

/** The active users, for an EntitySelect. */
export async function searchAgents(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers/agents', { query: { q } })
  return items.map((one) => ({
    id: one.id,
    name: one.name,
    detail: one.department ? `${one.branch.name} · ${one.department.name}` : one.branch.name,
  }))
}

/** The active branches, for an EntitySelect. */
export async function searchBranches(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/branches', { query: { q, active: 'true', limit: 50 } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.code }))
}

/** The active customer groups, for an EntitySelect. */
export async function searchGroups(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customer-groups', { query: { q, active: 'true', limit: 50 } })
  return items.map((one) => ({ id: one.id, name: one.name }))
}

/** The fields that the company defines itself, in their order. */
export function useCustomFields() {
  return useQuery(() => ({
    key: ['custom-fields'],
    staleTime: 60_000,
    query: ({ signal }) => call('GET /api/v1/custom-fields', {}, { signal }),
  }))
}

/** The most frequent values of a free field, to suggest while typing. */
export function useCustomerValues(field: ValueField) {
  return useQuery(() => ({
    key: [...everything, 'values', field],
    staleTime: 60_000,
    query: ({ signal }) => call('GET /api/v1/customers/values', { query: { field } }, { signal }),
  }))
}

export async function findDuplicates(query: { taxId: string; email: string; name: string }): Promise<PossibleDuplicate[]> {
  if (query.taxId === '' && query.email === '' && query.name === '') return []
  return (await call('GET /api/v1/customers/duplicates', { query })).items
}

/** The deeds of the feature; each makes every open list and profile show what is true now. */
export function useCustomerActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)

  return {
    async create(body: NewCustomer): Promise<Customer> {
      const made = await call('POST /api/v1/customers', { body })
      // The new profile does not wait for the lists behind it.
      void changed()
      return made
    },
    async change(id: string, body: CustomerChange): Promise<void> {
      await call('PATCH /api/v1/customers/:id', { params: { id }, body })
      await changed()
    },
    /** Prepares to say the same of many; answers the import as which it stands. */
    async changeMany(body: EndpointInput<Api['POST /api/v1/customer-changes']>['body']): Promise<string> {
      const made = await call('POST /api/v1/customer-changes', { body })
      await refresh(['imports'])
      return made.id
    },
    async clearFlag(id: string, address: string): Promise<void> {
      await call('POST /api/v1/customers/:id/address-clearances', { params: { id }, body: { address } })
      await refresh(['address-flags', id])
    },
    async remove(id: string): Promise<void> {
      await call('DELETE /api/v1/customers/:id', { params: { id } })
      await changed()
    },
    async changeImage(id: string, file: File): Promise<void> {
      const body = new FormData()
      body.append('file', file)
      // The contract describes JSON bodies; an upload is a form, which the client sends as it is.
      await call('PUT /api/v1/customers/:id/image', { params: { id }, body } as unknown as { params: { id: string } })
      await changed()
    },
    async removeImage(id: string): Promise<void> {
      await call('DELETE /api/v1/customers/:id/image', { params: { id } })
      await changed()
    },
    async hold(id: string, reason: string): Promise<void> {
      await call('PUT /api/v1/customers/:id/credit-hold', { params: { id }, body: { reason } })
      await changed()
    },
    async release(id: string): Promise<void> {
      await call('DELETE /api/v1/customers/:id/credit-hold', { params: { id } })
      await changed()
    },
  }
}
