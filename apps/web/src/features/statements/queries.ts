import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { saveFile } from '../../api/save-file.ts'

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
  await saveFile(
    `GET /api/v1/customers/:id/statement.${kind}`,
    { params: { id: customerId }, query: { ...period } },
    `statement.${kind}`,
  )
}
