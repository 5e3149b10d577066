import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

let world: World

beforeAll(async () => {
  // Wednesday, 07:00 in Bogotá: nothing of the demo's own falls due before eight.
  world = await startWorld({ now: '2026-03-04T12:00:00Z' })
})
afterAll(() => world?.stop())

/** What the page tells outside of itself, counted where it hands it to the browser; and whether it is in sight. */
const recorder = `
  globalThis.told = { notifications: [], sounds: 0, hidden: false }
  globalThis.Notification = class extends Notification {
    constructor(title, options) { super(title, options); told.notifications.push(options.body) }
  }
  globalThis.AudioContext = class extends AudioContext {
    constructor() { super(); told.sounds += 1 }
  }
  Object.defineProperty(document, 'visibilityState', { get: () => (told.hidden ? 'hidden' : 'visible') })`
const hide = (page: Page, hidden: boolean) =>
  page.evaluate(`told.hidden = ${hidden}; document.dispatchEvent(new Event('visibilitychange'))`)
const toldBy = async (pages: readonly Page[]) => {
  const all = await Promise.all(
    pages.map((page) => page.evaluate('told') as Promise<{ notifications: string[]; sounds: number }>),
  )
  return {
    notifications: all.flatMap((one) => one.notifications),
    sounds: all.reduce((sum, one) => sum + one.sounds, 0),
  }
}

/** A follow-up of Diego's, made by himself elsewhere, that is due already. */
async function fallsDue(subject: string): Promise<string> {
  const { items: types } = await world.request<{ items: { id: string }[] }>('agent', 'GET', '/follow-up-types?active=true')
  const { items } = await world.request<{ items: { id: string }[] }>('agent', 'GET', '/customers?limit=1')
  const { id } = await world.request<{ id: string }>('agent', 'POST', '/follow-ups', {
    customerId: items[0]?.id,
    typeId: types[0]?.id,
    subject,
    dueOn: '2026-03-04',
    dueTime: '06:30',
  })
  return id
}
const unread = () =>
  world.request<{ unreadCount: number; items: { followUp: { id: string } }[] }>('agent', 'GET', '/reminders?unread=true')
const bell = (page: Page, count: number) =>
  page.getByRole('button', { name: count === 0 ? 'Recordatorios' : `Recordatorios: ${count} sin leer`, exact: true }).waitFor()

test('the owner is told once, however many tabs are open, in sight or not', async () => {
  // What fell due before anybody looked on is old news.
  await expect.poll(async () => (await unread()).unreadCount, { timeout: 60_000 }).toBeGreaterThan(0)
  await world.request('agent', 'POST', '/reminders/readings')

  const one = await world.pageAs('agent')
  const context = one.context()
  await context.grantPermissions(['notifications'], { origin: world.baseUrl })
  await context.addInitScript(recorder)
  await one.reload()
  await bell(one, 0)
  await one.getByRole('button', { name: 'Recordatorios', exact: true }).click()
  await one.getByRole('switch', { name: 'Avisar aunque mire otra ventana' }).click()
  await one.getByRole('switch', { name: 'Con sonido' }).click()
  await one.getByRole('switch', { name: 'Con sonido', checked: true }).waitFor()
  await one.keyboard.press('Escape')
  const two = await context.newPage()
  await two.goto('/')
  await bell(two, 0)
  // Switching the sound on plays it.
  expect(await toldBy([one, two])).toEqual({ notifications: [], sounds: 1 })

  const first = await fallsDue('Vence a la vista')
  for (const page of [one, two]) {
    await page.getByText('Venció un seguimiento').first().waitFor({ timeout: 60_000 })
    await bell(page, 1)
  }
  await expect.poll(() => toldBy([one, two])).toEqual({ notifications: [], sounds: 2 })
  expect((await unread()).items.map((item) => item.followUp.id)).toEqual([first])

  // One tab in sight is enough: nothing is told outside of it.
  await hide(two, true)
  await fallsDue('Vence con una a la vista')
  for (const page of [one, two]) await bell(page, 2)
  await expect.poll(() => toldBy([one, two])).toEqual({ notifications: [], sounds: 3 })

  await hide(one, true)
  await fallsDue('Vence sin que nadie mire')
  for (const page of [one, two]) await bell(page, 3)
  await expect.poll(async () => (await toldBy([one, two])).notifications.length).toBe(1)
  const told = await toldBy([one, two])
  expect(told.sounds).toBe(4)
  expect(told.notifications[0]).toContain('Vence sin que nadie mire')
  await context.close()
}, 240_000)

test('what fell due while the browser was away waits at the bell, once, and is gone when it was opened', async () => {
  await world.request('agent', 'POST', '/reminders/readings')
  await fallsDue('Vence con el navegador cerrado')
  await expect.poll(async () => (await unread()).unreadCount, { timeout: 60_000 }).toBe(1)
  const page = await world.pageAs('agent')
  await bell(page, 1)
  await page.getByRole('button', { name: 'Recordatorios: 1 sin leer' }).click()
  await page.getByRole('button', { name: /^Vence con el navegador cerrado/ }).click()
  await page.getByRole('heading', { level: 1, name: 'Vence con el navegador cerrado' }).waitFor()
  await bell(page, 0)
  await page.context().close()
}, 180_000)

test('what fell due while the worker was away is told once when it is back, to whoever looked on all the time', async () => {
  const page = await world.pageAs('agent')
  await bell(page, 0)
  await world.moveTo('2026-03-04T12:20:00Z', { worker: false })
  const id = await fallsDue('Vence sin trabajador')
  expect((await unread()).unreadCount).toBe(0)
  await world.moveTo('2026-03-04T12:25:00Z')
  await page.getByText('Vence sin trabajador').first().waitFor({ timeout: 90_000 })
  await expect
    .poll(async () => (await unread()).items.filter((item) => item.followUp.id === id).length, { timeout: 60_000 })
    .toBe(1)
  await page.getByRole('button', { name: /^Recordatorios: \d+ sin leer$/ }).waitFor()
  await page.context().close()
}, 240_000)
