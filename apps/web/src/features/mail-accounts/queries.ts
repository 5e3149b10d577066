import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'

type Listed = EndpointOutput<Api['GET /api/v1/mail-accounts']>['items'][number]
export type MailAccountRow = Listed & { id: string }
export type MailAccountFilters = NonNullable<EndpointInput<Api['GET /api/v1/mail-accounts']>['query']>

const everything = ['mail-accounts']

export function useMailAccounts(filters: () => MailAccountFilters) {
  return useKeysetList<MailAccountRow>(() => {
    const query = filters()
    return {
      key: [...everything, query as Record<string, string>],
      load: async (cursor, signal) => {
        const { items, nextCursor } = await call('GET /api/v1/mail-accounts', { query: { ...query, cursor } }, { signal })
        return { items: items.map((item) => ({ ...item, id: item.user.id })), nextCursor }
      },
    }
  })
}

export function useMailAccountActions() {
  const refresh = useRefresh()
  // The company's settings and one's own account say how they stand, too.
  const changed = () => refresh(everything, ['company'], ['my-account'])
  return {
    async pause(row: MailAccountRow): Promise<void> {
      await call('POST /api/v1/mail-accounts/:id/pauses', { params: { id: row.id } })
      await changed()
    },
    async resume(row: MailAccountRow): Promise<void> {
      await call('POST /api/v1/mail-accounts/:id/resumptions', { params: { id: row.id } })
      await changed()
    },
  }
}
