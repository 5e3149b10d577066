import { randomUUID } from 'node:crypto'
import { auditLog } from '@cartera/db/schema/audit'
import { contacts, customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { customerMails, interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { noticePauses } from '@cartera/db/schema/notices'
import { paymentClaims, paymentClaimVouchers, portalLinks, portalSessions } from '@cartera/db/schema/portal'
import { promises, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aContact, aCustomer, aMailAccount, aReceivable, aUser } from '@cartera/db/testing/builders'
import { sendCustomerMails } from '@cartera/use-cases/customer-mails/customer-mails'
import { sendRequestedLinksJob } from '@cartera/use-cases/portal/portal-session'
import { hashOfToken, newToken } from '@cartera/use-cases/portal/portal-token'
import { testMailServer } from '@cartera/use-cases/testing/test-mail-server'
import { eq } from 'drizzle-orm'
import PostalMime from 'postal-mime'
import { v7 } from 'uuid'
import { beforeEach, describe, expect, test } from 'vitest'
import { registered } from '../route.ts'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
const smtp = testMailServer()
const db = () => api.database.db

interface Side {
  customerId: string
  contactId: string
  receivableId: string
  otherId: string
  documentId: string
  claimId: string
  /** With something published, with internal entries alone, and deleted. */
  talkId: string
  internalId: string
  deletedId: string
  email: string
}
let own: Side
let foreign: Side
let adminId = ''

async function aSide(name: string): Promise<Side> {
  const customer = await aCustomer(db(), { name: `Almacén ${name}`, collectionsAgentId: adminId, language: 'es' })
  const email = `pagos@${name}.test`
  const contact = await aContact(db(), { customerId: customer.id, name: `Pagos ${name}`, email, portalAccess: true })
  const receivable = await aReceivable(db(), {
    customerId: customer.id,
    number: `F-${name}`,
    dueOn: '2026-03-01',
    amountMinor: 50_000n,
  })
  const other = await aReceivable(db(), {
    customerId: customer.id,
    number: `G-${name}`,
    dueOn: '2026-04-01',
    amountMinor: 20_000n,
  })
  const [claim] = await db()
    .insert(paymentClaims)
    .values({
      customerId: customer.id,
      contactId: contact.id,
      paidOn: '2026-03-01',
      currency: 'USD',
      amountMinor: 77n,
      reference: `R-${name}`,
    })
    .returning()
  await db()
    .insert(paymentClaimVouchers)
    .values({
      claimId: claim?.id ?? '',
      name: `${name}.pdf`,
      mediaType: 'application/pdf',
      size: 9,
      content: Buffer.from(`%PDF-${name}`),
    })
  const topicId = v7()
  await db()
    .insert(interactionTopics)
    .values({ id: topicId, name: `Tema ${name}` })
  const aTalk = async (kinds: ('internal' | 'incoming' | 'outgoing')[], deletedAt: Date | null = null) => {
    const at = new Date('2026-03-10T15:00:00Z')
    const [talk] = await db()
      .insert(interactions)
      .values({
        customerId: customer.id,
        topicId,
        ownerId: adminId,
        happenedAt: at,
        lastEntryAt: at,
        lastEntryName: 'Ada',
        deletedAt,
      })
      .returning()
    for (const kind of kinds)
      await db()
        .insert(interactionEntries)
        .values({
          interactionId: talk?.id ?? '',
          kind,
          entryName: 'Ada',
          body: `${kind} ${name}`,
          writtenAt: at,
          authorId: adminId,
        })
    return talk?.id ?? ''
  }
  return {
    talkId: await aTalk(['incoming', 'internal', 'outgoing']),
    internalId: await aTalk(['internal']),
    deletedId: await aTalk(['outgoing'], new Date('2026-03-10T16:00:00Z')),
    customerId: customer.id,
    contactId: contact.id,
    receivableId: receivable.id,
    otherId: other.id,
    documentId: receivable.documentId,
    claimId: claim?.id ?? '',
    email,
  }
}

beforeEach(async () => {
  await api.database.pool.query(`truncate company, notice_rules, customers, users, mail_accounts, access_profiles, audit_log, sign_in_failures, customer_mails,
    portal_links, portal_sessions, follow_up_types, interaction_topics cascade`)
  api.ctx.at('2026-03-11T15:00:00Z')
  api.ctx.settings.publicUrl = 'https://cobros.example'
  api.ctx.rung.length = 0
  const admin = await aUser(db(), { name: 'Ada' })
  adminId = admin.id
  await aCompany(db(), { name: 'Andina', administratorId: adminId, promiseGraceDays: 1 })
  await aMailAccount(db(), { userId: adminId, port: smtp.port, address: 'ada@andina.test' })
  own = await aSide('uno')
  foreign = await aSide('dos')
})

async function aLink(contactId: string, over: Partial<typeof portalLinks.$inferInsert> = {}): Promise<string> {
  const token = newToken()
  await db()
    .insert(portalLinks)
    .values({
      contactId,
      tokenHash: hashOfToken(token),
      expiresAt: new Date('2026-03-12T15:00:00Z'),
      createdAt: api.ctx.now(),
      ...over,
    })
  return token
}
const post = (url: string, payload: object, headers: Record<string, string> = {}) =>
  api.app.inject({ method: 'POST', url: `/api/v1/portal${url}`, payload, headers: { 'accept-language': 'en', ...headers } })
const enter = (token: string) => post('/session', { token })

async function cookieOf(side: Side): Promise<Record<string, string>> {
  const answer = await enter(await aLink(side.contactId))
  expect(answer.statusCode).toBe(204)
  const cookie = answer.cookies.find(({ name }) => name === 'cartera_portal')
  return { cookie: `cartera_portal=${cookie?.value}`, 'x-cartera-portal': '1', 'accept-language': 'en' }
}
const get = (url: string, headers: Record<string, string>) =>
  api.app.inject({ method: 'GET', url: `/api/v1/portal${url}`, headers })
const status = async (headers: Record<string, string>) => (await get('/home', headers)).statusCode

describe('a link', () => {
  test('is mailed with its token behind the #, enters once, and only its hash is stored', async () => {
    const staff = await api.signedIn()
    const invited = await api.app.inject({
      method: 'POST',
      url: `/api/v1/customers/${own.customerId}/contacts/${own.contactId}/portal-invitations`,
      headers: staff.headers,
    })
    expect([invited.statusCode, invited.json().links[0].state]).toEqual([201, 'sending'])
    await sendCustomerMails(api.ctx)
    expect(smtp.received).toHaveLength(1)
    const mail = await PostalMime.parse(smtp.received[0]?.raw ?? Buffer.alloc(0))
    expect([mail.from?.address, mail.to?.[0]?.address, mail.subject]).toEqual([
      'ada@andina.test',
      own.email,
      'Su acceso al portal de Andina',
    ])
    const token = /https:\/\/cobros\.example\/portal\/enter#([A-Za-z0-9_-]{43})/.exec(mail.text ?? '')?.[1] ?? ''
    const [link] = await db().select().from(portalLinks)
    expect(link).toMatchObject({ tokenHash: hashOfToken(token), createdBy: staff.user.id, usedAt: null })
    expect(link?.expiresAt.toISOString()).toBe('2026-03-12T15:00:00.000Z')
    const [stored] = await db().select().from(customerMails)
    expect([stored?.state, stored?.source]).toEqual(['sent', null])

    const entered = await enter(token)
    expect(entered.statusCode).toBe(204)
    expect(entered.headers['set-cookie']).toMatch(
      /^cartera_portal=[^;]+; Max-Age=2592000; Path=\/api\/v1\/portal; HttpOnly; SameSite=Strict$/,
    )
    const again = await enter(token)
    expect([again.statusCode, again.json().code]).toEqual([401, 'portal-link-invalid'])
    expect(await db().select().from(auditLog).where(eq(auditLog.action, 'sign-in'))).toHaveLength(2)
  })

  test('that two browsers press at once lets one of them in', async () => {
    const token = await aLink(own.contactId)
    const codes = (await Promise.all([enter(token), enter(token), enter(token)])).map((answer) => answer.statusCode)
    expect(codes.sort()).toEqual([204, 401, 401])
    expect(await db().select().from(portalSessions)).toHaveLength(1)
  })

  test('that is expired, revoked, used, forged, of a contact without access, deleted, in doubt, or of an inactive customer answers alike', async () => {
    const past = new Date('2026-03-11T14:59:59Z')
    const tokens = [
      await aLink(own.contactId, { expiresAt: past }),
      await aLink(own.contactId, { revokedAt: past }),
      await aLink(own.contactId, { usedAt: past }),
      newToken(),
      'x',
    ]
    for (const change of [
      { portalAccess: false },
      { deletedAt: past },
      { wrongPersonAt: past },
      { email: null },
    ] satisfies Partial<typeof contacts.$inferInsert>[]) {
      const contact = await aContact(db(), { customerId: own.customerId, email: 'x@uno.test', portalAccess: true })
      tokens.push(await aLink(contact.id))
      await db().update(contacts).set(change).where(eq(contacts.id, contact.id))
    }
    tokens.push(await aLink(foreign.contactId))
    await db().update(customers).set({ status: 'inactive' }).where(eq(customers.id, foreign.customerId))
    const answers = []
    for (const token of tokens) {
      const { requestId: _, ...body } = (await enter(token)).json()
      answers.push(body)
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toMatchObject({ status: 401, code: 'portal-link-invalid' })
  })
})

describe('asking for a link', () => {
  test('answers alike and does the same at once whether the address is known, off, or unknown; only the job looks', async () => {
    await db().update(contacts).set({ portalAccess: false }).where(eq(contacts.id, foreign.contactId))
    const seen = []
    for (const email of [own.email.toUpperCase(), foreign.email, 'nadie@nada.test']) {
      api.ctx.rung.length = 0
      const answer = await post('/link-requests', { email })
      seen.push({
        status: answer.statusCode,
        body: answer.payload,
        rung: api.ctx.rung.map(({ job, payload }) => [job.name, Object.keys(payload as object)]),
        mails: (await db().select().from(customerMails)).length,
        links: (await db().select().from(portalLinks)).length,
      })
      expect(JSON.stringify(api.ctx.rung)).not.toContain('@')
    }
    expect(seen[0]).toEqual({
      status: 204,
      body: '',
      rung: [['send-requested-portal-links', ['sealed', 'askedAt']]],
      mails: 0,
      links: 0,
    })
    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
  })

  test('sends the one who may enter a mail, and nobody else, also when the job runs late or twice', async () => {
    await post('/link-requests', { email: own.email })
    await post('/link-requests', { email: 'nadie@nada.test' })
    const [known, unknown] = api.ctx.rung.map(({ payload }) => payload)
    await sendRequestedLinksJob.perform(api.ctx, unknown)
    expect(await db().select().from(customerMails)).toEqual([])
    await sendRequestedLinksJob.perform(api.ctx, known)
    await sendCustomerMails(api.ctx)
    expect(smtp.received.map(({ to }) => to)).toEqual([[own.email]])
    api.ctx.at('2026-03-11T15:15:01Z')
    await sendRequestedLinksJob.perform(api.ctx, known)
    expect(await db().select().from(customerMails)).toHaveLength(1)
    await sendRequestedLinksJob.perform(api.ctx, { sealed: 'forged', askedAt: '2026-03-11T15:15:01Z' })
  })

  test('is limited by address and by place, alike for known and unknown ones', async () => {
    for (const email of [own.email, 'nadie@nada.test']) {
      for (let n = 0; n < 5; n++) expect((await post('/link-requests', { email })).statusCode).toBe(204)
      const over = await post('/link-requests', { email })
      expect([over.statusCode, over.json().code]).toEqual([429, 'too-many-attempts'])
    }
    for (let n = 0; n < 18; n++) await post('/link-requests', { email: `a${n}@nada.test` })
    expect((await post('/link-requests', { email: 'fresh@nada.test' })).statusCode).toBe(429)
    api.ctx.at('2026-03-11T15:15:00Z')
    expect((await post('/link-requests', { email: own.email })).statusCode).toBe(204)
  })
})

describe('a session', () => {
  test('ends at once when the access is switched off, revoked, the address changed, the contact deleted, the customer inactive or deleted', async () => {
    const staff = await api.signedIn()
    const url = `/api/v1/customers/${own.customerId}/contacts/${own.contactId}`
    const call = (method: 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object) =>
      api.app.inject({ method, url: path, headers: staff.headers, ...(payload ? { payload } : {}) })
    let version = 1
    const reset = () =>
      db()
        .update(contacts)
        .set({ portalAccess: true, email: own.email, deletedAt: null, version: ++version })
        .where(eq(contacts.id, own.contactId))
    const ends: [string, () => Promise<unknown>][] = [
      ['off', () => call('PATCH', url, { portalAccess: false, version })],
      ['revoked', () => call('POST', `${url}/portal-revocations`)],
      ['other address', () => call('PATCH', url, { email: 'otra@uno.test', version })],
      ['deleted', () => call('DELETE', url)],
      ['inactive', () => db().update(customers).set({ status: 'inactive' }).where(eq(customers.id, own.customerId))],
    ]
    for (const [name, end] of ends) {
      const headers = await cookieOf(own)
      const link = await aLink(own.contactId)
      expect([name, await status(headers)]).toEqual([name, 200])
      await end()
      expect([name, await status(headers)]).toEqual([name, 401])
      expect([name, (await enter(link)).statusCode]).toEqual([name, 401])
      await reset()
      // Switched on again, what was ended stays ended.
      if (name !== 'inactive') expect([name, await status(headers)]).toEqual([name, 401])
    }
    const other = await cookieOf(foreign)
    await db().update(customers).set({ deletedAt: api.ctx.now() }).where(eq(customers.id, foreign.customerId))
    expect(await status(other)).toBe(401)
  })

  test('a link that is revoked while its mail is being handed over does not leave', async () => {
    const staff = await api.signedIn()
    const url = `/api/v1/customers/${own.customerId}/contacts/${own.contactId}`
    const revoke = () => api.app.inject({ method: 'POST', url: `${url}/portal-revocations`, headers: staff.headers })
    smtp.faults.rcpt = async () => {
      expect((await revoke()).statusCode).toBe(201)
      return null
    }
    await api.app.inject({ method: 'POST', url: `${url}/portal-invitations`, headers: staff.headers })
    await sendCustomerMails(api.ctx)
    const mails = await db().select().from(customerMails).where(eq(customerMails.contactId, own.contactId))
    expect(mails).toMatchObject([{ state: 'skipped', response: 'revoked' }])
    expect(smtp.received).toEqual([])
    delete smtp.faults.rcpt
    expect(await sendCustomerMails(api.ctx)).toBe(0)
  })

  test('rests seven days at most and lives thirty', async () => {
    const headers = await cookieOf(own)
    for (const day of ['16', '22', '28']) {
      api.ctx.at(`2026-03-${day}T15:00:00Z`)
      expect([day, await status(headers)]).toEqual([day, 200])
    }
    for (const [at, code] of [
      ['2026-04-03T15:00:00Z', 200],
      ['2026-04-10T14:59:59Z', 200],
      ['2026-04-10T15:00:00Z', 401],
    ] as const) {
      api.ctx.at(at)
      expect([at, await status(headers)]).toEqual([at, code])
    }
    api.ctx.at('2026-03-11T15:00:00Z')
    const idle = await cookieOf(own)
    api.ctx.at('2026-03-18T15:00:00Z')
    expect(await status(idle)).toBe(401)
  })

  test('is left by its own browser alone', async () => {
    const [here, there] = [await cookieOf(own), await cookieOf(own)]
    const left = await api.app.inject({ method: 'DELETE', url: '/api/v1/portal/session', headers: here })
    expect([left.statusCode, left.headers['set-cookie']]).toEqual([204, expect.stringContaining('cartera_portal=;')])
    expect([await status(here), await status(there)]).toEqual([401, 200])
  })
})

describe('who may what', () => {
  const paths = () =>
    registered
      .filter((endpoint) => endpoint.access === 'portal')
      .map((endpoint) => ({ method: endpoint.method, url: endpoint.url, body: endpoint.body }))
  const inject = (method: string, url: string, headers: Record<string, string>, payload?: object) =>
    api.app.inject({ method: method as 'GET', url, headers, ...(payload === undefined ? {} : { payload }) })

  test('a staff token is nobody on the portal, a portal session nobody elsewhere, and a write without our header nobody', async () => {
    const staff = await api.signedIn()
    const headers = await cookieOf(own)
    const { 'x-cartera-portal': _, ...bare } = headers
    const portal = paths()
    expect(portal.length).toBeGreaterThan(10)
    for (const { method, url, body } of portal) {
      const address = url.replace(':id', randomUUID())
      for (const [who, as] of Object.entries<Record<string, string>>({
        nobody: {},
        staff: staff.headers,
        forged: { cookie: 'cartera_portal=x', 'x-cartera-portal': '1' },
      }))
        expect([method, url, who, (await inject(method, address, as, body && {})).statusCode]).toEqual([method, url, who, 401])
      if (method !== 'GET') expect([url, (await inject(method, address, bare, body && {})).statusCode]).toEqual([url, 401])
    }
    const token = headers.cookie?.split('=')[1] ?? ''
    const guarded = registered.filter((endpoint) => endpoint.access === undefined || endpoint.access === 'viewer')
    for (const endpoint of guarded)
      for (const as of [headers, { authorization: `Bearer ${token}` }, { cookie: `cartera_refresh=${token}` }]) {
        const answer = await inject(
          endpoint.method,
          endpoint.url.replace(/:\w+/g, randomUUID()),
          as as never,
          endpoint.body && {},
        )
        expect([endpoint.method, endpoint.url, answer.statusCode]).toEqual([endpoint.method, endpoint.url, 401])
      }
  })

  // One line for every endpoint of the portal: what of its own it answers, and where an id stands, what else is there.
  const asked: Record<string, { ids?: (side: Side) => string; body?: object; success: number }> = {
    'GET /api/v1/portal/home': { success: 200 },
    'GET /api/v1/portal/receivables': { success: 200 },
    'GET /api/v1/portal/statement': { success: 200 },
    'GET /api/v1/portal/statement.pdf': { success: 200 },
    'GET /api/v1/portal/statement.xlsx': { success: 200 },
    'GET /api/v1/portal/documents': { success: 200 },
    'GET /api/v1/portal/documents/:id/pdf': { ids: (side) => side.documentId, success: 200 },
    'GET /api/v1/portal/conversations': { success: 200 },
    'GET /api/v1/portal/conversations/:id': { ids: (side) => side.talkId, success: 200 },
    'POST /api/v1/portal/conversations': { body: { body: 'Hola' }, success: 201 },
    'POST /api/v1/portal/conversations/:id/messages': { ids: (side) => side.talkId, body: { body: 'Hola' }, success: 201 },
    'GET /api/v1/portal/promises': { success: 200 },
    'POST /api/v1/portal/promises': { success: 400 },
    'POST /api/v1/portal/receivables/:id/disputes': {
      ids: (side) => side.receivableId,
      body: { category: 'price', reason: 'No es el precio' },
      success: 201,
    },
    'GET /api/v1/portal/payment-claims': { success: 200 },
    'POST /api/v1/portal/payment-claims': { success: 400 },
    'GET /api/v1/portal/payment-claims/:id/voucher': { ids: (side) => side.claimId, success: 200 },
    'POST /api/v1/portal/wrong-person': { body: {}, success: 204 },
  }

  test('every endpoint answers for its own customer, and what is another’s or missing alike: 404', async () => {
    expect(Object.keys(asked).sort()).toEqual(
      paths()
        .map(({ method, url }) => `${method} ${url}`)
        .sort(),
    )
    for (const [address, { ids, body, success }] of Object.entries(asked)) {
      const [method = '', url = ''] = address.split(' ')
      const headers = await cookieOf(own)
      const ask = (id: string) => inject(method, url.replace(':id', id), headers, method === 'GET' ? undefined : (body ?? {}))
      if (ids) {
        const strip = (text: string, id: string) => text.replace(/"requestId":"[^"]*"/, '').replaceAll(id, 'ID')
        const missing = randomUUID()
        const [theirs, nothing] = [await ask(ids(foreign)), await ask(missing)]
        expect([address, theirs.statusCode, strip(theirs.payload, ids(foreign))]).toEqual([
          address,
          404,
          strip(nothing.payload, missing),
        ])
      }
      expect([address, (await ask(ids?.(own) ?? '')).statusCode]).toEqual([address, success])
    }
    // Nothing of the other customer was touched.
    expect(await db().select().from(receivables).where(eq(receivables.customerId, foreign.customerId))).toMatchObject([
      { disputedAt: null },
      { disputedAt: null },
    ])
  })

  test('what is internal, deleted or only internal is not there: not listed, not read, not answered', async () => {
    const headers = await cookieOf(own)
    const list = (await get('/conversations', headers)).json()
    expect(list.items.map((one: { id: string; last: { body: string } }) => [one.id, one.last.body])).toEqual([
      [own.talkId, 'outgoing uno'],
    ])
    const talk = await get(`/conversations/${own.talkId}`, headers)
    expect(talk.json().entries.map(({ side, body }: { side: string; body: string }) => [side, body])).toEqual([
      ['customer', 'incoming uno'],
      ['company', 'outgoing uno'],
    ])
    expect(talk.payload).not.toContain('internal')
    for (const id of [own.internalId, own.deletedId]) {
      expect((await get(`/conversations/${id}`, headers)).statusCode).toBe(404)
      expect((await post(`/conversations/${id}/messages`, { body: 'Hola' }, headers)).statusCode).toBe(404)
    }
  })

  test('no read says a word of the other customer', async () => {
    const headers = await cookieOf(own)
    for (const path of ['/home', '/receivables', '/statement', '/documents', '/promises', '/payment-claims', '/conversations']) {
      const answer = await get(path, headers)
      expect([path, answer.payload.includes('dos')]).toEqual([path, false])
      if (path !== '/promises') expect([path, answer.payload.includes('uno')]).toEqual([path, true])
    }
  })
})

describe('what a customer reads', () => {
  test('says what is owed, due and open, of receivables and of documents alike', async () => {
    const headers = await cookieOf(own)
    await db().update(receivables).set({ balanceMinor: 30_000n }).where(eq(receivables.id, own.receivableId))
    const home = (await get('/home', headers)).json()
    expect(home.balances).toMatchObject([
      {
        currency: 'USD',
        balance: '500.00',
        overdue: '300.00',
        notDue: '200.00',
        days1To30: '300.00',
        net: '500.00',
        next: { dueOn: '2026-04-01', amount: '200.00' },
      },
    ])
    const documents = (await get('/documents', headers)).json().items
    expect(
      documents.map(({ number, dueOn, total, balance }: Record<string, string>) => [number, dueOn, total, balance]).sort(),
    ).toEqual([
      ['F-uno', '2026-03-01', '500.00', '300.00'],
      ['G-uno', '2026-04-01', '200.00', '200.00'],
    ])
    const open = (await get('/receivables', headers)).json().items
    expect(open.map(({ number, daysOverdue }: Record<string, unknown>) => [number, daysOverdue])).toEqual([
      ['F-uno', 10],
      ['G-uno', -21],
    ])
    const found = (await get('/documents?q=G-u', headers)).json().items
    expect(found.map(({ number }: { number: string }) => number)).toEqual(['G-uno'])
    for (const query of ['from=2026-03-12&to=2026-03-10', 'to=2026-03-12', 'from=2026-02-30', 'cursor=x'])
      expect([query, (await get(`/statement?${query}`, headers)).statusCode >= 400]).toEqual([query, true])
    expect((await get('/documents?cursor=forged', headers)).json().code).toBe('cursor-invalid')
  })
})

describe('what a customer does', () => {
  test('a message reaches the agent: it waits for an answer, and the answer is read here', async () => {
    const headers = await cookieOf(own)
    const started = await post('/conversations', { body: '  <b>¿Recibieron el pago?</b>  ' }, headers)
    expect([started.statusCode, started.json().entries]).toMatchObject([
      201,
      [{ side: 'customer', name: 'Pagos uno', body: '<b>¿Recibieron el pago?</b>' }],
    ])
    const [row] = await db().select().from(interactions).where(eq(interactions.id, started.json().id))
    expect(row).toMatchObject({ source: 'portal', ownerId: adminId, customerId: own.customerId, unansweredSince: api.ctx.now() })
    for (const body of ['', '   ', 'x'.repeat(5001), '\u0000', 5])
      expect((await post('/conversations', { body } as object, headers)).statusCode).toBe(400)
    for (let n = 0; n < 59; n++) await post(`/conversations/${own.talkId}/messages`, { body: 'Hola' }, headers)
    expect((await post('/conversations', { body: 'Hola' }, headers)).statusCode).toBe(429)
  })

  test('a promise follows the rules of every promise, pauses its receivable and tells the agent', async () => {
    const headers = await cookieOf(own)
    const items = [{ receivableId: own.receivableId, amount: '100.00' }]
    const made = await post('/promises', { dueOn: '2026-03-20', items, comment: '<b>=1+1</b>' }, headers)
    expect([made.statusCode, made.json().items[0]]).toEqual([
      201,
      expect.objectContaining({ dueOn: '2026-03-20', amount: '100.00', state: 'open' }),
    ])
    expect(await db().select().from(promises)).toMatchObject([
      { source: 'portal', contactId: own.contactId, recordedBy: null, customerId: own.customerId },
    ])
    const [row] = await db().select().from(receivables).where(eq(receivables.id, own.receivableId))
    expect(row?.promisedUntil).toBe('2026-03-23')
    expect((await db().select().from(followUps)).map(({ subject, ownerId }) => [subject, ownerId])).toEqual([
      ['Promesa en el portal: USD 100,00 para el 20/03/2026', adminId],
    ])
    const audit = await db().select().from(auditLog).where(eq(auditLog.entity, 'promise'))
    expect(audit).toMatchObject([{ actorId: null, changes: { contact: 'Pagos uno', source: 'portal' } }])

    const refusals: [object, string][] = [
      [{ dueOn: '2026-03-20', items }, 'promise-standing'],
      [{ dueOn: '2026-03-10', items: [{ receivableId: own.otherId, amount: '1' }] }, 'promise-day-past'],
      [{ dueOn: '2026-03-20', items: [{ receivableId: foreign.otherId, amount: '1' }] }, 'receivable-unknown'],
      [{ dueOn: '2026-03-20', items: [{ receivableId: randomUUID(), amount: '1' }] }, 'receivable-unknown'],
      [{ dueOn: '2026-03-20', items: [{ receivableId: own.otherId, amount: '-5' }] }, 'amount-not-positive'],
      [{ dueOn: '2026-03-20', items: [{ receivableId: own.otherId, amount: '2.555' }] }, 'amount-too-precise'],
      [{ dueOn: '2026-03-20', items: [{ receivableId: own.otherId, amount: '200.01' }] }, 'amount-over-balance'],
      [{ dueOn: '2026-02-30', items }, 'validation-failed'],
      [{ dueOn: '2026-03-20', items, customerId: foreign.customerId }, 'validation-failed'],
    ]
    for (const [body, code] of refusals) {
      const answer = await post('/promises', body, headers)
      expect([code, answer.json().code, answer.json().errors?.length > 0]).toEqual([code, code, true])
    }
    expect(await db().select().from(promises)).toHaveLength(1)
  })

  test('a dispute holds the receivable once, and names the contact', async () => {
    const headers = await cookieOf(own)
    const url = `/receivables/${own.receivableId}/disputes`
    const made = await post(url, { category: 'quality', reason: 'Llegó roto' }, headers)
    expect([made.statusCode, made.json().disputed]).toEqual([201, true])
    const again = await post(url, { category: 'price', reason: 'Otra cosa' }, headers)
    expect([again.statusCode, again.json().code]).toEqual([409, 'receivable-disputed'])
    expect(await db().select().from(auditLog).where(eq(auditLog.entity, 'receivable'))).toMatchObject([
      { actorId: null, changes: { contact: 'Pagos uno', disputeReason: [null, 'Llegó roto'] } },
    ])
    expect((await db().select().from(followUps)).map(({ subject }) => subject)).toEqual(['Disputa en el portal: F-uno'])
    const blank = await post(url, { category: 'price', reason: '   ' }, headers)
    expect(blank.json().errors[0]).toMatchObject({ field: 'reason', code: 'required' })
    expect((await post(url, { category: 'price', reason: 'x'.repeat(1_000_000) }, headers)).statusCode).toBe(400)
  })

  /** As small as a PDF with a page can be. */
  const pdf = Buffer.from(
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R/Size 4>>\n%%EOF\n',
  )
  const aClaim = () => ({
    paidOn: '2026-03-10',
    currency: 'USD',
    amount: '500.00',
    reference: '=HYPERLINK("x")',
    receivableIds: [own.receivableId],
    voucher: { name: '../../pago.exe', content: pdf.toString('base64') },
  })

  test('a reported payment keeps its voucher, pauses its notices, opens a follow-up, and moves no balance', async () => {
    const headers = await cookieOf(own)
    const made = await post('/payment-claims', aClaim(), headers)
    expect([made.statusCode, made.json()]).toMatchObject([
      201,
      { state: 'open', amount: '500.00', contact: 'Pagos uno', voucher: { mediaType: 'application/pdf', size: pdf.length } },
    ])
    const [row] = await db().select().from(receivables).where(eq(receivables.id, own.receivableId))
    // A business day of grace and five to look.
    expect([row?.balanceMinor, row?.noticesPausedUntil]).toEqual([50_000n, '2026-03-19'])
    expect((await db().select().from(followUps)).map(({ subject }) => subject)).toEqual([
      'Revisar el pago informado de USD 500,00',
    ])
    const repeated = await post('/payment-claims', aClaim(), headers)
    expect([repeated.statusCode, repeated.json().code]).toEqual([409, 'claim-repeated'])

    const staff = await api.signedIn()
    const url = `/api/v1/payment-claims/${made.json().id}`
    const file = await inject('GET', `${url}/voucher`, staff.headers)
    expect([file.statusCode, file.rawPayload.equals(pdf)]).toEqual([200, true])
    expect(file.headers).toMatchObject({
      'content-type': 'application/pdf',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'content-disposition': expect.stringMatching(/^attachment; filename="[^"/\\]+\.pdf"$/),
    })

    const decide = (payload: object) => inject('POST', `${url}/decisions`, staff.headers, payload)
    expect((await decide({ decision: 'refused', version: 1 })).json()).toMatchObject({ status: 422, code: 'claim-answer-needed' })
    expect((await decide({ decision: 'refused', answer: 'No llegó', version: 7 })).json().code).toBe('changed-meanwhile')
    expect((await decide({ decision: 'refused', answer: 'No llegó', version: 1 })).statusCode).toBe(201)
    expect((await decide({ decision: 'accepted', version: 2 })).json().code).toBe('claim-decided')
    expect((await db().select().from(receivables).where(eq(receivables.id, own.receivableId)))[0]?.noticesPausedUntil).toBeNull()
    expect((await db().select().from(followUps)).map(({ state }) => state)).toEqual(['closed'])
    const seen = (await get('/payment-claims', headers)).json().items
    expect(seen.find((claim: { id: string }) => claim.id === made.json().id)).toMatchObject({
      state: 'refused',
      answer: 'No llegó',
    })
  })

  test('a refused payment gives back the pause that stood before, and leaves a longer one alone', async () => {
    const headers = await cookieOf(own)
    const standing = async (untilOn: string, receivableId: string) => {
      await db()
        .insert(noticePauses)
        .values({
          customerId: own.customerId,
          receivableId,
          untilOn,
          reason: 'Acuerdo',
          createdAt: new Date('2026-03-05T15:00:00Z'),
        })
      await db().update(receivables).set({ noticesPausedUntil: untilOn }).where(eq(receivables.id, receivableId))
    }
    await standing('2026-03-13', own.receivableId)
    await standing('2026-06-01', own.otherId)
    const made = await post('/payment-claims', { ...aClaim(), receivableIds: [own.receivableId, own.otherId] }, headers)
    const until = async () =>
      (await db().select().from(receivables).where(eq(receivables.customerId, own.customerId)))
        .map(({ noticesPausedUntil }) => noticesPausedUntil)
        .sort()
    expect(await until()).toEqual(['2026-03-19', '2026-06-01'])
    const staff = await api.signedIn()
    await inject('POST', `/api/v1/payment-claims/${made.json().id}/decisions`, staff.headers, {
      decision: 'refused',
      answer: 'No',
      version: 1,
    })
    expect(await until()).toEqual(['2026-03-13', '2026-06-01'])
  })

  test('a payment with wrong data is refused at the field, a file that is not what it says too, and nothing is kept', async () => {
    const headers = await cookieOf(own)
    const file = (content: string | Buffer, name = 'foto.pdf') => ({ name, content: Buffer.from(content).toString('base64') })
    const wrong: [object, number, string, string][] = [
      [{ amount: '0' }, 422, 'amount-not-positive', 'amount'],
      [{ amount: '-5' }, 422, 'amount-not-positive', 'amount'],
      [{ amount: '2.555' }, 422, 'amount-too-precise', 'amount'],
      [{ amount: '1e9' }, 400, 'validation-failed', 'amount'],
      [{ amount: 5 }, 400, 'validation-failed', 'amount'],
      [{ currency: 'XXQ' }, 422, 'items-refused', 'currency'],
      [{ paidOn: '2026-03-12' }, 422, 'day-in-future', 'paidOn'],
      [{ paidOn: '2020-01-01' }, 422, 'day-too-long-ago', 'paidOn'],
      [{ paidOn: '2026-02-29' }, 400, 'validation-failed', 'paidOn'],
      [{ receivableIds: [foreign.receivableId] }, 422, 'receivable-unknown', 'receivableIds.0'],
      [{ receivableIds: [randomUUID()] }, 422, 'receivable-unknown', 'receivableIds.0'],
      [{ voucher: file('MZ a program') }, 415, 'voucher-unreadable', 'voucher'],
      [{ voucher: file('<svg onload="alert(1)"/>', 'foto.png') }, 415, 'voucher-unreadable', 'voucher'],
      [{ voucher: file('<html><script>1</script>') }, 415, 'voucher-unreadable', 'voucher'],
      [{ voucher: file('%PDF-1.7\n<html><script>1</script>') }, 422, 'voucher-damaged', 'voucher'],
      [{ voucher: file(Buffer.from('\xff\xd8\xff\xe0 cut off', 'latin1'), 'foto.jpg') }, 422, 'voucher-damaged', 'voucher'],
      [{ voucher: file('') }, 400, 'validation-failed', 'voucher.content'],
      [{ voucher: file(Buffer.concat([pdf, Buffer.alloc(10 * 1_048_576)])) }, 413, 'file-too-large', 'voucher'],
      [{ voucher: { name: 'x', content: 'no base64 !' } }, 400, 'validation-failed', 'voucher.content'],
      [{ comment: 'x'.repeat(1001) }, 400, 'validation-failed', 'comment'],
      [{ customerId: foreign.customerId }, 400, 'validation-failed', 'customerId'],
    ]
    for (const [change, code, name, field] of wrong) {
      const answer = await post('/payment-claims', { ...aClaim(), ...change }, headers)
      const { status, code: said, errors } = answer.json()
      expect([JSON.stringify(change).slice(0, 60), status, said, errors?.[0]?.field]).toEqual([
        JSON.stringify(change).slice(0, 60),
        code,
        name,
        field,
      ])
    }
    expect(await db().select().from(paymentClaims)).toHaveLength(2)
    expect(await db().select().from(noticePauses)).toEqual([])
  })

  test('the wrong person is out at once, and an agent who has looked lets them in again', async () => {
    const headers = await cookieOf(own)
    const link = await aLink(own.contactId)
    expect((await post('/wrong-person', { note: 'Trabajo en otra empresa' }, headers)).statusCode).toBe(204)
    expect(await status(headers)).toBe(401)
    expect((await enter(link)).statusCode).toBe(401)
    expect((await db().select().from(followUps)).map(({ subject }) => subject)).toEqual(['No es la persona indicada: Pagos uno'])
    const staff = await api.signedIn()
    const url = `/api/v1/customers/${own.customerId}/contacts/${own.contactId}`
    const invited = await inject('POST', `${url}/portal-invitations`, staff.headers)
    expect([invited.statusCode, invited.json().code]).toEqual([409, 'portal-access-off'])
    const cleared = await inject('POST', `${url}/wrong-person-clearances`, staff.headers)
    expect([cleared.statusCode, cleared.json().wrongPersonAt]).toEqual([201, null])
    expect((await enter(await aLink(own.contactId))).statusCode).toBe(204)
  })

  const inject = (method: 'GET' | 'POST', url: string, headers: Record<string, string>, payload?: object) =>
    api.app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) })
})

describe('the agents’ side', () => {
  test('while the customer is inactive links and sessions rest, said as that; active again, what has not expired serves', async () => {
    const staff = await api.signedIn()
    const url = `/api/v1/customers/${own.customerId}/contacts/${own.contactId}`
    const call = (method: 'GET' | 'POST', path: string) =>
      api.app.inject({ method, url: `${url}${path}`, headers: staff.headers })
    const turn = (state: 'active' | 'inactive' | 'restricted' | 'suspended') =>
      db().update(customers).set({ status: state }).where(eq(customers.id, own.customerId))
    const seen = async () => {
      const { open, refusal, links, sessions } = (await call('GET', '/portal-access')).json()
      const states = (of: { state: string }[]) => of.map((each) => each.state)
      return { open, refusal, links: states(links), sessions: states(sessions) }
    }
    const headers = await cookieOf(own)
    await call('POST', '/portal-invitations')
    await sendCustomerMails(api.ctx)
    expect(await seen()).toEqual({ open: true, refusal: null, links: ['waiting'], sessions: ['open'] })
    await call('POST', '/portal-invitations')
    await turn('inactive')
    await sendCustomerMails(api.ctx)
    expect(await seen()).toEqual({
      open: false,
      refusal: 'portal-customer-inactive',
      links: ['failed', 'paused'],
      sessions: ['paused'],
    })
    const refused = await call('POST', '/portal-invitations')
    expect([refused.statusCode, refused.json().code]).toEqual([409, 'portal-customer-inactive'])
    expect(await status(headers)).toBe(401)
    for (const state of ['restricted', 'suspended', 'active'] as const) {
      await turn(state)
      expect([state, await status(headers)]).toEqual([state, 200])
    }
    expect(await seen()).toEqual({ open: true, refusal: null, links: ['failed', 'waiting'], sessions: ['open'] })
    await db().update(contacts).set({ portalAccess: false }).where(eq(contacts.id, own.contactId))
    await turn('inactive')
    expect(await seen()).toMatchObject({ refusal: 'portal-access-off', sessions: ['ended'] })
  })

  test('access needs an address, and an invitation access, a public address and a mail account', async () => {
    const staff = await api.signedIn()
    const url = `/api/v1/customers/${own.customerId}/contacts`
    const make = (payload: object) => api.app.inject({ method: 'POST', url, headers: staff.headers, payload })
    expect((await make({ name: 'Sin correo', portalAccess: true })).json().errors[0]).toMatchObject({
      field: 'email',
      code: 'portal-needs-email',
    })
    const without = (await make({ name: 'Sin acceso', email: 'sin@uno.test' })).json()
    const invite = async (id: string) =>
      (await api.app.inject({ method: 'POST', url: `${url}/${id}/portal-invitations`, headers: staff.headers })).json().code
    expect(await invite(without.id)).toBe('portal-access-off')
    api.ctx.settings.publicUrl = null
    expect(await invite(own.contactId)).toBe('public-address-missing')
    api.ctx.settings.publicUrl = 'https://cobros.example'
    await api.database.pool.query('delete from mail_accounts')
    expect(await invite(own.contactId)).toBe('mail-account-missing')
    const removed = await api.app.inject({
      method: 'PATCH',
      url: `${url}/${own.contactId}`,
      headers: staff.headers,
      payload: { email: null, version: 1 },
    })
    expect(removed.json().errors[0]).toMatchObject({ field: 'email', code: 'portal-needs-email' })
    expect(await db().select().from(customerMails)).toEqual([])
  })
})
