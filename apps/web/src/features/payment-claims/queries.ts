import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { call, download } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { saveFile } from '../../api/save-file.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type PaymentClaim = EndpointOutput<Api['GET /api/v1/payment-claims']>['items'][number]
export type ClaimFilters = NonNullable<EndpointInput<Api['GET /api/v1/payment-claims']>['query']>

const everything = ['payment-claims']
const voucherOf = 'GET /api/v1/payment-claims/:id/voucher'

export function useClaims(filters: () => ClaimFilters) {
  return useKeysetList<PaymentClaim>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/payment-claims', { query: { ...query, cursor } }, { signal }),
    }
  })
}

/** What a browser shows by itself; a HEIC picture is saved and opened with what the computer has. */
export const isShown = (claim: PaymentClaim): boolean => claim.voucher !== null && claim.voucher.mediaType !== 'image/heic'

export async function loadVoucher(claim: PaymentClaim): Promise<Blob> {
  const { blob } = await download(voucherOf, { params: { id: claim.id } })
  return blob
}

export const saveVoucher = (claim: PaymentClaim): Promise<void> =>
  saveFile(voucherOf, { params: { id: claim.id } }, claim.voucher?.name ?? 'comprobante')

/** The users who collect from somebody, for the filter. */
export const findAgents = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/agents', { query: { q } })).items.map(({ id, name, branch }) => ({
    id,
    name,
    detail: branch.name,
  }))

export function useClaimActions() {
  const refresh = useRefresh()
  return {
    /** The newest of one that others changed; lists show it too. */
    async readAgain(id: string): Promise<PaymentClaim> {
      const newest = await call('GET /api/v1/payment-claims/:id', { params: { id } })
      await refresh(everything)
      return newest
    },
    /** Refusing lifts pauses and closes the follow-up: other lists show it too. */
    async decide(claim: PaymentClaim, decision: 'accepted' | 'refused', answer: string): Promise<PaymentClaim> {
      const decided = await call('POST /api/v1/payment-claims/:id/decisions', {
        params: { id: claim.id },
        body: { decision, answer, version: claim.version },
      })
      await refresh(everything, ['payment-claim-counts'], ['follow-ups'], ['timeline'])
      return decided
    },
  }
}
