import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

/** The first two customers of the demo company; "Referencia" is a heading that no mapping can guess. */
const wrong = [
  'Cliente,Referencia,Emisión,Vencimiento,Importe',
  'ERP-10000,0000471,2026-02-16,2026-03-18,1250000',
  'ERP-10000,0000472,2026-02-16,2026-03-18,doce mil',
  'ERP-10001,0000473,2026-02-16,03/04/2026,840000',
].join('\n')
const corrected = wrong.replace('doce mil', '12000').replace('03/04/2026', '2026-04-03')

/** Chooses the file, says which column is the number, and runs the dry run. */
async function upload(page: Page, csv: string): Promise<void> {
  await page.goto('/imports')
  await page.getByRole('link', { name: 'Importar' }).first().click()
  await page.getByRole('radio', { name: 'Cartera' }).check({ force: true })
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Elegir archivo' }).first().click()
  await (await chooser).setFiles({ name: 'cartera.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) })
  await page.getByRole('heading', { name: 'Primeras filas' }).waitFor()
  await page.getByRole('cell', { name: '0000471', exact: true }).waitFor()
  await page.getByRole('combobox', { name: 'Número de documento' }).click()
  await page.getByRole('option', { name: 'Referencia', exact: true }).click()
  await page.getByRole('textbox', { name: 'Moneda' }).fill('COP')
  await page.getByRole('button', { name: 'Ensayar' }).click()
  await page.getByText('todavía no se ha cambiado nada').waitFor()
}

const fate = (page: Page, name: string) => page.getByRole('group', { name: 'Resultado' }).getByRole('button', { name })
const rowOf = (page: Page, number: string) => page.getByRole('row').filter({ hasText: number })

test('the dry run names what is wrong with each row, and nothing has been written', async () => {
  const page = await world.pageAs('administrator')
  await upload(page, wrong)
  await fate(page, 'Nuevas')
    .filter({ hasText: /^\s*1\s*Nuevas/ })
    .waitFor()
  await fate(page, 'Rechazadas')
    .filter({ hasText: /^\s*2\s*Rechazadas/ })
    .waitFor()
  await rowOf(page, '0000472').getByText('Importe: ').waitFor()
  expect(await rowOf(page, '0000472').textContent()).toContain('doce mil')
  await rowOf(page, '0000473').getByText('Vencimiento: ').waitFor()
  await rowOf(page, '0000471').getByText('Nuevas').waitFor()

  await page.goto('/receivables?q=0000471&state=all')
  await page.getByText('Nada coincide').waitFor()
  await page.context().close()
})

test('the corrected file goes in as a whole, and the customer has the receivable with its leading zeros', async () => {
  const page = await world.pageAs('administrator')
  await upload(page, corrected)
  await fate(page, 'Nuevas')
    .filter({ hasText: /^\s*3\s*Nuevas/ })
    .waitFor()
  await fate(page, 'Rechazadas')
    .filter({ hasText: /^\s*0\s*Rechazadas/ })
    .waitFor()
  await page.getByRole('button', { name: 'Importar', exact: true }).click()
  const question = page.getByRole('dialog', { name: '¿Importar 3 filas?' })
  await question.getByRole('button', { name: 'Importar' }).click()
  await page.getByText('Importación terminada.').waitFor({ timeout: 60_000 })

  await page.goto('/customers?q=C-000001')
  await page.getByRole('row').filter({ hasText: 'C-000001' }).getByRole('link').first().click()
  await page.getByRole('navigation', { name: 'Secciones del cliente' }).getByRole('link', { name: 'Cartera' }).click()
  await page.waitForURL(/\/customers\/[^/]+\/receivables/)
  const row = rowOf(page, '0000471')
  await row.waitFor()
  expect(await row.textContent()).toMatch(/1[.,\s]250[.,\s]000/)
  await rowOf(page, '0000472').waitFor()
  await page.context().close()
})

test('sending the same file again changes nothing', async () => {
  const page = await world.pageAs('administrator')
  await upload(page, corrected)
  await fate(page, 'Sin cambio')
    .filter({ hasText: /^\s*3\s*Sin cambio/ })
    .waitFor()
  await page.getByRole('button', { name: 'Importar', exact: true }).waitFor()
  expect(await page.getByRole('button', { name: 'Importar', exact: true }).isDisabled()).toBe(true)
  await page.context().close()
})

test('it is undone, and its receivables are gone as if the file had never come', async () => {
  const page = await world.pageAs('administrator')
  await page.goto('/imports')
  await page.getByRole('row').filter({ hasText: 'Terminado' }).first().getByRole('link').first().click()
  await page.getByRole('button', { name: 'Deshacer', exact: true }).click()
  const question = page.getByRole('dialog', { name: '¿Deshacer esta importación?' })
  await question.getByText('Lo que ya tiene pagos').waitFor()
  await question.getByRole('button', { name: 'Deshacer' }).click()
  await page.getByText('Importación deshecha: 3 filas deshechas').first().waitFor({ timeout: 60_000 })

  await page.goto('/receivables?q=0000471&state=all')
  await page.getByText('Nada coincide').waitFor()
  await page.context().close()
})
