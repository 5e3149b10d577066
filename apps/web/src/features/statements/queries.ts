import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call, download } from '../../api/client.ts'

export type Statement = EndpointOutput<Api['GET /api/v1/customers/:id/statement']>
export type Period = NonNullable<EndpointInput<Api['GET /api/v1/customers/:id/statement']>['query']>

/** The statement of a customer. Its key begins with that of receivables: what changes those changes it. */
export function useStatement(customerId: () => string, period: () => Period) {
  return useQuery(() => {
    const id = customerId()
    const query = period()
    return {
      key: ['receivables', 'statement', id, query],
      query: ({ signal }) => call('GET /api/v1/customers/:id/statement', { params: { id }, query }, { signal }),
    }
  })
}

/** The statement as a file, which the browser saves. */
export async function downloadStatement(customerId: string, period: Period, kind: 'pdf' | 'xlsx'): Promise<void> {
  const { blob, name } = await download(`GET /api/v1/customers/:id/statement.${kind}`, {
    params: { id: customerId },
    query: { ...period },
  })
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name ?? `statement.${kind}`
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
