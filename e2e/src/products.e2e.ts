import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

test('a price list and a product with its price are added; the list is then in use, and the price stands after reloading', async () => {
  const page = await world.pageAs('administrator', { path: '/price-lists' })
  await page.getByRole('button', { name: 'Nueva lista' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Nombre' }).fill('Obra pública')
  await dialog.getByRole('textbox', { name: 'Moneda' }).fill('usd')
  await dialog.getByRole('button', { name: 'Guardar', exact: true }).click()
  const listRow = page.getByRole('row').filter({ hasText: 'Obra pública' })
  await listRow.getByText('USD').waitFor()

  await page.goto(`${new URL(page.url()).origin}/products`)
  await page.getByRole('columnheader', { name: 'Obra pública' }).waitFor()
  await page.getByRole('button', { name: 'Nuevo producto' }).click()
  await dialog.getByRole('textbox', { name: 'Código' }).fill('ARE-M3')
  await dialog.getByRole('textbox', { name: 'Nombre' }).fill('Arena lavada')
  await dialog.getByRole('textbox', { name: 'Unidad' }).fill('m³')
  await dialog.getByRole('textbox', { name: 'Impuesto' }).fill('190')
  await dialog.getByRole('textbox', { name: 'Obra pública' }).fill('12,345')
  await dialog.getByRole('button', { name: 'Guardar', exact: true }).click()
  // Each wrong field says so, one after the other as the API finds them.
  await dialog.getByRole('alert').first().waitFor()
  await dialog.getByRole('textbox', { name: 'Impuesto' }).fill('19')
  await dialog.getByRole('button', { name: 'Guardar', exact: true }).click()
  await dialog.getByRole('alert').filter({ hasText: 'decimales' }).waitFor()
  await dialog.getByRole('textbox', { name: 'Obra pública' }).fill('1.012,35')
  await dialog.getByRole('button', { name: 'Guardar', exact: true }).click()
  const row = page.getByRole('row').filter({ hasText: 'Arena lavada' })
  await row.getByText('1.012,35').waitFor()

  await page.goto(`${new URL(page.url()).origin}/products?q=arena`)
  await row.getByText('1.012,35').waitFor()
  expect(await page.getByRole('row').count()).toBe(2)

  await page.goto(`${new URL(page.url()).origin}/price-lists`)
  await listRow.getByRole('button', { name: 'Más acciones' }).click()
  await page.getByRole('menuitem', { name: 'Eliminar' }).click()
  await page.getByRole('alertdialog').or(dialog).getByRole('button', { name: 'Eliminar' }).click()
  await page.getByText('Está en uso').first().waitFor()
  await listRow.waitFor()
})
