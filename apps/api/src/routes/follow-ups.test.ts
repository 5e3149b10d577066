import { randomUUID } from 'node:crypto'
import { followUpEndpoints } from '@cartera/contract/follow-ups'
import { customers } from '@cartera/db/schema/customers'
import { company, users } from '@cartera/db/schema/organisation'
import {
  aBranch,
  aCompany,
  aContact,
  aCustomer,
  aDepartment,
  aFollowUp,
  aFollowUpType,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(() => aCompany(api.database.db))

type Headers = Record<string, string>
const get = (headers: Headers, path: string) => api.request().get(`/api/v1${path}`).set(headers)
const post = (headers: Headers, path: string, body?: object) => api.request().post(`/api/v1${path}`).set(headers).send(body)
const subjects = (answer: { body: { items: { subject: string }[] } }) => answer.body.items.map((each) => each.subject)

async function valid(over: object = {}) {
  const { db } = api.database
  return {
    customerId: (await aCustomer(db)).id,
    typeId: (await aFollowUpType(db)).id,
    subject: 'Llamar por el saldo',
    dueOn: '2026-03-03',
    dueTime: '09:30',
    ...over,
  }
}

describe('opening a follow-up', () => {
  test('nobody opens one for an inactive customer; for one that is restricted or suspended people do, and standing ones go on', async () => {
    const { db } = api.database
    const { headers } = await api.signedIn()
    const body = await valid()
    const standing = await post(headers, '/follow-ups', body).expect(201)
    const become = (status: 'restricted' | 'suspended' | 'inactive') =>
      db.update(customers).set({ status }).where(eq(customers.id, body.customerId))
    for (const status of ['restricted', 'suspended'] as const) {
      await become(status)
      await post(headers, '/follow-ups', body).expect(201)
    }
    await become('inactive')
    const refused = await post(headers, '/follow-ups', body).expect(409)
    expect([refused.body.code, refused.body.errors[0].field]).toEqual(['customer-inactive', 'customerId'])
    await post(headers, `/follow-ups/${standing.body.id}/postponements`, { hours: 24 }).expect(201)
  })

  test('keeps every field, at the day and time of the company’s clock, owned by who opened it', async () => {
    const { db } = api.database
    const { headers, user } = await api.signedIn({ level: 4 })
    const body = await valid()
    const contact = await aContact(db, { customerId: body.customerId })
    const receivable = await aReceivable(db, { customerId: body.customerId, number: 'F-001' })
    const answer = await post(headers, '/follow-ups', {
      ...body,
      contactId: contact.id,
      receivableIds: [receivable.id],
      description: ' Pidió plazo ',
      priority: 'high',
      channel: 'visit',
    }).expect(201)
    expect(followUpEndpoints.create.response.parse(answer.body)).toMatchObject({
      owner: { id: user.id },
      contact: { id: contact.id },
      state: 'active',
      description: 'Pidió plazo',
      priority: 'high',
      channel: 'visit',
      dueAt: '2026-03-03T14:30:00.000Z',
      firstDueAt: '2026-03-03T14:30:00.000Z',
      postponementCount: 0,
      receivables: [{ documentNumber: 'F-001', balance: '100.00', currency: 'USD' }],
    })
    const next = await post(headers, '/follow-ups', { ...body, parentId: answer.body.id, subject: 'Sigue' }).expect(201)
    expect(next.body.parent).toMatchObject({ id: answer.body.id, subject: 'Llamar por el saldo' })
    const parent = await get(headers, `/follow-ups/${answer.body.id}`).expect(200)
    expect(parent.body.children).toMatchObject([{ subject: 'Sigue', state: 'active' }])
  })

  test('about a document with the longest number is read as any other', async () => {
    const { headers } = await api.signedIn()
    const body = await valid()
    const number = 'F'.repeat(120)
    const receivable = await aReceivable(api.database.db, { customerId: body.customerId, number })
    const made = await post(headers, '/follow-ups', { ...body, receivableIds: [receivable.id] }).expect(201)
    const read = await get(headers, `/follow-ups/${made.body.id}`).expect(200)
    expect(read.body.receivables).toMatchObject([{ documentNumber: number }])
  })

  test('what does not exist for the viewer, or is of another customer, is refused at its field', async () => {
    const { db } = api.database
    const { headers, user } = await api.signedIn({ level: 3 })
    const colleague = await aUser(db, { branchId: user.branchId, departmentId: user.departmentId })
    const gone = await aUser(db, { branchId: user.branchId, departmentId: user.departmentId, active: false })
    const blind = await aUser(db, { branchId: user.branchId, departmentId: user.departmentId, customerLevel: 4 })
    const cases: [object, string][] = [
      [{ customerId: randomUUID() }, 'customerId'],
      [{ customerId: (await aCustomer(db, { deletedAt: new Date() })).id }, 'customerId'],
      [{ typeId: randomUUID() }, 'typeId'],
      [{ typeId: (await aFollowUpType(db, { active: false })).id }, 'typeId'],
      [{ ownerId: (await aUser(db)).id }, 'ownerId'],
      [{ ownerId: gone.id }, 'ownerId'],
      [{ ownerId: blind.id }, 'ownerId'],
      [{ contactId: (await aContact(db)).id }, 'contactId'],
      [{ receivableIds: [(await aReceivable(db)).id] }, 'receivableIds'],
      [{ parentId: (await aFollowUp(db)).id }, 'parentId'],
    ]
    for (const [over, field] of cases) {
      const answer = await post(headers, '/follow-ups', await valid(over))
      expect([answer.status, answer.body.code, answer.body.errors?.[0]?.field]).toEqual([422, 'reference-unknown', field])
    }
    await post(headers, '/follow-ups', await valid({ ownerId: colleague.id })).expect(201)
  })

  test('a time that the clocks skip is refused; one that comes twice is the first', async () => {
    const { headers } = await api.signedIn()
    const { db } = api.database
    await db.update(company).set({ timeZone: 'America/Santiago' })
    try {
      // Midnight of 6 September 2026 does not exist in Santiago; 23:30 of 4 April comes twice.
      const refused = await post(headers, '/follow-ups', await valid({ dueOn: '2026-09-06', dueTime: '00:30' })).expect(422)
      expect(refused.body).toMatchObject({ code: 'due-time-does-not-exist', errors: [{ field: 'dueTime' }] })
      const twice = await post(headers, '/follow-ups', await valid({ dueOn: '2026-04-04', dueTime: '23:30' })).expect(201)
      expect(twice.body.dueAt).toBe('2026-04-05T02:30:00.000Z')
      const day = await get(headers, '/follow-ups?dueOn=2026-04-04').expect(200)
      expect(day.body.items.map((each: { id: string }) => each.id)).toContain(twice.body.id)
      await get(headers, '/follow-ups?dueOn=2026-09-06').expect(200)
    } finally {
      await db.update(company).set({ timeZone: 'America/Bogota' })
    }
  })

  test('a due day is chosen within reach, when opened as when changed or opened for many; one that stands already may stay', async () => {
    const { headers, user } = await api.signedIn()
    const { db } = api.database
    const wrong = (answer: { status: number; body: { errors?: { field: string; code: string }[] } }) => [
      answer.status,
      ...(answer.body.errors ?? []).map((each) => `${each.field} ${each.code}`),
    ]
    const refused = [422, 'dueOn due-out-of-range']
    const old = await aFollowUp(db, { ownerId: user.id, dueAt: new Date('2020-01-01T15:00:00Z') })
    const change = (body: object) => api.request().patch(`/api/v1/follow-ups/${old.id}`).set(headers).send(body)
    for (const dueOn of ['9998-12-31', '2031-03-15', '2025-02-01', '1900-01-01']) {
      expect([dueOn, ...wrong(await post(headers, '/follow-ups', await valid({ dueOn })))]).toEqual([dueOn, ...refused])
      expect([dueOn, ...wrong(await change({ dueOn, version: 1 }))]).toEqual([dueOn, ...refused])
      const { typeId } = old
      const many = { filter: {}, typeId, subject: 'x', dueOn, dueTime: '09:00', owners: { mode: 'collections-agent' } }
      for (const url of ['/portfolio/follow-ups', '/portfolio/follow-up-previews'])
        expect([url, dueOn, ...wrong(await post(headers, url, many))]).toEqual([url, dueOn, ...refused])
    }
    await post(headers, '/follow-ups', await valid({ dueOn: '2031-03-01' })).expect(201)
    // The form sends the day that it found.
    const kept = await change({ subject: 'Otro asunto', dueOn: '2020-01-01', dueTime: '10:00', version: 1 }).expect(200)
    expect(kept.body).toMatchObject({ subject: 'Otro asunto', dueAt: '2020-01-01T15:00:00.000Z' })
  })

  test('every wrong field is named at once', async () => {
    const { headers } = await api.signedIn()
    const answer = await post(headers, '/follow-ups', { subject: '', dueOn: '2026-02-29', dueTime: '24:00', colour: 1 }).expect(
      400,
    )
    expect(answer.body.errors.map((each: { field: string }) => each.field).sort()).toEqual(
      ['colour', 'customerId', 'dueOn', 'dueTime', 'subject', 'typeId'].sort(),
    )
  })
})

describe('postponing over HTTP', () => {
  test.each([
    [4, 201, undefined],
    [0, 422, 'hours-not-positive'],
    [-5, 422, 'hours-not-positive'],
    [2.5, 422, 'hours-not-whole'],
    [1e9, 422, 'hours-too-many'],
    ['4', 400, 'validation-failed'],
    [null, 400, 'validation-failed'],
    [1e300, 400, 'validation-failed'],
    [[4], 400, 'validation-failed'],
    [true, 400, 'validation-failed'],
  ])('hours %j: %d %s', async (hours, status, code) => {
    const { headers, user } = await api.signedIn({ level: 4 })
    const followUp = await aFollowUp(api.database.db, { ownerId: user.id })
    const answer = await post(headers, `/follow-ups/${followUp.id}/postponements`, { hours })
    expect([answer.status, answer.body.code]).toEqual([status, code])
    const many = await post(headers, '/follow-ups/postponements', { ids: [followUp.id], hours })
    expect([many.status, many.body.code]).toEqual([status === 201 ? 200 : status, code])
  })

  test('the settings that it goes by are for everyone', async () => {
    const { headers } = await api.signedIn({ level: 4, permissions: [] })
    const { db } = api.database
    expect((await get(headers, '/follow-up-settings').expect(200)).body).toMatchObject({
      now: '2026-03-02T15:00:00.000Z',
      defaultHours: 24,
      businessHours: null,
    })
    await db.update(company).set({ postponeInBusinessHours: true })
    const { body } = await get(headers, '/follow-up-settings').expect(200)
    await db.update(company).set({ postponeInBusinessHours: false })
    expect(body.businessHours).toMatchObject({ timeZone: 'America/Bogota', opensAt: '08:00', businessWeekdays: [1, 2, 3, 4, 5] })
  })

  test('a missing, a foreign and a malformed one', async () => {
    const { headers } = await api.signedIn({ level: 4 })
    const foreign = await aFollowUp(api.database.db)
    const answers = []
    for (const id of [randomUUID(), foreign.id]) {
      const { body } = await post(headers, `/follow-ups/${id}/postponements`, { hours: 1 }).expect(404)
      answers.push({ ...body, requestId: '' })
    }
    expect(answers[0]).toEqual(answers[1])
    await post(headers, '/follow-ups/x/postponements', { hours: 1 }).expect(400)
    await post({}, `/follow-ups/${foreign.id}/postponements`, { hours: 1 }).expect(401)
  })
})

describe('changing and ending', () => {
  test('two who change the same follow-up do not overwrite each other; an ended one is reopened first', async () => {
    const { headers, user } = await api.signedIn({ level: 4 })
    const { id } = await aFollowUp(api.database.db, { ownerId: user.id, dueAt: new Date('2026-03-02T20:00:00Z') })
    const change = (body: object) => api.request().patch(`/api/v1/follow-ups/${id}`).set(headers).send(body)
    const first = await change({ subject: 'Otro', dueTime: '16:00', version: 1 }).expect(200)
    expect(first.body).toMatchObject({ subject: 'Otro', dueAt: '2026-03-02T21:00:00.000Z', version: 2, postponementCount: 0 })
    expect((await change({ subject: 'Mío', version: 1 }).expect(409)).body.code).toBe('changed-meanwhile')
    const closed = await post(headers, `/follow-ups/${id}/closures`, { result: 'Pagó' }).expect(201)
    expect(closed.body).toMatchObject({ state: 'closed', endReason: 'Pagó' })
    expect((await change({ subject: 'x', version: 3 }).expect(409)).body.code).toBe('follow-up-not-active')
    expect((await post(headers, `/follow-ups/${id}/closures`, {}).expect(409)).body.code).toBe('follow-up-not-active')
    const reopened = await post(headers, `/follow-ups/${id}/reopenings`).expect(201)
    expect(reopened.body).toMatchObject({ state: 'active', endReason: null, endedAt: null })
    expect((await post(headers, `/follow-ups/${id}/reopenings`).expect(409)).body.code).toBe('changed-meanwhile')
    await post(headers, `/follow-ups/${id}/discards`, {}).expect(400)
    await post(headers, `/follow-ups/${id}/discards`, { reason: ' ' }).expect(400)
    await post(headers, `/follow-ups/${id}/discards`, { reason: 'Repetido' }).expect(201)
    const history = await get(headers, `/follow-ups/${id}/history`).expect(200)
    expect(history.body.items.map((each: { action: string }) => each.action)).toEqual(['discard', 'reopen', 'close', 'change'])
  })

  test('handing it over needs a new owner within reach', async () => {
    const { headers, user } = await api.signedIn({ level: 3 })
    const colleague = await aUser(api.database.db, { branchId: user.branchId, departmentId: user.departmentId, name: 'Ana' })
    const { id } = await aFollowUp(api.database.db, { ownerId: user.id })
    const change = (body: object) => api.request().patch(`/api/v1/follow-ups/${id}`).set(headers).send(body)
    expect((await change({ ownerId: (await aUser(api.database.db)).id, version: 1 }).expect(422)).body.errors[0].field).toBe(
      'ownerId',
    )
    expect((await change({ ownerId: colleague.id, version: 1 }).expect(200)).body.owner.name).toBe('Ana')
    const history = await get(headers, `/follow-ups/${id}/history`).expect(200)
    expect(history.body.items[0].changes).toEqual([{ field: 'ownerId', before: user.name, after: 'Ana' }])
  })
})

describe('who sees which follow-ups', () => {
  test('each level sees what its owners’ present places give, in list, count and single read; a move takes them along', async () => {
    const { db } = api.database
    const [branch, elsewhere] = [await aBranch(db), await aBranch(db)]
    const [department, other] = [await aDepartment(db), await aDepartment(db)]
    const place = { branchId: branch.id, departmentId: department.id }
    const customer = await aCustomer(db)
    const owner = async (over: object) => (await aUser(db, { level: 4, ...place, ...over })).id
    const make = (subject: string, ownerId: string) => aFollowUp(db, { subject, ownerId, customerId: customer.id })
    const people = Object.fromEntries(
      await Promise.all(([1, 2, 3, 4] as const).map(async (level) => [level, await api.signedIn({ level, ...place })])),
    ) as Record<1 | 2 | 3 | 4, Awaited<ReturnType<typeof api.signedIn>>>
    await make('mine', people[4].user.id)
    const mate = await owner({})
    const same = await make('same department', mate)
    await make('same branch', await owner({ departmentId: other.id }))
    const far = await make('other branch', await owner({ branchId: elsewhere.id }))

    const seen = async (level: 1 | 2 | 3 | 4) =>
      subjects(await get(people[level].headers, `/follow-ups?customerId=${customer.id}&state=all&sort=number`).expect(200))
    expect(await seen(4)).toEqual(['mine'])
    expect(await seen(3)).toEqual(['mine', 'same department'])
    expect(await seen(2)).toEqual(['mine', 'same department', 'same branch'])
    expect(await seen(1)).toEqual(['mine', 'same department', 'same branch', 'other branch'])
    for (const path of ['', '/history']) {
      await get(people[3].headers, `/follow-ups/${same.id}${path}`).expect(200)
      await get(people[4].headers, `/follow-ups/${same.id}${path}`).expect(404)
      await get(people[2].headers, `/follow-ups/${far.id}${path}`).expect(404)
    }
    const before = await get(people[3].headers, '/follow-up-counts').expect(200)
    await db.update(users).set({ branchId: elsewhere.id }).where(eq(users.id, mate))
    expect(await seen(3)).toEqual(['mine'])
    await get(people[3].headers, `/follow-ups/${same.id}`).expect(404)
    const after = await get(people[3].headers, '/follow-up-counts').expect(200)
    const total = (body: Record<string, number>) => Object.values(body).reduce((a, b) => a + b, 0)
    expect(total(before.body) - total(after.body)).toBe(1)
  })

  test('without the customer there is no follow-up of it', async () => {
    const { db } = api.database
    const { headers, user } = await api.signedIn({ level: 1, customerLevel: 4 })
    const hidden = await aFollowUp(db, { ownerId: user.id })
    const shown = await aFollowUp(db, { ownerId: user.id, customerId: (await aCustomer(db, { preferredAgentId: user.id })).id })
    await get(headers, `/follow-ups/${hidden.id}`).expect(404)
    const list = await get(headers, '/follow-ups?mine=true').expect(200)
    expect(list.body.items.map((each: { id: string }) => each.id)).toEqual([shown.id])
  })

  test('owners to choose from are the active people in reach', async () => {
    const { headers, user } = await api.signedIn({ level: 3, name: 'Beatriz' })
    await aUser(api.database.db, { branchId: user.branchId, departmentId: user.departmentId, name: 'Álvaro' })
    await aUser(api.database.db, { branchId: user.branchId, departmentId: user.departmentId, name: 'Carla', active: false })
    const names = async (query: string) =>
      (await get(headers, `/follow-up-owners${query}`).expect(200)).body.items.map((each: { name: string }) => each.name).sort()
    expect(await names('')).toEqual(['Beatriz', 'Álvaro'])
    expect(await names('?q=alvar')).toEqual(['Álvaro'])
  })
})

describe('the list', () => {
  test('filters by state, period, overdue, words and number; pages without gaps in either direction', async () => {
    const { db } = api.database
    const { headers, user } = await api.signedIn({ level: 4 })
    const customer = await aCustomer(db, { name: 'Ferretería Ñandú' })
    const mine = { ownerId: user.id, customerId: customer.id }
    const late = await aFollowUp(db, { ...mine, subject: 'vencido', dueAt: new Date('2026-03-02T14:00:00Z') })
    // 04:59Z of the 3rd is still the 2nd in Bogotá.
    await aFollowUp(db, { ...mine, subject: 'hoy', dueAt: new Date('2026-03-03T04:59:00Z'), priority: 'high' })
    await aFollowUp(db, { ...mine, subject: 'mañana', dueAt: new Date('2026-03-03T05:00:00Z') })
    await aFollowUp(db, { ...mine, subject: 'cerrado', state: 'closed', dueAt: new Date('2026-03-01T05:00:00Z') })
    const found = async (query: string) => subjects(await get(headers, `/follow-ups${query}`).expect(200))
    expect(await found('')).toEqual(['vencido', 'hoy', 'mañana'])
    expect(await found('?state=all&sort=-dueAt')).toEqual(['mañana', 'hoy', 'vencido', 'cerrado'])
    expect(await found('?state=closed')).toEqual(['cerrado'])
    expect(await found('?dueOn=2026-03-02')).toEqual(['vencido', 'hoy'])
    expect(await found('?dueFrom=2026-03-03')).toEqual(['mañana'])
    expect(await found('?dueTo=2026-03-02')).toEqual(['vencido', 'hoy'])
    expect(await found('?overdue=true')).toEqual(['vencido'])
    expect(await found('?overdue=false&state=all')).toEqual(['cerrado', 'hoy', 'mañana'])
    expect(await found('?q=NANDU&priority=high')).toEqual(['hoy'])
    expect(await found('?q=manana')).toEqual(['mañana'])
    expect(await found(`?q=%23${late.number}`)).toContain('vencido')
    expect(await found('?q=%25')).toEqual([])
    expect((await get(headers, '/follow-up-counts?mine=true').expect(200)).body).toEqual({ overdue: 1, today: 1, later: 1 })
    for (const sort of ['dueAt', '-dueAt', 'number', '-number']) {
      const seen: string[] = []
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page: { body: { items: { subject: string }[]; nextCursor: string | null } } = await get(
          headers,
          `/follow-ups?state=all&limit=1&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`,
        ).expect(200)
        seen.push(...subjects(page))
        cursor = page.body.nextCursor
      }
      expect(seen).toEqual(await found(`?state=all&sort=${sort}`))
      expect(seen).toHaveLength(4)
    }
    for (const query of ['state=gone', 'dueOn=2026-02-29', 'overdue=1', 'ownerId=x', 'cursor=x', 'limit=0', 'colour=red'])
      await get(headers, `/follow-ups?${query}`).expect(400)
  })
})

describe('types of follow-ups', () => {
  test('everyone reads them, the permission manages them, a used one is only switched off', async () => {
    const { headers } = await api.signedIn()
    const { headers: without } = await api.signedIn({ permissions: [] })
    await post(without, '/follow-up-types', { name: 'X' }).expect(403)
    const made = await post(headers, '/follow-up-types', { name: 'Cartera de socios' }).expect(201)
    expect((await post(headers, '/follow-up-types', { name: 'cartera de SOCIOS' }).expect(409)).body.code).toBe('name-taken')
    const followUp = await aFollowUp(api.database.db, { typeId: made.body.id })
    const listed = await get(without, '/follow-up-types?q=socios').expect(200)
    expect(listed.body.items).toEqual([
      { id: followUp.typeId, name: 'Cartera de socios', active: true, followUpCount: 1, version: 1 },
    ])
    const url = `/api/v1/follow-up-types/${made.body.id}`
    await api.request().delete(url).set(headers).expect(409)
    await api.request().delete(url).set(without).expect(403)
    await api.request().patch(url).set(headers).send({ active: false, version: 1 }).expect(200)
    await api.request().patch(url).set(headers).send({ active: true, version: 1 }).expect(409)
    const unused = await post(headers, '/follow-up-types', { name: 'Sin uso' }).expect(201)
    await api.request().delete(`/api/v1/follow-up-types/${unused.body.id}`).set(headers).expect(204)
    await api.request().delete(`/api/v1/follow-up-types/${unused.body.id}`).set(headers).expect(404)
  })
})

describe('reminders over HTTP', () => {
  test('the bell’s list, one read and all read', async () => {
    const { headers } = await api.signedIn({ level: 4 })
    expect((await get(headers, '/reminders?unread=true').expect(200)).body).toEqual({
      items: [],
      nextCursor: null,
      unreadCount: 0,
    })
    await api.request().put(`/api/v1/reminders/${randomUUID()}/reading`).set(headers).expect(404)
    await post(headers, '/reminders/readings').expect(204)
    await get({}, '/reminders').expect(401)
    await get(headers, '/reminders?unread=1').expect(400)
  })
})

test('list and agenda narrow down to a branch and a department: where the owner stands now', async () => {
  const { db } = api.database
  const { headers } = await api.signedIn({ level: 1 })
  const [north, south, legal] = [await aBranch(db), await aBranch(db), await aDepartment(db)]
  const type = await aFollowUpType(db)
  const owner = await aUser(db, { branchId: north.id, departmentId: legal.id })
  const elsewhere = await aUser(db, { branchId: north.id })
  const dueAt = new Date('2026-03-02T20:00:00Z')
  const mine = await aFollowUp(db, { typeId: type.id, ownerId: owner.id, dueAt })
  const other = await aFollowUp(db, { typeId: type.id, ownerId: elsewhere.id, dueAt })
  const found = async (place: string) => {
    const list = await get(headers, `/follow-ups?typeId=${type.id}&${place}`).expect(200)
    const agenda = await get(headers, `/agenda?from=2026-03-02&to=2026-03-02&typeId=${type.id}&${place}`).expect(200)
    const ids = (items: { id: string }[]) => items.map((each) => each.id).sort()
    expect(ids(agenda.body.days[0].items)).toEqual(ids(list.body.items))
    return ids(list.body.items)
  }
  expect(await found(`branchId=${north.id}`)).toEqual([mine.id, other.id].sort())
  expect(await found(`branchId=${north.id}&departmentId=${legal.id}`)).toEqual([mine.id])
  expect(await found(`branchId=${south.id}`)).toEqual([])
  await db.update(users).set({ branchId: south.id }).where(eq(users.id, owner.id))
  expect(await found(`branchId=${south.id}`)).toEqual([mine.id])
  expect(await found(`branchId=${north.id}`)).toEqual([other.id])
})
