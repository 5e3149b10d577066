import { randomUUID } from 'node:crypto'
import { contactAttempts, contacts, notes } from '@cartera/db/schema/customers'
import { mailboxMessages, noticeItems, noticeMessages, noticePauses, noticeRecipients } from '@cartera/db/schema/notices'
import { disputes, payments, promiseItems, promises, receivableExtensions } from '@cartera/db/schema/receivables'
import {
  aBranch,
  aCompany,
  aCustomer,
  aDepartment,
  aFollowUp,
  aFollowUpType,
  aProfile,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { digestMail } from '@cartera/use-cases/digests/digest-mail'
import { findViewerByUser } from '@cartera/use-cases/session/find-viewer'
import { openSession } from '@cartera/use-cases/session/sign-in'
import { readPdfPages } from '@cartera/use-cases/testing/read-pdf'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import { testApi } from './testing/test-api.ts'

// What answers contain, not which records they list: every text in the database carries a mark of its own, and an oracle written from product.md
// section 1 and docs/decisions/0008 alone says for each person which marks may reach them. Every read, export, paper and digest is searched for others.

const api = testApi()
const db = () => api.database.db
const day = '2026-03-11'

type Level = 1 | 2 | 3 | 4
interface Place {
  branch: number
  department: number
}
interface Someone extends Place {
  level: Level
  customerLevel: Level
}
interface Client {
  preferred: number | null
  collections: number | null
}
interface World {
  people: Someone[]
  clients: Client[]
}

/** A world by its number, always the same: small numbers from a linear congruence. */
function worldOf(seed: number): World {
  let state = seed * 7919 + 17
  const below = (limit: number) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * limit)
  }
  const level = () => (below(4) + 1) as Level
  const someone = (count: number) => (below(4) === 0 ? null : below(count))
  return {
    people: Array.from({ length: 6 }, () => ({ branch: below(2), department: below(2), level: level(), customerLevel: level() })),
    clients: Array.from({ length: 5 }, () => ({ preferred: someone(6), collections: someone(6) })),
  }
}

/** Whether a record of `owner` is within a level for `who`. Nobody's is the company's alone. */
function within(world: World, level: Level, who: number, owner: number | null): boolean {
  if (level === 1) return true
  if (owner === null) return false
  const [reader, other] = [world.people[who], world.people[owner]]
  if (!reader || !other) return false
  if (level === 4) return owner === who
  return reader.branch === other.branch && (level === 2 || reader.department === other.department)
}
const seesClient = (world: World, who: number, client: number) => {
  const [reader, one] = [world.people[who], world.clients[client]]
  if (!reader || !one) return false
  const level = reader.customerLevel
  return within(world, level, who, one.preferred) || within(world, level, who, one.collections)
}
/** A notice is its customer's collections agent's; the administrator's, who is the first person here, where there is none. */
const seesNotices = (world: World, who: number, client: number) =>
  seesClient(world, who, client) && within(world, world.people[who]?.level ?? 4, who, world.clients[client]?.collections ?? 0)
const seesRecord = (world: World, who: number, client: number, owner: number) =>
  seesClient(world, who, client) && within(world, world.people[who]?.level ?? 4, who, owner)

/** Who may see a mark. */
type Mark = { what: string; client: number } & ({ as: 'client' } | { as: 'notice' } | { as: 'record'; owner: number })

const amountOf = (client: number) => 1000n * BigInt(client + 1) + 7n

async function build(world: World) {
  await api.database.pool.query(`truncate company, holidays, notice_rules, notice_rule_versions, branches, departments, users, access_profiles, customers,
    follow_up_types cascade`)
  const marks: Mark[] = []
  const mark = (one: Mark) => {
    marks.push(one)
    return `zq${marks.length - 1}z`
  }
  const branches = [await aBranch(db()), await aBranch(db())]
  const departments = [await aDepartment(db()), await aDepartment(db())]
  const users: Awaited<ReturnType<typeof aUser>>[] = []
  for (const one of world.people)
    users.push(
      await aUser(db(), {
        branchId: branches[one.branch]?.id ?? '',
        departmentId: departments[one.department]?.id ?? '',
        profileId: (await aProfile(db(), { level: one.level, customerLevel: one.customerLevel })).id,
      }),
    )
  const idOf = (person: number | null) => (person === null ? null : (users[person]?.id ?? ''))
  await aCompany(db(), { noticeActive: true, administratorId: idOf(0) })
  const rule = (await api.database.pool.query<{ id: string }>('select id from notice_rules order by code')).rows[0]?.id ?? ''
  const type = await aFollowUpType(db())
  const ids: {
    customer: string
    receivables: string[]
    notice: string
    documents: string[]
    payment: string
    promise: string
  }[] = []
  for (const [client, one] of world.clients.entries()) {
    const own = (what: string) => mark({ what, client, as: 'client' })
    const customer = await aCustomer(db(), {
      name: `Cliente ${own('name')}`,
      externalId: own('external id'),
      city: own('city'),
      phone: '099',
      email: `${own('address')}@cliente.test`,
      preferredAgentId: idOf(one.preferred),
      collectionsAgentId: idOf(one.collections),
    })
    const customerId = customer.id
    await db()
      .insert(contacts)
      .values({ customerId, name: own('contact'), email: `${own('contact address')}@cliente.test` })
    const old = await aReceivable(db(), { customerId, dueOn: '2026-02-20', number: own('number'), amountMinor: amountOf(client) })
    const soon = await aReceivable(db(), {
      customerId,
      dueOn: '2026-03-18',
      number: own('number'),
      amountMinor: amountOf(client),
    })
    await db()
      .insert(disputes)
      .values({
        receivableId: old.id,
        reason: own('dispute'),
        openedAt: new Date(`${day}T10:00:00Z`),
        endedAt: new Date(`${day}T11:00:00Z`),
        result: 'not-valid',
        resolution: own('resolution'),
      })
    await db()
      .insert(receivableExtensions)
      .values({ receivableId: soon.id, number: 1, fromDueOn: '2026-03-10', toDueOn: '2026-03-18', reason: own('extension') })
    await db()
      .insert(noticePauses)
      .values({
        customerId,
        receivableId: old.id,
        untilOn: '2026-03-10',
        reason: own('pause'),
        endedAt: new Date(`${day}T11:00:00Z`),
      })
    const [payment] = await db()
      .insert(payments)
      .values({
        customerId,
        paidOn: '2026-03-01',
        currency: 'USD',
        amountMinor: 5n,
        unappliedMinor: 5n,
        reference: own('payment'),
      })
      .returning()
    const [promise] = await db()
      .insert(promises)
      .values({
        customerId,
        promisedOn: '2026-03-01',
        dueOn: '2026-03-02',
        graceUntil: '2026-03-03',
        currency: 'USD',
        amountMinor: 100n,
        comment: own('promise'),
        state: 'broken',
      })
      .returning()
    await db()
      .insert(promiseItems)
      .values({ promiseId: promise?.id ?? '', receivableId: old.id, amountMinor: 100n })
    const notice = (what: string) => mark({ what, client, as: 'notice' })
    const [message] = await db()
      .insert(noticeMessages)
      .values({
        customerId,
        kind: 'overdue',
        planOn: '2026-03-10',
        writtenOn: '2026-03-10',
        state: 'sent',
        sentAt: new Date('2026-03-10T15:00:00Z'),
        messageId: `<${notice('Message-ID')}@cartera.test>`,
        senderId: idOf(one.collections ?? 0),
        subject: notice('subject'),
        smtpResponse: notice('answer of the server'),
        source: Buffer.from(`Subject: ${notice('source')}\r\n\r\n${notice('body')}`),
      })
      .returning()
    const messageId = message?.id ?? ''
    await db().insert(noticeItems).values({
      messageId,
      receivableId: old.id,
      ruleId: rule,
      ruleVersion: 1,
      occurrence: 1,
      dueOn: '2026-02-20',
      maturesOn: '2026-02-27',
      balanceMinor: 1n,
      currency: 'USD',
    })
    await db()
      .insert(noticeRecipients)
      .values({ messageId, address: `${notice('recipient')}@cliente.test`, outcome: 'accepted' })
    for (const kind of ['bounce', 'reply'] as const)
      await db()
        .insert(mailboxMessages)
        .values({
          userId: idOf(one.collections ?? 0) ?? '',
          kind,
          noticeMessageId: messageId,
          customerId,
          messageId: randomUUID(),
          fromAddress: `${notice('from')}@cliente.test`,
          failedAddress: kind === 'bounce' ? `${notice('failed address')}@cliente.test` : '',
          subject: notice('subject of an answer'),
          body: notice('text of an answer'),
          diagnostic: kind === 'bounce' ? notice('diagnostic') : null,
          permanent: kind === 'bounce' ? true : null,
          receivedAt: new Date('2026-03-10T16:00:00Z'),
        })
    await db()
      .insert(contactAttempts)
      .values({ customerId, channel: 'email', at: new Date('2026-03-10T15:00:00Z'), noticeMessageId: messageId })
    for (const owner of world.people.keys()) {
      const words = (what: string) => mark({ what, client, as: 'record', owner })
      await db()
        .insert(notes)
        .values({ customerId, authorId: idOf(owner) ?? '', body: words('note'), treatment: words('treatment') })
      await db()
        .insert(contactAttempts)
        .values({
          customerId,
          channel: 'call',
          at: new Date('2026-03-09T15:00:00Z'),
          outcome: words('contact attempt'),
          recordedBy: idOf(owner),
        })
      await aFollowUp(db(), {
        customerId,
        ownerId: idOf(owner) ?? '',
        typeId: type.id,
        subject: words('follow-up'),
        description: words('description'),
      })
    }
    ids.push({
      customer: customerId,
      receivables: [old.id, soon.id],
      notice: messageId,
      documents: [old.documentId, soon.documentId],
      payment: payment?.id ?? '',
      promise: promise?.id ?? '',
    })
  }
  return { marks, users, ids }
}

/** Everything that can be read in an answer: JSON and text as it is, Excel and ZIP unpacked, PDF as its words. */
function wordsOf(type: string, body: Buffer): string {
  if (type.includes('pdf')) return readPdfPages(body).join('\n')
  if (!type.includes('zip') && !type.includes('spreadsheet')) return body.toString('utf8')
  return Object.entries(unzipSync(new Uint8Array(body)))
    .map(
      ([name, part]) =>
        `${name}\n${name.endsWith('.pdf') ? readPdfPages(Buffer.from(part)).join('\n') : Buffer.from(part).toString('utf8')}`,
    )
    .join('\n')
}

test.each([1, 2, 3])(
  'world %i: no answer, export, paper or digest carries a word that its reader may not see; sums are those of the customers they see',
  async (seed) => {
    const world = worldOf(seed)
    api.ctx.at(`${day}T15:00:00Z`)
    const { marks, users, ids } = await build(world)
    for (const [who] of world.people.entries()) {
      const user = users[who]
      if (!user) continue
      const session = await openSession(api.ctx, user.id)
      const seconds = Math.floor(api.ctx.now().getTime() / 1000)
      const token = api.app.jwt.sign({ sub: user.id, sid: session.sessionId, iat: seconds, exp: seconds + 900 } as never)
      const allowed = (one: Mark) =>
        one.as === 'client'
          ? seesClient(world, who, one.client)
          : one.as === 'notice'
            ? seesNotices(world, who, one.client)
            : seesRecord(world, who, one.client, one.owner)
      const search = (where: string, words: string) => {
        const found = [...new Set(words.match(/zq\d+z/g) ?? [])].map((each) => marks[Number(each.slice(2, -1))])
        const leaked = found.filter((one) => one !== undefined && !allowed(one))
        expect({ where, who, leaked }).toEqual({ where, who, leaked: [] })
        return found
      }
      const read = async (url: string, payload?: object) => {
        const answer = await api.app.inject({
          method: payload ? 'POST' : 'GET',
          url: `/api/v1${url}`,
          headers: { authorization: `Bearer ${token}` },
          ...(payload ? { payload } : {}),
        })
        return {
          status: answer.statusCode,
          found: search(url, wordsOf(String(answer.headers['content-type']), answer.rawPayload)),
          json: () => answer.json(),
        }
      }
      const told = (found: (Mark | undefined)[], what: string) =>
        found
          .filter((one) => one?.what === what)
          .map((one) => one?.client)
          .sort()
      const clients = [...world.clients.keys()].filter((client) => seesClient(world, who, client))
      const noticed = [...world.clients.keys()].filter((client) => seesNotices(world, who, client))
      // What is refused would tell nothing and so prove nothing.
      for (const url of [
        '/customers?limit=200',
        '/receivables?limit=200',
        '/payments?limit=200',
        '/promises?limit=200',
        '/notes?limit=200',
        '/notes/departments',
        '/notes.xlsx?grouped=true',
        '/notes.pdf?grouped=true',
        '/follow-ups?state=all&limit=200',
        '/notices?limit=200',
        '/notices/selection',
        '/notices/workbook',
        '/notices/summary',
        `/notices/plan?on=${day}`,
        `/notices/plan-messages?on=${day}&limit=200`,
        '/notices/plan-messages?on=2026-03-10',
        `/notices/simulation?from=${day}&days=14`,
        '/notices/stand-in',
        '/portfolio/totals',
        '/portfolio/customers?limit=200',
        '/portfolio/breakdown?by=agent',
        '/portfolio/coverage?by=agent',
        '/portfolio/workbook',
        '/receivables/aging',
        '/portfolio/breakdown?by=branch&asOf=2026-03-01',
        '/promise-records?by=customer',
        '/promise-totals',
        '/customers/values?field=city',
        '/customers/duplicates?name=Cliente',
        '/notice-alarms',
        '/credit-notes?limit=200',
        '/reminders',
      ])
        expect([url, (await read(url)).status]).toEqual([url, 200])
      for (const [client, own] of ids.entries()) {
        const seen = seesClient(world, who, client)
        for (const url of [
          '',
          '/notes',
          '/contacts',
          '/timeline?limit=100',
          '/notices',
          '/statement',
          '/statement.pdf',
          '/statement.xlsx',
          '/contact-attempts',
          '/contact-check',
          '/notice-settings',
          '/notice-pauses',
          '/address-flags',
          '/collection-file.zip',
          '/collection-file.pdf',
        ])
          expect([url, (await read(`/customers/${own.customer}${url}`)).status]).toEqual([url, seen ? 200 : 404])
        await read(`/customers/${own.customer}/notice-previews`, { kind: 'overdue' })
        for (const receivable of own.receivables) {
          for (const url of ['', '/disputes', '/extensions', '/notice-settings'])
            expect([url, (await read(`/receivables/${receivable}${url}`)).status]).toEqual([url, seen ? 200 : 404])
          // Who sees the customer and not its notices is not told that there is one.
          expect((await read(`/receivables/${receivable}/notice-explanation`)).status).toBe(
            seesNotices(world, who, client) ? 200 : 404,
          )
        }
        for (const document of own.documents) await read(`/documents/${document}`)
        await read(`/payments/${own.payment}`)
        await read(`/promises/${own.promise}`)
        for (const url of ['', '/context', '/answers', '/source'])
          expect([url, (await read(`/notices/${own.notice}${url}`)).status]).toEqual([
            url,
            seesNotices(world, who, client) ? 200 : 404,
          ])
      }
      // Lists, single reads and exports tell of the same ones.
      expect(told((await read('/portfolio/workbook')).found, 'name')).toEqual(clients)
      expect(told((await read('/portfolio/customers?limit=200')).found, 'name')).toEqual(clients)
      expect(told((await read('/notices/workbook')).found, 'subject')).toEqual(noticed)
      const written = told((await read('/notes?limit=200')).found, 'note')
      for (const url of ['/notes.xlsx', '/notes.xlsx?grouped=true', '/notes.xlsx?latest=20', '/notes.pdf'])
        expect([url, told((await read(url)).found, 'note')]).toEqual([url, written])
      expect(told((await read('/notices?limit=200')).found, 'subject')).toEqual(noticed)
      const sum = clients.reduce((all, client) => all + 2n * amountOf(client), 0n)
      const cents = (text: string | undefined) => BigInt((text ?? '0.00').replace('.', ''))
      for (const url of ['/portfolio/totals', '/receivables/aging'])
        expect([url, cents(((await read(url)).json() as { totals: { balance: string }[] }).totals[0]?.balance)]).toEqual([
          url,
          sum,
        ])
      const viewer = await findViewerByUser(api.ctx, user.id)
      if (!viewer) throw new Error('no viewer')
      const digest = await digestMail(api.ctx, viewer, day, 'es')
      if (!digest) throw new Error('no digest')
      const sheet = digest.attachment ? wordsOf(digest.attachment.type, Buffer.from(digest.attachment.content)) : ''
      expect(told(search('digest', `${digest.subject} ${digest.html} ${digest.text} ${sheet}`), 'failed address')).toEqual(
        noticed,
      )
    }
  },
  240_000,
)
