import { bankDetails, digestRecipients, noticeAlarms, staffMails } from '@cartera/db/schema/finance'
import { noticeItems, noticeMessages } from '@cartera/db/schema/notices'
import { company, mailAccounts, users } from '@cartera/db/schema/organisation'
import { aCompany, aCustomer, aMailAccount, aProfile, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { readyContactPolicies } from '@cartera/domain/notices/contact-policy'
import { eq, sql } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { beforeEach, describe, expect, test } from 'vitest'
import { read, utils } from 'xlsx'
import { findAlarms, listNoticeAlarms } from '../alarms/find-alarms.ts'
import { watchNotices, watchNoticesJob } from '../alarms/watch-notices.ts'
import {
  confirmBankDetails,
  findPaymentData,
  listBankDetails,
  proposeBankDetails,
  withdrawBankDetails,
} from '../bank-details/bank-details.ts'
import { planDigests } from '../digests/plan-digests.ts'
import { changeFinanceSettings, findFinanceSettings } from '../finance/finance-settings.ts'
import { findMailMaterial } from '../notices/notice-material.ts'
import { previewSampleNotice } from '../notices/preview-notice.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { testMailServer } from '../testing/test-mail-server.ts'
import { sendStaffMails, sendStaffMailsJob } from './send-staff-mails.ts'

const database = testDatabase()
const ctx = testContext(database)
const smtp = testMailServer()
const db = () => database.db

/** Wednesday in Bogotá, 10:00. */
const day = '2026-03-11'
let administratorId = ''
let readerId = ''

beforeEach(async () => {
  await db().execute(sql`truncate company, finance_settings, digest_recipients, staff_mails, notice_alarms, bank_details, notice_workers,
    notice_rules, notice_messages, mailbox_messages, receivables, documents, customers, users, mail_accounts, access_profiles, audit_log cascade`)
  ctx.at(`${day}T15:00:00Z`)
  administratorId = (await aUser(db(), { name: 'Ana Administra' })).id
  await aCompany(db(), { noticeActive: true, administratorId })
  await aMailAccount(db(), { userId: administratorId, port: smtp.port, address: 'avisos@andina.test', displayName: 'Andina' })
  readerId = (await aUser(db(), { name: 'Flor Finanzas', email: 'flor@andina.test' })).id
  await db().insert(digestRecipients).values({ userId: readerId })
})

const viewerOf = async (id: string) => {
  const viewer = await findViewerByUser(ctx, id)
  if (!viewer) throw new Error('no viewer')
  return viewer
}
const mails = () => db().select().from(staffMails).orderBy(staffMails.id)
const states = async () => (await mails()).map((mail) => mail.state)

async function aNotice(over: Partial<typeof noticeMessages.$inferInsert> & { customerName?: string; agentId?: string } = {}) {
  const { customerName, agentId, ...fields } = over
  const customer = await aCustomer(db(), {
    ...(customerName === undefined ? {} : { name: customerName }),
    collectionsAgentId: agentId ?? administratorId,
  })
  const receivable = await aReceivable(db(), {
    customerId: customer.id,
    dueOn: '2026-03-04',
    balanceMinor: 5594n,
    amountMinor: 5594n,
  })
  const [message] = await db()
    .insert(noticeMessages)
    .values({
      customerId: customer.id,
      kind: 'overdue',
      planOn: day,
      writtenOn: day,
      state: 'planned',
      messageId: `<${customer.id}@andina.test>`,
      createdAt: ctx.now(),
      updatedAt: ctx.now(),
      ...fields,
    })
    .returning()
  if (!message) throw new Error('no message')
  const { rows } = await database.pool.query<{ id: string }>("select id from notice_rules where kind = 'overdue'")
  await db()
    .insert(noticeItems)
    .values({
      messageId: message.id,
      receivableId: receivable.id,
      ruleId: rows[0]?.id ?? '',
      ruleVersion: 1,
      dueOn: '2026-03-04',
      maturesOn: day,
      balanceMinor: 5594n,
      currency: 'USD',
    })
  return message
}

describe('the daily digest', () => {
  test('reaches its reader once a day, with figures, reasons and an Excel file, however often and by however many it is asked for', async () => {
    await aNotice({
      state: 'sent',
      sentAt: new Date('2026-03-10T20:00:00Z'),
      customerName: 'Enviada S. A.',
      smtpResponse: '250 OK',
    })
    await aNotice({ state: 'sent', sentAt: new Date('2026-03-09T20:00:00Z'), customerName: 'Anteayer' })
    await aNotice({ state: 'held', reason: 'review', customerName: '=Retenida()' })
    await aNotice({ state: 'uncertain', reason: 'reply-lost', customerName: 'Incierta' })
    await aNotice({ customerName: 'De hoy' })
    await Promise.all([planDigests(ctx), planDigests(ctx), planDigests(ctx)])
    await Promise.all([sendStaffMails(ctx), sendStaffMails(ctx), sendStaffMails(ctx)])
    await sendStaffMailsJob.perform(ctx, {})
    await sendStaffMailsJob.perform(ctx, {})
    expect(smtp.received).toHaveLength(1)
    expect(smtp.received[0]?.to).toEqual(['flor@andina.test'])
    const mail = await PostalMime.parse(smtp.received[0]?.raw ?? Buffer.alloc(0))
    expect(mail.from?.address).toBe('avisos@andina.test')
    expect(mail.subject).toBe('Avisos del 11 de marzo de 2026: 1 enviados, 1 retenidos, 0 fallidos')
    expect(mail.text).toContain('Enviados: 1 · USD 55,94')
    expect(mail.text).toContain('Espera revisión')
    expect(mail.html).not.toContain('Anteayer')
    const [attachment] = mail.attachments
    expect(attachment?.filename).toBe(`avisos-${day}.xlsx`)
    const book = read(attachment?.content)
    expect(book.SheetNames).toEqual(['Enviados', 'Retenidos', 'Fallidos', 'Inciertos', 'Por salir hoy', 'Devueltos'])
    const held = utils.sheet_to_json<Record<string, unknown>>(book.Sheets.Retenidos ?? {})
    expect(held).toMatchObject([{ Cliente: '=Retenida()', Motivo: 'Espera revisión', Total: 55.94, Moneda: 'USD' }])
    expect(utils.sheet_to_json(book.Sheets.Enviados ?? {})).toMatchObject([{ Cliente: 'Enviada S. A.' }])
    expect(await states()).toEqual(['sent'])
  })

  test('waits for its hour of the company, is made anew for the next day, and not at all when switched off', async () => {
    await aNotice({ state: 'held', reason: 'review' })
    ctx.at(`${day}T12:29:00Z`)
    expect(await planDigests(ctx)).toBe(0)
    ctx.at(`${day}T12:30:00Z`)
    expect(await planDigests(ctx)).toBe(1)
    ctx.at('2026-03-12T03:00:00Z')
    expect(await planDigests(ctx)).toBe(0)
    ctx.at('2026-03-12T12:30:00Z')
    expect(await planDigests(ctx)).toBe(1)
    const settings = await findFinanceSettings(ctx, await viewerOf(administratorId))
    await changeFinanceSettings(ctx, await viewerOf(administratorId), {
      ...settings,
      digestOn: false,
      recipientIds: [readerId],
    })
    ctx.at('2026-03-13T15:00:00Z')
    expect(await planDigests(ctx)).toBe(0)
  })

  test('shows each reader their own reach, in their own language, and goes to nobody who may no longer see notices', async () => {
    const narrow = await aUser(db(), { level: 4, customerLevel: 4, email: 'narrow@andina.test', language: 'en' })
    const blind = await aUser(db(), { permissions: [] })
    const gone = await aUser(db(), { active: false })
    await db()
      .insert(digestRecipients)
      .values([{ userId: narrow.id }, { userId: blind.id }, { userId: gone.id }])
    await aNotice({ state: 'held', reason: 'review', customerName: 'Ajena' })
    await aNotice({ state: 'held', reason: 'review', customerName: 'Propia', agentId: narrow.id })
    expect(await planDigests(ctx)).toBe(2)
    await sendStaffMails(ctx)
    const narrowMail = smtp.received.find((mail) => mail.to.includes('narrow@andina.test'))
    const mail = await PostalMime.parse(narrowMail?.raw ?? Buffer.alloc(0))
    expect(mail.subject).toBe('Notices of March 11, 2026: 0 sent, 1 held, 0 failed')
    const rows = utils.sheet_to_json<Record<string, unknown>>(read(mail.attachments[0]?.content).Sheets.Held ?? {})
    expect(rows.map((row) => row.Customer)).toEqual(['Propia'])
    // The permission taken away between plan and sending counts too.
    ctx.at('2026-03-12T15:00:00Z')
    await planDigests(ctx)
    await db()
      .update(users)
      .set({ profileId: (await aProfile(db(), { permissions: [] })).id })
    smtp.received.length = 0
    await sendStaffMails(ctx)
    expect(smtp.received).toEqual([])
  })

  test('of a day without business and without news is not sent', async () => {
    ctx.at('2026-03-14T15:00:00Z')
    await planDigests(ctx)
    await sendStaffMails(ctx)
    expect(smtp.received).toEqual([])
    expect(await states()).toEqual(['skipped'])
  })

  test('stays one when the worker dies: before the dot it is sent by the next, after it it stays uncertain and is never sent again', async () => {
    await aNotice({ state: 'held', reason: 'review' })
    await planDigests(ctx)
    const died = (state: 'claimed' | 'dispatching') =>
      db()
        .update(staffMails)
        .set({ state, claimToken: crypto.randomUUID(), leaseUntil: sql`statement_timestamp() - interval '1 second'` })
    await died('claimed')
    await sendStaffMails(ctx)
    expect(smtp.received).toHaveLength(1)
    expect(await states()).toEqual(['sent'])
    await died('dispatching')
    await sendStaffMails(ctx)
    await sendStaffMails(ctx)
    expect(smtp.received).toHaveLength(1)
    expect(await states()).toEqual(['uncertain'])
  })

  test('whose answer is lost after the dot is uncertain, not repeated', async () => {
    await aNotice({ state: 'held', reason: 'review' })
    await planDigests(ctx)
    smtp.faults.dropAfterDot = 'written'
    await sendStaffMails(ctx)
    Reflect.deleteProperty(smtp.faults, 'dropAfterDot')
    await sendStaffMails(ctx)
    expect(smtp.received).toHaveLength(1)
    expect(await states()).toEqual(['uncertain'])
  })

  test('waits for a usable account, tries again after a temporary no, and fails on a permanent one', async () => {
    await planDigests(ctx)
    await db().update(mailAccounts).set({ state: 'unverified' })
    await sendStaffMails(ctx)
    expect(await mails()).toMatchObject([{ state: 'waiting', response: 'no-account', attempt: 0 }])
    await db().update(mailAccounts).set({ state: 'verified' })
    const dueNow = () => db().update(staffMails).set({ nextAttemptAt: sql`statement_timestamp()` })
    await dueNow()
    smtp.faults.rcpt = () => ({ code: 450, message: 'later' })
    await sendStaffMails(ctx)
    expect(await mails()).toMatchObject([{ state: 'waiting', attempt: 1 }])
    await dueNow()
    smtp.faults.rcpt = () => ({ code: 550, message: 'no such user' })
    await sendStaffMails(ctx)
    expect(await mails()).toMatchObject([{ state: 'failed' }])
    expect(smtp.received).toEqual([])
  })
})

describe('alarms', () => {
  const early = new Date(`${day}T13:30:00Z`)

  test('ring when nothing leaves, are mailed once, show without a worker, and close by themselves', async () => {
    const message = await aNotice({ createdAt: early, updatedAt: early })
    const found = (await findAlarms(db(), ctx)).map((alarm) => alarm.kind)
    expect(found).toContain('nothing-sent')
    await watchNoticesJob.perform(ctx, {})
    await watchNoticesJob.perform(ctx, {})
    await Promise.all([watchNotices(ctx), watchNotices(ctx)])
    await sendStaffMails(ctx)
    const open = await db().select().from(noticeAlarms)
    expect(open.filter((alarm) => alarm.kind === 'nothing-sent')).toHaveLength(1)
    expect(smtp.received).toHaveLength(open.length)
    const subjects = await Promise.all(smtp.received.map(async (mail) => (await PostalMime.parse(mail.raw)).subject))
    expect(subjects).toContain('Alarma de avisos: No está saliendo nada')
    await db().update(noticeMessages).set({ state: 'sent', sentAt: ctx.now() }).where(eq(noticeMessages.id, message.id))
    await watchNotices(ctx)
    expect(await findAlarms(db(), ctx)).toEqual([])
    expect((await db().select().from(noticeAlarms)).filter((alarm) => alarm.closedAt === null)).toEqual([])
  })

  test('do not ring for what waits for an hour to come, and not while the contact policy is closed', async () => {
    ctx.at(`${day}T18:00:00Z`)
    const kinds = async () => (await findAlarms(db(), ctx)).map((alarm) => alarm.kind)
    const message = await aNotice({ createdAt: early, updatedAt: early })
    expect(await kinds()).toContain('nothing-sent')
    await db()
      .update(noticeMessages)
      .set({ nextAttemptAt: new Date(Date.now() + 3_600_000) })
      .where(eq(noticeMessages.id, message.id))
    expect(await kinds()).not.toContain('nothing-sent')
    await db().update(noticeMessages).set({ nextAttemptAt: null }).where(eq(noticeMessages.id, message.id))
    const hours = [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '06:00', until: '07:00' }))
    await db()
      .update(company)
      .set({ contactPolicy: { ...readyContactPolicies.b2b, hours } })
    expect(await kinds()).not.toContain('nothing-sent')
  })

  test('of an account that the server refused name it to whom sees its user, and one paused by hand does not ring', async () => {
    const agent = await aUser(db(), { name: 'Carlos Cobra' })
    await aMailAccount(db(), { userId: agent.id, state: 'paused' })
    const byHand = await aUser(db())
    await aMailAccount(db(), { userId: byHand.id, state: 'paused', pausedBy: administratorId })
    await aCustomer(db(), { collectionsAgentId: agent.id })
    await aCustomer(db(), { collectionsAgentId: byHand.id })
    const seen = async (id: string) => (await listNoticeAlarms(ctx, await viewerOf(id))).items
    expect(await seen(administratorId)).toMatchObject([{ kind: 'account-paused', user: { name: 'Carlos Cobra' }, held: 0 }])
    const elsewhere = await aUser(db(), { level: 4, customerLevel: 4 })
    expect(await seen(elsewhere.id)).toEqual([])
    await expect(listNoticeAlarms(ctx, await viewerOf((await aUser(db(), { permissions: [] })).id))).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })

  test('give figures only to whom sees the whole company', async () => {
    await aNotice({ createdAt: early, updatedAt: early })
    const narrow = await aUser(db(), { level: 4, customerLevel: 4 })
    expect(
      (await listNoticeAlarms(ctx, await viewerOf(administratorId))).items.find((one) => one.kind === 'nothing-sent')?.waiting,
    ).toBe(1)
    expect(
      (await listNoticeAlarms(ctx, await viewerOf(narrow.id))).items.find((one) => one.kind === 'nothing-sent')?.waiting,
    ).toBeNull()
  })

  test('about a worker that went silent or may not send ring, and outside the hours nothing else does', async () => {
    ctx.at(`${day}T08:00:00Z`)
    await aNotice({ createdAt: new Date(`${day}T05:00:00Z`), updatedAt: new Date(`${day}T05:00:00Z`) })
    const beat = (minutesAgo: number, state: string, reason: string | null) =>
      database.pool.query(
        `insert into notice_workers (id, host, state, reason, started_at, seen_at) values (gen_random_uuid(), 'a', $2, $3, $1, $1)`,
        [new Date(ctx.now().getTime() - minutesAgo * 60_000), state, reason],
      )
    await beat(60, 'sending', null)
    const kinds = async () => (await findAlarms(db(), ctx)).map((alarm) => alarm.kind)
    expect(await kinds()).toEqual(['worker-silent'])
    await beat(0, 'blocked', 'epoch-missing')
    expect(await kinds()).toEqual(['worker-blocked'])
    await beat(0, 'sending', null)
    expect(await kinds()).toEqual([])
  })
})

describe('bank details', () => {
  const account = {
    bank: 'Banco Azul',
    holder: 'Comercial Andina',
    kind: 'iban' as const,
    number: 'es91 2100 0418 4502 0005 1332',
    currency: 'EUR',
  }

  test('are in force only when a second person has confirmed them; both see the news, and the history stays', async () => {
    const [ana, flor] = [await viewerOf(administratorId), await viewerOf(readerId)]
    await proposeBankDetails(ctx, ana, { accounts: [account], reason: 'Cambio de banco' })
    expect((await findPaymentData(db())).accounts).toEqual([])
    const [proposal] = (await listBankDetails(ctx, ana)).items
    if (!proposal) throw new Error('no proposal')
    expect(proposal).toMatchObject({
      state: 'proposed',
      mayConfirm: false,
      accounts: [{ shown: 'ES91 2100 0418 4502 0005 1332' }],
    })
    await expect(confirmBankDetails(ctx, ana, proposal.id)).rejects.toMatchObject({ code: 'second-person-needed' })
    await expect(proposeBankDetails(ctx, flor, { accounts: [] })).rejects.toMatchObject({ code: 'proposal-waiting' })
    expect((await listBankDetails(ctx, flor)).items[0]?.mayConfirm).toBe(true)
    const outcomes = await Promise.allSettled([
      confirmBankDetails(ctx, flor, proposal.id),
      confirmBankDetails(ctx, flor, proposal.id),
    ])
    expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((await findPaymentData(db())).accounts).toMatchObject([{ number: 'ES9121000418450200051332' }])

    await proposeBankDetails(ctx, flor, { accounts: [] })
    const [second] = (await listBankDetails(ctx, ana)).items
    expect((await findPaymentData(db())).accounts).toHaveLength(1)
    await confirmBankDetails(ctx, ana, second?.id ?? '')
    expect((await findPaymentData(db())).accounts).toEqual([])
    expect((await listBankDetails(ctx, ana)).items.map((item) => item.state)).toEqual(['confirmed', 'replaced'])

    await sendStaffMails(ctx)
    expect(smtp.received).toHaveLength(8)
    const first = await PostalMime.parse(smtp.received[0]?.raw ?? Buffer.alloc(0))
    expect(first.text).toContain('ES91 2100 0418 4502 0005 1332')
    const { rows } = await database.pool.query("select action from audit_log where entity = 'bank-details' order by at, action")
    expect(rows.map((row) => row.action)).toEqual(['change', 'change', 'create', 'create'])
  })

  test('cannot be confirmed by who proposed them, not even past the use case', async () => {
    const write = db().insert(bankDetails).values({
      accounts: [],
      state: 'confirmed',
      proposedBy: administratorId,
      proposedAt: ctx.now(),
      decidedBy: administratorId,
      decidedAt: ctx.now(),
    })
    await expect(write).rejects.toMatchObject({ cause: { constraint: 'bank_details_two_people' } })
  })

  test('refuse what is no account, say every fault at its field, and need the permission', async () => {
    const ana = await viewerOf(administratorId)
    const propose = proposeBankDetails(ctx, ana, {
      accounts: [{ ...account, number: 'ES9121000418450200051333' }, { ...account, currency: 'XXX' }, account, account],
    })
    await expect(propose).rejects.toMatchObject({
      code: 'items-refused',
      errors: [
        { field: 'accounts.0.number', code: 'account-number-invalid' },
        { field: 'accounts.1.currency', code: 'currency-unknown' },
        { field: 'accounts.3.number', code: 'duplicate-in-request' },
      ],
    })
    const nobody = await viewerOf((await aUser(db(), { permissions: [] })).id)
    await expect(proposeBankDetails(ctx, nobody, { accounts: [] })).rejects.toMatchObject({ code: 'not-allowed' })
    await expect(listBankDetails(ctx, nobody)).rejects.toMatchObject({ code: 'not-allowed' })
  })

  test('taken back before they are told are not told, and cannot be confirmed any more', async () => {
    const [ana, flor] = [await viewerOf(administratorId), await viewerOf(readerId)]
    const [proposal] = (await proposeBankDetails(ctx, ana, { accounts: [account] })).items
    await withdrawBankDetails(ctx, ana, proposal?.id ?? '', { reason: 'Me equivoqué' })
    await expect(confirmBankDetails(ctx, flor, proposal?.id ?? '')).rejects.toMatchObject({ code: 'proposal-decided' })
    await sendStaffMails(ctx)
    expect(smtp.received).toEqual([])
  })
})

test('finance settings take only people who may see notices, and refuse a version that is not the last', async () => {
  const viewer = await viewerOf(administratorId)
  const { recipients: _, lastMails: __, ...settings } = await findFinanceSettings(ctx, viewer)
  const blind = await aUser(db(), { permissions: [] })
  const change = (over: object) => changeFinanceSettings(ctx, viewer, { ...settings, recipientIds: [readerId], ...over })
  await expect(change({ recipientIds: [blind.id] })).rejects.toMatchObject({ code: 'reference-unknown', field: 'recipientIds' })
  expect(await change({ digestAt: '18:00', recipientIds: [administratorId] })).toMatchObject({
    digestAt: '18:00',
    recipients: [{ id: administratorId, reads: true }],
    version: 2,
  })
  await expect(change({})).rejects.toMatchObject({ code: 'changed-meanwhile' })
  expect(await db().select().from(company)).toHaveLength(1)
})

test('texts get the confirmed accounts alone, a line each, and nothing brings markup or lines of its own along', async () => {
  const [ana, flor] = [await viewerOf(administratorId), await viewerOf(readerId)]
  const account = {
    bank: 'Banco\nAzul',
    holder: '<b>Andina</b>',
    kind: 'clabe' as const,
    number: '032180000118359719',
    currency: 'MXN',
  }
  const customer = await aCustomer(db())
  const said = async () => (await findMailMaterial(db(), customer.id)).payment.accounts
  const [proposal] = (await proposeBankDetails(ctx, ana, { accounts: [account] })).items
  expect(await said()).toEqual([])
  await confirmBankDetails(ctx, flor, proposal?.id ?? '')
  expect(await said()).toEqual(['Banco\nAzul · MXN · CLABE 032180000118359719 · <b>Andina</b>'])
  const preview = await previewSampleNotice(ctx, ana, {
    kind: 'overdue',
    subject: 'x',
    body: 'Pague aquí:\n{{ company.bankDetails }}',
  })
  expect(preview.text).toContain('Banco Azul · MXN · CLABE 032180000118359719 · <b>Andina</b>')
  expect(preview.html).toContain('&lt;b&gt;Andina&lt;/b&gt;')
})
