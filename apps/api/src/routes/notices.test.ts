import { auditLog } from '@cartera/db/schema/audit'
import { noticeItems, noticeMessages, noticeRuleVersions } from '@cartera/db/schema/notices'
import { company, users } from '@cartera/db/schema/organisation'
import { aBranch, aCompany, aCustomer, aDepartment, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { planDay } from '@cartera/use-cases/notices/plan-day'
import { runDay } from '@cartera/use-cases/notices/run-day'
import { dispatchNotice } from '@cartera/use-cases/notices/send-notices'
import { testMailServer } from '@cartera/use-cases/testing/test-mail-server'
import { eq, sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const smtp = testMailServer()
const db = () => api.database.db
const day = '2026-03-11'

beforeEach(async () => {
  await db().execute(sql`truncate company, holidays, notice_rules, notice_rule_versions, notice_settings, notice_messages, notice_items,
    notice_recipients, notice_events, receivables, documents, contacts, customers, mail_accounts cascade`)
  api.ctx.at(`${day}T15:00:00Z`)
  await aCompany(db(), { noticeActive: true })
})

type Headers = Record<string, string>
const get = (path: string, headers: Headers) => api.request().get(path).set(headers)
const post = (path: string, headers: Headers, body: object) => api.request().post(path).set(headers).send(body)

/** An agent with a usable account, and a customer of theirs with something due soon. */
async function anIndebtedCustomer(over: Parameters<typeof aCustomer>[1] = {}, agent: Parameters<typeof aUser>[1] = {}) {
  const user = await aUser(db(), agent)
  await aMailAccount(db(), { userId: user.id, port: smtp.port })
  const customer = await aCustomer(db(), { collectionsAgentId: user.id, ...over })
  const receivable = await aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-18', externalId: `F-${customer.code}` })
  return { agent: user, customer, receivable }
}
const held = async () => {
  await db().update(company).set({ reviewOverdue: true })
  const { customer, agent } = await anIndebtedCustomer()
  await aReceivable(db(), { customerId: customer.id, dueOn: '2026-03-04' })
  await planDay(api.ctx, day)
  const [row] = await db().select({ id: noticeMessages.id }).from(noticeMessages).where(eq(noticeMessages.state, 'held'))
  return { id: row?.id ?? '', customer, agent }
}

describe('notice rules', () => {
  test('are added, changed by a new version, retired and brought back; deleted only when never used', async () => {
    const { headers } = await api.signedIn()
    const made = await post('/api/v1/notice-rules', headers, { kind: 'overdue', days: 15, description: 'Segundo aviso' }).expect(
      201,
    )
    expect(made.body).toMatchObject({ code: 'overdue-15', used: false, retiredAt: null, version: 1 })
    const path = `/api/v1/notice-rules/${made.body.id}`
    const changed = await api.request().patch(path).set(headers).send({ days: 20, version: 1 }).expect(200)
    expect(changed.body).toMatchObject({ code: 'overdue-20', days: 20, version: 2 })
    expect(await db().select().from(noticeRuleVersions).where(eq(noticeRuleVersions.ruleId, made.body.id))).toHaveLength(2)
    await api.request().patch(path).set(headers).send({ days: 21, version: 1 }).expect(409)
    const retired = await api.request().put(`${path}/retirement`).set(headers).expect(200)
    expect(retired.body.retiredAt).not.toBeNull()
    const twin = await post('/api/v1/notice-rules', headers, { kind: 'overdue', days: 20, description: 'Otro' }).expect(201)
    expect(twin.body.code).toBe('overdue-20-2')
    await api.request().delete(`${path}/retirement`).set(headers).expect(409)
    await api.request().delete(`/api/v1/notice-rules/${twin.body.id}`).set(headers).expect(204)
    await api.request().delete(`${path}/retirement`).set(headers).expect(204)
    await api.request().delete(path).set(headers).expect(204)
    await api.request().delete(path).set(headers).expect(404)
  })

  test('the same kind and days twice, days out of range, and a rule in use are refused', async () => {
    const { headers } = await api.signedIn()
    const twice = await post('/api/v1/notice-rules', headers, { kind: 'overdue', days: 7, description: 'x' }).expect(409)
    expect(twice.body).toMatchObject({ code: 'rule-duplicate', errors: [{ field: 'days' }] })
    for (const days of [-1, 366, 1e9])
      await post('/api/v1/notice-rules', headers, { kind: 'overdue', days, description: 'x' }).expect(422)
    await post('/api/v1/notice-rules', headers, { kind: 'overdue', days: 2.5, description: 'x' }).expect(400)
    const rules = await get('/api/v1/notice-rules?sort=code', headers).expect(200)
    expect(rules.body.items.map((rule: { code: string; used: boolean }) => [rule.code, rule.used])).toEqual([
      ['overdue-7', true],
      ['preventive-7', true],
    ])
    const refused = await api.request().delete(`/api/v1/notice-rules/${rules.body.items[0].id}`).set(headers).expect(409)
    expect(refused.body.code).toBe('rule-in-use')
    const nobody = await api.signedIn({ permissions: [] })
    await post('/api/v1/notice-rules', nobody.headers, { kind: 'overdue', days: 3, description: 'x' }).expect(403)
  })
})

describe('settings', () => {
  const inherited = {
    subject: null,
    active: null,
    sendToContacts: null,
    reminderOn: null,
    reminderRuleIds: null,
    overdueOn: null,
    overdueRuleIds: null,
    reminderBody: null,
    overdueBody: null,
    tone: null,
    attachStatement: null,
  }

  test('a customer’s own values, what is inherited, the sender and the recipients', async () => {
    const { headers } = await api.signedIn()
    const { customer, agent } = await anIndebtedCustomer()
    const path = `/api/v1/customers/${customer.id}/notice-settings`
    const before = await get(path, headers).expect(200)
    expect(before.body).toMatchObject({
      version: 0,
      own: inherited,
      effective: { active: true, reminderOn: true },
      origins: { active: 'company' },
      sender: { usable: true, reason: null, fallback: false, user: { id: agent.id } },
      recipients: [{ address: customer.email, usable: true }],
    })
    const changed = await api
      .request()
      .put(path)
      .set(headers)
      .send({ ...inherited, active: false, subject: 'Para {{ customer.name }}', version: 0 })
      .expect(200)
    expect(changed.body).toMatchObject({
      version: 1,
      effective: { active: false },
      origins: { active: 'customer', reminderOn: 'company' },
    })
    await api
      .request()
      .put(path)
      .set(headers)
      .send({ ...inherited, version: 0 })
      .expect(409)
    const back = await api
      .request()
      .put(path)
      .set(headers)
      .send({ ...inherited, version: 1 })
      .expect(200)
    expect(back.body.own).toEqual(inherited)
  })

  test('wrong rules and templates are refused at their field, with a problem that a person can read', async () => {
    const { headers } = await api.signedIn({ language: 'es' })
    const { customer } = await anIndebtedCustomer()
    const rules = await get('/api/v1/notice-rules?kind=overdue', headers)
    const put = (over: object) =>
      api
        .request()
        .put(`/api/v1/customers/${customer.id}/notice-settings`)
        .set(headers)
        .send({ ...inherited, version: 0, ...over })
    const kind = await put({ reminderRuleIds: [rules.body.items[0].id] }).expect(422)
    expect(kind.body).toMatchObject({ code: 'rule-kind-mismatch', errors: [{ field: 'reminderRuleIds' }] })
    for (const [body, said] of [
      ['Hola {{ customer.nombre }}', 'no existe la variable «customer.nombre»'],
      ['{% if false %}{{ secreto }}{% endif %}', 'no existe la variable «secreto»'],
      ['{% if kind', 'falta cerrar'],
      ['{{ totals | gritar }}', 'no existe el filtro «gritar»'],
      ['{% include "/etc/passwd" %}', 'no se puede usar'],
      ['{% for i in (1..100000000) %}x{% endfor %}', 'demasiado largo o repite demasiado'],
    ]) {
      const answer = await put({ reminderBody: body }).expect(422)
      expect(answer.body).toMatchObject({ code: 'template-invalid', errors: [{ field: 'reminderBody' }] })
      expect(answer.body.detail).toContain(said)
    }
  })

  test('many customers at once: counted first, then written, within reach only', async () => {
    const branch = await aBranch(db())
    const mine = await anIndebtedCustomer({}, { branchId: branch.id })
    const other = await anIndebtedCustomer()
    const { headers } = await api.signedIn({ customerLevel: 2, branchId: branch.id })
    const body = { customerIds: [mine.customer.id, other.customer.id], settings: { active: false } }
    const dry = await post('/api/v1/notice-settings/applications', headers, { ...body, dryRun: true }).expect(200)
    expect(dry.body).toMatchObject({ dryRun: true, matched: 1, changed: 1, missing: 1 })
    expect(dry.body.customers.map((customer: { id: string }) => customer.id)).toEqual([mine.customer.id])
    expect(dry.body.changes).toEqual([{ field: 'active', from: null, to: false, customers: 1 }])
    await post('/api/v1/notice-settings/applications', headers, { ...body, dryRun: false }).expect(200)
    const again = await post('/api/v1/notice-settings/applications', headers, { ...body, dryRun: false }).expect(200)
    expect(again.body).toMatchObject({ matched: 1, changed: 0 })
    const all = await post('/api/v1/notice-settings/applications', headers, {
      filter: 'all',
      settings: { active: null },
      dryRun: false,
    })
    expect(all.body).toMatchObject({ matched: 1, changed: 1, missing: 0 })
    await post('/api/v1/notice-settings/applications', headers, { settings: {}, dryRun: true }).expect(400)
  })

  test('the company’s defaults are replaced as a whole, by those who may', async () => {
    const { headers } = await api.signedIn()
    const before = await get('/api/v1/notice-defaults', headers).expect(200)
    const put = (who: Headers, body: object) => api.request().put('/api/v1/notice-defaults').set(who).send(body)
    const after = await put(headers, { ...before.body, reviewOverdue: true, reminderOn: false }).expect(200)
    expect(after.body).toMatchObject({ reviewOverdue: true, reminderOn: false, version: before.body.version + 1 })
    await put(headers, before.body).expect(409)
    const nobody = await api.signedIn({ permissions: [] })
    await put(nobody.headers, after.body).expect(403)
  })

  test('previews show the customer’s own receivables, or a flagged sample; a test goes to oneself alone', async () => {
    const { headers, user } = await api.signedIn()
    const { customer } = await anIndebtedCustomer({ name: '<script>alert(1)</script>' })
    const path = `/api/v1/customers/${customer.id}/notice-previews`
    const preview = await post(path, headers, {
      kind: 'preventive',
      body: '{{ customer.name }}\n\n{{ receivables_table }}',
    }).expect(200)
    expect(preview.body).toMatchObject({ sample: false, language: 'es' })
    expect(preview.body.html).toContain('&lt;script&gt;')
    expect(preview.body.html).not.toContain('<script>')
    expect(preview.body.html).toContain(`F-${customer.code}`)
    expect((await post(path, headers, { kind: 'overdue' }).expect(200)).body.sample).toBe(true)
    expect((await post('/api/v1/notice-previews', headers, { kind: 'overdue' }).expect(200)).body.sample).toBe(true)

    const tests = `/api/v1/customers/${customer.id}/notice-tests`
    expect((await post(tests, headers, { kind: 'preventive' }).expect(409)).body.code).toBe('mail-account-missing')
    await aMailAccount(db(), { userId: user.id, port: smtp.port, address: 'yo@andina.test' })
    const sent = await post(tests, headers, { kind: 'preventive' }).expect(200)
    expect(sent.body.to).toBe(user.email)
    expect(smtp.received.map(({ from, to }) => [from, to])).toEqual([['yo@andina.test', [user.email]]])
  })
})

describe('the plan', () => {
  test('is the preview of the day, within the viewer’s customers, and changes nothing', async () => {
    const branch = await aBranch(db())
    const mine = await anIndebtedCustomer({ externalId: '001' }, { branchId: branch.id })
    await anIndebtedCustomer({ externalId: '002' })
    const all = await api.signedIn()
    const some = await api.signedIn({ customerLevel: 2, branchId: branch.id })
    const whole = await get(`/api/v1/notices/plan?on=${day}`, all.headers).expect(200)
    expect(whole.body.messages.map((each: { customer: { externalId: string } }) => each.customer.externalId)).toEqual([
      '001',
      '002',
    ])
    const part = await get(`/api/v1/notices/plan?on=${day}`, some.headers).expect(200)
    expect(part.body).toEqual({
      day,
      messages: [
        {
          customer: { externalId: '001', name: mine.customer.name },
          kind: 'preventive',
          state: 'planned',
          reason: null,
          totals: [{ currency: 'USD', amount: '100.00' }],
          items: [
            {
              externalId: mine.receivable.externalId,
              rule: 'preventive-7',
              dueOn: '2026-03-18',
              balance: '100.00',
              currency: 'USD',
            },
          ],
        },
      ],
    })
    expect((await get('/api/v1/notices/plan?on=2026-03-14', all.headers).expect(200)).body.messages).toEqual([])
    await get('/api/v1/notices/plan?on=2026-02-30', all.headers).expect(400)
    const nobody = await api.signedIn({ permissions: [] })
    await get(`/api/v1/notices/plan?on=${day}`, nobody.headers).expect(403)
    expect(await db().select().from(noticeItems)).toEqual([])
  })

  test('pages, simulation and explanation agree with it', async () => {
    const { headers } = await api.signedIn()
    const { receivable } = await anIndebtedCustomer()
    await anIndebtedCustomer({ email: null })
    const first = await get(`/api/v1/notices/plan-messages?on=${day}&limit=1`, headers).expect(200)
    expect(first.body).toMatchObject({ businessDay: true, items: [{}] })
    const second = await get(`/api/v1/notices/plan-messages?on=${day}&limit=1&cursor=${first.body.nextCursor}`, headers).expect(
      200,
    )
    expect(second.body.nextCursor).toBeNull()
    expect(second.body.items[0].customer.id).not.toBe(first.body.items[0].customer.id)
    const heldOnly = await get(`/api/v1/notices/plan-messages?on=${day}&state=held&reason=no-recipient`, headers).expect(200)
    expect(heldOnly.body.items).toHaveLength(1)
    expect(heldOnly.body.breakdown).toHaveLength(2)
    await get(`/api/v1/notices/plan-messages?on=${day}&cursor=x`, headers).expect(400)

    const days = await get('/api/v1/notices/simulation?from=2026-03-09&days=14', headers).expect(200)
    const leaving = days.body.days.filter((each: { messages: number }) => each.messages > 0)
    // The reminder leaves once, on its day, though the days after would still catch it up.
    expect(leaving.map((each: { day: string; messages: number }) => [each.day, each.messages])).toEqual([['2026-03-11', 1]])

    const path = `/api/v1/receivables/${receivable.id}/notice-explanation`
    const why = await get(`${path}?on=${day}`, headers).expect(200)
    expect(
      why.body.rules.map((each: { rule: { code: string }; state: string; maturesOn: string }) => [
        each.rule.code,
        each.state,
        each.maturesOn,
      ]),
    ).toEqual([
      ['overdue-7', 'waiting', '2026-03-25'],
      ['preventive-7', 'planned', day],
    ])
    await runDay(api.ctx, day)
    const sent = await get(path, headers).expect(200)
    expect(sent.body.rules[1]).toMatchObject({ state: 'noticed', message: { state: 'sent', planOn: day } })
    const blind = await api.signedIn({ customerLevel: 4 })
    await get(path, blind.headers).expect(404)
  })
})

describe('the queue', () => {
  test('lists, counts and opens what was sent, exactly as sent', async () => {
    const { headers } = await api.signedIn()
    const { customer, agent } = await anIndebtedCustomer()
    await runDay(api.ctx, day)
    const list = await get('/api/v1/notices?group=sent', headers).expect(200)
    expect(list.body.items).toHaveLength(1)
    const [item] = list.body.items
    expect(item).toMatchObject({
      customer: { id: customer.id },
      state: 'sent',
      itemCount: 1,
      recipientCount: 1,
      totals: [{ currency: 'USD', amount: '100.00' }],
      sender: { user: { id: agent.id }, fallback: false },
    })
    const summary = await get('/api/v1/notices/summary', headers).expect(200)
    expect(summary.body.groups).toMatchObject({ sent: 1, held: 0 })
    const one = await get(`/api/v1/notices/${item.id}`, headers).expect(200)
    expect(one.body).toMatchObject({ recipients: [{ outcome: 'accepted' }], content: { asSent: true } })
    expect(one.body.content.text).toContain('100,00')
    expect(one.body.events.map((event: { toState: string }) => event.toState)).toEqual([
      'planned',
      'claimed',
      'dispatching',
      'sent',
    ])
    const source = await get(`/api/v1/notices/${item.id}/source`, headers)
      .buffer(true)
      .parse((answer, done) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('end', () => done(null, Buffer.concat(parts)))
      })
    expect(source.status).toBe(200)
    expect(source.headers).toMatchObject({ 'content-type': 'message/rfc822', 'x-content-type-options': 'nosniff' })
    expect(source.headers['content-disposition']).toContain('attachment')
    expect((source.body as Buffer).equals(smtp.received[0]?.raw ?? Buffer.alloc(0))).toBe(true)
    const own = await get(`/api/v1/customers/${customer.id}/notices`, headers).expect(200)
    expect(own.body.items.map((each: { id: string }) => each.id)).toEqual([item.id])
    for (const query of [
      `q=${encodeURIComponent(customer.name)}`,
      `customerId=${customer.id}`,
      'kind=preventive',
      `from=${day}&to=${day}`,
    ])
      expect((await get(`/api/v1/notices?${query}`, headers).expect(200)).body.items).toHaveLength(1)
    for (const query of ['q=nadie%25', 'kind=overdue', 'state=failed', 'reason=paid', 'to=2026-03-10'])
      expect((await get(`/api/v1/notices?${query}`, headers).expect(200)).body.items).toHaveLength(0)
  })

  test('levels: out of reach is as missing, also in counts and decisions; a moved agent moves their notices at once', async () => {
    const branch = await aBranch(db())
    const department = await aDepartment(db())
    const { id, agent } = await held()
    const viewers = {
      company: await api.signedIn({ customerLevel: 1, branchId: branch.id, departmentId: department.id }),
      branch: await api.signedIn({ customerLevel: 2, branchId: branch.id, departmentId: department.id }),
      department: await api.signedIn({ customerLevel: 3, branchId: branch.id, departmentId: department.id }),
      own: await api.signedIn({ customerLevel: 4, branchId: branch.id, departmentId: department.id }),
    }
    const seenBy = async () => {
      const seen: Record<string, unknown[]> = {}
      for (const [name, { headers }] of Object.entries(viewers)) {
        const summary = await get('/api/v1/notices/summary', headers).expect(200)
        seen[name] = [
          (await get('/api/v1/notices', headers)).body.items.length,
          summary.body.groups.held + summary.body.groups.scheduled,
          (await get(`/api/v1/notices/${id}`, headers)).status,
        ]
      }
      return seen
    }
    expect(await seenBy()).toEqual({ company: [2, 2, 200], branch: [0, 0, 404], department: [0, 0, 404], own: [0, 0, 404] })
    const answer = await post('/api/v1/notices/releases', viewers.own.headers, { ids: [id] }).expect(200)
    expect(answer.body).toMatchObject({ done: 0, results: [{ id, outcome: 'refused', code: 'not-found', state: null }] })
    await db().update(users).set({ branchId: branch.id }).where(eq(users.id, agent.id))
    expect(await seenBy()).toMatchObject({ branch: [2, 2, 200], department: [0, 0, 404] })
    await db().update(users).set({ departmentId: department.id }).where(eq(users.id, agent.id))
    expect(await seenBy()).toMatchObject({ department: [2, 2, 200], own: [0, 0, 404] })
    const nobody = await api.signedIn({ permissions: ['see-notices'] })
    await post('/api/v1/notices/releases', nobody.headers, { ids: [id] }).expect(403)
    const blind = await api.signedIn({ permissions: [] })
    await get('/api/v1/notices', blind.headers).expect(403)
    await get(`/api/v1/notices/${id}/source`, viewers.own.headers).expect(404)
  })

  test('two people at once: one releases, the other finds another state; what is released leaves', async () => {
    const { headers } = await api.signedIn()
    const { id } = await held()
    const before = await get(`/api/v1/notices/${id}`, headers).expect(200)
    expect(before.body).toMatchObject({ reason: 'review', content: { asSent: false } })
    const answers = await Promise.all(
      [1, 2, 3].map(() => post('/api/v1/notices/releases', headers, { ids: [id], reason: 'visto' })),
    )
    expect(answers.map((answer) => answer.body.results[0].code).sort()).toEqual(
      [null, 'notice-state-conflict', 'notice-state-conflict'].sort(),
    )
    expect(api.ctx.rung.some((ring) => (ring.payload as { id: string }).id === id)).toBe(true)
    expect(await dispatchNotice(api.ctx, id)).toBe('sent')
    const after = await get(`/api/v1/notices/${id}`, headers).expect(200)
    expect(after.body.reviewedBy).not.toBeNull()
    const audited = await db().select().from(auditLog).where(eq(auditLog.entityId, id))
    expect(audited.map((row) => row.action)).toEqual(['release'])
  })

  test('cancel, retry and resolve each act only where they fit', async () => {
    const { headers } = await api.signedIn()
    const { id } = await held()
    const act = async (path: string, body: object = {}) =>
      (await post(`/api/v1/notices/${path}`, headers, { ids: [id], ...body }).expect(200)).body.results[0]
    const become = (state: 'failed' | 'uncertain' | 'held') =>
      db().update(noticeMessages).set({ state, reason: null }).where(eq(noticeMessages.id, id))
    expect(await act('retries')).toMatchObject({ code: 'notice-state-conflict', state: 'held' })
    expect(await act('resolutions', { as: 'sent' })).toMatchObject({ code: 'notice-state-conflict' })
    await become('failed')
    expect(await act('retries')).toMatchObject({ outcome: 'done', state: 'planned' })
    await become('uncertain')
    expect(await act('cancellations')).toMatchObject({ code: 'notice-state-conflict' })
    expect(await act('resolutions', { as: 'send-again' })).toMatchObject({ outcome: 'done', state: 'planned' })
    await become('uncertain')
    expect(await act('resolutions', { as: 'sent' })).toMatchObject({ outcome: 'done', state: 'sent' })
    await become('held')
    expect(await act('cancellations', { reason: 'ya pagó' })).toMatchObject({ outcome: 'done', state: 'cancelled' })
    expect(await act('cancellations')).toMatchObject({ code: 'notice-state-conflict' })
    await post('/api/v1/notices/releases', headers, { ids: [] }).expect(400)
    await post('/api/v1/notices/releases', headers, { ids: ['x'] }).expect(400)
  })
})
