import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../api/client.ts'
import { useKeysetList } from '../api/keyset-list.ts'
import { useRefresh } from '../api/use-refresh.ts'

/** The simple catalogues: the API serves them all alike. */
export type CatalogueUrl =
  | '/api/v1/branches'
  | '/api/v1/case-types'
  | '/api/v1/customer-groups'
  | '/api/v1/departments'
  | '/api/v1/follow-up-types'
  | '/api/v1/interaction-topics'
  | '/api/v1/price-lists'
  | '/api/v1/products'
  | '/api/v1/opportunity-stages'
  | '/api/v1/opportunity-loss-reasons'
  | '/api/v1/follow-up-situations'
  | '/api/v1/follow-up-activities'
  | '/api/v1/follow-up-documents'
interface EntryWords {
  name: string
  code?: string
}
/** What every entry has. */
export interface AnyEntry extends EntryWords {
  id: string
  active: boolean
  version: number
}
/** An entry of this catalogue, with what it says besides. */
export type Entry<U extends CatalogueUrl> = AnyEntry &
  (EndpointOutput<Api[`GET ${U}`]> extends { items: readonly (infer One)[] } ? One : never)
type Filters = Partial<Record<'q' | 'active' | 'sort', string>>

/** The last word of the address, with which the query keys of everything about the catalogue begin. */
const keyOf = (url: CatalogueUrl) => [url.slice('/api/v1/'.length)]
// What they take and answer differs in words only, so one of them speaks for all; the API refuses what does not belong.
const endpointsOf = (url: CatalogueUrl) => url as '/api/v1/branches'

/** The entries under the filters, page by page. */
export function useCatalogueList<U extends CatalogueUrl>(url: U, filters: () => Filters) {
  return useKeysetList<Entry<U>>(() => {
    const query = filters() as { q: string; active: 'true'; sort: 'name' }
    return {
      key: [...keyOf(url), 'list', { ...query }],
      load: async (cursor, signal) => {
        const page = await call(`GET ${endpointsOf(url)}`, { query: { ...query, cursor } }, { signal })
        return page as unknown as { items: Entry<U>[]; nextCursor: string | null }
      },
    }
  })
}

/** The deeds of a catalogue. Each makes its lists stale, so that every open screen shows what is true now. */
export function useCatalogueActions(url: CatalogueUrl) {
  const refresh = useRefresh()
  const at = endpointsOf(url)
  const changed = () => refresh(keyOf(url))
  return {
    async create(words: EntryWords): Promise<void> {
      await call(`POST ${at}`, { body: words as Required<EntryWords> })
      await changed()
    },
    async change(entry: AnyEntry, change: Partial<EntryWords> & { active?: boolean }): Promise<void> {
      await call(`PATCH ${at}/:id`, { params: { id: entry.id }, body: { ...change, version: entry.version } })
      await changed()
    },
    async remove(entry: AnyEntry): Promise<void> {
      await call(`DELETE ${at}/:id`, { params: { id: entry.id } })
      await changed()
    },
  }
}
