import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../api/client.ts'
import { useRefresh } from '../api/use-refresh.ts'
import { translate } from '../i18n.ts'

export type NewContactAttempt = EndpointInput<Api['POST /api/v1/customers/:id/contact-attempts']>['body']
type ContactCheck = EndpointOutput<Api['GET /api/v1/customers/:id/contact-check']>

/** The last contact with a customer that the reader sees. */
export function useLastContact(customerId: () => string | null) {
  return useQuery(() => ({
    key: ['contact-attempts', 'last', customerId() ?? ''],
    enabled: customerId() !== null,
    query: ({ signal }) =>
      call(
        'GET /api/v1/customers/:id/contact-attempts',
        { params: { id: customerId() ?? '' }, query: { limit: '1' } },
        { signal },
      ),
  }))
}

/** By how much the server's clock is ahead of this machine's: what happens now happens now there too. */
export function useClockOffset() {
  return useQuery({
    key: ['server-clock'],
    query: async ({ signal }) => {
      const { now } = await call('GET /api/v1/follow-up-settings', {}, { signal })
      return new Date(now).getTime() - Date.now()
    },
  })
}

/** Whether the contact policy would let the customer be contacted now. */
export function useContactCheck(customerId: () => string, channel: () => NewContactAttempt['channel'], enabled: () => boolean) {
  return useQuery(() => ({
    key: ['contact-attempts', 'check', customerId(), channel()],
    query: ({ signal }) =>
      call(
        'GET /api/v1/customers/:id/contact-check',
        { params: { id: customerId() }, query: { channel: channel() } },
        { signal },
      ),
    enabled: enabled(),
  }))
}

/** Why the contact policy would not allow a contact, as a sentence. */
export function contactReason(check: Pick<ContactCheck, 'reason' | 'limit' | 'per'>): string {
  if (check.reason === 'contact-limit' && check.per)
    return translate(`contactDialog.reasons.${check.per}`, { limit: check.limit ?? 0 })
  return translate('contactDialog.reasons.outsideHours')
}

export function useContactActions() {
  const refresh = useRefresh()
  return {
    async record(customerId: string, body: NewContactAttempt): Promise<void> {
      await call('POST /api/v1/customers/:id/contact-attempts', { params: { id: customerId }, body })
      await Promise.all(['contact-attempts', 'notices', 'timeline'].map((root) => refresh([root])))
    },
    async note(customerId: string, body: string): Promise<void> {
      await call('POST /api/v1/customers/:id/notes', { params: { id: customerId }, body: { body } })
      await Promise.all(['notes', 'timeline'].map((root) => refresh([root])))
    },
  }
}
