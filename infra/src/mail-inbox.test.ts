import { mkdtempSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import nodemailer, { type SendMailOptions } from 'nodemailer'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type MailInbox, startMailInbox } from './mail-inbox.ts'

let folder: string
let inbox: MailInbox

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cartera-inbox-'))
  inbox = await startMailInbox({ folder })
})

afterEach(async () => {
  await inbox.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function send(mail: SendMailOptions): Promise<void> {
  const transport = nodemailer.createTransport(inbox.smtpUrl, { from: 'cobranza@empresa.test', to: 'cliente@ejemplo.test' })
  await transport.sendMail(mail)
  transport.close()
}

async function page(path: string): Promise<string> {
  return (await fetch(`${inbox.webUrl}${path}`)).text()
}

test('a mail is kept byte by byte with its envelope, also over a restart', async () => {
  await send({ subject: 'Factura vencida', text: 'Saldo: 1.250,00 €\n.una línea con punto' })
  const [mail] = inbox.mails()
  expect(mail?.envelope).toEqual({ from: 'cobranza@empresa.test', to: ['cliente@ejemplo.test'] })
  expect(mail?.parsed.text?.trim()).toBe('Saldo: 1.250,00 €\n.una línea con punto')

  await inbox.stop()
  inbox = await startMailInbox({ folder })
  expect(inbox.mails()[0]?.raw.equals(mail?.raw ?? Buffer.alloc(0))).toBe(true)
})

test('a mail that is still to come can be waited for', async () => {
  const waited = inbox.waitFor((mail) => mail.parsed.subject === 'segundo')
  await send({ subject: 'primero', text: '1' })
  await send({ subject: 'segundo', text: '2' })
  expect((await waited).parsed.text?.trim()).toBe('2')
  await expect(inbox.waitFor((mail) => mail.parsed.subject === 'tercero', 10)).rejects.toThrow('segundo -> cliente@ejemplo.test')
})

test('the search finds words without accents in subject, address and text', async () => {
  await send({ subject: 'Próximo vencimiento', text: 'Muñoz Hermanos' })
  await send({ subject: 'Otro', text: 'nada' })
  expect(inbox.search('proximo munoz').map((mail) => mail.parsed.subject)).toEqual(['Próximo vencimiento'])
  expect(await page('/?q=munoz')).toContain('1 correo')
})

test('the page shows a mail escaped, its HTML in a sandbox that loads nothing, and the original', async () => {
  await send({
    subject: '<script>alert(1)</script>',
    text: 'texto',
    html: '<b>diseño</b><img src="https://elsewhere.test/x.png">',
  })
  const id = inbox.mails()[0]?.id
  expect(await page('/')).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
  expect(await page(`/mails/${id}`)).toContain('<iframe sandbox')
  expect(await page(`/mails/${id}?view=plain&lang=en`)).toMatch(/Back to the inbox[\s\S]*texto/)
  const body = await fetch(`${inbox.webUrl}/mails/${id}/body`)
  expect(body.headers.get('content-security-policy')).toBe(
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'",
  )
  expect(await page(`/mails/${id}/raw`)).toBe(inbox.mails()[0]?.raw.toString())
})

test('another name for the address is refused, so that a strange page cannot read the mail', async () => {
  const port = new URL(inbox.webUrl).port
  const status = await new Promise((resolve) => {
    get({ host: '127.0.0.1', port, headers: { host: 'evil.test' } }, (answer) => resolve(answer.statusCode))
  })
  expect(status).toBe(403)
})

test('emptying the inbox forgets the mails on disk too', async () => {
  await send({ subject: 'uno', text: '1' })
  await fetch(`${inbox.webUrl}/clear`, { method: 'POST' })
  await inbox.stop()
  inbox = await startMailInbox({ folder })
  expect(inbox.mails()).toEqual([])
})
