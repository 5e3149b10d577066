import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const email = 'lucia@ferreteria-del-portal.example'
/** The worker looks twice a minute for mails to customers. */
const worker = { timeout: 130_000 }
/** As small as a PDF with a page can be. */
const aPdf = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF\n',
)
const shots = process.env.PORTAL_SHOTS

let world: World
let customerId = ''
let portal: Page
let link = ''

const shoot = async (page: Page, name: string) => {
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true })
}

beforeAll(async () => {
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
  const me = await world.request<{ id: string }>('agent', 'GET', '/me')
  const made = await world.request<{ id: string }>('administrator', 'POST', '/customers', {
    name: 'Ferretería del Portal',
    externalId: 'ERP-PORTAL',
    collectionsAgentId: me.id,
    preferredAgentId: me.id,
  })
  customerId = made.id
  await world.request('administrator', 'POST', `/customers/${customerId}/contacts`, { name: 'Lucía Vélez', email })
  const item = (number: string, dueOn: string, amount: string) => ({
    externalId: number,
    number,
    customerExternalId: 'ERP-PORTAL',
    issuedOn: '2026-01-10',
    dueOn,
    currency: 'COP',
    amount,
  })
  await world.request('administrator', 'PUT', '/receivables', {
    items: [
      item('FP-1001', '2026-02-10', '1250000.00'),
      item('FP-1002', '2026-02-25', '480000.50'),
      item('FP-1003', '2026-03-20', '900000.00'),
    ],
  })
}, 240_000)
afterAll(() => world?.stop())

test(
  'who keeps the customers gives Lucía access and sends her a link',
  async () => {
    const page = await world.pageAs('administrator', { path: `/customers/${customerId}/contacts` })
    await page.getByText('Lucía Vélez').first().click()
    await page.getByRole('dialog', { name: 'Lucía Vélez' }).getByRole('button', { name: 'Editar' }).click()
    const form = page.getByRole('dialog', { name: 'Editar contacto' })
    await form.getByRole('checkbox', { name: 'Puede entrar al portal' }).click()
    await form.getByRole('button', { name: 'Guardar' }).click()
    await form.waitFor({ state: 'hidden' })
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Portal de Lucía Vélez' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('Todavía no ha entrado').waitFor()
    await dialog.getByRole('button', { name: 'Enviar enlace' }).click()
    const mail = await world.inbox.waitFor((each) => /^Su acceso al portal/.test(each.parsed.subject ?? ''), 60_000)
    expect(mail.envelope.to).toEqual([email])
    link = /https?:\/\/\S+\/portal\/enter#[\w-]{43}/.exec(mail.parsed.text ?? '')?.[0] ?? ''
    expect(link).not.toBe('')
    await shoot(page, 'staff-access')
    await page.context().close()
  },
  worker.timeout,
)

test(
  'a program that opens the link of the mail uses nothing up; Lucía presses and is in, on her phone',
  async () => {
    const scanner = await fetch(link, { headers: { accept: 'text/html' } })
    expect(await scanner.text()).toContain('<div id="app">')
    portal = await world.page({ phone: true })
    await portal.goto(link)
    await portal.getByRole('button', { name: 'Entrar' }).waitFor()
    await shoot(portal, 'enter')
    await portal.getByRole('button', { name: 'Entrar' }).click()
    await portal.getByRole('heading', { name: /Hola, Lucía Vélez/ }).waitFor()
    expect(new URL(portal.url()).hash).toBe('')
    await portal.getByText(/COP 2.630.000,50/).waitFor()
    await portal.getByText(/Vencido: COP 1.730.000,50/).waitFor()
    await shoot(portal, 'home')
    const second = await world.page({ phone: true })
    await second.goto(link)
    await second.getByRole('button', { name: 'Entrar' }).click()
    await second.getByRole('heading', { name: 'Este enlace ya no sirve' }).waitFor()
    await second.getByRole('link', { name: 'Pedir otro enlace' }).tap()
    await second.getByRole('heading', { name: 'Entre a su portal' }).waitFor()
    await second.context().close()
  },
  worker.timeout,
)

test(
  'she reads her account and takes the statement and a document with her',
  async () => {
    await portal.getByRole('link', { name: 'Cuenta' }).click()
    await portal.getByText('FP-1001').waitFor()
    await shoot(portal, 'account')
    await portal.getByRole('link', { name: 'Estado de cuenta' }).click()
    await portal.getByText('Saldo final').waitFor()
    await shoot(portal, 'statement')
    for (const [button, name] of [
      ['Descargar PDF', /^estado-de-cuenta-.*\.pdf$/],
      ['Descargar Excel', /^estado-de-cuenta-.*\.xlsx$/],
    ] as const) {
      const saved = portal.waitForEvent('download')
      await portal.getByRole('button', { name: button }).click()
      expect((await saved).suggestedFilename()).toMatch(name)
    }
    await portal.getByRole('link', { name: 'Comprobantes' }).click()
    const saved = portal.waitForEvent('download')
    await portal.getByRole('button', { name: 'Descargar PDF: FP-1002' }).click()
    expect((await saved).suggestedFilename()).toBe('FP-1002.pdf')
    await shoot(portal, 'documents')
  },
  worker.timeout,
)

test(
  'she writes, her agent answers, and nothing internal reaches her',
  async () => {
    await portal.getByRole('link', { name: 'Mensajes' }).click()
    await portal.getByRole('link', { name: 'Nuevo mensaje' }).click()
    await portal.getByLabel('Su mensaje').fill('¿Me envían la factura <b>FP-1001</b>?')
    await portal.getByRole('button', { name: 'Enviar' }).click()
    await portal.getByText('¿Me envían la factura <b>FP-1001</b>?').waitFor()
    const { items } = await world.request<{ items: { id: string }[] }>('agent', 'GET', `/interactions?customerId=${customerId}`)
    const id = items[0]?.id ?? ''
    const page = await world.pageAs('agent', { path: `/interactions/${id}` })
    await page.getByText('¿Me envían la factura <b>FP-1001</b>?').first().waitFor()
    // Her agent looks at it while she writes on: it stands there without reloading.
    await page.evaluate('window.samePage = true')
    await portal.getByLabel('Su mensaje').fill('La necesito hoy')
    await portal.getByRole('button', { name: 'Enviar' }).tap()
    await page.getByText('La necesito hoy').first().waitFor()
    expect(await page.evaluate('window.samePage')).toBe(true)
    await page.context().close()
    for (const [kind, body] of [
      ['internal', 'No darle más plazo'],
      ['outgoing', 'Claro, va en camino.'],
    ])
      await world.request('agent', 'POST', `/interactions/${id}/entries`, { kind, body })
    // What comes in while one reads is asked for again.
    await portal.getByText('Claro, va en camino.').waitFor()
    expect(await portal.getByText('No darle más plazo').count()).toBe(0)
    await shoot(portal, 'conversation')
  },
  worker.timeout,
)

test(
  'she promises one, contests another and reports a payment with its voucher',
  async () => {
    await portal.getByRole('link', { name: 'Pagos' }).click()
    await portal.getByRole('link', { name: 'Prometer un pago' }).click()
    await portal.getByRole('checkbox', { name: /FP-1003/ }).check()
    await portal.getByRole('button', { name: /Prometer COP 900.000/ }).waitFor()
    await shoot(portal, 'promise')
    await portal.getByLabel('Lo pagaré el').fill('2026-03-01')
    await portal.getByRole('button', { name: /Prometer COP/ }).click()
    await portal.locator('[aria-invalid="true"]').waitFor()
    await portal.getByLabel('Lo pagaré el').fill('2026-03-27')
    await portal.getByRole('button', { name: /Prometer COP/ }).click()
    await portal.getByText('Su promesa quedó registrada.').waitFor()

    await portal.getByRole('link', { name: 'Cuenta' }).click()
    await portal.getByRole('link', { name: 'No estoy de acuerdo: FP-1002' }).click()
    await portal.getByLabel('¿Por qué?').selectOption('price')
    await portal.getByLabel('Explique').fill('El precio acordado era menor')
    await portal.getByRole('button', { name: 'Enviar' }).click()
    await portal.getByText('En disputa').waitFor()

    await portal.getByRole('link', { name: 'Ya pagué' }).click()
    // What is marked fills the amount, and what was typed is hers.
    await portal.getByRole('checkbox', { name: /FP-1001/ }).check()
    expect(await portal.getByLabel('Importe').inputValue()).toBe('1250000.00')
    await portal.getByLabel('Importe').fill('1.250.000,00')
    await portal.getByLabel(/Forma de pago/).selectOption('transfer')
    await portal.getByLabel(/Número de operación/).fill('TR-889')
    const file = portal.getByLabel(/Foto o PDF/)
    const told = (name: string, buffer: Buffer) => file.setInputFiles({ name, mimeType: 'application/pdf', buffer })
    await told('vacio.pdf', Buffer.alloc(0))
    await portal.getByText('El archivo está vacío.').waitFor()
    await told('grande.pdf', Buffer.alloc(10 * 1_048_576 + 1))
    await portal.getByText('El archivo pesa más de 10 MB.').waitFor()
    for (const [content, sentence] of [
      ['MZ no es un PDF', 'El comprobante debe ser un PDF o una foto'],
      ['<html><script>alert(1)</script></html>', 'El comprobante debe ser un PDF o una foto'],
      ['%PDF-1.7 <html><script>alert(1)</script></html>', 'El archivo está dañado o incompleto'],
      ['\xff\xd8\xff\xe0 una foto cortada', 'El archivo está dañado o incompleto'],
    ] as const) {
      await told('pago.pdf', Buffer.from(content, 'latin1'))
      await portal.getByRole('button', { name: 'Informar el pago' }).tap()
      await portal.getByText(sentence).waitFor()
      expect(await portal.getByLabel('Importe').inputValue()).toBe('1.250.000,00')
      await portal.getByRole('button', { name: 'Quitar' }).tap()
      await portal.getByText(sentence).waitFor({ state: 'hidden' })
    }
    await file.setInputFiles({ name: 'pago.pdf', mimeType: 'application/pdf', buffer: aPdf })
    await shoot(portal, 'claim')
    await portal.getByRole('button', { name: 'Informar el pago' }).click()
    await portal.getByText('Recibimos su aviso de pago').waitFor()
    await portal.getByText('En revisión').waitFor()
    await shoot(portal, 'payments')
  },
  worker.timeout,
)

test(
  'her agent finds each of them; finance accepts the payment and registers it from what she said',
  async () => {
    const page = await world.pageAs('agent', { path: `/customers/${customerId}/follow-ups` })
    for (const subject of [/Promesa en el portal/, /Disputa en el portal: FP-1002/, /Revisar el pago informado/])
      await page.getByText(subject).first().waitFor()
    await page.goto(`/customers/${customerId}/activity`)
    await page.getByText('Lucía Vélez informó un pago').waitFor()
    await page.context().close()

    const finance = await world.pageAs('finance', { path: '/payment-claims' })
    await finance.getByText('Ferretería del Portal').first().click()
    const dialog = finance.getByRole('dialog')
    await dialog.getByText('TR-889').waitFor()
    await shoot(finance, 'staff-claim')
    await dialog.getByRole('button', { name: 'No aceptar' }).click()
    await dialog.getByText('Escriba por qué no se acepta').first().waitFor()
    await dialog.getByLabel('Respuesta al cliente').fill('Recibido, gracias')
    await dialog.getByRole('button', { name: 'Aceptar', exact: true }).click()
    await dialog.getByRole('button', { name: 'Registrar el pago' }).click()
    const payment = finance.getByRole('dialog')
    await payment.getByLabel('Importe').first().waitFor()
    expect(await payment.getByLabel('Importe').first().inputValue()).toBe('1250000.00')
    expect(await payment.getByLabel('Referencia').inputValue()).toBe('TR-889')
    await payment.getByRole('button', { name: 'Registrar' }).click()
    await payment.waitFor({ state: 'hidden' })
    await finance.context().close()

    await portal.getByRole('link', { name: 'Inicio' }).click()
    await portal.getByRole('link', { name: 'Pagos' }).click()
    await portal.getByText('Recibido, gracias').waitFor()
    await portal.getByText('Aceptado').waitFor()
    await portal.getByRole('link', { name: 'Inicio' }).click()
    await portal.getByText(/COP 1.380.000,50/).waitFor()
  },
  worker.timeout,
)

test(
  'in English, in the dark, at a desk; and when her access ends she is out',
  async () => {
    await portal.getByRole('button', { name: 'English' }).click()
    await portal.getByRole('heading', { name: /Hello, Lucía Vélez/ }).waitFor()
    await portal.getByRole('button', { name: 'Dark' }).click()
    await shoot(portal, 'home-dark-en')
    await portal.setViewportSize({ width: 1280, height: 900 })
    await shoot(portal, 'home-desktop-dark-en')
    const contacts = await world.request<{ items: { id: string; version: number }[] }>(
      'administrator',
      'GET',
      `/customers/${customerId}/contacts`,
    )
    await world.request('administrator', 'PATCH', `/customers/${customerId}/contacts/${contacts.items[0]?.id}`, {
      portalAccess: false,
      version: contacts.items[0]?.version,
    })
    await portal.getByRole('link', { name: 'Account' }).click()
    await portal.getByRole('heading', { name: 'Enter your portal' }).waitFor()
    await portal.getByLabel('E-mail').fill('nobody@nowhere.example')
    await portal.getByRole('button', { name: 'Send me a link' }).click()
    await portal.getByText(/If nobody@nowhere.example has access/).waitFor()
    // A browser writes down each answer that is no success; the refusals above are meant, and its viewer of PDF files has no storage for the
    // script that every window of a journey begins with. Anything else is a fault.
    expect(world.complaints().filter((each) => !/status of (401|415|422)|reading 'getItem'/.test(each))).toEqual([])
  },
  worker.timeout,
)
