import { demoPassword } from '@cartera/infra/demo-people'
import type { Page } from 'playwright-core'
import type { World } from './world.ts'

/** A page of somebody of the demo company who is none of the five: signed in through the form, then at `path`. */
export async function signInByHand(world: World, email: string, path: string): Promise<Page> {
  const page = await world.page()
  await page.goto('/sign-in')
  await page.getByLabel('Correo electrónico').fill(email)
  await page.getByLabel('Contraseña', { exact: true }).fill(demoPassword)
  await page.getByRole('button', { name: 'Entrar', exact: true }).click()
  await page.getByRole('heading', { name: /^Hola, / }).waitFor()
  await page.goto(path)
  return page
}
