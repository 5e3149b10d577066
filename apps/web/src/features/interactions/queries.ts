import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Interaction = EndpointOutput<Api['GET /api/v1/interactions']>['items'][number]
export type InteractionDetail = EndpointOutput<Api['GET /api/v1/interactions/:id']>
export type Entry = InteractionDetail['entries'][number]
export type EntryKind = Entry['kind']
export type EntryMail = Entry['mails'][number]
/** With how far the server's clock is from this browser's. */
export type CustomerForm = EndpointOutput<Api['GET /api/v1/customers/:id/interaction-form']> & { offsetMs: number }
export type InteractionFilters = NonNullable<EndpointInput<Api['GET /api/v1/interactions']>['query']>
export type ReportFilters = NonNullable<EndpointInput<Api['GET /api/v1/interaction-entries']>['query']>
export type ReportedEntry = EndpointOutput<Api['GET /api/v1/interaction-entries']>['items'][number]
type NewInteraction = EndpointInput<Api['POST /api/v1/interactions']>['body']
type Change = EndpointInput<Api['PATCH /api/v1/interactions/:id']>['body']
type NewFollowUp = EndpointInput<Api['POST /api/v1/interactions/:id/follow-ups']>['body']
type NewEntry = EndpointInput<Api['POST /api/v1/interactions/:id/entries']>['body']

const everything = ['interactions']

/** The interactions under the filters, page by page. */
export function useInteractionList(filters: () => InteractionFilters) {
  return useKeysetList<Interaction>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/interactions', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/**
 * The record with its conversation. Not called 'one': what others write appears in the thread also while somebody types, since an entry
 * overwrites nothing, and the facts are saved by their version.
 */
export function useInteraction(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'conversation', id()],
    query: ({ signal }) => call('GET /api/v1/interactions/:id', { params: { id: id() } }, { signal }),
  }))
}

/** What a form about the customer shows and fills in. */
export function useCustomerForm(customerId: () => string) {
  return useQuery(() => ({
    key: ['customers', 'interaction-form', customerId()],
    enabled: customerId() !== '',
    query: async ({ signal }): Promise<CustomerForm> => {
      const form = await call('GET /api/v1/customers/:id/interaction-form', { params: { id: customerId() } }, { signal })
      return { ...form, offsetMs: new Date(form.now).getTime() - Date.now() }
    },
  }))
}

/** From which account the viewer's mails leave, if any can. */
export function useOwnMailAccount() {
  return useQuery({
    key: ['my-account', 'mail-account'],
    query: ({ signal }) => call('GET /api/v1/me/mail-account', {}, { signal }),
  })
}

export function useTopics() {
  return useQuery({
    key: ['interaction-topics', 'active'],
    query: ({ signal }) => call('GET /api/v1/interaction-topics', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

export function useFollowUpTypes() {
  return useQuery({
    key: ['follow-up-types', 'active'],
    query: ({ signal }) => call('GET /api/v1/follow-up-types', { query: { active: 'true', limit: '200' } }, { signal }),
  })
}

export function useReportedEntries(filters: () => ReportFilters) {
  return useKeysetList<ReportedEntry>(() => {
    const query = filters()
    return {
      key: [...everything, 'entries', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/interaction-entries', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useEntryNames(filters: () => Omit<ReportFilters, 'sort' | 'cursor' | 'limit'>) {
  return useQuery(() => {
    const query = filters()
    return {
      key: [...everything, 'names', { ...query }],
      query: ({ signal }) => call('GET /api/v1/interaction-entries/names', { query }, { signal }),
    }
  })
}

export const findCustomers = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers', { query: { q, limit: '20' } })).items.map((each) => ({
    id: each.id,
    name: each.name,
    detail: each.code,
  }))

export const findCustomer = async (id: string): Promise<Entity> => {
  const { customer } = await call('GET /api/v1/customers/:id/interaction-form', { params: { id } })
  return { id: customer.id, name: customer.name, detail: customer.code }
}

export const findOwners = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/follow-up-owners', { query: { q, limit: '20' } })).items

export const findSalespeople = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/agents', { query: { q } })).items.map((one) => ({
    id: one.id,
    name: one.name,
    detail: one.branch.name,
  }))

export const findProducts = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/products', { query: { q, active: 'true', limit: '20' } })).items.map((one) => ({
    id: one.id,
    name: one.name,
    detail: one.code,
  }))

export const saveEntryReport = (as: 'workbook' | 'pdf', query: ReportFilters) =>
  saveFile(`GET /api/v1/interaction-entries/${as}`, { query }, as === 'pdf' ? 'interacciones.pdf' : 'interacciones.xlsx')

/** The deeds of the feature; each makes all lists, records and counts stale. */
export function useInteractionActions() {
  const refresh = useRefresh()
  async function changed<T>(answer: Promise<T>): Promise<T> {
    const done = await answer
    await refresh(...[...everything, 'timeline', 'follow-ups'].map((key) => [key]))
    return done
  }
  const params = (id: string) => ({ params: { id } })
  return {
    create: (body: NewInteraction) => changed(call('POST /api/v1/interactions', { body })),
    change: (id: string, body: Change) => changed(call('PATCH /api/v1/interactions/:id', { ...params(id), body })),
    addEntry: (id: string, body: NewEntry) => changed(call('POST /api/v1/interactions/:id/entries', { ...params(id), body })),
    openFollowUp: (id: string, body: NewFollowUp) =>
      changed(call('POST /api/v1/interactions/:id/follow-ups', { ...params(id), body })),
    mailEntry: (id: string, entryId: string, mailTo: string) =>
      changed(call('POST /api/v1/interactions/:id/entries/:entryId/mails', { params: { id, entryId }, body: { mailTo } })),
    mailAgain: (id: string, mailId: string) =>
      changed(call('POST /api/v1/interactions/:id/mails/:mailId/retries', { params: { id, mailId } })),
    close: (id: string, seenEntryId?: string) =>
      changed(call('POST /api/v1/interactions/:id/closures', { ...params(id), query: { seenEntryId } })),
    reopen: (id: string) => changed(call('POST /api/v1/interactions/:id/reopenings', params(id))),
    remove: (id: string) => changed(call('DELETE /api/v1/interactions/:id', params(id))),
  }
}
