import { randomUUID } from 'node:crypto'
import type { LiveEntity } from '@cartera/contract/live'
import {
  contactAttempts,
  contacts,
  customerDistinctions,
  customerGroups,
  customerImages,
  customerMerges,
  customers,
} from '@cartera/db/schema/customers'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import { followUpAttachments, postponements, reminders } from '@cartera/db/schema/follow-ups'
import { handovers } from '@cartera/db/schema/handovers'
import { interests } from '@cartera/db/schema/interests'
import { noticeItems, noticeMessages, noticePauses } from '@cartera/db/schema/notices'
import { opportunities, opportunityStages } from '@cartera/db/schema/opportunities'
import { users } from '@cartera/db/schema/organisation'
import { paymentClaims, paymentClaimVouchers } from '@cartera/db/schema/portal'
import { quotes } from '@cartera/db/schema/quotes'
import {
  documents,
  importRows,
  imports,
  promiseItems,
  promises,
  receivableMovements,
  receivables,
} from '@cartera/db/schema/receivables'
import { renewals } from '@cartera/db/schema/renewals'
import {
  aBranch,
  aCase,
  aCaseType,
  aCompany,
  aContact,
  aCustomer,
  aDepartment,
  aFollowUp,
  aFollowUpDocument,
  aFollowUpType,
  aNote,
  anInteraction,
  anInteractionTopic,
  aPayment,
  aProduct,
  aProfile,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { runImportJob } from '@cartera/use-cases/imports/run-import'
import { notifyLive } from '@cartera/use-cases/live/notify-live'
import { eq, inArray } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { registered } from './route.ts'
import { liveStream } from './testing/live-stream.ts'
import { testApi } from './testing/test-api.ts'

// Every endpoint x level x owner, against an oracle written from product.md section 1 alone. A new endpoint fails until it has its line.

/** One point, drawn. */
const aWebp = 'UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA='

const api = testApi()
const db = () => api.database.db

type Level = 1 | 2 | 3 | 4
type Owner = 'own' | 'peer' | 'branch' | 'far'
const owners: Owner[] = ['own', 'peer', 'branch', 'far']
type Kind =
  | 'note'
  | 'followUp'
  | 'attachment'
  | 'reminder'
  | 'customer'
  | 'contact'
  | 'receivable'
  | 'receivableNotices'
  | 'document'
  | 'movement'
  | 'creditNote'
  | 'payment'
  | 'import'
  | 'notice'
  | 'promise'
  | 'pause'
  | 'attempt'
  | 'file'
  | 'mailFile'
  | 'deletedFile'
  | 'claim'
  | 'interaction'
  | 'entry'
  | 'deletedInteraction'
  | 'case'
  | 'deletedCase'
  | 'handover'
  | 'merge'
  | 'interest'
  | 'quote'
  | 'renewal'
  | 'opportunity'
interface Standing {
  kind: Kind
  id: string
  /** Whose it is, by the level; null where only the customer decides. */
  owner: Owner | null
  /** By whose customer it is, by the level for customers; null where no customer is involved. */
  customer: Owner | null
  customerId: string
}

interface Reader {
  level: Level
  customerLevel: Level
}

/** Section 1: 1 the company, 2 the branch, 3 the department within the branch, 4 one's own. */
const within = (level: Level, owner: Owner) =>
  level === 1 || owner === 'own' || (level === 2 && owner !== 'far') || (level === 3 && owner === 'peer')

const sees = (reader: Reader, record: Standing) =>
  (record.owner === null || within(reader.level, record.owner)) &&
  (record.customer === null || within(reader.customerLevel, record.customer)) &&
  // What one is told of is told to nobody else, whatever the level.
  (record.kind !== 'reminder' || record.owner === 'own')

const readers: Reader[] = [
  { level: 1, customerLevel: 1 },
  { level: 2, customerLevel: 1 },
  { level: 3, customerLevel: 1 },
  { level: 4, customerLevel: 1 },
  { level: 1, customerLevel: 2 },
  { level: 1, customerLevel: 3 },
  { level: 1, customerLevel: 4 },
  { level: 3, customerLevel: 2 },
  { level: 2, customerLevel: 4 },
]
const nameOf = (reader: Reader) => `level ${reader.level}, customers ${reader.customerLevel}`

const people = {} as Record<Owner, string>
const customersOf = {} as Record<Owner, string>
const records: Standing[] = []
let me: Awaited<ReturnType<typeof api.signedIn>>
let typeId = ''
let topicId = ''
let caseTypeId = ''
let place: { branchId: string; departmentId: string; otherBranchId: string; otherDepartmentId: string }
const none = new Map<string, string>()
const all = new Map<string, string>()

const visible = (reader: Reader, kind: Kind) => records.filter((record) => record.kind === kind && sees(reader, record))
const hidden = (reader: Reader, kind: Kind) => records.filter((record) => record.kind === kind && !sees(reader, record))
const externalIdOf = (owner: Owner) => `ext-${owner}`

beforeAll(async () => {
  await aCompany(db(), { noticeActive: true })
  api.ctx.at('2026-03-11T15:00:00Z')
  const here = await aBranch(db())
  const there = await aBranch(db())
  const mine = await aDepartment(db())
  const other = await aDepartment(db())
  place = { branchId: here.id, departmentId: mine.id, otherBranchId: there.id, otherDepartmentId: other.id }
  me = await api.signedIn({ branchId: here.id, departmentId: mine.id })
  people.own = me.user.id
  people.peer = (await aUser(db(), { branchId: here.id, departmentId: mine.id })).id
  people.branch = (await aUser(db(), { branchId: here.id, departmentId: other.id })).id
  people.far = (await aUser(db(), { branchId: there.id, departmentId: mine.id })).id
  typeId = (await aFollowUpType(db())).id
  const documentId = (await aFollowUpDocument(db())).id
  topicId = (await anInteractionTopic(db())).id
  caseTypeId = (await aCaseType(db())).id
  for (const reader of readers) {
    all.set(nameOf(reader), (await aProfile(db(), { ...reader })).id)
    none.set(nameOf(reader), (await aProfile(db(), { ...reader, permissions: [] })).id)
  }
  const rules = await api.database.pool.query<{ id: string }>('select id from notice_rules order by code')

  const [group] = await db().insert(customerGroups).values({ name: 'Mayoristas' }).returning()
  const [stage] = await db().insert(opportunityStages).values({ name: 'Prospecto', position: 1, probability: 10 }).returning()
  const stageId = stage?.id ?? ''
  for (const owner of owners) {
    const customer = await aCustomer(db(), {
      collectionsAgentId: people[owner],
      externalId: externalIdOf(owner),
      name: `Almacen ${owner}${owner}`,
      groupId: group?.id ?? null,
      email: `${owner}@almacen.test`,
      city: `Ciudad ${owner}`,
    })
    await db()
      .insert(customerImages)
      .values({ customerId: customer.id, content: Buffer.from(aWebp, 'base64'), hash: 'ab'.repeat(32), updatedAt: new Date() })
    customersOf[owner] = customer.id
    const add = (kind: Kind, id: string, by: Owner | null) =>
      records.push({ kind, id, owner: by, customer: owner, customerId: customer.id })
    add('customer', customer.id, null)
    const away = await aCustomer(db(), {
      collectionsAgentId: people[owner],
      name: 'Repetido',
      mergedIntoId: customer.id,
      deletedAt: new Date('2026-03-10T15:00:00Z'),
    })
    const [merge] = await db()
      .insert(customerMerges)
      .values({
        survivorId: customer.id,
        mergedId: away.id,
        before: {},
        after: {},
        mergedBefore: {},
        mergedAfter: {},
        mergedBy: people[owner],
        mergedAt: new Date('2026-03-10T15:00:00Z'),
      })
      .returning()
    add('merge', merge?.id ?? '', null)
    const contact = await aContact(db(), { customerId: customer.id, profiles: [`Perfil ${owner}`] })
    add('contact', contact.id, null)
    const [claim] = await db()
      .insert(paymentClaims)
      .values({
        customerId: customer.id,
        contactId: contact.id,
        paidOn: '2026-03-10',
        currency: 'USD',
        amountMinor: 100n,
        createdAt: new Date('2026-03-10T15:00:00Z'),
      })
      .returning()
    await db()
      .insert(paymentClaimVouchers)
      .values({
        claimId: claim?.id ?? '',
        name: 'pago.pdf',
        mediaType: 'application/pdf',
        size: 5,
        content: Buffer.from('%PDF-'),
      })
    add('claim', claim?.id ?? '', null)
    const [handover] = await db()
      .insert(handovers)
      .values({
        role: 'preferred',
        state: 'planned',
        startsOn: '2026-04-01',
        movesFollowUps: false,
        movesInteractions: false,
        createdBy: people[owner],
      })
      .returning()
    const product = await aProduct(db())
    const [interest] = await db()
      .insert(interests)
      .values({ customerId: customer.id, productId: product.id, shownOn: '2026-03-01' })
      .returning()
    add('interest', interest?.id ?? '', null)
    for (const by of owners) {
      const [opportunity] = await db()
        .insert(opportunities)
        .values({
          customerId: customer.id,
          ownerId: people[by],
          name: `palabra ${by}`,
          stageId,
          amountMinor: 100n,
          currency: 'USD',
          probability: 10,
          expectedOn: '2026-04-01',
        })
        .returning()
      add('opportunity', opportunity?.id ?? '', by)
      const [renewal] = await db()
        .insert(renewals)
        .values({
          customerId: customer.id,
          productId: product.id,
          ownerId: people[by],
          everyMonths: 12,
          anchorDay: 1,
          nextOn: '2026-04-01',
        })
        .returning()
      add('renewal', renewal?.id ?? '', by)
      const [quote] = await db()
        .insert(quotes)
        .values({
          customerId: customer.id,
          ownerId: people[by],
          subject: 'Cableado',
          currency: 'USD',
          language: 'es',
          validUntil: '2026-04-01',
          netMinor: 0n,
          taxMinor: 0n,
          totalMinor: 0n,
          createdBy: people[by],
        })
        .returning()
      add('quote', quote?.id ?? '', by)
    }
    records.push({ kind: 'handover', id: handover?.id ?? '', owner, customer: null, customerId: customer.id })
    // Due in a week: the plan of today has it.
    const open = await aReceivable(db(), {
      customerId: customer.id,
      dueOn: '2026-03-18',
      amountMinor: 10_100n,
      externalId: `open-${owner}`,
    })
    const old = await aReceivable(db(), { customerId: customer.id, dueOn: '2026-02-20', externalId: `old-${owner}` })
    add('receivable', open.id, null)
    // What is told of its notices follows the notices: they are the collections agent's.
    add('receivableNotices', open.id, owner)
    add('receivable', old.id, null)
    add('document', open.documentId, null)
    add('payment', (await aPayment(db(), { customerId: customer.id, amountMinor: 500n, externalId: `pay-${owner}` })).id, null)
    const [promise] = await db()
      .insert(promises)
      .values({
        customerId: customer.id,
        promisedOn: '2026-03-10',
        dueOn: '2026-03-12',
        graceUntil: '2026-03-13',
        currency: 'USD',
        amountMinor: 100n,
      })
      .returning()
    await db()
      .insert(promiseItems)
      .values({ promiseId: promise?.id ?? '', receivableId: old.id, amountMinor: 100n })
    add('promise', promise?.id ?? '', null)
    const [pause] = await db()
      .insert(noticePauses)
      .values({ customerId: customer.id, receivableId: old.id, untilOn: '2026-03-12', reason: owner })
      .returning()
    add('pause', pause?.id ?? '', null)
    const [creditNote] = await db()
      .insert(documents)
      .values({
        customerId: customer.id,
        type: 'credit-note',
        number: `NC-${owner}`,
        issuedOn: '2026-03-02',
        currency: 'USD',
        totalMinor: 500n,
        unappliedMinor: 400n,
      })
      .returning()
    add('creditNote', creditNote?.id ?? '', null)
    const [movement] = await db()
      .insert(receivableMovements)
      .values({
        receivableId: open.id,
        customerId: customer.id,
        onDay: '2026-03-02',
        kind: 'credit',
        currency: 'USD',
        amountMinor: -100n,
        creditNoteId: creditNote?.id ?? '',
      })
      .returning()
    await db().update(receivables).set({ balanceMinor: 10_000n }).where(eq(receivables.id, open.id))
    add('movement', movement?.id ?? '', null)
    for (const state of ['held', 'sent'] as const) {
      const [message] = await db()
        .insert(noticeMessages)
        .values({
          customerId: customer.id,
          kind: 'overdue',
          planOn: '2026-03-10',
          writtenOn: '2026-03-10',
          state,
          reason: state === 'held' ? 'review' : null,
          messageId: `<${randomUUID()}@cartera.test>`,
          senderId: people[owner],
          source: state === 'sent' ? Buffer.from(`Subject: ${owner}\r\n\r\nbody`) : null,
        })
        .returning()
      add('notice', message?.id ?? '', owner)
      if (state === 'held')
        await db()
          .insert(noticeItems)
          .values({
            messageId: message?.id ?? '',
            receivableId: old.id,
            ruleId: rules.rows[0]?.id ?? '',
            ruleVersion: 1,
            dueOn: '2026-02-20',
            maturesOn: '2026-02-27',
            balanceMinor: 10_000n,
            currency: 'USD',
          })
    }
    const [brought] = await db()
      .insert(imports)
      .values({
        kind: 'receivables',
        fileName: `${owner}.csv`,
        columns: ['a'],
        mapping: {},
        options: {},
        rowCount: 1,
        counts: {},
        createdBy: people[owner],
      })
      .returning()
    await db()
      .insert(importRows)
      .values({ importId: brought?.id ?? '', rowNumber: 2, cells: { a: owner } })
    records.push({ kind: 'import', id: brought?.id ?? '', owner, customer: null, customerId: '' })
  }
  // Each person's records of each person's customer: owner and customer are asked independently.
  for (const customer of owners)
    for (const owner of owners) {
      const standing = { owner, customer, customerId: customersOf[customer] }
      const words = `palabra ${owner}`
      const note = await aNote(db(), { customerId: customersOf[customer], authorId: people[owner], body: words })
      records.push({ ...standing, kind: 'note', id: note.id })
      const followUp = await aFollowUp(db(), {
        customerId: customersOf[customer],
        ownerId: people[owner],
        subject: words,
        typeId,
        dueAt: new Date('2026-03-10T15:00:00Z'),
      })
      records.push({ ...standing, kind: 'followUp', id: followUp.id })
      await db()
        .insert(postponements)
        .values({
          followUpId: followUp.id,
          hours: 4,
          fromDueAt: new Date('2026-03-10T11:00:00Z'),
          toDueAt: followUp.dueAt,
          postponedBy: people[owner],
          postponedAt: new Date('2026-03-09T15:00:00Z'),
        })
      const [attachment] = await db()
        .insert(followUpAttachments)
        .values({
          followUpId: followUp.id,
          documentId,
          name: 'Circular.pdf',
          content: Buffer.from('%PDF-'),
          createdBy: people[owner],
        })
        .returning()
      records.push({ ...standing, kind: 'attachment', id: attachment?.id ?? '' })
      const [reminder] = await db()
        .insert(reminders)
        .values({ userId: people[owner], followUpId: followUp.id, dueAt: followUp.dueAt, remindedAt: followUp.dueAt })
        .returning()
      records.push({ ...standing, kind: 'reminder', id: reminder?.id ?? '' })
      const [attempt] = await db()
        .insert(contactAttempts)
        .values({
          customerId: customersOf[customer],
          channel: 'call',
          at: new Date('2026-03-09T15:00:00Z'),
          outcome: words,
          recordedBy: people[owner],
        })
        .returning()
      records.push({ ...standing, kind: 'attempt', id: attempt?.id ?? '' })
      for (const kind of ['file', 'mailFile', 'deletedFile'] as const) {
        const [file] = await db()
          .insert(customerFiles)
          .values({
            customerId: customersOf[customer],
            ownerId: people[owner],
            state: 'kept',
            name: kind === 'mailFile' ? 'correo.eml' : 'foto.png',
            kind: kind === 'mailFile' ? 'mail' : 'image',
            description: words,
            size: 5,
            sha256: 'x',
            hasPreview: kind !== 'mailFile',
            happenedAt: new Date('2026-03-09T15:00:00Z'),
            ...(kind === 'deletedFile' ? { deletedAt: new Date('2026-03-10T15:00:00Z') } : {}),
          })
          .returning()
        records.push({ ...standing, kind, id: file?.id ?? '' })
        await api.ctx.files.put(file?.id ?? '', Buffer.from('bytes'))
        await api.ctx.files.put(`${file?.id}.preview`, Buffer.from('drawn'))
        if (kind === 'mailFile')
          await db()
            .insert(customerFileMails)
            .values({
              fileId: file?.id ?? '',
              fromName: words,
              fromAddress: '',
              recipients: [],
              subject: words,
              body: words,
              attachments: [],
            })
      }
      const about = { customerId: customersOf[customer], ownerId: people[owner], topicId }
      const interaction = await anInteraction(db(), { ...about, entry: { body: words, entryName: words } })
      records.push({ ...standing, kind: 'interaction', id: interaction.id })
      records.push({ ...standing, kind: 'entry', id: interaction.entryId })
      const deleted = await anInteraction(db(), { ...about, deletedAt: new Date('2026-03-10T15:00:00Z') })
      records.push({ ...standing, kind: 'deletedInteraction', id: deleted.id })
      const ofCase = { customerId: customersOf[customer], ownerId: people[owner], typeId: caseTypeId, subject: words }
      records.push({ ...standing, kind: 'case', id: (await aCase(db(), ofCase)).id })
      const gone = await aCase(db(), { ...ofCase, deletedAt: new Date('2026-03-10T15:00:00Z') })
      records.push({ ...standing, kind: 'deletedCase', id: gone.id })
    }
})

/** Puts the reader's profile on the one person who asks: with a token that they have had since before. */
async function become(reader: Reader, permitted = true) {
  const profileId = (permitted ? all : none).get(nameOf(reader))
  await db().update(users).set({ profileId }).where(eq(users.id, me.user.id))
}

async function call(method: string, url: string, body?: object) {
  const answer = await api.app.inject({
    method: method as 'GET',
    url,
    headers: me.headers,
    ...(body === undefined ? {} : { payload: body }),
  })
  const json = /json/.test(String(answer.headers['content-type'])) ? (answer.json() as Record<string, unknown>) : null
  return { status: answer.statusCode, body: json, text: answer.payload }
}

/** What two refusals may differ in: the request's own id, and the id that was asked for. */
const comparable = (answer: { status: number; text: string }, id: string) => ({
  status: answer.status,
  text: answer.text.replace(/"requestId":"[^"]*"/, '').replaceAll(id, 'ID'),
})

/** Everything that is stored, in a word. */
async function stored(): Promise<string> {
  const tables = await api.database.pool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename not in ('users', 'sessions', 'sign_in_failures') order by 1`,
  )
  const sums = tables.rows.map(
    ({ name }) => `select '${name}' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as sum from ${name} t`,
  )
  const { rows } = await api.database.pool.query<{ sum: string }>(`${sums.join(' union all ')} order by 1`)
  return rows.map((row) => row.sum).join('\n')
}

async function idsOf(url: string, idOf: (item: Record<string, unknown>) => unknown = (item) => item.id) {
  const ids: unknown[] = []
  for (let cursor: unknown = ''; cursor !== null; ) {
    const more = cursor === '' ? '' : `${url.includes('?') ? '&' : '?'}cursor=${cursor}`
    const answer = await call('GET', `${url}${more}`)
    expect([url, answer.status]).toEqual([url, 200])
    const page = answer.body as { items: Record<string, unknown>[]; nextCursor: unknown }
    ids.push(...page.items.map(idOf))
    cursor = page.nextCursor
  }
  return ids.sort()
}

interface Cover {
  /** A list of these; `by` where the customer stands in the address. */
  list?: { kind: Kind; query?: string; by?: 'customer' }
  /** One of these by the id in the address. */
  one?: Kind
  /** The id of one of these in the body. */
  named?: { kind: Kind; body: (id: string) => object }
  body?: object
  query?: string
  /** What is asked of who sees the record: without it 403. */
  needs?: true
  /** The level that must be held besides: below it 403. */
  onlyLevel?: 1
  /** Said by a test of its own below. */
  below?: true
  /** The same for everybody who signs in, or about oneself: nothing is anybody's record. */
  open?: true
}

const liveEntitiesOf: Partial<Record<Kind, readonly LiveEntity[]>> = {
  note: ['note'],
  followUp: ['follow-up'],
  reminder: ['reminder'],
  customer: ['customer', 'notice-settings'],
  contact: ['contact'],
  receivable: ['receivable', 'notice-receivable-settings'],
  document: ['document'],
  payment: ['payment'],
  claim: ['payment-claim'],
  notice: ['notice'],
  promise: ['promise'],
  attempt: ['contact-attempt'],
  file: ['file'],
  interaction: ['interaction'],
  interest: ['interest'],
  quote: ['quote'],
  renewal: ['renewal'],
  case: ['case'],
  opportunity: ['opportunity'],
}

const version = 1
const ownSettings = {
  subject: null,
  active: true,
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
const ownSwitches = { active: true, reminderOn: null, reminderRuleIds: null, overdueOn: null, overdueRuleIds: null }
const aMove = { fromUserId: randomUUID(), toUserId: randomUUID() }
const aPause = { untilOn: '2026-03-20', reason: 'Acuerdo de pago' }
const aPolicy = {
  tone: 'formal',
  combined: false,
  attachStatement: false,
  reviewOverdue: false,
  catchUpDays: 3,
  intervalDays: 0,
  sendFrom: '00:00',
  sendUntil: '24:00',
  freshnessHours: null,
  promiseGraceDays: 1,
  domainHourlyCap: null,
  amounts: [],
  contactPolicy: null,
  version,
}
const newFollowUp = () => ({ typeId, subject: 'Llamar', dueOn: '2026-03-12', dueTime: '10:00' })
const aText = { title: 'Circular', body: 'Hola', language: 'es', lists: 'none' }
const aDocument = { ...aText, name: 'x' }
const aFollowUpBody = { subject: 'Llamar', dueOn: '2026-03-12', time: '10:00' }
const newInteraction = () => ({ topicId, entries: [{ kind: 'internal', body: 'Llamó' }] })
const decision = { kind: 'notice', body: (id: string) => ({ ids: [id] }) } as const

const covers: Record<string, Cover> = {
  // Notes.
  'GET /api/v1/customers/:id/notes': { list: { kind: 'note', by: 'customer' }, one: 'customer' },
  'POST /api/v1/customers/:id/notes': { one: 'customer', body: { body: 'Hola' } },
  'GET /api/v1/notes': { list: { kind: 'note' } },
  'GET /api/v1/notes/departments': { below: true },
  'GET /api/v1/notes.pdf': { needs: true },
  'GET /api/v1/notes/:id': { one: 'note' },
  'DELETE /api/v1/notes/:id': { one: 'note', onlyLevel: 1 },
  // Follow-ups and what the viewer is told of.
  'GET /api/v1/follow-ups': { list: { kind: 'followUp', query: 'state=all' } },
  'GET /api/v1/follow-up-counts': { below: true },
  'GET /api/v1/follow-up-register': { list: { kind: 'followUp' } },
  'GET /api/v1/follow-up-register/counts': { below: true },
  'GET /api/v1/follow-up-register.xlsx': { needs: true },
  'GET /api/v1/follow-up-register.pdf': { needs: true },
  'GET /api/v1/follow-up-tasks': { below: true },
  'GET /api/v1/follow-up-tasks.xlsx': { needs: true },
  'GET /api/v1/follow-up-tasks.pdf': { needs: true },
  'GET /api/v1/follow-up-postponements': { list: { kind: 'followUp', query: 'times=1&state=all' } },
  'GET /api/v1/follow-up-postponements.xlsx': { needs: true },
  'GET /api/v1/follow-up-postponements.pdf': { needs: true },
  'GET /api/v1/agenda': { query: 'from=2026-03-09&to=2026-03-15', below: true },
  'GET /api/v1/my-day': { below: true },
  'POST /api/v1/follow-ups': { named: { kind: 'customer', body: (id) => ({ ...newFollowUp(), customerId: id }) } },
  'GET /api/v1/follow-ups/:id': { one: 'followUp' },
  'PATCH /api/v1/follow-ups/:id': { one: 'followUp', body: { subject: 'Otro', version } },
  'POST /api/v1/follow-ups/:id/postponements': { one: 'followUp', body: { hours: 2 } },
  'POST /api/v1/follow-ups/postponements': { named: { kind: 'followUp', body: (id) => ({ ids: [id], hours: 2 }) } },
  'GET /api/v1/follow-ups/:id/history': { one: 'followUp' },
  'GET /api/v1/follow-ups/:id/attachments': { one: 'followUp' },
  'POST /api/v1/follow-ups/:id/attachments': { one: 'followUp', body: { documentId: randomUUID() } },
  'GET /api/v1/follow-up-attachments/:id/pdf': { one: 'attachment' },
  'POST /api/v1/follow-up-attachments/:id/mails': { one: 'attachment', body: { toAddress: 'ana@almacen.test' } },
  'POST /api/v1/follow-up-attachments/:id/mail-retries': { one: 'attachment', body: { mailId: randomUUID() } },
  'GET /api/v1/follow-ups/:id/chain': { one: 'followUp' },
  'GET /api/v1/follow-ups/:id/observations': { one: 'followUp' },
  'POST /api/v1/follow-ups/:id/observations': { one: 'followUp', body: { body: 'Llamó' } },
  'GET /api/v1/follow-ups/:id/progress': { one: 'followUp' },
  'POST /api/v1/follow-ups/:id/progress': { one: 'followUp', body: { activityId: randomUUID() } },
  'POST /api/v1/follow-ups/:id/closures': { one: 'followUp', body: {} },
  'POST /api/v1/follow-ups/:id/reopenings': { one: 'followUp' },
  'POST /api/v1/follow-ups/:id/discards': { one: 'followUp', body: { reason: 'No va' } },
  'GET /api/v1/follow-up-settings': { open: true },
  'GET /api/v1/follow-up-owners': { below: true },
  // Interactions with their conversations; what the customer reads of them says the portal's own test.
  'GET /api/v1/interactions': { list: { kind: 'interaction' } },
  'GET /api/v1/interaction-counts': { below: true },
  'GET /api/v1/customers/:id/interaction-form': { one: 'customer' },
  'POST /api/v1/interactions': { named: { kind: 'customer', body: (id) => ({ ...newInteraction(), customerId: id }) } },
  'GET /api/v1/interactions/:id': { one: 'interaction' },
  'PATCH /api/v1/interactions/:id': { one: 'interaction', body: { reference: 'Otra', version } },
  'POST /api/v1/interactions/:id/entries': { one: 'interaction', body: { kind: 'internal', body: 'Llamó' } },
  'POST /api/v1/interactions/:id/follow-ups': { one: 'interaction', body: { ...aFollowUpBody, typeId: randomUUID() } },
  'POST /api/v1/interactions/:id/entries/:entryId/mails': { one: 'interaction', body: { mailTo: 'x@almacen.test' } },
  'POST /api/v1/interactions/:id/mails/:mailId/retries': { one: 'interaction' },
  'POST /api/v1/interactions/:id/closures': { one: 'interaction' },
  'POST /api/v1/interactions/:id/reopenings': { one: 'interaction' },
  'DELETE /api/v1/interactions/:id': { one: 'interaction', needs: true },
  'GET /api/v1/deleted-interactions': { onlyLevel: 1, below: true },
  'POST /api/v1/deleted-interactions/:id/restorations': { onlyLevel: 1, below: true },
  'GET /api/v1/interaction-entries': { list: { kind: 'entry' } },
  'GET /api/v1/interaction-entries/names': { below: true },
  'GET /api/v1/interaction-entries/workbook': { needs: true },
  'GET /api/v1/interaction-entries/pdf': { needs: true },
  'GET /api/v1/reminders': { list: { kind: 'reminder' } },
  'PUT /api/v1/reminders/:id/reading': { one: 'reminder' },
  'POST /api/v1/reminders/readings': { below: true },
  // What changes arrive, level by level and customer by customer: “live events tell of…” below, and routes/live.test.ts.
  'GET /api/v1/events': { below: true },
  'GET /api/v1/record-changes': { below: true },
  'GET /api/v1/sight': { below: true },
  // Interests belong to the customer.
  'GET /api/v1/interests': { list: { kind: 'interest' } },
  'POST /api/v1/interests': { named: { kind: 'customer', body: (customerId) => ({ customerId, productId: randomUUID() }) } },
  'PATCH /api/v1/interests/:id': { one: 'interest', body: { note: 'x', version } },
  'DELETE /api/v1/interests/:id': { one: 'interest' },
  'POST /api/v1/interests/:id/restorations': { one: 'interest' },
  // Opportunities are their owner's; their catalogues everybody's.
  'GET /api/v1/opportunities': { list: { kind: 'opportunity' } },
  'GET /api/v1/opportunities/totals': { below: true },
  'GET /api/v1/opportunities/board': { below: true },
  'GET /api/v1/opportunities/:id': { one: 'opportunity' },
  'POST /api/v1/opportunities': {
    named: {
      kind: 'customer',
      body: (customerId) => ({ customerId, name: 'x', expectedOn: '2026-04-01', contactId: randomUUID() }),
    },
  },
  'PATCH /api/v1/opportunities/:id': { one: 'opportunity', body: { name: 'x', version } },
  'POST /api/v1/opportunities/:id/moves': { one: 'opportunity', body: { stageId: randomUUID(), version } },
  'POST /api/v1/opportunities/:id/wins': { one: 'opportunity', body: { version } },
  'POST /api/v1/opportunities/:id/losses': { one: 'opportunity', body: { lossReasonId: randomUUID(), version } },
  'POST /api/v1/opportunities/:id/reopenings': { one: 'opportunity', body: { version } },
  'DELETE /api/v1/opportunities/:id': { one: 'opportunity', needs: true },
  'POST /api/v1/opportunities/:id/restorations': { one: 'opportunity' },
  'GET /api/v1/opportunity-stages': { open: true },
  'POST /api/v1/opportunity-stages': { body: { name: 'x', position: 1, probability: 10 }, needs: true },
  'PATCH /api/v1/opportunity-stages/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/opportunity-stages/:id': { needs: true },
  'GET /api/v1/opportunity-loss-reasons': { open: true },
  'POST /api/v1/opportunity-loss-reasons': { body: { name: 'x' }, needs: true },
  'PATCH /api/v1/opportunity-loss-reasons/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/opportunity-loss-reasons/:id': { needs: true },
  // Renewals are their owner's.
  'GET /api/v1/renewals': { list: { kind: 'renewal' } },
  'GET /api/v1/renewals/:id': { one: 'renewal' },
  'POST /api/v1/renewals': {
    named: {
      kind: 'customer',
      body: (customerId) => ({ customerId, productId: randomUUID(), everyMonths: 12, nextOn: '2026-04-01' }),
    },
  },
  'PATCH /api/v1/renewals/:id': { one: 'renewal', body: { note: 'x', version } },
  'POST /api/v1/renewals/:id/purchases': { one: 'renewal', body: { version } },
  'POST /api/v1/renewals/:id/endings': { one: 'renewal', body: { reason: 'x', version } },
  'POST /api/v1/renewals/:id/reopenings': { one: 'renewal', body: { version } },
  'DELETE /api/v1/renewals/:id': { one: 'renewal' },
  'POST /api/v1/renewals/:id/restorations': { one: 'renewal' },
  // Cases are their owner's.
  'GET /api/v1/cases': { list: { kind: 'case' } },
  'POST /api/v1/cases': { named: { kind: 'customer', body: (customerId) => ({ customerId, subject: 'x' }) } },
  'GET /api/v1/cases/:id': { one: 'case' },
  'PATCH /api/v1/cases/:id': { one: 'case', body: { description: 'x', version } },
  'POST /api/v1/cases/:id/takeovers': { one: 'case', body: { version } },
  'POST /api/v1/cases/:id/resolutions': { one: 'case', body: { resolution: 'x', version } },
  'POST /api/v1/cases/:id/reopenings': { one: 'case', body: { reason: 'x', version } },
  'DELETE /api/v1/cases/:id': { one: 'case', needs: true },
  'POST /api/v1/deleted-cases/:id/restorations': { onlyLevel: 1, below: true },
  'GET /api/v1/cases/:id/comments': { one: 'case' },
  'POST /api/v1/cases/:id/comments': { one: 'case', body: { body: 'x' } },
  // Quotes are their owner's.
  'GET /api/v1/quotes': { list: { kind: 'quote' } },
  'GET /api/v1/quotes/totals': { below: true },
  'GET /api/v1/customers/:id/quote-products': { one: 'customer' },
  'GET /api/v1/quotes/:id': { one: 'quote' },
  'GET /api/v1/quotes/:id/pdf': { one: 'quote' },
  'POST /api/v1/quotes': { named: { kind: 'customer', body: (customerId) => ({ customerId, subject: 'x' }) } },
  'PATCH /api/v1/quotes/:id': { one: 'quote', body: { subject: 'x', version } },
  'POST /api/v1/quotes/:id/mails': { one: 'quote', body: { toAddress: 'ana@almacen.test', version } },
  'POST /api/v1/quotes/:id/mail-retries': { one: 'quote', body: { mailId: randomUUID() } },
  'POST /api/v1/quotes/:id/deliveries': { one: 'quote', body: { version } },
  'POST /api/v1/quotes/:id/acceptances': { one: 'quote', body: { version } },
  'POST /api/v1/quotes/:id/rejections': { one: 'quote', body: { reason: 'x', version } },
  'POST /api/v1/quotes/:id/withdrawals': { one: 'quote', body: { reason: 'x', version } },
  'POST /api/v1/quotes/:id/reopenings': { one: 'quote', body: { version } },
  'POST /api/v1/quotes/:id/revisions': { one: 'quote', body: { version } },
  'DELETE /api/v1/quotes/:id': { one: 'quote' },
  'POST /api/v1/quotes/:id/restorations': { one: 'quote' },
  // What was deleted, for level 1 alone.
  'GET /api/v1/trash': { onlyLevel: 1, below: true },
  'POST /api/v1/trash/:kind/:id/restorations': { onlyLevel: 1, below: true },
  // Handovers: their author's place decides; what they moved is counted of the customers in sight.
  'GET /api/v1/handovers': { list: { kind: 'handover' }, needs: true },
  'GET /api/v1/handovers/agents': { query: 'role=preferred', needs: true, below: true },
  'POST /api/v1/handovers/previews': { body: { role: 'preferred', moves: [aMove] }, needs: true, below: true },
  'POST /api/v1/handovers': {
    body: {
      role: 'preferred',
      followUps: false,
      interactions: false,
      opportunities: false,
      cases: false,
      quotes: false,
      moves: [{ ...aMove, customers: 0 }],
    },
    needs: true,
    below: true,
  },
  'GET /api/v1/handovers/:id': { one: 'handover', needs: true },
  'GET /api/v1/handovers/:id/records': { one: 'handover', needs: true },
  'PATCH /api/v1/handovers/:id': { one: 'handover', body: { startsOn: '2026-04-02', version }, needs: true },
  'POST /api/v1/handovers/:id/cancellations': { one: 'handover', body: { version }, needs: true },
  'POST /api/v1/handovers/:id/undos': { one: 'handover', body: { version }, needs: true },
  // Customers and contacts.
  'GET /api/v1/customers': { list: { kind: 'customer' } },
  'POST /api/v1/customers': { body: { name: 'Nuevo' }, needs: true },
  'PUT /api/v1/customers': { body: { items: [{ externalId: 'x', name: 'X' }] }, needs: true, below: true },
  'GET /api/v1/customers/duplicates': { below: true },
  // Who may be the same, and merges: both customers must be seen. “Pairs and merges…” below.
  'GET /api/v1/duplicate-groups': { query: 'reason=email', needs: true, below: true },
  'GET /api/v1/customers/:id/possible-duplicates': { one: 'customer', needs: true },
  'POST /api/v1/customer-distinctions': { below: true },
  'GET /api/v1/customer-distinctions': { needs: true, below: true },
  'DELETE /api/v1/customer-distinctions/:id': { below: true },
  'GET /api/v1/customers/:id/merge-preview': { below: true },
  'POST /api/v1/customers/:id/merges': {
    one: 'customer',
    body: { mergedId: randomUUID(), version, mergedVersion: version },
    needs: true,
  },
  'GET /api/v1/customer-merges': { list: { kind: 'merge' } },
  'POST /api/v1/customer-merges/:id/undos': { one: 'merge', needs: true },
  'GET /api/v1/customers/values': { below: true },
  'GET /api/v1/customers/agents': { open: true },
  'GET /api/v1/customers/:id': { one: 'customer' },
  'PATCH /api/v1/customers/:id': { one: 'customer', body: { city: 'Otra', version }, needs: true },
  'GET /api/v1/customers/:id/image': { one: 'customer' },
  'PUT /api/v1/customers/:id/image': { one: 'customer', needs: true },
  'DELETE /api/v1/customers/:id/image': { one: 'customer', needs: true },
  'PUT /api/v1/customers/:id/credit-hold': { one: 'customer', body: { reason: 'Mora' }, needs: true },
  'DELETE /api/v1/customers/:id/credit-hold': { one: 'customer', needs: true },
  'DELETE /api/v1/customers/:id': { one: 'customer', needs: true },
  'GET /api/v1/customers/:id/neighbours': { one: 'customer' },
  'GET /api/v1/customers/:id/contacts': { list: { kind: 'contact', by: 'customer' }, one: 'customer' },
  'POST /api/v1/customers/:id/contacts': { one: 'customer', body: { name: 'Ana' }, needs: true },
  'GET /api/v1/customers/:id/contact-duplicates': { one: 'customer' },
  'GET /api/v1/contacts': { list: { kind: 'contact' } },
  'GET /api/v1/contacts/vcards': { needs: true },
  'GET /api/v1/customers/:id/vcard': { one: 'customer' },
  'GET /api/v1/customers/:id/contacts/:contactId/vcard': { one: 'contact' },
  'POST /api/v1/customers/:id/contact-card-readings': {
    one: 'customer',
    body: { text: 'BEGIN:VCARD\nFN:Ana\nEND:VCARD' },
    needs: true,
  },
  'POST /api/v1/customers/:id/contact-batches': { one: 'customer', body: { items: [{ name: 'Ana' }] }, needs: true },
  'GET /api/v1/contact-profiles': { below: true },
  'GET /api/v1/customers/:id/contacts/:contactId': { one: 'contact' },
  'POST /api/v1/customers/:id/contacts/:contactId/consents': {
    one: 'contact',
    body: { channels: ['sms'], state: 'granted', source: 'call', saidOn: '2026-03-01' },
    needs: true,
  },
  // Of one that is not deleted nobody is told more: “a contact of another customer” below.
  'POST /api/v1/customers/:id/contacts/:contactId/restorations': { below: true },
  'PATCH /api/v1/customers/:id/contacts/:contactId': { one: 'contact', body: { name: 'Eva', version }, needs: true },
  'DELETE /api/v1/customers/:id/contacts/:contactId': { one: 'contact', needs: true },
  'GET /api/v1/customers/:id/contacts/:contactId/portal-access': { one: 'contact' },
  'POST /api/v1/customers/:id/contacts/:contactId/portal-invitations': { one: 'contact', needs: true },
  'POST /api/v1/customers/:id/contacts/:contactId/portal-revocations': { one: 'contact', needs: true },
  'POST /api/v1/customers/:id/contacts/:contactId/wrong-person-clearances': { one: 'contact', needs: true },
  // Files: their bytes, what was drawn of them, and what stands in those that are e-mails.
  'GET /api/v1/customers/:id/files': { list: { kind: 'file', query: 'kind=image', by: 'customer' }, one: 'customer' },
  'POST /api/v1/customers/:id/files': { one: 'customer' },
  'GET /api/v1/deleted-files': { onlyLevel: 1, below: true },
  'GET /api/v1/file-settings': { open: true },
  'GET /api/v1/files': { list: { kind: 'file', query: 'kind=image' } },
  'GET /api/v1/files/:id/versions': { one: 'file' },
  'POST /api/v1/files/:id/versions': { one: 'file' },
  'GET /api/v1/files/:id': { one: 'file' },
  'PATCH /api/v1/files/:id': { one: 'file', body: { description: 'Otra', version } },
  'DELETE /api/v1/files/:id': { one: 'file', needs: true },
  'POST /api/v1/deleted-files/:id/restorations': { onlyLevel: 1, below: true },
  'GET /api/v1/files/:id/content': { one: 'file' },
  'GET /api/v1/files/:id/preview': { one: 'file' },
  'GET /api/v1/files/:id/mail': { one: 'mailFile' },
  'GET /api/v1/files/:id/mail-attachments/:index': { one: 'mailFile' },
  // What customers say they paid.
  'GET /api/v1/payment-claims': { list: { kind: 'claim' } },
  'GET /api/v1/payment-claim-counts': { below: true },
  'GET /api/v1/payment-claims/:id': { one: 'claim' },
  'GET /api/v1/payment-claims/:id/voucher': { one: 'claim' },
  'POST /api/v1/payment-claims/:id/decisions': {
    one: 'claim',
    body: { decision: 'refused', answer: 'No llegó', version },
    needs: true,
  },
  // Receivables and payments.
  'GET /api/v1/receivables': { list: { kind: 'receivable' } },
  'GET /api/v1/receivables/aging': { below: true },
  'GET /api/v1/receivables/:id': { one: 'receivable' },
  'GET /api/v1/receivables/:id/notice-explanation': { one: 'receivableNotices' },
  'PUT /api/v1/receivables/:id/dispute': { one: 'receivable', body: { reason: 'No es suya' }, needs: true },
  'DELETE /api/v1/receivables/:id/dispute': { one: 'receivable', needs: true },
  'PUT /api/v1/receivables': {
    body: {
      items: [
        {
          externalId: 'n',
          customerExternalId: 'none',
          issuedOn: '2026-03-01',
          dueOn: '2026-03-02',
          currency: 'USD',
          amount: '1',
        },
      ],
    },
    needs: true,
    below: true,
  },
  'GET /api/v1/payments': { list: { kind: 'payment' } },
  'POST /api/v1/payments': {
    named: { kind: 'customer', body: (id) => ({ customerId: id, paidOn: '2026-03-10', currency: 'USD', amount: '1' }) },
    needs: true,
  },
  'GET /api/v1/payments/:id': { one: 'payment' },
  'POST /api/v1/payments/:id/applications': { one: 'payment', body: {}, needs: true },
  'POST /api/v1/payments/:id/reversal': { one: 'payment', body: { reason: 'Cheque devuelto' }, needs: true },
  'GET /api/v1/credit-notes': { list: { kind: 'creditNote' } },
  'GET /api/v1/credit-notes/:id': { one: 'creditNote' },
  'POST /api/v1/credit-notes': {
    named: {
      kind: 'customer',
      body: (id) => ({ customerId: id, number: 'NC-0', issuedOn: '2026-03-10', currency: 'USD', total: '1.00' }),
    },
    needs: true,
  },
  'PUT /api/v1/credit-notes': {
    body: {
      items: [
        {
          externalId: 'nc',
          customerExternalId: 'none',
          issuedOn: '2026-03-10',
          currency: 'USD',
          total: '1.00',
          applications: [],
        },
      ],
    },
    needs: true,
    below: true,
  },
  'POST /api/v1/credit-notes/:id/applications': { one: 'creditNote', body: {}, needs: true },
  'POST /api/v1/credit-notes/:id/void': { one: 'creditNote', body: { reason: 'Duplicada' }, needs: true },
  'POST /api/v1/documents': {
    named: {
      kind: 'customer',
      body: (id) => ({
        customerId: id,
        type: 'invoice',
        number: 'F-0',
        issuedOn: '2026-03-10',
        currency: 'USD',
        total: '1.00',
        instalments: [{ dueOn: '2026-04-10', amount: '1.00' }],
      }),
    },
    needs: true,
  },
  'GET /api/v1/documents/:id': { one: 'document' },
  'PUT /api/v1/documents/:id': {
    one: 'document',
    body: {
      version: 1,
      type: 'invoice',
      number: 'F-1',
      issuedOn: '2026-03-10',
      total: '1.00',
      instalments: [{ dueOn: '2026-04-10', amount: '1.00' }],
    },
    needs: true,
  },
  'POST /api/v1/documents/:id/void': { one: 'document', body: { reason: 'Duplicada' }, needs: true },
  'POST /api/v1/receivables/:id/write-offs': { one: 'receivable', body: { amount: '0.01', reason: 'Incobrable' }, needs: true },
  'POST /api/v1/receivable-movements/:id/reversal': { one: 'movement', body: { reason: 'Error' }, needs: true },
  'GET /api/v1/customers/:id/statement': { one: 'customer' },
  'GET /api/v1/customers/:id/statement.pdf': { one: 'customer' },
  'GET /api/v1/customers/:id/statement.xlsx': { one: 'customer', needs: true },
  'PUT /api/v1/payments': {
    body: {
      items: [
        {
          externalId: 'n',
          customerExternalId: 'none',
          paidOn: '2026-03-01',
          currency: 'USD',
          amount: '1',
          applications: [],
        },
      ],
    },
    needs: true,
    below: true,
  },
  // The collection file; what is in it says its own test.
  'GET /api/v1/customers/:id/collection-file.zip': { one: 'customer', needs: true },
  'GET /api/v1/customers/:id/collection-file.pdf': { one: 'customer', needs: true },
  // What happened to receivables, and the portfolio.
  'GET /api/v1/receivables/:id/extensions': { one: 'receivable' },
  'POST /api/v1/receivables/:id/extensions': {
    one: 'receivable',
    body: { dueOn: '2026-05-01', reason: 'Acuerdo' },
    needs: true,
  },
  'GET /api/v1/receivables/:id/disputes': { one: 'receivable' },
  'POST /api/v1/receivables/:id/dispute/resolutions': {
    one: 'receivable',
    body: { result: 'valid', resolution: 'Tiene razón' },
    needs: true,
  },
  'GET /api/v1/portfolio/totals': { below: true },
  'GET /api/v1/portfolio/customers': { below: true },
  'GET /api/v1/portfolio/breakdown': { query: 'by=agent', below: true },
  'GET /api/v1/portfolio/coverage': { query: 'by=agent', below: true },
  'GET /api/v1/portfolio/workbook': { needs: true },
  'POST /api/v1/portfolio/follow-up-previews': { below: true },
  'POST /api/v1/portfolio/follow-ups': { below: true },
  // Promises to pay.
  'GET /api/v1/promises': { list: { kind: 'promise' } },
  'POST /api/v1/promises': {
    named: {
      kind: 'customer',
      body: (id) => ({ customerId: id, dueOn: '2026-03-12', items: [{ receivableId: randomUUID(), amount: '1' }] }),
    },
  },
  'GET /api/v1/promises/:id': { one: 'promise' },
  'POST /api/v1/promises/:id/withdrawals': { one: 'promise', body: { reason: 'Error', version }, needs: true },
  'GET /api/v1/promise-records': { query: 'by=customer', below: true },
  'GET /api/v1/promise-totals': { below: true },
  // Imports.
  'GET /api/v1/imports': { list: { kind: 'import' }, needs: true },
  'POST /api/v1/imports': { needs: true },
  // Whom it reaches is said in customer-changes.test.ts.
  'POST /api/v1/customer-changes': { body: { ids: [randomUUID()], values: { city: 'Quito' } }, needs: true, below: true },
  'GET /api/v1/imports/:id': { one: 'import', needs: true },
  'GET /api/v1/imports/:id/rows': { one: 'import', needs: true },
  'GET /api/v1/imports/:id/errors.csv': { one: 'import', needs: true },
  'PUT /api/v1/imports/:id/mapping': { one: 'import', body: { mapping: {}, options: {} }, needs: true },
  'POST /api/v1/imports/:id/checks': { one: 'import', needs: true },
  'POST /api/v1/imports/:id/runs': { one: 'import', body: {}, needs: true },
  'GET /api/v1/imports/:id/errors.xlsx': { one: 'import', needs: true },
  'PUT /api/v1/imports/:id/reading': { one: 'import', body: {}, needs: true },
  'DELETE /api/v1/imports/:id/runs': { one: 'import', needs: true },
  'POST /api/v1/imports/:id/undoings': { one: 'import', needs: true },
  'DELETE /api/v1/imports/:id': { one: 'import', needs: true },
  'POST /api/v1/exports': { body: { list: 'customers', format: 'csv' }, needs: true },
  // Exports are their maker's alone; what stands in them is said in exports.test.ts.
  'GET /api/v1/exports': { open: true },
  'GET /api/v1/exports/:id': { open: true },
  'GET /api/v1/exports/:id/file': { open: true },
  'DELETE /api/v1/exports/:id': { open: true },
  'GET /api/v1/import-mappings': { needs: true },
  'DELETE /api/v1/import-mappings/:id': { needs: true },
  // Notices.
  'GET /api/v1/notices': { list: { kind: 'notice' }, needs: true },
  'GET /api/v1/notices/summary': { needs: true, below: true },
  'GET /api/v1/notices/plan': { query: 'on=2026-03-11', needs: true, below: true },
  'GET /api/v1/notices/plan-messages': { query: 'on=2026-03-11', needs: true, below: true },
  'GET /api/v1/notices/simulation': { query: 'from=2026-03-11', needs: true, below: true },
  'GET /api/v1/notices/:id': { one: 'notice', needs: true },
  'GET /api/v1/notices/:id/source': { one: 'notice', needs: true },
  'POST /api/v1/notices/releases': { named: decision, needs: true },
  'POST /api/v1/notices/cancellations': { named: decision, needs: true },
  'POST /api/v1/notices/retries': { named: decision, needs: true },
  'POST /api/v1/notices/resolutions': {
    named: { kind: 'notice', body: (id) => ({ ids: [id], as: 'sent' }) },
    needs: true,
  },
  'GET /api/v1/customers/:id/notices': { list: { kind: 'notice', by: 'customer' }, one: 'customer' },
  'GET /api/v1/receivables/:id/notice-settings': { one: 'receivable' },
  'PUT /api/v1/receivables/:id/notice-settings': { one: 'receivable', body: { ...ownSwitches, version: 0 }, needs: true },
  'GET /api/v1/customers/:id/notice-pauses': { list: { kind: 'pause', by: 'customer' }, one: 'customer' },
  'POST /api/v1/customers/:id/notice-pauses': { one: 'customer', body: aPause, needs: true },
  'POST /api/v1/receivables/:id/notice-pauses': { one: 'receivable', body: aPause, needs: true },
  'POST /api/v1/notice-pauses/:id/endings': { one: 'pause', needs: true },
  'GET /api/v1/customers/:id/contact-attempts': { list: { kind: 'attempt', by: 'customer' }, one: 'customer' },
  'POST /api/v1/customers/:id/contact-attempts': {
    one: 'customer',
    body: { channel: 'call', at: '2026-03-11T14:00:00Z', outcome: 'Contestó' },
  },
  'GET /api/v1/customers/:id/contact-check': { one: 'customer' },
  'GET /api/v1/customers/:id/notice-settings': { one: 'customer' },
  'PUT /api/v1/customers/:id/notice-settings': { one: 'customer', body: { ...ownSettings, version: 0 }, needs: true },
  'POST /api/v1/notice-settings/applications': {
    named: { kind: 'customer', body: (id) => ({ customerIds: [id], settings: { active: true }, dryRun: false }) },
    needs: true,
  },
  'POST /api/v1/customers/:id/notice-previews': { one: 'customer', body: { kind: 'overdue' } },
  'POST /api/v1/notice-previews': { open: true },
  'POST /api/v1/customers/:id/notice-tests': { one: 'customer', body: { kind: 'overdue' } },
  'GET /api/v1/notice-defaults': { open: true },
  'PUT /api/v1/notice-defaults': {
    body: {
      active: true,
      sendToContacts: false,
      reminderOn: true,
      reminderRuleIds: [],
      overdueOn: true,
      overdueRuleIds: [],
      reviewOverdue: false,
      version,
    },
    needs: true,
  },
  'GET /api/v1/notice-policy': { open: true },
  'PUT /api/v1/notice-policy': { body: aPolicy, needs: true },
  // Catalogues, people and settings: company-wide, written by permission.
  // Views are their owner's; who else is offered one is said in saved-views.test.ts.
  'GET /api/v1/saved-views': { open: true, query: 'list=customers' },
  'POST /api/v1/saved-views': { open: true },
  'PATCH /api/v1/saved-views/:id': { open: true },
  'DELETE /api/v1/saved-views/:id': { open: true },
  'PUT /api/v1/saved-views/default': { open: true },
  'GET /api/v1/custom-fields': { open: true },
  'POST /api/v1/custom-fields': { body: { name: 'x', kind: 'text' }, onlyLevel: 1 },
  'PATCH /api/v1/custom-fields/:id': { body: { name: 'x', version }, onlyLevel: 1 },
  'PUT /api/v1/custom-fields/order': { body: { ids: ['018f0000-0000-7000-8000-000000000001'] }, onlyLevel: 1 },
  'DELETE /api/v1/custom-fields/:id': { onlyLevel: 1 },
  'GET /api/v1/customer-groups': { below: true },
  'POST /api/v1/customer-groups': { body: { name: 'x' }, needs: true },
  'PATCH /api/v1/customer-groups/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/customer-groups/:id': { needs: true },
  'GET /api/v1/customer-groups/:id/notice-settings': { open: true },
  'PUT /api/v1/customer-groups/:id/notice-settings': { body: { ...ownSettings, version: 0 }, needs: true },
  'GET /api/v1/notice-templates': { open: true },
  'PUT /api/v1/notice-templates/:kind/:level/:language/:tone': { body: { subject: 'x', body: 'x', version: 0 }, needs: true },
  'DELETE /api/v1/notice-templates/:kind/:level/:language/:tone': { needs: true },
  'POST /api/v1/notice-templates/ready-texts': { needs: true },
  'POST /api/v1/notice-templates/checks': { open: true, body: { subject: 'x', body: 'x' } },
  'GET /api/v1/notice-rules': { open: true },
  'GET /api/v1/notice-rules/:id/versions': { open: true },
  'POST /api/v1/notice-rules': { body: { description: 'x', days: 3, kind: 'overdue' }, needs: true },
  'PATCH /api/v1/notice-rules/:id': { body: { days: 4, version }, needs: true },
  'DELETE /api/v1/notice-rules/:id': { needs: true },
  'PUT /api/v1/notice-rules/:id/retirement': { needs: true },
  'DELETE /api/v1/notice-rules/:id/retirement': { needs: true },
  'GET /api/v1/follow-up-types': { open: true },
  'POST /api/v1/follow-up-types': { body: { name: 'x' }, needs: true },
  'PATCH /api/v1/follow-up-types/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/follow-up-types/:id': { needs: true },
  'GET /api/v1/interaction-topics': { open: true },
  'POST /api/v1/interaction-topics': { body: { name: 'x' }, needs: true },
  'PATCH /api/v1/interaction-topics/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/interaction-topics/:id': { needs: true },
  'GET /api/v1/case-types': { open: true },
  'POST /api/v1/case-types': { body: { name: 'x' }, needs: true },
  'PATCH /api/v1/case-types/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/case-types/:id': { needs: true },
  'GET /api/v1/price-lists': { open: true },
  'POST /api/v1/price-lists': { body: { name: 'x', currency: 'COP' }, needs: true },
  'PATCH /api/v1/price-lists/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/price-lists/:id': { needs: true },
  'GET /api/v1/products': { open: true },
  'POST /api/v1/products': { body: { code: 'x', name: 'x' }, needs: true },
  'PATCH /api/v1/products/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/products/:id': { needs: true },
  'GET /api/v1/follow-up-situations': { open: true },
  'POST /api/v1/follow-up-situations': { body: { name: 'x', kind: 'ongoing' }, needs: true },
  'PATCH /api/v1/follow-up-situations/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/follow-up-situations/:id': { needs: true },
  'GET /api/v1/follow-up-activities': { open: true },
  'POST /api/v1/follow-up-activities': { body: { name: 'x', direction: 'progress' }, needs: true },
  'PATCH /api/v1/follow-up-activities/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/follow-up-activities/:id': { needs: true },
  'GET /api/v1/follow-up-documents': { open: true },
  'POST /api/v1/follow-up-documents': { body: aDocument, needs: true },
  'PATCH /api/v1/follow-up-documents/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/follow-up-documents/:id': { needs: true },
  'POST /api/v1/follow-up-documents/previews': {
    named: { kind: 'customer', body: (id) => ({ ...aText, customerId: id }) },
    needs: true,
  },
  'POST /api/v1/follow-up-documents/preview-pdfs': {
    named: { kind: 'customer', body: (id) => ({ ...aText, customerId: id }) },
    needs: true,
  },
  'GET /api/v1/balance-sources': { needs: true },
  'PUT /api/v1/balance-sources/:name': { body: { asOf: '2026-03-01T00:00:00Z' }, needs: true },
  'DELETE /api/v1/balance-sources/:name': { needs: true },
  'GET /api/v1/branches': { open: true },
  'POST /api/v1/branches': { body: { code: 'x', name: 'x' }, needs: true },
  'PATCH /api/v1/branches/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/branches/:id': { needs: true },
  'GET /api/v1/departments': { open: true },
  'POST /api/v1/departments': { body: { code: 'x', name: 'x' }, needs: true },
  'PATCH /api/v1/departments/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/departments/:id': { needs: true },
  'GET /api/v1/access-profiles': { needs: true },
  'POST /api/v1/access-profiles': { body: { name: 'x', level: 4, customerLevel: 4, permissions: [] }, needs: true },
  'PATCH /api/v1/access-profiles/:id': { body: { name: 'x', version }, needs: true },
  'DELETE /api/v1/access-profiles/:id': { needs: true },
  'GET /api/v1/users': { open: true },
  'GET /api/v1/users/:id': { open: true },
  'POST /api/v1/users': {
    body: {
      name: 'x',
      email: 'x@x.test',
      password: 'una clave larga de prueba',
      branchId: randomUUID(),
      departmentId: null,
      profileId: randomUUID(),
    },
    needs: true,
  },
  'PATCH /api/v1/users/:id': { body: { name: 'x', version }, needs: true },
  'PUT /api/v1/users/:id/password': { body: { newPassword: 'una clave larga de prueba' }, needs: true },
  'GET /api/v1/company': { open: true },
  'PATCH /api/v1/company': { body: { name: 'x', version }, needs: true },
  'GET /api/v1/holidays': { open: true },
  'PUT /api/v1/company/logo': { needs: true },
  'DELETE /api/v1/company/logo': { needs: true },
  'POST /api/v1/holidays': { body: { day: '2026-05-01', name: 'x' }, needs: true },
  'DELETE /api/v1/holidays/:day': { needs: true },
  'POST /api/v1/holidays/imports': { body: { country: 'CO', year: 2026 }, needs: true },
  'GET /api/v1/notice-sending': { needs: true },
  'POST /api/v1/notice-sending/confirmations': { body: { epoch: 'x' }, needs: true },
  // Finance: what rings is said to whom may see notices, the rest belongs to the settings.
  'GET /api/v1/notice-alarms': { needs: true },
  'GET /api/v1/notices/stand-in': { needs: true, below: true },
  'GET /api/v1/notices/:id/answers': { one: 'notice', needs: true },
  'GET /api/v1/notices/selection': { needs: true, below: true },
  'GET /api/v1/notices/:id/context': { one: 'notice', needs: true },
  'GET /api/v1/finance-settings': { needs: true },
  'PUT /api/v1/finance-settings': {
    body: { digestOn: true, digestAt: '07:30', silentMinutes: 60, workerMinutes: 5, failedCount: 10, recipientIds: [], version },
    needs: true,
  },
  'GET /api/v1/bank-details': { needs: true },
  'POST /api/v1/bank-details': { body: { accounts: [] }, needs: true },
  'POST /api/v1/bank-details/:id/confirmations': { needs: true },
  'POST /api/v1/bank-details/:id/withdrawals': { body: {}, needs: true },
  'GET /api/v1/audit': { onlyLevel: 1 },
  'GET /api/v1/me': { open: true },
  'PATCH /api/v1/me': { open: true },
  'PUT /api/v1/me/password': { open: true },
  'GET /api/v1/me/mail-account': { open: true },
  'PUT /api/v1/me/mail-account': { open: true },
  'DELETE /api/v1/me/mail-account': { open: true },
  'POST /api/v1/me/mail-account/verifications': { open: true },
  'POST /api/v1/me/mail-account/confirmations': { open: true, body: { code: '000000' } },
  'GET /api/v1/mail-accounts': { needs: true },
  'GET /api/v1/customers/:id/timeline': { one: 'customer' },
  'GET /api/v1/customers/:id/address-flags': { one: 'customer' },
  'POST /api/v1/customers/:id/address-clearances': { one: 'customer', body: { address: 'x@almacen.test' }, needs: true },
  'POST /api/v1/mail-accounts/:id/pauses': { needs: true },
  'POST /api/v1/mail-accounts/:id/resumptions': { needs: true },
}

const covered = Object.entries(covers).map(([address, cover]) => {
  const [method = '', url = ''] = address.split(' ')
  return { method, url, cover }
})
const addressOf = (url: string, record: Standing | null, id: string) =>
  url
    .replace(':contactId', id)
    .replace(':id', url.includes(':contactId') && record ? record.customerId : id)
    .replace(':index', '0')
    .replace(':entryId', randomUUID())
    .replace(':mailId', randomUUID())
    .replace(':day', '2026-05-01')
    .replace(':name', 'erp')
    .replace('/trash/:kind/', '/trash/note/')
    .replace(':kind/:level/:language/:tone', 'overdue/1/es/formal')

test('Pairs and merges: customers who may be the same are told to who sees both, and told apart by nobody else', async () => {
  const pairs: { a: Owner; b: Owner; ids: [string, string]; apart: string }[] = []
  for (const [index, a] of owners.entries())
    for (const b of owners.slice(index + 1)) {
      const make = (owner: Owner, taxId: string) =>
        aCustomer(db(), { collectionsAgentId: people[owner], name: `Par ${taxId}`, taxId })
      const [one, other] = [await make(a, `PAR${a}${b}`), await make(b, `PAR${a}${b}`)]
      const ids = [one.id, other.id].sort() as [string, string]
      const [firstId, secondId] = [(await make(a, 'X')).id, (await make(b, 'Y')).id].sort() as [string, string]
      const [apart] = await db()
        .insert(customerDistinctions)
        .values({ firstId, secondId, madeBy: people[a], madeAt: new Date() })
        .returning()
      pairs.push({ a, b, ids, apart: apart?.id ?? '' })
    }
  try {
    for (const reader of readers) {
      await become(reader)
      const seen = (owner: Owner) => visible(reader, 'customer').some((record) => record.customer === owner)
      const both = pairs.filter(({ a, b }) => seen(a) && seen(b))
      const groups = (await call('GET', '/api/v1/duplicate-groups?reason=taxId')).body as {
        items: { customers: { id: string }[] }[]
      }
      expect([nameOf(reader), groups.items.map((group) => group.customers.map((one) => one.id).sort())]).toEqual([
        nameOf(reader),
        expect.arrayContaining(both.map((pair) => pair.ids)),
      ])
      expect(groups.items).toHaveLength(both.length)
      expect(await idsOf('/api/v1/customer-distinctions')).toEqual(both.map((pair) => pair.apart).sort())
      for (const { a, b, ids, apart } of pairs) {
        if (seen(a) && seen(b)) continue
        expect((await call('POST', '/api/v1/customer-distinctions', { customerIds: ids })).status).toBe(404)
        expect((await call('DELETE', `/api/v1/customer-distinctions/${apart}`)).status).toBe(404)
        for (const [one, other] of [ids, [ids[1], ids[0]]])
          expect((await call('GET', `/api/v1/customers/${one}/merge-preview?mergedId=${other}`)).status).toBe(404)
      }
      if (both[0] === undefined) continue
      const preview = `/api/v1/customers/${both[0].ids[0]}/merge-preview?mergedId=${both[0].ids[1]}`
      expect((await call('GET', preview)).status).toBe(200)
      await become(reader, false)
      expect((await call('GET', preview)).status).toBe(403)
      expect((await call('POST', '/api/v1/customer-distinctions', { customerIds: both[0].ids })).status).toBe(403)
      expect((await call('DELETE', `/api/v1/customer-distinctions/${both[0].apart}`)).status).toBe(403)
    }
  } finally {
    await db().delete(customerDistinctions)
    await db()
      .delete(customers)
      .where(inArray(customers.taxId, ['X', 'Y', ...pairs.map(({ a, b }) => `PAR${a}${b}`)]))
  }
})

test('every endpoint has its line here', () => {
  const there = registered
    // The portal's are no user's: they have a matrix of their own in routes/portal.test.ts.
    .filter((endpoint) => endpoint.access !== 'public' && endpoint.access !== 'portal')
    .map((endpoint) => `${endpoint.method} ${endpoint.url}`)
  expect(Object.keys(covers).sort()).toEqual([...new Set(there)].sort())
  for (const [address, cover] of Object.entries(covers)) expect([address, Object.keys(cover).length > 0]).toEqual([address, true])
})

describe.each(readers.map((reader) => [nameOf(reader), reader] as const))('%s', (_name, reader) => {
  test('lists hold exactly what is visible, page by page and under a search', async () => {
    await become(reader)
    for (const { url, cover } of covered) {
      const { list } = cover
      if (!list) continue
      const expected = visible(reader, list.kind)
      const query = [list.query, 'limit=3'].filter(Boolean).join('&')
      if (list.by === 'customer')
        for (const customer of visible(reader, 'customer'))
          expect([url, await idsOf(`${addressOf(url, null, customer.id)}?${query}`)]).toEqual([
            url,
            expected
              .filter((record) => record.customerId === customer.id)
              .map((record) => record.id)
              .sort(),
          ])
      else expect([url, await idsOf(`${url}?${query}`)]).toEqual([url, expected.map((record) => record.id).sort()])
    }
    for (const owner of owners) {
      const ofCustomer = (kind: Kind) => visible(reader, kind).filter((record) => record.customer === owner)
      const q = `q=${owner}${owner}`
      expect(await idsOf(`/api/v1/customers?${q}`)).toEqual(ofCustomer('customer').map((record) => record.id))
      for (const [url, kind] of [
        ['/api/v1/receivables', 'receivable'],
        ['/api/v1/payments', 'payment'],
        ['/api/v1/promises', 'promise'],
        ['/api/v1/payment-claims', 'claim'],
        ['/api/v1/notices', 'notice'],
        ['/api/v1/follow-ups', 'followUp'],
        ['/api/v1/interactions', 'interaction'],
        ['/api/v1/cases', 'case'],
      ] as const) {
        const ids = ofCustomer(kind)
          .map((record) => record.id)
          .sort()
        expect([url, await idsOf(`${url}?${q}`)]).toEqual([url, ids])
        expect([url, await idsOf(`${url}?customerId=${customersOf[owner]}`)]).toEqual([url, ids])
      }
      const written = visible(reader, 'note').filter((record) => record.owner === owner)
      for (const latest of ['', '&latest=20'])
        for (const filter of [`q=palabra ${owner}`, `authorId=${people[owner]}`])
          expect(await idsOf(`/api/v1/notes?${encodeURI(filter)}${latest}`)).toEqual(written.map((record) => record.id).sort())
    }
  })

  test('counts, sums and plans agree with what is visible', async () => {
    await become(reader)
    const count = (kind: Kind) => visible(reader, kind).length
    const get = async (url: string) => (await call('GET', url)).body as Record<string, unknown>
    const followUps = (await get('/api/v1/follow-up-counts')) as Record<string, number>
    expect(Object.values(followUps).reduce((sum, one) => sum + one, 0)).toBe(count('followUp'))
    expect((await get('/api/v1/follow-up-register/counts')).total).toBe(count('followUp'))
    const tasks = (await get('/api/v1/follow-up-tasks')) as { total: Record<string, number> }
    expect([tasks.total.open, tasks.total.closed, tasks.total.discarded]).toEqual([count('followUp'), 0, 0])
    expect(tasks.total.postponed).toBe(count('followUp'))
    const agents = (await get('/api/v1/handovers/agents?role=collections')).items as { id: string; customers: number }[]
    expect(agents.map((one) => [one.id, one.customers]).sort()).toEqual(
      visible(reader, 'customer')
        .map(({ customer }) => [customer === null ? '' : people[customer], 1])
        .sort(),
    )
    const moves = owners.map((owner) => ({ fromUserId: people[owner], toUserId: people.own })).slice(1)
    const preview = await call('POST', '/api/v1/handovers/previews', { role: 'collections', moves })
    const along = { followUps: 'followUp', opportunities: 'opportunity', cases: 'case', quotes: 'quote' } as const
    const counts = preview.body?.items as Record<'customers' | keyof typeof along, number>[] | undefined
    for (const [name, kind] of Object.entries(along) as [keyof typeof along, Kind][])
      expect(counts?.map((one) => [one.customers, one[name]])).toEqual(
        owners
          .slice(1)
          .map((owner) => [
            visible(reader, 'customer').filter((one) => one.customer === owner).length,
            visible(reader, kind).filter((one) => one.customer === owner && one.owner === owner).length,
          ]),
      )
    for (const latest of ['', '?latest=20']) {
      const departments = (await get(`/api/v1/notes/departments${latest}`)).items as { notes: number }[]
      expect(departments.reduce((sum, one) => sum + one.notes, 0)).toBe(count('note'))
    }
    expect((await get('/api/v1/interaction-counts')).open).toBe(count('interaction'))
    const wanted = count('opportunity')
    const sums = (await get('/api/v1/opportunities/totals')).items as { count: number; amount: string }[]
    expect(sums.map((sum) => [sum.count, sum.amount])).toEqual(wanted === 0 ? [] : [[wanted, `${wanted}.00`]])
    const offered = (await get('/api/v1/quotes/totals')).items as { count: number }[]
    expect(offered.reduce((sum, one) => sum + one.count, 0)).toBe(count('quote'))
    const columns = (await get('/api/v1/opportunities/board')).columns as { count: number; items: { id: string }[] }[]
    expect(columns.map((column) => column.count)).toEqual([wanted])
    expect(columns.flatMap((column) => column.items.map((one) => one.id)).sort()).toEqual(
      visible(reader, 'opportunity')
        .map((record) => record.id)
        .sort(),
    )
    const stages = (await get('/api/v1/opportunity-stages')).items as { opportunityCount: number }[]
    expect(stages.map((each) => each.opportunityCount)).toEqual([wanted])
    const entryNames = await get('/api/v1/interaction-entries/names')
    expect(entryNames.entries).toBe(count('entry'))
    expect((entryNames.items as { entries: number }[]).reduce((sum, one) => sum + one.entries, 0)).toBe(count('entry'))
    const topics = (await get('/api/v1/interaction-topics')).items as { interactionCount: number }[]
    expect(topics.reduce((sum, one) => sum + one.interactionCount, 0)).toBe(count('interaction'))
    for (const owner of owners)
      expect(await idsOf(`/api/v1/interactions?ownerId=${people[owner]}`)).toEqual(
        visible(reader, 'interaction')
          .filter((record) => record.owner === owner)
          .map((record) => record.id)
          .sort(),
      )
    const caseTypes = (await get('/api/v1/case-types')).items as { caseCount: number }[]
    expect(caseTypes.reduce((sum, one) => sum + one.caseCount, 0)).toBe(count('case'))
    for (const [kind, of] of [
      ['case', 'deletedCase'],
      ['file', 'deletedFile'],
      ['interaction', 'deletedInteraction'],
    ] as const) {
      if (reader.level === 1)
        expect([kind, await idsOf(`/api/v1/trash?limit=3&kind=${kind}`)]).toEqual([
          kind,
          visible(reader, of)
            .map((record) => record.id)
            .sort(),
        ])
      else expect((await call('GET', `/api/v1/trash?kind=${kind}`)).status).toBe(403)
      for (const { id } of reader.level === 1 ? hidden(reader, of) : records.filter((one) => one.kind === of))
        expect((await call('POST', `/api/v1/trash/${kind}/${id}/restorations`)).status).toBe(reader.level === 1 ? 404 : 403)
    }
    for (const record of records.filter((one) => one.kind === 'deletedCase' && (reader.level > 1 || !sees(reader, one)))) {
      expect((await call('GET', `/api/v1/cases/${record.id}`)).status).toBe(404)
      expect((await call('POST', `/api/v1/deleted-cases/${record.id}/restorations`)).status).toBe(reader.level > 1 ? 403 : 404)
    }
    // Only level 1 reads what was deleted, and of customers that they do not see not even they.
    if (reader.level === 1)
      expect(await idsOf('/api/v1/deleted-interactions?limit=3')).toEqual(
        visible(reader, 'deletedInteraction')
          .map((record) => record.id)
          .sort(),
      )
    else expect((await call('GET', '/api/v1/deleted-interactions')).status).toBe(403)
    for (const record of records.filter((one) => one.kind === 'deletedInteraction' && (reader.level > 1 || !sees(reader, one)))) {
      expect((await call('GET', `/api/v1/interactions/${record.id}`)).status).toBe(404)
      expect((await call('POST', `/api/v1/deleted-interactions/${record.id}/restorations`)).status).toBe(
        reader.level > 1 ? 403 : 404,
      )
    }
    if (reader.level === 1)
      expect(await idsOf('/api/v1/deleted-files?limit=3')).toEqual(
        visible(reader, 'deletedFile')
          .map((record) => record.id)
          .sort(),
      )
    for (const record of records.filter((one) => one.kind === 'deletedFile')) {
      for (const part of ['', '/content', '/preview'])
        expect((await call('GET', `/api/v1/files/${record.id}${part}`)).status).toBe(404)
      if (reader.level > 1 || !sees(reader, record))
        expect((await call('POST', `/api/v1/deleted-files/${record.id}/restorations`)).status).toBe(reader.level > 1 ? 403 : 404)
    }
    expect((await get('/api/v1/reminders')).unreadCount).toBe(count('reminder'))
    expect(await get('/api/v1/payment-claim-counts')).toEqual({ open: count('claim') })
    const scoped = owners.filter((owner) => within(reader.customerLevel, owner))
    const cities = (await get('/api/v1/customers/values?field=city')).items as { value: string; customers: number }[]
    expect(cities.map((city) => city.value).sort()).toEqual(scoped.map((owner) => `Ciudad ${owner}`).sort())
    const profiles = (await get('/api/v1/contact-profiles')).items as { value: string }[]
    expect(profiles.map((one) => one.value).sort()).toEqual(scoped.map((owner) => `Perfil ${owner}`).sort())
    for (const owner of owners) {
      const alike = (await get(`/api/v1/customers/duplicates?email=${owner}@almacen.test`)).items as { id: string }[]
      expect(alike.map((one) => one.id)).toEqual(scoped.includes(owner) ? [customersOf[owner]] : [])
      if (!scoped.includes(owner)) continue
      const beside = await get(`/api/v1/customers/${customersOf[owner]}/neighbours`)
      for (const one of [beside.previous, beside.next] as ({ id: string } | null)[])
        expect(one === null || scoped.some((each) => customersOf[each] === one.id)).toBe(true)
      const profile = await get(`/api/v1/customers/${customersOf[owner]}`)
      expect([profile.noteCount, profile.contactCount]).toEqual([
        visible(reader, 'note').filter((record) => record.customer === owner).length,
        1,
      ])
    }
    const aging = (await get('/api/v1/receivables/aging')).totals as { count: number; balance: string }[]
    expect(aging.reduce((sum, one) => sum + one.count, 0)).toBe(count('receivable'))
    expect(aging.map((one) => Number(one.balance))).toEqual([count('receivable') * 100])
    for (const asOf of ['2026-03-11', '2026-03-10']) {
      const { items } = (await get(`/api/v1/portfolio/breakdown?by=branch&asOf=${asOf}`)) as {
        items: { customers: number; unapplied: string }[]
      }
      expect(items.reduce((sum, one) => sum + one.customers, 0)).toBe(scoped.length)
      const { totals } = (await get(`/api/v1/receivables/aging?asOf=${asOf}`)) as { totals: { unapplied: string }[] }
      const unapplied = (rows: { unapplied: string }[]) => rows.reduce((sum, one) => sum + Number(one.unapplied), 0)
      expect(unapplied(items)).toBe(unapplied(totals))
    }

    for (const by of ['customer', 'agent']) {
      const found = (await get(`/api/v1/promise-records?by=${by}`)).items as { open: number }[]
      expect(found.reduce((sum, one) => sum + one.open, 0)).toBe(count('promise'))
      const { totals } = (await get('/api/v1/promise-totals')) as { totals: { count: number }[] }
      expect(totals.reduce((sum, one) => sum + one.count, 0)).toBe(count('promise'))
    }

    const groups = (await get('/api/v1/customer-groups')).items as { customerCount: number }[]
    expect(groups.map((one) => one.customerCount)).toEqual([scoped.length])
    const types = (await get('/api/v1/follow-up-types')).items as { followUpCount: number }[]
    expect(types.reduce((sum, one) => sum + one.followUpCount, 0)).toBe(count('followUp'))

    // The portfolio: sums, customers, groups and what could be selected for follow-ups.
    const mine = (await get('/api/v1/portfolio/totals')).totals as { count: number; customers: number }[]
    expect(mine.map((one) => [one.count, one.customers])).toEqual([[scoped.length * 2, scoped.length]])
    const debtors = await idsOf('/api/v1/portfolio/customers?limit=2', (item) => (item.customer as { id: string }).id)
    expect(debtors).toEqual(scoped.map((owner) => customersOf[owner]).sort())
    for (const by of ['agent', 'branch', 'bucket']) {
      const groups = (await get(`/api/v1/portfolio/breakdown?by=${by}`)).items as { count: number }[]
      expect(groups.reduce((sum, one) => sum + one.count, 0)).toBe(scoped.length * 2)
      const cover = (await get(`/api/v1/portfolio/coverage?by=${by}`)).items as { overdue: string }[]
      expect(cover.reduce((sum, one) => sum + Number(one.overdue), 0)).toBe(scoped.length * 100)
    }
    const selection = { typeId, subject: 'Llamar', dueOn: '2026-03-12', dueTime: '10:00', owners: { mode: 'collections-agent' } }
    for (const narrowed of [{ filter: {} }, { filter: {}, customerIds: owners.map((owner) => customersOf[owner]) }]) {
      const preview = await call('POST', '/api/v1/portfolio/follow-up-previews', { ...selection, ...narrowed })
      expect([preview.status, preview.body?.customers]).toEqual([200, scoped.length])
    }

    const chosen = (await get('/api/v1/notices/selection')) as { total: number; items: { id: string }[] }
    expect(chosen.total).toBe(count('notice'))
    expect(chosen.items.map((one) => one.id).sort()).toEqual(
      visible(reader, 'notice')
        .map((record) => record.id)
        .sort(),
    )
    const summary = await get('/api/v1/notices/summary')
    expect(Object.values(summary.groups as Record<string, number>).reduce((sum, one) => sum + one, 0)).toBe(count('notice'))
    // A notice is its customer's collections agent's, before it is written as after.
    const planned = owners.filter((owner) => within(reader.level, owner) && within(reader.customerLevel, owner))
    const plan = (await get('/api/v1/notices/plan?on=2026-03-11')).messages as { customer: { externalId: string } }[]
    expect(plan.map((one) => one.customer.externalId).sort()).toEqual(planned.map(externalIdOf).sort())
    const messages = await get('/api/v1/notices/plan-messages?on=2026-03-11')
    expect((messages.items as { customer: { id: string } }[]).map((one) => one.customer.id).sort()).toEqual(
      planned.map((owner) => customersOf[owner]).sort(),
    )
    expect((messages.breakdown as { messages: number }[]).reduce((sum, one) => sum + one.messages, 0)).toBe(planned.length)
    // Every customer here has a collections agent: nobody is told of a stand-in.
    expect(await get('/api/v1/notices/stand-in')).toEqual({ customers: 0, sender: null })
    const simulation = (await get('/api/v1/notices/simulation?from=2026-03-11&days=1')).days as {
      breakdown: { messages: number }[]
    }[]
    expect(simulation.flatMap((day) => day.breakdown).reduce((sum, one) => sum + one.messages, 0)).toBe(planned.length)
    const found = (await idsOf('/api/v1/follow-up-owners?limit=200')) as string[]
    expect(owners.filter((owner) => found.includes(people[owner]))).toEqual(owners.filter((owner) => within(reader.level, owner)))
  })

  test('agenda and day of work hold what is visible, in rows and counts, and the day only one’s own', async () => {
    await become(reader)
    const expected = visible(reader, 'followUp')
    const agenda = (await call('GET', '/api/v1/agenda?from=2026-03-09&to=2026-03-15&state=all')).body as {
      days: { count: number; items: { id: string }[] }[]
      overdue: { count: number; items: { id: string }[] }
    }
    const ids = (items: { id: string }[]) => items.map((item) => item.id).sort()
    expect(ids(agenda.days.flatMap((day) => day.items))).toEqual(ids(expected))
    expect(agenda.days.reduce((sum, day) => sum + day.count, 0)).toBe(expected.length)
    expect([ids(agenda.overdue.items), agenda.overdue.count]).toEqual([ids(expected), expected.length])
    const day = (await call('GET', '/api/v1/my-day')).body as { count: number; items: { id: string }[] }
    const own = expected.filter((record) => record.owner === 'own')
    expect([ids(day.items), day.count]).toEqual([ids(own), own.length])
  })

  test('live events tell of the changes of what is visible, and of nothing else', async () => {
    await become(reader)
    const stream = await liveStream(api.app, me.headers)
    const told = records.flatMap((record) =>
      (liveEntitiesOf[record.kind] ?? []).map((entity) => ({ entity, id: record.id, action: 'change', record })),
    )
    for (const { record, ...change } of told) await notifyLive(db(), change)
    // Told last and seen by everybody: what did not come before it does not come.
    const last = records.find((one) => one.kind === 'followUp' && one.owner === 'own' && one.customer === 'own')
    await notifyLive(db(), { entity: 'follow-up', id: last?.id ?? '', action: 'close' })
    await stream.change((change) => change.action === 'close')
    const seen = stream.changes.filter((change) => change.action === 'change').map((change) => `${change.entity} ${change.id}`)
    const expected = told.filter(({ record }) => sees(reader, record)).map((change) => `${change.entity} ${change.id}`)
    expect([...new Set(seen)].sort()).toEqual([...new Set(expected)].sort())
    stream.close()
    for (const { record, entity } of told) {
      const changes = await call('GET', `/api/v1/record-changes?entity=${entity}&id=${record.id}`)
      expect([entity, record.owner, record.customer, changes.status]).toEqual([
        entity,
        record.owner,
        record.customer,
        sees(reader, record) ? 200 : 404,
      ])
      if (entity === 'reminder' || entity.startsWith('notice-')) continue
      const sight = await call('GET', `/api/v1/sight?entity=${entity}&id=${record.id}`)
      expect([entity, record.owner, record.customer, sight.status]).toEqual([
        entity,
        record.owner,
        record.customer,
        changes.status,
      ])
    }
  })

  test('a single read answers what is visible', async () => {
    await become(reader)
    for (const { method, url, cover } of covered) {
      const { one } = cover
      if (!one || method !== 'GET' || url.endsWith('/source') || url.includes('/collection-file.')) continue
      // Opened in a process each: routes/files.test.ts reads one.
      if (url.includes('/mail-attachments/')) continue
      for (const record of visible(reader, one)) {
        const answer = await call(method, addressOf(url, record, record.id))
        expect([url, record.owner, record.customer, answer.status]).toEqual([url, record.owner, record.customer, 200])
      }
    }
  })

  test('what is not visible answers exactly as what does not exist, and nothing of it is written', async ({ signal }) => {
    const before = await stored()
    for (const permitted of [true, false]) {
      await become(reader, permitted)
      for (const { method, url, cover } of covered) {
        const kind = cover.one ?? cover.named?.kind
        if (kind === undefined) continue
        const missing = randomUUID()
        const ask = (address: string, id: string) => call(method, address, cover.named ? cover.named.body(id) : cover.body)
        const answersOfNothing = new Map<string, Awaited<ReturnType<typeof call>>>()
        for (const record of hidden(reader, kind)) {
          // A test that ran out of time goes on asking, as somebody else by then: what it writes would be found by the next one.
          signal.throwIfAborted()
          const answer = await ask(addressOf(url, record, record.id), record.id)
          const nowhere = addressOf(url, record, missing)
          const nothing = answersOfNothing.get(nowhere) ?? (await ask(nowhere, missing))
          answersOfNothing.set(nowhere, nothing)
          const told = [method, url, record.owner, record.customer]
          expect([...told, comparable(answer, record.id)]).toEqual([...told, comparable(nothing, missing)])
          if (cover.one) expect([...told, answer.status]).toEqual([...told, !permitted && answer.status === 403 ? 403 : 404])
        }
      }
    }
    expect(await stored()).toBe(before)
  }, 600_000)

  test('what is visible but not allowed is refused with a code, and changes nothing', async () => {
    const before = await stored()
    await become(reader, false)
    for (const { method, url, cover } of covered) {
      const kind = cover.one ?? cover.named?.kind
      const [record = null] = kind === undefined ? [null] : visible(reader, kind)
      const id = record?.id ?? randomUUID()
      const body = cover.named ? cover.named.body(id) : cover.body
      const refused = cover.needs || (cover.onlyLevel !== undefined && reader.level !== cover.onlyLevel)
      if (!refused) continue
      const query = cover.query === undefined ? '' : `?${cover.query}`
      const answer = await call(method, `${addressOf(url, record, id)}${query}`, body)
      expect([method, url, answer.status, answer.body?.code]).toEqual([method, url, 403, 'not-allowed'])
    }
    expect(await stored()).toBe(before)
  })

  test('ids in bodies reach no further than the viewer sees', async () => {
    await become(reader)
    const before = await stored()
    const ownFollowUp = records.find((one) => one.kind === 'followUp' && one.owner === 'own' && one.customer === 'own')
    const ownInteraction = records.find((one) => one.kind === 'interaction' && one.owner === 'own' && one.customer === 'own')
    const ownCase = records.find((one) => one.kind === 'case' && one.owner === 'own' && one.customer === 'own')
    const writes: [string, string, (id: string) => object, Kind | 'person'][] = [
      ['POST', '/api/v1/follow-ups', (id) => ({ ...newFollowUp(), customerId: customersOf.own, contactId: id }), 'contact'],
      ['POST', '/api/v1/follow-ups', (id) => ({ ...newFollowUp(), customerId: customersOf.own, parentId: id }), 'followUp'],
      [
        'POST',
        '/api/v1/follow-ups',
        (id) => ({ ...newFollowUp(), customerId: customersOf.own, receivableIds: [id] }),
        'receivable',
      ],
      ['POST', '/api/v1/follow-ups', (id) => ({ ...newFollowUp(), customerId: customersOf.own, ownerId: id }), 'person'],
      ['PATCH', `/api/v1/follow-ups/${ownFollowUp?.id}`, (id) => ({ contactId: id, version }), 'contact'],
      ['PATCH', `/api/v1/follow-ups/${ownFollowUp?.id}`, (id) => ({ parentId: id, version }), 'followUp'],
      ['PATCH', `/api/v1/follow-ups/${ownFollowUp?.id}`, (id) => ({ receivableIds: [id], version }), 'receivable'],
      ['PATCH', `/api/v1/follow-ups/${ownFollowUp?.id}`, (id) => ({ ownerId: id, version }), 'person'],
      ['POST', '/api/v1/interactions', (id) => ({ ...newInteraction(), customerId: customersOf.own, contactId: id }), 'contact'],
      ['POST', '/api/v1/interactions', (id) => ({ ...newInteraction(), customerId: customersOf.own, ownerId: id }), 'person'],
      [
        'POST',
        `/api/v1/interactions/${ownInteraction?.id}/follow-ups`,
        (id) => ({ ...aFollowUpBody, typeId, ownerId: id }),
        'person',
      ],
      ['POST', '/api/v1/cases', (id) => ({ subject: 'x', customerId: customersOf.own, contactId: id }), 'contact'],
      ['POST', '/api/v1/cases', (id) => ({ subject: 'x', customerId: customersOf.own, ownerId: id }), 'person'],
      ['POST', '/api/v1/cases', (id) => ({ subject: 'x', customerId: customersOf.own, interactionId: id }), 'interaction'],
      ['PATCH', `/api/v1/cases/${ownCase?.id}`, (id) => ({ contactId: id, version }), 'contact'],
      ['PATCH', `/api/v1/cases/${ownCase?.id}`, (id) => ({ ownerId: id, version }), 'person'],
      ['PATCH', `/api/v1/interactions/${ownInteraction?.id}`, (id) => ({ contactId: id, version }), 'contact'],
      ['PATCH', `/api/v1/interactions/${ownInteraction?.id}`, (id) => ({ ownerId: id, version }), 'person'],
      [
        'POST',
        '/api/v1/payments',
        (id) => ({
          customerId: customersOf.own,
          paidOn: '2026-03-10',
          currency: 'USD',
          amount: '1',
          applications: [{ receivableId: id, amount: '1' }],
        }),
        'receivable',
      ],
      [
        'POST',
        '/api/v1/promises',
        (id) => ({ customerId: customersOf.own, dueOn: '2026-03-12', items: [{ receivableId: id, amount: '1' }] }),
        'receivable',
      ],
    ]
    for (const [method, url, body, kind] of writes) {
      const ids =
        kind === 'person'
          ? owners.filter((owner) => !within(reader.level, owner)).map((owner) => people[owner])
          : hidden(reader, kind).map((record) => record.id)
      for (const id of ids) {
        const missing = randomUUID()
        const answer = await call(method, url, body(id))
        expect([method, url, answer.status]).toEqual([method, url, 422])
        expect(comparable(answer, id)).toEqual(comparable(await call(method, url, body(missing)), missing))
      }
    }
    for (const owner of owners.filter((one) => !within(reader.customerLevel, one))) {
      const facts = { issuedOn: '2026-03-01', dueOn: '2026-04-01', currency: 'USD', amount: '1' }
      const put = (name: string, customerExternalId: string) => [
        call('PUT', '/api/v1/receivables', { items: [{ ...facts, externalId: name, customerExternalId }] }),
        call('PUT', '/api/v1/payments', {
          items: [{ externalId: name, customerExternalId, paidOn: '2026-03-01', currency: 'USD', amount: '1', applications: [] }],
        }),
        call('PUT', '/api/v1/payments', {
          items: [
            {
              externalId: name,
              customerExternalId: externalIdOf('own'),
              paidOn: '2026-03-01',
              currency: 'USD',
              amount: '1',
              applications: [{ receivableExternalId: customerExternalId.replace('ext', 'open'), amount: '1' }],
            },
          ],
        }),
      ]
      const [answers, missing] = [await Promise.all(put('new', externalIdOf(owner))), await Promise.all(put('new', 'ext-nobody'))]
      for (const [index, answer] of answers.entries()) {
        expect(answer.status).toBe(422)
        expect(comparable(answer, owner)).toEqual(comparable(missing[index] ?? answer, 'nobody'))
      }
      // An external id can be taken once only, so here the refusal says that much and no more.
      const taken = await call('PUT', '/api/v1/customers', { items: [{ externalId: externalIdOf(owner), name: 'Mío' }] })
      expect([taken.status, JSON.stringify(taken.body?.errors)]).toEqual([422, expect.stringContaining('external-id-taken')])
    }
    expect(await stored()).toBe(before)
  })
})

test('a contact of another customer is not reached through a visible one', async () => {
  await become({ level: 1, customerLevel: 4 })
  const before = await stored()
  for (const contact of hidden({ level: 1, customerLevel: 4 }, 'contact')) {
    const url = `/api/v1/customers/${customersOf.own}/contacts/${contact.id}`
    expect((await call('PATCH', url, { name: 'Eva', version })).status).toBe(404)
    expect((await call('DELETE', url)).status).toBe(404)
    await db()
      .update(contacts)
      .set({ deletedAt: new Date('2026-03-01') })
      .where(eq(contacts.id, contact.id))
    for (const customerId of [customersOf.own, contact.customerId])
      expect((await call('POST', `/api/v1/customers/${customerId}/contacts/${contact.id}/restorations`)).status).toBe(404)
    await db().update(contacts).set({ deletedAt: null }).where(eq(contacts.id, contact.id))
  }
  expect(await stored()).toBe(before)
})

test('all reminders are read: those that the viewer sees, no others', async () => {
  const reader: Reader = { level: 4, customerLevel: 4 }
  const profile = await aProfile(db(), { ...reader })
  await db().update(users).set({ profileId: profile.id }).where(eq(users.id, me.user.id))
  expect((await call('POST', '/api/v1/reminders/readings')).status).toBe(204)
  const { rows } = await api.database.pool.query<{ id: string }>('select id from reminders where read_at is not null')
  expect(rows.map((row) => row.id)).toEqual(visible(reader, 'reminder').map((record) => record.id))
})

test('moving a person moves their past records at once, also for a token from before', async () => {
  const reader: Reader = { level: 3, customerLevel: 3 }
  const profile = await aProfile(db(), { ...reader })
  await db().update(users).set({ profileId: profile.id }).where(eq(users.id, me.user.id))
  const listed = [
    ['/api/v1/customers', 'customer'],
    ['/api/v1/notes', 'note'],
    ['/api/v1/follow-ups?state=all', 'followUp'],
    ['/api/v1/receivables', 'receivable'],
    ['/api/v1/payments', 'payment'],
    ['/api/v1/credit-notes', 'creditNote'],
    ['/api/v1/imports', 'import'],
    ['/api/v1/notices', 'notice'],
    ['/api/v1/promises', 'promise'],
    ['/api/v1/payment-claims', 'claim'],
    ['/api/v1/interactions', 'interaction'],
    ['/api/v1/interaction-entries', 'entry'],
    ['/api/v1/cases', 'case'],
  ] as const
  const seen = async () => {
    const found: Record<string, unknown[]> = {}
    for (const [url, kind] of listed) found[kind] = await idsOf(url)
    return found
  }
  const expected = (department: Owner[]) => {
    const inside = (owner: Owner | null) => owner === null || department.includes(owner)
    return Object.fromEntries(
      listed.map(([, kind]) => [
        kind,
        records
          .filter((record) => record.kind === kind && inside(record.owner) && inside(record.customer))
          .map((record) => record.id)
          .sort(),
      ]),
    )
  }
  const move = (owner: Owner, branchId: string, departmentId: string) =>
    db().update(users).set({ branchId, departmentId }).where(eq(users.id, people[owner]))
  expect(await seen()).toEqual(expected(['own', 'peer']))
  await move('far', place.branchId, place.departmentId)
  expect(await seen()).toEqual(expected(['own', 'peer', 'far']))
  await move('peer', place.branchId, place.otherDepartmentId)
  expect(await seen()).toEqual(expected(['own', 'far']))
  await move('own', place.branchId, place.otherDepartmentId)
  expect(await seen()).toEqual(expected(['own', 'peer', 'branch']))
  await move('own', place.otherBranchId, place.departmentId)
  expect(await seen()).toEqual(expected(['own']))
})

describe('people with a narrow level', () => {
  test('write a new customer by external id twice: it is theirs, and the second time changes nothing', async () => {
    const { headers, user } = await api.signedIn({ customerLevel: 4 })
    const items = [{ externalId: 'narrow-1', name: 'De quien lo trae' }]
    const put = async () => (await api.request().put('/api/v1/customers').set(headers).send({ items })).body
    expect(await put()).toEqual({ created: 1, changed: 0, unchanged: 0 })
    expect(await put()).toEqual({ created: 0, changed: 0, unchanged: 1 })
    const [row] = await db().select().from(customers).where(eq(customers.externalId, 'narrow-1'))
    expect(row).toMatchObject({ preferredAgentId: user.id, collectionsAgentId: null })
  })

  test('import a new customer, and its next file finds it', async () => {
    const { headers, user } = await api.signedIn({ customerLevel: 4 })
    const bring = async (row: string) => {
      const { id } = await checked(headers, row, { createCustomers: true })
      await api.request().post(`/api/v1/imports/${id}/runs`).set(headers).send({}).expect(202)
      await runImportJob.perform(api.ctx, { importId: id })
      return (await api.request().get(`/api/v1/imports/${id}`).set(headers).expect(200)).body.counts
    }
    expect(await bring('narrow-2,N-1,2026-01-13,2026-02-13,10.00')).toMatchObject({ create: 1, refused: 0 })
    expect(await bring('narrow-2,N-2,2026-01-13,2026-02-13,10.00')).toMatchObject({ create: 1, refused: 0 })
    const [row] = await db().select().from(customers).where(eq(customers.externalId, 'narrow-2'))
    expect(row?.preferredAgentId).toBe(user.id)
  })

  test('are named in the audit of the notices that their import switched on', async () => {
    const { headers, user } = await api.signedIn()
    const { id } = await checked(headers, 'narrow-4,N-4,2026-01-13,2026-02-13,10.00', {
      createCustomers: true,
      activateNotices: true,
    })
    await api.request().post(`/api/v1/imports/${id}/runs`).set(headers).send({}).expect(202)
    await runImportJob.perform(api.ctx, { importId: id })
    const { rows } = await api.database.pool.query(
      "select actor_id from audit_log where entity = 'notice-settings' and entity_id = 'many' and changes->>'customers' = '1'",
    )
    expect(rows).toEqual([{ actor_id: user.id }])
  })

  test('do not run what another prepared with permissions that they lack, nor with permissions taken away meanwhile', async () => {
    const chief = await api.signedIn()
    const options = { createCustomers: true, activateNotices: true }
    const { id } = await checked(chief.headers, 'narrow-3,N-3,2026-01-13,2026-02-13,10.00', options)
    const clerk = await api.signedIn({ permissions: ['import'] })
    const run = (headers: Record<string, string>) => api.request().post(`/api/v1/imports/${id}/runs`).set(headers).send({})
    expect((await run(clerk.headers)).body).toMatchObject({ status: 403, code: 'not-allowed' })
    await run(chief.headers).expect(202)
    const less = await aProfile(db(), { permissions: ['import', 'manage-notice-settings'] })
    await db().update(users).set({ profileId: less.id }).where(eq(users.id, chief.user.id))
    await runImportJob.perform(api.ctx, { importId: id })
    const after = await api.request().get(`/api/v1/imports/${id}`).set(chief.headers).expect(200)
    expect(after.body).toMatchObject({ state: 'failed', error: 'not-allowed' })
    expect(await db().select().from(customers).where(eq(customers.externalId, 'narrow-3'))).toEqual([])
  })
})

async function checked(headers: Record<string, string>, row: string, options: object) {
  const csv = `customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount\n${row}`
  const upload = api.request().post('/api/v1/imports').set(headers).attach('file', Buffer.from(csv), 'a.csv')
  const made = (await upload.expect(201)).body as { id: string; mapping: object }
  const mapping = { mapping: made.mapping, options }
  await api.request().put(`/api/v1/imports/${made.id}/mapping`).set(headers).send(mapping).expect(200)
  await api.request().post(`/api/v1/imports/${made.id}/checks`).set(headers).expect(200)
  return made
}
