import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

async function upload(page: Page, name: string, content: string | Buffer): Promise<void> {
  await page.goto('/imports/new')
  await page.getByRole('radio', { name: 'Clientes' }).check({ force: true })
  const chooser = page.waitForEvent('filechooser')
  await page.getByRole('button', { name: 'Elegir archivo' }).first().click()
  await (await chooser).setFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(content) })
  await page.getByRole('heading', { name: 'Primeras filas' }).waitFor({ timeout: 60_000 })
}

const fate = (page: Page, count: string, name: string) =>
  page
    .getByRole('group', { name: 'Resultado' })
    .getByRole('button', { name: `${count} ${name}` })
    .waitFor({ timeout: 60_000 })
const rowOf = (page: Page, text: string) => page.getByRole('row').filter({ hasText: text })

test('customers are tried out, imported, corrected from the error file and undone', async () => {
  const page = await world.pageAs('administrator')
  const csv = [
    'Cartera de clientes al cierre',
    '',
    'Id externo;Razón social;RUC;Correo;Ciudad;Vendedor',
    'IMP-1;Cordillera Importada S.A.;;ventas@cordillera.test;Loja;',
    'IMP-2;Páramo Verde;;no-es-correo;Cuenca;',
    'IMP-3;Páramo Verde;;;Cuenca;nadie@example.test',
    'ERP-10000;;;;Manta;',
  ].join('\n')
  await upload(page, 'clientes.csv', csv)
  await page.getByText('Encabezados', { exact: true }).waitFor()
  expect(await page.getByRole('combobox', { name: 'Nombre o razón social' }).textContent()).toContain('Razón social')
  await page.getByRole('button', { name: 'Ensayar' }).click()
  await page.getByText('todavía no se ha cambiado nada').waitFor()
  await fate(page, '1', 'Nuevas')
  await fate(page, '1', 'Cambian')
  await fate(page, '2', 'Rechazadas')
  await rowOf(page, 'IMP-2').getByText('Correo electrónico: ').waitFor()
  await rowOf(page, 'IMP-3').getByText('Agente de ventas: ').waitFor()
  await rowOf(page, 'ERP-10000').getByText('Manta').waitFor()

  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Filas rechazadas' }).click()
  expect((await saving).suggestedFilename()).toBe('clientes-errors.xlsx')

  await page.getByRole('button', { name: 'Importar', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Importar' }).click()
  await page.getByText('Importación terminada.').waitFor({ timeout: 60_000 })
  const address = page.url()
  await page.goto('/customers?q=Cordillera%20Importada')
  await rowOf(page, 'Cordillera Importada').waitFor()

  await page.goto(address)
  await page.getByRole('button', { name: 'Deshacer' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Deshacer' }).click()
  await page.getByText('Importación deshecha: 2 filas deshechas').waitFor({ timeout: 60_000 })
  await page.goto('/customers?q=Cordillera%20Importada')
  await page.getByText('Cordillera Importada').waitFor({ state: 'detached' })
  await page.context().close()
})
