import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

test('Diego writes a quote of three lines with the keyboard, mails it, and notes that the customer accepted it', async () => {
  const page = await world.pageAs('agent', { path: '/customers?q=C-000001' })
  await page.getByRole('row').filter({ hasText: 'C-000001' }).getByRole('link').first().click()
  await page.getByRole('navigation', { name: 'Secciones del cliente' }).getByRole('link', { name: 'Cotizaciones' }).click()
  await page.getByRole('link', { name: 'Nueva cotización' }).first().click()
  await page.waitForURL(/\/quotes\/new\?customer=/)
  await page.getByRole('textbox', { name: 'Asunto' }).fill('Equipos de la sede norte')
  const line = (n: number) => page.getByRole('listitem', { name: `Línea ${n}`, exact: true })
  for (const [n, [description, quantity, price, tax]] of [
    ['Router', '2', '120,50', '15'],
    ['Cable UTP', '1,5', '80', '15'],
    ['Instalación', '1', '60', ''],
  ].entries()) {
    await line(n + 1)
      .getByRole('textbox', { name: 'Descripción' })
      .fill(description ?? '')
    await line(n + 1)
      .getByRole('textbox', { name: 'Cantidad' })
      .fill(quantity ?? '')
    await line(n + 1)
      .getByRole('textbox', { name: 'Imp. %' })
      .fill(tax ?? '')
    await line(n + 1)
      .getByRole('textbox', { name: 'Precio' })
      .fill(price ?? '')
    if (n < 2) await page.keyboard.press('Enter')
  }
  // 241.00 + 120.00 + 60.00, and 15 % of 361.00.
  await page.getByText('475,15').waitFor()
  await page.getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.waitForURL(/\/quotes\/[0-9a-f]{8}-[0-9a-f-]+$/)
  await page.getByText('Borrador', { exact: true }).first().waitFor()

  await page.getByRole('button', { name: 'Enviar por correo' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('textbox', { name: 'Otra dirección' }).fill('compras@cotizada.test')
  await dialog.getByRole('textbox', { name: 'Mensaje' }).fill('Según lo conversado.')
  await dialog.getByRole('button', { name: 'Enviar por correo' }).click()
  const mail = await world.inbox.waitFor((each) => each.envelope.to.includes('compras@cotizada.test'), 60_000)
  expect(mail.parsed.text).toContain('Según lo conversado.')
  expect(mail.parsed.attachments[0]?.mimeType).toBe('application/pdf')

  await page.getByText('Enviada', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Aceptada', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.getByText('Aceptada', { exact: true }).first().waitFor()
  await page.reload()
  await page.getByText('Aceptada', { exact: true }).first().waitFor()
})

test('what is typed in a draft is not lost without a question', async () => {
  const page = await world.pageAs('agent', { path: '/quotes/new' })
  await page.getByRole('textbox', { name: 'Asunto' }).fill('A medias')
  await page.getByRole('link', { name: 'Cotizaciones' }).first().click()
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).waitFor()
  expect(new URL(page.url()).pathname).toBe('/quotes/new')
})

test('a quote written from an opportunity stands on its page, and the sale is won from the quote once the customer accepted', async () => {
  const page = await world.pageAs('administrator', { path: '/opportunities?view=list' })
  await page.getByRole('row').nth(1).locator('[data-row-opener]').click()
  await page.waitForURL(/\/opportunities\/[0-9a-f-]+(\?|$)/)
  const opportunity = new URL(page.url()).pathname
  await page.getByRole('link', { name: 'Nueva cotización' }).click()
  await page.waitForURL(/\/quotes\/new\?customer=.+&opportunity=/)
  await page.getByRole('textbox', { name: 'Asunto' }).fill('Para la obra nueva')
  const line = page.getByRole('listitem', { name: 'Línea 1', exact: true })
  await line.getByRole('textbox', { name: 'Descripción' }).fill('Cemento')
  await line.getByRole('textbox', { name: 'Precio' }).fill('32500,50')
  await page.getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.waitForURL(/\/quotes\/[0-9a-f]{8}-[0-9a-f-]+(\?|$)/)
  // As it was typed, not as the API writes it.
  await page.getByText('Borrador', { exact: true }).first().waitFor()
  expect(await line.getByRole('textbox', { name: 'Precio' }).inputValue()).toBe('32500,50')
  await page.getByRole('button', { name: 'Más acciones' }).click()
  await page.getByRole('menuitem', { name: 'Entregada sin correo' }).click()
  await page.getByRole('alertdialog').or(page.getByRole('dialog')).getByRole('button', { name: 'Entregada sin correo' }).click()
  await page.getByRole('button', { name: 'Aceptada', exact: true }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.getByText('sigue abierta').waitFor()
  await page.getByRole('button', { name: 'Marcar como ganada' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Marcar como ganada' }).click()
  await page.getByText('sigue abierta').waitFor({ state: 'hidden' })
  await page.goto(new URL(opportunity, page.url()).href)
  await page.getByText('Ganada', { exact: true }).first().waitFor()
  await page.getByRole('link', { name: 'Para la obra nueva' }).click()
  await page.getByText('Aceptada', { exact: true }).first().waitFor()
})
