import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { call } from '../api/client.ts'
import { saveFile } from '../api/save-file.ts'

export type Exported = EndpointOutput<Api['GET /api/v1/exports/:id']>
export type ExportListName = EndpointInput<Api['POST /api/v1/exports']>['body']['list']

/** Asks for a list as a file, under the filters that the list stands under. */
export function startExport(
  list: ExportListName,
  format: 'xlsx' | 'csv',
  filters: Readonly<Record<string, unknown>>,
): Promise<Exported> {
  const given = Object.entries(filters).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' || name === 'cursor' || name === 'limit'
      ? []
      : [[name, String(value)] as const],
  )
  return call('POST /api/v1/exports', { body: { list, format, filters: Object.fromEntries(given) } })
}

export const readExport = (id: string): Promise<Exported> => call('GET /api/v1/exports/:id', { params: { id } })

/** Saves the file of an export that is made. */
export const saveExport = (one: Exported): Promise<void> =>
  saveFile('GET /api/v1/exports/:id/file', { params: { id: one.id } }, one.fileName)
