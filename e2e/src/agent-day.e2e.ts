import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  // Wednesday, 09:00 in Bogotá.
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
})

afterAll(() => world?.stop())

interface FollowUp {
  id: string
  subject: string
  description: string | null
  priority: string
  dueAt: string
  version: number
}

/** A follow-up of Diego's, made by the manager: due on the day and at the time of the company's clock. */
async function followUp(subject: string, dueOn: string, dueTime: string): Promise<FollowUp> {
  const { items: types } = await world.request<{ items: { id: string }[] }>('manager', 'GET', '/follow-up-types?active=true')
  const me = await world.request<{ id: string }>('agent', 'GET', '/me')
  const { items } = await world.request<{ items: { id: string }[] }>('agent', 'GET', '/customers?limit=1')
  return world.request<FollowUp>('agent', 'POST', '/follow-ups', {
    customerId: items[0]?.id,
    typeId: types[0]?.id,
    ownerId: me.id,
    subject,
    dueOn,
    dueTime,
  })
}
const read = (id: string) => world.request<FollowUp>('manager', 'GET', `/follow-ups/${id}`)
test('Diego works his whole day down: closes, postpones, skips, until nothing is left', async () => {
  const page = await world.pageAs('agent')
  await page.getByRole('heading', { name: 'Hola, Diego' }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('w')
  await page.getByRole('heading', { level: 1, name: 'Mi día' }).waitFor()
  const current = page.locator('[data-work][aria-current="true"]')
  await current.waitFor()
  await page.getByText('Por qué está aquí').waitFor()

  const first = await current.getAttribute('data-work')
  await page.keyboard.press('j')
  expect(await current.getAttribute('data-work')).not.toBe(first)
  await page.keyboard.press('k')
  expect(await current.getAttribute('data-work')).toBe(first)

  let closed = 0
  let postponed = 0
  const skipped = new Set<string>()
  for (let n = 0; n < 60; n++) {
    if (await page.getByText('Todo hecho por hoy').isVisible()) break
    const id = (await current.getAttribute('data-work')) ?? ''
    if (skipped.has(id)) break
    const deed = page.getByRole('button', { name: /^Cerrar con resultado/ })
    if (!(await deed.isVisible())) {
      skipped.add(id)
      await page.keyboard.press('s')
    } else {
      await page.keyboard.press(postponed === 0 ? 'p' : 'd')
      const dialog = page.getByRole('dialog')
      // The first field of the dialog has the keyboard by itself.
      await page.waitForFunction(`document.activeElement?.closest('[role="dialog"] form') != null`)
      if (postponed === 0) {
        postponed += 1
      } else {
        closed += 1
        await page.keyboard.type('Pagó')
      }
      await page.keyboard.press('Control+Enter')
      await dialog.waitFor({ state: 'hidden' })
    }
    // The next one takes its place by itself.
    await page.waitForFunction(
      `document.querySelector('[data-work][aria-current="true"]')?.dataset.work !== ${JSON.stringify(id)}`,
    )
  }
  expect(closed).toBeGreaterThan(2)
  expect(postponed).toBe(1)
  const day = await world.request<{ items: { kind: string }[] }>('agent', 'GET', '/my-day')
  expect(day.items.filter((item) => item.kind === 'follow-up')).toEqual([])
  await page.context().close()
})

test('what a colleague changes appears without reloading: in its row at once, a new one when it is asked for', async () => {
  const one = await followUp('Llamada en vivo', '2026-03-04', '16:00')
  const page = await world.pageAs('agent', { path: '/follow-ups?q=en vivo' })
  await page.getByRole('link', { name: 'Llamada en vivo' }).waitFor()
  await world.request('manager', 'PATCH', `/follow-ups/${one.id}`, { subject: 'Llamada en vivo, urgente', version: one.version })
  await page.getByRole('link', { name: 'Llamada en vivo, urgente' }).waitFor()

  await followUp('Antes en vivo', '2026-03-04', '15:00')
  await page.getByText('1 nuevo', { exact: true }).waitFor()
  expect(await page.getByRole('link', { name: 'Antes en vivo' }).isVisible()).toBe(false)
  await page.getByRole('button', { name: 'Mostrar' }).click()
  await page.getByRole('link', { name: 'Antes en vivo' }).waitFor()
  await page.context().close()
})

test('who saves second sees who changed what, and puts only their own changes on top', async () => {
  const one = await followUp('Conciliar con contabilidad', '2026-03-05', '10:00')
  const page = await world.pageAs('agent', { path: `/follow-ups/${one.id}` })
  await page.getByRole('button', { name: 'Editar' }).click()
  const form = page.getByRole('dialog')
  await form.getByLabel('Descripción').fill('Falta la retención de enero')
  await world.request('manager', 'PATCH', `/follow-ups/${one.id}`, {
    subject: 'Conciliar con tesorería',
    priority: 'high',
    version: one.version,
  })
  // It is told above the form, and nothing that is being typed is touched.
  await form.getByText(/cambió esto mientras usted escribía/).waitFor()
  expect(await form.getByLabel('Asunto').inputValue()).toBe('Conciliar con contabilidad')
  await form.getByRole('button', { name: 'Guardar' }).click()
  const conflict = page.getByRole('dialog', { name: /guardó cambios antes que usted/ })
  await conflict.getByText('Conciliar con tesorería').waitFor()
  await conflict.getByRole('button', { name: 'Mantener lo mío' }).click()
  await page.getByRole('heading', { level: 1, name: 'Conciliar con tesorería' }).waitFor()
  expect(await read(one.id)).toMatchObject({
    subject: 'Conciliar con tesorería',
    priority: 'high',
    description: 'Falta la retención de enero',
  })
  await page.context().close()
})

test('the calendar moves by keyboard and by dragging, takes it back, and is the same after F5', async () => {
  const one = await followUp('Visita con calendario', '2026-03-04', '10:30')
  const page = await world.pageAs('agent', { path: '/agenda?view=week&q=con calendario' })
  const chip = page.locator(`[data-chip="${one.id}"]`)
  const standsAt = (slot: string) => page.locator(`[data-slot="${slot}"] [data-chip="${one.id}"]`).waitFor()
  await standsAt('2026-03-04 10:00')
  await chip.focus()
  await page.keyboard.press('Alt+ArrowRight')
  await standsAt('2026-03-05 10:00')
  await page.getByRole('button', { name: 'Deshacer' }).waitFor()
  expect((await read(one.id)).dueAt).toBe('2026-03-05T15:30:00.000Z')
  await page.getByRole('button', { name: 'Deshacer' }).click()
  await standsAt('2026-03-04 10:00')
  await page
    .getByText(/De vuelta al/)
    .first()
    .waitFor()

  await chip.dragTo(page.locator('[data-slot="2026-03-06 14:00"]'))
  await standsAt('2026-03-06 14:00')
  await page.reload()
  await standsAt('2026-03-06 14:00')
  expect((await read(one.id)).dueAt).toBe('2026-03-06T19:00:00.000Z')
  await page.getByRole('button', { name: 'Mes', exact: true }).click()
  await page.locator(`[data-slot="2026-03-06"] [data-chip="${one.id}"]`).waitFor()

  // The situation is a filter of the address too.
  const { items: situations } = await world.request<{ items: { id: string; name: string }[] }>(
    'agent',
    'GET',
    '/follow-up-situations?active=true',
  )
  const now = await read(one.id)
  await world.request('agent', 'PATCH', `/follow-ups/${one.id}`, { situationId: situations[0]?.id, version: now.version })
  await page.goto(`/agenda?view=week&q=con calendario&situation=${situations[1]?.id}`)
  await page
    .getByRole('combobox', { name: 'Estado', exact: true })
    .getByText(situations[1]?.name ?? '')
    .waitFor()
  await page.locator('[data-slot="2026-03-06 14:00"]').waitFor()
  expect(await page.locator(`[data-chip="${one.id}"]`).count()).toBe(0)
  await page.goto(`/agenda?view=week&q=con calendario&situation=${situations[0]?.id}`)
  await standsAt('2026-03-06 14:00')
  await page.context().close()
})

test('browsers complained of nothing', () => {
  // The refused saving of the second person is said by the browser too: a 409 is an answer, not a fault of the page.
  expect(world.complaints().filter((each) => !each.includes('409'))).toEqual([])
})
