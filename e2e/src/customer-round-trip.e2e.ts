import { readFile } from 'node:fs/promises'
import { messyCustomers } from '@cartera/use-cases/testing/messy-customers'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

// The worker reads, tries out and writes twenty thousand rows on whatever machine this is.
const long = { timeout: 180_000 }

async function upload(page: Page, name: string, content: Buffer): Promise<void> {
  await page.goto('/imports/new')
  await page.getByRole('radio', { name: 'Clientes' }).check({ force: true })
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Elegir archivo' }).first().click()
  await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer: content })
  await page.getByRole('heading', { name: 'Primeras filas' }).waitFor(long)
  await page.getByRole('button', { name: 'Ensayar' }).click()
  await page.getByText('todavía no se ha cambiado nada').waitFor(long)
}

/** How many rows have which fate, as the page says it. */
async function fates(page: Page): Promise<Record<string, number>> {
  const said = await page.getByRole('group', { name: 'Resultado' }).getByRole('button').allTextContents()
  return Object.fromEntries(
    said.map((text) => {
      const [, count = '', name = ''] = /^\s*([\d.,]+)\s*(.+?)\s*$/.exec(text) ?? []
      return [name, Number(count.replace(/\D/g, ''))]
    }),
  )
}

test('twenty thousand messy customers go in through the browser and out again unchanged', { timeout: 900_000 }, async () => {
  const page = await world.pageAs('administrator')
  const messy = messyCustomers(20_000)
  await upload(page, 'clientes viejos.xlsx', messy.bytes)
  const expected = {
    Nuevas: messy.create,
    Repetidas: messy.duplicate,
    'Posibles duplicados': messy.possibleDuplicate,
    Rechazadas: messy.refused,
  }
  expect(await fates(page)).toMatchObject({ ...expected, Cambian: 0, 'Sin cambio': 0 })
  await page.getByRole('button', { name: 'Importar', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Importar' }).click()
  await page.getByText('Importación terminada.').waitFor(long)
  expect(await fates(page)).toMatchObject(expected)

  await page.goto('/customers')
  await page.getByRole('row').nth(1).waitFor()
  await page.getByRole('button', { name: 'Exportar' }).click()
  const saving = page.waitForEvent('download', long)
  await page.getByRole('menuitem', { name: 'Excel' }).click()
  const out = await (await saving).path()

  // What came out says of nobody anything else than what stands, and of everybody.
  await upload(page, 'clientes de vuelta.xlsx', await readFile(out))
  const back = await fates(page)
  const { 'Sin cambio': unchanged = 0, ...others } = back
  expect(Object.values(others).filter((count) => count > 0)).toEqual([])
  expect(unchanged).toBeGreaterThan(messy.create)
  await page.context().close()
})
