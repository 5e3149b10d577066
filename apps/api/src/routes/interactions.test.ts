import { contacts, customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { interactions, products } from '@cartera/db/schema/interactions'
import { mailAccounts, users } from '@cartera/db/schema/organisation'
import {
  aBranch,
  aCompany,
  aContact,
  aCustomer,
  aDepartment,
  aFollowUpType,
  aMailAccount,
  anInteraction,
  anInteractionTopic,
  aProduct,
  aUser,
} from '@cartera/db/testing/builders'
import { sendCustomerMails } from '@cartera/use-cases/customer-mails/customer-mails'
import { addPortalMessage } from '@cartera/use-cases/interactions/portal-conversation'
import { readPdfPages } from '@cartera/use-cases/testing/read-pdf'
import { testMailServer } from '@cartera/use-cases/testing/test-mail-server'
import { eq } from 'drizzle-orm'
import { strFromU8, unzipSync } from 'fflate'
import PostalMime from 'postal-mime'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { exportedList } from '../testing/exported-list.ts'
import { bytes, testApi } from '../testing/test-api.ts'

const api = testApi()
const smtp = testMailServer()
const db = () => api.database.db

type Person = Awaited<ReturnType<typeof api.signedIn>>
let topicId: string
let typeId: string
let place: { branchId: string; departmentId: string }
let agent: Person
let seller: { id: string; name: string }

beforeAll(async () => {
  api.ctx.at('2026-09-10T15:00:00Z')
  // Santiago: the clocks go from 24:00 to 01:00 on Saturday 5 September 2026.
  await aCompany(db(), { timeZone: 'America/Santiago' })
  topicId = (await anInteractionTopic(db(), { name: 'Cobranza' })).id
  typeId = (await aFollowUpType(db())).id
  place = { branchId: (await aBranch(db())).id, departmentId: (await aDepartment(db())).id }
  seller = await aUser(db(), { name: 'Mateo Arias' })
  agent = await api.signedIn({ ...place, level: 3, name: 'Lucía Ferrer', permissions: [] })
})
beforeEach(() => {
  api.ctx.at('2026-09-10T15:00:00Z')
})

const a = (person: Person) => ({
  post: (url: string, body: object = {}) => api.request().post(`/api/v1${url}`).set(person.headers).send(body),
  // Deeds without a body take none.
  deed: (url: string) => api.request().post(`/api/v1${url}`).set(person.headers),
  get: (url: string) => api.request().get(`/api/v1${url}`).set(person.headers),
  patch: (url: string, body: object) => api.request().patch(`/api/v1${url}`).set(person.headers).send(body),
  remove: (url: string) => api.request().delete(`/api/v1${url}`).set(person.headers),
})
const entry = { kind: 'outgoing', body: 'Le recordé la factura.' }
const aClient = (over: Partial<typeof customers.$inferInsert> = {}) =>
  aCustomer(db(), { preferredAgentId: seller.id, contactPerson: 'Rosa Pardo', phone: '601 555 1000', ...over })
const record = async (over: object = {}, person = agent) =>
  (
    await a(person)
      .post('/interactions', { customerId: (await aClient()).id, topicId, entries: [entry], ...over })
      .expect(201)
  ).body
const refused = (answer: { body: { code: string; errors?: { field: string; code: string }[] } }) => [
  answer.body.code,
  answer.body.errors?.map((each) => [each.field, each.code]) ?? [],
]

describe('recording an interaction', () => {
  test('fills in what is not said: now, the person and address of the customer, their salesperson, the name of who writes', async () => {
    const customer = await aClient({ email: 'pagos@cliente.test' })
    const made = await record({ customerId: customer.id })
    expect(made).toMatchObject({
      customer: { id: customer.id, code: customer.code },
      topic: { name: 'Cobranza' },
      owner: { id: agent.user.id },
      state: 'open',
      source: 'agent',
      happenedAt: '2026-09-10T15:00:00.000Z',
      contact: null,
      contactName: 'Rosa Pardo',
      contactPhone: '601 555 1000',
      contactEmail: 'pagos@cliente.test',
      salesperson: { id: seller.id, name: 'Mateo Arias' },
      followUps: [],
      unansweredSince: null,
      version: 1,
    })
    expect(made.entries).toMatchObject([
      { kind: 'outgoing', entryName: 'Lucía Ferrer', body: entry.body, author: { id: agent.user.id }, mails: [] },
    ])
    expect((await a(agent).get(`/interactions/${made.id}`).expect(200)).body).toEqual(made)
  })

  test('keeps every field as it was given, on the clock of the company', async () => {
    const customer = await aClient()
    const contact = await aContact(db(), {
      customerId: customer.id,
      name: 'Ana',
      phone: null,
      mobile: '300',
      email: 'ana@x.test',
    })
    const product = await aProduct(db())
    const made = await record({
      customerId: customer.id,
      happenedOn: '2026-09-09',
      happenedTime: '09:30',
      contactId: contact.id,
      salesContact: 'Compras',
      salespersonId: null,
      reference: '=HYPERLINK("x") <b>OC 12</b>',
      productIds: [product.id, product.id],
      entries: [
        { kind: 'incoming', body: 'Pagará el viernes', entryName: ' Ana ' },
        { kind: 'internal', body: 'No le fíe más' },
      ],
    })
    expect(made).toMatchObject({
      happenedAt: '2026-09-09T12:30:00.000Z',
      contact: { id: contact.id },
      contactName: 'Ana',
      contactPhone: '300',
      contactEmail: 'ana@x.test',
      salesContact: 'Compras',
      salesperson: null,
      reference: '=HYPERLINK("x") <b>OC 12</b>',
      products: [{ id: product.id, code: product.code, name: product.name }],
      entryCount: 2,
      lastEntry: { kind: 'internal', entryName: 'Lucía Ferrer' },
    })
    expect(made.entries.map((each: { kind: string; entryName: string }) => [each.kind, each.entryName])).toEqual([
      ['incoming', 'Ana'],
      ['internal', 'Lucía Ferrer'],
    ])
  })

  test('name, phone and e-mail are changed for this record only: customer and contact stay untouched', async () => {
    const customer = await aClient()
    const contact = await aContact(db(), { customerId: customer.id, name: 'Ana', phone: '1', email: 'ana@x.test' })
    const made = await record({
      customerId: customer.id,
      contactId: contact.id,
      contactName: 'Ana María',
      contactPhone: '2',
      contactEmail: null,
    })
    expect(made).toMatchObject({ contactName: 'Ana María', contactPhone: '2', contactEmail: null })
    const changed = await a(agent)
      .patch(`/interactions/${made.id}`, { contactName: 'Otra', contactPhone: '3', contactEmail: 'otra@x.test', version: 1 })
      .expect(200)
    expect(changed.body).toMatchObject({ contactName: 'Otra', contactPhone: '3', contactEmail: 'otra@x.test', version: 2 })
    expect((await db().select().from(contacts).where(eq(contacts.id, contact.id)))[0]).toEqual(contact)
    expect((await db().select().from(customers).where(eq(customers.id, customer.id)))[0]).toEqual(customer)
  })

  test('opens the follow-up of its date in the same step, or nothing at all', async () => {
    const customer = await aClient()
    const followUp = { typeId, time: '09:00', subject: 'Confirmar el pago' }
    const made = await record({ customerId: customer.id, followUpOn: '2026-09-14', followUp })
    expect(made).toMatchObject({
      followUpOn: '2026-09-14',
      followUps: [{ subject: 'Confirmar el pago', state: 'active', dueAt: '2026-09-14T12:00:00.000Z' }],
    })
    const [opened] = await db().select().from(followUps).where(eq(followUps.id, made.followUps[0].id))
    expect(opened).toMatchObject({ customerId: customer.id, ownerId: agent.user.id, dueAt: new Date('2026-09-14T12:00:00Z') })

    const before = (await db().select().from(interactions)).length
    const beforeFollowUps = (await db().select().from(followUps)).length
    const send = (over: object) =>
      a(agent).post('/interactions', { customerId: customer.id, topicId, entries: [entry], followUpOn: '2026-09-14', ...over })
    const unknown = '00000000-0000-7000-8000-000000000000'
    expect(refused(await send({ followUp: { ...followUp, typeId: unknown } }).expect(422))).toEqual([
      'reference-unknown',
      [['followUp.typeId', 'reference-unknown']],
    ])
    expect(refused(await send({ followUp, followUpOn: null }).expect(422))).toEqual([
      'value-missing',
      [['followUpOn', 'value-missing']],
    ])
    // Fails after the follow-up was written: neither stays.
    expect(refused(await send({ followUp, productIds: [unknown] }).expect(422))).toEqual([
      'reference-unknown',
      [['productIds', 'reference-unknown']],
    ])
    expect((await db().select().from(interactions)).length).toBe(before)
    expect((await db().select().from(followUps)).length).toBe(beforeFollowUps)
  })

  test.each([
    [
      'a time that the clocks skip',
      { happenedOn: '2026-09-06', happenedTime: '00:30' },
      'happenedTime',
      'due-time-does-not-exist',
    ],
    ['the future', { happenedOn: '2026-09-11', happenedTime: '09:00' }, 'happenedOn', 'instant-in-future'],
    ['a follow-up day that has passed', { followUpOn: '2026-09-09' }, 'followUpOn', 'day-in-past'],
    ['a follow-up day in another century', { followUpOn: '2126-09-09' }, 'followUpOn', 'day-too-far'],
    [
      'a follow-up time that the clocks skip',
      { followUpOn: '2027-09-05', followUp: { typeId: 'TYPE', time: '00:30', subject: 'x' } },
      'followUp.time',
      'due-time-does-not-exist',
    ],
  ])('%s is refused at its field', async (_, over, field, code) => {
    const body = JSON.parse(JSON.stringify(over).replace('TYPE', typeId)) as object
    const answer = await a(agent).post('/interactions', { customerId: (await aClient()).id, topicId, entries: [entry], ...body })
    expect([answer.status, ...refused(answer)]).toEqual([422, code, [[field, code]]])
  })

  test('what is not text, too much of it or of another customer is refused, and nothing is written', async () => {
    const customer = await aClient()
    const before = (await db().select().from(interactions)).length
    const send = (over: object) => a(agent).post('/interactions', { customerId: customer.id, topicId, entries: [entry], ...over })
    for (const over of [
      { entries: [] },
      { entries: [{ kind: 'outgoing', body: '   ' }] },
      { entries: [{ kind: 'outgoing', body: 'x'.repeat(10_001) }] },
      { entries: [{ kind: 'secret', body: 'x' }] },
      { entries: [{ ...entry, mailTo: 'a@b.test, c@d.test' }] },
      { entries: Array.from({ length: 21 }, () => entry) },
      { contactEmail: 'no es correo' },
      { productIds: Array.from({ length: 51 }, () => topicId) },
      { happenedTime: '24:00' },
      { happenedOn: '2026-02-30' },
      { number: 7 },
    ])
      await send(over).expect(400)
    const foreign = await aContact(db())
    const switchedOff = await anInteractionTopic(db(), { active: false })
    const gone = await aUser(db(), { active: false })
    const oldProduct = await aProduct(db(), { active: false })
    for (const [over, field] of [
      [{ contactId: foreign.id }, 'contactId'],
      [{ topicId: switchedOff.id }, 'topicId'],
      [{ salespersonId: gone.id }, 'salespersonId'],
      [{ ownerId: seller.id }, 'ownerId'],
      [{ productIds: [oldProduct.id] }, 'productIds'],
    ] as const)
      expect(refused(await send(over).expect(422))).toEqual(['reference-unknown', [[field, 'reference-unknown']]])
    expect((await db().select().from(interactions)).length).toBe(before)
  })
})

describe('going on with an interaction', () => {
  test('entries are added in order and stay as they were written; the list shows the newest', async () => {
    const made = await record()
    api.ctx.at('2026-09-10T15:10:00Z')
    const added = await a(agent)
      .post(`/interactions/${made.id}/entries`, {
        kind: 'incoming',
        body: '  Ya  pagó\n<script>x</script> ',
        entryName: 'Álvaro',
      })
      .expect(201)
    expect(added.body.entries.map((each: { body: string }) => each.body)).toEqual([entry.body, 'Ya  pagó\n<script>x</script>'])
    const [item] = (await a(agent).get(`/interactions?q=%23${made.number}`).expect(200)).body.items
    expect(item).toMatchObject({
      id: made.id,
      entryCount: 2,
      lastEntry: { kind: 'incoming', entryName: 'Álvaro', excerpt: 'Ya pagó <script>x</script>', at: '2026-09-10T15:10:00.000Z' },
    })
  })

  test('of two people who change the same record the second is told, and nothing is overwritten', async () => {
    const made = await record()
    // What somebody says meanwhile changes no fact, so it is in nobody's way.
    await a(agent).post(`/interactions/${made.id}/entries`, entry).expect(201)
    await a(agent).patch(`/interactions/${made.id}`, { reference: 'Una', version: 1 }).expect(200)
    const late = await a(agent).patch(`/interactions/${made.id}`, { reference: 'Otra', version: 1 }).expect(409)
    expect(late.body.code).toBe('changed-meanwhile')
    expect((await a(agent).get(`/interactions/${made.id}`)).body.reference).toBe('Una')
    const { rows } = await api.database.pool.query(
      "select action, changes from audit_log where entity = 'interaction' and entity_id = $1 order by id",
      [made.id],
    )
    expect(rows.map((row) => row.action)).toEqual(['create', 'change'])
    expect(rows[1].changes).toEqual({ reference: [null, 'Una'] })
  })

  test('a closed one takes no change and no entry until it is reopened', async () => {
    const made = await record()
    const at = `/interactions/${made.id}`
    expect((await a(agent).deed(`${at}/closures`).expect(201)).body.state).toBe('closed')
    expect((await a(agent).deed(`${at}/closures`).expect(409)).body.code).toBe('interaction-closed')
    expect((await a(agent).post(`${at}/entries`, entry).expect(409)).body.code).toBe('interaction-closed')
    expect((await a(agent).patch(at, { reference: 'x', version: 2 }).expect(409)).body.code).toBe('interaction-closed')
    expect((await a(agent).deed(`${at}/reopenings`).expect(201)).body.state).toBe('open')
    await a(agent).post(`${at}/entries`, entry).expect(201)
  })

  test('a product that is switched off meanwhile stays where it stands', async () => {
    const product = await aProduct(db())
    const other = await aProduct(db())
    const made = await record({ productIds: [product.id] })
    await db().update(products).set({ active: false }).where(eq(products.id, product.id))
    const changed = await a(agent)
      .patch(`/interactions/${made.id}`, { productIds: [product.id, other.id], version: 1 })
      .expect(200)
    expect(changed.body.products).toHaveLength(2)
  })

  test('it moves with its owner: handed over within reach, and gone from sight when the owner moves away', async () => {
    const colleague = await api.signedIn({ ...place, level: 4 })
    const made = await record()
    await a(colleague).get(`/interactions/${made.id}`).expect(404)
    await a(agent).patch(`/interactions/${made.id}`, { ownerId: colleague.user.id, version: 1 }).expect(200)
    await a(colleague).get(`/interactions/${made.id}`).expect(200)
    await db()
      .update(users)
      .set({ branchId: (await aBranch(db())).id })
      .where(eq(users.id, colleague.user.id))
    await a(agent).get(`/interactions/${made.id}`).expect(404)
  })
})

describe('opening a follow-up from an interaction that stands', () => {
  const asked = () => ({ typeId, subject: ' Confirmar el pago ', dueOn: '2026-09-14', time: '09:00' })

  test('takes customer, person and owner from it, moves the day on which the customer is spoken to again, and each tells of the other', async () => {
    const customer = await aClient()
    const contact = await aContact(db(), { customerId: customer.id })
    const made = await record({ customerId: customer.id, contactId: contact.id, followUpOn: '2026-09-11' })
    const at = `/interactions/${made.id}`
    const first = (await a(agent).post(`${at}/follow-ups`, asked()).expect(201)).body
    expect(first).toMatchObject({
      followUpOn: '2026-09-14',
      version: 2,
      followUps: [{ subject: 'Confirmar el pago', state: 'active', dueAt: '2026-09-14T12:00:00.000Z' }],
    })
    const second = (
      await a(agent)
        .post(`${at}/follow-ups`, { ...asked(), subject: 'Otra vez' })
        .expect(201)
    ).body
    expect(second).toMatchObject({ version: 2, followUps: [{ subject: 'Otra vez' }, { subject: 'Confirmar el pago' }] })
    expect((await a(agent).get(at).expect(200)).body).toEqual(second)
    expect((await a(agent).get(`/follow-ups/${first.followUps[0].id}`).expect(200)).body).toMatchObject({
      customer: { id: customer.id },
      contact: { id: contact.id },
      owner: { id: agent.user.id },
      interaction: { id: made.id, number: made.number, topic: 'Cobranza' },
    })
    const { rows } = await api.database.pool.query(
      "select changes from audit_log where entity = 'interaction' and entity_id = $1 and action = 'change'",
      [made.id],
    )
    expect(rows).toEqual([{ changes: { followUpOn: ['2026-09-11', '2026-09-14'] } }])
  })

  test('each tells of the other only to whom that is in reach, and not once the interaction is deleted', async () => {
    const colleague = await api.signedIn({ ...place, level: 4 })
    const chief = await api.signedIn()
    const made = await record()
    const at = `/interactions/${made.id}`
    const { followUps: opened } = (
      await a(agent)
        .post(`${at}/follow-ups`, { ...asked(), ownerId: colleague.user.id })
        .expect(201)
    ).body
    const followUp = `/follow-ups/${opened[0].id}`
    await a(colleague).get(at).expect(404)
    expect((await a(colleague).get(followUp).expect(200)).body.interaction).toBeNull()
    await db()
      .update(users)
      .set({ branchId: (await aBranch(db())).id })
      .where(eq(users.id, colleague.user.id))
    expect((await a(agent).get(at).expect(200)).body.followUps).toEqual([])
    expect((await a(chief).get(at).expect(200)).body.followUps).toHaveLength(1)
    expect((await a(chief).get(followUp).expect(200)).body.interaction).toMatchObject({ id: made.id })
    await a(chief).remove(at).expect(204)
    expect((await a(chief).get(followUp).expect(200)).body.interaction).toBeNull()
  })

  test('a contact that was deleted meanwhile is left out', async () => {
    const customer = await aClient()
    const contact = await aContact(db(), { customerId: customer.id })
    const made = await record({ customerId: customer.id, contactId: contact.id })
    await db()
      .update(contacts)
      .set({ deletedAt: new Date('2026-09-10T15:00:00Z') })
      .where(eq(contacts.id, contact.id))
    const opened = (await a(agent).post(`/interactions/${made.id}/follow-ups`, asked()).expect(201)).body
    expect((await a(agent).get(`/follow-ups/${opened.followUps[0].id}`).expect(200)).body.contact).toBeNull()
  })

  test('is refused at its field, or for a closed interaction, and then nothing is written', async () => {
    const made = await record()
    const at = `/interactions/${made.id}`
    const unknown = '00000000-0000-7000-8000-000000000000'
    for (const [over, field, code] of [
      [{ typeId: unknown }, 'typeId', 'reference-unknown'],
      [{ ownerId: unknown }, 'ownerId', 'reference-unknown'],
      [{ dueOn: '2026-09-09' }, 'dueOn', 'day-in-past'],
      [{ dueOn: '2126-09-09' }, 'dueOn', 'day-too-far'],
      [{ dueOn: '2027-09-05', time: '00:30' }, 'time', 'due-time-does-not-exist'],
    ] as const)
      expect(
        refused(
          await a(agent)
            .post(`${at}/follow-ups`, { ...asked(), ...over })
            .expect(422),
        ),
      ).toEqual([code, [[field, code]]])
    for (const over of [
      { subject: '   ' },
      { subject: 'x'.repeat(201) },
      { time: '24:00' },
      { dueOn: '2026-02-30' },
      { customerId: unknown },
    ])
      await a(agent)
        .post(`${at}/follow-ups`, { ...asked(), ...over })
        .expect(400)
    await a(agent).deed(`${at}/closures`).expect(201)
    expect((await a(agent).post(`${at}/follow-ups`, asked()).expect(409)).body.code).toBe('interaction-closed')
    expect((await a(agent).get(at).expect(200)).body).toMatchObject({ followUps: [], followUpOn: null })
  })
})

describe('deleting', () => {
  test('needs its permission, works in any state, and only level 1 sees and restores what was deleted', async () => {
    const chief = await api.signedIn()
    const deleter = await api.signedIn({ ...place, level: 3, permissions: ['delete-interactions'] })
    for (const state of ['open', 'closed'] as const) {
      const { id } = await anInteraction(db(), { ownerId: agent.user.id, topicId, state })
      expect((await a(agent).remove(`/interactions/${id}`).expect(403)).body.code).toBe('not-allowed')
      await a(deleter).remove(`/interactions/${id}`).expect(204)
      await a(deleter).remove(`/interactions/${id}`).expect(404)
      for (const url of [`/interactions/${id}`, `/interactions?limit=200`]) {
        const answer = await a(deleter).get(url)
        expect(JSON.stringify(answer.body)).not.toContain(`"${id}"`)
      }
      await a(deleter).deed(`/deleted-interactions/${id}/restorations`).expect(403)
      const [deleted] = (await a(chief).get('/deleted-interactions').expect(200)).body.items
      expect(deleted).toMatchObject({ id, deletedBy: { id: deleter.user.id }, deletedAt: '2026-09-10T15:00:00.000Z' })
      expect((await a(chief).deed(`/deleted-interactions/${id}/restorations`).expect(201)).body).toMatchObject({ id, state })
      await a(chief).deed(`/deleted-interactions/${id}/restorations`).expect(404)
      await a(agent).get(`/interactions/${id}`).expect(200)
      const { rows } = await api.database.pool.query('select action from audit_log where entity_id = $1 order by id', [id])
      expect(rows.map((row) => row.action)).toEqual(['delete', 'restore'])
    }
  })
})

describe('telling the customer by e-mail', () => {
  test('leaves from the account of who writes it, with the text as text, and the entry shows what became of it', async () => {
    const writer = await api.signedIn({ ...place, level: 3, name: 'Diego Mora' })
    await aMailAccount(db(), { userId: writer.user.id, port: smtp.port, address: 'diego@andina.test' })
    smtp.faults.rcpt = (address) => (address.startsWith('rechazado') ? { code: 550, message: 'no such mailbox' } : null)
    const made = await record({ entries: [{ ...entry, body: 'Total <b>100</b>', mailTo: 'rosa@cliente.test' }] }, writer)
    expect(made.entries[0].mails).toMatchObject([{ toAddress: 'rosa@cliente.test', state: 'waiting' }])
    await sendCustomerMails(api.ctx)
    const mail = await PostalMime.parse(smtp.received[0]?.raw ?? Buffer.alloc(0))
    expect([smtp.received[0]?.to, mail.from?.address]).toEqual([['rosa@cliente.test'], 'diego@andina.test'])
    expect(mail.text).toContain('Total <b>100</b>')
    const read = async () => (await a(writer).get(`/interactions/${made.id}`)).body.entries[0].mails
    expect(await read()).toMatchObject([{ state: 'sent', response: expect.stringContaining('250') }])

    await a(writer)
      .post(`/interactions/${made.id}/entries/${made.entries[0].id}/mails`, { mailTo: 'rechazado@cliente.test' })
      .expect(201)
    await sendCustomerMails(api.ctx)
    const [, failed] = await read()
    expect(failed).toMatchObject({ state: 'failed', response: expect.stringContaining('no such mailbox') })
    // Somebody else's interaction does not lead to this mail.
    const other = await record({}, writer)
    await a(writer).deed(`/interactions/${other.id}/mails/${failed.id}/retries`).expect(404)
    delete smtp.faults.rcpt
    await a(writer).deed(`/interactions/${made.id}/mails/${failed.id}/retries`).expect(201)
    await sendCustomerMails(api.ctx)
    expect(await read()).toMatchObject([{ state: 'sent' }, { state: 'sent' }])
    expect((await a(writer).deed(`/interactions/${made.id}/mails/${failed.id}/retries`).expect(409)).body.code).toBe(
      'mail-not-failed',
    )
  })

  test('is refused at its field without a usable account, and nothing is written', async () => {
    const writer = await api.signedIn({ ...place, level: 3 })
    const customer = await aClient()
    const before = (await db().select().from(interactions)).length
    const send = () =>
      a(writer).post('/interactions', { customerId: customer.id, topicId, entries: [entry, { ...entry, mailTo: 'r@x.test' }] })
    expect(refused(await send().expect(409))).toEqual(['mail-account-missing', [['entries.1.mailTo', 'mail-account-missing']]])
    await aMailAccount(db(), { userId: writer.user.id, state: 'unverified' })
    expect(refused(await send().expect(409))).toEqual([
      'mail-account-unverified',
      [['entries.1.mailTo', 'mail-account-unverified']],
    ])
    await db().update(mailAccounts).set({ state: 'paused' }).where(eq(mailAccounts.userId, writer.user.id))
    const made = await record({ customerId: customer.id }, writer)
    expect(
      refused(
        await a(writer)
          .post(`/interactions/${made.id}/entries`, { ...entry, mailTo: 'r@x.test' })
          .expect(409),
      ),
    ).toEqual(['mail-account-paused', [['mailTo', 'mail-account-paused']]])
    expect((await a(writer).get(`/interactions/${made.id}`)).body.entryCount).toBe(1)
    expect((await db().select().from(interactions)).length).toBe(before + 1)
  })

  test('an internal entry is never mailed, not at once, not later, not by another entry’s address', async () => {
    const writer = await api.signedIn({ ...place, level: 3 })
    await aMailAccount(db(), { userId: writer.user.id, port: smtp.port })
    const internal = { kind: 'internal', body: 'No le fíe más' }
    const customer = await aClient()
    const refusal = await a(writer)
      .post('/interactions', { customerId: customer.id, topicId, entries: [{ ...internal, mailTo: 'r@x.test' }] })
      .expect(409)
    expect(refused(refusal)).toEqual(['entry-internal', [['entries.0.mailTo', 'entry-internal']]])
    const made = await record({ entries: [internal] }, writer)
    const other = await record({}, writer)
    const url = (interactionId: string) => `/interactions/${interactionId}/entries/${made.entries[0].id}/mails`
    expect((await a(writer).post(url(made.id), { mailTo: 'r@x.test' }).expect(409)).body.code).toBe('entry-internal')
    await a(writer).post(url(other.id), { mailTo: 'r@x.test' }).expect(404)
    smtp.received.length = 0
    await sendCustomerMails(api.ctx)
    expect(smtp.received).toEqual([])
  })
})

describe('messages from the portal', () => {
  test('wait for an answer: an outgoing entry answers, a note among ourselves does not, closing settles it', async () => {
    const customer = await aClient({ collectionsAgentId: agent.user.id })
    const contact = await aContact(db(), { customerId: customer.id, name: 'Rosa' })
    const message = (interactionId: string | null) =>
      db().transaction((tx) => addPortalMessage(tx, api.ctx, contact, { interactionId, body: '¿Cuánto debo?' }))
    const { interactionId } = await message(null)
    const waiting = async () => {
      const counted = (await a(agent).get(`/interaction-counts?mine=true&customerId=${customer.id}`)).body.unanswered
      const listed = (await a(agent).get(`/interactions?unanswered=true&customerId=${customer.id}`)).body.items.length
      expect(counted).toBe(listed)
      return counted
    }
    expect(await waiting()).toBe(1)
    const at = `/interactions/${interactionId}`
    expect((await a(agent).get(at)).body.entries).toMatchObject([{ kind: 'incoming', entryName: 'Rosa', author: null }])
    await a(agent).post(`${at}/entries`, { kind: 'internal', body: 'Revisar' }).expect(201)
    expect(await waiting()).toBe(1)
    const answered = await a(agent).post(`${at}/entries`, { kind: 'outgoing', body: '100' }).expect(201)
    expect(answered.body.unansweredSince).toBeNull()
    expect(await waiting()).toBe(0)
    await message(interactionId)
    expect(await waiting()).toBe(1)
    await a(agent).deed(`${at}/closures`).expect(201)
    expect(await waiting()).toBe(0)
  })

  test('the form says who reads what is published, and what stands against the customer', async () => {
    const customer = await aClient({ creditHoldReason: 'Mora' })
    await aContact(db(), { customerId: customer.id, name: 'Ana', portalAccess: true })
    await aContact(db(), { customerId: customer.id, name: 'Beto', portalAccess: true, wrongPersonAt: new Date() })
    await aContact(db(), { customerId: customer.id, name: 'Caro' })
    const { body } = await a(agent).get(`/customers/${customer.id}/interaction-form`).expect(200)
    expect(body).toMatchObject({
      creditHold: { onHold: true, reason: 'manual', note: 'Mora' },
      contactName: 'Rosa Pardo',
      salesperson: { name: 'Mateo Arias' },
    })
    expect(body.contacts.map((each: { name: string; portal: boolean }) => [each.name, each.portal])).toEqual([
      ['Ana', true],
      ['Beto', false],
      ['Caro', false],
    ])
  })
})

describe('lists and reports', () => {
  test('filters and sorts hold together, page by page', async () => {
    const reader = await api.signedIn({ level: 4 })
    const product = await aProduct(db())
    const other = await anInteractionTopic(db())
    const made: Record<string, { id: string }> = {}
    for (const [name, over] of Object.entries({
      zoe: { happenedOn: '2026-09-01', happenedTime: '10:00', reference: 'OC-77' },
      Ángel: { happenedOn: '2026-09-02', happenedTime: '10:00', topicId: other.id },
      beto: { happenedOn: '2026-09-03', happenedTime: '10:00', productIds: [product.id] },
    }))
      made[name] = await record({ ...over, entries: [{ ...entry, entryName: name }] }, reader)
    const names = async (query: string) => {
      const found: string[] = []
      for (let cursor = ''; ; ) {
        const page = (await a(reader).get(`/interactions?${query}&limit=2${cursor}`).expect(200)).body
        found.push(...page.items.map((each: { lastEntry: { entryName: string } }) => each.lastEntry.entryName))
        if (page.nextCursor === null) return found
        cursor = `&cursor=${page.nextCursor}`
      }
    }
    expect(await names('sort=entryName')).toEqual(['Ángel', 'beto', 'zoe'])
    expect(await names('sort=-entryName')).toEqual(['zoe', 'beto', 'Ángel'])
    expect(await names('sort=happenedAt')).toEqual(['zoe', 'Ángel', 'beto'])
    expect(await names('sort=-number')).toEqual(['beto', 'Ángel', 'zoe'])
    expect(await names('from=2026-09-02&to=2026-09-02')).toEqual(['Ángel'])
    expect(await names(`topicId=${other.id}`)).toEqual(['Ángel'])
    expect(await names(`productId=${product.id}`)).toEqual(['beto'])
    expect(await names('q=oc-77')).toEqual(['zoe'])
    expect(await names('state=closed')).toEqual([])
    for (const cursor of ['x', Buffer.from('["entryName","a","b"]').toString('base64url')])
      expect((await a(reader).get(`/interactions?sort=entryName&cursor=${cursor}`).expect(400)).body.code).toBe('cursor-invalid')
  })

  test('the report by entry name counts alike on screen, in Excel and on paper, within the reader’s reach', async () => {
    const reader = await api.signedIn({ level: 4, permissions: ['export'], language: 'es' })
    const customer = await aClient({ name: 'Almacén =1+1' })
    const one = await record({ customerId: customer.id, entries: [{ ...entry, entryName: 'Rosa', body: '=SUMA(1)' }] }, reader)
    await a(reader)
      .post(`/interactions/${one.id}/entries`, { ...entry, entryName: 'ROSA' })
      .expect(201)
    await a(reader)
      .post(`/interactions/${one.id}/entries`, { ...entry, kind: 'internal', entryName: 'Diego' })
      .expect(201)
    await record({ entries: [{ ...entry, entryName: 'Ajena' }] })
    expect((await a(reader).get('/interaction-entries/names').expect(200)).body).toEqual({
      items: [
        { entryName: 'Diego', entries: 1, interactions: 1 },
        { entryName: expect.stringMatching(/^rosa$/i), entries: 2, interactions: 1 },
      ],
      entries: 3,
    })
    const listed = (await a(reader).get('/interaction-entries?limit=2').expect(200)).body
    expect(listed.items.map((each: { entryName: string }) => each.entryName)).toEqual(['Diego', 'Rosa'])
    expect((await a(reader).get(`/interaction-entries?limit=2&cursor=${listed.nextCursor}`)).body.items).toHaveLength(1)
    expect((await a(reader).get('/interaction-entries?entryName=ROSA&kind=outgoing')).body.items).toHaveLength(2)

    const paper = await a(reader).get('/interaction-entries/pdf').buffer(true).parse(bytes).expect(200)
    const pages = (await readPdfPages(paper.body)).join(' ')
    for (const word of ['Diego (1)', 'Rosa (2)', '=SUMA(1)', 'Almacén =1+1']) expect(pages).toContain(word)
    expect(pages).not.toContain('Ajena')
    const report = await a(reader).get('/interaction-entries/workbook').buffer(true).parse(bytes).expect(200)
    for (const file of [report.body, await exportedList(api, reader.headers, { list: 'interactions' })]) {
      const cells = Object.entries(unzipSync(new Uint8Array(file)))
        .filter(([name]) => name.startsWith('xl/worksheets/'))
        .map(([, sheet]) => strFromU8(sheet))
        .join('')
      expect(cells).toContain('=SUMA(1)')
      expect(cells).not.toContain('<f>')
      expect(cells).not.toContain('Ajena')
    }
    const { rows } = await api.database.pool.query("select changes from audit_log where action = 'export' and actor_id = $1", [
      reader.user.id,
    ])
    expect(rows).toHaveLength(3)
  })
})
