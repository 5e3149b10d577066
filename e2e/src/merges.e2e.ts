import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
})
afterAll(() => world?.stop())

/** Adds a customer as a person does, and answers its code. */
async function add(page: Page, fields: Record<string, string>): Promise<string> {
  await page.goto('/customers/new')
  for (const [name, value] of Object.entries(fields)) {
    const field = page.getByRole('textbox', { name, exact: true })
    await field.or(page.getByRole('combobox', { name, exact: true })).fill(value)
  }
  await page.getByRole('button', { name: 'Crear cliente' }).click()
  await page.waitForURL(/\/customers\/[0-9a-f-]{36}(\?|\/|$)/)
  await page.getByRole('heading', { name: fields['Nombre*'] ?? '' }).waitFor()
  return page.url().split('/customers/')[1]?.slice(0, 36) ?? ''
}

test('Ana finds a customer twice, merges the two, and its old address leads to the one that stayed; then she undoes it', async () => {
  const page = await world.pageAs('administrator')
  const kept = await add(page, { 'Nombre*': 'Ferretería El Cóndor', Correo: 'pagos@condor.test' })
  const other = await add(page, { 'Nombre*': 'FERRETERIA EL CONDOR', Correo: 'PAGOS@condor.test', Ciudad: 'Ibarra' })

  await page.goto('/customers/duplicates')
  await page.getByRole('button', { name: 'Mismo nombre', exact: true }).click()
  await page.waitForURL(/view=name/)
  const group = page
    .getByRole('listitem')
    .filter({ has: page.getByRole('link', { name: 'Comparar' }) })
    .filter({ hasText: 'Cóndor' })
  // Told apart and proposed again.
  await group.getByRole('button', { name: 'No son el mismo' }).click()
  await group.waitFor({ state: 'detached' })
  await page.getByRole('navigation', { name: 'Clientes duplicados' }).getByRole('button', { name: 'No son el mismo' }).click()
  await page.getByRole('button', { name: /^Volver a proponer: / }).click()
  await page.getByText('Nadie descartó un duplicado').waitFor()
  await page.getByRole('button', { name: 'Mismo nombre', exact: true }).click()
  await group.getByRole('link', { name: 'Comparar' }).click()

  await page.getByRole('radiogroup', { name: 'Nombre', exact: true }).getByRole('radio').nth(1).check()
  // Read again, the page compares the same two.
  await page.reload()
  await page.getByRole('radiogroup', { name: 'Ciudad' }).waitFor()
  expect(await page.getByRole('radiogroup', { name: 'Ciudad' }).getByRole('radio', { name: 'Ibarra' }).isChecked()).toBe(true)
  await page.getByRole('button', { name: 'Unir', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Unir', exact: true }).click()
  await page.waitForURL(new RegExp(`/customers/${kept}(\\?|$)`))
  await page.getByText(/Se le unió FERRETERIA EL CONDOR/).waitFor()

  await page.goto(`/customers/${other}/notes`)
  await page.waitForURL(new RegExp(`/customers/${kept}/notes(\\?|$)`))
  await page.getByRole('heading', { name: 'Ferretería El Cóndor' }).waitFor()

  await page.getByRole('button', { name: 'Deshacer unión' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deshacer unión' }).click()
  await page.getByText('Unión deshecha').first().waitFor()
  await page.getByText(/Se le unió FERRETERIA EL CONDOR/).waitFor({ state: 'detached' })
  await page.goto(`/customers/${other}`)
  await page.getByRole('heading', { name: 'FERRETERIA EL CONDOR' }).waitFor()
  await page.goto('/customers/duplicates?view=history')
  await page.getByRole('row', { name: /FERRETERIA EL CONDOR.*Ferretería El Cóndor/ }).waitFor()
})
