import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ demo: false })
})

afterAll(() => world?.stop())

test('the first administrator sets the company up, is signed in, and nobody can do it again', async () => {
  const page = await world.page()
  await page.goto('/')
  await page.getByRole('heading', { name: 'Bienvenido a Cartera' }).waitFor()
  await page.getByLabel('Nombre de la empresa').fill('Comercial del Valle')
  await page.getByLabel('Nombre', { exact: true }).fill('Lucía Andrade')
  await page.getByLabel('Correo electrónico').fill('lucia@valle.test')
  await page.getByLabel('Contraseña', { exact: true }).fill('una frase larga')
  await page.getByLabel('Repita la contraseña').fill('otra frase larga')
  await page.getByRole('button', { name: 'Crear y entrar' }).click()
  await page.getByText('Las dos contraseñas no son iguales.').waitFor()
  await page.getByLabel('Repita la contraseña').fill('una frase larga')
  await page.getByRole('button', { name: 'Crear y entrar' }).click()
  await page.getByRole('heading', { name: 'Hola, Lucía' }).waitFor()

  const stranger = await world.page()
  await stranger.goto('/set-up')
  await stranger.getByRole('button', { name: 'Entrar', exact: true }).waitFor()
  expect(new URL(stranger.url()).pathname).toBe('/sign-in')
  await stranger.context().close()
  await page.context().close()
})
