import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import { ref } from 'vue'
import { call, signedIn } from './api.ts'
import { preferLanguage } from './words.ts'

export type Home = EndpointOutput<Api['GET /api/v1/portal/home']>
export type Receivable = EndpointOutput<Api['GET /api/v1/portal/receivables']>['items'][number]
export type Balance = Home['balances'][number]

/** Who is here and what is owed: every page of the portal needs it. */
export const home = ref<Home | null>(null)
export const company = ref<EndpointOutput<Api['GET /api/v1/portal/company']> | null>(null)

export async function loadCompany(): Promise<void> {
  company.value = await call('GET /api/v1/portal/company')
}

export async function loadHome(): Promise<void> {
  home.value = await call('GET /api/v1/portal/home')
  signedIn.value = true
  preferLanguage(home.value.customer.language)
}

export async function leave(): Promise<void> {
  await call('DELETE /api/v1/portal/session')
  home.value = null
  signedIn.value = false
}

/** Whether the reader wrote it; the customer's other contacts are called by their names. */
export const isMine = (entry: { side: 'customer' | 'company'; name: string }): boolean =>
  entry.side === 'customer' && entry.name === home.value?.contact.name
