import { contactAttempts } from '@cartera/db/schema/customers'
import {
  followUpActivities,
  followUpAttachments,
  followUpDocuments,
  followUpObservations,
  followUpProgress,
} from '@cartera/db/schema/follow-ups'
import { customerMails } from '@cartera/db/schema/interactions'
import { mailboxMessages, noticeMessages } from '@cartera/db/schema/notices'
import { quotes } from '@cartera/db/schema/quotes'
import { disputes, promises, receivableExtensions } from '@cartera/db/schema/receivables'
import { renewalPurchases, renewals } from '@cartera/db/schema/renewals'
import {
  aCompany,
  aCustomer,
  aDepartment,
  aFollowUp,
  aFollowUpType,
  aNote,
  aProduct,
  aProfile,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { beforeAll, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { customerTimeline } from './customer-timeline.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let agent: Viewer
let finance: Viewer
let colleague: Viewer
let customerId = ''
const at = (day: number) => new Date(Date.UTC(2026, 1, day, 12))

beforeAll(async () => {
  await aCompany(db())
  const department = await aDepartment(db())
  const person = async (level: 1 | 4) => {
    const profile = await aProfile(db(), { level, permissions: [] })
    const user = await aUser(db(), { profileId: profile.id, departmentId: department.id })
    return (await findViewerByUser(ctx, user.id)) as Viewer
  }
  agent = await person(4)
  colleague = await person(4)
  finance = await person(1)
  customerId = (await aCustomer(db(), { collectionsAgentId: agent.userId })).id
  const type = await aFollowUpType(db())
  const [notice] = await db()
    .insert(noticeMessages)
    .values({
      customerId,
      senderId: agent.userId,
      kind: 'overdue',
      planOn: '2026-02-01',
      writtenOn: '2026-02-01',
      state: 'sent',
      sentAt: at(1),
      subject: 'Saldos vencidos',
      messageId: '<t1@x.example>',
    })
    .returning()
  await db().insert(noticeMessages).values({
    customerId,
    kind: 'overdue',
    planOn: '2026-02-20',
    writtenOn: '2026-02-20',
    state: 'held',
    messageId: '<t2@x.example>',
  })
  const came = {
    userId: agent.userId,
    customerId,
    noticeMessageId: notice?.id ?? null,
    fromAddress: 'a@b.example',
    subject: 'Re',
    body: 'Pago el lunes',
  }
  await db()
    .insert(mailboxMessages)
    .values([
      { ...came, kind: 'reply', messageId: '<r@x>', receivedAt: at(2) },
      {
        ...came,
        kind: 'bounce',
        messageId: '<b@x>',
        failedAddress: 'a@b.example',
        permanent: true,
        diagnostic: '550',
        receivedAt: at(3),
      },
    ])
  await aNote(db(), { customerId, authorId: agent.userId, body: 'Llamé', createdAt: at(4) })
  await aNote(db(), { customerId, authorId: colleague.userId, body: 'De otro', createdAt: at(5) })
  await aFollowUp(db(), { customerId, ownerId: agent.userId, typeId: type.id, subject: 'Volver a llamar', createdAt: at(6) })
  await db()
    .insert(promises)
    .values({
      customerId,
      promisedOn: '2026-02-07',
      dueOn: '2026-02-20',
      graceUntil: '2026-02-23',
      currency: 'USD',
      amountMinor: 12345n,
      recordedBy: agent.userId,
      createdAt: at(7),
    })
  await db()
    .insert(contactAttempts)
    .values({ customerId, channel: 'call', at: at(8), outcome: 'No contesta', recordedBy: agent.userId })
  const receivable = await aReceivable(db(), { customerId, number: 'F-77', dueOn: '2026-02-05' })
  await db()
    .insert(disputes)
    .values({
      receivableId: receivable.id,
      reason: 'Llegó tarde',
      openedAt: at(9),
      openedBy: agent.userId,
      result: 'not-valid',
      resolution: 'Firmó la entrega',
      endedAt: at(11),
      endedBy: finance.userId,
    })
  await db()
    .insert(receivableExtensions)
    .values({
      receivableId: receivable.id,
      number: 1,
      fromDueOn: '2026-02-05',
      toDueOn: '2026-03-05',
      reason: 'Acuerdo',
      grantedBy: finance.userId,
      createdAt: at(10),
    })
  // Of somebody else.
  const other = await aReceivable(db(), { customerId: (await aCustomer(db())).id })
  await db()
    .insert(disputes)
    .values({ receivableId: other.id, reason: 'De otro', openedAt: at(12) })
})

const kindsOf = async (viewer: Viewer, input: Parameters<typeof customerTimeline>[3] = {}) =>
  (await customerTimeline(ctx, viewer, customerId, input)).items.map(({ kind }) => kind)

test('the timeline has everything that happened, newest first, and nothing that has not left', async () => {
  const { items, nextCursor } = await customerTimeline(ctx, finance, customerId, {})
  expect(items.map(({ kind, detail, text }) => [kind, detail, text])).toEqual([
    ['dispute', 'not-valid', 'Firmó la entrega'],
    ['extension', null, 'Acuerdo'],
    ['dispute', 'opened', 'Llegó tarde'],
    ['contact', 'call', 'No contesta'],
    ['promise', 'open', null],
    ['follow-up', 'active', null],
    ['note', null, 'De otro'],
    ['note', null, 'Llamé'],
    ['bounce', 'permanent', '550'],
    ['reply', null, 'Pago el lunes'],
    ['notice', 'overdue', null],
  ])
  expect(items.map(({ title }) => title).slice(0, 3)).toEqual(['F-77', 'F-77', 'F-77'])
  expect(items[1]?.extension).toEqual({ fromDueOn: '2026-02-05', toDueOn: '2026-03-05' })
  expect(items[4]?.promise).toEqual({ amount: '123.45', currency: 'USD', dueOn: '2026-02-20' })
  expect(nextCursor).toBeNull()
})

test('each kind stays within its own scope: a colleague sees the customer, its promises, disputes and extensions, not what others wrote or sent', async () => {
  const ofCustomer = ['dispute', 'extension', 'dispute']
  expect(await kindsOf(agent)).toEqual([...ofCustomer, 'contact', 'promise', 'follow-up', 'note', 'bounce', 'reply', 'notice'])
  expect(await kindsOf(colleague)).toEqual([...ofCustomer, 'promise', 'note'])
})

test('a quote is told when it was written, when it left and what became of it, a renewal each time; to whom sees its owner alone', async () => {
  const customer = await aCustomer(db(), { collectionsAgentId: agent.userId })
  const row = {
    customerId: customer.id,
    ownerId: agent.userId,
    createdBy: agent.userId,
    currency: 'USD',
    language: 'es' as const,
    validUntil: '2026-03-01',
    netMinor: 100n,
    taxMinor: 15n,
    totalMinor: 115n,
  }
  const left = { issuedOn: '2026-02-02', issuedAt: at(2), issuedBy: agent.userId, pdf: Buffer.from('x') }
  const [mailed] = await db()
    .insert(quotes)
    .values([
      { ...row, ...left, subject: 'Por correo', state: 'issued', createdAt: at(1), number: 7, revision: 2 },
      { ...row, subject: 'Borrada', createdAt: at(1), deletedAt: at(2), number: 8 },
      {
        ...row,
        ...left,
        subject: 'En mano',
        state: 'rejected',
        byHand: true,
        decidedAt: at(5),
        decidedBy: finance.userId,
        decidedOn: '2026-02-05',
        reason: 'Caro',
        createdAt: new Date(at(1).getTime() + 1),
        number: 9,
      },
    ])
    .returning()
  const mail = { kind: 'quote' as const, customerId: customer.id, aboutId: mailed?.id ?? '', senderId: agent.userId }
  await db()
    .insert(customerMails)
    .values([
      { ...mail, toAddress: 'a@b.test', state: 'failed', messageId: '<q0@x>' },
      { ...mail, toAddress: 'a@b.test', state: 'sent', messageId: '<q1@x>', sentAt: at(4) },
    ])
  const product = await aProduct(db(), { name: 'Licencia' })
  const [renewal] = await db()
    .insert(renewals)
    .values({
      customerId: customer.id,
      productId: product.id,
      ownerId: agent.userId,
      everyMonths: 1,
      anchorDay: 6,
      nextOn: '2026-03-06',
      state: 'ended',
      endedAt: at(8),
      endedBy: agent.userId,
      endReason: 'Cambió de sistema',
    })
    .returning()
  await db()
    .insert(renewalPurchases)
    .values({
      renewalId: renewal?.id ?? '',
      dueOn: '2026-02-06',
      purchasedOn: '2026-02-06',
      nextOn: '2026-03-06',
      renewedBy: agent.userId,
      renewedAt: at(6),
    })
  const read = async (viewer: Viewer, input: Parameters<typeof customerTimeline>[3] = {}) =>
    customerTimeline(ctx, viewer, customer.id, input)
  const { items } = await read(agent)
  expect(items.map(({ kind, detail, title, text }) => [kind, detail, title, text])).toEqual([
    ['renewal', 'ended', 'Licencia', 'Cambió de sistema'],
    ['renewal', 'renewed', 'Licencia', null],
    ['quote', 'rejected', 'En mano · 000009', 'Caro'],
    ['quote', 'sent', 'Por correo · 000007-2', null],
    ['quote', 'sent', 'En mano · 000009', null],
    ['quote', 'written', 'En mano · 000009', null],
    ['quote', 'written', 'Por correo · 000007-2', null],
  ])
  expect(items[1]?.renewal).toEqual({ dueOn: '2026-02-06', nextOn: '2026-03-06' })
  expect(items[3]).toMatchObject({
    at: at(4).toISOString(),
    quoteId: mailed?.id,
    followUpId: null,
    quote: { amount: '1.15', currency: 'USD', validUntil: '2026-03-01' },
  })
  expect((await read(colleague)).items).toEqual([])
  expect((await read(finance, { kind: 'renewal' })).items).toHaveLength(2)
  const first = await read(agent, { limit: 4 })
  expect([...first.items, ...(await read(agent, { cursor: first.nextCursor ?? '' })).items]).toEqual(items)
})

test('pages follow each other without a gap or a double, and one kind can be asked for', async () => {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await customerTimeline(ctx, finance, customerId, { limit: 3, cursor })
    seen.push(...page.items.map(({ id }) => id))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  expect(new Set(seen).size).toBe(11)
  expect(seen).toHaveLength(11)
  expect(await kindsOf(finance, { kind: 'reply' })).toEqual(['reply'])
  expect(await kindsOf(finance, { kind: 'dispute' })).toEqual(['dispute', 'dispute'])
  expect(await kindsOf(finance, { kind: 'note' })).toEqual(['note', 'note'])
  await expect(customerTimeline(ctx, finance, customerId, { cursor: 'x' })).rejects.toMatchObject({ code: 'cursor-invalid' })
})

test('what was observed, done and made in a follow-up stands in the timeline with it, for whom sees the follow-up alone', async () => {
  const customer = await aCustomer(db(), { collectionsAgentId: agent.userId })
  const followUp = await aFollowUp(db(), {
    customerId: customer.id,
    ownerId: agent.userId,
    typeId: (await aFollowUpType(db())).id,
    subject: 'Cobro de mayo',
    createdAt: at(1),
  })
  // Who wrote is not who decides: the colleague wrote in the follow-up, which is the agent's.
  const by = { followUpId: followUp.id, createdAt: at(2) }
  const [observed] = await db()
    .insert(followUpObservations)
    .values({ ...by, body: 'Atiende por la tarde', observedAt: at(2), authorId: colleague.userId })
    .returning()
  const [activity] = await db().insert(followUpActivities).values({ name: 'No contestó', direction: 'setback' }).returning()
  await db()
    .insert(followUpProgress)
    .values({ ...by, activityId: activity?.id ?? '', comment: 'Dos veces', doneAt: at(3), doneBy: colleague.userId })
  const [template] = await db().insert(followUpDocuments).values({ name: 'Circular', title: 'Circular', body: 'x' }).returning()
  const [made] = await db()
    .insert(followUpAttachments)
    .values({
      ...by,
      documentId: template?.id ?? '',
      name: 'Circular 1.pdf',
      content: Buffer.from('x'),
      createdBy: agent.userId,
      createdAt: at(4),
    })
    .returning()
  const mail = {
    kind: 'follow-up-document' as const,
    customerId: customer.id,
    aboutId: made?.id ?? '',
    senderId: agent.userId,
    toAddress: 'ana@almacen.test',
  }
  await db()
    .insert(customerMails)
    .values([
      { ...mail, message: 'Le envío la circular', state: 'sent', messageId: '<m1@x>', sentAt: at(5) },
      { ...mail, state: 'failed', messageId: '<m2@x>' },
    ])
  const read = async (viewer: Viewer, kind?: 'observation' | 'progress' | 'follow-up-document') =>
    (await customerTimeline(ctx, viewer, customer.id, kind ? { kind } : {})).items
  const items = await read(agent)
  expect(items.map(({ kind, detail, title, text, address }) => [kind, detail, title, text, address])).toEqual([
    ['follow-up-document', 'sent', 'Circular 1.pdf', 'Le envío la circular', 'ana@almacen.test'],
    ['follow-up-document', 'made', 'Circular 1.pdf', null, null],
    ['progress', 'setback', 'No contestó', 'Dos veces', null],
    ['observation', null, null, 'Atiende por la tarde', null],
    ['follow-up', 'active', 'Cobro de mayo', null, null],
  ])
  for (const { followUpId, followUp: within, kind } of items)
    expect([followUpId, within]).toEqual([
      followUp.id,
      kind === 'follow-up' ? null : { number: followUp.number, subject: 'Cobro de mayo' },
    ])
  expect(items[3]).toMatchObject({ id: observed?.id, person: { id: colleague.userId } })
  expect(await read(colleague)).toEqual([])
  for (const kind of ['observation', 'progress', 'follow-up-document'] as const) {
    expect((await read(finance, kind)).map((each) => each.kind)).toEqual(kind === 'follow-up-document' ? [kind, kind] : [kind])
    expect(await read(colleague, kind)).toEqual([])
  }
  // The whole, three at a time, without a gap or a double.
  const first = await customerTimeline(ctx, agent, customer.id, { limit: 3 })
  const rest = await customerTimeline(ctx, agent, customer.id, { limit: 3, cursor: first.nextCursor ?? '' })
  expect([...first.items, ...rest.items]).toEqual(items)
})
