import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

// A month of one customer, clicked: an invoice in instalments, part of it paid, a credit note, money left over, a returned cheque, a mistake.

let world: World
let customerId = ''
let page: Page

beforeAll(async () => {
  // Wednesday, 09:00 in Bogotá.
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
  customerId = (
    await world.request<{ id: string }>('administrator', 'POST', '/customers', { name: 'Almacén del Mes', externalId: 'ERP-MES' })
  ).id
  page = await world.pageAs('administrator', { path: `/customers/${customerId}/receivables` })
})
afterAll(() => world?.stop())

/** What the customer owes, by currency, as aging tells it. */
const owed = async () =>
  (
    await world.request<{ totals: { balance: string; unapplied: string }[] }>(
      'administrator',
      'GET',
      `/receivables/aging?customerId=${customerId}`,
    )
  ).totals

const dialog = (name: string | RegExp): Locator => page.getByRole('dialog', { name })
/** A day is typed part by part, in the order of the reader's language. */
async function typeDay(where: Locator, digits: string): Promise<void> {
  await where.getByRole('spinbutton').first().click()
  await page.keyboard.type(digits)
}
async function because(name: string | RegExp, confirm: string, reason: string): Promise<void> {
  await dialog(name).getByRole('textbox', { name: 'Motivo' }).fill(reason)
  await dialog(name).getByRole('button', { name: confirm, exact: true }).click()
  await dialog(name).waitFor({ state: 'hidden' })
}
const rowOf = (table: string, text: string | RegExp): Locator =>
  page.getByRole('table', { name: table }).getByRole('row').filter({ hasText: text }).first()
async function openDocument(number: string, instalment: string): Promise<Locator> {
  await rowOf('Cartera', `${number} / ${instalment}`).click()
  const opened = dialog(`Factura ${number}`)
  await opened.getByText('Movimientos').waitFor()
  return opened
}

test('an invoice is recorded in instalments that add up by themselves', async () => {
  await page.getByRole('button', { name: 'Registrar comprobante' }).click()
  const form = dialog('Registrar comprobante')
  await form.getByRole('textbox', { name: /^Número\*?$/ }).fill('F-100')
  await typeDay(form, '02022026')
  await form.getByRole('textbox', { name: 'Total' }).fill('300,00')
  await form.getByRole('textbox', { name: 'Moneda' }).fill('USD')
  await form.getByRole('spinbutton', { name: 'Número de cuotas' }).fill('3')
  await page.keyboard.press('Tab')
  await form.getByText('Las cuotas suman el total.').waitFor()
  await form.getByRole('button', { name: 'Registrar', exact: true }).click()
  await form.waitFor({ state: 'hidden' })
  await expect.poll(() => page.getByRole('table', { name: 'Cartera' }).getByRole('row').count()).toBe(4)
})

test('a payment pays part of it and leaves a rest, a credit note too; the rest is applied later where it is wanted', async () => {
  await page.getByRole('button', { name: 'Registrar pago' }).click()
  const paying = dialog('Registrar pago')
  await paying.getByRole('textbox', { name: /^Importe\*?$/ }).fill('150')
  await paying.getByRole('textbox', { name: 'Referencia' }).fill('Depósito 7')
  // 100 for the first instalment, nothing for the second: 50 are left over.
  await paying.getByRole('textbox', { name: 'Importe para F-100' }).nth(1).fill('')
  await paying.getByText('Queda sin aplicar:').waitFor()
  await paying.getByRole('button', { name: 'Registrar', exact: true }).click()
  await paying.getByText(/supera lo que se aplica/).waitFor()
  await paying.getByRole('checkbox').click()
  await paying.getByRole('button', { name: 'Registrar', exact: true }).click()
  await paying.waitFor({ state: 'hidden' })

  await page.getByRole('button', { name: 'Nota de crédito', exact: true }).click()
  const note = dialog('Nota de crédito')
  await note.getByRole('textbox', { name: /^Número\*?$/ }).fill('NC-1')
  await note.getByRole('textbox', { name: /^Importe\*?$/ }).fill('20')
  await note.getByRole('button', { name: 'Registrar', exact: true }).click()
  await note.waitFor({ state: 'hidden' })

  await rowOf('Pagos', 'Depósito 7').click()
  await dialog(/Pago Depósito 7/)
    .getByRole('button', { name: 'Aplicar lo que queda' })
    .click()
  const applying = dialog('Aplicar lo que queda')
  await applying.getByText('Todo queda aplicado.').waitFor()
  await applying.getByRole('textbox', { name: 'Importe para F-100' }).first().fill('')
  await applying.getByRole('textbox', { name: 'Importe para F-100' }).nth(1).fill('50')
  await applying.getByRole('button', { name: 'Aplicar', exact: true }).click()
  await applying.waitFor({ state: 'hidden' })
  const { items } = await world.request<{ items: { instalment: number; balance: string }[] }>(
    'administrator',
    'GET',
    `/receivables?customerId=${customerId}&state=open`,
  )
  expect(items.map((one) => [one.instalment, one.balance])).toEqual([
    [2, '80.00'],
    [3, '50.00'],
  ])
})

test('a returned cheque is reversed; what it paid is owed again', async () => {
  await rowOf('Pagos', 'Depósito 7').click()
  await dialog(/Pago Depósito 7/)
    .getByRole('button', { name: 'Reversar pago' })
    .click()
  await because('Reversar pago', 'Reversar', 'Cheque devuelto')
  await expect.poll(owed).toMatchObject([{ balance: '280.00', unapplied: '0.00' }])
})

test('a wrong amount is corrected, and a document that was a mistake is voided with what it takes along', async () => {
  await world.request('administrator', 'POST', '/documents', {
    customerId,
    type: 'invoice',
    number: 'F-101',
    issuedOn: '2026-02-10',
    currency: 'USD',
    total: '40.00',
    instalments: [
      { dueOn: '2026-03-10', amount: '20.00' },
      { dueOn: '2026-04-10', amount: '20.00' },
    ],
  })
  await page.reload()
  const opened = await openDocument('F-101', '2')
  await opened.getByRole('button', { name: 'Comprobante' }).click()
  await page.getByRole('menuitem', { name: 'Corregir' }).click()
  const correcting = dialog('Corregir F-101')
  await correcting.getByRole('textbox', { name: 'Total' }).fill('45.00')
  await correcting.getByRole('textbox', { name: 'Importe de la cuota 2' }).fill('25.00')
  await correcting.getByText('Las cuotas suman el total.').waitFor()
  await correcting.getByRole('button', { name: 'Corregir', exact: true }).click()
  await correcting.waitFor({ state: 'hidden' })
  await opened.getByText('Corrección').waitFor()

  await opened.getByRole('button', { name: 'Comprobante' }).click()
  await page.getByRole('menuitem', { name: 'Anular' }).click()
  const voiding = dialog('Anular F-101')
  await voiding.getByText(/Incluye sus 2 cuotas/).waitFor()
  await because('Anular F-101', 'Anular comprobante', 'Duplicada')
  await expect.poll(owed).toMatchObject([{ balance: '280.00' }])
})

test('the statement of a past day says on screen what aging says of that day', async () => {
  for (const day of ['2026-02-01', '2026-02-20', '2026-03-03', '2026-03-04']) {
    await page.goto(`/customers/${customerId}/statement?from=2026-01-01&to=${day}`)
    const { totals } = await world.request<{ totals: { balance: string; net: string; currency: string }[] }>(
      'administrator',
      'GET',
      `/receivables/aging?customerId=${customerId}&asOf=${day}`,
    )
    if (totals.length === 0) {
      await page.getByRole('heading', { name: /USD/ }).waitFor({ state: 'detached' })
      continue
    }
    const account = page.locator('section').filter({ has: page.getByRole('heading', { name: /USD/ }) })
    const closing = account.locator('dl').first().locator('dd').last()
    await expect.poll(async () => (await closing.textContent())?.replace(/[^\d,-]/g, '')).toBe(totals[0]?.net.replace('.', ','))
  }
  await page.goto(`/portfolio?view=agent&asOf=2026-02-20`)
  await page.getByText('Como estaba al cierre de ese día').waitFor()
  await page.context().close()
})
