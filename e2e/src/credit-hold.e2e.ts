import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

const one = async (filter: string) =>
  (await world.request<{ items: { id: string }[] }>('administrator', 'GET', `/customers?limit=1&${filter}`)).items[0]?.id ?? ''

/** What stands above the form that is opened: the sign of a hold, or of none. */
async function signOf(page: Page, path: string, press: string): Promise<string | null> {
  await page.goto(path)
  await page.getByRole('button', { name: press, exact: true }).first().click()
  const sign = page.getByRole('dialog').locator('[data-credit-sign]')
  await sign.waitFor()
  return sign.getAttribute('data-credit-sign')
}

test('the forms about a customer begin with the credit hold, or with a check mark where there is none', async () => {
  const held = await one('onHold=true')
  const free = await one('onHold=false')
  const page = await world.pageAs('administrator')
  for (const [id, sign] of [
    [held, 'hold'],
    [free, 'none'],
  ]) {
    expect(await signOf(page, `/customers/${id}/contacts`, 'Nuevo contacto')).toBe(sign)
    expect(await signOf(page, `/customers/${id}/follow-ups`, 'Nuevo seguimiento')).toBe(sign)
    await page.goto(`/cases/new?customer=${id}`)
    await page.locator(`[data-credit-sign="${sign}"]`).waitFor()
  }
  await page.context().close()
})
