import { auditLog } from '@cartera/db/schema/audit'
import { products } from '@cartera/db/schema/interactions'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { aCompany, aContact, aCustomer, aMailAccount, aProduct, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { sendCustomerMails } from '../customer-mails/customer-mails.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { readPdfPages } from '../testing/read-pdf.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { downloadQuote, listQuotes, readQuote, totalQuotes } from './find-quotes.ts'
import {
  acceptQuote,
  changeQuote,
  createQuote,
  endQuote,
  handOverQuote,
  removeQuote,
  reopenQuote,
  resendQuote,
  restoreQuote,
  reviseQuote,
  sendQuote,
} from './write-quote.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db
let viewer: Viewer
let customerId = ''

beforeEach(async () => {
  await db().execute(
    sql`truncate company, notice_rules, customers, users, mail_accounts, access_profiles, audit_log, products cascade`,
  )
  ctx.at('2026-03-11T15:00:00Z')
  const agent = await aUser(db(), { name: 'Ana Agente' })
  await aCompany(db(), { name: 'Andina', administratorId: agent.id, currency: 'USD', timeZone: 'America/Guayaquil' })
  await aMailAccount(db(), { userId: agent.id, port: smtp.port, address: 'ana@andina.test', displayName: 'Ana Agente' })
  const found = await findViewerByUser(ctx, agent.id)
  if (!found) throw new Error('no viewer')
  viewer = found
  customerId = (await aCustomer(db(), { name: 'Peñón <b>S.A.</b> & Hijos', code: 'C-9' })).id
})

const line = (over: object = {}) => ({ description: 'Cable', quantity: '3', unitPrice: '12.50', taxPercent: '15', ...over })
const draft = (over: Partial<Parameters<typeof createQuote>[2]> = {}) =>
  createQuote(ctx, viewer, { customerId, subject: 'Cableado', lines: [line()], ...over })
const send = async (over: Partial<Parameters<typeof createQuote>[2]> = {}) => {
  const { id, version } = await draft(over)
  await sendQuote(ctx, viewer, id, { toAddress: 'compras@penon.test', version })
  await sendCustomerMails(ctx)
  return readQuote(db(), ctx, viewer, id)
}
const textOf = async (id: string) =>
  readPdfPages((await downloadQuote(ctx, viewer, id)).pdf)
    .join('')
    .replaceAll('\n', '')
const stateOf = async (id: string) => (await readQuote(db(), ctx, viewer, id)).state

describe('a draft', () => {
  test('adds its lines up exactly, with each tax once, and keeps what they were called', async () => {
    const product = await aProduct(db(), { name: 'Router' })
    const made = await draft({
      lines: [
        line(),
        line({ description: 'Router', productId: product.id, quantity: '1.5', unitPrice: '9.99', discountPercent: '10' }),
        line({ description: 'Visita', quantity: '1', unitPrice: '1', taxPercent: null }),
      ],
    })
    expect(made).toMatchObject({
      state: 'draft',
      validUntil: '2026-04-10',
      currency: 'USD',
      subtotal: '53.49',
      discount: '1.50',
      taxes: [{ percent: '15', base: '50.99', tax: '7.65' }],
      net: '51.99',
      tax: '7.65',
      total: '59.64',
      lines: [{ amount: '37.50' }, { amount: '13.49', quantity: '1.5' }, { amount: '1.00', taxPercent: null }],
    })
    await db().update(products).set({ name: 'Otro', active: false }).where(eq(products.id, product.id))
    const kept = await changeQuote(ctx, viewer, made.id, { subject: 'Red', version: made.version })
    expect(kept).toMatchObject({
      subject: 'Red',
      total: '59.64',
      lines: [{}, { description: 'Router', productId: product.id }, {}],
    })
  })

  test('every wrong field of its lines is refused at once; nothing is written', async () => {
    await expect(
      draft({ lines: [line({ quantity: '0' }), line({ unitPrice: '1.999', discountPercent: '101', productId: customerId })] }),
    ).rejects.toMatchObject({
      code: 'items-refused',
      errors: [
        { field: 'lines.0.quantity', code: 'quantity-invalid' },
        { field: 'lines.1.discountPercent', code: 'percent-invalid' },
        { field: 'lines.1.unitPrice', code: 'amount-too-precise' },
        { field: 'lines.1.productId', code: 'reference-unknown' },
      ],
    })
    expect((await listQuotes(ctx, viewer, {})).items).toEqual([])
  })

  test('two people who change it do not overwrite each other', async () => {
    const made = await draft()
    const both = await Promise.allSettled(
      ['A', 'B'].map((subject) => changeQuote(ctx, viewer, made.id, { subject, version: made.version })),
    )
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('its document says that it is none yet', async () => {
    const text = await textOf((await draft()).id)
    expect(text).toContain('Borrador')
    expect(text).toContain('Peñón <b>S.A.</b> & Hijos')
  })

  test('it does not leave without lines, after its validity, or without a mail account', async () => {
    const empty = await draft({ lines: [] })
    await expect(handOverQuote(ctx, viewer, empty.id, empty)).rejects.toMatchObject({ code: 'quote-empty' })
    const made = await draft({ validUntil: '2026-03-12' })
    ctx.at('2026-03-13T15:00:00Z')
    await expect(handOverQuote(ctx, viewer, made.id, made)).rejects.toMatchObject({ code: 'quote-expired', field: 'validUntil' })
    ctx.at('2026-03-12T15:00:00Z')
    await db().delete(mailAccounts)
    await expect(sendQuote(ctx, viewer, made.id, { toAddress: 'a@b.test', version: made.version })).rejects.toMatchObject({
      code: 'mail-account-missing',
    })
    expect(await stateOf(made.id)).toBe('draft')
  })
})

describe('a quote that left', () => {
  test('is sent once the mail server took it, with the document that is kept, and changes no more', async () => {
    const contact = await aContact(db(), { customerId, name: 'Zoe Compras', email: 'zoe@penon.test' })
    const made = await draft({ contactId: contact.id, terms: 'Pago a 30 días' })
    const sending = await sendQuote(ctx, viewer, made.id, { contactId: contact.id, message: 'Hola Zoe', version: made.version })
    expect(sending).toMatchObject({ state: 'sending', mails: [{ toAddress: 'zoe@penon.test', state: 'waiting' }] })
    await expect(acceptQuote(ctx, viewer, made.id, { version: sending.version })).rejects.toMatchObject({
      code: 'quote-not-sent',
    })
    expect((await listQuotes(ctx, viewer, { state: 'sending' })).items).toHaveLength(1)
    await sendCustomerMails(ctx)
    expect(await stateOf(made.id)).toBe('sent')
    expect((await listQuotes(ctx, viewer, { state: 'sent' })).items).toHaveLength(1)
    const mail = await PostalMime.parse(smtp.received.at(-1)?.raw ?? '')
    expect(mail.from?.address).toBe('ana@andina.test')
    expect(mail.text).toContain('Hola Zoe')
    const { pdf } = await downloadQuote(ctx, viewer, made.id)
    expect(mail.attachments[0]?.filename).toBe(`Cotización ${sending.label}.pdf`)
    expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer).equals(pdf)).toBe(true)
    const text = await textOf(made.id)
    for (const said of ['Andina', 'Zoe Compras', 'Cable', '43,13', 'Pago a 30 días', '10/04/2026']) expect(text).toContain(said)
    expect(text).not.toContain('Borrador')
    await expect(changeQuote(ctx, viewer, made.id, { subject: 'x', version: sending.version })).rejects.toMatchObject({
      code: 'quote-fixed',
    })
  })

  test('a mail that did not leave is sent again, and one of something else is not', async () => {
    const made = await draft()
    smtp.faults.rcpt = () => ({ code: 550, message: 'no such user' })
    const { mails } = await sendQuote(ctx, viewer, made.id, { toAddress: 'compras@penon.test', version: made.version })
    await sendCustomerMails(ctx)
    expect(await readQuote(db(), ctx, viewer, made.id)).toMatchObject({ state: 'sending', mails: [{ state: 'failed' }] })
    delete smtp.faults.rcpt
    await expect(resendQuote(ctx, viewer, made.id, { mailId: customerId })).rejects.toMatchObject({ code: 'not-found' })
    await resendQuote(ctx, viewer, made.id, { mailId: mails[0]?.id ?? '' })
    await sendCustomerMails(ctx)
    expect(await stateOf(made.id)).toBe('sent')
  })

  test('it expires by its day alone, and is accepted on a day of its validity', async () => {
    const sent = await send({ validUntil: '2026-03-12' })
    ctx.at('2026-03-13T04:59:00Z')
    expect(await stateOf(sent.id)).toBe('sent')
    ctx.at('2026-03-13T05:00:00Z')
    expect(await stateOf(sent.id)).toBe('expired')
    expect((await listQuotes(ctx, viewer, { state: 'expired' })).items).toHaveLength(1)
    await expect(acceptQuote(ctx, viewer, sent.id, sent)).rejects.toMatchObject({ code: 'quote-expired', field: 'on' })
    const accepted = await acceptQuote(ctx, viewer, sent.id, { on: '2026-03-12', version: sent.version })
    expect(accepted).toMatchObject({ state: 'accepted', decidedOn: '2026-03-12', decidedBy: { name: 'Ana Agente' } })
    await expect(reviseQuote(ctx, viewer, sent.id, accepted)).rejects.toMatchObject({ code: 'quote-not-open' })
    expect(await reopenQuote(ctx, viewer, sent.id, accepted)).toMatchObject({ state: 'expired', decidedOn: null })
  })

  test('what was taken back does not leave any more', async () => {
    const made = await draft()
    const sending = await sendQuote(ctx, viewer, made.id, { toAddress: 'compras@penon.test', version: made.version })
    await endQuote(ctx, viewer, made.id, 'withdrawn', { reason: 'Precio errado', version: sending.version })
    const before = smtp.received.length
    await sendCustomerMails(ctx)
    expect(smtp.received).toHaveLength(before)
    expect(await readQuote(db(), ctx, viewer, made.id)).toMatchObject({ state: 'withdrawn', mails: [{ state: 'skipped' }] })
  })

  test('a new version keeps its number and takes its place when it leaves, not before', async () => {
    const sent = await send()
    const next = await reviseQuote(ctx, viewer, sent.id, sent)
    expect(next).toMatchObject({ label: `${sent.label}-2`, state: 'draft', total: sent.total, previous: { id: sent.id } })
    expect(await readQuote(db(), ctx, viewer, sent.id)).toMatchObject({ state: 'sent', next: { id: next.id } })
    await expect(reviseQuote(ctx, viewer, sent.id, sent)).rejects.toMatchObject({ code: 'quote-has-draft' })
    await handOverQuote(ctx, viewer, next.id, next)
    expect(await stateOf(sent.id)).toBe('replaced')
    expect(await stateOf(next.id)).toBe('sent')
    // The sums count the offer once.
    const counted = async (state?: 'replaced') => (await totalQuotes(ctx, viewer, { q: sent.label, state })).items
    expect(await counted()).toEqual([{ currency: sent.currency, count: 1, total: sent.total }])
    expect(await counted('replaced')).toEqual([{ currency: sent.currency, count: 1, total: sent.total }])
  })

  test('one that was rejected is not opened again once its newer version has left', async () => {
    const sent = await send()
    const rejected = await endQuote(ctx, viewer, sent.id, 'rejected', { reason: 'Caro', version: sent.version })
    const next = await reviseQuote(ctx, viewer, sent.id, rejected)
    await handOverQuote(ctx, viewer, next.id, next)
    const now = await readQuote(db(), ctx, viewer, sent.id)
    expect(now.state).toBe('rejected')
    await expect(reopenQuote(ctx, viewer, sent.id, now)).rejects.toMatchObject({ code: 'quote-has-draft' })
    expect(await stateOf(sent.id)).toBe('rejected')
  })

  test('a version does not overtake what was accepted meanwhile', async () => {
    const sent = await send()
    const next = await reviseQuote(ctx, viewer, sent.id, sent)
    await acceptQuote(ctx, viewer, sent.id, sent)
    await expect(handOverQuote(ctx, viewer, next.id, next)).rejects.toMatchObject({ code: 'quote-not-open' })
  })
})

test('what leaves is what was seen: one that somebody changed meanwhile is not sent', async () => {
  const made = await draft()
  await changeQuote(ctx, viewer, made.id, { subject: 'Otro', version: made.version })
  const seen = { toAddress: 'compras@penon.test', version: made.version }
  await expect(sendQuote(ctx, viewer, made.id, seen)).rejects.toMatchObject({ code: 'changed-meanwhile' })
  expect(await stateOf(made.id)).toBe('draft')
})

test('deleting what left needs the permission; whoever deleted it, and level 1, restore it', async () => {
  const sent = await send()
  const other = { ...viewer, permissions: viewer.permissions.filter((each) => each !== 'delete-quotes') }
  await expect(removeQuote(ctx, other, sent.id)).rejects.toMatchObject({ code: 'not-allowed' })
  await removeQuote(ctx, other, (await draft()).id)
  await removeQuote(ctx, viewer, sent.id)
  await expect(readQuote(db(), ctx, viewer, sent.id)).rejects.toMatchObject({ code: 'not-found' })
  await expect(downloadQuote(ctx, viewer, sent.id)).rejects.toMatchObject({ code: 'not-found' })
  expect((await listQuotes(ctx, viewer, {})).items).toEqual([])
  expect((await listQuotes(ctx, viewer, { deleted: true })).items).toHaveLength(2)
  const colleague = await findViewerByUser(ctx, (await aUser(db(), { branchId: viewer.branchId, level: 2 })).id)
  if (!colleague) throw new Error('no colleague')
  await expect(restoreQuote(ctx, colleague, sent.id)).rejects.toMatchObject({ code: 'not-found' })
  await restoreQuote(ctx, viewer, sent.id)
  expect(await stateOf(sent.id)).toBe('sent')
  const actions = await db().select({ action: auditLog.action }).from(auditLog).where(eq(auditLog.entityId, sent.id))
  expect(actions.map(({ action }) => action).sort()).toEqual(['create', 'delete', 'restore', 'send'])
})

test('the list finds by number, subject and customer, and pages in every order', async () => {
  for (const [subject, unitPrice] of [
    ['Uno', '3'],
    ['Dos', '1'],
    ['Tres', '2'],
  ] as const)
    await draft({ subject, lines: [line({ unitPrice })] })
  const found = async (q: string) => (await listQuotes(ctx, viewer, { q })).items.map(({ subject }) => subject)
  expect(await found('dos')).toEqual(['Dos'])
  expect((await found('penon')).sort()).toEqual(['Dos', 'Tres', 'Uno'])
  const { items } = await listQuotes(ctx, viewer, { q: 'tres' })
  expect(await found(items[0]?.label ?? '')).toEqual(['Tres'])
  for (const [sort, subjects] of [
    ['-number', ['Tres', 'Dos', 'Uno']],
    ['total', ['Dos', 'Tres', 'Uno']],
    ['-total', ['Uno', 'Tres', 'Dos']],
  ] as const) {
    const paged: string[] = []
    for (let cursor: string | undefined; ; ) {
      const page: Awaited<ReturnType<typeof listQuotes>> = await listQuotes(ctx, viewer, { sort, limit: 1, cursor })
      paged.push(...page.items.map(({ subject }) => subject))
      if (page.nextCursor === null) break
      cursor = page.nextCursor
    }
    expect(paged).toEqual(subjects)
  }
})
