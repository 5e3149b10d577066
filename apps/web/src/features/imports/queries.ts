import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type ImportSummary = EndpointOutput<Api['GET /api/v1/imports']>['items'][number]
export type ImportRecord = EndpointOutput<Api['GET /api/v1/imports/:id']>
export type ImportRow = EndpointOutput<Api['GET /api/v1/imports/:id/rows']>['items'][number] & { id: string }
export type ImportMapping = EndpointInput<Api['PUT /api/v1/imports/:id/mapping']>['body']
export type ImportReading = EndpointInput<Api['PUT /api/v1/imports/:id/reading']>['body']
export type ImportKind = ImportSummary['kind']
type UndoState = NonNullable<ImportRow['undo']>['state']
export type RowFate = NonNullable<ImportRow['fate']>

/** All keys of a feature begin with its name, so that one word makes everything of it stale. */
const everything = ['imports']

/** Past imports, newest first. */
export function useImportList(filters: () => { q?: string; kind?: string }) {
  return useKeysetList<ImportSummary>(() => {
    const { kind, ...rest } = filters()
    const query = { ...rest, ...(kind ? { kind: kind as ImportKind } : {}) }
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/imports', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** One import. */
export function useImport(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'one', id()],
    query: ({ signal }) => call('GET /api/v1/imports/:id', { params: { id: id() } }, { signal }),
  }))
}

/** The saved mappings of a kind. */
export function useSavedMappings(kind: () => ImportKind) {
  return useQuery(() => ({
    key: [...everything, 'mappings', kind()],
    query: ({ signal }) => call('GET /api/v1/import-mappings', { query: { kind: kind() } }, { signal }),
  }))
}

/** The rows of an import with their fates. */
export function useImportRows(id: () => string, fate: () => string, undo: () => string) {
  return useKeysetList<ImportRow>(() => {
    const importId = id()
    const chosen = fate() as RowFate | ''
    const undone = undo() as UndoState | ''
    return {
      key: [...everything, 'rows', importId, chosen, undone],
      load: async (cursor, signal) => {
        const page = await call(
          'GET /api/v1/imports/:id/rows',
          {
            params: { id: importId },
            query: { cursor, ...(chosen === '' ? {} : { fate: chosen }), ...(undone === '' ? {} : { undo: undone }) },
          },
          { signal },
        )
        return { ...page, items: page.items.map((row) => ({ ...row, id: String(row.rowNumber) })) }
      },
    }
  })
}

/** The deeds of the feature. */
export function useImportActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)
  return {
    async upload(file: File, kind: ImportKind): Promise<string> {
      const body = new FormData()
      body.append('file', file)
      // The contract describes JSON bodies; an upload is a form, which the client sends as it is.
      const made = await call('POST /api/v1/imports', { query: { kind }, body } as unknown as { query: { kind: ImportKind } })
      await changed()
      return made.id
    },
    /** Keeps the mapping and tries it out at once. */
    async check(id: string, body: ImportMapping): Promise<void> {
      await call('PUT /api/v1/imports/:id/mapping', { params: { id }, body })
      await call('POST /api/v1/imports/:id/checks', { params: { id } })
      await changed()
    },
    async reread(id: string, body: ImportReading): Promise<void> {
      await call('PUT /api/v1/imports/:id/reading', { params: { id }, body })
      await changed()
    },
    async remove(id: string): Promise<void> {
      await call('DELETE /api/v1/imports/:id', { params: { id } })
      await changed()
    },
    async cancel(id: string): Promise<void> {
      await call('DELETE /api/v1/imports/:id/runs', { params: { id } })
      await changed()
    },
    async undo(id: string): Promise<void> {
      await call('POST /api/v1/imports/:id/undoings', { params: { id } })
      await changed()
    },
    async removeMapping(id: string): Promise<void> {
      await call('DELETE /api/v1/import-mappings/:id', { params: { id } })
      await changed()
    },
    async run(id: string): Promise<void> {
      await call('POST /api/v1/imports/:id/runs', { params: { id }, body: {} })
      await changed()
    },
    /** Reads the import again, and what it changes elsewhere once it is done. */
    async refresh(): Promise<void> {
      await changed()
    },
    async finished(): Promise<void> {
      await changed()
      await refresh(['receivables'], ['customers'])
    },
    async downloadErrors(id: string): Promise<void> {
      await saveFile('GET /api/v1/imports/:id/errors.xlsx', { params: { id } }, 'errors.xlsx')
    },
  }
}
