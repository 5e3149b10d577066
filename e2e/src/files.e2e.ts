import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signInByHand } from './testing/sign-in-by-hand.ts'
import { startWorld, type World } from './testing/world.ts'

let world: World
/** The files of one customer, whom everybody of the demo company sees. */
let files: string

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

const mail = [
  'From: =?utf-8?Q?Luc=C3=ADa_Pe=C3=B1a?= <lucia@almacen.test>',
  'To: ventas@casa.test',
  'Subject: Reclamo por cajas rotas',
  'Date: Mon, 12 Jan 2026 08:30:00 -0500',
  'Content-Type: multipart/mixed; boundary="b"',
  '',
  '--b',
  'Content-Type: text/html; charset=utf-8',
  '',
  '<p>Llegaron <b>cuatro cajas</b> rotas.</p><img src="https://fuera.test/pixel.gif"><script>document.title="malo"</script>',
  '--b',
  'Content-Type: text/csv; name="cajas.csv"',
  'Content-Disposition: attachment; filename="cajas.csv"',
  '',
  'caja,estado',
  '--b--',
  '',
].join('\r\n')
/** As Outlook saves one (made by use-cases/src/testing/msg-file.ts). */
const outlook = readFileSync(new URL('./testing/confirmacion.msg', import.meta.url))
const table = (page: Page) => page.getByRole('table', { name: 'Archivos' })

test('Diego adds several files at once; what is refused says why, and the others are kept', async () => {
  const page = await world.pageAs('agent', { path: '/customers?q=C-000001' })
  await page.getByRole('row').filter({ hasText: 'C-000001' }).getByRole('link').first().click()
  await page.getByRole('navigation', { name: 'Secciones del cliente' }).getByRole('link', { name: 'Archivos' }).click()
  await page.waitForURL(/\/customers\/[^/]+\/files(\?|$)/)
  files = new URL(page.url()).pathname

  await page.locator('input[type=file]').setInputFiles([
    { name: 'reclamo.eml', mimeType: 'message/rfc822', buffer: Buffer.from(mail) },
    { name: 'confirmación.msg', mimeType: 'application/octet-stream', buffer: outlook },
    { name: 'factura.pdf', mimeType: 'application/pdf', buffer: Buffer.from('<script>alert(1)</script>') },
    { name: 'vacío.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) },
  ])
  await table(page).getByText('Reclamo por cajas rotas').waitFor()
  await table(page).getByText('Confirmación de Outlook').waitFor()
  const uploads = page.getByRole('list', { name: 'Archivos en camino' })
  await uploads.getByText('El contenido no es lo que dice su nombre (.pdf)').waitFor()
  await uploads.getByText('El archivo está vacío.').waitFor()
  expect(await uploads.getByRole('listitem').count()).toBe(2)
  await page.getByRole('button', { name: 'Quitar factura.pdf de la lista' }).click()
  await page.getByRole('button', { name: 'Quitar vacío.txt de la lista' }).click()
  await uploads.waitFor({ state: 'detached' })
  await page.context().close()
})

test('dropped files are kept too, and a large one can be cancelled on its way', async () => {
  const page = await world.pageAs('agent', { path: files })
  await table(page).getByText('Reclamo por cajas rotas').waitFor()
  const dropped = await page.evaluateHandle(`(() => {
    const data = new DataTransfer()
    data.items.add(new File(['codigo,precio'], 'precios.csv', { type: 'text/csv' }))
    return data
  })()`)
  await page.getByRole('region', { name: 'Archivos' }).dispatchEvent('drop', { dataTransfer: dropped })
  await table(page).getByText('precios.csv').waitFor()

  // Held on its way by the network, so that there is time to change one's mind.
  await page.route('**/api/v1/customers/*/files', (route) => (route.request().method() === 'POST' ? undefined : route.continue()))
  await page.locator('input[type=file]').setInputFiles({ name: 'pesado.bin', mimeType: 'x/y', buffer: Buffer.alloc(5_000_000) })
  await page.getByRole('button', { name: 'Cancelar el envío de pesado.bin' }).click()
  await page.getByRole('list', { name: 'Archivos en camino' }).waitFor({ state: 'detached' })
  await page.context().close()
})

test('an e-mail is read without asking for anything outside, its attachment is downloaded, and it stands at its own date', async () => {
  const page = await world.pageAs('agent', { path: files })
  const outside: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('fuera.test')) outside.push(request.url())
  })
  await table(page).getByText('Reclamo por cajas rotas').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText('Lucía Peña <lucia@almacen.test>').waitFor()
  await dialog.getByText('Se bloqueó una imagen externa.').waitFor()
  await page.frameLocator('iframe[title="Texto del correo"]').getByText('cuatro cajas').waitFor()
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: /cajas\.csv/ }).click()
  const saved = await download
  expect(saved.suggestedFilename()).toBe('cajas.csv')
  expect(readFileSync(await saved.path(), 'utf8')).toContain('caja,estado')
  expect([outside, await page.title()]).toEqual([[], expect.not.stringContaining('malo')])

  await page.goto(files)
  await table(page).getByText('Confirmación de Outlook').click()
  await page.frameLocator('iframe[title="Texto del correo"]').getByText('segunda entrega').waitFor()

  await page.goto(files.replace('/files', '/activity'))
  const entry = page.getByRole('listitem').filter({ hasText: 'Reclamo por cajas rotas' })
  await entry.getByText('Correo archivado').waitFor()
  await entry.getByRole('link', { name: 'Ver el archivo' }).click()
  await page.getByRole('dialog').getByText('Lucía Peña <lucia@almacen.test>').waitFor()
  await page.context().close()
})

test('a file is renamed with its ending kept, deleted, and brought back by the administrator', async () => {
  const page = await world.pageAs('agent', { path: files })
  await page.getByRole('button', { name: 'Acciones de precios.csv' }).click()
  await page.getByRole('menuitem', { name: 'Editar' }).click()
  await page.getByRole('textbox', { name: 'Nombre' }).fill('Lista de precios')
  await page.getByRole('button', { name: 'Guardar' }).click()
  await table(page).getByText('Lista de precios.csv').waitFor()
  await page.getByRole('button', { name: 'Acciones de Lista de precios.csv' }).click()
  await page.getByRole('menuitem', { name: 'Eliminar' }).click()
  await page.getByRole('button', { name: 'Eliminar' }).click()
  await table(page).getByText('Lista de precios.csv').waitFor({ state: 'detached' })
  await page.context().close()

  const admin = await world.pageAs('administrator', { path: files })
  await admin.getByRole('button', { name: 'Archivos eliminados' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Recuperar' }).click()
  await admin.getByText('Archivo recuperado').first().waitFor()
  await admin.keyboard.press('Escape')
  await table(admin).getByText('Lista de precios.csv').waitFor()
  await admin.context().close()
})

test('another agent of the same department sees none of it', async () => {
  const page = await signInByHand(world, 'lucia@demo.cartera.test', files)
  await page.getByText('Todavía no hay archivos').or(table(page).getByRole('row').nth(1)).first().waitFor()
  expect(await page.getByText('Reclamo por cajas rotas').count()).toBe(0)
  await page.context().close()
})

test('a new version takes the place of a file, the older one stays to be downloaded, and the list of all files finds it', async () => {
  const page = await world.pageAs('agent', { path: files })
  await page.locator('input[type=file][multiple]').setInputFiles({
    name: 'acuerdo.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('Plazo de 30 días'),
  })
  await table(page).getByText('acuerdo.txt').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Nueva versión' }).waitFor()
  await dialog.locator('input[type=file]').setInputFiles({
    name: 'acuerdo corregido.txt',
    mimeType: 'text/plain',
    buffer: Buffer.from('Plazo de 45 días'),
  })
  await dialog.getByRole('region', { name: 'Versiones' }).getByText('v2').waitFor()
  const download = page.waitForEvent('download')
  await dialog.getByRole('button', { name: 'Descargar la versión 1' }).click()
  expect(readFileSync(await (await download).path(), 'utf8')).toBe('Plazo de 30 días')

  await page.goto('/files?q=acuerdo&kind=text')
  const row = table(page).getByRole('row').filter({ hasText: 'acuerdo.txt' })
  await row.getByText('v2').waitFor()
  expect(await row.count()).toBe(1)
  await row.getByRole('link').click()
  await page.waitForURL((url) => url.pathname === files)
  await page.context().close()
})

test('a customer gets a logo by choosing, dropping or pasting a picture; what is none is refused, and it can be taken off', async () => {
  const page = await world.pageAs('agent', { path: files })
  const own = page.getByRole('button', { name: 'Imagen o logo', exact: true })
  const shown = () => page.getByRole('dialog').locator('img')
  // The demo gave it one: taken off first.
  await own.click()
  await shown().waitFor()
  await page.getByRole('button', { name: 'Quitar', exact: true }).click()
  await shown().waitFor({ state: 'detached' })
  await page.keyboard.press('Escape')

  await page.getByRole('button', { name: 'Agregar imagen o logo' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('input[type=file]').setInputFiles({
    name: 'logo.png',
    mimeType: 'image/png',
    buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'),
  })
  await dialog.getByRole('alert').getByText('No se puede leer como imagen PNG, JPEG o WebP.').waitFor()

  const pasted = `(() => {
    const canvas = Object.assign(document.createElement('canvas'), { width: 60, height: 40 })
    canvas.getContext('2d').fillRect(5, 5, 40, 30)
    return new Promise((done) => canvas.toBlob((blob) => {
      const data = new DataTransfer()
      data.items.add(new File([blob], 'logo.png', { type: 'image/png' }))
      done(data)
    }))
  })()`
  await page.evaluate(
    `${pasted}.then((data) => document.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true })))`,
  )
  await shown().waitFor()
  expect(await dialog.getByRole('alert').count()).toBe(0)
  await page.keyboard.press('Escape')

  await own.dispatchEvent('drop', { dataTransfer: await page.evaluateHandle(pasted) })
  await page.getByText('Imagen guardada').first().waitFor()
  await page.keyboard.press('Escape')

  await page.goto('/customers?q=C-000001')
  await page.getByRole('row').filter({ hasText: 'C-000001' }).locator('img').waitFor()
  await page.context().close()
})
