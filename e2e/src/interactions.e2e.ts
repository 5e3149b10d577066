import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signInByHand } from './testing/sign-in-by-hand.ts'
import { startWorld, type World } from './testing/world.ts'

const said = 'Le recordé la factura vencida <b>y</b> prometió pagar'
const secret = 'Es la segunda vez que lo promete'
const address = 'tesoreria@cliente-llamado.example'

let world: World
/** Where the interaction stands, and its number as lists say it. */
let place = ''
let number = ''

beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world?.stop())

/** The list searched for the interaction; on its answer the row or the words for an empty list stand there. */
async function found(page: Page): Promise<number> {
  await page.goto(`/interactions?q=%23${number}`)
  await page.getByText(secret).or(page.getByText('Nada coincide')).first().waitFor()
  return page.getByRole('row').filter({ hasText: secret }).count()
}

test('Diego records a call, tells the customer by e-mail, and adds a note that stays in the house', async () => {
  const page = await world.pageAs('agent', { path: '/interactions' })
  await page.getByRole('button', { name: 'Nueva interacción' }).click()
  await page.getByRole('button', { name: 'Registrar interacción' }).click()
  await page.getByText('Complete este campo.').first().waitFor()

  await page.getByLabel('Cliente', { exact: true }).click()
  await page.getByPlaceholder('Buscar…').fill('C-000001')
  await page.getByRole('option').filter({ hasText: 'C-000001' }).click()
  await page.locator('[data-credit-sign]').waitFor()
  await page.getByLabel('Tema').click()
  await page.getByRole('option', { name: 'Cobranza' }).click()
  await page.getByRole('textbox', { name: 'Nombre', exact: true }).fill('Tesorería')
  await page.locator('[data-entry-body]').fill(said)
  await page.getByRole('switch', { name: 'Avisar al cliente por correo' }).click()
  await page.getByLabel('Correo del cliente').fill(address)
  await page.keyboard.press('Control+Enter')

  await page.waitForURL(/\/interactions\/[0-9a-f-]{36}$/)
  place = new URL(page.url()).pathname
  number =
    /\d+/.exec(
      (await page
        .getByText(/^Interacción \d+$/)
        .first()
        .textContent()) ?? '',
    )?.[0] ?? ''
  await page.locator('[data-entry="outgoing"]').getByText(said).waitFor()
  await page.getByRole('complementary', { name: 'Datos' }).getByText('Tesorería').waitFor()
  const mail = await world.inbox.waitFor((each) => each.envelope.to.includes(address), 60_000)
  expect(mail.parsed.text).toContain(said)
  await page.locator('[data-mail-state="sent"]').waitFor()

  // What is typed outlives a look at another page.
  await page.getByRole('button', { name: 'Interna', exact: true }).click()
  await page.locator('[data-entry-body]').fill(secret)
  expect(await page.getByRole('switch', { name: 'Avisar al cliente por correo' }).count()).toBe(0)
  await page.getByText('No sale de la empresa.').waitFor()
  await page.getByRole('link', { name: 'Interacciones' }).first().click()
  await page.waitForURL(/\/interactions$/)
  await page.goBack()
  expect(await page.locator('[data-entry-body]').inputValue()).toBe(secret)
  await page.locator('[data-entry-body]').press('Control+Enter')
  await page.locator('[data-entry="internal"]').getByText(secret).waitFor()
  expect(await found(page)).toBe(1)
  expect(world.inbox.mails().filter((each) => each.parsed.text?.includes(secret))).toEqual([])
  await page.context().close()
})

test('from the record a key opens a follow-up, which leads back', async () => {
  const page = await world.pageAs('agent', { path: place })
  await page.getByRole('button', { name: 'Abrir seguimiento' }).waitFor()
  await page.keyboard.press('f')
  const form = page.getByRole('dialog', { name: 'Abrir seguimiento' })
  await form.getByLabel('Asunto').fill('Confirmar la promesa')
  await form.getByRole('button', { name: 'Abrir seguimiento' }).click()
  await form.getByText('Complete este campo.').waitFor()
  await form.getByRole('spinbutton').first().click()
  await page.keyboard.type('31122026')
  await page.keyboard.press('Control+Enter')
  await form.waitFor({ state: 'detached' })
  const facts = page.getByRole('complementary', { name: 'Datos' })
  await facts.getByText('Activo · 31 de dic de 2026, 09:00').waitFor()
  await facts.getByRole('link', { name: /Confirmar la promesa/ }).click()
  await page.getByRole('heading', { level: 1, name: 'Confirmar la promesa' }).waitFor()
  await page.getByRole('link', { name: `${number} · Cobranza` }).click()
  await page.waitForURL((url) => url.pathname === place)
  await page.context().close()
})

test('who sees it follows from the level: not another agent, not another branch, but the supervisor', async () => {
  const carla = await world.pageAs('supervisor')
  expect(await found(carla)).toBe(1)
  await carla.context().close()
  for (const name of ['lucia', 'nicolas', 'jimena']) {
    const page = await signInByHand(world, `${name}@demo.cartera.test`, '/')
    expect([name, await found(page)]).toEqual([name, 0])
    await page.goto(place)
    await page.getByText('No existe, o no está a su alcance.').waitFor()
    expect(await page.getByText(said).count()).toBe(0)
    await page.context().close()
  }
})

test('without a mail account of one’s own the form says so before anything is typed, and leads there', async () => {
  const page = await signInByHand(world, 'mateo@demo.cartera.test', '/interactions/new')
  await page.locator('[data-mail-obstacle]').getByText('No tiene una cuenta de correo definida en Mi cuenta.').waitFor()
  expect(await page.getByRole('switch', { name: 'Avisar al cliente por correo' }).isDisabled()).toBe(true)
  expect(await page.getByRole('link', { name: 'Ir a Mi cuenta' }).getAttribute('href')).toBe('/account')
  await page.context().close()
})

test('deleting needs its permission, and level 1 brings it back', async () => {
  const diego = await world.pageAs('agent', { path: place })
  await diego.getByRole('button', { name: 'Más acciones' }).click()
  expect(await diego.getByRole('menuitem', { name: 'Eliminar' }).getAttribute('data-disabled')).not.toBeNull()
  await diego.context().close()

  const bruno = await world.pageAs('manager', { path: place })
  await bruno.getByRole('button', { name: 'Cerrar', exact: true }).click()
  await bruno.getByText('La interacción está cerrada.').waitFor()
  await bruno.getByRole('button', { name: 'Más acciones' }).click()
  await bruno.getByRole('menuitem', { name: 'Eliminar' }).click()
  const question = bruno.getByRole('dialog', { name: `¿Eliminar la interacción ${number}?` })
  await question.getByRole('button', { name: 'Eliminar', exact: true }).click()
  await bruno.waitForURL(/\/interactions$/)
  expect(await found(bruno)).toBe(0)
  await bruno.context().close()

  const ana = await world.pageAs('administrator', { path: '/interactions/deleted' })
  // The old address of deleted interactions leads to the trash.
  await ana.waitForURL(/\/trash\?kind=interaction$/)
  await ana.getByRole('button', { name: new RegExp(`^Restaurar: Interacción .* #${number}$`) }).click()
  await ana.getByText('Restaurado').first().waitFor()
  await ana.goto(place)
  await ana.locator('[data-entry="internal"]').getByText(secret).waitFor()
  await ana.context().close()
  // What is not there for somebody, and who has not signed in yet, the browser reports by itself.
  expect(world.complaints().filter((each) => !/status of 40[14]/.test(each))).toEqual([])
})
