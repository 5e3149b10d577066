import { randomUUID } from 'node:crypto'
import { followUpEndpoints } from '@cartera/contract/follow-ups'
import { type followUps, postponements } from '@cartera/db/schema/follow-ups'
import { company, holidays } from '@cartera/db/schema/organisation'
import {
  aCompany,
  aCustomer,
  aFollowUp,
  aFollowUpActivity,
  aFollowUpSituation,
  aFollowUpType,
  aUser,
} from '@cartera/db/testing/builders'
import { bringBackWaiting } from '@cartera/use-cases/follow-ups/bring-back-waiting'
import { eq } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

// The company is in Bogotá, open from 8:00 to 18:00; it is Monday 2 March 2026, 10:00 there.
const api = testApi()
const db = () => api.database.db
beforeAll(() => aCompany(db()))

type Headers = Record<string, string>
const get = (headers: Headers, path: string) => api.request().get(`/api/v1${path}`).set(headers)
const post = (headers: Headers, path: string, body?: object) => api.request().post(`/api/v1${path}`).set(headers).send(body)
const patch = (headers: Headers, path: string, body: object) => api.request().patch(`/api/v1${path}`).set(headers).send(body)

async function own(over: Partial<typeof followUps.$inferInsert> = {}) {
  const { headers, user } = await api.signedIn()
  return { headers, user, followUp: await aFollowUp(db(), { ownerId: user.id, ...over }) }
}

beforeEach(async () => {
  api.ctx.at('2026-03-02T15:00:00Z')
  await db().update(company).set({ postponeInBusinessHours: false, followUpDefaultHours: 24 })
  await db().delete(holidays)
})

describe('snoozing with memory', () => {
  test('tomorrow at 9:00 and after the holiday keep how, from, to and why; the hours are empty', async () => {
    const { headers, followUp } = await own({ dueAt: new Date('2026-03-02T14:00:00Z') })
    const url = `/follow-ups/${followUp.id}/postponements`
    const first = await post(headers, url, { until: 'tomorrow', reason: ' No contestó ' }).expect(201)
    expect(first.body).toMatchObject({ dueAt: '2026-03-03T14:00:00.000Z', postponementCount: 1, waitsForAnswer: false })
    await db()
      .insert(holidays)
      .values([
        { day: '2026-03-03', name: 'Fiesta' },
        { day: '2026-03-04', name: 'Puente' },
      ])
    const second = await post(headers, url, { until: 'after-holiday' }).expect(201)
    expect(second.body).toMatchObject({ dueAt: '2026-03-05T13:00:00.000Z', postponementCount: 2 })
    const rows = await db()
      .select()
      .from(postponements)
      .where(eq(postponements.followUpId, followUp.id))
      .orderBy(postponements.id)
    expect(rows).toMatchObject([
      { until: 'tomorrow', hours: null, reason: 'No contestó' },
      { until: 'after-holiday', hours: null, reason: null },
    ])
    const history = await get(headers, `/follow-ups/${followUp.id}/history`).expect(200)
    expect(followUpEndpoints.history.response.parse(history.body).items).toMatchObject([
      { action: 'postpone', until: 'after-holiday', hours: null },
      { action: 'postpone', until: 'tomorrow', hours: null, reason: 'No contestó' },
    ])
  })

  test('until the customer answers: it comes back at once then, else at the time that was said, once', async () => {
    const { headers, followUp } = await own()
    const url = `/follow-ups/${followUp.id}/postponements`
    const waiting = await post(headers, url, { until: 'answer', dueOn: '2026-03-09', dueTime: '11:15' }).expect(201)
    expect(waiting.body).toMatchObject({ dueAt: '2026-03-09T16:15:00.000Z', waitsForAnswer: true })
    const found = await get(headers, `/follow-ups?waiting=true&customerId=${followUp.customerId}`).expect(200)
    expect(found.body.items).toMatchObject([{ id: followUp.id }])
    expect(await db().transaction((tx) => bringBackWaiting(tx, api.ctx, followUp.customerId))).toBe(1)
    expect(await db().transaction((tx) => bringBackWaiting(tx, api.ctx, followUp.customerId))).toBe(0)
    const back = await get(headers, `/follow-ups/${followUp.id}`).expect(200)
    expect(back.body).toMatchObject({ dueAt: '2026-03-02T15:00:00.000Z', waitsForAnswer: false, overdue: true })
  })

  test('without a time it waits for the company’s default hours; any other deed ends the waiting', async () => {
    const { headers, followUp } = await own()
    const url = `/follow-ups/${followUp.id}`
    const waiting = await post(headers, `${url}/postponements`, { until: 'answer' }).expect(201)
    expect(waiting.body).toMatchObject({ dueAt: '2026-03-03T15:00:00.000Z', waitsForAnswer: true })
    expect((await post(headers, `${url}/postponements`, { hours: 1 }).expect(201)).body.waitsForAnswer).toBe(false)
    await post(headers, `${url}/postponements`, { until: 'answer', dueOn: '2026-03-09', dueTime: '11:15' }).expect(201)
    expect((await post(headers, `${url}/closures`, {}).expect(201)).body.waitsForAnswer).toBe(false)
    expect((await post(headers, `${url}/reopenings`).expect(201)).body.waitsForAnswer).toBe(false)
  })

  test('what cannot be is refused at its field, and nothing is written', async () => {
    const { headers, followUp } = await own({ dueAt: new Date('2026-03-20T14:00:00Z') })
    const url = `/follow-ups/${followUp.id}/postponements`
    for (const [body, status, field, code] of [
      [{}, 400, 'hours', 'required'],
      [{ hours: 4, until: 'tomorrow' }, 400, 'until', 'choice'],
      [{ until: 'someday' }, 400, 'until', 'choice'],
      [{ until: 'tomorrow', dueOn: '2026-03-09', dueTime: '10:00' }, 400, 'dueOn', 'choice'],
      [{ until: 'answer', dueOn: '2026-03-09' }, 400, 'dueOn', 'choice'],
      [{ until: 'tomorrow' }, 422, 'until', 'postponement-not-later'],
      [{ until: 'after-holiday' }, 422, 'until', 'postponement-not-later'],
      [{ until: 'answer', dueOn: '2026-03-02', dueTime: '10:00' }, 422, 'dueOn', 'due-in-past'],
      [{ until: 'answer', dueOn: '2027-03-03', dueTime: '10:00' }, 422, 'dueOn', 'postponement-too-far'],
      [{ hours: 0 }, 422, 'hours', 'hours-not-positive'],
      [{ hours: -5 }, 422, 'hours', 'hours-not-positive'],
      [{ hours: 2.5 }, 422, 'hours', 'hours-not-whole'],
      [{ hours: 1e9 }, 422, 'hours', 'hours-too-many'],
    ] as const) {
      const answer = await post(headers, url, body)
      expect([
        body,
        answer.status,
        answer.body.errors?.map(({ field, code }: Record<string, string>) => ({ field, code })),
      ]).toEqual([body, status, [{ field, code }]])
    }
    expect(await db().select().from(postponements).where(eq(postponements.followUpId, followUp.id))).toEqual([])
    await post(headers, `/follow-ups/${followUp.id}/closures`, {}).expect(201)
    expect((await post(headers, url, { until: 'tomorrow' }).expect(409)).body.code).toBe('follow-up-not-active')
  })

  test('several at once: each says by itself what came of it', async () => {
    const { headers, user, followUp } = await own()
    const far = await aFollowUp(db(), { ownerId: user.id, dueAt: new Date('2026-03-20T14:00:00Z') })
    const done = await aFollowUp(db(), { ownerId: user.id, state: 'closed' })
    const ids = [followUp.id, far.id, done.id, randomUUID()]
    const { body } = await post(headers, '/follow-ups/postponements', { ids, until: 'tomorrow', reason: 'Feria' }).expect(200)
    expect(body.items).toMatchObject([
      { id: ids[0], done: true, dueAt: '2026-03-03T14:00:00.000Z', refusal: null },
      { id: ids[1], done: false, refusal: 'postponement-not-later' },
      { id: ids[2], done: false, refusal: 'follow-up-not-active' },
      { id: ids[3], done: false, refusal: 'not-found' },
    ])
  })

  test('in bulk the same is refused as singly, at its field and as a whole; foreign ids say nothing', async () => {
    const { headers, user, followUp } = await own()
    const of = (body: object, ids: unknown[] = [followUp.id]) => post(headers, '/follow-ups/postponements', { ids, ...body })
    const later = { until: 'answer', dueTime: '00:30' }
    await db().update(company).set({ timeZone: 'America/Santiago' })
    for (const [body, status, field] of [
      [{ hours: 0 }, 422, 'hours'],
      [{ hours: -5 }, 422, 'hours'],
      [{ hours: 2.5 }, 422, 'hours'],
      [{ hours: 1e9 }, 422, 'hours'],
      [{ ...later, dueOn: '2026-03-01' }, 422, 'dueOn'],
      [{ ...later, dueOn: '2027-03-04' }, 422, 'dueOn'],
      // Half past midnight of 6 September does not exist in Santiago.
      [{ ...later, dueOn: '2026-09-06' }, 422, 'dueTime'],
      [{ hours: 1, reason: 'x'.repeat(1001) }, 400, 'reason'],
    ] as const) {
      const answers = [await of(body), await post(headers, `/follow-ups/${followUp.id}/postponements`, body)]
      for (const answer of answers) expect([body, answer.status, answer.body.errors?.[0]?.field]).toEqual([body, status, field])
      expect(answers[0]?.body.code).toBe(answers[1]?.body.code)
    }
    await db().update(company).set({ timeZone: 'America/Bogota' })
    expect((await of({ hours: 1 }, [])).status).toBe(400)
    expect((await of({ hours: 1 }, ['x'])).status).toBe(400)
    expect(
      (
        await of(
          { hours: 1 },
          Array.from({ length: 201 }, () => randomUUID()),
        )
      ).status,
    ).toBe(400)
    expect([400, 413]).toContain((await of({ hours: 1, reason: 'x'.repeat(1_048_576) })).status)
    expect(await db().select().from(postponements).where(eq(postponements.followUpId, followUp.id))).toEqual([])

    // A day off is jumped over; another's and none answer alike; formulas and markup are text.
    await db().update(company).set({ postponeInBusinessHours: true })
    await db().insert(holidays).values({ day: '2026-03-03', name: 'Feria' })
    const { headers: lowly, user: clerk } = await api.signedIn({ level: 4 })
    const mine = await aFollowUp(db(), { ownerId: clerk.id, dueAt: new Date('2026-03-02T22:00:00Z') })
    const theirs = await aFollowUp(db(), { ownerId: user.id })
    const reason = '=HYPERLINK("x") <script>alert(1)</script>'
    const ids = [mine.id, theirs.id, randomUUID()]
    const { body } = await post(lowly, '/follow-ups/postponements', { ids, hours: 2, reason }).expect(200)
    expect(body.items.map(({ done, dueAt, refusal }: Record<string, unknown>) => [done, dueAt, refusal])).toEqual([
      [true, '2026-03-04T14:00:00.000Z', null],
      [false, null, 'not-found'],
      [false, null, 'not-found'],
    ])
    const history = await get(lowly, `/follow-ups/${mine.id}/history`).expect(200)
    expect(history.body.items[0]).toMatchObject({ action: 'postpone', reason })
  })

  test('a forged cursor, or one of another list, is refused', async () => {
    const { headers, followUp } = await own()
    for (const body of ['a', 'b']) await post(headers, `/follow-ups/${followUp.id}/observations`, { body }).expect(201)
    const other = (await get(headers, `/follow-ups/${followUp.id}/observations?limit=1`).expect(200)).body.nextCursor
    expect(other).toBeTypeOf('string')
    const forged = ['x', Buffer.from('["-dueAt","x","y"]').toString('base64url'), Buffer.from('{').toString('base64url'), other]
    const lists = ['/follow-ups', `/follow-ups/${followUp.id}/progress`, '/follow-up-register', '/follow-up-postponements']
    for (const url of lists)
      for (const cursor of forged) {
        const { code } = (await get(headers, `${url}?cursor=${cursor}`)).body
        expect([url, cursor, code]).toEqual([url, cursor, 'cursor-invalid'])
      }
  })

  test('two at the same time: both are facts, and the last one decides the time', async () => {
    const { headers, followUp } = await own()
    const url = `/follow-ups/${followUp.id}/postponements`
    await Promise.all([post(headers, url, { until: 'tomorrow' }), post(headers, url, { hours: 48 })])
    const rows = await db().select().from(postponements).where(eq(postponements.followUpId, followUp.id))
    // Whoever comes second finds what the first one did: tomorrow is refused once it is due later.
    expect([1, 2]).toContain(rows.length)
    const last = rows.toSorted((a, b) => a.fromDueAt.getTime() - b.fromDueAt.getTime()).at(-1)
    const { body } = await get(headers, `/follow-ups/${followUp.id}`).expect(200)
    expect([body.postponementCount, body.dueAt]).toEqual([rows.length, last?.toDueAt.toISOString()])
  })

  test('a list of what was postponed so many times or more', async () => {
    const { headers, user, followUp } = await own()
    const other = await aFollowUp(db(), { ownerId: user.id })
    for (const id of [followUp.id, followUp.id, followUp.id, other.id])
      await post(headers, `/follow-ups/${id}/postponements`, { hours: 1 }).expect(201)
    const found = async (times: string) =>
      (await get(headers, `/follow-ups?ownerId=${user.id}&postponedTimes=${times}`)).body.items?.map(
        (one: { id: string }) => one.id,
      )
    expect(await found('3')).toEqual([followUp.id])
    expect((await found('1')).sort()).toEqual([followUp.id, other.id].sort())
    for (const wrong of ['0', '-1', '2.5', '1000']) expect(await found(wrong)).toBe(undefined)
  })
})

describe('observations and progress', () => {
  test('any number, dated now unless told, newest first, in whatever state, in the history too', async () => {
    const { headers, user, followUp } = await own()
    const url = `/follow-ups/${followUp.id}`
    const one = await post(headers, `${url}/observations`, { body: ' <b>Promete</b> =1+1 ' }).expect(201)
    expect(followUpEndpoints.observe.response.parse(one.body)).toMatchObject({
      body: '<b>Promete</b> =1+1',
      observedAt: '2026-03-02T15:00:00.000Z',
      author: { id: user.id },
    })
    await post(headers, `${url}/closures`, {}).expect(201)
    await post(headers, `${url}/observations`, { body: 'Llamó ayer', on: '2026-03-01', time: '16:20' }).expect(201)
    const { body } = await get(headers, `${url}/observations?limit=1`).expect(200)
    expect(body.items).toMatchObject([{ body: '<b>Promete</b> =1+1' }])
    const next = await get(headers, `${url}/observations?limit=1&cursor=${body.nextCursor}`).expect(200)
    expect(next.body).toMatchObject({ items: [{ body: 'Llamó ayer', observedAt: '2026-03-01T21:20:00.000Z' }], nextCursor: null })
    const history = await get(headers, `${url}/history`).expect(200)
    expect(history.body.items.map((each: { action: string }) => each.action).sort()).toEqual(['close', 'observe', 'observe'])
  })

  test('an activity that was done stands with its direction; one that is switched off is not offered any more', async () => {
    const { headers, followUp } = await own()
    const url = `/follow-ups/${followUp.id}/progress`
    const [back, off] = [
      await aFollowUpActivity(db(), { direction: 'setback' }),
      await aFollowUpActivity(db(), { active: false }),
    ]
    const made = await post(headers, url, { activityId: back.id, comment: 'Se negó' }).expect(201)
    expect(followUpEndpoints.noteProgress.response.parse(made.body)).toMatchObject({
      activity: { id: back.id, direction: 'setback' },
      comment: 'Se negó',
    })
    expect((await post(headers, url, { activityId: off.id }).expect(422)).body.errors).toMatchObject([{ field: 'activityId' }])
    expect((await get(headers, url).expect(200)).body.items).toMatchObject([{ id: made.body.id }])
    const history = await get(headers, `/follow-ups/${followUp.id}/history`).expect(200)
    expect(history.body.items).toMatchObject([
      { action: 'progress', text: 'Se negó', activity: { name: back.name, direction: 'setback' } },
    ])
  })

  test('blanks, 1 MB, the future and a time that the clocks skip are refused at the field', async () => {
    const { headers, followUp } = await own()
    const url = `/follow-ups/${followUp.id}/observations`
    for (const [body, field] of [
      [{ body: '   ' }, 'body'],
      [{ body: 'x'.repeat(5001) }, 'body'],
      [{ body: 'x', on: '2026-03-03' }, 'on'],
      [{ body: 'x', time: '10:01' }, 'time'],
      [{ body: 'x', on: '2026-02-30' }, 'on'],
    ] as const) {
      const answer = await post(headers, url, body)
      expect([Object.values(body).at(-1)?.slice(0, 10), answer.status >= 400, answer.body.errors?.[0]?.field]).toEqual([
        Object.values(body).at(-1)?.slice(0, 10),
        true,
        field,
      ])
    }
    const activity = await aFollowUpActivity(db())
    for (const [moment, field] of [
      [{ on: '2026-03-03' }, 'on'],
      [{ on: '2026-03-02', time: '10:01' }, 'time'],
    ] as const) {
      const late = await post(headers, `/follow-ups/${followUp.id}/progress`, { activityId: activity.id, ...moment }).expect(422)
      expect(late.body.errors).toMatchObject([{ field, code: 'time-in-future' }])
    }
    await db().update(company).set({ timeZone: 'America/Santiago' })
    const gap = await post(headers, url, { body: 'x', on: '2025-09-07', time: '00:30' }).expect(422)
    expect(gap.body.errors).toMatchObject([{ field: 'time', code: 'due-time-does-not-exist' }])
    await db().update(company).set({ timeZone: 'America/Bogota' })
    expect((await get(headers, url).expect(200)).body.items).toEqual([])
  })
})

describe('situation, default due time and origin', () => {
  test('the situation is kept, listed and told in the history; one that is switched off is refused', async () => {
    const { headers, followUp } = await own()
    const [waits, off] = [await aFollowUpSituation(db(), { kind: 'setback' }), await aFollowUpSituation(db(), { active: false })]
    const url = `/follow-ups/${followUp.id}`
    const changed = await patch(headers, url, { situationId: waits.id, version: 1 }).expect(200)
    expect(changed.body.situation).toEqual({ id: waits.id, name: waits.name, kind: 'setback' })
    expect((await patch(headers, url, { situationId: off.id, version: 2 }).expect(422)).body.errors).toMatchObject([
      { field: 'situationId' },
    ])
    expect((await get(headers, `/follow-ups?situationId=${waits.id}`).expect(200)).body.items).toMatchObject([
      { id: followUp.id },
    ])
    const history = await get(headers, `${url}/history`).expect(200)
    expect(history.body.items[0].changes).toEqual([{ field: 'situationId', before: null, after: waits.name }])
    await patch(headers, url, { situationId: null, version: 2 }).expect(200)
  })

  test('without a due time it is due after the company’s default hours, business hours respected', async () => {
    const { headers } = await api.signedIn()
    const body = { customerId: (await aCustomer(db())).id, typeId: (await aFollowUpType(db())).id, subject: 'Llamar' }
    expect((await post(headers, '/follow-ups', body).expect(201)).body.dueAt).toBe('2026-03-03T15:00:00.000Z')
    await db().update(company).set({ postponeInBusinessHours: true, followUpDefaultHours: 10 })
    expect((await post(headers, '/follow-ups', body).expect(201)).body.dueAt).toBe('2026-03-03T15:00:00.000Z')
    const half = await post(headers, '/follow-ups', { ...body, dueOn: '2026-03-05' }).expect(422)
    expect(half.body.errors).toMatchObject([{ field: 'dueTime', code: 'due-incomplete' }])
  })

  test('the chain holds all from the first one on, as a tree, with its history; an origin that comes from itself is refused', async () => {
    const { headers, followUp, user } = await own({ subject: 'Primera' })
    const more = { customerId: followUp.customerId, ownerId: user.id }
    const second = await aFollowUp(db(), { ...more, parentId: followUp.id, subject: 'Segunda' })
    const third = await aFollowUp(db(), { ...more, parentId: second.id, subject: 'Tercera' })
    const side = await aFollowUp(db(), { ...more, parentId: followUp.id, subject: 'Otra rama' })
    await aFollowUp(db(), { ...more, subject: 'Suelta' })
    await post(headers, `/follow-ups/${third.id}/observations`, { body: 'En la tercera' }).expect(201)
    for (const id of [followUp.id, third.id, side.id]) {
      const { body } = await get(headers, `/follow-ups/${id}/chain`).expect(200)
      expect(followUpEndpoints.chain.response.parse(body).items.map((one) => [one.depth, one.subject])).toEqual([
        [0, 'Primera'],
        [1, 'Segunda'],
        [2, 'Tercera'],
        [1, 'Otra rama'],
      ])
    }
    expect((await get(headers, `/follow-ups/${side.id}/history`).expect(200)).body.items).toEqual([])
    expect((await get(headers, `/follow-ups/${side.id}/history?chain=true`).expect(200)).body.items).toMatchObject([
      { action: 'observe', text: 'En la tercera', followUp: { number: third.number } },
    ])
    const circle = await patch(headers, `/follow-ups/${followUp.id}`, { parentId: third.id, version: 1 }).expect(422)
    expect(circle.body.errors).toMatchObject([{ field: 'parentId', code: 'follow-up-cycle' }])
    await patch(headers, `/follow-ups/${followUp.id}`, { parentId: followUp.id, version: 1 }).expect(422)
    await patch(headers, `/follow-ups/${third.id}`, { parentId: null, version: 1 }).expect(200)
    await patch(headers, `/follow-ups/${followUp.id}`, { parentId: third.id, version: 1 }).expect(200)
  })

  test('two who hang each one’s follow-up under the other’s: one of them is refused, and there is no circle', async () => {
    const { headers, followUp, user } = await own()
    const other = await aFollowUp(db(), { customerId: followUp.customerId, ownerId: user.id })
    const answers = await Promise.all([
      patch(headers, `/follow-ups/${followUp.id}`, { parentId: other.id, version: 1 }),
      patch(headers, `/follow-ups/${other.id}`, { parentId: followUp.id, version: 1 }),
    ])
    expect(answers.map((answer) => answer.status).sort()).toEqual([200, 422])
  })

  test('where one in between is out of reach the chain ends, as if it were not there', async () => {
    const { headers, user } = await api.signedIn({ level: 4 })
    const stranger = await aUser(db())
    const customer = await aCustomer(db())
    const mine = (over: object) => aFollowUp(db(), { customerId: customer.id, ownerId: user.id, ...over })
    const first = await mine({ subject: 'Mía' })
    const hidden = await mine({ ownerId: stranger.id, parentId: first.id, subject: 'Ajena' })
    const last = await mine({ parentId: hidden.id, subject: 'Mía también' })
    const chain = async (id: string) => (await get(headers, `/follow-ups/${id}/chain`).expect(200)).body.items
    expect(await chain(first.id)).toMatchObject([{ subject: 'Mía', depth: 0 }])
    expect(await chain(last.id)).toMatchObject([{ subject: 'Mía también', depth: 0, parentId: null }])
  })
})
