import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const customer = 'Ferretería Los Acuerdos'
/** Nine in the morning in Bogotá on a Wednesday, the Friday after it and the Tuesday after that. */
const wednesday = '2026-03-04T14:00:00Z'
const friday = '2026-03-06T14:00:00Z'
const tuesday = '2026-03-10T14:00:00Z'

let world: World
let customerId = ''
let now = wednesday

/** AC-1 to AC-3 were due on 27 February: their overdue notices mature on Friday 6 March. AC-4 is due on that Friday. */
beforeAll(async () => {
  world = await startWorld({ now: wednesday })
  const { items } = await world.request<{ items: { id: string }[] }>('administrator', 'GET', '/customers/agents?q=Diego')
  const made = await world.request<{ id: string }>('administrator', 'POST', '/customers', {
    name: customer,
    externalId: 'ERP-ACUERDOS',
    email: 'pagos@los-acuerdos.example',
    collectionsAgentId: items[0]?.id,
  })
  customerId = made.id
  const owed = (number: string, dueOn: string) => ({
    externalId: number,
    number,
    customerExternalId: 'ERP-ACUERDOS',
    issuedOn: '2026-02-02',
    dueOn,
    currency: 'USD',
    amount: '300.00',
  })
  await world.request('administrator', 'PUT', '/receivables', {
    items: [owed('AC-1', '2026-02-27'), owed('AC-2', '2026-02-27'), owed('AC-3', '2026-02-27'), owed('AC-4', '2026-03-06')],
  })
})

afterAll(() => world?.stop())

/** A page whose clock says what the server's says. */
async function pageAs(person: 'agent' | 'finance', path: string): Promise<Page> {
  const page = await world.pageAs(person)
  await page.clock.setFixedTime(now)
  await page.goto(path)
  return page
}

/** A message to the customer in the plan of a day, among those that leave or those that are held, with its accounts opened. */
async function planned(page: Page, day: string, state: 'planned' | 'held', words: string) {
  // Asked for in the address: a list that is filtered while a message is opened begins anew, with every message closed.
  await page.goto(`/notices/plan?on=${day}&state=${state}&q=${encodeURIComponent(customer)}`)
  const message = page.getByRole('listitem').filter({ hasText: customer }).filter({ hasText: words })
  await message.getByRole('button', { name: `Mostrar las cuentas: ${customer}` }).click()
  return message
}

/** The notices of the customer in the queue. */
async function queue() {
  const page = await pageAs('finance', '/notices')
  await page.getByPlaceholder('Buscar por cliente').fill(customer)
  return { page, rows: page.getByRole('row').filter({ hasText: customer }) }
}

/** Days are typed part by part, in the order of the reader's language. */
async function typeDay(page: Page, within: ReturnType<Page['getByRole']>, day: string) {
  await within.getByRole('spinbutton').first().click()
  await page.keyboard.type(day)
}

async function promise(page: Page, number: string, amount: string, day: string) {
  await page.getByRole('button', { name: 'Registrar promesa' }).click()
  const dialog = page.getByRole('dialog', { name: 'Registrar promesa de pago' })
  await dialog.getByRole('checkbox', { name: `Incluir ${number}` }).click()
  await dialog.getByRole('textbox', { name: `Importe prometido de ${number}` }).fill(amount)
  await typeDay(page, dialog, day)
  await dialog.getByRole('button', { name: 'Registrar', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('row', { name: new RegExp(`Abierta.*${number}`) }).waitFor()
}

/** Opens the agreements of a receivable from its row. */
async function agreements(page: Page, number: string) {
  await page
    .getByRole('row', { name: new RegExp(number) })
    .getByRole('button', { name: number })
    .click()
  await page.getByRole('button', { name: 'Prórrogas y disputas' }).click()
  return page.getByRole('dialog', { name: `Acuerdos de ${number}` })
}

test('an agent takes two promises, and the plan of the notices says that both accounts wait for them', async () => {
  const page = await pageAs('agent', `/customers/${customerId}/promises`)
  await promise(page, 'AC-1', '300.00', '05032026')
  await promise(page, 'AC-2', '200.00', '05032026')
  await page.context().close()

  const plan = await pageAs('finance', '/')
  const message = await planned(plan, '2026-03-06', 'held', 'Promesa de pago')
  await message.getByText('AC-1').waitFor()
  await message.getByText('AC-2').waitFor()
  expect(await message.getByText('AC-3').count()).toBe(0)
  await plan.context().close()
})

test('a dispute holds the notice of its account, and what was resolved in our favour leaves again', async () => {
  const page = await pageAs('finance', `/customers/${customerId}/receivables`)
  await page.getByRole('row', { name: /AC-3/ }).getByRole('button', { name: 'AC-3' }).click()
  await page.getByRole('button', { name: 'Marcar disputa' }).click()
  const dispute = page.getByRole('dialog', { name: 'Disputa de AC-3' })
  await dispute.getByRole('textbox', { name: 'Motivo' }).fill('Faltó una caja')
  await dispute.getByRole('button', { name: 'Marcar disputa' }).click()
  await dispute.waitFor({ state: 'hidden' })
  await (await planned(page, '2026-03-06', 'held', 'En disputa')).getByText('AC-3').waitFor()

  await page.goto(`/customers/${customerId}/receivables`)
  const dialog = await agreements(page, 'AC-3')
  await dialog.getByText('Faltó una caja').waitFor()
  await dialog.getByRole('button', { name: 'Resolver' }).click()
  const resolve = page.getByRole('dialog', { name: 'Resolver la disputa de AC-3' })
  await resolve.getByRole('textbox', { name: 'Qué se acordó' }).fill('La caja apareció en su bodega')
  await resolve.getByRole('button', { name: 'Resolver' }).click()
  await resolve.waitFor({ state: 'hidden' })
  await dialog.getByText('La caja apareció en su bodega').waitFor()
  const again = await planned(page, '2026-03-06', 'held', 'Espera revisión')
  await again.getByText('AC-3').waitFor()
  await page.context().close()
})

test('an extension begins the next series of notices: a reminder before the new due date', async () => {
  const page = await pageAs('finance', `/customers/${customerId}/receivables`)
  const dialog = await agreements(page, 'AC-4')
  await dialog.getByText('El vencimiento no se ha prorrogado.').waitFor()
  await dialog.getByRole('button', { name: 'Prorrogar' }).click()
  const extend = page.getByRole('dialog', { name: 'Prorrogar AC-4' })
  await typeDay(page, extend, '20032026')
  await extend.getByRole('textbox', { name: 'Motivo' }).fill('Espera su propio pago')
  await extend.getByRole('button', { name: 'Prorrogar' }).click()
  await extend.waitFor({ state: 'hidden' })
  await dialog.getByText('Espera su propio pago').waitFor()
  await (await planned(page, '2026-03-13', 'planned', 'Recordatorio')).getByText('AC-4').waitFor()
  await page.context().close()
})

test('days later the money of one promise came in part and of the other not at all: both are told, open a follow-up, and their notices go on', async () => {
  const page = await pageAs('finance', `/customers/${customerId}/receivables`)
  await page.getByRole('button', { name: 'Registrar pago' }).click()
  const payment = page.getByRole('dialog', { name: 'Registrar pago' })
  await payment.getByRole('textbox', { name: /^Importe\*?$/ }).fill('120.00')
  await payment.getByRole('button', { name: 'Registrar', exact: true }).click()
  await payment.waitFor({ state: 'hidden' })
  await page.context().close()

  now = friday
  await world.moveTo(friday)
  const waiting = await queue()
  await waiting.rows.filter({ hasText: 'Promesa de pago' }).waitFor({ timeout: 100_000 })
  await waiting.page.context().close()

  now = tuesday
  await world.moveTo(tuesday)
  const later = await pageAs('agent', `/customers/${customerId}/promises`)
  await expect
    .poll(
      async () => {
        await later.reload()
        await later.getByRole('row').nth(1).waitFor()
        return [
          await later.getByRole('row', { name: /Cumplida en parte/ }).count(),
          await later.getByRole('row', { name: /Incumplida/ }).count(),
        ]
      },
      { timeout: 100_000, interval: 2000 },
    )
    .toEqual([1, 1])
  await later.goto(`/customers/${customerId}/follow-ups`)
  await later
    .getByText(/Promesa cumplida en parte: USD 120,00 de USD [23]00,00/)
    .first()
    .waitFor()
  await later
    .getByText(/Promesa incumplida:/)
    .first()
    .waitFor()
  await later.context().close()

  const { page: after, rows } = await queue()
  await rows.filter({ hasText: 'Espera revisión' }).first().waitFor()
  await expect
    .poll(
      async () => {
        await after.reload()
        await rows.first().waitFor()
        return rows.filter({ hasText: 'Promesa de pago' }).count()
      },
      { timeout: 100_000, interval: 2000 },
    )
    .toBe(0)
  await after.context().close()
})
