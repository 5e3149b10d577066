import { createHash } from 'node:crypto'
import { auditLog } from '@cartera/db/schema/audit'
import { contactAttempts } from '@cartera/db/schema/customers'
import { mailboxMessages, noticeEvents, noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { aCompany, aCustomer, aNote, aReceivable, aUser } from '@cartera/db/testing/builders'
import { readPdfPages } from '@cartera/use-cases/testing/read-pdf'
import { eq } from 'drizzle-orm'
import { strFromU8, unzipSync } from 'fflate'
import { beforeAll, expect, test } from 'vitest'
import { bytes, testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
let chief: Awaited<ReturnType<typeof api.signedIn>>

beforeAll(async () => {
  api.ctx.at('2026-03-02T15:00:00Z')
  chief = await api.signedIn({ name: 'Jefa' })
  await aCompany(db(), { administratorId: chief.user.id })
})

const file = (customerId: string, form: string, who = chief) =>
  api.request().get(`/api/v1/customers/${customerId}/collection-file.${form}`).set(who.headers).buffer(true).parse(bytes)

async function notice(customerId: string, source: Buffer | null) {
  const [message] = await db()
    .insert(noticeMessages)
    .values({
      customerId,
      kind: 'overdue',
      planOn: '2026-02-20',
      writtenOn: '2026-02-20',
      state: 'sent',
      messageId: `<${customerId}.${source?.length ?? 0}@x>`,
      subject: 'Saldo vencido',
      smtpResponse: '250 2.0.0 queued as 4711',
      sentAt: new Date('2026-02-20T15:00:00Z'),
      source,
    })
    .returning()
  const messageId = message?.id ?? ''
  await db()
    .insert(noticeRecipients)
    .values({ messageId, address: 'pagos@cliente.test', outcome: 'accepted', response: '250 ok' })
  await db()
    .insert(noticeEvents)
    .values({ messageId, at: new Date('2026-02-20T15:00:00Z'), fromState: 'dispatching', toState: 'sent' })
  return messageId
}

test('the ZIP holds every notice byte for byte with the answer of the server, the papers, and an index whose sums are right', async () => {
  const customer = await aCustomer(db(), { code: '../../..\\x y', name: 'Año {who} <b>' })
  await aReceivable(db(), { customerId: customer.id })
  const mail = Buffer.from('Subject: =?utf-8?Q?Saldo?=\r\n\r\nDebe \xff\x00\r\n', 'latin1')
  await notice(customer.id, mail)
  await notice(customer.id, null)
  await db()
    .insert(contactAttempts)
    .values({ customerId: customer.id, channel: 'call', at: new Date(), outcome: 'Pagará', recordedBy: chief.user.id })
  const answer = await file(customer.id, 'zip').expect(200)
  expect(answer.headers['content-type']).toBe('application/zip')
  expect(answer.headers['content-disposition']).toBe('attachment; filename="expediente-x-y-2026-03-02.zip"')
  const parts = unzipSync(new Uint8Array(answer.body as Buffer))
  const names = Object.keys(parts).sort()
  expect(names).toEqual([
    'avisos/0001-2026-02-20-Aviso-de-vencido.eml',
    'avisos/0001-2026-02-20-Aviso-de-vencido.json',
    'avisos/0002-2026-02-20-Aviso-de-vencido.json',
    'estado-de-cuenta-..-..-..-x-y-2026-03-02.pdf',
    'expediente.pdf',
    'indice.txt',
    'sha256.txt',
  ])
  for (const name of names) expect(name).not.toMatch(/^\/|(^|\/)\.\.?(\/|$)|\\/)
  expect(Buffer.from(parts[names[0] ?? ''] ?? [])).toEqual(mail)
  expect(JSON.parse(strFromU8(parts[names[1] ?? ''] ?? new Uint8Array()))).toMatchObject({
    serverAnswer: '250 2.0.0 queued as 4711',
    recipients: [{ address: 'pagos@cliente.test', outcome: 'accepted', response: '250 ok' }],
    events: [{ from: 'dispatching', to: 'sent', at: '2026-02-20T15:00:00.000Z' }],
  })
  const sums = strFromU8(parts['sha256.txt'] ?? new Uint8Array())
    .trimEnd()
    .split('\n')
    .map((line) => line.split('  ') as [string, string])
  expect(sums.map(([, path]) => path).sort()).toEqual(names.filter((name) => !name.endsWith('.txt')))
  for (const [hash, path] of sums)
    expect(
      createHash('sha256')
        .update(parts[path] ?? '')
        .digest('hex'),
    ).toBe(hash)
  const index = strFromU8(parts['indice.txt'] ?? new Uint8Array())
  expect(index).toContain('Expediente de cobranza de Año {who} <b>')
  expect(index).toContain('por Jefa')
  const audited = await db().select().from(auditLog).where(eq(auditLog.entity, 'collection-file'))
  expect(audited).toMatchObject([{ action: 'export', entityId: customer.id, actorId: chief.user.id, changes: { form: 'zip' } }])
})

test('what the reader does not see is not in it: notices without their permission, customers out of scope, nothing without the permission to export', async () => {
  const customer = await aCustomer(db(), { collectionsAgentId: (await aUser(db())).id })
  await notice(customer.id, Buffer.from('x'))
  await aNote(db(), { customerId: customer.id, body: 'Nota ajena' })
  const plain = await api.signedIn({ permissions: ['export'] })
  const parts = unzipSync(new Uint8Array((await file(customer.id, 'zip', plain).expect(200)).body as Buffer))
  expect(Object.keys(parts).filter((name) => name.startsWith('avisos/'))).toEqual([])
  await file(customer.id, 'zip', await api.signedIn({ permissions: ['see-notices'] })).expect(403)
  await file(customer.id, 'pdf', await api.signedIn({ permissions: ['see-notices'] })).expect(403)
  await file(customer.id, 'zip', await api.signedIn({ customerLevel: 4 })).expect(404)
  await file(customer.id, 'pdf', await api.signedIn({ customerLevel: 4 })).expect(404)
})

test('the paper holds the balances at its day, what each notice said, the answer of the server and what came back', async () => {
  const customer = await aCustomer(db())
  await aReceivable(db(), { customerId: customer.id, number: 'FE-777', dueOn: '2026-02-10' })
  const mail = [
    'From: a@b.test',
    'Subject: Saldo vencido',
    'Content-Type: text/plain; charset=utf-8',
    '',
    'Le recordamos su factura.',
  ]
  const id = await notice(customer.id, Buffer.from(mail.join('\r\n')))
  const english = await api.signedIn({ language: 'en' })
  await db()
    .insert(mailboxMessages)
    .values({
      userId: english.user.id,
      kind: 'reply',
      noticeMessageId: id,
      customerId: customer.id,
      messageId: '<reply@cliente.test>',
      fromAddress: 'pagos@cliente.test',
      subject: 'Re: Saldo vencido',
      body: 'Pagamos el viernes.',
      receivedAt: new Date('2026-02-21T15:00:00Z'),
    })
  const answer = await file(customer.id, 'pdf', english).expect(200)
  expect(answer.headers['content-disposition']).toContain('collection-file-')
  const said = readPdfPages(answer.body as Buffer)
    .join(' ')
    .replace(/\s+/g, ' ')
  for (const part of [
    'Statement of account as of',
    'FE-777',
    'Le recordamos su factura.',
    '250 2.0.0 queued as 4711',
    'Pagamos el viernes.',
  ])
    expect(said).toContain(part)
  const without = await api.signedIn({ permissions: ['export'] })
  const hidden = readPdfPages((await file(customer.id, 'pdf', without).expect(200)).body as Buffer)
    .join(' ')
    .replace(/\s+/g, ' ')
  expect(hidden).toContain('FE-777')
  for (const part of ['Le recordamos', 'Pagamos el viernes']) expect(hidden).not.toContain(part)
})
