import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import sharp from 'sharp'
import { type Language, openWindow, signIn } from './browser.ts'
import { repositoryRoot } from './data-dir.ts'
import type { DemoPerson } from './demo-people.ts'
import { askApi, settle, showPage } from './photograph.ts'
import { enterPortal } from './portal-entry.ts'
import { type Ask, opportunityWithQuote, portalTalk, type Screen } from './screens.ts'

/** The day on which the pictures of the guide are taken, so that taking them again changes no day in them: a Wednesday morning in Bogotá. */
export const guideNow = '2026-03-04T14:00:00Z'

/** More would slow down who reads the guide on a phone. */
export const mostPictureBytes = 150_000

interface GuidePicture extends Screen {
  person: DemoPerson['role'] | 'portal-customer'
  /** Seen on a larger screen, where what belongs together stands side by side. */
  wide?: boolean
  /** Seen on a phone. */
  phone?: boolean
}

type Items = { items: { id: string; customer: { id: string } }[] }

/** A tab of the first customer that a list tells of. */
const customerOf = (list: string, tab: string) => async (ask: Ask) => {
  const { items } = await ask<Items>(`/api/v1/${list}`)
  return items[0] ? `/customers/${items[0].customer.id}/${tab}` : null
}

/** The follow-up that is due first. */
async function firstFollowUp(ask: Ask): Promise<string | null> {
  const { items } = await ask<Items>('/api/v1/follow-ups?limit=1')
  return items[0] ? `/follow-ups/${items[0].id}` : null
}

/** The files of the demo customer who has some. */
async function filesOf(ask: Ask): Promise<string | null> {
  const { items } = await ask<{ items: { id: string }[] }>('/api/v1/customers?limit=1&q=C-000154')
  return items[0] ? `/customers/${items[0].id}/files` : null
}

/** The activity of a customer who answered a notice. */
async function answered(ask: Ask): Promise<string | null> {
  const { items } = await ask<Items>('/api/v1/notices?limit=200')
  for (const id of new Set(items.map((one) => one.customer.id))) {
    const replies = await ask<{ items: unknown[] }>(`/api/v1/customers/${id}/timeline?limit=1&kind=reply`)
    if (replies.items.length > 0) return `/customers/${id}/activity`
  }
  return null
}

const press = (name: RegExp) => async (page: Page) => {
  await page.getByRole('button', { name }).first().click()
  await settle(page)
}

/** The form of the mail account stands below the profile. */
async function showMailAccount(page: Page): Promise<void> {
  const heading = page.getByRole('heading', { name: /^(Cuenta de correo|Mail account)/ }).first()
  await heading.evaluate((element) => (element as unknown as { scrollIntoView(): void }).scrollIntoView())
  await settle(page)
}

/** The dialog of a contact, with what an agent would write in it. */
async function recordContact(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Contacto o nota|Contact or note)/ }).click()
  await page.getByRole('button', { name: /^(Pidió que lo llamen después|Asked to be called later)/ }).click()
  await settle(page)
}

/** A file as people send it, with a title above its headings, a customer who is known and rows that are wrong. */
const customerFile = {
  es: [
    'Clientes de la zona norte;;;;',
    'Id externo;Razón social;Correo;Ciudad;Días de crédito',
    'ZN-1;Cordillera Importada S.A.;ventas@cordillera.example;Loja;30',
    'ZN-2;Páramo Verde;no es un correo;Cuenca;30',
    'ZN-3;Ferretería Quilla;compras@quilla.example;Cuenca;cuarenta',
    'ERP-10000;;;Manta;60',
  ],
  en: [
    'Customers of the north;;;;',
    'External id;Legal name;E-mail;City;Credit days',
    'ZN-1;Cordillera Importada S.A.;ventas@cordillera.example;Loja;30',
    'ZN-2;Páramo Verde;no e-mail;Cuenca;30',
    'ZN-3;Ferretería Quilla;compras@quilla.example;Cuenca;forty',
    'ERP-10000;;;Manta;60',
  ],
}

async function uploadCustomers(page: Page): Promise<void> {
  await page.getByRole('radio', { name: /^(Clientes|Customers)/ }).check({ force: true })
  const spanish = (await page.getByRole('button', { name: 'Elegir archivo' }).count()) > 0
  const chooser = page.waitForEvent('filechooser')
  await page
    .getByRole('button', { name: /^(Elegir archivo|Choose file)/ })
    .first()
    .click()
  const name = spanish ? 'clientes-zona-norte.csv' : 'customers-north.csv'
  const buffer = Buffer.from(customerFile[spanish ? 'es' : 'en'].join('\n'))
  await (await chooser).setFiles({ name, mimeType: 'text/csv', buffer })
  await page.getByRole('heading', { name: /^(Primeras filas|First rows)$/ }).waitFor()
  await settle(page)
}

/** The pictures of docs/guide, in both languages. */
export const guidePictures: GuidePicture[] = [
  { name: 'home', path: '/', person: 'finance' },
  { name: 'review', path: '/notices/review', person: 'finance' },
  { name: 'queue', path: '/notices', person: 'finance' },
  {
    name: 'notice',
    path: async (ask) => {
      const { items } = await ask<Items>('/api/v1/notices?limit=1&state=sent')
      return items[0] ? `/notices/${items[0].id}` : null
    },
    person: 'finance',
  },
  { name: 'plan', path: '/notices/plan', person: 'finance' },
  {
    name: 'plan-yesterday',
    path: '/notices/plan',
    person: 'finance',
    before: press(/^(¿Y ayer\?|And yesterday\?)$/),
  },
  { name: 'products', path: '/products', person: 'administrator' },
  { name: 'opportunities', path: '/opportunities', person: 'administrator', wide: true },
  { name: 'opportunity', path: opportunityWithQuote, person: 'administrator' },
  {
    name: 'quote',
    path: async (ask) => {
      const { items } = await ask<Items>('/api/v1/quotes?limit=1&state=draft')
      return items[0] ? `/quotes/${items[0].id}` : null
    },
    person: 'administrator',
    wide: true,
  },
  {
    name: 'case',
    path: async (ask) => {
      const { items } = await ask<Items>('/api/v1/cases?limit=1')
      return items[0] ? `/cases/${items[0].id}` : null
    },
    person: 'administrator',
  },
  { name: 'finance-settings', path: '/company/finance', person: 'administrator' },
  { name: 'uncertain', path: '/notices?group=uncertain', person: 'finance' },
  { name: 'rules', path: '/notice-rules', person: 'administrator' },
  { name: 'policy', path: '/notice-policy', person: 'administrator' },
  { name: 'texts', path: '/notice-texts?kind=overdue&level=2', person: 'administrator', wide: true },
  { name: 'customer-notices', path: customerOf('notices?limit=1', 'notices'), person: 'finance', wide: true },
  { name: 'groups', path: '/customer-groups', person: 'administrator' },
  {
    name: 'pause',
    path: customerOf('notices?limit=1', 'notices'),
    person: 'finance',
    before: press(/^(Pausar avisos|Pause notices)$/),
  },
  { name: 'mail-account', path: '/account', person: 'agent', before: showMailAccount },
  { name: 'agent-home', path: '/', person: 'agent' },
  { name: 'agent-my-day', path: '/my-day', person: 'agent' },
  { name: 'agent-contact', path: '/my-day', person: 'agent', before: recordContact },
  { name: 'agent-agenda', path: '/agenda?view=week', person: 'agent' },
  { name: 'agent-bell', path: '/', person: 'agent', before: press(/^(Recordatorios|Reminders)/) },
  { name: 'agent-follow-ups', path: '/follow-ups', person: 'agent' },
  { name: 'postpone', path: firstFollowUp, person: 'agent', before: press(/^(Posponer|Postpone)$/) },
  { name: 'follow-up', path: firstFollowUp, person: 'agent', wide: true },
  { name: 'customer-card', path: firstFollowUp, person: 'agent', before: press(/^(Consultar a|Look up) /) },
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
  { name: 'customers', path: '/customers?custom=segmento%3Doro', person: 'administrator' },
  {
    name: 'custom-field',
    path: '/custom-fields',
    person: 'administrator',
    before: async (page) => {
      await page.locator('[data-row-opener]').first().click()
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'import-columns', path: '/imports/new', person: 'administrator', before: uploadCustomers },
  {
    name: 'import-dry-run',
    path: '/imports/new',
    person: 'administrator',
    before: async (page) => {
      await uploadCustomers(page)
      await page.getByRole('button', { name: /^(Ensayar|Dry run)$/ }).click()
      await page.getByRole('group', { name: /^(Resultado|Outcome)$/ }).waitFor()
      await settle(page)
    },
  },
  { name: 'duplicates', path: '/customers/duplicates?view=nearName', person: 'administrator' },
  { name: 'renewals', path: '/renewals', person: 'administrator' },
  { name: 'interests', path: '/interests', person: 'administrator' },
  { name: 'trash', path: '/trash', person: 'administrator' },
  { name: 'directory', path: '/contacts', person: 'administrator' },
  {
    name: 'contact-card',
    path: '/contacts?consent=emailing:granted',
    person: 'administrator',
    before: async (page) => {
      await page.locator('[data-row-opener]').first().click()
      await page.getByRole('button', { name: /^(Historial|History) / }).click()
    },
  },
  { name: 'follow-up-register', path: '/follow-ups/reports', person: 'manager' },
  { name: 'follow-up-tasks', path: '/follow-ups/reports?tab=tasks', person: 'manager' },
  { name: 'sight', path: firstFollowUp, person: 'manager', before: press(/^(¿Por qué veo esto\?|Why do I see this\?)$/) },
  { name: 'interactions', path: '/interactions', person: 'manager' },
  {
    name: 'interaction',
    path: async (ask) => {
      const { items } = await ask<{ items: { id: string; entryCount: number; unansweredSince: string | null }[] }>(
        '/api/v1/interactions?state=open&limit=200',
      )
      const one = items.find((each) => each.entryCount >= 3 && each.unansweredSince === null) ?? items[0]
      return one ? `/interactions/${one.id}` : null
    },
    person: 'administrator',
    wide: true,
  },
  { name: 'interaction-report', path: '/interactions/by-entry-name', person: 'manager' },
  { name: 'customer-files', path: filesOf, person: 'administrator' },
  {
    name: 'customer-file-mail',
    path: filesOf,
    person: 'administrator',
    before: async (page) => {
      await page.getByText('Orden de compra 4471').first().click()
      await page.frameLocator('[role=dialog] iframe').getByText('Saludos cordiales').waitFor()
    },
  },
  { name: 'portfolio', path: '/portfolio', person: 'manager' },
  {
    name: 'start-follow-ups',
    path: '/portfolio?attention=never&age=overdue',
    person: 'manager',
    before: async (page) => {
      await press(/^(Iniciar seguimientos|Start follow-ups)$/)(page)
      await page
        .getByText(/Se iniciar|will be started/)
        .first()
        .waitFor()
    },
  },
  { name: 'coverage', path: '/portfolio?view=coverage', person: 'manager' },
  { name: 'promises', path: '/promises', person: 'finance' },
  { name: 'payment-claims', path: '/payment-claims', person: 'finance' },
  {
    name: 'payment-claim',
    path: '/payment-claims',
    person: 'finance',
    before: async (page) => {
      await page.getByRole('row').nth(1).click()
      await page.getByRole('dialog').waitFor()
      await settle(page)
    },
  },
  { name: 'portal-home', path: '/portal', person: 'portal-customer', phone: true },
  { name: 'portal-account', path: '/portal/account', person: 'portal-customer', phone: true },
  {
    name: 'portal-report',
    path: '/portal/payments/report',
    person: 'portal-customer',
    phone: true,
    before: async (page) => {
      await page.getByRole('checkbox').first().check()
      await settle(page)
    },
  },
  { name: 'portal-conversation', path: portalTalk, person: 'portal-customer', phone: true },
  {
    name: 'record-promise',
    path: customerOf('promises?limit=1&state=kept', 'promises'),
    person: 'finance',
    before: press(/^(Registrar promesa|Record a promise)$/),
  },
  {
    name: 'collection-file',
    path: customerOf('promises?limit=1&state=broken', 'promises'),
    person: 'finance',
    before: press(/^(Expediente de cobranza|Collection file)$/),
  },
  { name: 'receivables', path: customerOf('promises?limit=1&state=open', 'receivables'), person: 'finance' },
  { name: 'statement', path: customerOf('promises?limit=1&state=open', 'statement'), person: 'finance' },
  { name: 'activity', path: answered, person: 'finance' },
]

/** Takes the pictures of the guide into docs/guide/images; `only` names some. Answers what could not be shown. */
export async function photographGuide(
  browser: Browser,
  baseUrl: string,
  inboxUrl: string,
  now: string,
  only: readonly string[] | null,
): Promise<string[]> {
  const missing: string[] = []
  const wanted = guidePictures.filter((each) => !only || only.includes(each.name))
  for (const person of new Set(wanted.map((picture) => picture.person))) {
    const isCustomer = person === 'portal-customer'
    const context = await openWindow(browser, baseUrl, { phone: isCustomer })
    await context.clock.setFixedTime(now)
    if (isCustomer && !(await enterPortal(context, baseUrl, inboxUrl, person))) missing.push(`${person}: nobody like that`)
    const token = isCustomer ? null : await signIn(context, baseUrl, person)
    const page = await context.newPage()
    for (const picture of wanted.filter((each) => each.person === person)) {
      const path =
        typeof picture.path === 'string'
          ? picture.path
          : await picture.path((address) => askApi(context, `${baseUrl}${address}`, token))
      for (const language of ['es', 'en'] as const) {
        if (path === null) {
          missing.push(`${picture.name}: nothing to show in this company`)
          continue
        }
        try {
          if (!picture.phone)
            await page.setViewportSize(picture.wide ? { width: 1440, height: 900 } : { width: 1280, height: 800 })
          await showPage(page, `${baseUrl}${path}`, { language, theme: 'light' })
          await picture.before?.(page)
          await save(await page.screenshot({ animations: 'disabled' }), language, picture.name)
        } catch (error) {
          missing.push(`${picture.name} ${language}: ${error instanceof Error ? error.message : String(error)}`)
        }
      }
      console.log(`  ✓ ${picture.name}`)
    }
    await context.close()
  }
  return missing
}

async function save(png: Buffer, language: Language, name: string): Promise<void> {
  const folder = join(repositoryRoot, 'docs', 'guide', 'images', language)
  mkdirSync(folder, { recursive: true })
  for (const quality of [82, 70, 55, 40]) {
    const webp = await sharp(png).webp({ quality, effort: 6 }).toBuffer()
    if (webp.length >= mostPictureBytes) continue
    writeFileSync(join(folder, `${name}.webp`), webp)
    return
  }
  throw new Error(`it cannot be made smaller than ${mostPictureBytes} bytes`)
}
