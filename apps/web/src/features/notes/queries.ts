import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Note = EndpointOutput<Api['GET /api/v1/notes']>['items'][number]
export type NoteFilters = Omit<NonNullable<EndpointInput<Api['GET /api/v1/notes']>['query']>, 'cursor'>
type NewNote = EndpointInput<Api['POST /api/v1/customers/:id/notes']>['body']

const everything = ['notes']

/** The notes of a customer, newest first. */
export function useNotesOfCustomer(customerId: () => string) {
  return useKeysetList<Note>(() => ({
    key: [...everything, 'customer', customerId()],
    load: (cursor, signal) =>
      call('GET /api/v1/customers/:id/notes', { params: { id: customerId() }, query: { cursor, limit: 30 } }, { signal }),
  }))
}

/** The report under its filters; `on` false asks for nothing. */
export function useNoteReport(filters: () => NoteFilters, on: () => boolean = () => true) {
  return useKeysetList<Note>(() => {
    const query = filters()
    return {
      enabled: on(),
      key: [...everything, 'report', query as Record<string, string>],
      load: (cursor, signal) => call('GET /api/v1/notes', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** Saves the report as PDF, grouped or not. */
export const saveNotePdf = (query: NoteFilters & { grouped: boolean }): Promise<void> =>
  saveFile('GET /api/v1/notes.pdf', { query }, 'notas.pdf')

/** How many notes stand in which department, under the same filters. */
export function useNoteCounts(filters: () => NoteFilters, on: () => boolean) {
  return useQuery(() => {
    const { sort: _sort, limit: _limit, ...query } = filters()
    return {
      key: [...everything, 'departments', query as Record<string, string>],
      enabled: on(),
      query: ({ signal }) => call('GET /api/v1/notes/departments', { query }, { signal }),
    }
  })
}

export async function searchCustomers(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers', { query: { q, limit: 20 } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.code }))
}
export async function findCustomer(id: string): Promise<Entity> {
  const one = await call('GET /api/v1/customers/:id', { params: { id } })
  return { id: one.id, name: one.name, detail: one.code }
}
export async function searchAuthors(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/customers/agents', { query: { q } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.branch.name }))
}
export async function searchBranches(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/branches', { query: { q, limit: 50 } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.code }))
}
export async function searchDepartments(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/departments', { query: { q, limit: 50 } })
  return items.map((one) => ({ id: one.id, name: one.name, detail: one.code }))
}

export function useNoteActions() {
  const refresh = useRefresh()
  // The profile counts them.
  const changed = (customerId: string) => refresh(everything, ['customers', 'one', customerId])

  return {
    async create(customerId: string, body: NewNote): Promise<void> {
      await call('POST /api/v1/customers/:id/notes', { params: { id: customerId }, body })
      await changed(customerId)
    },
    async remove(note: Note): Promise<void> {
      await call('DELETE /api/v1/notes/:id', { params: { id: note.id } })
      await changed(note.customer.id)
    },
  }
}
