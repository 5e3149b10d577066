import type { Querier, Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { customerMails } from '@cartera/db/schema/interactions'
import { opportunities } from '@cartera/db/schema/opportunities'
import { quoteLines, quotes } from '@cartera/db/schema/quotes'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { formatAmount, isCurrency } from '@cartera/domain/money'
import {
  acceptQuoteRefusal,
  changeQuoteRefusal,
  endQuoteRefusal,
  issueQuoteRefusal,
  longestValidityDays,
  reviseQuoteRefusal,
} from '@cartera/domain/quotes/quote-state'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { queueCustomerMail, ringCustomerMails, sendCustomerMailAgain } from '../customer-mails/customer-mails.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { requireOwner } from '../follow-ups/write-follow-up.ts'
import { mayRestore } from '../interests/find-interests.ts'
import { linesOf, reachedQuote, readQuote } from './find-quotes.ts'
import { moneyOfLine, readLines, type WrittenLine } from './quote-lines.ts'
import { makeQuotePdf } from './quote-pdf.ts'

type Quote = typeof quotes.$inferSelect

interface Fields {
  contactId?: string | null | undefined
  opportunityId?: string | null | undefined
  ownerId?: string | undefined
  subject?: string | undefined
  currency?: string | undefined
  taxIncluded?: boolean | undefined
  language?: 'es' | 'en' | undefined
  validUntil?: CalendarDay | undefined
  terms?: string | null | undefined
  notes?: string | null | undefined
  lines?: readonly WrittenLine[] | undefined
}

const usualValidityDays = 30

function requireNo(code: RefusalCode | null, field?: string): void {
  if (code !== null) throw new Refusal(code, field === undefined ? {} : { field })
}

function requireValidity(validUntil: CalendarDay | undefined, today: CalendarDay): void {
  if (validUntil === undefined) return
  if (validUntil < today) throw new Refusal('day-in-past', { field: 'validUntil' })
  const last = addDays(today, longestValidityDays)
  if (validUntil > last) throw new Refusal('day-too-far', { field: 'validUntil', params: { last } })
}

async function requireContact(tx: Querier, customerId: string, contactId: string) {
  const [contact] = await tx
    .select({ name: contacts.name, email: contacts.email })
    .from(contacts)
    .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
  if (!contact) throw new Refusal('reference-unknown', { field: 'contactId' })
  return contact
}

/** A sale of the customer that the viewer sees. */
async function requireOpportunity(tx: Querier, viewer: Viewer, customerId: string, opportunityId: string): Promise<void> {
  const [found] = await tx
    .select({ id: opportunities.id })
    .from(opportunities)
    .where(
      and(
        eq(opportunities.id, opportunityId),
        eq(opportunities.customerId, customerId),
        isNull(opportunities.deletedAt),
        visibleTo(accessScopeOf(viewer), opportunities.ownerId),
      ),
    )
  if (!found) throw new Refusal('reference-unknown', { field: 'opportunityId' })
}

/** The viewer's quote, locked; refuses `not-found` alike for missing, deleted (unless asked for) and out-of-scope ones. */
async function lockQuote(tx: Transaction, viewer: Viewer, quoteId: string, deleted = false): Promise<Quote> {
  const [row] = await tx
    .select({ quote: quotes })
    .from(quotes)
    .innerJoin(customers, eq(customers.id, quotes.customerId))
    .where(
      and(
        eq(quotes.id, quoteId),
        reachedQuote(viewer),
        deleted ? sql`${quotes.deletedAt} is not null` : isNull(quotes.deletedAt),
      ),
    )
    .for('update', { of: quotes })
  if (!row) throw new Refusal('not-found')
  return row.quote
}

/** The same, as the reader saw it; refuses `changed-meanwhile`. */
async function lockSeen(tx: Transaction, viewer: Viewer, quoteId: string, version: number): Promise<Quote> {
  const before = await lockQuote(tx, viewer, quoteId)
  if (before.version !== version) throw new Refusal('changed-meanwhile')
  return before
}

const sumsOf = ({ totals }: Awaited<ReturnType<typeof readLines>>) => ({
  netMinor: totals.net,
  taxMinor: totals.tax,
  totalMinor: totals.total,
})

/** Lines as the audit shows them. */
const told = (lines: readonly { description: string; quantity: string; unitPriceMinor: bigint }[], currency: string) =>
  lines.map((line) => `${line.quantity} × ${line.description}: ${formatAmount(line.unitPriceMinor, currency)}`)

async function writeLines(
  tx: Transaction,
  quoteId: string,
  lines: Awaited<ReturnType<typeof readLines>>['lines'],
): Promise<void> {
  await tx.delete(quoteLines).where(eq(quoteLines.quoteId, quoteId))
  if (lines.length > 0) await tx.insert(quoteLines).values(lines.map((line) => ({ ...line, quoteId })))
}

/**
 * Writes a quote as a draft, in the company's currency and the customer's language unless told, valid for thirty days; its owner is the viewer unless told.
 * Refuses `not-found` for the customer, `customer-inactive`, `reference-unknown` at the field, `currency-unknown`, `day-in-past`, `day-too-far`, and what `readLines` refuses.
 */
export async function createQuote(ctx: AppContext, viewer: Viewer, input: Fields & { customerId: string; subject: string }) {
  const today = await companyToday(ctx)
  requireValidity(input.validUntil, today)
  return ctx.db.transaction(async (tx) => {
    const customer = await findVisibleCustomer(tx, viewer, input.customerId)
    if (customer.status === 'inactive') throw new Refusal('customer-inactive', { field: 'customerId' })
    const ownerId = input.ownerId ?? viewer.userId
    if (ownerId !== viewer.userId) await requireOwner(tx, viewer, ownerId, input.customerId)
    if (input.contactId) await requireContact(tx, input.customerId, input.contactId)
    if (input.opportunityId) await requireOpportunity(tx, viewer, input.customerId, input.opportunityId)
    const company = await findCompany(tx)
    const currency = input.currency ?? company.currency
    if (!isCurrency(currency)) throw new Refusal('currency-unknown', { field: 'currency' })
    const taxIncluded = input.taxIncluded ?? false
    const read = await readLines(tx, input.lines ?? [], { currency, taxIncluded })
    const [made] = await tx
      .insert(quotes)
      .values({
        customerId: input.customerId,
        contactId: input.contactId ?? null,
        opportunityId: input.opportunityId ?? null,
        ownerId,
        subject: input.subject,
        currency,
        taxIncluded,
        language: input.language ?? (customer.language === 'en' ? 'en' : 'es'),
        validUntil: input.validUntil ?? addDays(today, usualValidityDays),
        terms: input.terms ?? null,
        notes: input.notes ?? null,
        ...sumsOf(read),
        createdBy: viewer.userId,
        createdAt: ctx.now(),
      })
      .returning()
    if (!made) throw new Error('the quote was not written')
    await writeLines(tx, made.id, read.lines)
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'quote',
      entityId: made.id,
      changes: { ...input, ownerId, lines: told(read.lines, currency), total: formatAmount(made.totalMinor, currency) },
    })
    return readQuote(tx, ctx, viewer, made.id)
  })
}

/** Changes a draft; lines that are given take the place of all of them. Refuses `not-found`, `changed-meanwhile`, `quote-fixed` and what `createQuote` refuses. */
export async function changeQuote(
  ctx: AppContext,
  viewer: Viewer,
  quoteId: string,
  { version, lines, ...fields }: Fields & { version: number },
) {
  const today = await companyToday(ctx)
  return ctx.db.transaction(async (tx) => {
    const before = await lockSeen(tx, viewer, quoteId, version)
    requireNo(changeQuoteRefusal(before))
    if (fields.validUntil !== before.validUntil) requireValidity(fields.validUntil, today)
    if (fields.ownerId !== undefined && fields.ownerId !== before.ownerId)
      await requireOwner(tx, viewer, fields.ownerId, before.customerId)
    if (fields.contactId && fields.contactId !== before.contactId) await requireContact(tx, before.customerId, fields.contactId)
    if (fields.opportunityId && fields.opportunityId !== before.opportunityId)
      await requireOpportunity(tx, viewer, before.customerId, fields.opportunityId)
    const currency = fields.currency ?? before.currency
    if (!isCurrency(currency)) throw new Refusal('currency-unknown', { field: 'currency' })
    const old = await linesOf(tx, quoteId)
    const written: readonly WrittenLine[] =
      lines ??
      old.map((line) => ({
        ...line,
        ...moneyOfLine(line),
        // As it was written: another currency with fewer decimals refuses it.
        unitPrice: formatAmount(line.unitPriceMinor, before.currency),
      }))
    const read = await readLines(tx, written, {
      currency,
      taxIncluded: fields.taxIncluded ?? before.taxIncluded,
      known: old.map(({ productId }) => productId),
    })
    const money = (line: (typeof old)[number]) => ({ ...line, ...moneyOfLine(line) })
    const changes = changesBetween(
      {
        ...before,
        lines: told(old.map(money), before.currency),
        discounts: old.map((line) => [moneyOfLine(line).discountPercent, moneyOfLine(line).taxPercent, line.unit]),
      },
      {
        ...fields,
        ...sumsOf(read),
        lines: told(read.lines, currency),
        discounts: read.lines.map((line) => [line.discountPercent, line.taxPercent, line.unit]),
      },
    )
    if (Object.keys(changes).length > 0) {
      await tx
        .update(quotes)
        .set({ ...fields, ...sumsOf(read), version: version + 1 })
        .where(eq(quotes.id, quoteId))
      await writeLines(tx, quoteId, read.lines)
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'quote', entityId: quoteId, changes })
    }
    return readQuote(tx, ctx, viewer, quoteId)
  })
}

/** A draft with its document, fixed from here on; the version before it is replaced. */
async function issue(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  before: Quote,
  { pdf, today, byHand }: { pdf: Buffer; today: CalendarDay; byHand: boolean },
): Promise<void> {
  if (before.previousId !== null) {
    const [previous] = await tx.select().from(quotes).where(eq(quotes.id, before.previousId)).for('update')
    // What the customer accepted meanwhile is not overtaken.
    if (previous?.state === 'accepted') throw new Refusal('quote-not-open')
    if (previous?.state === 'issued') {
      await tx
        .update(quotes)
        .set({ state: 'replaced', version: previous.version + 1 })
        .where(eq(quotes.id, previous.id))
      await recordAudit(tx, ctx, viewer, {
        action: 'close',
        entity: 'quote',
        entityId: previous.id,
        changes: { state: ['issued', 'replaced'], by: before.id },
      })
    }
  }
  await tx
    .update(quotes)
    .set({
      state: 'issued',
      issuedOn: today,
      issuedAt: ctx.now(),
      issuedBy: viewer.userId,
      byHand,
      pdf,
      version: before.version + 1,
    })
    .where(eq(quotes.id, before.id))
}

/** The document as it will be fixed, laid out before anything is locked; null for what is fixed already. */
async function documentOf(ctx: AppContext, viewer: Viewer, quoteId: string, version: number, today: CalendarDay) {
  const [row] = await ctx.db
    .select({ quote: quotes })
    .from(quotes)
    .innerJoin(customers, eq(customers.id, quotes.customerId))
    .where(and(eq(quotes.id, quoteId), isNull(quotes.deletedAt), reachedQuote(viewer)))
  if (!row) throw new Refusal('not-found')
  if (row.quote.version !== version) throw new Refusal('changed-meanwhile')
  if (row.quote.state !== 'draft') return null
  const lines = await linesOf(ctx.db, quoteId)
  requireNo(issueQuoteRefusal({ ...row.quote, lines: lines.length }, today), lines.length === 0 ? 'lines' : 'validUntil')
  return makeQuotePdf(ctx.db, row.quote, lines, { now: ctx.now(), issuedOn: today })
}

/**
 * Mails a quote to a contact of the customer or to an address, from the viewer's own account. A draft is fixed by that, with the document that the customer
 * gets; it counts as sent once a mail server took it. Refuses `not-found`, `changed-meanwhile`, `quote-empty`, `quote-expired`, `quote-fixed`, `quote-not-open`,
 * `reference-unknown` for another customer's contact, `mail-address-invalid`, and `mail-account-missing`, `mail-account-unverified`, `mail-account-paused`.
 */
export async function sendQuote(
  ctx: AppContext,
  viewer: Viewer,
  quoteId: string,
  input: { contactId?: string | undefined; toAddress?: string | undefined; message?: string | null | undefined; version: number },
) {
  const today = await companyToday(ctx)
  const pdf = await documentOf(ctx, viewer, quoteId, input.version, today)
  const answer = await ctx.db.transaction(async (tx) => {
    const before = await lockSeen(tx, viewer, quoteId, input.version)
    if (pdf !== null) await issue(tx, ctx, viewer, before, { pdf, today, byHand: false })
    else requireNo(endQuoteRefusal(before))
    const contact = input.contactId === undefined ? null : await requireContact(tx, before.customerId, input.contactId)
    const toAddress = contact === null ? (input.toAddress ?? '') : (contact.email ?? '')
    const mailId = await queueCustomerMail(
      tx,
      ctx,
      {
        kind: 'quote',
        customerId: before.customerId,
        contactId: input.contactId ?? null,
        aboutId: quoteId,
        senderId: viewer.userId,
        toAddress,
        toName: contact?.name ?? null,
        message: input.message ?? null,
        createdBy: viewer.userId,
      },
      contact === null ? 'toAddress' : 'contactId',
    )
    await recordAudit(tx, ctx, viewer, {
      action: 'send',
      entity: 'quote',
      entityId: quoteId,
      changes: { mailId, toAddress, ...(pdf === null ? {} : { state: ['draft', 'issued'] }) },
    })
    return readQuote(tx, ctx, viewer, quoteId)
  })
  await ringCustomerMails(ctx)
  return answer
}

/** Sends a mail again that did not leave. Refuses `not-found` (also for a mail of something else), `quote-not-open`, `mail-not-failed`, and for the sender's account. */
export async function resendQuote(ctx: AppContext, viewer: Viewer, quoteId: string, input: { mailId: string }) {
  const answer = await ctx.db.transaction(async (tx) => {
    const before = await lockQuote(tx, viewer, quoteId)
    const [mail] = await tx
      .select({ id: customerMails.id })
      .from(customerMails)
      .where(and(eq(customerMails.id, input.mailId), eq(customerMails.aboutId, quoteId), eq(customerMails.kind, 'quote')))
    if (!mail) throw new Refusal('not-found')
    requireNo(endQuoteRefusal(before))
    await sendCustomerMailAgain(tx, ctx, viewer, mail.id)
    return readQuote(tx, ctx, viewer, quoteId)
  })
  await ringCustomerMails(ctx)
  return answer
}

/** The customer got it otherwise than by a mail of ours; a draft is fixed by that. Refuses as `sendQuote` for the quote. */
export async function handOverQuote(ctx: AppContext, viewer: Viewer, quoteId: string, input: { version: number }) {
  const today = await companyToday(ctx)
  const pdf = await documentOf(ctx, viewer, quoteId, input.version, today)
  return ctx.db.transaction(async (tx) => {
    const before = await lockSeen(tx, viewer, quoteId, input.version)
    if (pdf !== null) await issue(tx, ctx, viewer, before, { pdf, today, byHand: true })
    else {
      requireNo(endQuoteRefusal(before))
      await tx
        .update(quotes)
        .set({ byHand: true, version: before.version + 1 })
        .where(eq(quotes.id, quoteId))
    }
    await recordAudit(tx, ctx, viewer, {
      action: 'send',
      entity: 'quote',
      entityId: quoteId,
      changes: { byHand: true, ...(pdf === null ? {} : { state: ['draft', 'issued'] }) },
    })
    return readQuote(tx, ctx, viewer, quoteId)
  })
}

/** The customer accepted it, today unless told. Refuses `not-found`, `changed-meanwhile`, and as `acceptQuoteRefusal` says. */
export async function acceptQuote(
  ctx: AppContext,
  viewer: Viewer,
  quoteId: string,
  input: { on?: CalendarDay | undefined; version: number },
) {
  const today = await companyToday(ctx)
  const on = input.on ?? today
  return ctx.db.transaction(async (tx) => {
    const before = await lockSeen(tx, viewer, quoteId, input.version)
    const { state } = await readQuote(tx, ctx, viewer, quoteId)
    requireNo(acceptQuoteRefusal({ ...before, reached: state !== 'sending' }, on, today), 'on')
    await decide(tx, ctx, viewer, before, { state: 'accepted', decidedOn: on, reason: null })
    return readQuote(tx, ctx, viewer, quoteId)
  })
}

async function decide(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  before: Quote,
  { state, decidedOn, reason }: Pick<Quote, 'state' | 'decidedOn' | 'reason'>,
): Promise<void> {
  await tx
    .update(quotes)
    .set({ state, decidedOn, reason, decidedAt: ctx.now(), decidedBy: viewer.userId, version: before.version + 1 })
    .where(eq(quotes.id, before.id))
  await recordAudit(tx, ctx, viewer, {
    action: 'close',
    entity: 'quote',
    entityId: before.id,
    changes: { state: [before.state, state], decidedOn, ...(reason === null ? {} : { reason }) },
  })
}

/** The customer said no, or the house takes it back; what waits to be mailed does not leave any more. Refuses `not-found`, `changed-meanwhile`, `quote-not-open`. */
export async function endQuote(
  ctx: AppContext,
  viewer: Viewer,
  quoteId: string,
  state: 'rejected' | 'withdrawn',
  input: { reason: string; version: number },
) {
  const today = await companyToday(ctx)
  return ctx.db.transaction(async (tx) => {
    const before = await lockSeen(tx, viewer, quoteId, input.version)
    requireNo(endQuoteRefusal(before))
    await decide(tx, ctx, viewer, before, { state, decidedOn: today, reason: input.reason })
    return readQuote(tx, ctx, viewer, quoteId)
  })
}

/** A decided quote is open again, as it was; not where a newer version has left. Refuses `not-found`, `changed-meanwhile`, `quote-not-open`, `quote-has-draft`. */
export async function reopenQuote(ctx: AppContext, viewer: Viewer, quoteId: string, input: { version: number }) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockSeen(tx, viewer, quoteId, input.version)
    if (before.state !== 'accepted' && before.state !== 'rejected' && before.state !== 'withdrawn')
      throw new Refusal('quote-not-open')
    const [newer] = await tx
      .select({ state: quotes.state })
      .from(quotes)
      .where(and(eq(quotes.previousId, quoteId), isNull(quotes.deletedAt)))
    if (newer && newer.state !== 'draft') throw new Refusal('quote-has-draft')
    await tx
      .update(quotes)
      .set({ state: 'issued', decidedOn: null, decidedAt: null, decidedBy: null, reason: null, version: before.version + 1 })
      .where(eq(quotes.id, quoteId))
    await recordAudit(tx, ctx, viewer, {
      action: 'reopen',
      entity: 'quote',
      entityId: quoteId,
      changes: { state: [before.state, 'issued'] },
    })
    return readQuote(tx, ctx, viewer, quoteId)
  })
}

/**
 * Drafts a new version of what left the house: the same number and lines, valid for thirty days from today. The old one stands until the new one leaves.
 * Refuses `not-found`, `changed-meanwhile`, `quote-not-open`, `quote-has-draft` where there is a newer one.
 */
export async function reviseQuote(ctx: AppContext, viewer: Viewer, quoteId: string, input: { version: number }) {
  const today = await companyToday(ctx)
  return ctx.db.transaction(async (tx) => {
    const before = await lockSeen(tx, viewer, quoteId, input.version)
    requireNo(reviseQuoteRefusal(before))
    await requireNoNewer(tx, quoteId)
    const [last] = await tx
      .select({ revision: sql<number>`max(${quotes.revision})`.mapWith(Number) })
      .from(quotes)
      .where(eq(quotes.number, before.number))
    const [made] = await tx
      .insert(quotes)
      .values({
        number: before.number,
        revision: (last?.revision ?? before.revision) + 1,
        previousId: quoteId,
        customerId: before.customerId,
        contactId: before.contactId,
        opportunityId: before.opportunityId,
        ownerId: before.ownerId,
        subject: before.subject,
        currency: before.currency,
        taxIncluded: before.taxIncluded,
        language: before.language,
        validUntil: addDays(today, usualValidityDays),
        terms: before.terms,
        notes: before.notes,
        netMinor: before.netMinor,
        taxMinor: before.taxMinor,
        totalMinor: before.totalMinor,
        createdBy: viewer.userId,
        createdAt: ctx.now(),
      })
      .returning({ id: quotes.id })
    if (!made) throw new Error('the version was not written')
    const lines = await linesOf(tx, quoteId)
    if (lines.length > 0) await tx.insert(quoteLines).values(lines.map(({ id: _, ...line }) => ({ ...line, quoteId: made.id })))
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'quote',
      entityId: made.id,
      changes: { previousId: quoteId, customerId: before.customerId },
    })
    return readQuote(tx, ctx, viewer, made.id)
  })
}

async function requireNoNewer(tx: Transaction, quoteId: string): Promise<void> {
  const [newer] = await tx
    .select({ id: quotes.id })
    .from(quotes)
    .where(and(eq(quotes.previousId, quoteId), isNull(quotes.deletedAt)))
  if (newer) throw new Refusal('quote-has-draft')
}

/** Deletes a quote, softly; what left the house only with the permission. Refuses `not-found`, `not-allowed`, and `quote-has-draft` where a newer version stands. */
export async function removeQuote(ctx: AppContext, viewer: Viewer, quoteId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockQuote(tx, viewer, quoteId)
    if (before.state !== 'draft') requireNo(permissionRefusal(viewer, 'delete-quotes'))
    await requireNoNewer(tx, quoteId)
    await tx
      .update(quotes)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(quotes.id, quoteId))
    await recordAudit(tx, ctx, viewer, { action: 'delete', entity: 'quote', entityId: quoteId })
  })
}

/** Restores what was deleted: level 1, or whoever deleted it. Refuses `not-found`, `quote-has-draft` where another version took its place. */
export async function restoreQuote(ctx: AppContext, viewer: Viewer, quoteId: string) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockQuote(tx, viewer, quoteId, true)
    if (!mayRestore(viewer, before.deletedBy)) throw new Refusal('not-found')
    if (before.previousId !== null) {
      await tx.select({ id: quotes.id }).from(quotes).where(eq(quotes.id, before.previousId)).for('update')
      await requireNoNewer(tx, before.previousId)
    }
    await tx
      .update(quotes)
      .set({ deletedAt: null, deletedBy: null, version: before.version + 1 })
      .where(eq(quotes.id, quoteId))
    await recordAudit(tx, ctx, viewer, { action: 'restore', entity: 'quote', entityId: quoteId })
    return readQuote(tx, ctx, viewer, quoteId)
  })
}
