import type { Page } from 'playwright-core'
import type { DemoPerson } from './demo-people.ts'
import type { PortalPerson } from './portal-entry.ts'

/** Asks the API as the person of the screen. */
export type Ask = <Answer>(path: string) => Promise<Answer>

/** A screen of the demo company that `pnpm screenshots` photographs. */
export interface Screen {
  name: string
  /** The address, or how to find it (the profile of some customer, say); null when there is nothing to show. */
  path: string | ((ask: Ask) => Promise<string | null>)
  /** Who looks at it; nobody is signed in for `null`. */
  person: DemoPerson['role'] | PortalPerson | null
  /** The button to press before the picture, by its name in Spanish or English: a dialog. */
  press?: RegExp
  /** What is done on the page before the picture. */
  before?: (page: Page) => Promise<void>
}

interface Listed {
  items: { id: string }[]
}

const firstOf = (collection: string, address: (id: string) => string) => async (ask: Ask) => {
  const { items } = await ask<Listed>(`/api/v1/${collection}?limit=1`)
  return items[0] ? address(items[0].id) : null
}

/** The profile of a customer who owes, so that every tab has something to show. */
const customer =
  (tab: string, filter = 'q=C-000154') =>
  async (ask: Ask) => {
    const { items } = await ask<Listed>(`/api/v1/customers?limit=1&${filter}`)
    return items[0] ? `/customers/${items[0].id}${tab && `/${tab}`}` : null
  }

/** An opportunity for which something was offered. */
export async function opportunityWithQuote(ask: Ask): Promise<string | null> {
  const { items } = await ask<{ items: { opportunity: { id: string } | null }[] }>('/api/v1/quotes?limit=50')
  const one = items.find(({ opportunity }) => opportunity !== null)?.opportunity
  return one ? `/opportunities/${one.id}` : null
}

/** The portal's conversation with the most to read. */
export async function portalTalk(ask: Ask): Promise<string | null> {
  const { items } = await ask<{ items: { id: string; last: { side: string } | null }[] }>(
    '/api/v1/portal/conversations?limit=100',
  )
  const one = items.find(({ last }) => last?.side === 'company') ?? items[0]
  return one ? `/portal/messages/${one.id}` : null
}

async function contest(ask: Ask): Promise<string | null> {
  const { items } = await ask<{ items: { id: string; disputed: boolean }[] }>('/api/v1/portal/receivables')
  const one = items.find(({ disputed }) => !disputed)
  return one ? `/portal/account/${one.id}/dispute` : null
}

const pressing = (name: RegExp) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click()
  await page.locator('[aria-invalid="true"], [role="alert"], .error').first().waitFor()
}

/** The customer portal, behind its entry. */
export const portalScreens: Screen[] = [
  { name: 'portal-ask', path: '/portal', person: null },
  {
    name: 'portal-asked',
    path: '/portal',
    person: null,
    before: async (page) => {
      await page.locator('[type=email]').fill('pagos@almacen.example')
      await page.locator('[type=submit]').click()
      await page.locator('[role=status] h1').waitFor()
    },
  },
  { name: 'portal-enter', path: '/portal/enter#a-link', person: null },
  { name: 'portal-link-ended', path: '/portal/enter#a-link', person: null, before: pressing(/^(Entrar|Enter)$/) },
  { name: 'portal-home', path: '/portal', person: 'portal-customer' },
  { name: 'portal-account', path: '/portal/account', person: 'portal-customer' },
  { name: 'portal-statement', path: '/portal/account/statement', person: 'portal-customer' },
  { name: 'portal-documents', path: '/portal/account/documents', person: 'portal-customer' },
  { name: 'portal-dispute', path: contest, person: 'portal-customer' },
  { name: 'portal-payments', path: '/portal/payments', person: 'portal-customer' },
  { name: 'portal-claim', path: '/portal/payments/report', person: 'portal-customer' },
  {
    name: 'portal-claim-refused',
    path: '/portal/payments/report',
    person: 'portal-customer',
    before: async (page) => {
      await page.locator('input[inputmode=decimal]').first().fill('-5')
      const wrong = { name: 'comprobante.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 <html>') }
      await page.locator('[type=file]').setInputFiles(wrong)
      await pressing(/^(Informar el pago|Report the payment)$/)(page)
    },
  },
  { name: 'portal-promise', path: '/portal/payments/promise', person: 'portal-customer' },
  { name: 'portal-messages', path: '/portal/messages', person: 'portal-customer' },
  { name: 'portal-conversation', path: portalTalk, person: 'portal-customer' },
  { name: 'portal-new-message', path: '/portal/messages/new', person: 'portal-customer' },
  { name: 'portal-wrong-person', path: '/portal/wrong-person', person: 'portal-customer' },
  {
    name: 'portal-unreachable',
    path: '/portal/messages/01a20396-f85d-7578-af44-000000000000',
    person: 'portal-customer',
  },
  { name: 'portal-home-paid-up', path: '/portal', person: 'portal-newcomer' },
  { name: 'portal-account-empty', path: '/portal/account', person: 'portal-newcomer' },
  { name: 'portal-documents-empty', path: '/portal/account/documents', person: 'portal-newcomer' },
  { name: 'portal-statement-empty', path: '/portal/account/statement', person: 'portal-newcomer' },
  { name: 'portal-payments-empty', path: '/portal/payments', person: 'portal-newcomer' },
  { name: 'portal-messages-empty', path: '/portal/messages', person: 'portal-newcomer' },
  { name: 'portal-promise-empty', path: '/portal/payments/promise', person: 'portal-newcomer' },
  {
    name: 'portal-session-ended',
    path: '/portal',
    person: 'portal-newcomer',
    before: async (page) => {
      const cookies = await page.context().cookies()
      await page.context().clearCookies()
      await page.locator('.sections a').nth(1).click()
      await page.locator('[type=email]').waitFor()
      // The next look begins signed in again.
      await page.context().addCookies(cookies)
    },
  },
]

/** Every screen. A new page of the web gets its line here. */
export const screens: Screen[] = [
  ...portalScreens,
  { name: 'sign-in', path: '/sign-in', person: null },
  { name: 'home', path: '/', person: 'administrator' },
  { name: 'home-agent', path: '/', person: 'agent' },
  {
    name: 'menu',
    path: '/',
    person: 'administrator',
    before: async (page) => {
      const opener = page.getByRole('button', { name: /barra lateral|sidebar/i }).first()
      if (await opener.isVisible()) await opener.click()
      await page
        .getByRole('button', { name: /^(Catálogos|Catalogues)$/ })
        .first()
        .click()
    },
  },
  { name: 'customers', path: '/customers', person: 'administrator' },
  { name: 'customers-agent', path: '/customers', person: 'agent' },
  { name: 'new-customer', path: '/customers/new', person: 'administrator' },
  { name: 'customer', path: customer(''), person: 'administrator' },
  { name: 'customer-agent', path: customer('', 'onHold=true'), person: 'agent' },
  { name: 'customer-contacts', path: customer('contacts'), person: 'administrator' },
  { name: 'contacts', path: '/contacts', person: 'administrator' },
  {
    name: 'contact-card',
    path: customer('contacts'),
    person: 'administrator',
    before: async (page) => {
      await page.locator('[data-row-opener]').first().click()
      await page
        .getByRole('button', { name: /^(Historial|History) / })
        .or(page.getByRole('dialog'))
        .first()
        .waitFor()
    },
  },
  {
    name: 'contact-cards',
    path: customer('contacts'),
    person: 'administrator',
    press: /^(Importar vCard|Import vCard)$/,
    before: async (page) => {
      const person = (name: string, rest: string) => `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\n${rest}\nEND:VCARD\n`
      await page.locator('input[data-field="cards"]').setInputFiles({
        name: 'contactos.vcf',
        mimeType: 'text/vcard',
        buffer: Buffer.from(
          person('Rocío Fuentes', 'TEL;TYPE=CELL:+51 999 111 222') +
            person('Marta Quiroga', 'TITLE:Tesorera\nEMAIL:marta.quiroga@proveedor.example\nTEL:pedir en recepción'),
        ),
      })
      await page.getByText('Marta Quiroga').first().waitFor()
    },
  },
  {
    name: 'contact-edit',
    path: customer('contacts'),
    person: 'administrator',
    before: async (page) => {
      await page.locator('[data-row-opener]').first().click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^(Editar|Edit)$/ })
        .click()
      await page.getByRole('dialog', { name: /^(Editar contacto|Edit contact)$/ }).waitFor()
    },
  },
  { name: 'payment-claims', path: '/payment-claims', person: 'finance' },
  {
    name: 'customer-hold',
    path: customer('', 'onHold=false'),
    person: 'administrator',
    press: /^(Retener el crédito|Hold the credit)$/,
  },
  { name: 'files', path: '/files', person: 'administrator' },
  {
    name: 'file-versions',
    path: '/files?q=tarifa',
    person: 'administrator',
    before: async (page) => {
      await page.getByText('Tarifa acordada').first().click()
      await page.getByRole('dialog').getByText('v2').waitFor()
    },
  },
  {
    name: 'customer-picture',
    path: customer(''),
    person: 'administrator',
    press: /^(Imagen o logo|Picture or logo)$/,
  },
  { name: 'customer-files', path: customer('files'), person: 'administrator' },
  {
    name: 'customer-file-mail',
    path: customer('files'),
    person: 'administrator',
    before: async (page) => {
      await page.getByText('Orden de compra 4471').first().click()
      await page.frameLocator('[role=dialog] iframe').getByText('Saludos cordiales').waitFor()
    },
  },
  {
    name: 'customer-file-picture',
    path: customer('files'),
    person: 'administrator',
    before: async (page) => {
      await page.getByText('Fachada del local').first().click()
      await page.getByRole('dialog').locator('img').waitFor()
    },
  },
  {
    name: 'customer-file-edit',
    path: customer('files'),
    person: 'administrator',
    before: async (page) => {
      await page.getByText('Contrato de suministro firmado').first().click()
      await page
        .getByRole('dialog')
        .getByRole('button', { name: /^(Editar|Edit)$/ })
        .click()
      await page.getByRole('textbox', { name: /Descripción|Description/ }).waitFor()
    },
  },
  { name: 'customer-files-empty', path: customer('files', 'q=C-000002'), person: 'administrator' },
  { name: 'customer-notes', path: customer('notes'), person: 'administrator' },
  { name: 'customer-receivables', path: customer('receivables'), person: 'finance' },
  { name: 'customer-activity', path: customer('activity'), person: 'finance' },
  { name: 'customer-statement', path: customer('statement'), person: 'finance' },
  { name: 'customer-promises', path: customer('promises'), person: 'finance' },
  { name: 'customer-renewals', path: customer('renewals'), person: 'administrator' },
  { name: 'customer-interests', path: customer('interests'), person: 'agent' },
  { name: 'customer-notices', path: customer('notices'), person: 'finance' },
  { name: 'customer-notices-agent', path: customer('notices'), person: 'agent' },
  {
    name: 'customer-payment',
    path: customer('receivables'),
    person: 'finance',
    press: /^(Registrar pago|Record payment)$/,
  },
  { name: 'customer-follow-ups', path: customer('follow-ups'), person: 'administrator' },
  { name: 'notes', path: '/notes', person: 'supervisor' },
  { name: 'notes-grouped', path: '/notes?grouped=true&latest=3', person: 'supervisor' },
  { name: 'my-day', path: '/my-day', person: 'agent' },
  { name: 'my-day-contact', path: '/my-day', person: 'agent', press: /^(Contacto o nota|Contact or note)/ },
  { name: 'reminders', path: '/', person: 'agent', press: /^(Recordatorios|Reminders)/ },
  { name: 'agenda', path: '/agenda', person: 'manager' },
  { name: 'agenda-day', path: '/agenda?view=day', person: 'agent' },
  { name: 'agenda-month', path: '/agenda?view=month', person: 'manager' },
  { name: 'agenda-list', path: '/agenda?view=list', person: 'manager' },
  { name: 'follow-ups', path: '/follow-ups', person: 'agent' },
  { name: 'follow-ups-manager', path: '/follow-ups', person: 'manager' },
  { name: 'new-follow-up', path: '/follow-ups', person: 'agent', press: /^(Nuevo seguimiento|New follow-up)$/ },
  { name: 'follow-up-register', path: '/follow-ups/reports', person: 'manager' },
  { name: 'follow-up-tasks', path: '/follow-ups/reports?tab=tasks&period=any', person: 'manager' },
  { name: 'follow-up-postponements', path: '/follow-ups/reports?tab=postponements', person: 'manager' },
  { name: 'follow-up-types', path: '/follow-up-types', person: 'administrator' },
  { name: 'follow-up-situations', path: '/follow-up-situations', person: 'administrator' },
  { name: 'follow-up-activities', path: '/follow-up-activities', person: 'administrator' },
  { name: 'follow-up-documents', path: '/follow-up-documents', person: 'administrator' },
  { name: 'follow-up', path: firstOf('follow-ups', (id) => `/follow-ups/${id}`), person: 'manager' },
  {
    name: 'postpone',
    path: firstOf('follow-ups', (id) => `/follow-ups/${id}`),
    person: 'manager',
    press: /^(Posponer|Postpone)$/,
  },
  {
    name: 'customer-card',
    path: firstOf('follow-ups', (id) => `/follow-ups/${id}`),
    person: 'manager',
    press: /^(Consultar a|Look up) /,
  },
  {
    name: 'new-follow-up-document',
    path: '/follow-up-documents',
    person: 'administrator',
    press: /^(Nuevo documento|New document)$/,
  },
  {
    name: 'sight',
    path: firstOf('follow-ups', (id) => `/follow-ups/${id}`),
    person: 'manager',
    press: /^(¿Por qué veo esto\?|Why do I see this\?)$/,
  },
  { name: 'interactions', path: '/interactions', person: 'administrator' },
  { name: 'interactions-agent', path: '/interactions', person: 'agent' },
  { name: 'interaction', path: firstOf('interactions', (id) => `/interactions/${id}`), person: 'administrator' },
  {
    name: 'interaction-follow-up',
    path: firstOf('interactions', (id) => `/interactions/${id}`),
    person: 'administrator',
    press: /^(Abrir seguimiento|Open follow-up)$/,
  },
  { name: 'new-interaction', path: '/interactions/new', person: 'agent' },
  { name: 'interaction-report', path: '/interactions/by-entry-name', person: 'administrator' },
  { name: 'customer-interactions', path: customer('interactions'), person: 'administrator' },
  { name: 'interaction-topics', path: '/interaction-topics', person: 'administrator' },
  { name: 'cases', path: '/cases', person: 'administrator' },
  { name: 'case', path: firstOf('cases', (id) => `/cases/${id}`), person: 'administrator' },
  { name: 'new-case', path: '/cases/new', person: 'agent' },
  { name: 'customer-cases', path: customer('cases?cases=all'), person: 'administrator' },
  { name: 'case-types', path: '/case-types', person: 'administrator' },
  { name: 'trash', path: '/trash', person: 'administrator' },
  { name: 'custom-fields', path: '/custom-fields', person: 'administrator' },
  { name: 'products', path: '/products', person: 'administrator' },
  {
    name: 'product',
    path: '/products',
    person: 'administrator',
    before: async (page) => {
      await page.getByText('Cemento gris 50 kg').first().click()
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'price-lists', path: '/price-lists', person: 'administrator' },
  { name: 'receivables', path: '/receivables', person: 'finance' },
  { name: 'receivables-agent', path: '/receivables', person: 'agent' },
  { name: 'portfolio', path: '/portfolio', person: 'manager' },
  { name: 'promises', path: '/promises', person: 'finance' },
  { name: 'opportunities', path: '/opportunities', person: 'administrator' },
  { name: 'opportunities-list', path: '/opportunities?view=list', person: 'administrator' },
  {
    name: 'opportunity',
    path: opportunityWithQuote,
    person: 'administrator',
  },
  { name: 'opportunity-loss-reasons', path: '/opportunity-loss-reasons', person: 'administrator' },
  { name: 'opportunity-stages', path: '/opportunity-stages', person: 'administrator' },
  { name: 'renewals', path: '/renewals', person: 'administrator' },
  {
    name: 'merge',
    path: async (ask) => {
      const { items } = await ask<Listed>('/api/v1/customers?limit=2&q=Farmacia%20Valencia')
      const [survivor, merged] = items
      return survivor && merged ? `/customers/merge?survivor=${survivor.id}&merged=${merged.id}` : null
    },
    person: 'administrator',
  },
  { name: 'duplicates', path: '/customers/duplicates?view=nearName', person: 'administrator' },
  { name: 'merge-history', path: '/customers/duplicates?view=history', person: 'administrator' },
  { name: 'quotes', path: '/quotes', person: 'administrator' },
  { name: 'quote-new', path: '/quotes/new', person: 'administrator' },
  {
    name: 'quote-draft',
    path: '/quotes?state=draft',
    person: 'administrator',
    before: async (page) => {
      await page.locator('a[href^="/quotes/"]:not([href^="/quotes/new"])').first().click()
      await page.waitForURL(/\/quotes\/[0-9a-f-]+$/)
      await page.getByRole('button', { name: /Guardar|Save/ }).waitFor()
    },
  },
  {
    name: 'quote-sent',
    path: '/quotes?state=sent',
    person: 'administrator',
    before: async (page) => {
      await page.locator('a[href^="/quotes/"]:not([href^="/quotes/new"])').first().click()
      await page.waitForURL(/\/quotes\/[0-9a-f-]+$/)
      await page.getByRole('button', { name: /Aceptada|Accepted/ }).waitFor()
    },
  },
  { name: 'customer-quotes', path: customer('quotes'), person: 'administrator' },
  { name: 'interests', path: '/interests', person: 'administrator' },
  { name: 'handovers', path: '/handovers', person: 'administrator' },
  {
    name: 'handover-confirm',
    path: '/handovers',
    person: 'administrator',
    before: async (page) => {
      await page.getByRole('button', { name: /Gabriel Reyes/ }).click()
      await page.getByRole('option', { name: /Mateo Arias/ }).click()
      await page.getByRole('button', { name: /^(Actualizar agentes|Update agents)$/ }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'handover-history', path: '/handovers?view=history', person: 'administrator' },
  { name: 'handover', path: firstOf('handovers', (id) => `/handovers/${id}`), person: 'administrator' },
  { name: 'exports', path: '/exports', person: 'finance' },
  { name: 'imports', path: '/imports', person: 'finance' },
  { name: 'new-import', path: '/imports/new', person: 'finance' },
  { name: 'notice-plan', path: '/notices/plan', person: 'finance' },
  {
    name: 'notice-plan-ahead',
    path: async (ask) => {
      const { items } = await ask<{ items: { planOn: string }[] }>('/api/v1/notices?limit=1&sort=-planOn')
      if (!items[0]) return null
      const { days } = await ask<{ days: { day: string; breakdown: { state: string }[] }[] }>(
        `/api/v1/notices/simulation?from=${items[0].planOn}`,
      )
      const busy = days.find((one) => ['planned', 'held'].every((state) => one.breakdown.some((part) => part.state === state)))
      return busy ? `/notices/plan?on=${busy.day}` : null
    },
    person: 'finance',
  },
  { name: 'notice-queue', path: '/notices', person: 'finance' },
  { name: 'notice-review', path: '/notices/review', person: 'finance' },
  { name: 'notice', path: firstOf('notices', (id) => `/notices/${id}`), person: 'finance' },
  { name: 'notice-defaults', path: '/notices/defaults', person: 'administrator' },
  { name: 'notice-rules', path: '/notice-rules', person: 'administrator' },
  { name: 'notice-texts', path: '/notice-texts', person: 'administrator' },
  { name: 'notice-policy', path: '/notice-policy', person: 'administrator' },
  { name: 'customer-groups', path: '/customer-groups', person: 'administrator' },
  { name: 'group-notices', path: firstOf('customer-groups', (id) => `/customer-groups/${id}/notices`), person: 'administrator' },
  { name: 'company', path: '/company', person: 'administrator' },
  { name: 'holidays', path: '/company?tab=holidays', person: 'administrator' },
  { name: 'finance', path: '/company/finance', person: 'administrator' },
  { name: 'branches', path: '/branches', person: 'administrator' },
  { name: 'departments', path: '/departments', person: 'administrator' },
  { name: 'users', path: '/users', person: 'administrator' },
  { name: 'new-user', path: '/users', person: 'administrator', press: /^(Nuevo usuario|New user)$/ },
  { name: 'access-profiles', path: '/access-profiles', person: 'administrator' },
  { name: 'new-access-profile', path: '/access-profiles', person: 'administrator', press: /^(Nuevo perfil|New profile)$/ },
  { name: 'mail-accounts', path: '/mail-accounts', person: 'administrator' },
  { name: 'audit', path: '/audit', person: 'administrator' },
  { name: 'account', path: '/account', person: 'agent' },
  { name: 'not-allowed', path: '/users', person: 'agent' },
  { name: 'not-found', path: '/nowhere', person: 'agent' },
]
