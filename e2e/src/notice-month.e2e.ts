import { connect } from '@cartera/db/connect'
import type { Page } from 'playwright-core'
import PostalMime from 'postal-mime'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type SmtpLedger, startSmtpLedger } from './testing/smtp-ledger.ts'
import { startWorld, type World } from './testing/world.ts'

// A month of notices as the finance person sees it: every decision in the browser, every mail from a real worker to a real SMTP
// server, whose ledger says what left. The clock moves by starting API and worker on the next day.

/** Several apps start anew on a busy machine. */
const patience = 300_000
const worker = { timeout: 90_000 }
const mailbox = { user: 'diego', password: 'clave de marzo' }

const names = {
  reminded: 'Abarrotes del Mes',
  released: 'Bodega del Mes',
  cancelled: 'Casa del Mes',
  refused: 'Droguería del Mes',
  arrived: 'Editorial del Mes',
  lost: 'Farmacia del Mes',
  extended: 'Granja del Mes',
  promised: 'Hotel del Mes',
  later: 'Imprenta del Mes',
  paid: 'Papelería del Mes',
} as const
type Who = keyof typeof names
const addressOf = (who: Who) => `pagos@${who}.mes.example`

let world: World
let ledger: SmtpLedger
const customerIds = {} as Record<Who, string>
const receivableIds: Record<string, string> = {}

/** Mails that the server took, to this customer; about one document where it is named. */
const taken = (who: Who, number = '') =>
  ledger.to(`${who}.mes.example`).filter(({ raw }) => raw.toString('latin1').includes(number))

/** The code that the ledger got last for Diego's own address, once it has had so many. */
async function newestCode(count: number): Promise<string> {
  const codes = async () => {
    const own = await Promise.all(ledger.to('demo.cartera.test').map(({ raw }) => PostalMime.parse(raw)))
    return own.flatMap(({ subject }) => subject?.match(/^\d{6}(?= )/)?.[0] ?? [])
  }
  await vi.waitFor(async () => expect((await codes()).length).toBeGreaterThanOrEqual(count), { timeout: 20_000, interval: 200 })
  return (await codes()).at(-1) ?? ''
}

/** Wednesday 4 March, 09:00 in Bogotá. What is due on the 11th is reminded of today; what was due on 25 February is overdue for a week. */
beforeAll(async () => {
  ledger = await startSmtpLedger(mailbox.user, mailbox.password)
  ledger.faults = {
    refuse: (to) => (to === addressOf('refused') ? { code: 554, message: '5.7.1 Too many links' } : null),
    dropAfterDot: (to) => (to === addressOf('arrived') ? 'written' : to === addressOf('lost') ? 'lost' : null),
  }
  // No worker before everything stands: what it plans first is what the month begins with.
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
  await world.moveTo('2026-03-04T14:00:00Z', { worker: false })
  // The rest of the demo company keeps still, so that the month is only about these customers.
  const defaults = await world.request<object>('administrator', 'GET', '/notice-defaults')
  await world.request('administrator', 'PUT', '/notice-defaults', { ...defaults, active: false, reviewOverdue: true })
  const database = connect(world.databaseUrl)
  await database.pool.query(`delete from notice_group_settings`)
  await database.pool.query(`update notice_messages set state = 'cancelled', reason = 'notices-off' where state <> 'sent'`)
  await database.close()

  const diego = await world.request<{ id: string; email: string }>('agent', 'GET', '/me')
  await world.request('agent', 'PUT', '/me/mail-account', {
    address: diego.email,
    displayName: 'Diego Mora · Cobranza',
    host: '127.0.0.1',
    port: ledger.port,
    security: 'none',
    username: mailbox.user,
    password: mailbox.password,
  })
  await world.request('agent', 'POST', '/me/mail-account/verifications')
  await world.request('agent', 'POST', '/me/mail-account/confirmations', { code: await newestCode(1) })

  for (const who of Object.keys(names) as Who[]) {
    const made = await world.request<{ id: string }>('administrator', 'POST', '/customers', {
      name: names[who],
      externalId: `MES-${who}`,
      email: addressOf(who),
      collectionsAgentId: diego.id,
    })
    customerIds[who] = made.id
    const settings = await world.request<{ version: number; own: object }>(
      'finance',
      'GET',
      `/customers/${made.id}/notice-settings`,
    )
    await world.request('finance', 'PUT', `/customers/${made.id}/notice-settings`, {
      ...settings.own,
      active: true,
      reminderOn: true,
      version: settings.version,
    })
  }
  await owe('reminded', 'M-01', '2026-03-11')
  await owe('released', 'M-02', '2026-02-25')
  await owe('cancelled', 'M-03', '2026-02-25')
  await owe('refused', 'M-04', '2026-03-11')
  await owe('arrived', 'M-05', '2026-03-11')
  await owe('lost', 'M-06', '2026-03-11')
  await owe('extended', 'M-07', '2026-03-11')
  await owe('promised', 'M-08', '2026-03-06')
  await owe('later', 'M-09', '2026-03-20')
  await owe('paid', 'M-10', '2026-03-20')
}, patience)

afterAll(async () => {
  await world?.stop()
  await ledger?.stop()
})

async function owe(who: Who, number: string, dueOn: string): Promise<void> {
  await world.request('administrator', 'PUT', '/receivables', {
    items: [
      {
        externalId: number,
        number,
        customerExternalId: `MES-${who}`,
        issuedOn: '2026-02-02',
        dueOn,
        currency: 'COP',
        amount: '1500000.00',
      },
    ],
  })
  const { items } = await world.request<{ items: { id: string }[] }>('administrator', 'GET', `/receivables?q=${number}&limit=1`)
  receivableIds[number] = items[0]?.id ?? ''
}

/** A customer's row in a part of the queue, reloaded until it is there. */
async function rowOf(page: Page, group: string, who: Who) {
  await page.goto(`/notices?group=${group}&q=${encodeURIComponent(names[who])}`)
  const row = page.getByRole('row').filter({ hasText: names[who] })
  for (let tries = 0; tries < 40 && (await row.count()) === 0; tries += 1) {
    await page.waitForTimeout(1_500)
    await page.reload()
    await row
      .first()
      .waitFor({ timeout: 3_000 })
      .catch(() => undefined)
  }
  await row.first().waitFor()
  return row.first()
}

/** Opens a notice of the queue and does what its button says, with a reason. */
async function decide(page: Page, group: string, who: Who, deed: string, reason = ''): Promise<void> {
  const row = await rowOf(page, group, who)
  await row.getByRole('button').first().click()
  await page.getByRole('dialog', { name: names[who] }).getByRole('button', { name: deed, exact: true }).click()
  const question = page.getByRole('dialog').last()
  await question.getByRole('textbox').fill(reason)
  await question.getByRole('button', { name: deed, exact: true }).click()
  await page.getByText('1 aviso hecho').first().waitFor()
}

/** Nothing rings any more, and the page shows no banner. */
async function quiet(page: Page): Promise<void> {
  const ringing = async () => (await world.request<{ items: { kind: string }[] }>('finance', 'GET', '/notice-alarms')).items
  await expect.poll(ringing, { timeout: 60_000 }).toEqual([])
  await Promise.all([page.waitForResponse((answer) => answer.url().endsWith('/notice-alarms')), page.goto('/notices')])
  await page.getByRole('tab', { name: /Todos/ }).waitFor()
  expect(await page.locator('[data-alarm]').count()).toBe(0)
}

const explain = async (number: string) => {
  const { rules } = await world.request<{ rules: { state: string; reason: string | null; occurrence: number }[] }>(
    'finance',
    'GET',
    `/receivables/${receivableIds[number]}/notice-explanation`,
  )
  return rules
}

test(
  'Wednesday: the plan of 14 days names every one; reviews, a retry and two uncertain ones are decided, and each customer has one mail',
  async () => {
    const page = await world.pageAs('finance', { path: '/notices/plan' })
    await page.getByText('Próximos 14 días').waitFor()
    await page.getByPlaceholder('Buscar cliente').fill('del Mes')
    for (const who of ['reminded', 'refused', 'arrived', 'lost', 'extended'] as const)
      await page.getByRole('listitem').filter({ hasText: names[who] }).filter({ hasText: 'Recordatorio' }).first().waitFor()
    await page.goto('/notices/plan?on=2026-03-13&q=del%20Mes')
    for (const who of ['later', 'paid'] as const)
      await page.getByRole('listitem').filter({ hasText: names[who] }).first().waitFor()

    await world.moveTo('2026-03-04T14:05:00Z')
    await expect.poll(() => taken('reminded').length, worker).toBe(1)

    // The review inbox, by keyboard.
    await page.goto('/notices/review')
    const inReview = (who: Who) => page.locator('[data-review-row]').filter({ hasText: names[who] })
    await inReview('cancelled').click()
    await page.getByRole('heading', { name: names.cancelled, level: 2 }).waitFor()
    await page.keyboard.press('x')
    await page.getByRole('dialog').getByRole('textbox').fill('Hay una nota de crédito en camino')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancelar aviso', exact: true }).click()
    await inReview('cancelled').waitFor({ state: 'detached' })
    await inReview('released').click()
    await page.getByRole('heading', { name: names.released, level: 2 }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText(`Liberado: ${names.released}`).first().waitFor()
    await expect.poll(() => taken('released').length, worker).toBe(1)

    // The server did not want one; it was mended meanwhile.
    const row = await rowOf(page, 'failed', 'refused')
    expect(await row.textContent()).toContain('Rechazado')
    ledger.faults = {}
    await decide(page, 'failed', 'refused', 'Reintentar', 'El proveedor levantó el filtro')
    await expect.poll(() => taken('refused').length, worker).toBe(1)

    // Of two the answer was lost: one had arrived, one had not. Elena asks the customers, and decides.
    expect([taken('arrived').length, taken('lost').length]).toEqual([1, 0])
    await decide(page, 'uncertain', 'arrived', 'Marcar como enviado', 'El cliente lo tiene')
    await decide(page, 'uncertain', 'lost', 'Enviar de nuevo', 'El cliente no lo recibió')
    await expect.poll(() => taken('lost').length, worker).toBe(1)

    await (await rowOf(page, 'cancelled', 'cancelled')).waitFor()
    await (await rowOf(page, 'sent', 'lost')).waitFor()
    const counts = (Object.keys(names) as Who[]).map((who) => taken(who).length)
    expect(counts).toEqual([1, 1, 0, 1, 1, 1, 1, 0, 0, 0])
    await page.context().close()
  },
  patience,
)

test(
  'Thursday: the digest with its Excel came, and yesterday is told in words; an extension, a promise and a payment are recorded',
  async () => {
    await world.moveTo('2026-03-05T14:00:00Z')
    const elena = await world.request<{ email: string }>('finance', 'GET', '/me')
    const digest = await world.inbox.waitFor(
      (mail) => mail.envelope.to.includes(elena.email) && (mail.parsed.subject ?? '').startsWith('Avisos del 5 de marzo'),
      worker.timeout,
    )
    expect(digest.parsed.attachments.map((file) => file.filename)).toEqual(['avisos-2026-03-05.xlsx'])

    const page = await world.pageAs('finance', { path: '/notices/plan' })
    await page.getByRole('button', { name: '¿Y ayer?' }).click()
    const story = page.locator('[data-story]')
    await story.getByRole('heading', { name: /miércoles, 4 de marzo de 2026 salieron/ }).waitFor()
    await story.getByText('Una persona lo canceló.').waitFor()
    await page.context().close()

    await world.request('finance', 'POST', `/receivables/${receivableIds['M-07']}/extensions`, {
      dueOn: '2026-03-20',
      reason: 'Entrega con retraso',
    })
    await world.request('agent', 'POST', '/promises', {
      customerId: customerIds.promised,
      dueOn: '2026-03-16',
      items: [{ receivableId: receivableIds['M-08'], amount: '1500000.00' }],
    })
    await world.request('finance', 'POST', '/payments', {
      customerId: customerIds.paid,
      paidOn: '2026-03-05',
      currency: 'COP',
      amount: '1500000.00',
      applications: [{ receivableId: receivableIds['M-10'], amount: '1500000.00' }],
    })
  },
  patience,
)

test(
  'Friday the 13th: the mail server refuses Diego: everything waits, finance is alarmed; he mends it, and what waited leaves once',
  async () => {
    ledger.password = 'clave de abril'
    await world.moveTo('2026-03-13T14:00:00Z')
    const page = await world.pageAs('finance', { path: '/notices' })
    const held = await rowOf(page, 'held', 'later')
    expect(await held.textContent()).toContain('Sin remitente')
    await page.locator('[data-alarm="account-paused"]').getByText('Diego Mora').waitFor()
    await (await rowOf(page, 'held', 'promised')).getByText('Promesa de pago').waitFor()
    expect([taken('later').length, taken('extended').length, taken('promised').length]).toEqual([0, 1, 0])
    // Paid before its day: nothing was planned, and the receivable says why.
    const why = (await explain('M-10')).filter((rule) => rule.state !== 'not-chosen')
    expect([why.length > 0, why.every((rule) => rule.reason === 'paid')]).toEqual([true, true])

    const diego = await world.pageAs('agent', { path: '/account' })
    await diego.getByText('En pausa: el servidor la rechazó').waitFor()
    await diego.getByRole('textbox', { name: 'Contraseña', exact: true }).fill('clave de abril')
    await diego.getByRole('button', { name: 'Guardar', exact: true }).nth(1).click()
    await diego.getByText('Cuenta de correo guardada').first().waitFor()
    await diego.getByRole('button', { name: 'Verificar la cuenta' }).click()
    await diego.getByRole('textbox', { name: 'Código' }).waitFor()
    await diego.getByRole('textbox', { name: 'Código' }).fill(await newestCode(2))
    await diego.getByRole('button', { name: 'Confirmar' }).click()
    await diego.getByText('Verificada y lista para enviar').waitFor()
    await diego.context().close()

    await expect.poll(() => [taken('later').length, taken('extended', 'M-07').length], worker).toEqual([1, 2])
    await quiet(page)
    await page.context().close()
  },
  patience,
)

test(
  'Wednesday the 18th: the promise was broken, its notice goes on to review, is released and leaves once',
  async () => {
    await world.moveTo('2026-03-18T14:00:00Z')
    const page = await world.pageAs('finance', { path: '/notices/review' })
    const row = page.locator('[data-review-row]').filter({ hasText: names.promised })
    for (let tries = 0; tries < 40 && (await row.count()) === 0; tries += 1) {
      await page.waitForTimeout(1_500)
      await page.reload()
      await page.getByRole('heading', { name: 'Por revisar' }).waitFor()
    }
    await row.click()
    const situation = page.getByRole('complementary', { name: 'Situación del cliente' })
    await situation.getByText('· incumplida').waitFor()
    // And its agent has the task.
    await situation.getByRole('link', { name: /^Promesa incumplida/ }).waitFor()
    await page.locator('[data-release]').click()
    await page.getByText(`Liberado: ${names.promised}`).first().waitFor()
    await expect.poll(() => taken('promised').length, worker).toBe(1)
    await page.context().close()
  },
  patience,
)

test(
  'no worker: finance sees that it is silent, and that nothing left although something should have; with the worker back it leaves',
  async () => {
    await owe('released', 'M-11', '2026-03-12')
    await world.moveTo('2026-03-19T13:00:00Z')
    const page = await world.pageAs('finance')
    await rowOf(page, 'held', 'released')
    await world.moveTo('2026-03-19T14:00:00Z', { worker: false })
    await decide(page, 'held', 'released', 'Liberar')

    await world.moveTo('2026-03-19T17:00:00Z', { worker: false })
    await page.goto('/notices')
    await page.locator('[data-alarm="worker-silent"]').waitFor()
    await page.locator('[data-alarm="nothing-sent"]').getByText('deberían haber salido: 1.').waitFor()
    expect(taken('released', 'M-11')).toHaveLength(0)

    await world.moveTo('2026-03-19T17:30:00Z')
    await expect.poll(() => taken('released', 'M-11').length, worker).toBe(1)
    await quiet(page)
    await page.context().close()

    // The month as the mail server saw it: nobody twice, and nobody who paid or was cancelled.
    const counts = Object.fromEntries((Object.keys(names) as Who[]).map((who) => [who, taken(who).length]))
    expect(counts).toEqual({
      reminded: 1,
      released: 2,
      cancelled: 0,
      refused: 1,
      arrived: 1,
      lost: 1,
      extended: 2,
      promised: 1,
      later: 1,
      paid: 0,
    })
  },
  patience,
)
