import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World
let customerId: string

beforeAll(async () => {
  world = await startWorld()
  customerId = (
    await world.request<{ id: string }>('administrator', 'POST', '/customers', {
      name: 'Óptica Ñandú',
      city: 'Loja',
      country: 'EC',
    })
  ).id
}, 240_000)
afterAll(() => world?.stop())

test('Ana adds a contact with a profile, records what they refuse, and finds them in the directory without accents', async () => {
  const page = await world.pageAs('administrator', { path: `/customers/${customerId}/contacts` })
  await page.getByRole('button', { name: 'Nuevo contacto' }).first().click()
  const form = page.getByRole('dialog', { name: 'Nuevo contacto' })
  await form.getByRole('textbox', { name: 'Nombre' }).fill('Íngrid Peñafiel')
  await form.getByRole('textbox', { name: 'Celular' }).fill('llamar a recepción')
  await form.getByRole('button', { name: 'Guardar' }).click()
  await form.getByText('Escriba un teléfono').waitFor()
  await form.getByRole('textbox', { name: 'Celular' }).fill('099 123 4567')
  await form.getByRole('checkbox', { name: 'Contacto principal' }).click()
  await form.getByRole('button', { name: 'Guardar' }).click()
  await form.waitFor({ state: 'hidden' })

  await page.goto('/contacts?q=ingrid penafiel')
  await page.getByRole('button', { name: 'Íngrid Peñafiel' }).click()
  const card = page.getByRole('dialog', { name: 'Íngrid Peñafiel' })
  await card.getByRole('link', { name: 'Óptica Ñandú' }).waitFor()
  await card.getByRole('button', { name: 'Registrar consentimiento: SMS' }).click()
  const consent = page.getByRole('dialog', { name: 'Registrar consentimiento' })
  await consent.getByRole('radio', { name: 'No acepta' }).click()
  await consent.getByRole('button', { name: 'Registrar', exact: true }).click()
  await consent.waitFor({ state: 'hidden' })
  await card.getByRole('button', { name: 'Historial (1)' }).waitFor()
  // The card that is open stands in the address.
  await page.reload()
  await page.getByRole('dialog', { name: 'Íngrid Peñafiel' }).getByRole('button', { name: 'Historial (1)' }).waitFor()
  await page.goto('/contacts?q=ingrid&consent=sms:refused')
  await page.getByRole('button', { name: 'Íngrid Peñafiel' }).waitFor()
  await page.context().close()
})

test('a deleted contact comes back with one press', async () => {
  const page = await world.pageAs('administrator', { path: `/customers/${customerId}/contacts` })
  await page.getByRole('button', { name: 'Íngrid Peñafiel' }).click()
  await page.getByRole('dialog', { name: 'Íngrid Peñafiel' }).getByRole('button', { name: 'Eliminar' }).click()
  await page
    .getByRole('dialog', { name: /¿Eliminar a/ })
    .getByRole('button', { name: 'Eliminar' })
    .click()
  await page.getByText('Todavía no hay contactos').waitFor()
  await page.getByRole('button', { name: 'Deshacer' }).click()
  await page.getByRole('button', { name: 'Íngrid Peñafiel' }).waitFor()
  await page.context().close()
})

test('a vCard file is shown before it is added: who is there already is not ticked', async () => {
  const page = await world.pageAs('administrator', { path: `/customers/${customerId}/contacts` })
  await page.getByRole('button', { name: 'Importar vCard' }).click()
  const dialog = page.getByRole('dialog', { name: 'Contactos desde un archivo vCard' })
  const choose = (name: string, text: string) =>
    dialog.locator('input[type="file"]').setInputFiles({ name, mimeType: 'text/vcard', buffer: Buffer.from(text) })
  await choose('foto.vcf', '\u0089PNG\r\n')
  await dialog.getByText('El archivo no contiene tarjetas').waitFor()
  const card = (name: string, tel: string) => `BEGIN:VCARD\nVERSION:3.0\nFN:${name}\nTEL;TYPE=CELL:${tel}\nEND:VCARD\n`
  await choose('dos.vcf', card('I. Peñafiel', '+593 99 123 4567') + card('Bruno Salas', '098 765 4321'))
  await dialog.getByText('Puede que ya esté: Íngrid Peñafiel').waitFor()
  expect(await dialog.getByRole('checkbox', { name: 'Agregar a I. Peñafiel' }).getAttribute('aria-checked')).toBe('false')
  await dialog.getByRole('button', { name: 'Agregar (1)' }).click()
  await page.getByRole('button', { name: 'Bruno Salas' }).waitFor()
  await page.context().close()
})

test('the card of a customer is pasted into a new one: what was typed stays, other things on the clipboard change nothing', async () => {
  const page = await world.pageAs('administrator', { path: `/customers/${customerId}` })
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copiar ficha' }).click()
  await page.getByRole('menuitem', { name: 'Copiar para pegar en un cliente nuevo' }).click()
  await page.getByText('Ficha copiada').first().waitFor()
  await page.goto('/customers/new')
  await page.getByLabel('Ciudad').fill('Cuenca')
  await page.getByRole('button', { name: 'Pegar ficha' }).click()
  await page.getByText('Ficha pegada').first().waitFor()
  await page.getByText('Se conserva lo que usted escribió en: Ciudad').first().waitFor()
  const name = page.getByRole('textbox', { name: /^Nombre\W*$/ })
  expect(await name.inputValue()).toBe('Óptica Ñandú')
  expect(await page.getByLabel('Ciudad').inputValue()).toBe('Cuenca')
  await page.evaluate(`navigator.clipboard.writeText('{"hola": 1}')`)
  await page.getByRole('button', { name: 'Pegar ficha' }).click()
  await page.getByText('En el portapapeles no hay una ficha').first().waitFor()
  expect(await name.inputValue()).toBe('Óptica Ñandú')
  await page.context().close()
})

test('from the list one goes on to the next customer and back by key, on the same tab, also after reloading', async () => {
  for (const name of ['Óptica Uno', 'Óptica Dos'])
    await world.request('administrator', 'POST', '/customers', { name, city: 'Zaruma', country: 'EC' })
  const page = await world.pageAs('administrator', { path: '/customers?city=Zaruma' })
  await page.getByRole('link', { name: 'Óptica Dos' }).click()
  await page.getByRole('heading', { level: 1, name: 'Óptica Dos' }).waitFor()
  await page.getByRole('navigation', { name: 'Secciones del cliente' }).getByRole('link', { name: 'Notas' }).click()
  await page.getByRole('button', { name: 'Cliente siguiente' }).click()
  await page.getByRole('heading', { level: 1, name: 'Óptica Uno' }).waitFor()
  expect(new URL(page.url()).pathname.endsWith('/notes')).toBe(true)
  await page.reload()
  await page.getByRole('button', { name: 'Cliente anterior' }).and(page.locator(':enabled')).waitFor()
  expect(await page.getByRole('button', { name: 'Cliente siguiente' }).isDisabled()).toBe(true)
  await page.getByRole('heading', { level: 1 }).click()
  await page.keyboard.press('Shift+K')
  await page.getByRole('heading', { level: 1, name: 'Óptica Dos' }).waitFor()
  await page.context().close()
})
