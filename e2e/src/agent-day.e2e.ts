import { demoPassword, demoPeople } from '@cartera/infra/demo-people'
import type { Locator, Page } from 'playwright-core'
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
const hasKeyboard = (place: Locator) =>
  place.evaluate((element) => (element as unknown as { matches(selector: string): boolean }).matches(':focus-within'))
/** Tab until the place has the keyboard: whatever a person needs can be reached so. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await target.waitFor()
  for (let n = 0; n < 80; n++) {
    if (await hasKeyboard(target)) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not reach ${target}`)
}
/** Waits for what the page says of itself. Asked from here each time: the page's policy lets Playwright's own waiting evaluate nothing after its first look. */
async function until(page: Page, truth: string): Promise<void> {
  await expect.poll(() => page.evaluate(truth), { timeout: 30_000 }).toBe(true)
}
/** The open dialog, once its first field has the keyboard by itself. */
async function dialogAtHand(page: Page): Promise<Locator> {
  await until(page, `document.activeElement?.closest('[role="dialog"] form') != null`)
  return page.getByRole('dialog')
}
/** Sends the dialog, and waits until it is gone. */
async function send(page: Page): Promise<void> {
  await page.keyboard.press('Control+Enter')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
}
async function go(page: Page, key: string, title: string): Promise<void> {
  await page.keyboard.press('g')
  await page.keyboard.press(key)
  await page.getByRole('heading', { level: 1, name: title }).waitFor()
}

test('a demo day without a mouse: from signing in over calls, notes, promises and the calendar to a new interaction', async () => {
  const page = await world.page()
  await page.goto('/')
  await tabTo(page, page.getByLabel('Correo electrónico'))
  await page.keyboard.type(demoPeople.find((one) => one.role === 'agent')?.email ?? '')
  await tabTo(page, page.getByLabel('Contraseña', { exact: true }))
  await page.keyboard.type(demoPassword)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Hola, Diego' }).waitFor()

  // My day: a call with its result and a note in one dialog, then a note alone.
  await go(page, 'w', 'Mi día')
  const current = page.locator('[data-work][aria-current="true"]')
  await current.waitFor()
  const panel = page.locator('article')
  // One that owes something, for the promise.
  for (let n = 0; n < 40; n++) {
    await panel.getByText('No debe nada.').or(panel.locator('section ul li')).first().waitFor()
    if (
      (await panel.getByRole('button', { name: /^Cerrar con resultado/ }).count()) > 0 &&
      (await panel.getByText('No debe nada.').count()) === 0
    )
      break
    await page.keyboard.press('n')
  }
  const id = (await current.getAttribute('data-work')) ?? ''
  const { customer } = await world.request<{ customer: { id: string } }>('agent', 'GET', `/follow-ups/${id}`)
  await page.keyboard.press('c')
  const contact = await dialogAtHand(page)
  await page.keyboard.type('Contestó Laura: pagan el viernes')
  await tabTo(page, contact.getByLabel('Nota', { exact: true }))
  await page.keyboard.type('Laura reemplaza a Jaime hasta marzo')
  await send(page)
  await panel.getByText('Contestó Laura: pagan el viernes').waitFor()
  await panel.getByText('Laura reemplaza a Jaime hasta marzo').waitFor()
  const attempts = await world.request<{ items: { channel: string; outcome: string }[] }>(
    'agent',
    'GET',
    `/customers/${customer.id}/contact-attempts?limit=1`,
  )
  expect(attempts.items[0]?.outcome).toBe('Contestó Laura: pagan el viernes')

  await page.keyboard.press('c')
  const note = await dialogAtHand(page)
  await tabTo(page, note.getByRole('button', { name: 'Solo una nota' }))
  await page.keyboard.press('Space')
  await tabTo(page, note.getByLabel('Nota', { exact: true }))
  await page.keyboard.type('Enviar el estado de cuenta')
  await send(page)
  await panel.getByText('Enviar el estado de cuenta').waitFor()
  expect(await current.getAttribute('data-work')).toBe(id)

  await page.keyboard.press('r')
  const promise = await dialogAtHand(page)
  await tabTo(page, promise.getByRole('checkbox').first())
  await page.keyboard.press('Space')
  await tabTo(page, promise.getByRole('spinbutton').first())
  await page.keyboard.type('06032026')
  await send(page)
  const promises = await world.request<{ items: { dueOn: string }[] }>(
    'agent',
    'GET',
    `/promises?customerId=${customer.id}&sort=-dueOn`,
  )
  expect(promises.items.map((one) => one.dueOn)).toContain('2026-03-06')

  // The card beside the page, and back to where the hand was.
  await page.keyboard.press('v')
  const card = page.getByRole('dialog')
  await card.getByText('Contestó Laura: pagan el viernes').waitFor()
  await page.keyboard.press('Escape')
  await card.waitFor({ state: 'hidden' })

  const nextOne = (before: string) =>
    until(page, `document.querySelector('[data-work][aria-current="true"]')?.dataset.work !== ${JSON.stringify(before)}`)
  await page.keyboard.press('p')
  await dialogAtHand(page)
  await send(page)
  await nextOne(id)
  const second = (await current.getAttribute('data-work')) ?? ''
  await page.keyboard.press('s')
  await nextOne(second)

  // The calendar: to a follow-up, a day on, and taken back.
  await go(page, 'e', 'Agenda')
  await page.locator('[data-slot] [data-chip]').first().waitFor()
  await page.keyboard.press('4')
  await page.getByRole('button', { name: 'Lista', exact: true, pressed: true }).waitFor()
  await page.keyboard.press('2')
  const onCalendar = await followUp('Mover sin ratón', '2026-03-04', '11:30')
  const place = (slot: string) => page.locator(`[data-slot="${slot}"] [data-chip="${onCalendar.id}"]`)
  await place('2026-03-04 11:00').waitFor()
  for (let n = 0; n < 120; n++) {
    if (await hasKeyboard(place('2026-03-04 11:00'))) break
    await page.keyboard.press('j')
  }
  await page.keyboard.press('Alt+ArrowRight')
  await place('2026-03-05 11:00').waitFor()
  await expect.poll(async () => (await read(onCalendar.id)).dueAt).toBe('2026-03-05T16:30:00.000Z')
  await page
    .getByText(/^Movido al/)
    .first()
    .waitFor()
  await page.keyboard.press('z')
  await place('2026-03-04 11:00').waitFor()
  await expect.poll(async () => (await read(onCalendar.id)).dueAt).toBe('2026-03-04T16:30:00.000Z')
  await until(page, `document.activeElement?.dataset.chip === ${JSON.stringify(onCalendar.id)}`)
  await page.keyboard.press('v')
  await page.getByRole('dialog').getByText('Último contacto').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'hidden' })
  await page.keyboard.press('d')
  await dialogAtHand(page)
  await page.keyboard.type('Pagó por transferencia')
  await send(page)
  await expect
    .poll(async () => (await world.request<{ state: string }>('agent', 'GET', `/follow-ups/${onCalendar.id}`)).state)
    .toBe('closed')

  // A customer by the palette, and a new interaction with them.
  const { name, code } = await world.request<{ name: string; code: string }>('agent', 'GET', `/customers/${customer.id}`)
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').getByRole('combobox').or(page.getByRole('dialog').locator('input')).first().waitFor()
  await page.keyboard.type(code)
  const offered = page.getByRole('option').filter({ hasText: name }).first()
  await offered.waitFor()
  for (let n = 0; n < 20 && (await offered.getAttribute('data-highlighted')) === null; n++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name }).waitFor()

  await go(page, 't', 'Interacciones')
  await page.keyboard.press('c')
  await page.getByRole('heading', { level: 1, name: 'Nueva interacción' }).waitFor()
  await tabTo(page, page.getByLabel('Cliente', { exact: true }))
  await page.keyboard.press('Enter')
  await page.getByPlaceholder('Buscar…').waitFor()
  await page.keyboard.type(code)
  await page.getByRole('option').filter({ hasText: code }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.locator('[data-credit-sign]').waitFor()
  await tabTo(page, page.getByLabel('Tema'))
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: 'Cobranza' }).waitFor()
  await page.keyboard.type('Cob')
  await page.keyboard.press('Enter')
  await tabTo(page, page.locator('[data-entry-body]'))
  await page.keyboard.type('Quedamos en hablar el lunes')
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/interactions\/[0-9a-f-]{36}$/)
  await page.locator('[data-entry]').getByText('Quedamos en hablar el lunes').waitFor()
  await page.context().close()
})

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
      await until(page, `document.activeElement?.closest('[role="dialog"] form') != null`)
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
    await until(page, `document.querySelector('[data-work][aria-current="true"]')?.dataset.work !== ${JSON.stringify(id)}`)
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
  // The refused saving of the second person is said by the browser too, and that nobody was signed in yet: answers, not faults of the page.
  expect(world.complaints().filter((each) => !each.includes('409') && !each.includes('401'))).toEqual([])
})
