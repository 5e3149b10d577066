import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import type { Permission } from '@cartera/domain/access/permissions'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { ApiProblem } from '../api/api-problem.ts'
import { call, renew, setAccessToken } from '../api/client.ts'
import { preferLanguage } from '../i18n.ts'
import { setFormatCompany } from '../ui/format.ts'

export type Me = EndpointOutput<Api['GET /api/v1/me']>

/** Who is signed in, and what they may do. The server decides again on every request; this only shapes what is shown. */
export const useSession = defineStore('session', () => {
  const me = shallowRef<Me | null>(null)
  const setUpNeeded = ref(false)
  let started: Promise<void> | null = null

  async function readMe(): Promise<void> {
    const next = await call('GET /api/v1/me')
    setFormatCompany({
      companyLocale: next.company.locale,
      timeZone: next.company.timeZone,
      currency: next.company.currency,
      today: { day: next.company.today, asOf: Date.now() },
    })
    preferLanguage(next.language)
    me.value = next
  }

  /** Takes up the session that the cookie still holds, if any. Asked by the first navigation; later ones wait for the same answer. */
  function start(): Promise<void> {
    started ??= (async () => {
      try {
        if (await renew()) return await readMe()
      } catch (error) {
        // Whatever stands in the way shows itself on the sign-in screen, where the person can try again.
        if (!(error instanceof ApiProblem)) throw error
      }
      setUpNeeded.value = await call('GET /api/v1/set-up').then(
        (answer) => answer.needed,
        () => false,
      )
    })()
    return started
  }

  async function signIn(email: string, password: string): Promise<void> {
    const token = await call('POST /api/v1/session', { body: { email, password } })
    setAccessToken(token.accessToken)
    await readMe()
  }

  /** Creates the company's first administrator and signs them in. */
  async function setUp(body: EndpointInput<Api['POST /api/v1/set-up']>['body']): Promise<void> {
    const token = await call('POST /api/v1/set-up', { body })
    setUpNeeded.value = false
    setAccessToken(token.accessToken)
    await readMe()
  }

  /** Forgets the person here; the server's session is ended by `signOut`. */
  function forget(): void {
    setAccessToken(null)
    me.value = null
  }

  async function signOut(): Promise<void> {
    try {
      await call('DELETE /api/v1/session')
    } finally {
      forget()
    }
  }

  return {
    me,
    setUpNeeded,
    signedIn: computed(() => me.value !== null),
    start,
    signIn,
    setUp,
    signOut,
    forget,
    /** Reads the account anew, after the person changed their name, language or the company's settings. */
    reload: readMe,
    /** Whether the person's access profile holds the permission (any of them, when there are several). */
    can(permission: Permission | readonly Permission[]): boolean {
      const held = me.value?.permissions ?? []
      return typeof permission === 'string' ? held.includes(permission) : permission.some((one) => held.includes(one))
    },
  }
})
