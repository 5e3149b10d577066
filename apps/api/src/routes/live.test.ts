import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { sessions, users } from '@cartera/db/schema/organisation'
import { aBranch, aCompany, aCustomer, aDepartment, aFollowUp, aNote, aProfile, aUser } from '@cartera/db/testing/builders'
import { recordAudit } from '@cartera/use-cases/audit'
import { notifyLive } from '@cartera/use-cases/live/notify-live'
import { eq } from 'drizzle-orm'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { liveStream } from '../testing/live-stream.ts'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db
const open: Awaited<ReturnType<typeof liveStream>>[] = []

/** What a person hears from now on. */
async function listening(headers: Record<string, string>) {
  const stream = await liveStream(api.app, headers)
  open.push(stream)
  return stream
}

let here: string
let there: string
let department: string

beforeAll(async () => {
  await aCompany(db())
  here = (await aBranch(db())).id
  there = (await aBranch(db())).id
  department = (await aDepartment(db())).id
})
afterEach(async () => {
  for (const stream of open.splice(0)) {
    stream.close()
    await stream.ended
  }
})

/** An agent of level 3, with a colleague beside and somebody far away, each with a follow-up. */
async function people() {
  const me = await api.signedIn({ branchId: here, departmentId: department, level: 3 })
  const peer = await api.signedIn({ branchId: here, departmentId: department, level: 3 })
  const far = await aUser(db(), { branchId: there, departmentId: department })
  return {
    me,
    peer,
    mine: await aFollowUp(db(), { ownerId: me.user.id }),
    theirs: await aFollowUp(db(), { ownerId: peer.user.id }),
    farOne: await aFollowUp(db(), { ownerId: far.id }),
  }
}

describe('live events', () => {
  test('are a stream that no proxy holds back, and say when nothing is missed any more', async () => {
    const { me } = await people()
    const { response, arrived } = await listening(me.headers)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toContain('no-cache')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    expect(arrived).toEqual([{ event: 'ready', data: '{}' }])
  })

  test('what a colleague does arrives, with its id and nothing of what stands in it', async () => {
    const { me, peer, theirs } = await people()
    const stream = await listening(me.headers)
    await api.request().post(`/api/v1/follow-ups/${theirs.id}/postponements`).set(peer.headers).send({ hours: 2 }).expect(201)
    const change = await stream.change((each) => each.id === theirs.id)
    expect(change).toEqual({ entity: 'follow-up', id: theirs.id, action: 'postpone' })
    const customer = await aCustomer(db())
    const note = (
      await api.request().post(`/api/v1/customers/${customer.id}/notes`).set(peer.headers).send({ body: 'Secreto' }).expect(201)
    ).body as { id: string }
    await stream.change((each) => each.entity === 'note' && each.id === note.id)
    expect(JSON.stringify(stream.arrived)).not.toContain('Secreto')
  })

  test('what is out of scope never arrives, nor what was rolled back', async () => {
    const { me, mine, farOne } = await people()
    const stream = await listening(me.headers)
    const audit = (id: string, action: 'change' | 'close') => ({ action, entity: 'follow-up', entityId: id }) as const
    await recordAudit(db(), api.ctx, null, audit(farOne.id, 'change'))
    await db()
      .transaction(async (tx) => {
        await recordAudit(tx, api.ctx, null, audit(mine.id, 'change'))
        throw new Error('rolled back')
      })
      .catch(() => undefined)
    await recordAudit(db(), api.ctx, null, audit(mine.id, 'close'))
    await stream.change((each) => each.action === 'close')
    expect(stream.changes).toEqual([{ entity: 'follow-up', id: mine.id, action: 'close' }])
  })

  test('of a deleted note those are told to whom it was there, and no others', async () => {
    const { me, peer, mine, farOne } = await people()
    const near = await aNote(db(), { authorId: peer.user.id })
    const distant = await aNote(db(), { authorId: farOne.ownerId })
    const chief = await api.signedIn({ level: 1 })
    const stream = await listening(me.headers)
    for (const note of [distant, near]) await api.request().delete(`/api/v1/notes/${note.id}`).set(chief.headers).expect(204)
    await notifyLive(db(), { entity: 'follow-up', id: mine.id, action: 'change' })
    await stream.change((each) => each.id === mine.id)
    expect(stream.changes.filter((each) => each.entity === 'note')).toEqual([{ entity: 'note', id: near.id, action: 'delete' }])
    // Told, and then it is as one that never was: its history too.
    for (const { headers } of [me, chief])
      await api.request().get(`/api/v1/record-changes?entity=note&id=${near.id}`).set(headers).expect(404)
  })

  test('who was moved away hears nothing more of the old place, and is told to ask for everything again', async () => {
    const { me, mine, theirs } = await people()
    const stream = await listening(me.headers)
    await db().update(users).set({ branchId: there }).where(eq(users.id, me.user.id))
    await notifyLive(db(), { entity: 'follow-up', id: theirs.id, action: 'change' })
    await stream.event('refresh')
    await notifyLive(db(), { entity: 'follow-up', id: mine.id, action: 'change' })
    await stream.change((each) => each.id === mine.id)
    expect(stream.changes.map((each) => each.id)).toEqual([mine.id])
  })

  test('who got a lower level hears of no more than that level sees', async () => {
    const { me, mine, theirs } = await people()
    const stream = await listening(me.headers)
    const lower = await aProfile(db(), { level: 4 })
    await db().update(users).set({ profileId: lower.id }).where(eq(users.id, me.user.id))
    await notifyLive(db(), { entity: 'follow-up', id: theirs.id, action: 'change' })
    await notifyLive(db(), { entity: 'follow-up', id: mine.id, action: 'change' })
    await stream.change((each) => each.id === mine.id)
    expect(stream.changes.map((each) => each.id)).toEqual([mine.id])
  })

  test('a record that was handed over is told to who has it now, not to who had it', async () => {
    const before = await api.signedIn({ level: 4 })
    const after = await api.signedIn({ level: 4 })
    const handed = await aFollowUp(db(), { ownerId: before.user.id })
    const kept = await aFollowUp(db(), { ownerId: before.user.id })
    const [left, right] = [await listening(before.headers), await listening(after.headers)]
    await db().update(followUps).set({ ownerId: after.user.id }).where(eq(followUps.id, handed.id))
    await notifyLive(db(), { entity: 'follow-up', id: handed.id, action: 'change' })
    await right.change((each) => each.id === handed.id)
    await notifyLive(db(), { entity: 'follow-up', id: kept.id, action: 'change' })
    await left.change((each) => each.id === kept.id)
    expect(left.changes.map((each) => each.id)).toEqual([kept.id])
  })

  test('the stream of a disabled user, of an ended session and of a token that ran out ends before anything is told', async () => {
    const [disabled, ended, late, witness] = [await people(), await people(), await people(), await people()]
    const streams = [
      await listening(disabled.me.headers),
      await listening(ended.me.headers),
      await listening(late.me.headers),
    ] as const
    await db().update(users).set({ active: false }).where(eq(users.id, disabled.me.user.id))
    await db().update(sessions).set({ revokedAt: api.ctx.now() }).where(eq(sessions.id, ended.me.session.sessionId))
    const now = api.ctx.now().toISOString()
    await notifyLive(db(), { entity: 'follow-up', id: witness.mine.id, action: 'change' })
    await streams[0].ended
    await streams[1].ended
    api.ctx.at(new Date(api.ctx.now().getTime() + 901_000).toISOString())
    await notifyLive(db(), { entity: 'follow-up', id: late.mine.id, action: 'close' })
    await streams[2].ended
    api.ctx.at(now)
    expect([...streams[0].changes, ...streams[1].changes]).toEqual([])
    expect(streams[2].changes.filter((each) => each.action === 'close')).toEqual([])
  })

  test('when the listening connection is lost everybody is told to ask again, and changes arrive as before', async () => {
    const { me, mine } = await people()
    const stream = await listening(me.headers)
    const { rowCount } = await api.database.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cartera-live' and datname = current_database()",
    )
    expect(rowCount).toBe(1)
    await stream.event('refresh')
    await notifyLive(db(), { entity: 'follow-up', id: mine.id, action: 'change' })
    await stream.change((each) => each.id === mine.id)
  })

  test('very many changes at once are one word: ask for everything again', async () => {
    const { me, peer } = await people()
    const many: string[] = []
    for (let n = 0; n < 501; n++) many.push((await aFollowUp(db(), { ownerId: peer.user.id })).id)
    const stream = await listening(me.headers)
    await db().transaction(async (tx) => {
      for (const id of many) await notifyLive(tx, { entity: 'follow-up', id, action: 'change' })
    })
    await stream.event('refresh')
    expect(stream.changes).toEqual([])
  })

  test('what an integrator sends in bulk is one message, and of what they sent nobody hears of more than they see', async () => {
    const chief = await api.signedIn({ level: 1 })
    const owner = await aUser(db(), { branchId: here, departmentId: department })
    const stranger = await aUser(db(), { branchId: there })
    const narrow = await aProfile(db(), { level: 3, customerLevel: 3 })
    const { me } = await people()
    await db().update(users).set({ profileId: narrow.id }).where(eq(users.id, me.user.id))
    const stream = await listening(me.headers)
    const items = Array.from({ length: 400 }, (_, n) => ({
      externalId: `LIVE-${n}`,
      name: `En bloque ${n}`,
      collectionsAgentEmail: n % 2 === 0 ? owner.email : stranger.email,
    }))
    await api.request().put('/api/v1/customers').set(chief.headers).send({ items }).expect(200)
    await stream.event('changes')
    const seen = await db().select({ id: customers.id }).from(customers).where(eq(customers.collectionsAgentId, owner.id))
    expect(stream.arrived.map((each) => each.event)).toEqual(['ready', 'changes'])
    expect(stream.changes.map((each) => each.id).sort()).toEqual(seen.map((each) => each.id).sort())
    expect(seen).toHaveLength(200)

    // The same again changes nothing, and tells nothing.
    await api.request().put('/api/v1/customers').set(chief.headers).send({ items }).expect(200)
    await api
      .request()
      .put('/api/v1/customers')
      .set(chief.headers)
      .send({ items: [{ externalId: 'LIVE-0', name: 'Otro nombre' }] })
      .expect(200)
    const renamed = await stream.change((each) => each.action === 'change')
    expect(stream.changes.filter((each) => each.action !== 'create')).toEqual([renamed])
  })

  test('a batch of more than anybody asks for one by one is a single word too', async () => {
    const chief = await api.signedIn({ level: 1 })
    const { me, mine } = await people()
    const stream = await listening(me.headers)
    const items = Array.from({ length: 1000 }, (_, n) => ({ externalId: `MANY-${n}`, name: `Muchos ${n}` }))
    await api.request().put('/api/v1/customers').set(chief.headers).send({ items }).expect(200)
    await stream.event('refresh')
    await notifyLive(db(), { entity: 'follow-up', id: mine.id, action: 'change' })
    await stream.change((each) => each.id === mine.id)
    expect(stream.arrived.map((each) => each.event)).toEqual(['ready', 'refresh', 'changes'])
  })

  test('one connection to the database serves all readers; a person has ten streams and no more', async () => {
    const { me } = await people()
    for (let n = 0; n < 10; n++) await listening(me.headers)
    const tooMany = await listening(me.headers)
    expect(tooMany.response.status).toBe(429)
    const { rows } = await api.database.pool.query<{ count: number }>(
      "select count(*)::int as count from pg_stat_activity where application_name = 'cartera-live' and datname = current_database()",
    )
    expect(rows).toEqual([{ count: 1 }])
  })

  test('nobody gets a stream without a token', async () => {
    const stream = await listening({})
    expect(stream.response.status).toBe(401)
  })
})

test('streams end when the API closes, so that closing waits for nobody', async () => {
  const { me } = await people()
  const stream = await liveStream(api.app, me.headers)
  await api.app.close()
  await stream.ended
})
