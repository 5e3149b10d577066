import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call, download, upload } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type CustomerFile = EndpointOutput<Api['GET /api/v1/files/:id']>
export type FileMail = EndpointOutput<Api['GET /api/v1/files/:id/mail']>
export type DeletedFile = EndpointOutput<Api['GET /api/v1/deleted-files']>['items'][number]
export type FileFilters = Omit<NonNullable<EndpointInput<Api['GET /api/v1/customers/:id/files']>['query']>, 'cursor'>
export type AllFileFilters = Omit<NonNullable<EndpointInput<Api['GET /api/v1/files']>['query']>, 'cursor'>
type FileChange = EndpointInput<Api['PATCH /api/v1/files/:id']>['body']

const everything = ['files']

/** The files of a customer under the filters. */
export function useFiles(customerId: () => string, filters: () => FileFilters) {
  return useKeysetList<CustomerFile>(() => {
    const query = filters()
    return {
      key: [...everything, 'customer', customerId(), query as Record<string, string>],
      load: (cursor, signal) =>
        call('GET /api/v1/customers/:id/files', { params: { id: customerId() }, query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The files of all customers under the filters. */
export function useAllFiles(filters: () => AllFileFilters) {
  return useKeysetList<CustomerFile>(() => {
    const query = filters()
    return {
      key: [...everything, 'all', query as Record<string, string>],
      load: (cursor, signal) => call('GET /api/v1/files', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** All versions of a file, the newest first. */
export function useFileVersions(id: () => string, on: () => boolean) {
  return useQuery(() => ({
    key: [...everything, 'versions', id()],
    enabled: on(),
    query: ({ signal }) => call('GET /api/v1/files/:id/versions', { params: { id: id() } }, { signal }),
  }))
}

/** The customers that a search finds, for an EntitySelect. */
export async function findCustomers(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers', { query: { q, limit: 20 } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.code }))
}

export async function findCustomer(id: string): Promise<Entity | undefined> {
  const one = await call('GET /api/v1/customers/:id', { params: { id } })
  return { id: one.id, name: one.name }
}

/** The active users, for an EntitySelect. */
export async function findOwners(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers/agents', { query: { q } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.branch.name }))
}

/** One file by its id; null asks for nothing. */
export function useFile(id: () => string | null) {
  return useQuery(() => ({
    key: [...everything, 'one', id() ?? ''],
    enabled: id() !== null,
    query: ({ signal }) => call('GET /api/v1/files/:id', { params: { id: id() ?? '' } }, { signal }),
  }))
}

/** What stands in a file that is an e-mail. */
export function useFileMail(id: () => string, on: () => boolean) {
  return useQuery(() => ({
    key: [...everything, 'mail', id()],
    enabled: on(),
    query: ({ signal }) => call('GET /api/v1/files/:id/mail', { params: { id: id() } }, { signal }),
  }))
}

export function useDeletedFiles(customerId: () => string, on: () => boolean) {
  return useQuery(() => ({
    key: [...everything, 'deleted', customerId()],
    enabled: on(),
    query: ({ signal }) => call('GET /api/v1/deleted-files', { query: { customerId: customerId(), limit: 200 } }, { signal }),
  }))
}

/** The most bytes of one file, told before somebody sends it. */
export function useFileSettings() {
  return useQuery(() => ({
    key: ['file-settings'],
    query: ({ signal }) => call('GET /api/v1/file-settings', {}, { signal }),
    staleTime: 600_000,
  }))
}

/** What is shown of a file in the browser: the picture that was drawn of it, or a PDF as it is. */
export async function loadShown(file: CustomerFile): Promise<Blob> {
  const part = file.kind === 'pdf' ? 'content' : 'preview'
  const { blob } = await download(`GET /api/v1/files/:id/${part}`, { params: { id: file.id } })
  return blob
}

export const saveCustomerFile = (file: Pick<CustomerFile, 'id' | 'name'>): Promise<void> =>
  saveFile('GET /api/v1/files/:id/content', { params: { id: file.id } }, file.name)

export const saveAttachment = (id: string, attachment: FileMail['attachments'][number]): Promise<void> =>
  saveFile('GET /api/v1/files/:id/mail-attachments/:index', { params: { id, index: attachment.index } }, attachment.name)

export function useFileActions() {
  const refresh = useRefresh()
  return {
    refresh: () => refresh(everything),
    async change(file: CustomerFile, body: Omit<FileChange, 'version'>): Promise<CustomerFile> {
      const after = await call('PATCH /api/v1/files/:id', { params: { id: file.id }, body: { ...body, version: file.version } })
      await refresh(everything)
      return after
    },
    /** Answers the new version. */
    async addVersion(
      id: string,
      file: File,
      options: { signal: AbortSignal; onProgress: (share: number) => void },
    ): Promise<CustomerFile> {
      const made = await upload('POST /api/v1/files/:id/versions', { id }, file, options)
      await refresh(everything)
      return made
    },
    async remove(file: CustomerFile): Promise<void> {
      await call('DELETE /api/v1/files/:id', { params: { id: file.id } })
      await refresh(everything)
    },
    async restore(id: string): Promise<void> {
      await call('POST /api/v1/deleted-files/:id/restorations', { params: { id } })
      await refresh(everything)
    },
  }
}
