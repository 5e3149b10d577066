import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

type Group = EndpointOutput<Api['GET /api/v1/duplicate-groups']>['items'][number]
export type Reason = NonNullable<EndpointInput<Api['GET /api/v1/duplicate-groups']>['query']>['reason']
export type Candidate = Group['customers'][number]
export type Distinction = EndpointOutput<Api['GET /api/v1/customer-distinctions']>['items'][number]
export type Merge = EndpointOutput<Api['GET /api/v1/customer-merges']>['items'][number]
export type Preview = EndpointOutput<Api['GET /api/v1/customers/:id/merge-preview']>
export type Side = 'survivor' | 'merged'

const everything = ['customer-merges']

/** Customers who may be the same, group by group; a group is called by what its customers have alike. */
export function useDuplicateGroups(reason: () => Reason) {
  return useKeysetList<Group & { id: string }>(() => {
    const query = { reason: reason() }
    return {
      key: [...everything, 'groups', query],
      load: async (cursor, signal) => {
        const page = await call(
          'GET /api/v1/duplicate-groups',
          { query: { ...query, ...(cursor ? { cursor } : {}) } },
          { signal },
        )
        return { ...page, items: page.items.map((group) => ({ ...group, id: group.customers.map((one) => one.id).join() })) }
      },
    }
  })
}

export function useDistinctions() {
  return useKeysetList<Distinction>(() => ({
    key: [...everything, 'distinctions'],
    load: (cursor, signal) => call('GET /api/v1/customer-distinctions', { query: { cursor } }, { signal }),
  }))
}

export function useMerges() {
  return useKeysetList<Merge>(() => ({
    key: [...everything, 'list'],
    load: (cursor, signal) => call('GET /api/v1/customer-merges', { query: { cursor } }, { signal }),
  }))
}

/** Who may be the same as a customer. */
export function usePossibleDuplicates(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'alike', id()],
    enabled: id() !== '',
    query: ({ signal }) => call('GET /api/v1/customers/:id/possible-duplicates', { params: { id: id() } }, { signal }),
  }))
}

/** Two customers side by side; nothing is asked until both are known. */
export function useMergePreview(ids: () => { survivor: string; merged: string }) {
  return useQuery(() => {
    const { survivor, merged } = ids()
    return {
      key: [...everything, 'preview', survivor, merged],
      enabled: survivor !== '' && merged !== '' && survivor !== merged,
      query: ({ signal }: { signal: AbortSignal }) =>
        call('GET /api/v1/customers/:id/merge-preview', { params: { id: survivor }, query: { mergedId: merged } }, { signal }),
    }
  })
}

export const searchCustomers = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers', { query: { q, limit: 20 } })).items.map(({ id, name, code }) => ({
    id,
    name,
    detail: code,
  }))

export function useMergeActions() {
  const refresh = useRefresh()
  // A merge touches whatever is a customer's.
  const changed = () => refresh([])
  return {
    changed,
    async merge({ survivor, merged }: Preview, sides: Record<string, Side>): Promise<void> {
      await call('POST /api/v1/customers/:id/merges', {
        params: { id: survivor.id },
        body: { mergedId: merged.id, sides, version: survivor.version, mergedVersion: merged.version },
      })
      // The pages behind are read again when somebody looks at them.
      void changed()
    },
    async undo(id: string): Promise<void> {
      await call('POST /api/v1/customer-merges/:id/undos', { params: { id } })
      await changed()
    },
    async tellApart(customerIds: [string, string]): Promise<void> {
      await call('POST /api/v1/customer-distinctions', { body: { customerIds } })
      await refresh(everything)
    },
    async takeBack(id: string): Promise<void> {
      await call('DELETE /api/v1/customer-distinctions/:id', { params: { id } })
      await refresh(everything)
    },
  }
}
