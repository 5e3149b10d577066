import { randomUUID } from 'node:crypto'
import { auditLog } from '@cartera/db/schema/audit'
import { caseComments } from '@cartera/db/schema/cases'
import { contactAttempts, contacts, customerImages, notes } from '@cartera/db/schema/customers'
import { customerFileMails, customerFiles } from '@cartera/db/schema/files'
import {
  followUpActivities,
  followUpAttachments,
  followUpDocuments,
  followUpObservations,
  followUpProgress,
  postponements,
} from '@cartera/db/schema/follow-ups'
import { handoverChanges, handoverMoves, handovers } from '@cartera/db/schema/handovers'
import { interactionEntries, interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { interests } from '@cartera/db/schema/interests'
import { mailboxMessages, noticeItems, noticeMessages, noticePauses, noticeRecipients } from '@cartera/db/schema/notices'
import { opportunities, opportunityStages } from '@cartera/db/schema/opportunities'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import { paymentClaims, paymentClaimVouchers } from '@cartera/db/schema/portal'
import { quoteLines, quotes } from '@cartera/db/schema/quotes'
import { disputes, payments, promiseItems, promises, receivableExtensions } from '@cartera/db/schema/receivables'
import { renewals } from '@cartera/db/schema/renewals'
import {
  aBranch,
  aCase,
  aCompany,
  aCustomer,
  aDepartment,
  aFollowUp,
  aFollowUpType,
  aProduct,
  aProfile,
  aReceivable,
  aUser,
} from '@cartera/db/testing/builders'
import { digestMail } from '@cartera/use-cases/digests/digest-mail'
import { findViewerByUser } from '@cartera/use-cases/session/find-viewer'
import { openSession } from '@cartera/use-cases/session/sign-in'
import { readPdfPages } from '@cartera/use-cases/testing/read-pdf'
import { eq } from 'drizzle-orm'
import { unzipSync } from 'fflate'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { registered } from './route.ts'
import { testApi } from './testing/test-api.ts'

// What answers contain, not which records they list: every text in the database carries a mark of its own, and an oracle written from product.md
// section 1 and docs/decisions/0008 alone says for each person which marks may reach them. Every read, export, paper and digest is searched for others.

const api = testApi()
const db = () => api.database.db
const day = '2026-03-11'
/** One point, drawn. */
const aWebp = 'UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAgA0JaQAA3AA/vuUAAA='

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
type Mark = { what: string; client: number } & (
  | { as: 'client' }
  | { as: 'notice' }
  | { as: 'record'; owner: number }
  /** A record that was deleted: level 1 alone may find it, where it restores. */
  | { as: 'deleted'; owner: number }
  /** What belongs to no customer: seen as its author's. */
  | { as: 'authored'; owner: number }
)

/** A record that has an address of its own, and who may read it there. */
interface Addressed {
  /** The first part of its address. */
  under: string
  id: string
  mark: Mark
  /** A part of an address below it, by its name in the contract. */
  part?: Record<string, string>
}

const amountOf = (client: number) => 1000n * BigInt(client + 1) + 7n

async function build(world: World) {
  await api.database.pool.query(`truncate company, holidays, interaction_topics, follow_up_activities, follow_up_documents, notice_rules, notice_rule_versions, branches, departments, users, access_profiles, customers,
    follow_up_types cascade`)
  const marks: Mark[] = []
  const addressed: Addressed[] = []
  const mark = (one: Mark) => {
    marks.push(one)
    return `zq${marks.length - 1}z`
  }
  const branches = [await aBranch(db()), await aBranch(db())]
  const departments = [await aDepartment(db()), await aDepartment(db())]
  const people: Awaited<ReturnType<typeof aUser>>[] = []
  for (const one of world.people)
    people.push(
      await aUser(db(), {
        branchId: branches[one.branch]?.id ?? '',
        departmentId: departments[one.department]?.id ?? '',
        profileId: (await aProfile(db(), { level: one.level, customerLevel: one.customerLevel })).id,
      }),
    )
  const idOf = (person: number | null) => (person === null ? null : (people[person]?.id ?? ''))
  await aCompany(db(), { noticeActive: true, administratorId: idOf(0) })
  const rule = (await api.database.pool.query<{ id: string }>('select id from notice_rules order by code')).rows[0]?.id ?? ''
  const type = await aFollowUpType(db())
  const [topic] = await db().insert(interactionTopics).values({ name: 'Consulta' }).returning()
  const [paper] = await db()
    .insert(followUpDocuments)
    .values({ name: 'Circular', title: 'Circular', body: 'Estimados' })
    .returning()
  const [activity] = await db().insert(followUpActivities).values({ name: 'Llamada' }).returning()
  const ids: {
    customer: string
    receivables: string[]
    notice: string
    documents: string[]
    payment: string
    promise: string
  }[] = []
  const [stage] = await db()
    .insert(opportunityStages)
    .values({ name: `Prospecto ${randomUUID()}`, position: 1, probability: 10 })
    .returning()
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
    const address = (under: string, id: string | undefined, as: Mark['as'] = 'client', part?: Record<string, string>) =>
      addressed.push({ under, id: id ?? '', mark: { what: under, client, as } as Mark, ...(part ? { part } : {}) })
    const [contact] = await db()
      .insert(contacts)
      .values({
        customerId,
        name: own('contact'),
        email: `${own('contact address')}@cliente.test`,
        wrongPersonNote: own('wrong person'),
      })
      .returning()
    address('customers', customerId, 'client', { contactId: contact?.id ?? '' })
    await db()
      .insert(customerImages)
      .values({
        customerId,
        content: Buffer.from(aWebp, 'base64'),
        hash: 'ab'.repeat(32),
        updatedAt: new Date(`${day}T14:00:00Z`),
      })
    const [claim] = await db()
      .insert(paymentClaims)
      .values({
        customerId,
        contactId: contact?.id ?? '',
        paidOn: '2026-03-01',
        currency: 'USD',
        amountMinor: 100n,
        reference: own('claim'),
        comment: own('comment of a claim'),
      })
      .returning()
    await db()
      .insert(paymentClaimVouchers)
      .values({
        claimId: claim?.id ?? '',
        name: `${own('voucher')}.pdf`,
        mediaType: 'text/plain',
        size: 4,
        content: Buffer.from(own('content of a voucher')),
      })
    address('payment-claims', claim?.id)
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
    const product = await aProduct(db())
    await db()
      .insert(interests)
      .values({ customerId, productId: product.id, shownOn: '2026-03-01', note: own('interest') })
    // Enough for every pair of a reader and an owner, over customers of three kinds.
    for (const owner of client < 3 ? world.people.keys() : []) {
      const words = (what: string) => mark({ what, client, as: 'record', owner })
      const ownerId = idOf(owner) ?? ''
      const record = (under: string, id: string | undefined) =>
        addressed.push({ under, id: id ?? '', mark: { what: under, client, as: 'record', owner } })
      const [note] = await db()
        .insert(notes)
        .values({ customerId, authorId: ownerId, body: words('note'), treatment: words('treatment') })
        .returning()
      record('notes', note?.id)
      const [renewal] = await db()
        .insert(renewals)
        .values({
          customerId,
          productId: product.id,
          ownerId,
          everyMonths: 12,
          anchorDay: 1,
          nextOn: '2026-04-01',
          note: words('renewal'),
        })
        .returning()
      record('renewals', renewal?.id)
      for (const deletedAt of [null, new Date(`${day}T12:00:00Z`)]) {
        const said = (what: string) => (deletedAt ? mark({ what: `deleted ${what}`, client, as: 'deleted', owner }) : words(what))
        const one = await aCase(db(), {
          customerId,
          ownerId,
          subject: said('case'),
          description: said('description of a case'),
          deletedAt,
        })
        await db()
          .insert(caseComments)
          .values({ caseId: one.id, body: said('comment'), writtenAt: new Date(`${day}T12:00:00Z`), authorId: ownerId })
        if (!deletedAt) record('cases', one.id)
      }
      const [quote] = await db()
        .insert(quotes)
        .values({
          customerId,
          ownerId,
          subject: words('quote'),
          currency: 'USD',
          language: 'es',
          validUntil: '2026-04-01',
          terms: words('terms'),
          notes: words('notes of a quote'),
          netMinor: 100n,
          taxMinor: 0n,
          totalMinor: 100n,
          createdBy: ownerId,
        })
        .returning()
      await db()
        .insert(quoteLines)
        .values({ quoteId: quote?.id ?? '', position: 0, description: words('line'), quantity: '1', unitPriceMinor: 100n })
      record('quotes', quote?.id)
      const [opportunity] = await db()
        .insert(opportunities)
        .values({
          customerId,
          ownerId,
          stageId: stage?.id ?? '',
          name: words('opportunity'),
          description: words('description of an opportunity'),
          amountMinor: 100n,
          currency: 'USD',
          probability: 10,
          expectedOn: '2026-04-01',
        })
        .returning()
      record('opportunities', opportunity?.id)
      const [handover] = await db()
        .insert(handovers)
        .values({
          role: 'preferred',
          state: 'done',
          startsOn: '2026-03-01',
          movesFollowUps: true,
          movesInteractions: true,
          note: mark({ what: 'handover', client, as: 'authored', owner }),
          createdBy: ownerId,
          carriedOutAt: new Date(`${day}T12:00:00Z`),
        })
        .returning()
      const handoverId = handover?.id ?? ''
      addressed.push({ under: 'handovers', id: handoverId, mark: { what: 'handover', client, as: 'authored', owner } })
      const moved = { handoverId, fromUserId: ownerId, toUserId: idOf((owner + 1) % world.people.length) ?? '' }
      await db()
        .insert(handoverMoves)
        .values({ ...moved, customers: 1 })
      await db()
        .insert(handoverChanges)
        .values({ ...moved, kind: 'customer', recordId: customerId })
      for (const deletedAt of [null, new Date(`${day}T12:00:00Z`)]) {
        const said = (what: string) => (deletedAt ? mark({ what: `deleted ${what}`, client, as: 'deleted', owner }) : words(what))
        const [interaction] = await db()
          .insert(interactions)
          .values({
            customerId,
            topicId: topic?.id ?? '',
            ownerId,
            happenedAt: new Date(`${day}T14:00:00Z`),
            contactName: said('contact of an interaction'),
            salesContact: said('sales contact'),
            reference: said('reference'),
            unansweredSince: new Date(`${day}T14:00:00Z`),
            lastEntryAt: new Date(`${day}T14:00:00Z`),
            lastEntryName: said('name of the newest entry'),
            deletedAt,
          })
          .returning()
        for (const kind of ['internal', 'incoming', 'outgoing'] as const)
          await db()
            .insert(interactionEntries)
            .values({
              interactionId: interaction?.id ?? '',
              kind,
              entryName: said('entry name'),
              body: said(`${kind} entry`),
              writtenAt: new Date(`${day}T14:00:00Z`),
              authorId: ownerId,
            })
        if (!deletedAt) record('interactions', interaction?.id)
      }
      for (const fileDeleted of [null, new Date(`${day}T15:00:00Z`)]) {
        const said = (what: string) =>
          fileDeleted ? mark({ what: `deleted ${what}`, client, as: 'deleted', owner }) : words(what)
        const [file] = await db()
          .insert(customerFiles)
          .values({
            customerId,
            ownerId,
            state: 'kept',
            name: `${said('file')}.eml`,
            description: said('description of a file'),
            kind: 'mail',
            size: 1,
            sha256: 'x',
            hasPreview: true,
            happenedAt: new Date(`${day}T14:00:00Z`),
            deletedAt: fileDeleted,
          })
          .returning()
        await db()
          .insert(customerFileMails)
          .values({
            fileId: file?.id ?? '',
            fromName: said('sender of a mail'),
            fromAddress: '',
            recipients: [{ name: said('recipient of a mail'), address: '', as: 'to' }],
            subject: said('subject of a mail'),
            html: said('html of a mail'),
            body: said('body of a mail'),
            attachments: [{ index: 0, name: said('attachment of a mail'), size: 1 }],
          })
        const mail = `Subject: ${said('subject of a mail')}\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=x.pdf\r\n\r\n${said('bytes of an attachment')}`
        await api.ctx.files.put(file?.id ?? '', Buffer.from(mail))
        await api.ctx.files.put(`${file?.id}.preview`, Buffer.from(said('preview of a file')))
        if (fileDeleted === null)
          addressed.push({
            under: 'files',
            id: file?.id ?? '',
            mark: { what: 'files', client, as: 'record', owner },
            part: { index: '0' },
          })
      }
      await db()
        .insert(contactAttempts)
        .values({
          customerId,
          channel: 'call',
          at: new Date('2026-03-09T15:00:00Z'),
          outcome: words('contact attempt'),
          recordedBy: idOf(owner),
        })
      const followUp = await aFollowUp(db(), {
        customerId,
        ownerId,
        typeId: type.id,
        subject: words('follow-up'),
        description: words('description'),
      })
      record('follow-ups', followUp.id)
      await db()
        .insert(auditLog)
        .values({
          at: new Date(`${day}T13:00:00Z`),
          actorId: ownerId,
          action: 'change',
          entity: 'follow-up',
          entityId: followUp.id,
          changes: { subject: [words('former subject'), 'Nuevo'] },
        })
      const [attachment] = await db()
        .insert(followUpAttachments)
        .values({
          followUpId: followUp.id,
          documentId: paper?.id ?? '',
          name: `${words('attachment')}.pdf`,
          content: Buffer.from(words('content of an attachment')),
          createdBy: ownerId,
        })
        .returning()
      record('follow-up-attachments', attachment?.id)
      const at = new Date('2026-03-10T15:00:00Z')
      await db()
        .insert(followUpObservations)
        .values({ followUpId: followUp.id, body: words('observation'), observedAt: at, authorId: ownerId })
      await db()
        .insert(followUpProgress)
        .values({
          followUpId: followUp.id,
          activityId: activity?.id ?? '',
          comment: words('progress'),
          doneAt: at,
          doneBy: ownerId,
        })
      await db()
        .insert(postponements)
        .values({
          followUpId: followUp.id,
          hours: 4,
          fromDueAt: at,
          toDueAt: new Date('2026-03-10T19:00:00Z'),
          reason: words('reason of a postponement'),
          postponedBy: ownerId,
          postponedAt: at,
        })
    }
    for (const receivable of [old, soon]) {
      address('receivables', receivable.id)
      address('documents', receivable.documentId)
    }
    address('payments', payment?.id)
    address('promises', promise?.id)
    address('notices', messageId, 'notice')
    ids.push({
      customer: customerId,
      receivables: [old.id, soon.id],
      notice: messageId,
      documents: [old.documentId, soon.documentId],
      payment: payment?.id ?? '',
      promise: promise?.id ?? '',
    })
  }
  return { marks, users: people, ids, addressed, branches, departments }
}

/** Everything that can be read in an answer: JSON and text as it is, Excel and ZIP unpacked, PDF as its words. */
function wordsOf(type: string, body: Buffer): string {
  if (type.includes('pdf') && body.subarray(0, 4).toString() === '%PDF') return readPdfPages(body).join('\n')
  if (!type.includes('zip') && !type.includes('spreadsheet')) return body.toString('utf8')
  return Object.entries(unzipSync(new Uint8Array(body)))
    .map(
      ([name, part]) =>
        `${name}\n${name.endsWith('.pdf') ? readPdfPages(Buffer.from(part)).join('\n') : Buffer.from(part).toString('utf8')}`,
    )
    .join('\n')
}

/** Reads whose addresses need more than a limit to answer. */
const queries: Record<string, string> = {
  '/api/v1/agenda': 'from=2026-02-20&to=2026-04-01&state=all',
  '/api/v1/notices/plan': `on=${day}`,
  '/api/v1/notices/plan-messages': `on=${day}&limit=200`,
  '/api/v1/notices/simulation': `from=${day}&days=14`,
  '/api/v1/portfolio/breakdown': 'by=agent',
  '/api/v1/portfolio/coverage': 'by=agent',
  '/api/v1/promise-records': 'by=customer',
  '/api/v1/customers/values': 'field=city',
  '/api/v1/customers/duplicates': 'name=Cliente',
  '/api/v1/duplicate-groups': 'reason=nearName',
  '/api/v1/follow-ups': 'state=all&limit=200',
  '/api/v1/handovers/agents': 'role=preferred',
}
/** Reads that say nothing of customers (the company, its people and catalogues), or are searched elsewhere: the live stream in live.test.ts,
 * the audit log by its permission, what level 1 alone reads, files that a person has made below, two customers
 * side by side in merges.test.ts of the use cases. */
const elsewhere =
  /^\/api\/v1\/(events|record-changes|sight|audit|access-profiles|balance-sources|bank-details|company|custom-fields|saved-views|exports|customer-groups|finance-settings|follow-up-documents|holidays|imports|mail-accounts|me|notice-rules|set-up|users|portal|credit-notes\/:id|customers\/:id\/merge-preview)(\/|$)/

/** Every read that the API serves, each with the parameters of its address: a new one is searched without being named here. */
const reads = () =>
  [...new Map(registered.map((endpoint) => [`${endpoint.method} ${endpoint.url}`, endpoint])).values()].filter(
    (endpoint) => endpoint.method === 'GET' && !elsewhere.test(endpoint.url),
  )
/** The most rows that it takes to ask for. */
const limited = ({ query }: { query?: z.ZodType }) => {
  const most = ['200', '100', '50'].find((limit) => query?.safeParse({ limit }).success)
  return most === undefined ? '' : `?limit=${most}`
}

async function checkWorld(world: World, built: Awaited<ReturnType<typeof build>>, tokens: readonly string[], files: boolean) {
  const { marks, users, ids, addressed } = built
  for (const who of world.people.keys()) {
    const user = users[who]
    if (!user) continue
    const allowed = (one: Mark) =>
      one.as === 'client'
        ? seesClient(world, who, one.client)
        : one.as === 'notice'
          ? seesNotices(world, who, one.client)
          : one.as === 'deleted'
            ? world.people[who]?.level === 1 && seesClient(world, who, one.client)
            : one.as === 'authored'
              ? within(world, world.people[who]?.level ?? 4, who, one.owner)
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
        headers: { authorization: `Bearer ${tokens[who]}` },
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

    // Every read there is. What is refused would tell nothing and so prove nothing: everyone here has every permission.
    for (const endpoint of reads()) {
      const url = endpoint.url.replace('/api/v1', '')
      if (!files && /\.(pdf|zip|xlsx)$|workbook|\/pdf$|mail-attachments/.test(url)) continue
      if (!url.includes('/:')) {
        const query = queries[endpoint.url]
        const address = query === undefined ? `${url}${limited(endpoint)}` : `${url}?${query}`
        const onlyFirst = ['/deleted-interactions', '/deleted-files', '/trash'].includes(url) && world.people[who]?.level !== 1
        expect([address, (await read(address)).status]).toEqual([address, onlyFirst ? 403 : 200])
        continue
      }
      const records = addressed.filter((one) => url.startsWith(`/${one.under}/:`))
      expect([endpoint.url, records.length > 0]).toEqual([endpoint.url, true])
      for (const one of records) {
        const address = url.replace(/:(\w+)/g, (_, name: string) => (name === 'id' ? one.id : (one.part?.[name] ?? '')))
        // Who sees the customer and not its notices is not told that there is one.
        const mark: Mark = url.endsWith('/notice-explanation') ? ({ ...one.mark, as: 'notice' } as Mark) : one.mark
        expect([address, (await read(`${address}${limited(endpoint)}`)).status]).toEqual([address, allowed(mark) ? 200 : 404])
      }
    }
    for (const url of [
      '/notices/plan-messages?on=2026-03-10',
      '/portfolio/breakdown?by=branch&asOf=2026-03-01',
      '/notes?latest=3&limit=200',
    ])
      expect([url, (await read(url)).status]).toEqual([url, 200])
    for (const { under, id, mark } of addressed) {
      if (under !== 'follow-ups') continue
      const changes = await read(`/record-changes?entity=follow-up&id=${id}`)
      expect([under, changes.status, changes.found.length > 0]).toEqual([under, allowed(mark) ? 200 : 404, allowed(mark)])
    }
    for (const own of ids) await read(`/customers/${own.customer}/notice-previews`, { kind: 'overdue' })

    // The timeline says the same of follow-ups as they do themselves.
    for (const [client, { customer }] of ids.entries()) {
      const answers = [await read(`/customers/${customer}/timeline?limit=100`)]
      for (const kind of ['observation', 'progress', 'follow-up-document'])
        answers.push(await read(`/customers/${customer}/timeline?limit=100&kind=${kind}`))
      const found = answers.flatMap((answer) => answer.found)
      for (const what of ['observation', 'progress', 'attachment'])
        expect([what, who, client, new Set(found.filter((one) => one?.what === what)).size]).toEqual([
          what,
          who,
          client,
          marks.filter((one) => one.what === what && one.client === client && allowed(one)).length,
        ])
    }

    // Lists, single reads and exports tell of the same ones.
    expect(told((await read('/portfolio/customers?limit=200')).found, 'name')).toEqual(clients)
    expect(told((await read('/notices?limit=200')).found, 'subject')).toEqual(noticed)
    const recordsOf = (what: string) => marks.filter((one) => one.what === what && allowed(one)).map((one) => one.client)
    for (const [what, urls] of [
      ['note', ['/notes?limit=200', '/notes.pdf']],
      ['follow-up', ['/follow-ups?state=all&limit=200', '/follow-up-register?limit=200', '/follow-up-register.xlsx']],
      ['name of the newest entry', ['/interactions?limit=200']],
      ['internal entry', ['/interaction-entries?limit=200', '/interaction-entries/workbook', '/interaction-entries/pdf']],
      ['claim', ['/payment-claims?limit=200']],
    ] as const)
      for (const url of urls)
        if (files || !/xlsx|pdf|workbook/.test(url))
          expect([url, told((await read(url)).found, what)]).toEqual([url, recordsOf(what)])
    const sum = clients.reduce((all, client) => all + 2n * amountOf(client), 0n)
    const cents = (text: string | undefined) => BigInt((text ?? '0.00').replace('.', ''))
    for (const url of ['/portfolio/totals', '/receivables/aging'])
      expect([url, cents(((await read(url)).json() as { totals: { balance: string }[] }).totals[0]?.balance)]).toEqual([url, sum])
    if (!files) continue
    // A list that is made into a file carries what the list says, and no more.
    for (const [list, what, filters] of [
      ['customers', 'name', {}],
      ['receivables', 'name', {}],
      ['promises', 'promise', {}],
      ['payment-claims', 'claim', {}],
      ['follow-ups', 'follow-up', { state: 'all' }],
      ['interactions', 'reference', {}],
      ['notes', 'note', {}],
      ['notes', 'note', { grouped: 'true' }],
      ['notes', 'note', { latest: '20' }],
      ['contacts', 'contact', {}],
      ['notices', 'subject', {}],
      ['handovers', 'handover', {}],
      ['files', 'file', {}],
      ['interests', 'interest', {}],
      ['renewals', 'renewal', {}],
    ] as const)
      for (const format of ['csv', 'xlsx']) {
        const made = await read('/exports', { list, format, filters })
        expect([list, made.status]).toEqual([list, 201])
        const file = await read(`/exports/${(made.json() as { id: string }).id}/file`)
        const expected = marks.filter((one) => one.what === what && allowed(one)).map((one) => one.client)
        expect([list, format, [...told(file.found, what)].sort()]).toEqual([list, format, expected.sort()])
      }
    expect(told((await read('/portfolio/workbook')).found, 'name')).toEqual(clients)
    const viewer = await findViewerByUser(api.ctx, user.id)
    if (!viewer) throw new Error('no viewer')
    const digest = await digestMail(api.ctx, viewer, day, 'es')
    if (!digest) throw new Error('no digest')
    const sheet = digest.attachment ? wordsOf(digest.attachment.type, Buffer.from(digest.attachment.content)) : ''
    expect(told(search('digest', `${digest.subject} ${digest.html} ${digest.text} ${sheet}`), 'failed address')).toEqual(noticed)
  }
}

async function tokenOf(userId: string): Promise<string> {
  const session = await openSession(api.ctx, userId)
  const seconds = Math.floor(api.ctx.now().getTime() / 1000)
  return api.app.jwt.sign({ sub: userId, sid: session.sessionId, iat: seconds, exp: seconds + 900 } as never)
}

test.each([1, 2, 3])(
  'world %i: no answer, export, paper or digest carries a word that its reader may not see; after people moved and levels changed, neither, with the tokens of before',
  async (seed) => {
    const world = worldOf(seed)
    api.ctx.at(`${day}T15:00:00Z`)
    const built = await build(world)
    const tokens: string[] = []
    for (const user of built.users) tokens.push(await tokenOf(user.id))
    await checkWorld(world, built, tokens, true)

    // Another world's people, with this one's records: everybody stands and sees as those do.
    const after: World = { ...world, people: worldOf(seed + 100).people }
    for (const [who, user] of built.users.entries()) {
      const one = after.people[who]
      if (!one) continue
      await db()
        .update(users)
        .set({ branchId: built.branches[one.branch]?.id ?? '', departmentId: built.departments[one.department]?.id ?? '' })
        .where(eq(users.id, user.id))
      await db()
        .update(accessProfiles)
        .set({ level: one.level, customerLevel: one.customerLevel })
        .where(eq(accessProfiles.id, user.profileId))
    }
    await checkWorld(after, built, tokens, false)

    const left = built.users[1]
    await db()
      .update(users)
      .set({ active: false })
      .where(eq(users.id, left?.id ?? ''))
    for (const endpoint of reads().filter((each) => !each.url.includes('/:'))) {
      const answer = await api.app.inject({ method: 'GET', url: endpoint.url, headers: { authorization: `Bearer ${tokens[1]}` } })
      expect([endpoint.url, answer.statusCode]).toEqual([endpoint.url, 401])
    }
  },
  300_000,
)
