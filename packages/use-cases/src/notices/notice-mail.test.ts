import { noticeMessages, noticeRules, noticeSettings } from '@cartera/db/schema/notices'
import { company, companyLogo } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aContact, aCustomer, aMailAccount, aPayment, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import sharp from 'sharp'
import { beforeEach, describe, expect, test } from 'vitest'
import { makePicture } from '../files/make-picture.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { composeMail } from './compose-mail.ts'
import { installReadyTexts } from './notice-templates.ts'
import { planDay } from './plan-day.ts'
import { runDay } from './run-day.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db
const day = '2026-03-11'
let agentId = ''

beforeEach(async () => {
  await db().execute(sql`truncate company, company_logo, holidays, notice_rules, notice_rule_versions, notice_settings, notice_templates,
    notice_messages, notice_items, notice_recipients, notice_events, receivable_movements, payments, receivables, documents, contacts,
    customers, mail_accounts cascade`)
  ctx.at(`${day}T15:00:00Z`)
  await aCompany(db(), { noticeActive: true })
  agentId = (await aUser(db(), { name: 'Luis Mora' })).id
  await aMailAccount(db(), {
    userId: agentId,
    port: smtp.port,
    address: 'cobranza@andina.test',
    displayName: 'Cobranza "Andina"',
  })
})
const aDebtor = async (over: Parameters<typeof aCustomer>[1] = {}) => {
  const customer = await aCustomer(db(), { collectionsAgentId: agentId, email: 'pagos@cliente.test', language: 'es', ...over })
  await aReceivable(db(), {
    customerId: customer.id,
    dueOn: '2026-03-04',
    number: 'F-1',
    amountMinor: 100_00n,
    balanceMinor: 100_00n,
  })
  return customer
}
const theMail = async () => {
  const [mail, ...more] = smtp.received
  if (!mail || more.length > 0) throw new Error(`there should be one mail, not ${smtp.received.length}`)
  return { mail, read: await PostalMime.parse(mail.raw) }
}
const headerOf = (read: Awaited<ReturnType<typeof theMail>>['read'], key: string) =>
  read.headers.filter((header) => header.key === key).map((header) => header.value)

describe('what the mail server gets', () => {
  test('says who sends it, that a machine wrote it, in which language; and belongs to no list and no earlier mail', async () => {
    await aDebtor({ language: 'en' })
    await runDay(ctx, day)
    const { read } = await theMail()
    expect(read.from).toEqual({ name: 'Cobranza "Andina"', address: 'cobranza@andina.test' })
    expect(read.replyTo).toEqual([{ name: 'Cobranza "Andina"', address: 'cobranza@andina.test' }])
    expect(headerOf(read, 'auto-submitted')).toEqual(['auto-generated'])
    expect(headerOf(read, 'content-language')).toEqual(['en'])
    // "All" would also keep Exchange from saying that it could not deliver.
    expect(headerOf(read, 'x-auto-response-suppress')).toEqual(['OOF, AutoReply'])
    expect(headerOf(read, 'message-id')).toHaveLength(1)
    expect(read.headers.filter(({ key }) => /^(list-|references|in-reply-to|precedence|bcc|sender)/.test(key))).toEqual([])
  })

  test('is made of lines that every server takes: at most 998 octets, ASCII, CRLF; and is stored as it was sent', async () => {
    const long = `Ñandú ${'é'.repeat(280)}`
    const customer = await aDebtor({ name: long })
    await db()
      .insert(noticeSettings)
      .values({ customerId: customer.id, overdueBody: `{{ receivables_table }} ${'x'.repeat(5000)} ${'🙂'.repeat(500)}` })
    await runDay(ctx, day)
    const { mail, read } = await theMail()
    const lines = mail.raw.toString('latin1').split('\r\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(998)
    expect(mail.raw.every((byte) => byte < 128)).toBe(true)
    expect(lines.some((line) => /[\r\n]/.test(line))).toBe(false)
    expect(read.text).toContain('🙂'.repeat(500))
    const [row] = await db().select({ source: noticeMessages.source }).from(noticeMessages)
    expect(row?.source?.equals(mail.raw)).toBe(true)
  })

  test('is stored packed; one from before there was packing is still read as it was sent', async () => {
    await aDebtor()
    await runDay(ctx, day)
    const { mail } = await theMail()
    const sourceNow = async () => (await db().select({ source: noticeMessages.source }).from(noticeMessages))[0]?.source
    const { rows } = await db().execute<{ size: number }>(sql`select octet_length(source) as size from notice_messages`)
    expect(rows[0]?.size).toBeLessThan(mail.raw.length / 2)
    await db().execute(sql`update notice_messages set source = ${mail.raw}::bytea`)
    expect((await sourceNow())?.equals(mail.raw)).toBe(true)
  })

  test('no name brings in a header, a second address or a turned direction', async () => {
    const name = 'Pérez\r\nBcc: x@evil.test\r\n\r\n<x@evil.test>, \u202Emoc.live\u0000'
    const customer = await aDebtor({ name: name.replace('\u0000', ''), contactPerson: 'Ana\r\nBcc: y@evil.test' })
    await aContact(db(), {
      customerId: customer.id,
      name: 'A <z@evil.test>,\nB',
      email: 'ana@cliente.test',
      receivesNotices: true,
    })
    await db().update(company).set({ noticeSendToContacts: true, name: 'Andina\r\nX-Evil: 1' })
    await runDay(ctx, day)
    const { mail, read } = await theMail()
    expect(mail.to.sort()).toEqual(['ana@cliente.test', 'pagos@cliente.test'])
    expect(read.to?.map((each) => each.address).sort()).toEqual(['ana@cliente.test', 'pagos@cliente.test'])
    expect(headerOf(read, 'bcc')).toEqual([])
    expect(headerOf(read, 'x-evil')).toEqual([])
    expect(read.subject).not.toMatch(/[\p{Cc}\p{Cf}]/u)
    for (const hostile of [name, 'a\nb', '\u2028x', '"\\"'])
      expect(
        composeMail(
          {
            fromName: hostile,
            fromAddress: 'a@b.test',
            to: [{ address: 'c@d.test', name: hostile }],
            messageId: '<1@b.test>',
            date: new Date(0),
            language: 'es',
          },
          { subject: hostile, html: 'x', text: 'x' },
        )
          .toString('latin1')
          .split('\r\n\r\n')[0],
      ).not.toMatch(/^(bcc|x-evil)/im)
  })

  test('the logo goes along as an inline image that the HTML points to, and nowhere else', async () => {
    const picture = await sharp({ create: { width: 600, height: 200, channels: 4, background: 'red' } })
      .png()
      .toBuffer()
    const logo = await makePicture(picture, { width: 400, height: 128 }, 'png')
    await db()
      .insert(companyLogo)
      .values({ ...logo, hash: 'ab'.repeat(32) })
    await aDebtor()
    await runDay(ctx, day)
    const { read } = await theMail()
    const [image, ...more] = read.attachments
    expect(more).toEqual([])
    expect(image).toMatchObject({ mimeType: 'image/png', disposition: 'inline', related: true })
    expect(Buffer.from(image?.content as ArrayBuffer).equals(logo.content)).toBe(true)
    expect(read.html).toContain(`src="cid:${image?.contentId?.slice(1, -1)}"`)
    expect(read.html).not.toMatch(/src="(?!cid:)/)
  })

  test('the statement of account goes along as PDF where settings say so, and the text says it', async () => {
    await installReadyTexts(db(), ctx)
    const customer = await aDebtor()
    await db().insert(noticeSettings).values({ customerId: customer.id, attachStatement: true })
    await runDay(ctx, day)
    const { read } = await theMail()
    const [file] = read.attachments
    expect(file).toMatchObject({ mimeType: 'application/pdf', disposition: 'attachment' })
    expect(file?.filename).toContain(customer.code)
    expect(
      Buffer.from(file?.content as ArrayBuffer)
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    expect(read.text).toContain('Adjuntamos su estado de cuenta.')
  })
})

describe('what the mail says', () => {
  test('takes the text of the message’s level, in the customer’s language and tone, net of what is not applied yet', async () => {
    await installReadyTexts(db(), ctx)
    await db().update(noticeRules).set({ level: 4 }).where(eq(noticeRules.kind, 'overdue'))
    const customer = await aDebtor()
    await aPayment(db(), { customerId: customer.id, amountMinor: 30_00n, unappliedMinor: 30_00n })
    await db().insert(noticeSettings).values({ customerId: customer.id, tone: 'informal' })
    await runDay(ctx, day)
    const { read } = await theMail()
    expect(read.subject).toBe('Comercial Andina: último aviso por tu saldo vencido')
    expect(read.text).toContain('mantienes un saldo vencido de USD 70,00')
    expect(read.text).toMatch(/Total {2}USD 100,00\n.*Pagos y créditos por aplicar {2}USD -30,00\n.*Total por pagar {2}USD 70,00/)
  })

  test('speaks of what leaves, not of what was planned: with the overdue part paid meanwhile, the rest is a reminder', async () => {
    await installReadyTexts(db(), ctx)
    await db().update(company).set({ noticeCombined: true })
    await db().update(noticeRules).set({ level: 4 }).where(eq(noticeRules.kind, 'overdue'))
    const customer = await aDebtor()
    await aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-18', number: 'F-2' })
    await planDay(ctx, day)
    await db().update(receivables).set({ balanceMinor: 0n }).where(eq(receivables.dueOn, '2026-03-04'))
    await runDay(ctx, day)
    const { read } = await theMail()
    expect(read.subject).toBe('Comercial Andina: próximos vencimientos de su cuenta')
    expect(read.text).toContain('F-2')
    expect(read.text).not.toMatch(/F-1|último aviso|vencido/)
  })

  test('a changed text speaks from the next mail on, also in a process that has sent before', async () => {
    await installReadyTexts(db(), ctx)
    await aDebtor()
    await runDay(ctx, day)
    await db().execute(sql`update notice_templates set subject = 'Nuevo', version = version + 1`)
    await aReceivable(db(), { customerId: (await aDebtor({ email: 'otro@cliente.test' })).id, dueOn: '2026-03-04' })
    await runDay(ctx, day)
    const subjects = await Promise.all(smtp.received.map(async (mail) => (await PostalMime.parse(mail.raw)).subject))
    expect(subjects).toEqual(['Comercial Andina: saldo pendiente de su cuenta', 'Nuevo'])
  })
})
