import { auditLog } from '@cartera/db/schema/audit'
import { contactAttempts } from '@cartera/db/schema/customers'
import { followUpReceivables, followUps, postponements } from '@cartera/db/schema/follow-ups'
import { noticeMessages } from '@cartera/db/schema/notices'
import { promises } from '@cartera/db/schema/receivables'
import {
  aBranch,
  aCompany,
  aCustomer,
  aFollowUp,
  aFollowUpType,
  aNote,
  aPayment,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { eq, inArray } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytes, testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
let chief: Awaited<ReturnType<typeof api.signedIn>>
let typeId: string

beforeAll(async () => {
  // Monday 2 March, ten in the morning in Bogotá.
  api.ctx.at('2026-03-02T15:00:00Z')
  await aCompany(db())
  chief = await api.signedIn()
  typeId = (await aFollowUpType(db(), { name: 'Cobranza' })).id
})

const get = async (url: string, who = chief) =>
  (await api.request().get(`/api/v1/portfolio/${url}`).set(who.headers).expect(200)).body
const post = (url: string, body: object, who = chief) =>
  api.request().post(`/api/v1/portfolio/${url}`).set(who.headers).send(body)
const customersIn = async (query: string) =>
  ((await get(`customers?${query}`)).items as { customer: { id: string } }[]).map((row) => row.customer.id)

/** A debtor in a group of their own, so that tests do not see each other's money. */
async function debtor(over: Parameters<typeof aCustomer>[1] = {}, dueOn = '2026-02-01', more: object = {}) {
  const customer = await aCustomer(db(), over)
  const receivable = await aReceivable(db(), { customerId: customer.id, issuedOn: '2026-01-02', dueOn, ...more })
  return { customer, receivable }
}

describe('what is to be collected', () => {
  test('adds up by age, per currency, by customer, agent, branch and age alike', async () => {
    const branch = await aBranch(db(), { name: 'Quito' })
    const agent = await aUser(db(), { name: 'Ana' })
    const one = await aCustomer(db(), { branchId: branch.id, collectionsAgentId: agent.id })
    const two = await aCustomer(db(), { branchId: branch.id })
    const owe = (customerId: string, dueOn: string, amountMinor: bigint, over: object = {}) =>
      aReceivable(db(), { customerId, issuedOn: '2025-01-01', dueOn, amountMinor, ...over })
    await owe(one.id, '2026-03-02', 100n)
    await owe(one.id, '2026-03-01', 200n)
    await owe(one.id, '2026-01-31', 400n, { disputedAt: new Date('2026-02-01'), disputeReason: 'x' })
    await owe(one.id, '2025-12-30', 800n, { promisedUntil: '2026-03-02' })
    await owe(two.id, '2025-12-01', 1600n)
    await owe(two.id, '2025-11-30', 5000n, { currency: 'CLP' })
    await owe(two.id, '2025-11-30', 3200n, { balanceMinor: 0n })
    const { totals } = await get(`totals?branchId=${branch.id}`)
    expect(totals).toEqual([
      expect.objectContaining({ currency: 'CLP', balance: '5000', over90: '5000', customers: 1, count: 1 }),
      {
        currency: 'USD',
        count: 5,
        customers: 2,
        balance: '31.00',
        overdue: '30.00',
        notDue: '1.00',
        days1To30: '6.00',
        days31To60: '0.00',
        days61To90: '8.00',
        over90: '16.00',
        disputed: '4.00',
        promised: '8.00',
        oldestDueOn: '2025-12-01',
      },
    ])
    const rows = (await get(`customers?branchId=${branch.id}&currency=USD`)).items
    expect(rows.map((row: { customer: { id: string }; overdue: string }) => [row.customer.id, row.overdue])).toEqual([
      [two.id, '16.00'],
      [one.id, '14.00'],
    ])
    expect(rows[1]).toMatchObject({ agent: { name: 'Ana' }, branch: { name: 'Quito' }, lastTouchOn: null, activeFollowUps: 0 })
    for (const by of ['agent', 'branch', 'bucket']) {
      const { items } = await get(`breakdown?by=${by}&branchId=${branch.id}&currency=USD`)
      expect(items.reduce((sum: number, item: { balance: string }) => sum + Number(item.balance), 0)).toBe(31)
    }
    const byAge = (await get(`breakdown?by=bucket&branchId=${branch.id}&currency=USD`)).items
    expect(Object.fromEntries(byAge.map((item: { bucket: string; balance: string }) => [item.bucket, item.balance]))).toEqual({
      notDue: '1.00',
      days1To30: '6.00',
      days61To90: '8.00',
      over90: '16.00',
    })
    expect(await customersIn(`branchId=${branch.id}&disputed=true`)).toEqual([one.id])
    expect(await customersIn(`branchId=${branch.id}&promised=true`)).toEqual([one.id])
    expect(await customersIn(`branchId=${branch.id}&without=agent&currency=USD`)).toEqual([two.id])
    expect(await customersIn(`branchId=${branch.id}&bucket=notDue`)).toEqual([one.id])
  })

  test('by agent or branch, whoever has only unapplied money has a line, today and on a past day', async () => {
    const branch = await aBranch(db())
    const agent = await aUser(db(), { name: 'Sin cuentas' })
    const customer = await aCustomer(db(), { branchId: branch.id, collectionsAgentId: agent.id })
    await aPayment(db(), { customerId: customer.id, amountMinor: 700n, paidOn: '2026-02-20' })
    for (const [by, subject] of [
      ['agent', agent.id],
      ['branch', branch.id],
    ])
      expect((await get(`breakdown?by=${by}&branchId=${branch.id}`)).items).toMatchObject([
        { subject: { id: subject }, customers: 0, count: 0, balance: '0.00', oldestDueOn: null, unapplied: '7.00', net: '-7.00' },
      ])
    const { items } = await get(`breakdown?by=agent&branchId=${branch.id}&asOf=2026-03-01`)
    expect(items.map((item: { unapplied: string }) => item.unapplied)).toEqual(['7.00'])
    expect((await get(`breakdown?by=bucket&branchId=${branch.id}`)).items).toEqual([])
    expect((await get(`breakdown?by=agent&branchId=${branch.id}&overdue=true`)).items).toEqual([])
    expect((await get(`breakdown?by=agent&branchId=${branch.id}&currency=EUR`)).items).toEqual([])
  })

  test('comes in pages that hold every customer once, the largest first', async () => {
    const branch = await aBranch(db())
    const ids: string[] = []
    for (const amountMinor of [500n, 300n, 300n, 300n, 100n]) {
      const { customer } = await debtor({ branchId: branch.id }, '2026-02-01', { amountMinor })
      ids.push(customer.id)
    }
    const found: string[] = []
    let cursor = ''
    do {
      const page = await get(`customers?branchId=${branch.id}&limit=2${cursor && `&cursor=${cursor}`}`)
      found.push(...page.items.map((row: { customer: { id: string } }) => row.customer.id))
      cursor = page.nextCursor
    } while (cursor)
    expect([...found].sort()).toEqual([...ids].sort())
    expect([found[0], found[4]]).toEqual([ids[0], ids[4]])
    await api.request().get('/api/v1/portfolio/customers?cursor=forged').set(chief.headers).expect(400)
  })
})

describe('nobody dealt with it', () => {
  test('never followed up: until one of its follow-ups was opened since it was issued; an older one does not count', async () => {
    const branch = await aBranch(db())
    const never = await debtor({ branchId: branch.id })
    const before = await debtor({ branchId: branch.id })
    const since = await debtor({ branchId: branch.id })
    const linked = await debtor({ branchId: branch.id })
    await aFollowUp(db(), { customerId: before.customer.id, createdAt: new Date('2026-01-01T15:00:00Z') })
    await aFollowUp(db(), { customerId: since.customer.id, createdAt: new Date('2026-01-02T15:00:00Z'), state: 'discarded' })
    const old = await aFollowUp(db(), { customerId: linked.customer.id, createdAt: new Date('2025-12-01T15:00:00Z') })
    await db().insert(followUpReceivables).values({ followUpId: old.id, receivableId: linked.receivable.id })
    expect((await customersIn(`branchId=${branch.id}&neverFollowedUp=true`)).sort()).toEqual(
      [never.customer.id, before.customer.id].sort(),
    )
  })

  test('since a day: notes, noted contacts, follow-ups opened, postponed or ended by people, and promises are dealings; notices are none', async () => {
    const branch = await aBranch(db())
    const after = new Date('2026-02-16T05:00:00Z')
    const justBefore = new Date('2026-02-16T04:59:59Z')
    const make = async () => (await debtor({ branchId: branch.id })).customer.id
    const touch: Record<string, (id: string) => Promise<unknown>> = {
      note: (customerId) => aNote(db(), { customerId, createdAt: after }),
      call: (customerId) =>
        db().insert(contactAttempts).values({ customerId, channel: 'call', at: after, recordedBy: chief.user.id }),
      opened: (customerId) => aFollowUp(db(), { customerId, createdAt: after, createdBy: chief.user.id }),
      ended: (customerId) =>
        aFollowUp(db(), {
          customerId,
          createdAt: new Date('2026-01-05'),
          state: 'closed',
          endedAt: after,
          endedBy: chief.user.id,
        }),
      postponed: async (customerId) => {
        const { id } = await aFollowUp(db(), { customerId, createdAt: new Date('2026-01-05') })
        await db().insert(postponements).values({
          followUpId: id,
          hours: 1,
          fromDueAt: after,
          toDueAt: after,
          postponedBy: chief.user.id,
          postponedAt: after,
        })
      },
      promise: (customerId) =>
        db().insert(promises).values({
          customerId,
          promisedOn: '2026-02-16',
          dueOn: '2026-02-17',
          graceUntil: '2026-02-18',
          currency: 'USD',
          amountMinor: 1n,
          state: 'broken',
          createdAt: after,
        }),
    }
    const untouched: Record<string, (id: string) => Promise<unknown>> = {
      nothing: async () => undefined,
      noteBefore: (customerId) => aNote(db(), { customerId, createdAt: justBefore }),
      deletedNote: (customerId) => aNote(db(), { customerId, createdAt: after, deletedAt: after }),
      byItself: (customerId) => aFollowUp(db(), { customerId, createdAt: after, originKey: `test:${customerId}` }),
      notice: async (customerId) => {
        const [message] = await db()
          .insert(noticeMessages)
          .values({
            customerId,
            kind: 'overdue',
            planOn: '2026-02-20',
            writtenOn: '2026-02-20',
            state: 'sent',
            messageId: `<${customerId}@x>`,
            sentAt: after,
          })
          .returning()
        await db()
          .insert(contactAttempts)
          .values({ customerId, channel: 'email', at: after, noticeMessageId: message?.id ?? null })
      },
    }
    const expected: string[] = []
    const touchedIds: string[] = []
    for (const deed of Object.values(touch)) {
      const id = await make()
      await deed(id)
      touchedIds.push(id)
    }
    for (const deed of Object.values(untouched)) {
      const id = await make()
      await deed(id)
      expected.push(id)
    }
    // The day begins at midnight in Bogotá, 05:00 UTC.
    expect((await customersIn(`branchId=${branch.id}&untouchedSince=2026-02-16`)).sort()).toEqual(expected.sort())
    const rows = (await get(`customers?branchId=${branch.id}`)).items as {
      customer: { id: string }
      lastTouchOn: string | null
    }[]
    for (const row of rows.filter((each) => touchedIds.includes(each.customer.id))) expect(row.lastTouchOn).toBe('2026-02-16')

    // Coverage says the same: fourteen days before 2 March is 16 February. What stands under a promise is dealt with.
    await debtor({ branchId: branch.id }, '2026-02-01', { promisedUntil: '2026-03-02' })
    const { items, since } = await get(`coverage?by=branch&branchId=${branch.id}`)
    expect(since).toBe('2026-02-16')
    expect(items).toEqual([
      expect.objectContaining({ overdue: '1200.00', untouched: '500.00', noticed: '100.00', count: 5, customers: 5 }),
    ])
    const longer = (await get(`coverage?by=branch&branchId=${branch.id}&days=15`)).items[0]
    expect(longer.untouched).toBe('400.00')
  })

  test('coverage tells the largest untouched sum of each currency first, and its totals count nobody twice', async () => {
    const branch = await aBranch(db())
    const [small, large] = [await aUser(db()), await aUser(db())]
    const first = await debtor({ branchId: branch.id, collectionsAgentId: small.id }, '2026-02-01', { amountMinor: 900n })
    await aReceivable(db(), { customerId: first.customer.id, issuedOn: '2026-01-02', dueOn: '2026-01-15', amountMinor: 50n })
    await debtor({ branchId: branch.id, collectionsAgentId: large.id }, '2026-02-01', { amountMinor: 10_000n })
    await debtor({ branchId: branch.id }, '2026-02-01', { amountMinor: 77n, currency: 'CLP' })
    const { items, totals } = await get(`coverage?by=agent&branchId=${branch.id}`)
    expect(
      items.map((line: { subject: { id: string } | null; untouched: string }) => [line.subject?.id, line.untouched]),
    ).toEqual([
      [undefined, '77'],
      [large.id, '100.00'],
      [small.id, '9.50'],
    ])
    expect(totals).toEqual([
      { currency: 'CLP', overdue: '77', untouched: '77', noticed: '0', count: 1, customers: 1 },
      { currency: 'USD', overdue: '109.50', untouched: '109.50', noticed: '0.00', count: 3, customers: 2 },
    ])
    const ages = await get(`coverage?by=bucket&branchId=${branch.id}&currency=USD`)
    expect(ages.items.map((line: { customers: number }) => line.customers)).toEqual([2, 1])
    expect(ages.totals).toEqual([expect.objectContaining({ customers: 2, count: 3 })])
  })

  test('of dealings outside the reader’s scope only the day is told: neither how many follow-ups, nor the hour, nor by whom', async () => {
    const stranger = await aUser(db(), { name: 'Otra Persona' })
    const own = await api.signedIn({ level: 4 })
    const { customer } = await debtor({ collectionsAgentId: own.user.id })
    await aFollowUp(db(), { customerId: customer.id, ownerId: stranger.id, createdBy: stranger.id, subject: 'Asunto ajeno' })
    await aNote(db(), {
      customerId: customer.id,
      authorId: stranger.id,
      createdAt: new Date('2026-02-20T14:33:21Z'),
      body: 'Nota ajena',
    })
    const of = async (who: typeof chief) => {
      const { items } = await get(`customers?customerId=${customer.id}`, who)
      return items[0]
    }
    expect(await of(chief)).toMatchObject({ activeFollowUps: 1 })
    const seen = await of(own)
    expect(seen).toMatchObject({ activeFollowUps: 0, lastTouchOn: (await of(chief)).lastTouchOn })
    const said = JSON.stringify([
      seen,
      await get(`coverage?by=agent&customerId=${customer.id}`, own),
      await get(`breakdown?by=agent&customerId=${customer.id}`, own),
      await get(`totals?customerId=${customer.id}`, own),
    ])
    for (const word of ['ajen', 'Otra Persona', stranger.id, '14:33']) expect(said).not.toContain(word)
  })
})

describe('starting the follow-ups of a selection', () => {
  const ask = (over: object) => ({
    filter: {},
    typeId,
    subject: 'Cobrar lo vencido',
    dueOn: '2026-03-03',
    dueTime: '10:00',
    owners: { mode: 'collections-agent' },
    ...over,
  })

  test('opens one per customer with its receivables linked, as the preview said; twice, or by two at once, opens none twice', async () => {
    const branch = await aBranch(db())
    const agent = await aUser(db())
    const first = await debtor({ branchId: branch.id, collectionsAgentId: agent.id })
    const second = await aReceivable(db(), { customerId: first.customer.id, dueOn: '2026-02-20' })
    const notDue = await aReceivable(db(), { customerId: first.customer.id, dueOn: '2026-04-20' })
    const other = await debtor({ branchId: branch.id, collectionsAgentId: agent.id })
    const body = ask({ filter: { branchId: branch.id, overdue: true } })
    const preview = await post('follow-up-previews', body).expect(200)
    expect(preview.body).toMatchObject({
      dryRun: true,
      customers: 2,
      opened: 2,
      receivables: 3,
      totals: [{ currency: 'USD', amount: '300.00' }],
      owners: [{ owner: { id: agent.id }, count: 2 }],
      skipped: [],
    })
    const answers = await Promise.all([post('follow-ups', body), post('follow-ups', body)])
    expect(answers.map((each) => each.status)).toEqual([201, 201])
    expect(answers.map((each) => each.body.opened).sort()).toEqual([0, 2])
    const again = await post('follow-ups', body).expect(201)
    expect(again.body).toMatchObject({ opened: 0, skipped: [{ reason: 'active-follow-up', count: 2 }] })
    const made = await db()
      .select()
      .from(followUps)
      .where(inArray(followUps.customerId, [first.customer.id, other.customer.id]))
    expect(made).toHaveLength(2)
    const ofFirst = made.find((each) => each.customerId === first.customer.id)
    expect(ofFirst).toMatchObject({ ownerId: agent.id, createdBy: chief.user.id, typeId, state: 'active' })
    expect(ofFirst?.dueAt.toISOString()).toBe('2026-03-03T15:00:00.000Z')
    const links = await db()
      .select()
      .from(followUpReceivables)
      .where(eq(followUpReceivables.followUpId, ofFirst?.id ?? ''))
    expect(links.map((each) => each.receivableId).sort()).toEqual([first.receivable.id, second.id].sort())
    expect(links.map((each) => each.receivableId)).not.toContain(notDue.id)
    const audited = await db()
      .select()
      .from(auditLog)
      .where(
        inArray(
          auditLog.entityId,
          made.map((each) => each.id),
        ),
      )
    expect(audited.map((each) => [each.action, each.actorId])).toEqual([
      ['create', chief.user.id],
      ['create', chief.user.id],
    ])
    expect(await customersIn(`branchId=${branch.id}&neverFollowedUp=true`)).toEqual([])
  })

  test('skips with the reason: no agent, an inactive customer, an agent who left or is out of reach, a follow-up on the same receivable; others’ types do not matter', async () => {
    const mine = await api.signedIn({ level: 2 })
    const branchId = mine.user.branchId
    const here = await aUser(db(), { branchId })
    const far = await aUser(db())
    const gone = await aUser(db(), { branchId, active: false })
    const orders = await aFollowUpType(db())
    const none = await debtor({ branchId })
    const left = await debtor({ branchId, collectionsAgentId: gone.id })
    const away = await debtor({ branchId, collectionsAgentId: far.id })
    const busy = await debtor({ branchId, collectionsAgentId: here.id })
    const ordering = await debtor({ branchId, collectionsAgentId: here.id })
    const ended = await debtor({ branchId, collectionsAgentId: here.id, status: 'inactive' })
    const linked = await aFollowUp(db(), { customerId: busy.customer.id, typeId: orders.id })
    await db().insert(followUpReceivables).values({ followUpId: linked.id, receivableId: busy.receivable.id })
    await aFollowUp(db(), { customerId: ordering.customer.id, typeId: orders.id })
    const { body } = await post('follow-ups', ask({ filter: { branchId } }), mine).expect(201)
    expect(body.opened).toBe(1)
    const reasons = Object.fromEntries(
      body.skipped.map((each: { reason: string; customers: { id: string }[] }) => [
        each.reason,
        each.customers.map((c) => c.id).sort(),
      ]),
    )
    expect(reasons).toEqual({
      'no-agent': [none.customer.id, left.customer.id].sort(),
      'agent-out-of-reach': [away.customer.id],
      'active-follow-up': [busy.customer.id],
      'customer-inactive': [ended.customer.id],
    })
  })

  test('spreads over chosen people by what they have to do already, and gives nobody a customer that they do not see', async () => {
    const branch = await aBranch(db())
    const [ana, eva] = [await aUser(db()), await aUser(db())]
    const narrow = await aUser(db(), { customerLevel: 4 })
    for (let n = 0; n < 2; n += 1) await aFollowUp(db(), { ownerId: ana.id })
    const ids: string[] = []
    for (let n = 0; n < 4; n += 1) ids.push((await debtor({ branchId: branch.id })).customer.id)
    const owners = { mode: 'spread', userIds: [ana.id, eva.id, narrow.id] }
    const { body } = await post('follow-ups', ask({ customerIds: ids, owners })).expect(201)
    const counts = Object.fromEntries(
      body.owners.map((each: { owner: { id: string }; count: number }) => [each.owner.id, each.count]),
    )
    expect(counts).toEqual({ [ana.id]: 1, [eva.id]: 3 })
    const alone = await post('follow-up-previews', ask({ customerIds: ids, owners: { mode: 'spread', userIds: [narrow.id] } }))
    expect(alone.body).toMatchObject({ opened: 0, skipped: [{ reason: 'active-follow-up' }] })
    const stranger = await debtor({ branchId: branch.id })
    const cannot = await post(
      'follow-up-previews',
      ask({ customerIds: [stranger.customer.id], owners: { mode: 'spread', userIds: [narrow.id] } }),
    )
    expect(cannot.body).toMatchObject({ opened: 0, skipped: [{ reason: 'owner-cannot-see', count: 1 }] })
  })

  test('is refused for what is not there, a type that is off, people out of reach, a time that does not exist', async () => {
    const off = await aFollowUpType(db(), { active: false })
    const narrow = await api.signedIn({ level: 4 })
    const stranger = await aUser(db())
    const spread = { mode: 'spread', userIds: [stranger.id] }
    expect((await post('follow-ups', ask({ typeId: off.id }))).body).toMatchObject({ status: 422, code: 'reference-unknown' })
    expect((await post('follow-ups', ask({ owners: spread }), narrow)).body).toMatchObject({
      status: 422,
      code: 'reference-unknown',
      errors: [{ field: 'owners.userIds' }],
    })
    await post('follow-ups', ask({ customerIds: [] })).expect(400)
    await post('follow-ups', ask({ dueTime: '25:00' })).expect(400)
    const nothing = await post('follow-ups', ask({ customerIds: ['00000000-0000-4000-8000-000000000000'] })).expect(201)
    expect(nothing.body).toMatchObject({ customers: 0, opened: 0, owners: [], skipped: [] })
  })
})

test('the workbook holds what the filters leave, needs its permission, and is audited', async () => {
  const branch = await aBranch(db())
  await debtor({ branchId: branch.id, name: '=1+1' })
  const url = `/api/v1/portfolio/workbook?branchId=${branch.id}`
  const clerk = await api.signedIn({ permissions: [] })
  await api.request().get(url).set(clerk.headers).expect(403)
  const file = await api.request().get(url).set(chief.headers).buffer(true).parse(bytes).expect(200)
  expect(file.headers['content-disposition']).toContain('cartera-2026-03-02.xlsx')
  expect((file.body as Buffer).subarray(0, 2).toString()).toBe('PK')
  const [audited] = await db().select().from(auditLog).where(eq(auditLog.entity, 'portfolio'))
  expect(audited).toMatchObject({ action: 'export', actorId: chief.user.id })
})
