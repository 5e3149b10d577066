import type { BrowserContext } from 'playwright-core'
import { signIn, untilQuiet } from './browser.ts'
import { askApi } from './photograph.ts'

/** Customers of the demo company that look at the portal: one with something of everything, and one with nothing yet. */
export type PortalPerson = 'portal-customer' | 'portal-newcomer'

interface Contact {
  id: string
  name: string
  email: string | null
  portalAccess: boolean
}
interface Found {
  customerId: string
  contact: Contact
}
type Ask = <Answer>(path: string) => Promise<Answer>

const mostAsked = 40

/** Lets the window in as a person of the portal, by the link that is mailed. False where the company has nobody like that. */
export async function enterPortal(
  context: BrowserContext,
  baseUrl: string,
  inboxUrl: string,
  person: PortalPerson,
): Promise<boolean> {
  const token = await signIn(context, baseUrl, 'administrator')
  // The window must not stay signed in as the administrator.
  await context.clearCookies()
  const ask: Ask = (path) => askApi(context, `${baseUrl}/api/v1${path}`, token)
  const found = await (person === 'portal-customer' ? findBusy(ask) : findNewcomer(ask))
  if (!found?.contact.email) return false
  const known = new Set((await mailsTo(context, inboxUrl, found.contact.email)).map((mail) => mail.id))
  const invited = await context.request.post(
    `${baseUrl}/api/v1/customers/${found.customerId}/contacts/${found.contact.id}/portal-invitations`,
    { headers: { authorization: `Bearer ${token}` }, data: {} },
  )
  if (!invited.ok()) throw new Error(`no portal link: ${invited.status()} ${await invited.text()}`)
  const page = await context.newPage()
  for (let turn = 0; turn < 240; turn++) {
    const mail = (await mailsTo(context, inboxUrl, found.contact.email)).find((each) => !known.has(each.id))
    if (mail) {
      const text = await (await context.request.get(`${inboxUrl}/mails/${mail.id}?view=plain`)).text()
      const link = /\/portal\/enter#[\w-]{43}/.exec(text)?.[0]
      if (!link) throw new Error('the mail holds no link')
      await page.goto(`${baseUrl}${link}`)
      await page.getByRole('button', { name: /^(Entrar|Enter)$/ }).click()
      await page.getByRole('heading', { name: /^(Hola|Hello)/ }).waitFor()
      await untilQuiet(page)
      await page.close()
      return true
    }
    await page.waitForTimeout(500)
  }
  throw new Error('the mail with the portal link did not arrive')
}

async function mailsTo(context: BrowserContext, inboxUrl: string, address: string): Promise<{ id: string }[]> {
  const { items } = await askApi<{ items: { id: string; to: string[]; subject: string }[] }>(
    context,
    `${inboxUrl}/api/mails`,
    null,
  )
  return items.filter(({ to, subject }) => to.includes(address) && /portal/i.test(subject))
}

const mayEnter = async (ask: Ask, customerId: string): Promise<Found | null> => {
  const { items } = await ask<{ items: Contact[] }>(`/customers/${customerId}/contacts`)
  const contact = items.find((each) => each.portalAccess && each.email !== null)
  return contact ? { customerId, contact } : null
}

/** Who reported a payment and speaks with the company. */
async function findBusy(ask: Ask): Promise<Found | null> {
  const { items } = await ask<{ items: { customer: { id: string } }[] }>(`/payment-claims?limit=${mostAsked}`)
  for (const id of new Set(items.map((each) => each.customer.id))) {
    const talks = await ask<{ items: { entryCount: number }[] }>(`/interactions?limit=10&customerId=${id}`)
    const found = talks.items.some((talk) => talk.entryCount >= 3) ? await mayEnter(ask, id) : null
    if (found) return found
  }
  return null
}

/** Who owes nothing and has said nothing yet. */
async function findNewcomer(ask: Ask): Promise<Found | null> {
  const { items } = await ask<{ items: { id: string; balances: unknown[] }[] }>('/customers?limit=200')
  let asked = 0
  for (const { id, balances } of items) {
    if (balances.length > 0) continue
    if (++asked > mostAsked) return null
    const talks = await ask<{ items: unknown[] }>(`/interactions?limit=1&customerId=${id}`)
    const found = talks.items.length === 0 ? await mayEnter(ask, id) : null
    if (found) return found
  }
  return null
}
