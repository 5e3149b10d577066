import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from './testing/world.ts'

const customer = 'Papelería El Rebote'
const wrong = 'pgos@papeleria-el-rebote.example'
const right = 'pagos@papeleria-el-rebote.example'
/** The worker looks once a minute what its day asks for, and twice a minute into mailboxes. */
const worker = { timeout: 130_000 }

let world: World
let customerId: string
let agentAddress: string

const owes = (number: string, dueOn: string) =>
  world.request('administrator', 'PUT', '/receivables', {
    items: [
      {
        externalId: number,
        number,
        customerExternalId: 'ERP-REBOTE',
        issuedOn: '2026-02-02',
        dueOn,
        currency: 'COP',
        amount: '980000.00',
      },
    ],
  })

/** What a mail server sends back to the null sender's mail: by SMTP itself, since mailers insist on a sender. */
function bounceTo(port: number, to: string, raw: string): Promise<void> {
  const lines = ['EHLO mx.example', 'MAIL FROM:<>', `RCPT TO:<${to}>`, 'DATA', `${raw.replaceAll('\n', '\r\n')}\r\n.`, 'QUIT']
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1')
    let seen = ''
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      seen += text
      // Only the last line of an answer has a blank behind its code.
      if (!/^\d{3} .*\r\n$/m.test(seen)) return
      if (/^[45]/.test(seen)) reject(new Error(seen))
      seen = ''
      const next = lines.shift()
      if (next === undefined) socket.end()
      else socket.write(`${next}\r\n`)
    })
    socket.once('error', reject)
    socket.once('close', () => resolve())
  })
}

beforeAll(async () => {
  world = await startWorld({ now: '2026-03-04T14:00:00Z' })
  const me = await world.request<{ id: string; email: string }>('agent', 'GET', '/me')
  agentAddress = me.email
  const made = await world.request<{ id: string }>('administrator', 'POST', '/customers', {
    name: customer,
    externalId: 'ERP-REBOTE',
    email: wrong,
    collectionsAgentId: me.id,
  })
  customerId = made.id
})
afterAll(() => world?.stop())

test('Diego switches on the reading of his mailbox and proves the account with the code that he was sent', async () => {
  const page = await world.pageAs('agent', { path: '/account' })
  await page.getByLabel('Usuario', { exact: false }).last().fill(agentAddress)
  await page.getByRole('textbox', { name: 'Contraseña', exact: true }).fill('clave de correo')
  await page.getByRole('switch', { name: 'Leer devoluciones y respuestas' }).click()
  await page.getByLabel('Servidor IMAP').fill('127.0.0.1')
  await page
    .locator('[name="imap.security"], #imap-security')
    .first()
    .waitFor({ state: 'attached' })
    .catch(() => undefined)
  await page.getByRole('combobox', { name: 'Seguridad' }).last().click()
  await page.getByRole('option', { name: 'Ninguna' }).click()
  await page.getByLabel('Puerto').last().fill(String(world.inbox.imapPort))
  await page.getByRole('button', { name: 'Guardar', exact: true }).nth(1).click()
  await page.getByText('Cuenta de correo guardada').first().waitFor()
  await page.getByRole('button', { name: 'Verificar la cuenta' }).click()
  const mail = await world.inbox.waitFor((each) => /es su código/.test(each.parsed.subject ?? ''))
  expect(mail.envelope.to).toEqual([agentAddress])
  await page.getByRole('textbox', { name: 'Código' }).fill(mail.parsed.subject?.slice(0, 6) ?? '')
  await page.getByRole('button', { name: 'Confirmar' }).click()
  await page.getByText('Verificada y lista para enviar').waitFor()
  await page.context().close()
})

test('a notice that bounces flags the address, opens the task, and holds what comes next', async () => {
  await owes('R-1', '2026-03-11')
  const settings = await world.request<{ own: object; version: number }>(
    'finance',
    'GET',
    `/customers/${customerId}/notice-settings`,
  )
  await world.request('finance', 'PUT', `/customers/${customerId}/notice-settings`, {
    ...settings.own,
    active: true,
    reminderOn: true,
    version: settings.version,
  })
  const mail = await world.inbox.waitFor((each) => each.envelope.to.includes(wrong), worker.timeout)
  await bounceTo(world.inbox.smtpPort, agentAddress, bounceOf(mail.parsed.messageId ?? ''))

  const page = await world.pageAs('agent', { path: `/customers/${customerId}` })
  await expect
    .poll(
      async () =>
        (await world.request<{ items: unknown[] }>('agent', 'GET', `/customers/${customerId}/address-flags`)).items.length,
      worker,
    )
    .toBe(1)
  await page.reload()
  await page.getByText('No se pudo entregar desde').waitFor()
  await page.getByText('550 5.1.1', { exact: false }).first().waitFor()
  await page.getByRole('link', { name: 'Actividad' }).click()
  await page.getByText('Correo devuelto: dirección sin entrega').waitFor()
  await page.getByText(`Corregir la dirección de correo ${wrong}`).waitFor()
  await page.context().close()

  await owes('R-2', '2026-03-11')
  await expect
    .poll(async () => {
      const { items } = await world.request<{ items: { state: string; reason: string | null }[] }>(
        'finance',
        'GET',
        `/notices?customerId=${customerId}&group=held`,
      )
      return items.map(({ state, reason }) => [state, reason])
    }, worker)
    .toEqual([['held', 'no-recipient']])
})

test('once the address is corrected, what was held leaves to the right one, once', async () => {
  const page = await world.pageAs('agent', { path: `/customers/${customerId}` })
  await page.getByRole('button', { name: 'Editar' }).click()
  await page.getByLabel('Correo', { exact: false }).first().fill(right)
  await page.getByRole('button', { name: 'Guardar' }).first().click()
  await page.getByRole('link', { name: right }).waitFor()
  await page.context().close()
  const mail = await world.inbox.waitFor((each) => each.envelope.to.includes(right), worker.timeout)
  expect(mail.parsed.text).toContain('R-2')
  expect(world.inbox.mails().filter((each) => each.envelope.to.includes(wrong))).toHaveLength(1)
})

const bounceOf = (messageId: string) => `Return-Path: <>
From: MAILER-DAEMON@mx.example (Mail Delivery System)
To: ${agentAddress}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <bounce.1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

<${wrong}>: 550 5.1.1 User unknown

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; ${wrong}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--b
Content-Type: text/rfc822-headers

Message-ID: ${messageId}
To: ${wrong}

--b--`
