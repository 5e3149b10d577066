import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const subject = 'Llegó la mercadería con el sello roto'
let world: World
let place = ''

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

test('Diego opens a case from the customer’s page, and says something in it', async () => {
  const page = await world.pageAs('agent', { path: '/customers?q=C-000001' })
  await page.getByRole('row').filter({ hasText: 'C-000001' }).getByRole('link').first().click()
  await page.getByRole('navigation', { name: 'Secciones del cliente' }).getByRole('link', { name: 'Casos' }).click()
  await page.waitForURL(/\/customers\/[^/]+\/cases(\?|$)/)
  await page.getByRole('link', { name: 'Nuevo caso' }).click()
  await page.waitForURL(/\/cases\/new\?customer=/)
  await page.getByRole('button', { name: 'Abrir caso' }).click()
  await page.getByText('Complete este campo.').first().waitFor()

  await page.getByLabel('Asunto').fill(subject)
  await page.getByLabel('Descripción').fill('Tres de diez cajas')
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/cases\/[0-9a-f-]{36}$/)
  place = new URL(page.url()).pathname
  await page.getByRole('heading', { name: subject }).waitFor()

  await page.getByRole('textbox', { name: 'Comentario' }).fill('Bodega lo revisa hoy')
  await page.getByRole('button', { name: 'Comentar' }).click()
  await page.getByRole('listitem').filter({ hasText: 'Bodega lo revisa hoy' }).getByText('Diego Mora').waitFor()
  await page.context().close()
})

test('Carla, who supervises, finds it, takes it over, and it is out of Diego’s reach from then on', async () => {
  const diego = await world.pageAs('agent', { path: place })
  await diego.getByText('Diego Mora').first().waitFor()
  const carla = await world.pageAs('supervisor', { path: '/cases' })
  await carla.getByPlaceholder('Número (#12), asunto o cliente').fill('sello roto')
  await carla.waitForURL(/q=sello/)
  await carla.getByRole('row').filter({ hasText: subject }).getByRole('link').first().click()
  await carla.getByRole('button', { name: 'Tomar' }).click()
  await carla.getByText('El caso es suyo').first().waitFor()
  await carla.getByText('En curso').first().waitFor()
  await carla.context().close()
  // Whose it is now stands out of an agent's scope: it is as if it were not there.
  await diego.reload()
  await diego
    .getByText(/no existe|No se encontró|No encontramos/i)
    .first()
    .waitFor()
  await diego.context().close()
})

test('it is resolved with words, stands among the past cases, and goes on with a reason', async () => {
  const page = await world.pageAs('supervisor', { path: place })
  await page.getByRole('button', { name: 'Resolver' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Resolver' }).click()
  await dialog.getByText('Complete este campo.').waitFor()
  await dialog.getByLabel('Resolución').fill('Se repusieron las tres cajas')
  await dialog.getByRole('button', { name: 'Resolver' }).click()
  await page.getByText('Caso resuelto').first().waitFor()
  await page.getByRole('heading', { name: 'Resolución' }).waitFor()

  await page.goto('/cases?state=resolved&q=sello')
  await page.getByRole('row').filter({ hasText: subject }).waitFor()
  await page.goto('/cases?q=sello')
  await page.getByText('Nada coincide').waitFor()

  await page.goto(place)
  await page.getByRole('button', { name: 'Reabrir' }).click()
  await page.getByRole('dialog').getByLabel('Motivo').fill('Volvió a llegar roto')
  await page.getByRole('dialog').getByRole('button', { name: 'Reabrir' }).click()
  await page.getByRole('listitem').filter({ hasText: 'Volvió a llegar roto' }).waitFor()
  expect(await page.getByRole('heading', { name: 'Resolución' }).count()).toBe(0)
  await page.context().close()
})

test('Ana deletes it, brings it back at once, and again from the trash', async () => {
  const page = await world.pageAs('administrator', { path: place })
  await page.getByRole('button', { name: 'Más acciones' }).click()
  await page.getByRole('menuitem', { name: 'Eliminar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Eliminar' }).click()
  await page.waitForURL(/\/cases(\?|$)/)
  await page.getByRole('button', { name: 'Deshacer' }).click()
  await page.getByText('Caso restaurado').first().waitFor()
  await page.goto(place)
  await page.getByRole('heading', { name: subject }).waitFor()

  await page.getByRole('button', { name: 'Más acciones' }).click()
  await page.getByRole('menuitem', { name: 'Eliminar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Eliminar' }).click()
  await page.waitForURL(/\/cases(\?|$)/)
  await page.goto('/trash?kind=case&q=sello')
  const row = page.getByRole('row').filter({ hasText: subject })
  await row.getByText('Ana Torres').waitFor()
  await row.getByRole('button', { name: 'Restaurar' }).click()
  await page.getByText('Restaurado').first().waitFor()
  await row.waitFor({ state: 'hidden' })
  await page.goto(place)
  await page.getByRole('heading', { name: subject }).waitFor()
  await page.context().close()
})
