import type { DemoPerson } from './demo-people.ts'

/** Asks the API as the person of the screen. */
export type Ask = <Answer>(path: string) => Promise<Answer>

/** A screen of the demo company that `pnpm screenshots` photographs. */
export interface Screen {
  name: string
  /** The address, or how to find it (the profile of some customer, say); null when there is nothing to show. */
  path: string | ((ask: Ask) => Promise<string | null>)
  /** Who looks at it; nobody is signed in for `null`. */
  person: DemoPerson['role'] | null
}

interface Page {
  items: { id: string }[]
}

const firstOf = (collection: string, address: (id: string) => string) => async (ask: Ask) => {
  const { items } = await ask<Page>(`/api/v1/${collection}?limit=1`)
  return items[0] ? address(items[0].id) : null
}

const customer = (tab: string) => firstOf('customers', (id) => `/customers/${id}${tab && `/${tab}`}`)

/** Every screen. A new page of the web gets its line here. */
export const screens: Screen[] = [
  { name: 'sign-in', path: '/sign-in', person: null },
  { name: 'home', path: '/', person: 'administrator' },
  { name: 'home-agent', path: '/', person: 'agent' },
  { name: 'customers', path: '/customers', person: 'administrator' },
  { name: 'customers-agent', path: '/customers', person: 'agent' },
  { name: 'new-customer', path: '/customers/new', person: 'administrator' },
  { name: 'customer', path: customer(''), person: 'administrator' },
  { name: 'customer-notes', path: customer('notes'), person: 'administrator' },
  { name: 'customer-receivables', path: customer('receivables'), person: 'finance' },
  { name: 'customer-notices', path: customer('notices'), person: 'finance' },
  { name: 'customer-follow-ups', path: customer('follow-ups'), person: 'administrator' },
  { name: 'notes', path: '/notes', person: 'supervisor' },
  { name: 'follow-ups', path: '/follow-ups', person: 'agent' },
  { name: 'follow-up', path: firstOf('follow-ups', (id) => `/follow-ups/${id}`), person: 'manager' },
  { name: 'receivables', path: '/receivables', person: 'finance' },
  { name: 'imports', path: '/imports', person: 'finance' },
  { name: 'new-import', path: '/imports/new', person: 'finance' },
  { name: 'notice-plan', path: '/notices/plan', person: 'finance' },
  { name: 'notice-queue', path: '/notices', person: 'finance' },
  { name: 'notice', path: firstOf('notices', (id) => `/notices/${id}`), person: 'finance' },
  { name: 'notice-defaults', path: '/notices/defaults', person: 'administrator' },
  { name: 'notice-rules', path: '/notice-rules', person: 'administrator' },
  { name: 'company', path: '/company', person: 'administrator' },
  { name: 'branches', path: '/branches', person: 'administrator' },
  { name: 'departments', path: '/departments', person: 'administrator' },
  { name: 'users', path: '/users', person: 'administrator' },
  { name: 'access-profiles', path: '/access-profiles', person: 'administrator' },
  { name: 'account', path: '/account', person: 'agent' },
  { name: 'not-allowed', path: '/users', person: 'agent' },
  { name: 'not-found', path: '/nowhere', person: 'agent' },
]
