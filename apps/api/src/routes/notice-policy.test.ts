import { randomUUID } from 'node:crypto'
import { auditLog } from '@cartera/db/schema/audit'
import { contactAttempts, customers } from '@cartera/db/schema/customers'
import { noticeMessages, noticePauses, noticeSettings } from '@cartera/db/schema/notices'
import { company } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aReceivable, aUser } from '@cartera/db/testing/builders'
import { and, eq, isNull, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const db = () => api.database.db

beforeEach(async () => {
  await db().execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_messages,
    notice_amounts, notice_pauses, receivables, documents, contacts, customers, customer_groups, contact_attempts, audit_log cascade`)
  api.ctx.at('2026-03-11T15:00:00Z')
  await aCompany(db(), { noticeActive: true })
})

type Headers = Record<string, string>
const get = (path: string, headers: Headers) => api.request().get(path).set(headers)
const post = (path: string, headers: Headers, body: object = {}) => api.request().post(path).set(headers).send(body)
const put = (path: string, headers: Headers, body: object) => api.request().put(path).set(headers).send(body)
const patch = (path: string, headers: Headers, body: object) => api.request().patch(path).set(headers).send(body)

const inherited = {
  subject: null,
  active: null,
  sendToContacts: null,
  tone: null,
  attachStatement: null,
  reminderOn: null,
  reminderRuleIds: null,
  overdueOn: null,
  overdueRuleIds: null,
  reminderBody: null,
  overdueBody: null,
}
const inheritedSwitches = { active: null, reminderOn: null, reminderRuleIds: null, overdueOn: null, overdueRuleIds: null }
const aGroup = async (headers: Headers, name = 'Mayoristas') =>
  (await post('/api/v1/customer-groups', headers, { name }).expect(201)).body as { id: string; version: number }

describe('customer groups', () => {
  test('are made, renamed, switched off, and deleted only while nobody belongs to them', async () => {
    const { headers } = await api.signedIn()
    const group = await aGroup(headers)
    const path = `/api/v1/customer-groups/${group.id}`
    const taken = await post('/api/v1/customer-groups', headers, { name: 'MAYORISTAS' }).expect(409)
    expect(taken.body).toMatchObject({ code: 'name-taken', errors: [{ field: 'name' }] })
    const made = await post('/api/v1/customers', headers, { name: 'Uno', groupId: group.id }).expect(201)
    expect(made.body.group).toEqual({ id: group.id, name: 'Mayoristas' })
    const off = await patch(path, headers, { name: 'Por mayor', active: false, version: 1 }).expect(200)
    expect(off.body).toMatchObject({ name: 'Por mayor', active: false, customerCount: 1, version: 2 })
    await patch(path, headers, { name: 'x', version: 1 }).expect(409)
    // Who has it keeps it; nobody new gets it.
    await patch(`/api/v1/customers/${made.body.id}`, headers, { groupId: group.id, city: 'Lima', version: 1 }).expect(200)
    const refused = await post('/api/v1/customers', headers, { name: 'Dos', groupId: group.id }).expect(422)
    expect(refused.body).toMatchObject({ code: 'reference-unknown', errors: [{ field: 'groupId' }] })
    expect((await api.request().delete(path).set(headers).expect(409)).body.code).toBe('in-use')
    await patch(`/api/v1/customers/${made.body.id}`, headers, { groupId: null, version: 2 }).expect(200)
    await api.request().delete(path).set(headers).expect(204)
    expect((await get('/api/v1/customer-groups', headers)).body.items).toEqual([])
  })

  test('filter the customer list, and are named by the integrator', async () => {
    const { headers } = await api.signedIn()
    const group = await aGroup(headers)
    await put('/api/v1/customers', headers, {
      items: [
        { externalId: 'a', name: 'A', group: 'mayoristas' },
        { externalId: 'b', name: 'B' },
      ],
    }).expect(200)
    const listed = await get(`/api/v1/customers?groupId=${group.id}`, headers).expect(200)
    expect(listed.body.items.map((row: { name: string }) => row.name)).toEqual(['A'])
    const unknown = await put('/api/v1/customers', headers, { items: [{ externalId: 'a', name: 'A', group: 'Nadie' }] })
    expect(unknown.body.errors).toMatchObject([{ field: 'items.0.group', code: 'reference-unknown' }])
    const again = await put('/api/v1/customers', headers, { items: [{ externalId: 'a', name: 'A' }] }).expect(200)
    expect(again.body).toEqual({ created: 0, changed: 0, unchanged: 1 })
    await put('/api/v1/customers', headers, { items: [{ externalId: 'a', name: 'A', group: null }] }).expect(200)
    expect((await get(`/api/v1/customers?groupId=${group.id}`, headers)).body.items).toEqual([])
  })

  test('hand their notice settings down to their customers, and those to their receivables; each value says where it is from', async () => {
    const { headers } = await api.signedIn()
    const group = await aGroup(headers)
    const customer = await aCustomer(db(), { groupId: group.id })
    const receivable = await aReceivable(db(), { customerId: customer.id })
    const path = `/api/v1/customer-groups/${group.id}/notice-settings`
    expect((await get(path, headers).expect(200)).body).toMatchObject({ version: 0, own: inherited, effective: { active: true } })
    await put(path, headers, { ...inherited, active: false, tone: 'informal', subject: 'Del grupo', version: 0 }).expect(200)
    await put(path, headers, { ...inherited, version: 0 }).expect(409)
    const own = await get(`/api/v1/customers/${customer.id}/notice-settings`, headers).expect(200)
    expect(own.body).toMatchObject({
      group: { id: group.id, name: 'Mayoristas', own: { active: false, tone: 'informal' } },
      effective: { active: false, tone: 'informal', subject: 'Del grupo', attachStatement: false },
      origins: { active: 'group', tone: 'group', subject: 'group', attachStatement: 'company' },
    })
    await put(`/api/v1/customers/${customer.id}/notice-settings`, headers, { ...inherited, tone: 'formal', version: 0 }).expect(
      200,
    )
    const one = `/api/v1/receivables/${receivable.id}/notice-settings`
    const changed = await put(one, headers, { ...inheritedSwitches, active: true, overdueRuleIds: [], version: 0 }).expect(200)
    expect(changed.body).toMatchObject({
      inherited: { active: false },
      effective: { active: true, overdueRuleIds: [] },
      origins: { active: 'receivable', overdueRuleIds: 'receivable', reminderOn: 'company' },
      version: 1,
    })
    await put(one, headers, { ...inheritedSwitches, version: 0 }).expect(409)
    const back = await put(one, headers, { ...inheritedSwitches, version: 1 }).expect(200)
    expect(back.body).toMatchObject({ own: inheritedSwitches, origins: { active: 'group' } })
  })

  test('a rule that a group or a receivable has chosen is in use, and rules of the other kind are refused at their field', async () => {
    const { headers } = await api.signedIn()
    const group = await aGroup(headers)
    const receivable = await aReceivable(db(), {})
    const rule = await post('/api/v1/notice-rules', headers, { kind: 'overdue', days: 30, description: 'x' }).expect(201)
    const inGroup = `/api/v1/customer-groups/${group.id}/notice-settings`
    const inOne = `/api/v1/receivables/${receivable.id}/notice-settings`
    const wrong = await put(inGroup, headers, { ...inherited, reminderRuleIds: [rule.body.id], version: 0 }).expect(422)
    expect(wrong.body).toMatchObject({ code: 'rule-kind-mismatch', errors: [{ field: 'reminderRuleIds' }] })
    await put(inOne, headers, { ...inheritedSwitches, reminderRuleIds: [rule.body.id], version: 0 }).expect(422)
    const isUsed = async () =>
      (await get('/api/v1/notice-rules', headers)).body.items.find((one: { id: string }) => one.id === rule.body.id).used
    expect(await isUsed()).toBe(false)
    await put(inGroup, headers, { ...inherited, overdueRuleIds: [rule.body.id], version: 0 }).expect(200)
    expect(await isUsed()).toBe(true)
    await put(inGroup, headers, { ...inherited, version: 1 }).expect(200)
    await put(inOne, headers, { ...inheritedSwitches, overdueRuleIds: [rule.body.id], version: 0 }).expect(200)
    expect(await isUsed()).toBe(true)
  })
})

describe('settings for many customers', () => {
  test('a preview says per field how many go from what to what, and which customers; it writes nothing', async () => {
    const { headers } = await api.signedIn()
    const [a, b, c] = [await aCustomer(db()), await aCustomer(db()), await aCustomer(db())]
    await db()
      .insert(noticeSettings)
      .values([
        { customerId: a.id, active: true, tone: 'informal' },
        { customerId: b.id, active: false },
      ])
    const body = { filter: 'all', settings: { active: false, tone: null }, dryRun: true }
    const preview = await post('/api/v1/notice-settings/applications', headers, body).expect(200)
    expect(preview.body).toMatchObject({ matched: 3, changed: 2, missing: 0, moreChanges: false })
    expect(preview.body.changes).toEqual([
      expect.objectContaining({ field: 'active', to: false, customers: 1 }),
      expect.objectContaining({ field: 'active', to: false, customers: 1 }),
      { field: 'tone', from: 'informal', to: null, customers: 1 },
    ])
    expect(preview.body.customers.map((row: { id: string; fields: string[] }) => [row.id, row.fields])).toEqual(
      expect.arrayContaining([
        [a.id, ['active', 'tone']],
        [c.id, ['active']],
      ]),
    )
    const audited = () => db().select().from(auditLog).where(eq(auditLog.entity, 'notice-settings'))
    expect(await audited()).toEqual([])

    const deed = { ...body, dryRun: false, expected: preview.body.digest }
    const done = await post('/api/v1/notice-settings/applications', headers, deed).expect(200)
    expect(done.body.changed).toBe(2)
    const rows = await db().select().from(noticeSettings)
    expect(rows.map((row) => [row.active, row.tone])).toEqual([
      [false, null],
      [false, null],
      [false, null],
    ])
    expect(await audited()).toHaveLength(1)
  })

  test('reaches those under the filters of the list alone, and nobody beyond the caller’s sight', async () => {
    const { headers } = await api.signedIn()
    const group = await aGroup(headers)
    const inside = await aCustomer(db(), { groupId: group.id, city: 'Lima' })
    await aCustomer(db(), { groupId: group.id, city: 'Cusco' })
    await aCustomer(db(), { city: 'Lima' })
    const where = { groupId: group.id, city: 'lima' }
    const some = await post('/api/v1/notice-settings/applications', headers, { where, settings: { active: false }, dryRun: true })
    expect(some.body.customers.map((row: { id: string }) => row.id)).toEqual([inside.id])
    const narrow = await api.signedIn({ customerLevel: 4 })
    const none = await post('/api/v1/notice-settings/applications', narrow.headers, {
      where: { groupId: group.id },
      settings: { active: false },
      dryRun: true,
    })
    expect(none.body).toMatchObject({ matched: 0, changed: 0, customers: [], changes: [] })
    await post('/api/v1/notice-settings/applications', headers, {
      where,
      filter: 'all',
      settings: { active: true },
      dryRun: true,
    }).expect(400)
  })

  test('what no longer is what the preview said changes nothing', async () => {
    const { headers } = await api.signedIn()
    const [a, b] = [await aCustomer(db()), await aCustomer(db())]
    const body = { filter: 'all', settings: { active: false }, dryRun: true }
    const seen = async () => (await post('/api/v1/notice-settings/applications', headers, body).expect(200)).body
    const applied = (expected: string) =>
      post('/api/v1/notice-settings/applications', headers, { ...body, dryRun: false, expected })
    const first = await seen()
    expect(await seen()).toEqual(first)
    // As many, but others: one has got the settings meanwhile, and another has come.
    await db().insert(noticeSettings).values({ customerId: a.id, active: false })
    await aCustomer(db())
    const second = await seen()
    expect([second.changed, second.digest === first.digest]).toEqual([first.changed, false])
    expect((await applied(first.digest).expect(409)).body.code).toBe('changed-meanwhile')
    // The same ones, but somebody has saved one of them meanwhile.
    await db().insert(noticeSettings).values({ customerId: b.id, active: true })
    expect((await applied(second.digest).expect(409)).body.code).toBe('changed-meanwhile')
    const rows = await db().select().from(noticeSettings)
    expect(rows.map((row) => row.active).sort()).toEqual([false, true])
    await applied((await seen()).digest).expect(200)
  })
})

describe('levels and repetition of rules', () => {
  test('every version stays readable, and what is wrong is said at its field, all at once', async () => {
    const { headers, user } = await api.signedIn()
    const rule = { kind: 'overdue', days: 15, description: 'Segundo aviso', level: 2, repeatEveryDays: 15, repeatTimes: 3 }
    const made = await post('/api/v1/notice-rules', headers, rule).expect(201)
    expect(made.body).toMatchObject({ level: 2, repeatEveryDays: 15, repeatTimes: 3 })
    const path = `/api/v1/notice-rules/${made.body.id}`
    await patch(path, headers, { level: 3, repeatEveryDays: null, repeatTimes: null, version: 1 }).expect(200)
    const versions = await get(`${path}/versions`, headers).expect(200)
    expect(versions.body.items).toMatchObject([
      { version: 2, level: 3, repeatEveryDays: null, createdBy: { id: user.id } },
      { version: 1, level: 2, repeatEveryDays: 15, repeatTimes: 3 },
    ])
    const wrong = await post('/api/v1/notice-rules', headers, { ...rule, days: -1, level: 9, repeatTimes: 1e9 }).expect(422)
    expect(wrong.body.errors.map((one: { field: string }) => one.field)).toEqual(['days', 'level', 'repeatTimes'])
    const zero = await post('/api/v1/notice-rules', headers, { ...rule, days: 16, repeatEveryDays: 0 }).expect(422)
    expect(zero.body).toMatchObject({ code: 'number-out-of-range', errors: [{ field: 'repeatEveryDays' }] })
    const reminder = await post('/api/v1/notice-rules', headers, { ...rule, kind: 'preventive' }).expect(422)
    expect(reminder.body.code).toBe('repetition-overdue-only')
    await get(`/api/v1/notice-rules/${randomUUID()}/versions`, headers).expect(404)
  })
})

describe('the notice policy', () => {
  const path = '/api/v1/notice-policy'

  test('is read by everyone and replaced by who may, once per version, with an audit row of what changed', async () => {
    const { headers } = await api.signedIn()
    const nobody = await api.signedIn({ permissions: [] })
    const before = (await get(path, nobody.headers).expect(200)).body
    expect(before).toMatchObject({ combined: false, sendFrom: '00:00', sendUntil: '24:00', amounts: [], contactPolicy: null })
    await put(path, nobody.headers, before).expect(403)
    const wanted = {
      ...before,
      tone: 'neutral',
      combined: true,
      catchUpDays: 5,
      sendFrom: '08:00',
      sendUntil: '18:00',
      freshnessHours: 48,
      amounts: [{ currency: 'USD', tolerance: '0.50', least: '5.00' }],
      contactPolicy: {
        hours: [{ weekday: 1, from: '08:00', until: '18:00' }],
        holidays: false,
        mostPerDay: 1,
        mostPerWeek: null,
        leastHoursBetween: 24,
        channels: ['call', 'email'],
        oneChannelPerWeek: false,
      },
    }
    const after = await put(path, headers, wanted).expect(200)
    expect(after.body).toEqual({ ...wanted, version: before.version + 1 })
    await put(path, headers, wanted).expect(409)
    const [audit] = await db().select().from(auditLog).where(eq(auditLog.entity, 'notice-policy'))
    expect(audit?.changes).toMatchObject({ combined: [false, true], freshnessHours: [null, 48] })
    expect(audit?.changes).not.toHaveProperty('promiseGraceDays')
    await put(path, headers, { ...wanted, amounts: [], contactPolicy: null, version: before.version + 1 }).expect(200)
    expect((await get(path, headers)).body).toMatchObject({ amounts: [], contactPolicy: null })
  })

  test('what is wrong is refused at every field, and nothing is written', async () => {
    const { headers } = await api.signedIn()
    const before = (await get(path, headers)).body
    const wrong = await put(path, headers, {
      ...before,
      catchUpDays: 31,
      freshnessHours: 0,
      sendFrom: '18:00',
      sendUntil: '08:00',
      amounts: [{ currency: 'CLP', tolerance: '0.5', least: '1' }],
      contactPolicy: {
        hours: [],
        holidays: false,
        mostPerDay: 0,
        mostPerWeek: null,
        leastHoursBetween: null,
        channels: [],
        oneChannelPerWeek: false,
      },
    }).expect(422)
    expect(wrong.body.errors.map((one: { field: string }) => one.field)).toEqual([
      'catchUpDays',
      'freshnessHours',
      'sendUntil',
      'amounts.0.tolerance',
      'contactPolicy.hours',
      'contactPolicy.mostPerDay',
    ])
    expect((await get(path, headers)).body).toEqual(before)
  })
})

describe('pauses', () => {
  const reason = 'Acuerdo de pago'

  test('of a customer: the day stands on the row and the fact beside it; ended early, both say so', async () => {
    const { headers, user } = await api.signedIn()
    const customer = await aCustomer(db())
    const path = `/api/v1/customers/${customer.id}/notice-pauses`
    const dayOf = async () =>
      (await db().select({ day: customers.noticesPausedUntil }).from(customers).where(eq(customers.id, customer.id)))[0]?.day
    const made = await post(path, headers, { untilOn: '2026-03-20', reason }).expect(201)
    expect(made.body).toMatchObject({ state: 'standing', receivable: null, pausedBy: { id: user.id }, endedAt: null })
    expect(await dayOf()).toBe('2026-03-20')
    // A second one must say which it takes the place of.
    expect((await post(path, headers, { untilOn: '2026-03-25', reason }).expect(409)).body.code).toBe('changed-meanwhile')
    const longer = await post(path, headers, { untilOn: '2026-03-25', reason, replaces: made.body.id }).expect(201)
    expect(await dayOf()).toBe('2026-03-25')
    await post(`/api/v1/notice-pauses/${made.body.id}/endings`, headers).expect(409)
    const ended = await post(`/api/v1/notice-pauses/${longer.body.id}/endings`, headers).expect(200)
    expect(ended.body).toMatchObject({ state: 'ended', endedBy: { id: user.id } })
    expect(await dayOf()).toBeNull()
    // Who saw it stand is told that it does not any more, rather than beginning another.
    const late = { untilOn: '2026-03-30', reason, replaces: longer.body.id }
    expect((await post(path, headers, late).expect(409)).body.code).toBe('changed-meanwhile')
    expect(await dayOf()).toBeNull()
    const history = await get(path, headers).expect(200)
    expect(history.body.items.map((one: { state: string; untilOn: string }) => [one.state, one.untilOn])).toEqual([
      ['ended', '2026-03-25'],
      ['ended', '2026-03-20'],
    ])
  })

  test('of a receivable: apart from its customer’s, and one that ran out stands in nobody’s way', async () => {
    const before = await api.signedIn()
    const receivable = await aReceivable(db(), {})
    const path = `/api/v1/receivables/${receivable.id}/notice-pauses`
    await post(`/api/v1/customers/${receivable.customerId}/notice-pauses`, before.headers, {
      untilOn: '2026-03-12',
      reason,
    }).expect(201)
    const made = await post(path, before.headers, { untilOn: '2026-03-12', reason }).expect(201)
    expect(made.body.receivable).toMatchObject({ id: receivable.id })
    api.ctx.at('2026-03-16T15:00:00Z')
    const { headers } = await api.signedIn()
    await post(`/api/v1/notice-pauses/${made.body.id}/endings`, headers).expect(409)
    await post(path, headers, { untilOn: '2026-03-20', reason }).expect(201)
    const [row] = await db().select().from(receivables).where(eq(receivables.id, receivable.id))
    expect(row?.noticesPausedUntil).toBe('2026-03-20')
    const history = await get(`/api/v1/customers/${receivable.customerId}/notice-pauses`, headers).expect(200)
    expect(history.body.items.map((one: { state: string }) => one.state).sort()).toEqual(['ended', 'over', 'standing'])
  })

  test('a past day, one too far off, no reason and no permission are refused', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(db())
    const path = `/api/v1/customers/${customer.id}/notice-pauses`
    const past = await post(path, headers, { untilOn: '2026-03-10', reason }).expect(422)
    expect(past.body).toMatchObject({ code: 'day-in-past', errors: [{ field: 'untilOn' }] })
    expect((await post(path, headers, { untilOn: '2028-01-01', reason }).expect(422)).body.code).toBe('day-too-far')
    await post(path, headers, { untilOn: '10000-01-01', reason }).expect(400)
    await post(path, headers, { untilOn: '2026-03-20', reason: '  ' }).expect(400)
    const nobody = await api.signedIn({ permissions: [] })
    await post(path, nobody.headers, { untilOn: '2026-03-20', reason }).expect(403)
    expect(await db().select().from(noticePauses)).toEqual([])
  })

  test('of two people who pause the same at once, one succeeds and the other is told', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(db())
    const path = `/api/v1/customers/${customer.id}/notice-pauses`
    const answers = await Promise.all(
      ['2026-03-20', '2026-03-21', '2026-03-22'].map((untilOn) => post(path, headers, { untilOn, reason })),
    )
    expect(answers.map((answer) => answer.status).sort()).toEqual([201, 409, 409])
    const standing = await db().select().from(noticePauses).where(isNull(noticePauses.endedAt))
    const [row] = await db().select().from(customers).where(eq(customers.id, customer.id))
    expect(standing.map((one) => one.untilOn)).toEqual([row?.noticesPausedUntil])
  })
})

describe('contacts with a customer', () => {
  const contactPolicy = {
    hours: [1, 2, 3, 4, 5].map((weekday) => ({ weekday, from: '08:00', until: '18:00' })),
    holidays: false,
    mostPerDay: 1,
    mostPerWeek: null,
    leastHoursBetween: null,
    channels: ['email', 'call'],
    oneChannelPerWeek: false,
  }

  test('are noted whatever the policy says, and the next one is warned of', async () => {
    const { headers, user } = await api.signedIn()
    const customer = await aCustomer(db())
    const path = `/api/v1/customers/${customer.id}/contact-attempts`
    const check = `/api/v1/customers/${customer.id}/contact-check?channel=call`
    expect((await get(check, headers).expect(200)).body).toMatchObject({ policy: false, allowed: true })
    await db().update(company).set({ contactPolicy })
    expect((await get(check, headers).expect(200)).body).toMatchObject({ policy: true, allowed: true, reason: null })
    const call = { channel: 'call', at: '2026-03-11T14:30:00.000Z', outcome: 'Pagará el viernes' }
    const made = await post(path, headers, call).expect(201)
    expect(made.body).toMatchObject({ ...call, recordedBy: { id: user.id }, noticeId: null })
    expect((await get(check, headers)).body).toMatchObject({ allowed: false, reason: 'contact-limit', limit: 1, per: 'day' })
    await post(path, headers, { ...call, outcome: 'Llamó de vuelta' }).expect(201)
    // A channel that is not counted is limited by the hours alone.
    expect((await get(check.replace('channel=call', 'channel=visit'), headers)).body.allowed).toBe(true)
    const night = await get(`${check}&at=2026-03-12T03:00:00.000Z`, headers).expect(200)
    expect(night.body).toMatchObject({ allowed: false })
  })

  test('are not in the future, and need words', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(db())
    const path = `/api/v1/customers/${customer.id}/contact-attempts`
    const later = await post(path, headers, { channel: 'call', at: '2026-03-11T16:00:00Z', outcome: 'x' }).expect(422)
    expect(later.body).toMatchObject({ code: 'instant-in-future', errors: [{ field: 'at' }] })
    await post(path, headers, { channel: 'call', at: '2026-03-11T14:00:00Z', outcome: ' ' }).expect(400)
    await post(path, headers, { channel: 'email', at: '2026-03-11T14:00:00Z', outcome: 'x' }).expect(400)
    expect(await db().select().from(contactAttempts)).toEqual([])
  })

  test('notices among them are seen only by who sees notices', async () => {
    const agent = await aUser(db())
    const customer = await aCustomer(db(), { collectionsAgentId: agent.id })
    const [message] = await db()
      .insert(noticeMessages)
      .values({
        customerId: customer.id,
        kind: 'overdue',
        planOn: '2026-03-10',
        writtenOn: '2026-03-10',
        state: 'sent',
        messageId: '<a@cartera.test>',
      })
      .returning()
    await db()
      .insert(contactAttempts)
      .values({ customerId: customer.id, channel: 'email', at: api.ctx.now(), noticeMessageId: message?.id ?? null })
    const path = `/api/v1/customers/${customer.id}/contact-attempts`
    const seeing = await api.signedIn({ permissions: ['see-notices'] })
    expect((await get(path, seeing.headers)).body.items).toMatchObject([{ channel: 'email', noticeId: message?.id }])
    const blind = await api.signedIn({ permissions: [] })
    expect((await get(path, blind.headers)).body.items).toEqual([])
    const far = await api.signedIn({ permissions: ['see-notices'], level: 4 })
    expect((await get(path, far.headers)).body.items).toEqual([])
    const rows = await db()
      .select()
      .from(contactAttempts)
      .where(and(eq(contactAttempts.customerId, customer.id)))
    expect(rows).toHaveLength(1)
  })
})
