import { auditLog } from '@cartera/db/schema/audit'
import { followUpReceivables, followUps } from '@cartera/db/schema/follow-ups'
import { customerMails } from '@cartera/db/schema/interactions'
import { mailAccounts } from '@cartera/db/schema/organisation'
import {
  aCompany,
  aContact,
  aCustomer,
  aFollowUp,
  aFollowUpDocument,
  aMailAccount,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeEach, expect, test } from 'vitest'
import { sendCustomerMails } from '../customer-mails/customer-mails.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { readPdfPages } from '../testing/read-pdf.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { downloadAttachment, listAttachments, mailAttachment, makeAttachment, resendAttachment } from './attachments.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db

let viewer: Viewer
let customerId = ''
let followUpId = ''

const body = 'Señores de {{ customer.name }}: {{ count }}\n\n{{ receivables_table }}\n\nTotal {{ totals }}. {{ agent.name }}'

beforeEach(async () => {
  await db().execute(
    sql`truncate company, notice_rules, customers, users, mail_accounts, access_profiles, audit_log, follow_up_documents cascade`,
  )
  ctx.at('2026-03-11T15:00:00Z')
  const agent = await aUser(db(), { name: 'Ana Agente' })
  await aCompany(db(), { name: 'Andina', administratorId: agent.id })
  await aMailAccount(db(), { userId: agent.id, port: smtp.port, address: 'ana@andina.test', displayName: 'Ana Agente' })
  const found = await findViewerByUser(ctx, agent.id)
  if (!found) throw new Error('no viewer')
  viewer = found
  customerId = (await aCustomer(db(), { name: 'Peñón <b>S.A.</b> & Hijos', code: 'C-9' })).id
  followUpId = (await aFollowUp(db(), { customerId, ownerId: agent.id })).id
})

const owed = (number: string, dueOn: string, over: object = {}) =>
  aReceivable(db(), { customerId, number, issuedOn: '2026-01-01', dueOn, ...over })
const textOf = async (id: string) =>
  readPdfPages((await downloadAttachment(ctx, viewer, id)).pdf)
    .join('')
    .replaceAll('\n', '')

test('a document lists what its template says: the overdue, the open or the linked ones, and no names become markup', async () => {
  await owed('F-VENCIDA', '2026-03-01')
  const linked = await owed('F-FUTURA', '2026-04-01')
  await owed('F-PAGADA', '2026-02-01', { balanceMinor: 0n })
  await db().insert(followUpReceivables).values({ followUpId, receivableId: linked.id })
  const listed = async (lists: 'overdue' | 'open' | 'linked' | 'none') => {
    const template = await aFollowUpDocument(db(), { body, lists })
    const text = await textOf((await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })).id)
    expect(text).toContain('Peñón <b>S.A.</b> & Hijos')
    expect(text).toContain('Ana Agente')
    return ['F-VENCIDA', 'F-FUTURA', 'F-PAGADA'].filter((number) => text.includes(number))
  }
  expect(await listed('overdue')).toEqual(['F-VENCIDA'])
  expect(await listed('open')).toEqual(['F-VENCIDA', 'F-FUTURA'])
  expect(await listed('linked')).toEqual(['F-FUTURA'])
  expect(await listed('none')).toEqual([])
})

test('it is kept exactly as it was made, whatever is paid or rewritten afterwards', async () => {
  const receivable = await owed('F-1', '2026-03-01')
  const template = await aFollowUpDocument(db(), { body })
  const made = await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })
  const before = (await downloadAttachment(ctx, viewer, made.id)).pdf
  expect(before.subarray(0, 5).toString()).toBe('%PDF-')
  await db().execute(sql`update receivables set balance_minor = 0 where id = ${receivable.id}`)
  await db().execute(sql`update follow_up_documents set body = 'Otro' where id = ${template.id}`)
  expect((await downloadAttachment(ctx, viewer, made.id)).pdf.equals(before)).toBe(true)
  expect((await listAttachments(ctx, viewer, followUpId)).items).toMatchObject([{ id: made.id, size: before.length, mails: [] }])
})

test('a table of hundreds of rows, with long numbers, goes over its pages whole', async () => {
  const numbers = Array.from({ length: 300 }, (_, index) => `FACTURA-MUY-LARGA-DE-SERIE-${index}`)
  for (const number of numbers) await owed(number, '2026-03-01')
  const template = await aFollowUpDocument(db(), { body })
  const made = await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })
  const pages = readPdfPages((await downloadAttachment(ctx, viewer, made.id)).pdf)
  expect(pages.length).toBeGreaterThan(5)
  const text = pages.join('\n').replaceAll('\n', '')
  for (const number of numbers) expect(text).toContain(number)
})

test('a template that is switched off, or of nothing, is refused at its field; nothing is kept', async () => {
  const off = await aFollowUpDocument(db(), { active: false })
  for (const documentId of [off.id, customerId])
    await expect(makeAttachment(ctx, viewer, followUpId, { documentId })).rejects.toMatchObject({
      code: 'reference-unknown',
      field: 'documentId',
    })
  expect((await listAttachments(ctx, viewer, followUpId)).items).toEqual([])
})

test('mailed, it leaves from the own account with the message as text and the PDF as it was made', async () => {
  const template = await aFollowUpDocument(db(), { body })
  const made = await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })
  const contact = await aContact(db(), { customerId, name: 'Rosa', email: 'rosa@penon.test' })
  const message = 'Hola <script>alert(1)</script>\n\n=1+1'
  const sent = await mailAttachment(ctx, viewer, made.id, { contactId: contact.id, message })
  expect(sent.mails).toMatchObject([{ toAddress: 'rosa@penon.test', state: 'waiting' }])
  expect(await sendCustomerMails(ctx)).toBe(1)
  const mail = await PostalMime.parse(smtp.received.at(-1)?.raw ?? '')
  expect([mail.from?.address, mail.to?.[0]]).toEqual(['ana@andina.test', { address: 'rosa@penon.test', name: 'Rosa' }])
  expect(mail.text).toContain('Hola <script>alert(1)</script>')
  expect(mail.html).not.toContain('<script')
  const { pdf } = await downloadAttachment(ctx, viewer, made.id)
  expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer).equals(pdf)).toBe(true)
  expect((await listAttachments(ctx, viewer, followUpId)).items[0]?.mails).toMatchObject([{ state: 'sent' }])
  const audited = await db().select().from(auditLog).where(eq(auditLog.entityId, made.id))
  expect(audited.map((row) => row.action).sort()).toEqual(['create', 'send'])
})

test('without a verified account it says so, and nothing is queued', async () => {
  const template = await aFollowUpDocument(db(), { body })
  const made = await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })
  const mail = () => mailAttachment(ctx, viewer, made.id, { toAddress: 'x@penon.test' })
  await db().update(mailAccounts).set({ state: 'unverified' })
  await expect(mail()).rejects.toMatchObject({ code: 'mail-account-unverified' })
  await db().delete(mailAccounts)
  await expect(mail()).rejects.toMatchObject({ code: 'mail-account-missing' })
  expect(await db().select().from(customerMails)).toEqual([])
})

test('another customer’s contact, one without an address, and a mail of something else are refused', async () => {
  const template = await aFollowUpDocument(db(), { body })
  const made = await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })
  const other = await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })
  const stranger = await aContact(db(), { email: 'x@otro.test' })
  const mute = await aContact(db(), { customerId, email: null })
  const send = (contactId: string) => mailAttachment(ctx, viewer, made.id, { contactId })
  await expect(send(stranger.id)).rejects.toMatchObject({ code: 'reference-unknown', field: 'contactId' })
  await expect(send(mute.id)).rejects.toMatchObject({ code: 'mail-address-invalid', field: 'contactId' })
  const { mails } = await mailAttachment(ctx, viewer, other.id, { toAddress: 'x@penon.test' })
  const mailId = mails[0]?.id ?? ''
  await expect(resendAttachment(ctx, viewer, made.id, { mailId })).rejects.toMatchObject({ code: 'not-found' })
  await expect(resendAttachment(ctx, viewer, other.id, { mailId })).rejects.toMatchObject({ code: 'mail-not-failed' })
  await db().update(customerMails).set({ state: 'failed' })
  expect((await resendAttachment(ctx, viewer, other.id, { mailId })).mails).toMatchObject([{ state: 'waiting' }])
})

test('out of reach it does not exist: neither the list, nor the file, nor the mail', async () => {
  const template = await aFollowUpDocument(db(), { body })
  const made = await makeAttachment(ctx, viewer, followUpId, { documentId: template.id })
  await db()
    .update(followUps)
    .set({ ownerId: (await aUser(db())).id })
  const four = { ...viewer, level: 4 } as Viewer
  for (const ask of [
    () => listAttachments(ctx, four, followUpId),
    () => downloadAttachment(ctx, four, made.id),
    () => makeAttachment(ctx, four, followUpId, { documentId: template.id }),
    () => mailAttachment(ctx, four, made.id, { toAddress: 'x@penon.test' }),
  ])
    await expect(ask()).rejects.toMatchObject({ code: 'not-found' })
})
