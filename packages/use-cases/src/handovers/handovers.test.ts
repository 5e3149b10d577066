import { auditLog } from '@cartera/db/schema/audit'
import { cases } from '@cartera/db/schema/cases'
import { customers } from '@cartera/db/schema/customers'
import { followUps, reminders } from '@cartera/db/schema/follow-ups'
import { handoverChanges, handovers } from '@cartera/db/schema/handovers'
import { interactions } from '@cartera/db/schema/interactions'
import { opportunities } from '@cartera/db/schema/opportunities'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import { quotes } from '@cartera/db/schema/quotes'
import {
  aBranch,
  aCase,
  aCompany,
  aCustomer,
  aFollowUp,
  anInteraction,
  anOpportunity,
  aQuote,
  aUser,
} from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { followUpHistory } from '../follow-ups/follow-up-history.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { doDueHandovers, doDueHandoversJob } from './carry-out.ts'
import { listHandoverRecords, listHandovers, listPresentAgents, previewHandover, readHandover } from './find-handovers.ts'
import { cancelHandover, changeHandover, createHandover, type NewHandover, undoHandover } from './write-handover.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db

let viewer: Viewer
let agents: Record<'ana' | 'luis' | 'eva', string>
const as = async (userId: string) => {
  const found = await findViewerByUser(ctx, userId)
  if (!found) throw new Error('nobody')
  return found
}
beforeAll(async () => {
  await aCompany(db(), { timeZone: 'America/Guayaquil' })
})
beforeEach(async () => {
  await db().execute(sql`truncate customers, handovers, audit_log cascade`)
  ctx.at('2026-03-11T15:00:00Z')
  const branchId = (await aBranch(db())).id
  const one = async (name: string) => (await aUser(db(), { name, branchId })).id
  agents = { ana: await one('Ana'), luis: await one('Luis'), eva: await one('Eva') }
  viewer = await as((await aUser(db(), { branchId })).id)
})

const of = (agent: keyof typeof agents) => aCustomer(db(), { preferredAgentId: agents[agent] })
const move = (from: keyof typeof agents, to: keyof typeof agents, customers: number) => ({
  fromUserId: agents[from],
  toUserId: agents[to],
  customers,
})
const nothingAlong = { followUps: false, interactions: false, opportunities: false, cases: false, quotes: false }
const handOver = (over: Partial<NewHandover> & Pick<NewHandover, 'moves'>, by = viewer) =>
  createHandover(ctx, by, { role: 'preferred', ...nothingAlong, ...over })
interface Sales {
  opportunities: string[]
  cases: string[]
  quotes: string[]
}
/** An open opportunity, an unresolved case, a draft and a quote that was sent. */
async function salesOf(customerId: string, ownerId: string): Promise<Sales> {
  const opportunity = await anOpportunity(db(), { customerId, ownerId, name: 'Bodega nueva' })
  const waiting = await aCase(db(), { customerId, ownerId, subject: 'Falta un bulto', state: 'waiting' })
  const draft = await aQuote(db(), { customerId, ownerId, subject: 'Borrador' })
  const sent = await aQuote(db(), { customerId, ownerId, subject: 'Enviada', state: 'issued' })
  return { opportunities: [opportunity.id], cases: [waiting.id], quotes: [draft.id, sent.id] }
}
async function finishedSalesOf(customerId: string, ownerId: string): Promise<Sales> {
  const of = { customerId, ownerId }
  const deleted = { ...of, deletedAt: ctx.now() }
  const lost = await anOpportunity(db(), { ...of, state: 'lost', closedOn: '2026-03-01' })
  const resolved = await aCase(db(), { ...of, state: 'resolved', resolution: 'Listo', resolvedAt: ctx.now() })
  const decided = await Promise.all(
    (['accepted', 'rejected', 'withdrawn', 'replaced'] as const).map((state) => aQuote(db(), { ...of, state })),
  )
  return {
    opportunities: [lost.id, (await anOpportunity(db(), deleted)).id],
    cases: [resolved.id, (await aCase(db(), deleted)).id],
    quotes: [...decided.map((quote) => quote.id), (await aQuote(db(), deleted)).id],
  }
}
/** Whose they are now: opportunities, cases, quotes, in their order. */
async function ownersOf(sales: Sales): Promise<(string | undefined)[]> {
  const owners: (string | undefined)[] = []
  for (const [table, ids] of [
    [opportunities, sales.opportunities],
    [cases, sales.cases],
    [quotes, sales.quotes],
  ] as const)
    for (const id of ids) {
      const [row] = await db().select({ ownerId: table.ownerId }).from(table).where(eq(table.id, id))
      owners.push(row?.ownerId)
    }
  return owners
}
async function holders() {
  const rows = await db()
    .select({ agent: users.name })
    .from(customers)
    .leftJoin(users, eq(users.id, customers.preferredAgentId))
    .orderBy(customers.id)
  return rows.map((row) => row.agent)
}
const stateOf = async (id: string) => (await db().select().from(handovers).where(eq(handovers.id, id)))[0]

describe('changing the preferred agent of many customers', () => {
  test('shows who is agent of some customer, disabled people first, and of how many', async () => {
    await of('ana')
    await of('ana')
    await of('luis')
    await aCustomer(db(), { collectionsAgentId: agents.eva })
    await aCustomer(db(), { preferredAgentId: agents.eva, deletedAt: new Date() })
    await db().update(users).set({ active: false }).where(eq(users.id, agents.luis))
    const { items } = await listPresentAgents(ctx, viewer, { role: 'preferred' })
    expect(items.map(({ name, active, customers }) => [name, active, customers])).toEqual([
      ['Luis', false, 1],
      ['Ana', true, 2],
    ])
    expect((await listPresentAgents(ctx, viewer, { role: 'collections' })).items.map((item) => item.name)).toEqual(['Eva'])
  })

  test('chains and swaps come out right, whoever is not named stays, and each customer has its audit row', async () => {
    await of('ana')
    await of('luis')
    await of('eva')
    await aCustomer(db(), {})
    const done = await handOver({ moves: [move('ana', 'luis', 1), move('luis', 'ana', 1)] })
    expect(done).toMatchObject({ state: 'done' })
    expect(await holders()).toEqual(['Luis', 'Ana', 'Eva', null])
    await handOver({ moves: [move('luis', 'ana', 1), move('ana', 'eva', 1)] })
    expect(await holders()).toEqual(['Ana', 'Eva', 'Eva', null])
    const told = await db().select().from(auditLog).where(eq(auditLog.entity, 'customer'))
    expect(told).toHaveLength(4)
    expect(told[0]).toMatchObject({ actorId: viewer.userId, action: 'change' })
    const versions = await db().select({ version: customers.version }).from(customers).orderBy(customers.id)
    expect(versions.map((row) => row.version)).toEqual([3, 3, 1, 1])
  })

  test('where the counts that were seen do not hold any more nothing moves and the person is told', async () => {
    await of('ana')
    await of('ana')
    await expect(handOver({ moves: [move('ana', 'luis', 1)] })).rejects.toMatchObject({ code: 'changed-meanwhile' })
    expect(await holders()).toEqual(['Ana', 'Ana'])
    expect(await db().select().from(handovers)).toEqual([])
  })

  test('only what the viewer sees moves; nobody without the permission moves anything', async () => {
    const elsewhere = (await aUser(db(), { name: 'Otra' })).id
    const boss = await as(
      (await aUser(db(), { branchId: viewer.branchId, level: 2, customerLevel: 2, permissions: ['change-agents'] })).id,
    )
    await of('ana')
    await aCustomer(db(), { preferredAgentId: elsewhere })
    expect((await listPresentAgents(ctx, boss, { role: 'preferred' })).items.map((item) => item.name)).toEqual(['Ana'])
    await handOver({ moves: [{ fromUserId: elsewhere, toUserId: agents.luis, customers: 0 }, move('ana', 'luis', 1)] }, boss)
    expect(await holders()).toEqual(['Luis', 'Otra'])
    await expect(handOver({ moves: [move('luis', 'ana', 1)] }, { ...boss, permissions: [] })).rejects.toMatchObject({
      code: 'not-allowed',
    })
  })

  test('who receives is active and somebody else; a disabled person hands over', async () => {
    await of('ana')
    await db().update(users).set({ active: false }).where(eq(users.id, agents.luis))
    await expect(handOver({ moves: [move('ana', 'luis', 1)] })).rejects.toMatchObject({
      code: 'reference-unknown',
      field: 'moves.0.toUserId',
    })
    await expect(handOver({ moves: [move('ana', 'ana', 1)] })).rejects.toMatchObject({ code: 'handover-same-agent' })
    await db().update(users).set({ active: false }).where(eq(users.id, agents.ana))
    await handOver({ moves: [move('ana', 'eva', 1)] })
    expect(await holders()).toEqual(['Eva'])
  })

  test('two who hand the same customers over at the same time: one does, the other is told', async () => {
    for (let n = 0; n < 20; n += 1) await of('ana')
    const answers = await Promise.allSettled([
      handOver({ moves: [move('ana', 'luis', 20)] }),
      handOver({ moves: [move('ana', 'eva', 20)] }),
    ])
    expect(answers.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(answers.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'changed-meanwhile' } })
    expect(new Set(await holders()).size).toBe(1)
  })
})

describe('what moves along', () => {
  test('open follow-ups and interactions of these customers that were the old agent’s, if chosen, with their history; nothing else', async () => {
    const customer = await of('ana')
    const mine = await aFollowUp(db(), { customerId: customer.id, ownerId: agents.ana, subject: 'a' })
    await aFollowUp(db(), { customerId: customer.id, ownerId: agents.ana, state: 'closed', subject: 'b' })
    await aFollowUp(db(), { customerId: customer.id, ownerId: agents.eva, subject: 'c' })
    await aFollowUp(db(), { customerId: (await of('eva')).id, ownerId: agents.ana, subject: 'd' })
    const open = await anInteraction(db(), { customerId: customer.id, ownerId: agents.ana })
    await anInteraction(db(), { customerId: customer.id, ownerId: agents.ana, state: 'closed' })
    await db().insert(reminders).values({ userId: agents.ana, followUpId: mine.id, dueAt: mine.dueAt, remindedAt: ctx.now() })
    const moves = [move('ana', 'luis', 1)]
    const preview = await previewHandover(ctx, viewer, { role: 'preferred', moves })
    expect(preview.items[0]).toMatchObject({ customers: 1, followUps: 1, interactions: 1, mailboxUsable: false })
    await handOver({ moves: [{ ...move('ana', 'luis', 1), followUps: 1, interactions: 1 }], followUps: true, interactions: true })
    const owners = await db().select().from(followUps).orderBy(followUps.subject)
    expect(owners.map((row) => row.ownerId)).toEqual([agents.luis, agents.ana, agents.eva, agents.ana])
    expect(owners.map((row) => row.version)).toEqual([2, 1, 1, 1])
    expect((await db().select().from(interactions).where(eq(interactions.id, open.id)))[0]?.ownerId).toBe(agents.luis)
    expect((await db().select().from(interactions).where(eq(interactions.state, 'closed')))[0]?.ownerId).toBe(agents.ana)
    const history = await followUpHistory(ctx, viewer, mine.id)
    expect(history.items[0]).toMatchObject({
      action: 'change',
      changes: [{ field: 'ownerId', before: 'Ana', after: 'Luis' }],
      actor: { id: viewer.userId },
    })
    expect((await db().select().from(reminders))[0]?.readAt).not.toBeNull()
  })

  test('open opportunities, unresolved cases and undecided quotes that were the old agent’s, if chosen; nothing that is finished, deleted or another’s', async () => {
    const customer = await of('ana')
    const sales = await salesOf(customer.id, agents.ana)
    const others = await salesOf((await of('eva')).id, agents.ana)
    const evas = await salesOf(customer.id, agents.eva)
    const finished = await finishedSalesOf(customer.id, agents.ana)
    const moves = [move('ana', 'luis', 1)]
    const preview = await previewHandover(ctx, viewer, { role: 'preferred', moves })
    expect(preview.items[0]).toMatchObject({ opportunities: 1, cases: 1, quotes: 2, followUps: 0 })
    await expect(
      handOver({ moves: [{ ...move('ana', 'luis', 1), quotes: 1 }], opportunities: true, cases: true, quotes: true }),
    ).rejects.toMatchObject({ code: 'changed-meanwhile' })
    const seen = { opportunities: 1, cases: 1, quotes: 2 }
    const done = await handOver({
      moves: [{ ...move('ana', 'luis', 1), ...seen }],
      opportunities: true,
      cases: true,
      quotes: true,
    })
    expect(done.moves[0]).toMatchObject({ customers: 1, followUps: 0, interactions: 0, ...seen })
    expect(await ownersOf(sales)).toEqual([agents.luis, agents.luis, agents.luis, agents.luis])
    for (const left of [others, finished]) expect(new Set(await ownersOf(left))).toEqual(new Set([agents.ana]))
    expect(new Set(await ownersOf(evas))).toEqual(new Set([agents.eva]))
    for (const [entity, id] of [
      ['opportunity', sales.opportunities[0]],
      ['case', sales.cases[0]],
      ['quote', sales.quotes[0]],
      ['quote', sales.quotes[1]],
    ] as const) {
      const told = await db()
        .select()
        .from(auditLog)
        .where(and(eq(auditLog.entity, entity), eq(auditLog.entityId, id ?? '')))
      expect(told).toMatchObject([
        { actorId: viewer.userId, changes: { ownerId: [agents.ana, agents.luis], handover: done.number } },
      ])
    }
    const names = (await listHandoverRecords(ctx, viewer, done.id, {})).items.map(({ kind, name }) => `${kind} ${name}`)
    expect(names.filter((name) => !name.startsWith('customer')).sort()).toEqual([
      'case Falta un bulto',
      'opportunity Bodega nueva',
      'quote Borrador',
      'quote Enviada',
    ])
    await undoHandover(ctx, viewer, done.id, { version: done.version })
    expect(new Set(await ownersOf(sales))).toEqual(new Set([agents.ana]))
  })

  test('each only where it is chosen, and only to people in the author’s reach', async () => {
    const customer = await of('ana')
    const sales = await salesOf(customer.id, agents.ana)
    await handOver({ moves: [move('ana', 'luis', 1)], cases: true })
    expect(await ownersOf(sales)).toEqual([agents.ana, agents.luis, agents.ana, agents.ana])
    const boss = await as((await aUser(db(), { branchId: viewer.branchId, level: 2, permissions: ['change-agents'] })).id)
    const far = (await aUser(db(), { name: 'Lejos' })).id
    const second = await of('eva')
    const hers = await salesOf(second.id, agents.eva)
    const seen = { opportunities: 0, cases: 0, quotes: 0 }
    await handOver(
      {
        moves: [{ fromUserId: agents.eva, toUserId: far, customers: 1, ...seen }],
        opportunities: true,
        cases: true,
        quotes: true,
      },
      boss,
    )
    expect(new Set(await ownersOf(hers))).toEqual(new Set([agents.eva]))
  })

  test('what is not chosen stays, and what was seen of it is asked again', async () => {
    const customer = await of('ana')
    await aFollowUp(db(), { customerId: customer.id, ownerId: agents.ana })
    await expect(handOver({ moves: [{ ...move('ana', 'luis', 1), followUps: 0 }], followUps: true })).rejects.toMatchObject({
      code: 'changed-meanwhile',
    })
    await handOver({ moves: [{ ...move('ana', 'luis', 1), followUps: 1 }] })
    expect((await db().select().from(followUps))[0]?.ownerId).toBe(agents.ana)
  })

  test('a follow-up goes to nobody out of the author’s reach, as by hand', async () => {
    const boss = await as((await aUser(db(), { branchId: viewer.branchId, level: 2, permissions: ['change-agents'] })).id)
    const far = (await aUser(db(), { name: 'Lejos' })).id
    const customer = await of('ana')
    await aFollowUp(db(), { customerId: customer.id, ownerId: agents.ana })
    const moves = [{ fromUserId: agents.ana, toUserId: far, customers: 1, followUps: 0 }]
    expect((await previewHandover(ctx, boss, { role: 'preferred', moves })).items[0]).toMatchObject({
      customers: 1,
      followUps: 0,
    })
    await handOver({ moves, followUps: true }, boss)
    expect(await holders()).toEqual(['Lejos'])
    expect((await db().select().from(followUps))[0]?.ownerId).toBe(agents.ana)
  })
})

describe('a starting day', () => {
  const planned = () => handOver({ moves: [move('ana', 'luis', 1)], startsOn: '2026-03-16' })

  test('is carried out when that day begins in the company’s time zone, once, however often and by however many asked', async () => {
    await of('ana')
    const { id } = await planned()
    ctx.at('2026-03-16T04:59:59Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Ana'])
    await of('ana')
    ctx.at('2026-03-16T05:00:01Z')
    await Promise.all([doDueHandoversJob.perform(ctx, {}), doDueHandoversJob.perform(ctx, {})])
    await doDueHandoversJob.perform(ctx, {})
    expect(await holders()).toEqual(['Luis', 'Luis'])
    expect(await stateOf(id)).toMatchObject({ state: 'done', version: 2 })
    expect(await db().select().from(auditLog).where(eq(auditLog.entity, 'customer'))).toHaveLength(2)
  })

  test('also when no worker ran on it', async () => {
    await of('ana')
    await planned()
    ctx.at('2026-04-20T15:00:00Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Luis'])
  })

  test('is shown at its agent, can be moved, and cancelled before it comes', async () => {
    await of('ana')
    const made = await planned()
    const [ana] = (await listPresentAgents(ctx, viewer, { role: 'preferred' })).items
    expect(ana?.planned).toMatchObject([{ number: made.number, startsOn: '2026-03-16', to: { name: 'Luis' } }])
    const moved = await changeHandover(ctx, viewer, made.id, { startsOn: '2026-03-20', version: made.version })
    expect(moved).toMatchObject({ startsOn: '2026-03-20', version: 2 })
    await expect(cancelHandover(ctx, viewer, made.id, { version: 1 })).rejects.toMatchObject({ code: 'changed-meanwhile' })
    await cancelHandover(ctx, viewer, made.id, { version: 2 })
    ctx.at('2026-03-21T15:00:00Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Ana'])
    await expect(cancelHandover(ctx, viewer, made.id, { version: 3 })).rejects.toMatchObject({ code: 'changed-meanwhile' })
  })

  test('waits with its reason where who receives has left or its author may no longer; and goes on once that is mended', async () => {
    await of('ana')
    const { id } = await planned()
    ctx.at('2026-03-16T15:00:00Z')
    await db().update(users).set({ active: false }).where(eq(users.id, agents.luis))
    await doDueHandovers(ctx)
    expect(await stateOf(id)).toMatchObject({ state: 'planned', problem: 'handover-agent-inactive' })
    await db().update(users).set({ active: true }).where(eq(users.id, agents.luis))
    const [author] = await db().select().from(users).where(eq(users.id, viewer.userId))
    const profile = eq(accessProfiles.id, author?.profileId ?? '')
    await db().update(accessProfiles).set({ permissions: [] }).where(profile)
    await doDueHandovers(ctx)
    expect(await stateOf(id)).toMatchObject({ state: 'planned', problem: 'handover-author-may-not' })
    expect(await holders()).toEqual(['Ana'])
    await db()
      .update(accessProfiles)
      .set({ permissions: ['change-agents'] })
      .where(profile)
    await doDueHandovers(ctx)
    expect(await stateOf(id)).toMatchObject({ state: 'done', problem: null })
  })
})

describe('cover', () => {
  test('returns by itself after its last day, also late and once; what somebody changed by hand stays and is listed', async () => {
    const [first, second] = [await of('ana'), await of('ana')]
    const task = await aFollowUp(db(), { customerId: first.id, ownerId: agents.ana })
    const ended = await aFollowUp(db(), { customerId: first.id, ownerId: agents.ana })
    const { id } = await handOver({
      moves: [{ ...move('ana', 'luis', 2), followUps: 2 }],
      followUps: true,
      endsOn: '2026-03-13',
    })
    expect(await holders()).toEqual(['Luis', 'Luis'])
    await db().update(customers).set({ preferredAgentId: agents.eva }).where(eq(customers.id, second.id))
    await db().update(followUps).set({ state: 'closed' }).where(eq(followUps.id, ended.id))
    expect(await readHandover(ctx, viewer, id)).toMatchObject({
      state: 'covering',
      standing: { customers: 1, followUps: 1 },
      changed: { customers: 1, followUps: 1 },
    })
    ctx.at('2026-03-14T04:59:00Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Luis', 'Eva'])
    ctx.at('2026-03-18T15:00:00Z')
    await Promise.all([doDueHandovers(ctx), doDueHandovers(ctx)])
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Ana', 'Eva'])
    const owners = await db().select().from(followUps).orderBy(followUps.id)
    expect(owners.map((row) => [row.id, row.ownerId])).toEqual([
      [task.id, agents.ana],
      [ended.id, agents.luis],
    ])
    const { items } = await listHandoverRecords(ctx, viewer, id, { show: 'changed' })
    expect(items.map((item) => [item.kind, item.id, item.outcome, item.now?.name])).toEqual([
      ['customer', second.id, 'kept', 'Eva'],
      ['follow-up', ended.id, 'kept', 'Luis'],
    ])
    expect(await stateOf(id)).toMatchObject({ state: 'returned', endedBy: null })
    expect(
      (
        await db()
          .select()
          .from(auditLog)
          .where(and(eq(auditLog.entityId, first.id), sql`actor_id is null`))
      ).length,
    ).toBe(1)
  })

  test('sales that moved along return with it; what was won, resolved, decided or given on meanwhile stays', async () => {
    const customer = await of('ana')
    const [kept, back] = [await salesOf(customer.id, agents.ana), await salesOf(customer.id, agents.ana)]
    const { id } = await handOver({
      moves: [{ ...move('ana', 'luis', 1), opportunities: 2, cases: 2, quotes: 4 }],
      opportunities: true,
      cases: true,
      quotes: true,
      endsOn: '2026-03-13',
    })
    const one = (ids: readonly string[]) => ids[0] ?? ''
    await db()
      .update(opportunities)
      .set({ state: 'won', closedOn: '2026-03-12' })
      .where(eq(opportunities.id, one(kept.opportunities)))
    await db()
      .update(cases)
      .set({ state: 'resolved', resolution: 'Entregado', resolvedAt: ctx.now() })
      .where(eq(cases.id, one(kept.cases)))
    await db()
      .update(quotes)
      .set({ state: 'rejected' })
      .where(eq(quotes.id, kept.quotes[1] ?? ''))
    await db()
      .update(quotes)
      .set({ ownerId: agents.eva })
      .where(eq(quotes.id, one(kept.quotes)))
    expect(await readHandover(ctx, viewer, id)).toMatchObject({
      standing: { customers: 1, opportunities: 1, cases: 1, quotes: 2 },
      changed: { customers: 0, opportunities: 1, cases: 1, quotes: 2 },
    })
    ctx.at('2026-03-14T15:00:00Z')
    await doDueHandovers(ctx)
    expect(new Set(await ownersOf(back))).toEqual(new Set([agents.ana]))
    expect(await ownersOf(kept)).toEqual([agents.luis, agents.luis, agents.eva, agents.luis])
  })

  test('its last day can be moved, or taken away: then it stays for good', async () => {
    await of('ana')
    const made = await handOver({ moves: [move('ana', 'luis', 1)], endsOn: '2026-03-13' })
    const longer = await changeHandover(ctx, viewer, made.id, { endsOn: '2026-03-20', version: made.version })
    ctx.at('2026-03-18T15:00:00Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Luis'])
    const kept = await changeHandover(ctx, viewer, made.id, { endsOn: null, version: longer.version })
    expect(kept.state).toBe('done')
    ctx.at('2026-04-18T15:00:00Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Luis'])
  })

  test('one that was over before a worker ran moves nothing', async () => {
    await of('ana')
    const { id } = await handOver({ moves: [move('ana', 'luis', 1)], startsOn: '2026-03-16', endsOn: '2026-03-17' })
    ctx.at('2026-03-19T15:00:00Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Ana'])
    expect(await stateOf(id)).toMatchObject({ state: 'cancelled' })
  })

  test('does not return to who has left meanwhile: it says so and waits', async () => {
    await of('ana')
    const { id } = await handOver({ moves: [move('ana', 'luis', 1)], endsOn: '2026-03-13' })
    await db().update(users).set({ active: false }).where(eq(users.id, agents.ana))
    ctx.at('2026-03-16T15:00:00Z')
    await doDueHandovers(ctx)
    expect(await holders()).toEqual(['Luis'])
    expect(await stateOf(id)).toMatchObject({ state: 'covering', problem: 'handover-agent-inactive' })
  })
})

describe('undoing', () => {
  test('gives back what still stands, of swaps too, once; what was changed since stays and is listed', async () => {
    const [first, , third] = [await of('ana'), await of('luis'), await of('ana')]
    const task = await aFollowUp(db(), { customerId: first.id, ownerId: agents.ana })
    const made = await handOver({ moves: [move('ana', 'luis', 2), move('luis', 'ana', 1)], followUps: true })
    expect(await holders()).toEqual(['Luis', 'Ana', 'Luis'])
    await db().update(customers).set({ preferredAgentId: agents.eva }).where(eq(customers.id, third.id))
    const undone = await undoHandover(ctx, viewer, made.id, { version: made.version })
    expect(undone).toMatchObject({ state: 'undone', endedBy: { id: viewer.userId } })
    expect(await holders()).toEqual(['Ana', 'Luis', 'Eva'])
    expect((await db().select().from(followUps).where(eq(followUps.id, task.id)))[0]?.ownerId).toBe(agents.ana)
    await expect(undoHandover(ctx, viewer, made.id, { version: undone.version })).rejects.toMatchObject({
      code: 'changed-meanwhile',
    })
    const outcomes = await db().select().from(handoverChanges).orderBy(handoverChanges.recordId)
    expect(outcomes.filter((row) => row.kind === 'customer').map((row) => row.outcome)).toEqual(['returned', 'returned', 'kept'])
  })

  test('is for whoever sees its author; others do not know of it', async () => {
    await of('ana')
    const made = await handOver({ moves: [move('ana', 'luis', 1)] })
    const stranger = await as((await aUser(db(), { level: 2, permissions: ['change-agents'] })).id)
    await expect(undoHandover(ctx, stranger, made.id, { version: made.version })).rejects.toMatchObject({ code: 'not-found' })
    expect((await listHandovers(ctx, stranger, {})).items).toEqual([])
    const colleague = await as((await aUser(db(), { branchId: viewer.branchId, level: 2, permissions: ['change-agents'] })).id)
    expect((await listHandovers(ctx, colleague, {})).items).toMatchObject([{ id: made.id, moves: [{ customers: 1 }] }])
    const narrow = { ...colleague, customerLevel: 4 as const }
    expect((await listHandovers(ctx, narrow, {})).items).toMatchObject([{ id: made.id, moves: [{ customers: 0 }] }])
    expect((await readHandover(ctx, narrow, made.id)).standing.customers).toBe(0)
    expect((await listHandoverRecords(ctx, narrow, made.id, {})).items).toEqual([])
  })
})

test('very many customers are left to the worker, who does it at once and as a whole; those who look on are told once', async () => {
  await db().execute(sql`
    insert into customers (id, code, name, preferred_agent_id)
    select gen_random_uuid(), 'M-' || n, 'Cliente ' || n, ${agents.ana}::uuid from generate_series(1, 10001) n`)
  const rung = ctx.rung.length
  const made = await handOver({ moves: [move('ana', 'luis', 10_001)] })
  expect(made.state).toBe('planned')
  expect(ctx.rung.slice(rung).map(({ job }) => job.name)).toEqual(['do-due-handovers'])
  const listener = await database.pool.connect()
  const heard: string[] = []
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''))
  await listener.query('listen cartera_live')
  await doDueHandoversJob.perform(ctx, {})
  await listener.query('select 1')
  listener.release(true)
  expect(heard.filter((payload) => payload.includes('"customer"'))).toEqual(['{"entity":"customer","ids":[],"action":"change"}'])
  expect((await readHandover(ctx, viewer, made.id)).standing.customers).toBe(10_001)
  expect(await db().$count(auditLog, eq(auditLog.entity, 'customer'))).toBe(10_001)
})
