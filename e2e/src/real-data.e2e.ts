import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Connection, connect } from '@cartera/db/connect'
import { unpackBytes } from '@cartera/db/schema/columns'
import { createTestDatabase } from '@cartera/db/testing/test-database'
import { repositoryRoot } from '@cartera/infra/data-dir'
import { freePort } from '@cartera/infra/ports'
import { superviseNode } from '@cartera/infra/supervised-process'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type BundledCommandLine, bundleCommandLine, cartera } from './testing/command-line.ts'
import {
  addDays,
  decimal,
  type ExpectedMessage,
  expectedMessages,
  expectedRuns,
  type Invoice,
  isBusinessDay,
  maturity,
  occurrence,
  readInvoices,
} from './testing/real-data-oracle.ts'
import { complaintsAbout, type ReceivedNotice, readNotice } from './testing/received-notice.ts'
import { type SmtpLedger, startSmtpLedger } from './testing/smtp-ledger.ts'

// The main job on real input: 2,466 invoices go in at one end, by the command line; what a real SMTP server received at the other
// end is held against an oracle that knows the specification and not the product.

const file = join(resolve(repositoryRoot, process.env.CARTERA_SHARED_DATA ?? '../shared/data'), 'ibm-accounts-receivable.csv')
const isThere = existsSync(file)
if (!isThere) console.log(`SKIPPED: the main job on real input. There is no ${file} (CARTERA_SHARED_DATA names the folder).`)

const company = 'Comercializadora Ñandú & Cía.'
const administrator = { name: 'Úrsula Peña', email: 'ursula@nandu.test', password: 'una clave larga y buena' }
const mailbox = { address: 'cobranza@nandu.test', name: 'Cobranza Ñandú', user: 'cobranza', password: 'abeja-reina-52' }
const subjects = {
  preventive: `${company}: próximos vencimientos de su cuenta`,
  overdue: `${company}: saldo pendiente de su cuenta`,
}

/** Mondays, Fridays, days in between; ends of months and of years, a leap day, New Year's Day, few and many messages. */
const days = [
  '2012-01-30',
  '2012-02-29',
  '2012-03-09',
  '2012-04-30',
  '2012-06-22',
  '2012-10-22',
  '2012-12-31',
  '2013-01-01',
  '2013-03-01',
  '2013-04-26',
  '2013-07-29',
  '2013-12-31',
]
/** On these, after the rest, the plan is asked for again and the day is run again. */
const twice = new Set(['2012-03-09', '2012-12-31', '2013-04-26', '2013-07-29'])
/** On this one two processes run the day at the same moment. */
const twoAtOnce = '2012-10-22'
const weekend = '2013-03-02'
const fortnight = Array.from({ length: 14 }, (_, index) => addDays('2012-03-05', index))

interface PlanMessage {
  customer: { externalId: string; name: string }
  kind: string
  state: string
  reason: string | null
  totals: { currency: string; amount: string }[]
  items: { externalId: string; rule: string; dueOn: string; balance: string; currency: string }[]
}
interface Plan {
  day: string
  messages: PlanMessage[]
}

/** Tests wait for each other's processes, and on a busy machine for much else. */
const patience = 900_000

let invoices: Invoice[] = []
let numbers: ReadonlySet<string> = new Set()
let ledger: SmtpLedger
let bundle: BundledCommandLine
let template: Awaited<ReturnType<typeof createTestDatabase>>
let server: Connection
let installations = 0
const stops: (() => Promise<unknown>)[] = []
const figures: Figures[] = []

interface Figures {
  run: string
  customers: number
  messages: number
  items: number
  total: string
  held: number
  duplicates: number
}

/** A Cartera of its own: a database with company, administrator and mail account, and the command line on it. */
interface Installation {
  url: string
  /** Every customer's address is at this domain, so that the ledger tells installations apart. */
  domain: string
  env(day: string): NodeJS.ProcessEnv
  importAsOf(day: string): Promise<void>
  plan(day: string): Promise<Plan>
  run(day: string): Promise<void>
  runTwiceAtOnce(day: string): Promise<void>
  received(): Promise<ReceivedNotice[]>
  rows<T>(sql: string, values?: unknown[]): Promise<T[]>
}

const secret = 'only-for-this-test-0123456789abcdef'
const environment = (databaseUrl: string, day: string): NodeJS.ProcessEnv => ({
  DATABASE_URL: databaseUrl,
  REDIS_URL: undefined,
  CARTERA_NOW: `${day}T15:00:00Z`,
  CARTERA_SECRET: secret,
  CARTERA_ALLOW_PRIVATE_MAIL_HOSTS: '1',
})

async function install(): Promise<Installation> {
  installations += 1
  const domain = `i${installations}.example.test`
  const name = `real_data_${process.pid}_${installations}`
  const url = new URL(template.url)
  await server.pool.query(`create database ${name} template ${url.pathname.slice(1)}`)
  url.pathname = `/${name}`
  const database = connect(url.href, { poolSize: 2 })
  stops.push(async () => {
    await database.close()
    await server.pool.query(`drop database ${name} with (force)`)
  })
  const env = (day: string) => environment(url.href, day)
  return {
    url: url.href,
    domain,
    env,
    importAsOf: async (day) => {
      await bundle.cartera(
        env(day),
        ...['import', 'receivables', file, '--as-of', day, '--currency', 'USD', '--date-order', 'mdy'],
        ...['--create-customers', '--set', `customerEmail={customerID}@${domain}`, '--activate-notices'],
      )
    },
    plan: async (day) => JSON.parse(await bundle.cartera(env(day), 'notices', 'plan', '--on', day, '--json')) as Plan,
    run: async (day) => {
      await bundle.cartera(env(day), 'notices', 'run', '--on', day)
    },
    runTwiceAtOnce: (day) => bundle.carteraTwiceAtOnce(env(day), 'notices', 'run', '--on', day),
    received: () => Promise.all(ledger.to(domain).map(readNotice)),
    rows: async <T>(sql: string, values: unknown[] = []) => (await database.pool.query(sql, values)).rows as T[],
  }
}

/** A digest of every row of every table: equal before and after means that nothing was written. */
async function fingerprint({ rows }: Installation): Promise<Record<string, string>> {
  const tables = await rows<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
  )
  const digests: Record<string, string> = {}
  for (const { name } of tables) {
    const [row] = await rows<{ digest: string }>(
      `select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as digest from "${name}" t`,
    )
    digests[name] = row?.digest ?? ''
  }
  return digests
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** The oracle's messages in the words of `notices plan --json`. */
function inWordsOfThePlan(messages: ExpectedMessage[]) {
  return messages.map(({ customer, kind, state, items, cents }) => ({
    customer,
    kind,
    state,
    totals: [{ currency: 'USD', amount: decimal(cents) }],
    items: items.map(({ invoice, dueOn, cents: balance }) => ({
      externalId: invoice,
      rule: `${kind}-7`,
      dueOn,
      balance: decimal(balance),
      currency: 'USD',
    })),
  }))
}

/** What a plan says will leave or is held, in an order of its own; reasons are checked apart. */
function leavingOrHeld({ messages }: Plan) {
  return messages
    .filter(({ state }) => state === 'planned' || state === 'held')
    .map(({ customer, kind, state, totals, items }) => ({
      customer: customer.externalId,
      kind,
      state,
      totals,
      items: items.toSorted((a, b) => byText(a.externalId, b.externalId)),
    }))
    .toSorted((a, b) => byText(`${a.customer} ${a.kind} ${a.state}`, `${b.customer} ${b.kind} ${b.state}`))
}

function expectPlan(plan: Plan, day: string, expected: ExpectedMessage[]) {
  expect(plan.day).toBe(day)
  expect(leavingOrHeld(plan)).toEqual(inWordsOfThePlan(expected))
  for (const { state, reason } of plan.messages) {
    if (state === 'planned') expect(reason).toBeNull()
    if (state === 'held') expect(reason).toMatch(/^disput/)
  }
  // What is skipped may be told, but it is never something that ought to leave.
  const due = new Set(expected.flatMap(({ kind, items }) => items.map(({ invoice }) => occurrence(invoice, kind))))
  const skipped = plan.messages.filter(({ state }) => state !== 'planned' && state !== 'held')
  for (const { kind, items, reason } of skipped) {
    expect(reason).not.toBeNull()
    for (const { externalId } of items) expect(due).not.toContain(`${externalId} ${kind}`)
  }
}

/** Which invoices of the file a text names, each as often as it does. */
const invoicesNamedIn = (text: string) => (text.match(/(?<!\d)\d{10}(?!\d)/g) ?? []).filter((each) => numbers.has(each)).sort()
const customersNamedIn = (text: string) => new Set(text.match(/\b\d{4}-[A-Z]{5}\b/g))
/** A figure as Spanish writes it: 1234.56 is 1.234,56. */
const inSpanish = (cents: bigint) =>
  decimal(cents)
    .replace('.', ',')
    .replaceAll(/\B(?=(\d{3})+(?!\d))(?<!,\d*)/g, '.')
const inSpanishDay = (day: string) => day.split('-').reverse().join('/')
/** The row of an invoice: from its number up to the next one's. */
const rowOf = (invoice: string, part: string) => {
  const rest = part.slice(part.indexOf(invoice) + invoice.length)
  const next = rest.search(/(?<!\d)\d{10}(?!\d)/)
  return next === -1 ? rest : rest.slice(0, next)
}

/** Holds the mails of one run against what the oracle says had to leave: the same messages, no more, no less, each whole and true. */
function expectMails(mails: ReceivedNotice[], expected: ExpectedMessage[], domain: string) {
  const key = (to: string, subject: string) => `${to} ${subject}`
  const wanted = expected.map((message) => key(`${message.customer}@${domain}`, subjects[message.kind]))
  expect(mails.map(({ envelope, subject }) => key(envelope.to.join(), subject)).sort()).toEqual(wanted.toSorted())
  for (const message of expected) {
    const address = `${message.customer}@${domain}`
    const mail = mails.find(({ envelope, subject }) => envelope.to.join() === address && subject === subjects[message.kind])
    if (!mail) throw new Error('compared above')
    expect(complaintsAbout(mail.raw)).toEqual([])
    expect(mail.to).toEqual([address])
    expect(mail.envelope.from).toBe(mailbox.address)
    expect(mail.from).toEqual({ name: mailbox.name, address: mailbox.address })
    for (const part of [mail.text, mail.htmlText].map((each) => each.replaceAll('\u00a0', ' '))) {
      expect(invoicesNamedIn(part)).toEqual(message.items.map(({ invoice }) => invoice))
      expect([...customersNamedIn(part)]).toEqual([message.customer])
      expect(part).toContain(company)
      expect(part).toMatch(new RegExp(`Total[^\\d]*USD ${inSpanish(message.cents).replaceAll('.', '[.]')}(?![\\d.,])`))
      for (const { invoice, dueOn, cents } of message.items) {
        const row = rowOf(invoice, part)
        expect(row).toContain(inSpanishDay(dueOn))
        expect(row).toContain(`USD ${inSpanish(cents)}`)
      }
    }
  }
}

/** What the database remembers of what was sent is what the server received, byte for byte, each receivable and rule once. */
async function expectRemembered(installation: Installation, mails: ReceivedNotice[], sent: ExpectedMessage[]) {
  const messages = await installation.rows<{ messageId: string; source: Buffer | null; answer: string; sender: string }>(
    `select message_id as "messageId", source, smtp_response as answer, sender_address as sender
     from notice_messages where state = 'sent'`,
  )
  expect(messages.length).toBe(mails.length)
  const sources = new Map(messages.map((message) => [message.messageId, message]))
  for (const mail of mails) {
    const remembered = sources.get(mail.messageId)
    expect(remembered?.source && unpackBytes(remembered.source).equals(mail.raw)).toBe(true)
    expect(remembered?.answer).toMatch(/^250/)
    expect(remembered?.sender).toBe(mailbox.address)
  }
  expect(sources.size).toBe(mails.length)
  const items = await installation.rows<{ occurrence: string; balance: string }>(
    `select r.external_id || ' ' || m.kind as occurrence, i.balance_minor::text as balance
     from notice_items i join notice_messages m on m.id = i.message_id join receivables r on r.id = i.receivable_id
     where m.state = 'sent' and i.dropped_reason is null`,
  )
  const wanted = sent.flatMap(({ kind, items }) =>
    items.map(({ invoice, cents }) => ({ occurrence: occurrence(invoice, kind), balance: cents.toString() })),
  )
  const order = (list: typeof items) => list.toSorted((a, b) => byText(a.occurrence, b.occurrence))
  expect(order(items)).toEqual(order(wanted))
}

/** What is disputed stands in finance's queue, held with that reason, and nothing else does. */
async function expectHeld(installation: Installation, held: ExpectedMessage[]) {
  const rows = await installation.rows<{ occurrence: string; state: string; reason: string }>(
    `select r.external_id || ' ' || m.kind as occurrence, m.state, m.reason
     from notice_items i join notice_messages m on m.id = i.message_id join receivables r on r.id = i.receivable_id
     where m.state <> 'sent'`,
  )
  expect(rows.map((row) => row.occurrence).sort()).toEqual(
    held.flatMap(({ kind, items }) => items.map(({ invoice }) => occurrence(invoice, kind))).sort(),
  )
  for (const { state, reason } of rows) expect([state, reason]).toEqual(['held', expect.stringMatching(/^disput/)])
}

function note(run: string, mails: ReceivedNotice[], sent: ExpectedMessage[], held: number) {
  const named = mails.flatMap(({ text, subject }) => invoicesNamedIn(text).map((each) => `${each} ${subject}`))
  figures.push({
    run,
    customers: new Set(mails.flatMap(({ to }) => to)).size,
    messages: mails.length,
    items: named.length,
    total: decimal(sent.reduce((sum, { cents }) => sum + cents, 0n)),
    held,
    duplicates: named.length - new Set(named).size,
  })
}

describe.skipIf(!isThere)('the main job on real input', () => {
  beforeAll(async () => {
    invoices = readInvoices(readFileSync(file, 'utf8'))
    numbers = new Set(invoices.map(({ number }) => number))
    ledger = await startSmtpLedger(mailbox.user, mailbox.password)
    server = connect(inject('databaseServerUrl'), { poolSize: 2 })
    bundle = await bundleCommandLine()
    template = await createTestDatabase()
    const env = environment(template.url, '2012-01-02')
    await cartera(
      { ...env, CARTERA_ADMIN_PASSWORD: administrator.password },
      ...['users', 'create-admin', '--email', administrator.email, '--name', administrator.name],
      ...['--company', company, '--time-zone', 'America/Guayaquil', '--currency', 'USD', '--language', 'es'],
    )
    await cartera(
      { ...env, CARTERA_MAIL_PASSWORD: mailbox.password },
      ...['mail-account', 'set', '--user', administrator.email, '--address', mailbox.address, '--display-name', mailbox.name],
      ...['--host', '127.0.0.1', '--port', String(ledger.port), '--security', 'none', '--username', mailbox.user, '--verify'],
    )
  })

  afterAll(async () => {
    for (const stop of stops) await stop()
    await template?.drop()
    await server?.close()
    await ledger?.stop()
    bundle?.remove()
    for (const { run, customers, messages, items, total, held, duplicates } of figures.toSorted((a, b) => byText(a.run, b.run)))
      console.log(
        `${run}: ${messages} messages to ${customers} customers, ${items} items, USD ${total}; ${held} held; ${duplicates} duplicates`,
      )
  })

  test('the oracle reads the whole file, and agrees with days counted by hand', () => {
    expect(invoices).toHaveLength(2466)
    expect(new Set(invoices.map(({ customer }) => customer)).size).toBe(100)
    // Invoices with leading zeros are among what leaves, else nothing would show that the zeros survive.
    const leaving = days.flatMap((day) => expectedMessages(invoices, day).filter(({ state }) => state === 'planned'))
    expect(leaving.flatMap(({ items }) => items).filter(({ invoice }) => invoice.startsWith('0')).length).toBeGreaterThan(5)
    // Due Friday 2013-02-01: seven days before is Friday 25 January, seven after Friday 8 February.
    expect([maturity('2013-02-01', 'preventive'), maturity('2013-02-01', 'overdue')]).toEqual(['2013-01-25', '2013-02-08'])
    // Due Sunday 2013-02-03: Sunday 27 January goes back to Friday, Sunday 10 February on to Monday.
    expect([maturity('2013-02-03', 'preventive'), maturity('2013-02-03', 'overdue')]).toEqual(['2013-01-25', '2013-02-11'])
    expect([isBusinessDay('2013-02-02'), isBusinessDay('2013-02-04')]).toEqual([false, true])
    expect([decimal(5n), decimal(123456n), inSpanish(123456n), inSpanish(999n)]).toEqual(['0.05', '1234.56', '1.234,56', '9,99'])
  })

  test.concurrent(
    'a fortnight day by day: each receivable and rule at most once, all of them at the end, HTTP as the command line',
    async () => {
      const installation = await install()
      const runs = expectedRuns(invoices, fortnight)
      const first = fortnight[0] ?? ''
      const api = await startApi(installation, first)
      for (const { day, sent } of runs) {
        if (isBusinessDay(day)) await installation.importAsOf(day)
        const overHttp = await api.get<Plan>(`/api/v1/notices/plan?on=${day}`)
        expect(overHttp.day).toBe(day)
        expect(leavingOrHeld(overHttp).filter(({ state }) => state === 'planned')).toEqual(inWordsOfThePlan(sent))
        if (day === first) expect(await installation.plan(day)).toEqual(overHttp)
        // A Saturday asked for before its Friday ran: much has matured, and nothing leaves.
        if (isBusinessDay(day) && !isBusinessDay(addDays(day, 1)))
          expect(leavingOrHeld(await api.get<Plan>(`/api/v1/notices/plan?on=${addDays(day, 1)}`))).toEqual([])
        const before = ledger.to(installation.domain).length
        await installation.run(day)
        const came = await Promise.all(ledger.to(installation.domain).slice(before).map(readNotice))
        expectMails(came, sent, installation.domain)
      }
      const mails = await installation.received()
      const sent = runs.flatMap((run) => run.sent)
      await expectRemembered(installation, mails, sent)

      // What finance downloads is the mail exactly as sent.
      const notices = await api.all<{ id: string; state: string }>('/api/v1/notices?limit=200')
      const raws = new Set(mails.map(({ raw }) => raw.toString('latin1')))
      const downloads = await Promise.all(
        notices.filter(({ state }) => state === 'sent').map(({ id }) => api.bytes(`/api/v1/notices/${id}/source`)),
      )
      expect(new Set(downloads.map((bytes) => bytes.toString('latin1')))).toEqual(raws)
      expect(downloads).toHaveLength(mails.length)

      const held = await installation.rows<{ number: string; kind: string; times: number }>(
        `select r.external_id as number, m.kind, count(*)::int as times
       from notice_items i join notice_messages m on m.id = i.message_id join receivables r on r.id = i.receivable_id
       where m.state <> 'sent' group by 1, 2`,
      )
      const heldByTheOracle = new Set(
        fortnight.flatMap((day) =>
          expectedMessages(invoices, day)
            .filter(({ state }) => state === 'held')
            .flatMap(({ kind, items }) => items.map(({ invoice }) => occurrence(invoice, kind))),
        ),
      )
      for (const { number, kind, times } of held) {
        expect(times).toBe(1)
        expect(heldByTheOracle).toContain(`${number} ${kind}`)
      }
      note(`${first} and 13 days on`, mails, sent, heldByTheOracle.size)
    },
    patience,
  )

  test.concurrent(
    'three days skipped are caught up; of ten skipped the older ones never leave',
    async () => {
      const installation = await install()
      // A Monday; the Friday after three days without a run; and a Tuesday after ten days more, with the day that follows it.
      const ran = ['2012-03-19', '2012-03-23', '2012-04-03', '2012-04-04']
      const runs = expectedRuns(invoices, ran)
      for (const { day, sent } of runs) {
        await installation.importAsOf(day)
        const before = ledger.to(installation.domain).length
        await installation.run(day)
        const came = await Promise.all(ledger.to(installation.domain).slice(before).map(readNotice))
        expectMails(came, sent, installation.domain)
      }
      const mails = await installation.received()
      const sent = runs.flatMap((run) => run.sent)
      await expectRemembered(installation, mails, sent)
      note('3 and 10 days skipped', mails, sent, 0)

      // That the days between had something to say, so that the above proves what its name says.
      const left = new Set(sent.flatMap(({ kind, items }) => items.map(({ invoice }) => occurrence(invoice, kind))))
      const openIn = (from: string, to: string, until: string) =>
        invoices
          .filter(({ issuedOn, settledOn, disputed }) => issuedOn <= from && settledOn > until && !disputed)
          .flatMap(({ number, dueOn }) =>
            (['preventive', 'overdue'] as const)
              .filter((kind) => maturity(dueOn, kind) >= from && maturity(dueOn, kind) <= to)
              .map((kind) => occurrence(number, kind)),
          )
      const caughtUp = openIn('2012-03-20', '2012-03-22', '2012-03-23')
      const tooOld = openIn('2012-03-24', '2012-03-30', '2012-04-03')
      expect([caughtUp.length > 0, tooOld.length > 0]).toEqual([true, true])
      expect(caughtUp.filter((each) => !left.has(each))).toEqual([])
      expect(tooOld.filter((each) => left.has(each))).toEqual([])
    },
    patience,
  )

  test.concurrent.each(days)(
    '%s: the plan is the oracle’s and changes nothing; what leaves is it, and leaves once',
    async (day) => {
      const expected = expectedMessages(invoices, day)
      const sent = expected.filter(({ state }) => state === 'planned')
      const held = expected.filter(({ state }) => state === 'held')
      const installation = await install()
      await installation.importAsOf(day)

      const before = await fingerprint(installation)
      const plan = await installation.plan(day)
      expectPlan(plan, day, expected)
      expect(await installation.plan(day)).toEqual(plan)
      expect(await fingerprint(installation)).toEqual(before)

      await (day === twoAtOnce ? installation.runTwiceAtOnce(day) : installation.run(day))
      const mails = await installation.received()
      expectMails(mails, sent, installation.domain)
      await expectRemembered(installation, mails, sent)
      await expectHeld(installation, held)

      if (twice.has(day)) {
        const after = await fingerprint(installation)
        await installation.run(day)
        expect(ledger.to(installation.domain)).toHaveLength(mails.length)
        const again = await fingerprint(installation)
        expect([again.notice_messages, again.notice_items]).toEqual([after.notice_messages, after.notice_items])
      }
      note(day, mails, sent, held.length)
    },
    patience,
  )

  test.concurrent(
    'on a weekend nothing leaves, whatever matured',
    async () => {
      const installation = await install()
      await installation.importAsOf(weekend)
      await installation.run(weekend)
      expect(ledger.to(installation.domain)).toEqual([])
    },
    patience,
  )

  test('no mail went anywhere else, and no Message-ID stands twice', async () => {
    const mails = await Promise.all(ledger.to('example.test').map(readNotice))
    expect(mails).toHaveLength(figures.reduce((sum, { messages }) => sum + messages, 0))
    expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(mails.length)
    // The one besides proved the mail account, to its own address.
    expect(ledger.count()).toBe(mails.length + 1)
    expect(ledger.to('nandu.test')).toHaveLength(1)
  })
})

interface Api {
  get<T>(path: string): Promise<T>
  /** Every item of a list, page after page. */
  all<T>(path: string): Promise<T[]>
  bytes(path: string): Promise<Buffer>
}

/** The HTTP API on an installation's database, as its administrator. */
async function startApi(installation: Installation, day: string): Promise<Api> {
  const port = await freePort()
  const env = { ...process.env, ...installation.env(day), PORT: String(port), HOST: '127.0.0.1', LOG_LEVEL: 'warn' }
  const logs = mkdtempSync(join('/tmp', 'cartera-real-data-'))
  const api = superviseNode('API', ['--import', 'tsx', join('apps', 'api', 'src', 'main.ts')], env, join(logs, 'api.log'))
  stops.unshift(async () => {
    await api.stop()
    rmSync(logs, { recursive: true, force: true })
  })
  const base = `http://127.0.0.1:${port}`
  const deadline = Date.now() + 60_000
  const isReady = () =>
    fetch(`${base}/healthz`).then(
      (answer) => answer.ok,
      () => false,
    )
  while (!(await isReady())) {
    if (api.hasEnded() || Date.now() > deadline) throw new Error(`the API does not answer:\n${api.lastLines()}`)
    await wait(100)
  }
  const ask = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`${base}${path}`, init)
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }
  const signedIn = await ask('/api/v1/session', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: administrator.email, password: administrator.password }),
  })
  const { accessToken } = (await signedIn.json()) as { accessToken: string }
  const headers = { authorization: `Bearer ${accessToken}` }
  const get = async <T>(path: string) => (await (await ask(path, { headers })).json()) as T
  return {
    get,
    all: async <T>(path: string) => {
      const items: T[] = []
      let cursor: string | null = null
      do {
        const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
        const page: { items: T[]; nextCursor: string | null } = await get(`${path}${query}`)
        items.push(...page.items)
        cursor = page.nextCursor
      } while (cursor !== null)
      return items
    },
    bytes: async (path) => Buffer.from(await (await ask(path, { headers })).arrayBuffer()),
  }
}
