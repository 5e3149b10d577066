import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'

export type MyMailAccount = EndpointOutput<Api['GET /api/v1/me/mail-account']>
type MailAccountInput = EndpointInput<Api['PUT /api/v1/me/mail-account']>['body']
type MyChange = EndpointInput<Api['PATCH /api/v1/me']>['body']

const everything = ['my-account']

export function useMyMailAccount() {
  return useQuery({
    key: [...everything, 'mail-account'],
    query: ({ signal }) => call('GET /api/v1/me/mail-account', {}, { signal }),
  })
}

export function useMyAccountActions() {
  const refresh = useRefresh()
  // The company's settings say whether the administrator's account could send.
  const changed = () => refresh(everything, ['company'], ['mail-accounts'])

  return {
    changeMe: (body: MyChange) => call('PATCH /api/v1/me', { body }),
    changePassword: (currentPassword: string, newPassword: string) =>
      call('PUT /api/v1/me/password', { body: { currentPassword, newPassword } }),
    async putMailAccount(body: MailAccountInput): Promise<void> {
      await call('PUT /api/v1/me/mail-account', { body })
      await changed()
    },
    async removeMailAccount(): Promise<void> {
      await call('DELETE /api/v1/me/mail-account')
      await changed()
    },
    async confirmMailAccount(code: string): Promise<void> {
      await call('POST /api/v1/me/mail-account/confirmations', { body: { code } })
      await changed()
    },
    async verifyMailAccount(): Promise<void> {
      try {
        await call('POST /api/v1/me/mail-account/verifications')
      } finally {
        // A refusal stays on the account, so it is read anew either way.
        await changed()
      }
    },
  }
}
