import { randomUUID } from 'node:crypto'
import { noticeItems, noticeMessages, noticeRules } from '@cartera/db/schema/notices'
import { aCompany, aCustomer, aFollowUpType, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { registered } from './route.ts'
import { testApi } from './testing/test-api.ts'

// What people, integrators and attackers send to the endpoints of notices and money: a clear error or a defined outcome, and nothing lost.

const api = testApi()
const db = () => api.database.db
let me: Awaited<ReturnType<typeof api.signedIn>>
let customerId = ''
let receivableId = ''
let noticeId = ''
let typeId = ''

beforeAll(async () => {
  const someone = await aUser(db())
  await aCompany(db(), { administratorId: someone.id, noticeActive: true })
  me = await api.signedIn()
  const customer = await aCustomer(db(), { collectionsAgentId: me.user.id, externalId: 'C-1' })
  customerId = customer.id
  receivableId = (await aReceivable(db(), { customerId, externalId: 'R-1' })).id
  typeId = (await aFollowUpType(db())).id
  noticeId = await inReview()
})

/** The id of a notice that waits for review, of an overdue receivable; of a customer and an agent of its own, whatever the others go through. */
const inReview = async () => {
  const agent = await aUser(db())
  await aMailAccount(db(), { userId: agent.id })
  const owner = (await aCustomer(db(), { collectionsAgentId: agent.id })).id
  // Overdue for the seven days of the rule on 2 March.
  const overdue = await aReceivable(db(), { customerId: owner, dueOn: '2026-02-23' })
  const [rule] = await db().select().from(noticeRules).where(eq(noticeRules.code, 'overdue-7'))
  const [message] = await db()
    .insert(noticeMessages)
    .values({
      customerId: owner,
      kind: 'overdue',
      planOn: '2026-03-02',
      writtenOn: '2026-03-02',
      state: 'held',
      reason: 'review',
      messageId: `<${randomUUID()}@x.test>`,
    })
    .returning()
  const messageId = message?.id ?? ''
  await db()
    .insert(noticeItems)
    .values({
      messageId,
      receivableId: overdue.id,
      ruleId: rule?.id ?? '',
      ruleVersion: 1,
      occurrence: 1,
      dueOn: overdue.dueOn,
      maturesOn: '2026-03-02',
      balanceMinor: overdue.balanceMinor,
      currency: overdue.currency,
    })
  return messageId
}

const call = async (method: string, url: string, body?: unknown, language = 'en') => {
  const answer = await api.app.inject({
    method: method as 'POST',
    url: `/api/v1${url}`,
    headers: { ...me.headers, 'accept-language': language, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  return {
    status: answer.statusCode,
    text: answer.payload,
    body: answer.payload === '' ? {} : (JSON.parse(answer.payload) as Problem),
  }
}
interface Problem {
  code?: string
  detail?: string
  errors?: { field: string; code: string; detail: string }[]
}

const ownSettings = {
  subject: 'Aviso',
  active: true,
  sendToContacts: null,
  reminderOn: null,
  reminderRuleIds: null,
  overdueOn: null,
  overdueRuleIds: null,
  reminderBody: 'Hola',
  overdueBody: 'Hola',
  tone: null,
  attachStatement: null,
  version: 0,
}
const account = {
  address: 'yo@empresa.test',
  displayName: 'Yo',
  host: 'mail.empresa.test',
  port: 587,
  security: 'starttls',
  username: 'yo',
  password: 'clave',
}

/** A body that is taken, for every endpoint that takes one. */
const bodies = (): [string, string, Record<string, unknown>][] => [
  [
    'POST',
    '/notice-rules',
    { description: 'Tercer aviso', days: 30, kind: 'overdue', level: 2, repeatEveryDays: 7, repeatTimes: 3 },
  ],
  ['PUT', `/customers/${customerId}/notice-settings`, ownSettings],
  [
    'PUT',
    `/receivables/${receivableId}/notice-settings`,
    { active: true, reminderOn: null, reminderRuleIds: null, overdueOn: null, overdueRuleIds: null, version: 0 },
  ],
  [
    'POST',
    '/notice-settings/applications',
    { customerIds: [customerId], settings: { active: true, subject: 'Aviso' }, dryRun: true },
  ],
  [
    'POST',
    `/customers/${customerId}/notice-previews`,
    { kind: 'overdue', subject: 'Aviso', body: 'Hola {{ customer.name }}', level: 1, language: 'es', tone: 'formal' },
  ],
  ['POST', '/notice-previews', { kind: 'overdue', subject: 'Aviso', body: 'Hola {{ customer.name }}' }],
  ['POST', '/notice-templates/checks', { subject: 'Aviso', body: 'Hola' }],
  ['PUT', '/notice-templates/overdue/1/es/formal', { subject: 'Aviso', body: 'Hola {{ receivables_table }}', version: 0 }],
  ['POST', '/notices/releases', { ids: [noticeId], reason: 'Visto' }],
  ['POST', '/notices/cancellations', { ids: [noticeId], reason: 'Visto' }],
  ['POST', '/notices/retries', { ids: [noticeId], reason: 'Visto' }],
  ['POST', '/notices/resolutions', { ids: [noticeId], as: 'sent', reason: 'Visto' }],
  ['POST', `/customers/${customerId}/notice-pauses`, { untilOn: '2026-03-20', reason: 'Acuerdo' }],
  ['POST', `/receivables/${receivableId}/notice-pauses`, { untilOn: '2026-03-20', reason: 'Acuerdo' }],
  ['POST', `/customers/${customerId}/contact-attempts`, { channel: 'call', at: '2026-03-02T14:00:00Z', outcome: 'Pagará' }],
  ['PUT', '/me/mail-account', account],
  ['POST', '/me/mail-account/confirmations', { code: '123456' }],
  [
    'PUT',
    '/finance-settings',
    { digestOn: true, digestAt: '07:30', silentMinutes: 60, workerMinutes: 5, failedCount: 10, recipientIds: [], version: 1 },
  ],
  [
    'POST',
    '/bank-details',
    {
      accounts: [
        { bank: 'Banco', holder: 'Empresa', kind: 'account', number: '123456', currency: 'USD', swift: null, note: 'Nota' },
      ],
      reason: 'Nuevo',
    },
  ],
  ['POST', '/promises', { customerId, dueOn: '2026-03-12', comment: 'Pagará', items: [{ receivableId, amount: '1.00' }] }],
  ['POST', `/receivables/${receivableId}/extensions`, { dueOn: '2026-05-01', reason: 'Acuerdo' }],
  ['PUT', `/receivables/${receivableId}/dispute`, { reason: 'No llegó' }],
  ['POST', `/receivables/${receivableId}/write-offs`, { amount: '0.01', reason: 'Incobrable' }],
  ['POST', '/payments', { customerId, paidOn: '2026-03-01', currency: 'USD', amount: '1.00', reference: 'T-1' }],
  ['POST', '/credit-notes', { customerId, number: 'NC-1', issuedOn: '2026-03-01', currency: 'USD', total: '1.00', comment: 'x' }],
  [
    'POST',
    '/documents',
    {
      customerId,
      type: 'invoice',
      number: 'F-1',
      issuedOn: '2026-03-01',
      currency: 'USD',
      total: '1.00',
      comment: 'x',
      instalments: [{ dueOn: '2026-04-01', amount: '1.00' }],
    },
  ],
  ['PUT', '/balance-sources/erp', { asOf: '2026-03-01T00:00:00Z' }],
  [
    'POST',
    '/portfolio/follow-up-previews',
    {
      filter: { q: 'x' },
      typeId,
      subject: 'Llamar',
      description: 'x',
      dueOn: '2026-03-12',
      dueTime: '10:00',
      owners: { mode: 'collections-agent' },
    },
  ],
  ['POST', '/holidays', { day: '2026-05-01', name: 'Fiesta' }],
  ['POST', `/customers/${customerId}/contacts`, { name: 'Ana', email: 'ana@cliente.test', position: 'x' }],
  ['POST', '/customer-groups', { name: 'Mayoristas' }],
]

/** Everything that one leaf of a body could be instead. */
const hostile: unknown[] = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  'x\udc00',
  '\u202egnp.exe',
  '=1+1',
  '__proto__',
  '\r\nBcc: otro@x.test',
  'a'.repeat(1_000_001),
  ' ',
  '',
  '{% for i in (1..99999999) %}x{% endfor %}',
  '{{ nada }}',
  '9999-12-31',
  '10000-01-01',
  '2026-02-29',
  '2026-13-01',
  '-1',
  '1e400',
  '0x10',
  'NaN',
  '1,50',
  -1,
  0,
  1.5,
  2147483648,
  9007199254740992,
  null,
  true,
  [],
  {},
  ['x'],
  { length: 1 },
]

function leavesOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [path]
  return Object.entries(value).flatMap(([key, each]) => leavesOf(each, [...path, Array.isArray(value) ? Number(key) : key]))
}
function withLeaf(value: unknown, path: (string | number)[], leaf: unknown): unknown {
  const [key, ...rest] = path
  if (key === undefined) return leaf
  if (Array.isArray(value)) return value.map((each, index) => (index === key ? withLeaf(each, rest, leaf) : each))
  const known = value as Record<string, unknown>
  return { ...known, [key]: withLeaf(known[key], rest, leaf) }
}

describe('whatever stands in a field', () => {
  test('is taken or refused by name, in both languages, and never breaks anything', async () => {
    const broken: unknown[] = []
    for (const [method, url, body] of bodies())
      for (const path of leavesOf(body))
        for (const value of hostile) {
          const answer = await call(method, url, withLeaf(body, path, value))
          const said = typeof value === 'string' ? JSON.stringify(value.slice(0, 30)) : JSON.stringify(value)
          const told = [method, url.replace(/[0-9a-f-]{36}/, ':id'), path.join('.'), said, answer.status]
          if (answer.status >= 500) broken.push([...told, answer.text.slice(0, 200)])
          else if (answer.status >= 400 && !answer.body.code) broken.push([...told, 'no code'])
          else if (answer.status === 400 && !(answer.body.errors ?? []).length)
            broken.push([...told, 'no field', answer.body.code])
          else if (answer.status >= 400 && (answer.body.errors ?? []).some((each) => !each.code || !each.detail))
            broken.push([...told, 'no sentence'])
          // What PostgreSQL cannot store and UTF-8 cannot say is refused, not changed in silence.
          else if (answer.status < 300 && typeof value === 'string' && (value.includes('\u0000') || /\p{Cs}/u.test(value)))
            broken.push([...told, 'stored?'])
        }
    expect(broken).toEqual([])
  }, 600_000)

  test('keys that are no fields are refused by name, also those that JavaScript knows', async () => {
    for (const [method, url, body] of bodies())
      for (const key of ['__proto__', 'constructor', 'isAdmin']) {
        const text = JSON.stringify(body).replace(/\}$/, `,${JSON.stringify(key)}:{"x":1}}`)
        const answer = await call(method, url, text)
        expect([method, url, key, answer.status]).toEqual([method, url, key, 400])
      }
  })

  test('every endpoint of these features that takes a body is asked here', () => {
    const asked = new Set(
      bodies().map(
        ([method, url]) =>
          `${method} ${url
            .replace(/[0-9a-f-]{36}/, ':id')
            .replace('overdue/1/es/formal', ':kind/:level/:language/:tone')
            .replace('sources/erp', 'sources/:name')}`,
      ),
    )
    const there = new Set(registered.map((endpoint) => `${endpoint.method} ${endpoint.url.replace('/api/v1', '')}`))
    expect([...asked].filter((each) => !there.has(each))).toEqual([])
  })
})

describe('the bad input of the issue', () => {
  const said = async (method: string, url: string, body: unknown) => {
    const [es, en] = [await call(method, url, body, 'es'), await call(method, url, body, 'en')]
    const [one, other] = [es.body.errors?.[0], en.body.errors?.[0]]
    expect(one?.detail).toBeTruthy()
    expect(other?.detail).toBeTruthy()
    expect(one?.detail).not.toBe(other?.detail)
    return [en.status, other?.field, other?.code]
  }

  test('a rule with negative or absurd days', async () => {
    const rule = (days: unknown) => ({ description: 'x', days, kind: 'overdue' })
    expect(await said('POST', '/notice-rules', rule(-1))).toEqual([422, 'days', 'days-out-of-range'])
    expect(await said('POST', '/notice-rules', rule(366))).toEqual([422, 'days', 'days-out-of-range'])
    for (const days of ['7', null, [7]]) expect(await said('POST', '/notice-rules', rule(days))).toEqual([400, 'days', 'type'])
    expect((await call('POST', '/notice-rules', '{"description":"x","kind":"overdue","days":1e400}')).status).toBe(400)
  })

  test('a mail server inside the house, in every spelling, is refused at its field and nothing is stored', async () => {
    api.ctx.settings.allowPrivateMailHosts = false
    try {
      for (const host of ['127.0.0.1', '10.1.2.3', '192.168.0.1', '169.254.169.254', '::1', '::ffff:127.0.0.1', 'localhost']) {
        const answer = await call('PUT', '/me/mail-account', { ...account, host })
        // What is no name of a host at all is refused for its form.
        expect([host, answer.status >= 400 && answer.status < 500, answer.body.errors?.[0]?.field]).toEqual([host, true, 'host'])
      }
    } finally {
      api.ctx.settings.allowPrivateMailHosts = true
    }
  })

  test('an address with line breaks, several addresses, or too long', async () => {
    for (const email of [
      'a@x.test\r\nBcc: b@x.test',
      'a@x.test,b@x.test',
      'a@x.test; b@x.test',
      '<a@x.test>',
      `${'a'.repeat(300)}@x.test`,
      'a b@x.test',
      'a@x',
      '"a\nb"@x.test',
    ]) {
      expect((await said('POST', `/customers/${customerId}/contacts`, { name: 'Ana', email }))[1]).toBe('email')
      expect((await said('PUT', '/me/mail-account', { ...account, address: email }))[1]).toBe('address')
    }
  })

  test('two people who release and cancel the same many notices at the same moment: each notice is decided, and both are told what became of each', async () => {
    const colleague = await api.signedIn()
    const ids: string[] = []
    for (let n = 0; n < 12; n += 1) ids.push(await inReview())
    const decide = (headers: Record<string, string>, asked: string[]) =>
      api.request().post('/api/v1/notices/releases').set(headers).send({ ids: asked })
    const [one, other] = await Promise.all([decide(me.headers, ids), decide(colleague.headers, [...ids].reverse())])
    expect([one.status, other.status]).toEqual([200, 200])
    expect(one.body.done + other.body.done).toBe(ids.length)
    expect(one.body.refused + other.body.refused).toBe(ids.length)
    for (const id of ids) {
      const outcomes = [one, other].map((answer) => answer.body.results.find((each: { id: string }) => each.id === id))
      expect(outcomes.map((each) => each.outcome).sort()).toEqual(['done', 'refused'])
      expect(outcomes.find((each) => each.outcome === 'refused')).toMatchObject({
        code: 'notice-state-conflict',
        state: 'planned',
      })
      const [message] = await db().select().from(noticeMessages).where(eq(noticeMessages.id, id))
      expect(message?.state).toBe('planned')
    }
    const events = await api.database.pool.query(
      `select message_id from notice_events where message_id = any($1::uuid[]) and to_state = 'planned'`,
      [ids],
    )
    expect(events.rowCount).toBe(ids.length)
  })
})
