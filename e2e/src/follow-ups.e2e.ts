import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  // Wednesday, 09:00 in Bogotá.
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
})

afterAll(() => world?.stop())

/** Opens a follow-up by hand: the first customer that the search offers, today at the given time. */
async function openFollowUp(page: Page, subject: string, time: string): Promise<void> {
  await page.goto('/follow-ups')
  await page.getByRole('button', { name: 'Nuevo seguimiento' }).click()
  const dialog = page.getByRole('dialog', { name: 'Nuevo seguimiento' })
  await dialog.getByLabel('Asunto').fill(subject)
  await dialog.getByLabel('Cliente').click()
  await page.getByRole('option').first().click()
  // Tomorrow is what it offers: the company's default hours from now.
  await dialog.getByRole('spinbutton').first().click()
  await page.keyboard.type('04032026')
  await dialog.getByLabel('Hora', { exact: true }).fill(time)
  await dialog.getByRole('button', { name: 'Guardar' }).click()
  await dialog.waitFor({ state: 'hidden' })
}

test('Diego opens a follow-up, postpones it by 4 hours and sees it move; the fact stands in its history', async () => {
  const page = await world.pageAs('agent')
  await openFollowUp(page, 'Llamar por la factura vencida', '11:00')
  await page.goto('/follow-ups?q=factura vencida')
  const row = page.getByRole('row', { name: /Llamar por la factura vencida/ })
  await row.waitFor()
  expect(await row.textContent()).toMatch(/11:00/)

  await row.getByRole('link', { name: 'Llamar por la factura vencida' }).focus()
  await page.keyboard.press('p')
  const dialog = page.getByRole('dialog', { name: 'Posponer el seguimiento' })
  await dialog.getByLabel('Horas').fill('2.5')
  await dialog.getByRole('button', { name: 'Posponer' }).click()
  await dialog.getByText('Las horas deben ser un número entero.').waitFor()
  await dialog.getByRole('button', { name: '4 h', exact: true }).click()
  await dialog.getByText(/Vencerá el .*(15:00|3:00\s*p)/).waitFor()
  await dialog.getByRole('button', { name: 'Posponer' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByRole('row', { name: /Llamar por la factura vencida.*(15:00|3:00\s*p)/ }).waitFor()

  await row.getByRole('link', { name: 'Llamar por la factura vencida' }).click()
  await page.getByRole('heading', { name: 'Historial' }).waitFor()
  await page.getByText('lo pospuso 4 h').waitFor()
  await page.context().close()
})

test('when one falls due the bell rings, and postponing it silences the bell', async () => {
  const page = await world.pageAs('agent')
  await page.getByRole('heading', { name: 'Hola, Diego' }).waitFor()
  await page.getByRole('button', { name: /^Recordatorios/ }).waitFor()
  await openFollowUp(page, 'Visitar antes de las nueve', '08:30')
  await page.getByText('Visitar antes de las nueve').first().waitFor()
  await page.getByRole('button', { name: /Recordatorios: \d+ sin leer/ }).click({ timeout: 60_000 })
  await page
    .getByRole('region', { name: 'Recordatorios' })
    .getByRole('button', { name: /Visitar antes de las nueve/ })
    .click()
  await page.getByRole('heading', { level: 1, name: 'Visitar antes de las nueve' }).waitFor()
  await page.getByText('Vencido', { exact: true }).first().waitFor()
  await page.getByRole('button', { name: 'Posponer' }).click()
  const dialog = page.getByRole('dialog', { name: 'Posponer el seguimiento' })
  await dialog.getByRole('button', { name: '4 h', exact: true }).click()
  await dialog.getByRole('button', { name: 'Posponer' }).click()
  await dialog.waitFor({ state: 'hidden' })
  await page.getByText('Activo', { exact: true }).first().waitFor()
  await page.context().close()
})

test('a follow-up that is closed leaves the list, and a discarded one needs its reason', async () => {
  const page = await world.pageAs('agent')
  await openFollowUp(page, 'Confirmar el depósito del martes', '16:00')
  await page.goto('/follow-ups?q=depósito del martes')
  const link = page.getByRole('link', { name: 'Confirmar el depósito del martes' })
  await link.focus()
  await page.keyboard.press('d')
  const discard = page.getByRole('dialog', { name: 'Descartar el seguimiento' })
  await discard.getByRole('button', { name: 'Descartar' }).click()
  await discard.getByText('Complete este campo.').waitFor()
  await page.keyboard.press('Escape')
  await discard.waitFor({ state: 'hidden' })
  await link.focus()
  await page.keyboard.press('c')
  const close = page.getByRole('dialog', { name: 'Cerrar con éxito' })
  await close.getByLabel('Resultado').fill('Depositó hoy')
  await close.getByRole('button', { name: 'Cerrar con éxito' }).click()
  await close.waitFor({ state: 'hidden' })
  await page.getByText('Nada coincide').waitFor()
  await page.goto('/follow-ups?q=depósito del martes&state=closed')
  await link.click()
  await page.getByText('Depositó hoy').first().waitFor()
  await page.context().close()
})

test('a day’s work on one: snoozed to tomorrow, observed, an activity noted, a circular made, closed and continued', async () => {
  const page = await world.pageAs('agent')
  await openFollowUp(page, 'Acordar el pago de marzo', '16:30')
  await page.goto('/follow-ups?q=pago de marzo')
  await page.getByRole('link', { name: 'Acordar el pago de marzo' }).click()
  await page.getByRole('heading', { level: 1, name: 'Acordar el pago de marzo' }).waitFor()

  await page.getByRole('button', { name: 'Posponer', exact: true }).click()
  const postpone = page.getByRole('dialog', { name: 'Posponer el seguimiento' })
  await postpone.getByRole('button', { name: 'Mañana, 9:00' }).click()
  await postpone.getByText(/Vencerá el .*9:00/).waitFor()
  await postpone.getByRole('button', { name: 'Posponer', exact: true }).click()
  await postpone.waitFor({ state: 'hidden' })
  await page.getByText('lo pospuso hasta mañana a las 9:00').waitFor()

  await page.getByLabel('Observación', { exact: true }).fill('Pide <b>ocho</b> días')
  await page.keyboard.press('Control+Enter')
  await page.getByText('Observación guardada').first().waitFor()
  await page.getByRole('listitem').filter({ hasText: 'Pide <b>ocho</b> días' }).first().waitFor()
  await page.getByRole('button', { name: 'Registrar actividad' }).click()
  await page.getByText('Actividad registrada').first().waitFor()

  await page.getByRole('button', { name: 'Generar documento' }).click()
  await page.getByRole('menuitem', { name: 'Circular de cobro' }).click()
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: /^Descargar: Circular de cobro/ }).click()
  expect((await download).suggestedFilename()).toMatch(/^Circular de cobro .*\.pdf$/)

  await page.getByRole('button', { name: 'Cerrar con éxito' }).click()
  const close = page.getByRole('dialog', { name: 'Cerrar con éxito' })
  await close.getByRole('checkbox', { name: 'Continuar con el siguiente seguimiento' }).click()
  await close.getByRole('button', { name: 'Cerrar con éxito' }).click()
  const next = page.getByRole('dialog', { name: 'Continuar con otro' })
  await next.getByLabel('Asunto').fill('Confirmar que pagó')
  await next.getByRole('button', { name: 'Guardar' }).click()
  await next.waitFor({ state: 'hidden' })
  await page.getByRole('heading', { name: 'Cadena' }).waitFor()
  await page
    .getByRole('link', { name: /Confirmar que pagó/ })
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: 'Confirmar que pagó' }).waitFor()
  await page.context().close()
})

test('the key v shows the customer’s card beside the page, and leaving it goes back to where one was', async () => {
  const page = await world.pageAs('agent')
  await page.goto('/follow-ups')
  await page.locator('[data-row] [data-row-opener]').first().focus()
  await page.keyboard.press('v')
  const card = page.getByRole('dialog')
  await card.getByRole('heading', { name: 'Seguimientos activos' }).waitFor()
  await card.getByText('Agente de cobranza').waitFor()
  await page.keyboard.press('Escape')
  await card.waitFor({ state: 'hidden' })
  expect(new URL(page.url()).pathname).toBe('/follow-ups')
  await page.context().close()
})

test('the manager narrows the register down to one agent, whose name survives reloading, and takes it along as Excel', async () => {
  const page = await world.pageAs('manager')
  await page.goto('/follow-ups/reports?period=any')
  await page.getByRole('table', { name: 'Registro' }).waitFor()
  await page.getByLabel(/^Responsable/).click()
  await page.keyboard.type('Diego')
  await page
    .getByRole('option', { name: /^Diego/ })
    .first()
    .click()
  await page.getByLabel(/^Responsable: Diego/).waitFor()
  await expect.poll(() => new URL(page.url()).searchParams.get('owner')).toMatch(/^[0-9a-f-]{36}$/)
  await page.reload()
  await page.getByLabel(/^Responsable: Diego/).waitFor()
  await page.getByRole('row', { name: /Diego/ }).first().waitFor()

  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Excel', exact: true }).click()
  expect((await download).suggestedFilename()).toMatch(/\.xlsx$/)

  await page.getByRole('tab', { name: 'Tareas' }).click()
  await page.getByText('Tareas por sucursal, departamento y responsable').first().waitFor()
  expect(new URL(page.url()).searchParams.get('owner')).not.toBeNull()
  await page.getByRole('button', { name: 'Quitar filtros' }).click()
  await page.getByLabel('Responsable: De todos a su alcance', { exact: true }).waitFor()
  await page.context().close()
})
