import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const customer = 'Ferretería Sin Gestión'
let world: World
let customerId = ''

beforeAll(async () => {
  // Wednesday, 09:00 in Bogotá.
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
  const { items } = await world.request<{ items: { id: string; branch: { id: string } }[] }>(
    'administrator',
    'GET',
    '/customers/agents?q=Bruno',
  )
  const made = await world.request<{ id: string }>('administrator', 'POST', '/customers', {
    name: customer,
    externalId: 'ERP-SIN-GESTION',
    collectionsAgentId: items[0]?.id,
    branchId: items[0]?.branch.id,
  })
  customerId = made.id
  await world.request('administrator', 'PUT', '/receivables', {
    items: [
      {
        externalId: 'SG-1',
        number: 'SG-1',
        customerExternalId: 'ERP-SIN-GESTION',
        issuedOn: '2026-01-05',
        dueOn: '2026-02-05',
        currency: 'USD',
        amount: '350.00',
      },
    ],
  })
})

afterAll(() => world?.stop())

test('what nobody followed up is filtered, chosen and started in one step; the same again starts nothing', async () => {
  const page = await world.pageAs('administrator', { path: '/portfolio' })
  await page.getByRole('combobox', { name: 'Gestión' }).click()
  await page.getByRole('option', { name: 'Nunca gestionada' }).click()
  await page.getByRole('searchbox').fill('Sin Gestión')
  const row = page.getByRole('row', { name: new RegExp(customer) })
  // The row stands in the unfiltered list too: what is chosen there is gone when the filtered one comes.
  await page.waitForURL((url) => url.searchParams.get('attention') === 'never' && url.searchParams.get('q') === 'Sin Gestión')
  await expect.poll(() => page.getByRole('row').count(), { timeout: 15_000 }).toBe(2)
  await row.waitFor()
  await row.getByRole('checkbox').click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Iniciar seguimientos' }).click()
  const dialog = page.getByRole('dialog', { name: 'Iniciar seguimientos' })
  await dialog.getByText('Se iniciará 1 seguimiento').waitFor()
  await dialog.getByRole('button', { name: 'Iniciar', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
  await row.waitFor({ state: 'detached' })

  await page.goto('/portfolio?q=Sin+Gestión')
  await row.getByRole('checkbox').click()
  await page.getByRole('toolbar').getByRole('button', { name: 'Iniciar seguimientos' }).click()
  await dialog.getByText('No se iniciará ningún seguimiento').waitFor()
  await dialog.getByText('con un seguimiento activo').waitFor()
  await page.context().close()
})

test('a promise is recorded on the customer’s page, the money comes, and it is kept', async () => {
  const page = await world.pageAs('administrator', { path: `/customers/${customerId}/promises` })
  await page.getByRole('button', { name: 'Registrar promesa' }).click()
  const dialog = page.getByRole('dialog', { name: 'Registrar promesa de pago' })
  await dialog.getByRole('checkbox', { name: 'Incluir SG-1' }).click()
  await dialog.getByRole('textbox', { name: 'Importe prometido de SG-1' }).fill('400.00')
  // A day is typed part by part, in the order of the reader's language.
  await dialog.getByRole('spinbutton').first().click()
  await page.keyboard.type('06032026')
  await dialog.getByRole('button', { name: 'Registrar', exact: true }).click()
  await dialog.getByText(/supera el saldo pendiente/).waitFor()
  await dialog.getByRole('textbox', { name: 'Importe prometido de SG-1' }).fill('350.00')
  await dialog.getByRole('button', { name: 'Registrar', exact: true }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('row', { name: /Abierta/ }).waitFor()

  const paid = { customerId, paidOn: '2026-03-04', currency: 'USD', amount: '350.00' }
  await world.request('administrator', 'POST', '/payments', paid)
  await page.reload()
  await page.getByRole('row', { name: /Cumplida/ }).waitFor()
  await page.getByText(/Cumple 100/).waitFor()
  await page.context().close()
})
