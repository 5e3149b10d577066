import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { noticeEvents, noticeMessages } from '@cartera/db/schema/notices'
import { companyLogo, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { safeFileName } from '@cartera/domain/file-name'
import { asc, eq } from 'drizzle-orm'
import { Zip, ZipDeflate } from 'fflate'
import PostalMime from 'postal-mime'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { type PdfBlock, renderPdf } from '../exports/render-pdf.ts'
import { sayDay } from '../notices/notice-words.ts'
import { findStatement, type Statement, statementPeriod } from '../statements/find-statement.ts'
import { accountBlocks, makeStatementPdf } from '../statements/statement-pdf.ts'
import { type CollectionFacts, collectionFacts, filedNotices } from './collection-facts.ts'
import { type CollectionLanguage, collectionWords, fillWords } from './collection-words.ts'

/** An instant on the company's clock, `2026-03-02 10:00`: the same in both languages, and it sorts. */
function sayInstant(instant: Date | string, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'short' })
  return parts.format(new Date(instant))
}

/** The most mails whose text the paper shows; the ZIP has them all. */
const mostMailsOnPaper = 100

interface Made {
  facts: CollectionFacts
  /** At this day, for the last 90 days. */
  statement: Statement
  language: CollectionLanguage
  timeZone: string
  today: string
  who: string
}

async function prepare(ctx: AppContext, viewer: Viewer, customerId: string): Promise<Made> {
  const facts = await collectionFacts(ctx, viewer, customerId)
  const { timeZone } = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), timeZone)
  const statement = await findStatement(ctx.db, customerId, await statementPeriod(ctx, { from: undefined, to: today }))
  return { facts, statement, language: facts.language, timeZone, today, who: viewer.name }
}

const audited = (ctx: AppContext, viewer: Viewer, customerId: string, form: 'zip' | 'pdf') =>
  ctx.db.transaction((tx) =>
    recordAudit(tx, ctx, viewer, { action: 'export', entity: 'collection-file', entityId: customerId, changes: { form } }),
  )

function blocksOf({ facts, language, timeZone }: Made): PdfBlock[] {
  const words = collectionWords[language]
  const day = (value: string) => sayDay(value, language)
  const at = (value: Date | string) => sayInstant(value, timeZone)
  const section = (title: string, columns: string[], rows: string[][], more: boolean | string, wide: number): PdfBlock[] => [
    { kind: 'heading', text: title },
    {
      kind: 'table',
      columns: columns.map((each, index) => ({ title: each, width: index === wide ? 'rest' : 'fit' })),
      rows,
      empty: words.nothing,
    },
    ...(more === false
      ? []
      : [
          {
            kind: 'text' as const,
            tone: 'muted' as const,
            text: more === true ? fillWords(words.more, { shown: rows.length }) : more,
          },
        ]),
  ]
  const { customer } = facts
  return [
    {
      kind: 'facts',
      rows: [
        [words.customer, customer.name],
        [words.code, customer.code],
        [words.taxId, customer.taxId ?? '-'],
        [words.address, [customer.address, customer.city].filter(Boolean).join(', ') || '-'],
        [words.email, customer.email ?? '-'],
        [words.phone, [customer.phone, customer.mobile].filter(Boolean).join(', ') || '-'],
        [words.agent, facts.agentName ?? '-'],
      ],
    },
    ...(facts.seesNotices
      ? [
          ...section(
            words.notices,
            [words.day, words.kind, words.subject, words.to, words.state, words.answer],
            facts.notices.map((notice) => [
              notice.sentAt === null ? day(notice.planOn) : at(notice.sentAt),
              words.kinds[notice.kind],
              notice.subject ?? '',
              notice.recipients.map((one) => one.address).join(', '),
              words.noticeStates[notice.state],
              notice.smtpResponse ?? '',
            ]),
            facts.noticeCount > facts.notices.length
              ? fillWords(words.left, { shown: facts.notices.length, count: facts.noticeCount })
              : false,
            2,
          ),
          ...(facts.noticeCount > 0 ? [{ kind: 'text' as const, tone: 'muted' as const, text: words.noticesText }] : []),
          ...section(
            words.answers,
            [words.day, words.kind, words.from, words.subject, words.text],
            facts.answers.items.map((answer) => [
              at(answer.received_at),
              words.answerKinds[answer.kind === 'bounce' && answer.permanent === false ? 'passing' : answer.kind],
              answer.address,
              answer.subject,
              answer.text ?? '',
            ]),
            facts.answers.more,
            4,
          ),
        ]
      : [
          { kind: 'heading' as const, text: words.notices },
          { kind: 'text' as const, text: words.noticesHidden },
        ]),
    ...section(
      words.promises,
      [words.day, words.dueOn, words.document, words.amount, words.received, words.state, words.by],
      facts.promises.items.map((promise) => [
        day(promise.promisedOn),
        day(promise.dueOn),
        promise.items.map((item) => item.number).join(', '),
        `${promise.currency} ${promise.amount}`,
        promise.received,
        words.promiseStates[promise.state],
        promise.recordedBy?.name ?? '',
      ]),
      facts.promises.more,
      2,
    ),
    ...section(
      words.disputes,
      [words.day, words.document, words.reason, words.result, words.by],
      facts.disputes.items.map((dispute) => [
        at(dispute.opened_at),
        dispute.number,
        [dispute.reason, dispute.resolution ?? ''].filter(Boolean).join(' / '),
        words.results[dispute.result ?? (dispute.ended_at === null ? 'open' : 'none')],
        dispute.opened_by ?? '',
      ]),
      facts.disputes.more,
      2,
    ),
    ...section(
      words.extensions,
      [words.day, words.document, words.dueOn, words.newDueOn, words.reason, words.by],
      facts.extensions.items.map((extension) => [
        at(extension.created_at),
        extension.instalment > 1 ? `${extension.number} / ${extension.instalment}` : extension.number,
        day(extension.from_due_on),
        day(extension.to_due_on),
        extension.reason,
        extension.granted_by ?? '',
      ]),
      facts.extensions.more,
      4,
    ),
    ...section(
      words.contacts,
      [words.day, words.channel, words.outcome, words.by],
      facts.contacts.items.map((contact) => [
        at(contact.at),
        words.channels[contact.channel],
        contact.outcome ?? (contact.noticeId === null ? '' : words.notices),
        contact.recordedBy?.name ?? '',
      ]),
      facts.contacts.more,
      2,
    ),
    ...section(
      words.notes,
      [words.day, words.text, words.by],
      facts.notes.items.map((note) => [
        at(note.createdAt),
        [note.body, note.treatment ?? ''].filter(Boolean).join('\n'),
        note.author.name,
      ]),
      facts.notes.more,
      1,
    ),
    ...section(
      words.followUps,
      [words.day, words.subject, words.state, words.owner],
      facts.followUps.items.map((followUp) => [
        at(followUp.dueAt),
        [followUp.subject, followUp.endReason ?? ''].filter(Boolean).join(' / '),
        words.followUpStates[followUp.state],
        followUp.owner.name,
      ]),
      facts.followUps.more,
      1,
    ),
  ]
}

/** What the notices said, read from the mails as they were handed over: the latest ones. */
async function mailBlocks(ctx: AppContext, { facts, language, timeZone }: Made): Promise<PdfBlock[]> {
  const words = collectionWords[language]
  const shown = facts.notices.slice(-mostMailsOnPaper)
  if (shown.length === 0) return []
  const blocks: PdfBlock[] = [{ kind: 'page-break' }, { kind: 'heading', text: words.texts }]
  if (facts.noticeCount > shown.length)
    blocks.push({
      kind: 'text',
      tone: 'muted',
      text: fillWords(words.textsLeft, { shown: shown.length, count: facts.noticeCount }),
    })
  for (const notice of shown) {
    const [stored] = await ctx.db
      .select({ source: noticeMessages.source })
      .from(noticeMessages)
      .where(eq(noticeMessages.id, notice.id))
    const mail = stored?.source ? await PostalMime.parse(stored.source) : null
    blocks.push(
      { kind: 'text', tone: 'strong', text: mail?.subject ?? notice.subject ?? words.kinds[notice.kind] },
      {
        kind: 'facts',
        rows: [
          [words.day, notice.sentAt === null ? sayDay(notice.planOn, language) : sayInstant(notice.sentAt, timeZone)],
          [words.state, words.noticeStates[notice.state]],
          [words.from, notice.senderAddress ?? '-'],
          [words.to, notice.recipients.map((one) => one.address).join(', ') || '-'],
          [words.answer, notice.smtpResponse ?? '-'],
          [words.messageId, notice.messageId],
        ],
      },
      { kind: 'text', tone: 'small', text: mail?.text?.trim() || words.noText },
    )
  }
  return blocks
}

async function paperOf(ctx: AppContext, made: Made): Promise<Buffer> {
  const { facts, statement, language, timeZone, today, who } = made
  const words = collectionWords[language]
  const company = await findCompany(ctx.db)
  const [logo] = await ctx.db.select().from(companyLogo)
  return renderPdf({
    title: words.title,
    subtitle: `${facts.customer.name} · ${fillWords(words.asOf, { day: sayDay(today, language) })}`,
    language,
    company: { name: company.name, taxId: company.taxId },
    logo: logo?.content ?? null,
    foot: `${facts.customer.code} · ${fillWords(words.made, { at: sayInstant(ctx.now(), timeZone), who })}`,
    madeAt: ctx.now(),
    orientation: 'landscape',
    blocks: [
      ...blocksOf(made),
      { kind: 'page-break' },
      { kind: 'heading', text: fillWords(words.statement, { day: sayDay(today, language) }) },
      ...(statement.accounts.length === 0 ? [{ kind: 'text' as const, text: words.nothing }] : []),
      ...statement.accounts.flatMap((account) => accountBlocks(account, statement, language, company.locale)),
      ...(await mailBlocks(ctx, made)),
    ],
  })
}

/** The collection file of a customer on paper. Audited. Refuses `not-found`, `not-allowed`. */
export async function collectionPaper(ctx: AppContext, viewer: Viewer, customerId: string) {
  const made = await prepare(ctx, viewer, customerId)
  const pdf = await paperOf(ctx, made)
  await audited(ctx, viewer, customerId, 'pdf')
  return { fileName: `${fileNameOf(made)}.pdf`, pdf }
}

const fileNameOf = ({ facts, language, today }: Made) =>
  `${collectionWords[language].file}-${safeFileName(facts.customer.code)}-${today}`

/**
 * The collection file of a customer as ZIP: the paper, the statement at this day, every notice exactly as it was handed to the server with its answer and
 * events, and an index with the SHA-256 of each part. Streamed: one mail at a time is in memory, however many there are. Audited. Refuses `not-found`,
 * `not-allowed`, before anything is sent.
 */
export async function collectionZip(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
): Promise<{ fileName: string; stream: Readable }> {
  const made = await prepare(ctx, viewer, customerId)
  const paper = await paperOf(ctx, made)
  const statement = await makeStatementPdf(ctx.db, made.statement, ctx.now(), made.language)
  await audited(ctx, viewer, customerId, 'zip')
  return {
    fileName: `${fileNameOf(made)}.zip`,
    stream: Readable.from(zipBytes(ctx, viewer, made, paper, statement), { objectMode: false }),
  }
}

async function* zipBytes(
  ctx: AppContext,
  viewer: Viewer,
  made: Made,
  paper: Buffer,
  statement: { fileName: string; pdf: Buffer },
): AsyncGenerator<Uint8Array> {
  const words = collectionWords[made.language]
  let ready: Uint8Array[] = []
  let problem: Error | null = null
  const zip = new Zip((error, chunk) => {
    if (error) problem = error
    else if (chunk.length > 0) ready.push(chunk)
  })
  const index: { hash: string; size: number; path: string; text: string }[] = []
  function* put(path: string, content: Uint8Array, text: string | null): Generator<Uint8Array> {
    const entry = new ZipDeflate(path, { level: 6 })
    entry.mtime = ctx.now()
    zip.add(entry)
    entry.push(content, true)
    if (text !== null) index.push({ hash: createHash('sha256').update(content).digest('hex'), size: content.length, path, text })
    if (problem) throw problem
    const chunks = ready
    ready = []
    yield* chunks
  }

  yield* put(`${words.file}.pdf`, paper, words.ofPdf)
  yield* put(safeFileName(statement.fileName, 100), statement.pdf, fillWords(words.ofStatement, { day: made.today }))
  let number = 0
  if (made.facts.seesNotices)
    for await (const notice of filedNotices(ctx, viewer, made.facts.customer.id)) {
      number += 1
      const day = notice.sentAt === null ? notice.planOn : dayOfInstant(notice.sentAt, made.timeZone)
      const path = `${words.folder}/${String(number).padStart(4, '0')}-${day}-${safeFileName(words.kinds[notice.kind])}`
      const [stored] = await ctx.db
        .select({ source: noticeMessages.source })
        .from(noticeMessages)
        .where(eq(noticeMessages.id, notice.id))
      if (stored?.source) yield* put(`${path}.eml`, stored.source, fillWords(words.ofMail, { day }))
      const events = await ctx.db
        .select({ event: noticeEvents, actor: users.name })
        .from(noticeEvents)
        .leftJoin(users, eq(users.id, noticeEvents.actorId))
        .where(eq(noticeEvents.messageId, notice.id))
        .orderBy(asc(noticeEvents.id))
        .limit(10_000)
      const record = {
        id: notice.id,
        messageId: notice.messageId,
        kind: notice.kind,
        planOn: notice.planOn,
        state: notice.state,
        sentAt: notice.sentAt?.toISOString() ?? null,
        from: notice.senderAddress,
        subject: notice.subject,
        serverAnswer: notice.smtpResponse,
        mail: stored?.source ? `${path}.eml` : words.noSource,
        recipients: notice.recipients.map(({ address, outcome, response }) => ({ address, outcome, response })),
        events: events.map(({ event, actor }) => ({
          at: event.at.toISOString(),
          from: event.fromState,
          to: event.toState,
          reason: event.reason,
          by: actor,
          detail: event.detail,
        })),
      }
      yield* put(`${path}.json`, Buffer.from(`${JSON.stringify(record, null, 2)}\n`), words.ofEvents)
    }
  const facts = { customer: made.facts.customer.name, at: sayInstant(ctx.now(), made.timeZone), who: made.who }
  const head = words.index.map((line) => fillWords(line, facts))
  const lines = index.map((one) => `${one.hash}  ${String(one.size).padStart(9)}  ${one.path}  ${one.text}`)
  yield* put('sha256.txt', Buffer.from(index.map((one) => `${one.hash}  ${one.path}\n`).join('')), null)
  yield* put(words.indexFile, Buffer.from(`${[...head, '', ...lines].join('\n')}\n`), null)
  zip.end()
  if (problem) throw problem
  yield* ready
}
