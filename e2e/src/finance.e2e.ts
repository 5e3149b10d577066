import { readFileSync } from 'node:fs'
import { connect } from '@cartera/db/connect'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const released = { name: 'Abarrotes El Faro', externalId: 'ERP-FARO', address: 'pagos@elfaro.example', number: '000911' }
const cancelled = { name: 'Bazar La Torre', externalId: 'ERP-TORRE', address: 'pagos@latorre.example', number: '000912' }
const failed = { name: 'Comercial El Puente', externalId: 'ERP-PUENTE', address: 'pagos@elpuente.example', number: '000913' }
/** The worker looks once a minute what its day asks for. */
const worker = { timeout: 100_000 }

let world: World

/** Thursday 5 March: what was due on 26 February matures today as an overdue notice, and overdue notices wait for review. */
beforeAll(async () => {
  world = await startWorld({ now: '2026-03-05T14:00:00Z' })
  const defaults = await world.request<object>('administrator', 'GET', '/notice-defaults')
  await world.request('administrator', 'PUT', '/notice-defaults', { ...defaults, reviewOverdue: true })
  const diego = await world.request<{ id: string }>('agent', 'GET', '/me')
  for (const customer of [released, cancelled, failed]) {
    const made = await world.request<{ id: string }>('administrator', 'POST', '/customers', {
      name: customer.name,
      externalId: customer.externalId,
      email: customer.address,
      collectionsAgentId: diego.id,
    })
    await world.request('administrator', 'PUT', '/receivables', {
      items: [
        {
          externalId: customer.number,
          number: customer.number,
          customerExternalId: customer.externalId,
          issuedOn: '2026-02-02',
          dueOn: '2026-02-26',
          currency: 'COP',
          amount: '980000.00',
        },
      ],
    })
    const { version: _, ...settings } = await world.request<{ version: number; own: object }>(
      'administrator',
      'GET',
      `/customers/${made.id}/notice-settings`,
    )
    await world.request('administrator', 'PUT', `/customers/${made.id}/notice-settings`, {
      ...settings.own,
      active: true,
      version: 0,
    })
  }
})

afterAll(() => world?.stop())

const mailsTo = (address: string) => world.inbox.mails().filter((mail) => mail.envelope.to.includes(address))
const inReview = (page: Page, name: string) => page.locator('[data-review-row]').filter({ hasText: name })

test('Elena reviews one by one: she sees the customer and the mail, releases with Enter, and cancels with a reason', async () => {
  const page = await world.pageAs('finance', { path: '/notices/review' })
  for (let tries = 0; tries < 60 && (await inReview(page, failed.name).count()) === 0; tries += 1) {
    await page.reload()
    await page.waitForTimeout(2_000)
  }
  await inReview(page, released.name).click()
  await page.getByRole('heading', { name: released.name, level: 2 }).waitFor()
  await page.getByRole('complementary', { name: 'Situación del cliente' }).getByText('1 a 30 días').waitFor()
  await page.frameLocator('iframe').getByText(released.number).first().waitFor()
  expect(mailsTo(released.address)).toHaveLength(0)
  await page.keyboard.press('Enter')
  await page.getByText(`Liberado: ${released.name}`).first().waitFor()
  await world.inbox.waitFor((mail) => mail.envelope.to.includes(released.address), worker.timeout)

  await inReview(page, cancelled.name).click()
  await page.getByRole('heading', { name: cancelled.name, level: 2 }).waitFor()
  await page.keyboard.press('x')
  const question = page.getByRole('dialog')
  await question.getByRole('textbox').fill('Ya pagó en caja')
  await question.getByRole('button', { name: 'Cancelar aviso', exact: true }).click()
  await inReview(page, cancelled.name).waitFor({ state: 'detached' })
  await page.context().close()
})

test('a notice that the server refused is retried from the queue and leaves; it is read exactly as sent; the list comes as Excel', async () => {
  const database = connect(world.databaseUrl)
  await database.pool.query(
    `update notice_messages m set state = 'failed', reason = 'refused' from customers c where c.id = m.customer_id and c.name = $1`,
    [failed.name],
  )
  await database.close()
  const page = await world.pageAs('finance', { path: '/notices?group=failed' })
  await page.getByPlaceholder('Buscar por cliente').fill(failed.name)
  const row = page.getByRole('row').filter({ hasText: failed.name })
  await row.waitFor(worker)
  await row.getByRole('checkbox').click()
  await page.getByRole('button', { name: 'Reintentar' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Reintentar' }).click()
  await page.getByText('1 aviso hecho').first().waitFor()
  const mail = await world.inbox.waitFor((each) => each.envelope.to.includes(failed.address), worker.timeout)
  expect(mail.parsed.text).toContain(failed.number)
  expect(mailsTo(cancelled.address)).toHaveLength(0)

  await page.goto(`/notices?group=sent&q=${encodeURIComponent(failed.name)}`)
  await page.getByRole('row').filter({ hasText: failed.name }).getByRole('button').first().click()
  await page.getByRole('dialog', { name: failed.name }).getByRole('heading', { name: 'El correo exacto' }).waitFor()
  await page.keyboard.press('Escape')

  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Exportar' }).click()
  await page.getByRole('menuitem', { name: 'Excel' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(/^Avisos 2026-03-05\.xlsx$/)
  // A zip: what is in it is read back by the tests of the use case.
  expect(
    readFileSync(await download.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK')
  await page.context().close()
})

test('the plan says in words what happened yesterday, and why a receivable got nothing', async () => {
  const page = await world.pageAs('finance', { path: '/notices/plan' })
  await page.getByRole('button', { name: '¿Y ayer?' }).click()
  await page.locator('[data-story]').getByRole('heading').waitFor()
  expect(await page.locator('[data-story]').textContent()).toMatch(/miércoles, 4 de marzo de 2026/)
  await page.context().close()
})

test('the digest arrives in the inbox of whoever is chosen, once, with the Excel file', async () => {
  const bruno = await world.request<{ id: string; email: string }>('manager', 'GET', '/me')
  const page = await world.pageAs('administrator', { path: '/company/finance' })
  await page.getByLabel('A partir de las').fill('00:01')
  await page.getByText('Agregar persona…').click()
  await page.getByRole('option', { name: /Bruno/ }).click()
  await page.getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.getByText('Ajustes guardados').first().waitFor()
  const isDigest = (mail: ReturnType<World['inbox']['mails']>[number]) =>
    mail.envelope.to.includes(bruno.email) && (mail.parsed.subject ?? '').startsWith('Avisos del 5 de marzo')
  const mail = await world.inbox.waitFor(isDigest, worker.timeout)
  const [attachment] = mail.parsed.attachments
  expect(attachment?.filename).toBe('avisos-2026-03-05.xlsx')
  await page.reload()
  await page.getByText('Últimos correos internos').click()
  await page.getByText('Bruno Vega').first().waitFor()
  expect(world.inbox.mails().filter(isDigest)).toHaveLength(1)
  await page.context().close()
})
