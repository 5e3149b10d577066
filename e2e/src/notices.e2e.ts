import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const customer = 'Ferretería La Prueba'
const address = 'pagos@ferreteria-la-prueba.example'
const subject = 'Sus cuentas con Distribuidora Andina'
/** The worker looks once a minute what its day asks for. */
const worker = { timeout: 100_000 }

let world: World
let customerId: string

/** Wednesday 4 March: 000901 matures today, 000902 tomorrow; 000903 was due a week ago, so its overdue notice matures today. */
beforeAll(async () => {
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
  const defaults = await world.request<object>('administrator', 'GET', '/notice-defaults')
  await world.request('administrator', 'PUT', '/notice-defaults', {
    ...defaults,
    active: false,
    reminderOn: false,
    overdueOn: true,
    reviewOverdue: true,
  })
  const diego = await world.request<{ id: string }>('agent', 'GET', '/me')
  const made = await world.request<{ id: string }>('administrator', 'POST', '/customers', {
    name: customer,
    externalId: 'ERP-PRUEBA',
    email: address,
    collectionsAgentId: diego.id,
  })
  customerId = made.id
  const owed = (number: string, dueOn: string) => ({
    externalId: number,
    number,
    customerExternalId: 'ERP-PRUEBA',
    issuedOn: '2026-02-02',
    dueOn,
    currency: 'COP',
    amount: '1250000.00',
  })
  await world.request('administrator', 'PUT', '/receivables', {
    items: [owed('000901', '2026-03-11'), owed('000902', '2026-03-12'), owed('000903', '2026-02-25')],
  })
})

afterAll(() => world?.stop())

const received = () => world.inbox.mails().filter((mail) => mail.envelope.to.includes(address))
const receivedAbout = (number: string) => received().filter((mail) => (mail.parsed.text ?? '').includes(number))

/** The customer's rows in the queue, in a state. */
async function queue(page: Page): Promise<void> {
  await page.goto('/notices')
  await page.getByPlaceholder('Buscar por cliente').fill(customer)
  await page.getByRole('row').filter({ hasText: customer }).first().waitFor(worker)
}
const rowOf = (page: Page, kind: 'Recordatorio' | 'Aviso', state: string) =>
  page
    .getByRole('row')
    .filter({ hasText: customer })
    .filter({ has: page.getByRole('cell', { name: kind, exact: true }) })
    .filter({ hasText: state })

test('Elena switches notices on, sees the mail before it leaves, and applies', async () => {
  const page = await world.pageAs('finance', { path: `/customers/${customerId}` })
  await page.getByRole('navigation', { name: 'Secciones del cliente' }).getByRole('link', { name: 'Avisos' }).click()
  await page.getByText('Los avisos de este cliente están apagados: no sale nada.').waitFor()
  const active = page.getByRole('switch', { name: /^Activo/ })
  const reminder = page.getByRole('switch', { name: /^Recordatorio/ })
  expect(await reminder.getAttribute('aria-checked')).toBe('false')
  await active.click()
  // Marking active switches the reminder on.
  await page.getByRole('switch', { name: /^Recordatorio/, checked: true }).waitFor()

  await page.getByRole('button', { name: 'Escribir uno propio: Asunto' }).click()
  await page.getByRole('textbox', { name: 'Asunto', exact: true }).fill('Sus cuentas con {{ company.name }}')
  const preview = page.getByRole('region', { name: 'Vista previa' })
  await preview.getByText(subject, { exact: true }).waitFor()
  await preview.frameLocator('iframe').getByText('000901').first().waitFor()
  await page.getByRole('button', { name: 'Aplicar', exact: true }).click()
  await page.getByText('Avisos guardados').first().waitFor()
  expect(new URL(page.url()).pathname).toBe(`/customers/${customerId}/notices`)
  await page.context().close()
})

test('the plan of the next business day shows what will leave then', async () => {
  const page = await world.pageAs('finance', { path: '/notices/plan' })
  await page.getByRole('button', { name: 'Día siguiente' }).click()
  await page.getByPlaceholder('Buscar cliente').fill(customer)
  const message = page.getByRole('listitem').filter({ hasText: customer }).filter({ hasText: 'Recordatorio' })
  await message.getByRole('button', { name: `Mostrar las cuentas: ${customer}` }).click()
  await message.getByText('000902').waitFor()
  await page.context().close()
})

test('the worker sends the reminder once, and it can be read exactly as sent', async () => {
  const page = await world.pageAs('finance')
  await queue(page)
  const sent = rowOf(page, 'Recordatorio', 'Enviado')
  await sent.waitFor(worker)
  await sent.getByRole('button').first().click()
  const detail = page.getByRole('dialog', { name: customer })
  await detail.getByRole('heading', { name: 'El correo exacto' }).waitFor()
  await detail.getByText(subject, { exact: true }).waitFor()
  const frame = detail.locator('iframe')
  await detail.frameLocator('iframe').getByText('000901').first().waitFor()

  const mail = await world.inbox.waitFor((each) => each.envelope.to.includes(address))
  expect(mail.parsed.subject).toBe(subject)
  expect(mail.parsed.from?.address).toBe('agent@demo.cartera.test')
  const plain = (html: string | null | undefined) => (html ?? '').replaceAll(/\s+/g, ' ').trim()
  expect(plain(await frame.getAttribute('srcdoc'))).toBe(plain(mail.parsed.html))
  expect(receivedAbout('000901')).toHaveLength(1)
  expect(receivedAbout('000902')).toHaveLength(0)
  await page.context().close()
})

test('an overdue notice is held for review; Elena releases it, and only then it arrives, once', async () => {
  const page = await world.pageAs('finance')
  await queue(page)
  const held = rowOf(page, 'Aviso', 'Retenido')
  await held.waitFor(worker)
  expect(await held.textContent()).toContain('Espera revisión')
  expect(receivedAbout('000903')).toHaveLength(0)

  await held.getByRole('button').first().click()
  const detail = page.getByRole('dialog', { name: customer })
  await detail.getByRole('heading', { name: 'El correo como saldría ahora' }).waitFor()
  await detail.getByRole('button', { name: 'Liberar' }).click()
  const question = page.getByRole('dialog', { name: '¿Liberar 1 aviso?' })
  await question.getByRole('button', { name: 'Liberar' }).click()
  await page.getByText('1 aviso hecho').first().waitFor()

  const mail = await world.inbox.waitFor((each) => (each.parsed.text ?? '').includes('000903'), worker.timeout)
  expect(mail.envelope.to).toEqual([address])
  await queue(page)
  await rowOf(page, 'Aviso', 'Enviado').waitFor(worker)
  expect(receivedAbout('000903')).toHaveLength(1)
  expect(received()).toHaveLength(2)
  await page.context().close()
})
