import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World
beforeAll(async () => {
  // Wednesday, 09:00 in Bogotá.
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
})
afterAll(() => world?.stop())

interface Agents {
  items: { name: string; customers: number }[]
}
const customersOf = async (name: string) => {
  const { items } = await world.request<Agents>('administrator', 'GET', '/handovers/agents?role=preferred')
  return items.find((agent) => agent.name === name)?.customers ?? 0
}

/** Who owns the customers' open opportunities: the person's. */
const opportunitiesOf = async (name: string) => {
  const { items } = await world.request<{ items: { owner: { name: string } }[] }>(
    'administrator',
    'GET',
    '/opportunities?limit=200',
  )
  return items.filter((item) => item.owner.name === name).length
}

test('somebody who has left is replaced, their sales move along, and the change is undone from the history', async () => {
  const [left, before] = [await customersOf('Gabriel Reyes'), await customersOf('Jimena Robles')]
  const [sales, hers] = [await opportunitiesOf('Gabriel Reyes'), await opportunitiesOf('Jimena Robles')]
  expect(left).toBeGreaterThan(0)
  expect(sales).toBeGreaterThan(0)
  const page = await world.pageAs('administrator', { path: '/handovers' })
  await page
    .getByRole('row', { name: /Gabriel Reyes/ })
    .getByText('Desactivado')
    .waitFor()
  await page.getByRole('button', { name: 'Cambiar a Gabriel Reyes por' }).click()
  await page.getByRole('option', { name: /Jimena Robles/ }).click()
  await page.getByRole('button', { name: 'Actualizar agentes' }).click()
  const dialog = page.getByRole('dialog', { name: 'Confirmar el cambio de agentes' })
  await dialog.getByText(`${left} clientes cambian de agente`).waitFor()
  expect(await dialog.getByRole('checkbox', { name: `Oportunidades abiertas (${sales})` }).isChecked()).toBe(true)
  // Quotes stay with whoever wrote them this time.
  await dialog.getByRole('checkbox', { name: /Cotizaciones sin decidir/ }).uncheck()
  await dialog.getByRole('button', { name: 'Actualizar agentes' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('row', { name: /Gabriel Reyes/ }).waitFor({ state: 'detached' })
  expect(await customersOf('Jimena Robles')).toBe(before + left)
  expect([await opportunitiesOf('Gabriel Reyes'), await opportunitiesOf('Jimena Robles')]).toEqual([0, hers + sales])

  await page.getByRole('button', { name: 'Historial' }).click()
  await page.getByRole('link', { name: /Gabriel Reyes → Jimena Robles/ }).click()
  await page.getByText(/^Clientes \d+ · Seguimientos \d+ · Interacciones \d+ · Oportunidades \d+ · Casos \d+$/).waitFor()
  await page.getByRole('button', { name: 'Deshacer' }).click()
  await page
    .getByRole('dialog')
    .getByText(/\d+ oportunidad/)
    .waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Deshacer' }).click()
  await page.getByText('Deshecho', { exact: true }).first().waitFor()
  expect([await customersOf('Gabriel Reyes'), await customersOf('Jimena Robles')]).toEqual([left, before])
  expect([await opportunitiesOf('Gabriel Reyes'), await opportunitiesOf('Jimena Robles')]).toEqual([sales, hers])
  await page.context().close()
})

test('a cover that is planned moves nothing yet, and is cancelled before its day', async () => {
  const page = await world.pageAs('administrator', { path: '/handovers' })
  await page.getByRole('link', { name: /Desde el .*: Iván Beltrán/ }).click()
  await page.getByText('Hasta entonces no cambia nada.').waitFor()
  await page.getByRole('button', { name: 'Cancelar el cambio' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Cancelar el cambio' }).click()
  await page.getByText('Cancelado', { exact: true }).first().waitFor()
  await page.context().close()
})
