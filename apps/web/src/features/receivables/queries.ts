import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import type { DisputeCategory } from '@cartera/domain/receivables/dispute'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type Receivable = EndpointOutput<Api['GET /api/v1/receivables']>['items'][number]
export type ReceivableFilters = NonNullable<EndpointInput<Api['GET /api/v1/receivables']>['query']>
export type AgingFilters = NonNullable<EndpointInput<Api['GET /api/v1/receivables/aging']>['query']>
export type AgingTotals = EndpointOutput<Api['GET /api/v1/receivables/aging']>['totals'][number]
export type Payment = EndpointOutput<Api['GET /api/v1/payments']>['items'][number]
export type CreditNote = EndpointOutput<Api['GET /api/v1/credit-notes']>['items'][number]
export type LedgerDocument = EndpointOutput<Api['GET /api/v1/documents/:id']>
export type CorrectedDocument = EndpointInput<Api['PUT /api/v1/documents/:id']>['body']
export type NewDocument = EndpointInput<Api['POST /api/v1/documents']>['body']
export type NewCreditNote = EndpointInput<Api['POST /api/v1/credit-notes']>['body']
export type ReportedPayment = EndpointOutput<Api['GET /api/v1/payment-claims/:id']>
export type NewPayment = EndpointInput<Api['POST /api/v1/payments']>['body']

type Application = { receivableId: string; amount: string }

/** All keys of a feature begin with its name, so that one word makes everything of it stale. */
const everything = ['receivables']

/** Receivables under the filters, page by page. */
export function useReceivableList(filters: () => ReceivableFilters) {
  return useKeysetList<Receivable>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', query],
      load: (cursor, signal) => call('GET /api/v1/receivables', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** How many payments the customer reported on the portal that nobody has looked at. */
export function useReportedCount(customerId: () => string) {
  return useQuery(() => ({
    key: ['payment-claim-counts', customerId()],
    query: ({ signal }) => call('GET /api/v1/payment-claim-counts', { query: { customerId: customerId() } }, { signal }),
  }))
}

/** A payment that a customer reported, to register it. */
export const readReported = (id: string): Promise<ReportedPayment> => call('GET /api/v1/payment-claims/:id', { params: { id } })

/** What is to be collected by age, under the same filters. */
export function useAging(filters: () => AgingFilters) {
  return useQuery(() => {
    const query = filters()
    return {
      key: [...everything, 'aging', query],
      query: ({ signal }) => call('GET /api/v1/receivables/aging', { query }, { signal }),
    }
  })
}

/** One receivable with the payments applied to it. */
export function useReceivable(id: () => string | null) {
  return useQuery(() => {
    const found = id()
    return {
      key: [...everything, 'one', found ?? ''],
      enabled: found !== null,
      query: ({ signal }) => call('GET /api/v1/receivables/:id', { params: { id: found ?? '' } }, { signal }),
    }
  })
}

/** A document with its instalments, and what voiding it would end. */
export async function loadDocument(id: string): Promise<LedgerDocument> {
  return call('GET /api/v1/documents/:id', { params: { id } })
}

/** The payments of a customer, newest first. */
export function usePaymentList(customerId: () => string) {
  return useKeysetList<Payment>(() => {
    const query = { customerId: customerId() }
    return {
      key: [...everything, 'payments', query],
      load: (cursor, signal) => call('GET /api/v1/payments', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The credit notes of a customer, newest first. */
export function useCreditNoteList(customerId: () => string) {
  return useKeysetList<CreditNote>(() => {
    const query = { customerId: customerId() }
    return {
      key: [...everything, 'credit-notes', query],
      load: (cursor, signal) => call('GET /api/v1/credit-notes', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The open receivables of a customer in one currency, oldest first, for choosing what a payment pays. */
export async function openReceivables(customerId: string): Promise<Receivable[]> {
  const { items } = await call('GET /api/v1/receivables', { query: { customerId, state: 'open', limit: '200' } })
  return items
}

export async function branchChoices(q: string): Promise<Entity[]> {
  const { items } = await call('GET /api/v1/branches', { query: { q, limit: '20' } })
  return items.map(({ id, name, code }) => ({ id, name, detail: code }))
}

/** The deeds of the feature. Each makes its lists stale, so that every open screen shows what is true now. */
export function useReceivableActions() {
  const refresh = useRefresh()
  const changed = async () => {
    // Balances stand in these too, and promises are decided by them.
    await refresh(everything, ['customers'], ['statements'], ['portfolio'], ['promises'], ['timeline'])
  }
  return {
    async dispute(id: string, reason: string, category: DisputeCategory): Promise<void> {
      await call('PUT /api/v1/receivables/:id/dispute', { params: { id }, body: { reason, category } })
      await changed()
    },
    async endDispute(id: string): Promise<void> {
      await call('DELETE /api/v1/receivables/:id/dispute', { params: { id } })
      await changed()
    },
    async recordPayment(body: NewPayment): Promise<void> {
      await call('POST /api/v1/payments', { body })
      await changed()
    },
    async recordDocument(body: NewDocument): Promise<void> {
      await call('POST /api/v1/documents', { body })
      await changed()
    },
    async correctDocument(id: string, body: CorrectedDocument): Promise<void> {
      await call('PUT /api/v1/documents/:id', { params: { id }, body })
      await changed()
    },
    async voidDocument(id: string, reason: string): Promise<void> {
      await call('POST /api/v1/documents/:id/void', { params: { id }, body: { reason } })
      await changed()
    },
    async recordCreditNote(body: NewCreditNote): Promise<void> {
      await call('POST /api/v1/credit-notes', { body })
      await changed()
    },
    async applyPayment(id: string, applications: Application[]): Promise<void> {
      await call('POST /api/v1/payments/:id/applications', { params: { id }, body: { applications } })
      await changed()
    },
    async applyCreditNote(id: string, applications: Application[]): Promise<void> {
      await call('POST /api/v1/credit-notes/:id/applications', { params: { id }, body: { applications } })
      await changed()
    },
    async reversePayment(id: string, body: { reason: string; on?: string | undefined }): Promise<void> {
      await call('POST /api/v1/payments/:id/reversal', { params: { id }, body })
      await changed()
    },
    async voidCreditNote(id: string, body: { reason: string; on?: string | undefined }): Promise<void> {
      await call('POST /api/v1/credit-notes/:id/void', { params: { id }, body })
      await changed()
    },
    async undoMovement(id: string, reason: string): Promise<void> {
      await call('POST /api/v1/receivable-movements/:id/reversal', { params: { id }, body: { reason } })
      await changed()
    },
    async writeOff(id: string, body: { amount: string; reason: string }): Promise<void> {
      await call('POST /api/v1/receivables/:id/write-offs', { params: { id }, body })
      await changed()
    },
  }
}
