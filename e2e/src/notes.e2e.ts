import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signInByHand } from './testing/sign-in-by-hand.ts'
import { startWorld, type World } from './testing/world.ts'

const body = 'El contador promete la transferencia para el viernes'

let world: World
/** Where the note stands: the notes of one customer, whom everybody of the demo company sees. */
let notesOfCustomer: string

beforeAll(async () => {
  world = await startWorld()
})

afterAll(() => world?.stop())

/** The report of notes searched for this one; on its answer the list or the words for an empty one stand there. */
async function search(page: Page): Promise<number> {
  await page.goto('/notes')
  await page.getByRole('list', { name: 'Notas' }).waitFor()
  await page.getByPlaceholder('Buscar en las notas').fill('contador promete')
  await page.getByText(body).or(page.getByText('Nada coincide')).waitFor()
  return page.getByText(body).count()
}

/** How often the note stands at the customer, once the list is drawn. */
async function atCustomer(page: Page): Promise<number> {
  await page.goto(notesOfCustomer)
  await page.getByRole('list', { name: 'Notas' }).or(page.getByText('Todavía no hay notas')).waitFor()
  return page.getByText(body).count()
}

test('Diego records a note with its place and what is next, and sees it on top', async () => {
  const page = await world.pageAs('agent', { path: '/customers?q=C-000001' })
  await page.getByRole('row').filter({ hasText: 'C-000001' }).getByRole('link').first().click()
  await page.getByRole('navigation', { name: 'Secciones del cliente' }).getByRole('link', { name: 'Notas' }).click()
  await page.waitForURL(/\/customers\/[^/]+\/notes(\?|$)/)
  notesOfCustomer = new URL(page.url()).pathname

  await page.getByLabel('Nota', { exact: true }).fill(body)
  await page.getByRole('textbox', { name: 'Tratamiento' }).fill('Llamar el lunes')
  await page.getByRole('textbox', { name: 'Ubicación física' }).fill('Archivador 3')
  await page.getByRole('button', { name: 'Registrar nota' }).click()
  const first = page.getByRole('list', { name: 'Notas' }).getByRole('listitem').first()
  await first.getByText(body).waitFor()
  await first.getByText('Diego Mora').waitFor()
  await first.getByText('Llamar el lunes').waitFor()
  await first.getByText('Archivador 3').waitFor()
  expect(await page.getByLabel('Nota', { exact: true }).inputValue()).toBe('')

  // It was kept, not only drawn.
  expect(await atCustomer(page)).toBe(1)
  await page.context().close()
})

test('who sees the note follows from the access level: not another agent, not another branch, but the supervisor', async () => {
  const carla = await world.pageAs('supervisor')
  expect(await search(carla)).toBe(1)
  expect(await atCustomer(carla)).toBe(1)
  await carla.context().close()

  // Lucía is an agent of the same department, Nicolás and Jimena (level 2) are of another branch.
  for (const name of ['lucia', 'nicolas', 'jimena']) {
    const page = await signInByHand(world, `${name}@demo.cartera.test`, '/')
    expect([name, await search(page)]).toEqual([name, 0])
    expect([name, await atCustomer(page)]).toEqual([name, 0])
    await page.context().close()
  }
})

test('Sara, who has no department, is told so before she types anything', async () => {
  const page = await signInByHand(world, 'sara@demo.cartera.test', notesOfCustomer)
  await page.getByText('Para registrar notas necesita un departamento.').waitFor()
  expect(await page.getByLabel('Nota', { exact: true }).count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Registrar nota' }).count()).toBe(0)
  await page.context().close()
})

test('only level 1 is offered to delete it, and is asked first', async () => {
  const diego = await world.pageAs('agent')
  expect(await atCustomer(diego)).toBe(1)
  expect(await diego.getByRole('button', { name: 'Eliminar la nota' }).count()).toBe(0)
  await diego.context().close()

  const ana = await world.pageAs('administrator')
  await ana.goto(notesOfCustomer)
  const entry = ana.getByRole('list', { name: 'Notas' }).getByRole('listitem').filter({ hasText: body })
  await entry.getByRole('button', { name: 'Eliminar la nota' }).click()
  const question = ana.getByRole('dialog', { name: '¿Eliminar esta nota?' })
  await question.getByText('Diego Mora').waitFor()
  await question.getByRole('button', { name: 'Cancelar' }).click()
  await question.waitFor({ state: 'hidden' })
  expect(await entry.count()).toBe(1)

  await entry.getByRole('button', { name: 'Eliminar la nota' }).click()
  await question.getByRole('button', { name: 'Eliminar', exact: true }).click()
  await entry.waitFor({ state: 'detached' })
  expect(await search(ana)).toBe(0)
  await ana.context().close()
})
