import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World
beforeAll(async () => {
  // Wednesday, 09:00 in Bogotá.
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
})
afterAll(() => world?.stop())

interface One {
  id: string
  state: string
  stage: { name: string }
  probability: number
  lossReason: { name: string } | null
}
const read = (id: string) => world.request<One>('administrator', 'GET', `/opportunities/${id}`)
const column = (page: Page, stage: string) => page.locator(`[data-stage="${stage}"]`)

test('an opportunity is created, crosses the board by keyboard and by mouse, is lost with its reason, reopened and won', async () => {
  const page = await world.pageAs('administrator', { path: '/opportunities?q=Bodega del puerto' })
  await page.getByRole('button', { name: 'Nueva oportunidad' }).click()
  const form = page.getByRole('dialog', { name: 'Nueva oportunidad' })
  await form.getByLabel('Nombre').fill('Bodega del puerto')
  await form.getByRole('button', { name: 'Cliente' }).click()
  await page.getByRole('option').first().click()
  await form.getByLabel('Importe').fill('1500')
  await form.getByRole('button', { name: 'Guardar' }).click()
  await form.getByText('Elija el día.').waitFor()
  await form.getByRole('spinbutton', { name: 'day' }).click()
  await page.keyboard.type('15042026')
  await form.getByRole('button', { name: 'Guardar' }).click()
  await page.waitForURL(/\/opportunities\/[0-9a-f-]{36}(\?|$)/)
  const id = /[0-9a-f-]{36}/.exec(page.url())?.[0] ?? ''
  expect(await read(id)).toMatchObject({ stage: { name: 'Prospecto' }, probability: 10, state: 'open' })

  await page.goto(new URL('/opportunities?q=Bodega del puerto', page.url()).href)
  const card = page.locator(`[data-card="${id}"]`)
  await column(page, 'Prospecto').locator(`[data-card="${id}"]`).waitFor()
  await card.focus()
  await page.keyboard.press('Alt+ArrowRight')
  await column(page, 'Calificada').locator(`[data-card="${id}"]`).waitFor()
  await page.getByText('Bodega del puerto: Calificada').waitFor({ state: 'attached' })
  expect(await read(id)).toMatchObject({ stage: { name: 'Calificada' }, probability: 25 })
  // The keyboard went along with the card.
  await page.keyboard.press('Alt+ArrowRight')
  await column(page, 'Propuesta').locator(`[data-card="${id}"]`).waitFor()
  await page.getByText('Bodega del puerto: Propuesta').waitFor({ state: 'attached' })

  await card.dragTo(column(page, 'Negociación'))
  await page.getByText('Bodega del puerto: Negociación').waitFor({ state: 'attached' })
  await page.reload()
  await column(page, 'Negociación').locator(`[data-card="${id}"]`).waitFor()
  expect(await read(id)).toMatchObject({ stage: { name: 'Negociación' }, probability: 75 })

  await page.getByRole('button', { name: 'Acciones de Bodega del puerto' }).click()
  await page.getByRole('menuitem', { name: 'Marcar como perdida' }).click()
  const losing = page.getByRole('dialog', { name: 'Marcar como perdida' })
  await losing.getByRole('button', { name: 'Marcar como perdida' }).click()
  await losing.getByText('Elija el motivo.').waitFor()
  await losing.getByLabel('Motivo').click()
  await page.getByRole('option', { name: 'Precio' }).click()
  await losing.getByRole('button', { name: 'Marcar como perdida' }).click()
  await card.waitFor({ state: 'detached' })
  expect(await read(id)).toMatchObject({ state: 'lost', lossReason: { name: 'Precio' } })

  await page.goto(new URL(`/opportunities/${id}`, page.url()).href)
  await page.getByRole('button', { name: 'Reabrir' }).click()
  await page.getByRole('button', { name: 'Ganada' }).click()
  const winning = page.getByRole('dialog', { name: 'Marcar como ganada' })
  await winning.getByRole('button', { name: 'Marcar como ganada' }).click()
  await winning.waitFor({ state: 'hidden' })
  expect(await read(id)).toMatchObject({ state: 'won', lossReason: null, stage: { name: 'Negociación' } })
  await page.context().close()
})

test('the next step of an opportunity is opened on its page, stands there, and leads back to it', async () => {
  const page = await world.pageAs('administrator', { path: '/opportunities?view=list' })
  await page.getByRole('row').nth(1).locator('[data-row-opener]').click()
  await page.waitForURL(/\/opportunities\/[0-9a-f-]+(\?|$)/)
  const opportunity = new URL(page.url()).pathname
  await page.getByRole('button', { name: 'Próximo paso' }).click()
  const name = (await page.locator('h1').textContent())?.trim()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('textbox', { name: 'Asunto' }).inputValue()).toBe(name)
  await dialog.getByRole('textbox', { name: 'Asunto' }).fill('Llevar muestras a la obra')
  await dialog.getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.getByRole('link', { name: 'Llevar muestras a la obra' }).click()
  await page.waitForURL(/\/follow-ups\/[0-9a-f-]+(\?|$)/)
  await page.getByRole('link', { name: new RegExp(`· ${name}$`) }).click()
  await page.waitForURL(new RegExp(`${opportunity}(\\?|$)`))
  await page.getByRole('link', { name: 'Llevar muestras a la obra' }).waitFor()
})
