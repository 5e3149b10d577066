import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type PromiseToPay = EndpointOutput<Api['GET /api/v1/promises']>['items'][number]
export type PromiseFilters = NonNullable<EndpointInput<Api['GET /api/v1/promises']>['query']>
export type PromiseRecord = EndpointOutput<Api['GET /api/v1/promise-records']>['items'][number]
type RecordFilters = NonNullable<EndpointInput<Api['GET /api/v1/promise-records']>['query']>
type TotalFilters = NonNullable<EndpointInput<Api['GET /api/v1/promise-totals']>['query']>
type NewPromise = EndpointInput<Api['POST /api/v1/promises']>['body']
export type Receivable = EndpointOutput<Api['GET /api/v1/receivables']>['items'][number]

const everything = ['promises']

export function usePromises(filters: () => PromiseFilters) {
  return useKeysetList<PromiseToPay>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/promises', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** What was promised per currency under the filters. */
export function usePromiseTotals(filters: () => TotalFilters) {
  return useQuery(() => {
    const query = filters()
    return {
      key: [...everything, 'totals', { ...query }],
      query: ({ signal }) => call('GET /api/v1/promise-totals', { query }, { signal }),
    }
  })
}

export function useRecords(filters: () => RecordFilters | null) {
  return useQuery(() => {
    const query = filters()
    return {
      key: [...everything, 'records', { ...query }],
      enabled: query !== null,
      query: ({ signal }) => call('GET /api/v1/promise-records', { query: query ?? { by: 'agent' } }, { signal }),
    }
  })
}

/** What a customer still owes, oldest first, with the receivables that are promised already. */
export function usePromisable(customerId: () => string | null) {
  return useQuery(() => {
    const id = customerId()
    return {
      key: [...everything, 'promisable', id ?? ''],
      enabled: id !== null,
      query: async ({ signal }) => {
        const [open, standing] = await Promise.all([
          call('GET /api/v1/receivables', { query: { customerId: id ?? '', state: 'open', limit: '200' } }, { signal }),
          call('GET /api/v1/promises', { query: { customerId: id ?? '', state: 'open', limit: '200' } }, { signal }),
        ])
        const promised = new Set(standing.items.flatMap((one) => one.items.map((item) => item.receivableId)))
        return open.items.filter((one) => !promised.has(one.id))
      },
    }
  })
}

/** The extensions of a receivable's due date. */
export function useExtensions(id: () => string | null) {
  return useQuery(() => {
    const receivableId = id()
    return {
      key: [...everything, 'extensions', receivableId ?? ''],
      enabled: receivableId !== null,
      query: ({ signal }) => call('GET /api/v1/receivables/:id/extensions', { params: { id: receivableId ?? '' } }, { signal }),
    }
  })
}

export function useDisputes(id: () => string | null) {
  return useQuery(() => {
    const receivableId = id()
    return {
      key: [...everything, 'disputes', receivableId ?? ''],
      enabled: receivableId !== null,
      query: ({ signal }) => call('GET /api/v1/receivables/:id/disputes', { params: { id: receivableId ?? '' } }, { signal }),
    }
  })
}

/** Saves the collection file under the name that the server gives it. */
export async function saveCollectionFile(customerId: string, form: 'zip' | 'pdf'): Promise<void> {
  await saveFile(`GET /api/v1/customers/:id/collection-file.${form}`, { params: { id: customerId } }, `expediente.${form}`)
}

export const findContacts = async (customerId: string, q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/:id/contacts', { params: { id: customerId }, query: { q, limit: '20' } })).items.map(
    ({ id, name, position }) => ({ id, name, ...(position ? { detail: position } : {}) }),
  )

export const findAgents = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/agents', { query: { q } })).items.map(({ id, name, branch }) => ({
    id,
    name,
    detail: branch.name,
  }))

/** The deeds of the feature; what a promise pauses shows in lists of others too. */
export function usePromiseActions() {
  const refresh = useRefresh()
  const changed = async () => {
    await refresh(everything, ['receivables'], ['portfolio'], ['notices'])
  }
  return {
    async record(body: NewPromise): Promise<void> {
      await call('POST /api/v1/promises', { body })
      await changed()
    },
    /** The newest of a promise that others changed; lists show it too. */
    async readAgain(id: string): Promise<PromiseToPay> {
      const newest = await call('GET /api/v1/promises/:id', { params: { id } })
      await refresh(everything)
      return newest
    },
    async extend(receivableId: string, body: { dueOn: string; reason: string }): Promise<void> {
      await call('POST /api/v1/receivables/:id/extensions', { params: { id: receivableId }, body })
      await changed()
    },
    async resolve(receivableId: string, body: { result: 'valid' | 'not-valid'; resolution: string }): Promise<void> {
      await call('POST /api/v1/receivables/:id/dispute/resolutions', { params: { id: receivableId }, body })
      await changed()
    },
    async withdraw(promise: Pick<PromiseToPay, 'id' | 'version'>, reason: string): Promise<void> {
      await call('POST /api/v1/promises/:id/withdrawals', {
        params: { id: promise.id },
        body: { reason, version: promise.version },
      })
      await changed()
    },
  }
}
