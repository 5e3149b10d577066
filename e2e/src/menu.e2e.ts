import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

test('sections of the menu fold and unfold by keyboard, stay so after reloading, and the one of the present page is open', async () => {
  const page = await world.pageAs('administrator')
  const menu = page.getByRole('navigation', { name: 'Menú principal' })
  const section = (name: string, open: boolean) => menu.getByRole('button', { name, expanded: open })
  await menu.getByRole('link', { name: 'Mi día' }).waitFor()
  expect(await menu.getByRole('link', { name: 'Sucursales' }).count()).toBe(0)

  await section('Administración', false).focus()
  await page.keyboard.press('Enter')
  await menu.getByRole('link', { name: 'Sucursales' }).waitFor()
  await section('Cobranza', true).press('Space')
  await menu.getByRole('link', { name: 'Promesas de pago' }).waitFor({ state: 'hidden' })
  await page.reload()
  await section('Administración', true).waitFor()
  await section('Cobranza', false).waitFor()

  await page.goto('/promises')
  await menu.getByRole('link', { name: 'Promesas de pago' }).waitFor()
  await menu.getByRole('link', { name: 'Mi día' }).click()
  await section('Cobranza', false).waitFor()
  await page.context().close()
})

test('an agent sees no section of which nothing is allowed, and on a phone a page that is chosen closes the menu', async () => {
  const page = await world.pageAs('agent', { phone: true })
  await page.getByRole('button', { name: /barra lateral/i }).tap()
  const menu = page.getByRole('dialog').getByRole('navigation', { name: 'Menú principal' })
  await menu.getByRole('button', { name: 'Ventas y servicio' }).waitFor()
  expect(await menu.getByRole('button', { name: /^(Catálogos|Administración|Avisos)$/ }).count()).toBe(0)
  await menu.getByRole('link', { name: 'Casos' }).tap()
  await page.waitForURL(/\/cases(\?|$)/)
  await menu.waitFor({ state: 'hidden' })
  await page.context().close()
})
