import type { Querier } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { followUpAttachments, followUpDocuments, followUps } from '@cartera/db/schema/follow-ups'
import { customerMails } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { mailsAbout, queueCustomerMail, ringCustomerMails, sendCustomerMailAgain } from '../customer-mails/customer-mails.ts'
import { lockVisibleFollowUp, requireVisibleFollowUp, visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { notifyLive } from '../live/notify-live.ts'
import { TemplateProblem } from '../notices/liquid-text.ts'
import { languageOfUser } from '../notices/notice-settings.ts'
import { fillDocument } from './document-text.ts'
import { findDocumentContent, makeDocumentPdf } from './find-document-content.ts'

const mostAttachments = 200

const selectAttachments = (db: Querier) =>
  db
    .select({
      id: followUpAttachments.id,
      name: followUpAttachments.name,
      followUpId: followUpAttachments.followUpId,
      customerId: followUps.customerId,
      document: { id: followUpDocuments.id, name: followUpDocuments.name },
      size: sql<number>`octet_length(${followUpAttachments.content})`.mapWith(Number),
      createdAt: followUpAttachments.createdAt,
      createdBy: { id: users.id, name: users.name },
    })
    .from(followUpAttachments)
    .innerJoin(followUps, eq(followUps.id, followUpAttachments.followUpId))
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .innerJoin(followUpDocuments, eq(followUpDocuments.id, followUpAttachments.documentId))
    .innerJoin(users, eq(users.id, followUpAttachments.createdBy))
    .$dynamic()

type Row = Awaited<ReturnType<typeof selectAttachments>>[number]

async function onWire(db: Querier, rows: readonly Row[]) {
  const sent = await mailsAbout(
    db,
    rows.map((row) => row.id),
  )
  return rows.map(({ followUpId: _, customerId: __, createdAt, ...row }) => ({
    ...row,
    createdAt: createdAt.toISOString(),
    mails: sent.get(row.id) ?? [],
  }))
}

/** An attachment of a follow-up that the viewer sees; refuses `not-found`. */
async function requireVisible(db: Querier, viewer: Viewer, attachmentId: string): Promise<Row> {
  const [row] = await selectAttachments(db).where(and(eq(followUpAttachments.id, attachmentId), visibleFollowUp(viewer)))
  if (!row) throw new Refusal('not-found')
  return row
}

async function readAttachment(db: Querier, viewer: Viewer, attachmentId: string) {
  const [read] = await onWire(db, [await requireVisible(db, viewer, attachmentId)])
  if (!read) throw new Refusal('not-found')
  return read
}

/** The documents that were made for a follow-up, newest first, with the mails they left in. Refuses `not-found`. */
export async function listAttachments(ctx: AppContext, viewer: Viewer, followUpId: string) {
  await requireVisibleFollowUp(ctx.db, viewer, followUpId)
  const rows = await selectAttachments(ctx.db)
    .where(eq(followUpAttachments.followUpId, followUpId))
    .orderBy(desc(followUpAttachments.createdAt), desc(followUpAttachments.id))
    .limit(mostAttachments)
  return { items: await onWire(ctx.db, rows) }
}

/**
 * Makes a document for a follow-up, with what the customer owes at this moment, and keeps it. Refuses `not-found`, `reference-unknown` for a template that
 * is switched off, `template-invalid`, `document-too-long`.
 */
export async function makeAttachment(ctx: AppContext, viewer: Viewer, followUpId: string, input: { documentId: string }) {
  await requireVisibleFollowUp(ctx.db, viewer, followUpId)
  const [found] = await ctx.db
    .select({ followUp: followUps, customer: customers, contact: { name: contacts.name, position: contacts.position } })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .leftJoin(contacts, and(eq(contacts.id, followUps.contactId), isNull(contacts.deletedAt)))
    .where(eq(followUps.id, followUpId))
  if (!found) throw new Refusal('not-found')
  const { followUp, customer, contact } = found
  const [template] = await ctx.db
    .select()
    .from(followUpDocuments)
    .where(and(eq(followUpDocuments.id, input.documentId), eq(followUpDocuments.active, true)))
  if (!template) throw new Refusal('reference-unknown', { field: 'documentId' })
  const content = await findDocumentContent(ctx.db, ctx, customer, template, {
    followUp,
    contact,
    agentId: followUp.ownerId,
  })
  try {
    const text = fillDocument(content, template)
    const pdf = await makeDocumentPdf(ctx.db, ctx.now(), content, text)
    const id = v7()
    const name = `${text.title} ${customer.code} ${content.day}.pdf`.replace(/[\\/:*?"<>|]+/g, ' ')
    return await ctx.db.transaction(async (tx) => {
      // Laying it out took a while: the follow-up may have moved out of reach meanwhile.
      await lockVisibleFollowUp(tx, viewer, followUpId)
      await tx.insert(followUpAttachments).values({
        id,
        followUpId,
        documentId: template.id,
        name,
        content: pdf,
        createdBy: viewer.userId,
        createdAt: ctx.now(),
      })
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'follow-up-attachment',
        entityId: id,
        changes: { followUpId, document: template.name, name, receivables: content.receivables.length, bytes: pdf.length },
      })
      await notifyLive(tx, { entity: 'follow-up', id: followUpId, action: 'document' })
      return readAttachment(tx, viewer, id)
    })
  } catch (error) {
    if (error instanceof TemplateProblem) throw error.refusal('documentId', await languageOfUser(ctx.db, viewer.userId))
    throw error
  }
}

/** The document exactly as it was made. Refuses `not-found`. */
export async function downloadAttachment(ctx: AppContext, viewer: Viewer, attachmentId: string) {
  const { name } = await requireVisible(ctx.db, viewer, attachmentId)
  const [row] = await ctx.db
    .select({ content: followUpAttachments.content })
    .from(followUpAttachments)
    .where(eq(followUpAttachments.id, attachmentId))
  if (!row) throw new Refusal('not-found')
  return { fileName: name, pdf: row.content }
}

/**
 * Mails a document to a contact of the customer or to an address, from the viewer's own account. Refuses `not-found`, `reference-unknown` for another
 * customer's contact, `mail-address-invalid`, and `mail-account-missing`, `mail-account-unverified`, `mail-account-paused`.
 */
export async function mailAttachment(
  ctx: AppContext,
  viewer: Viewer,
  attachmentId: string,
  input: { contactId?: string | undefined; toAddress?: string | undefined; message?: string | null | undefined },
) {
  const answer = await ctx.db.transaction(async (tx) => {
    const { customerId, followUpId, name } = await requireVisible(tx, viewer, attachmentId)
    await lockVisibleFollowUp(tx, viewer, followUpId)
    const to = await receiverOf(tx, customerId, input)
    const mailId = await queueCustomerMail(
      tx,
      ctx,
      {
        kind: 'follow-up-document',
        customerId,
        aboutId: attachmentId,
        senderId: viewer.userId,
        message: input.message ?? null,
        createdBy: viewer.userId,
        ...to,
      },
      input.contactId === undefined ? 'toAddress' : 'contactId',
    )
    await recordAudit(tx, ctx, viewer, {
      action: 'send',
      entity: 'follow-up-attachment',
      entityId: attachmentId,
      changes: { followUpId, name, mailId, toAddress: to.toAddress },
    })
    await notifyLive(tx, { entity: 'follow-up', id: followUpId, action: 'mail' })
    return readAttachment(tx, viewer, attachmentId)
  })
  await ringCustomerMails(ctx)
  return answer
}

async function receiverOf(
  tx: Querier,
  customerId: string,
  { contactId, toAddress }: { contactId?: string | undefined; toAddress?: string | undefined },
) {
  if (contactId === undefined) return { toAddress: toAddress ?? '', toName: null, contactId: null }
  const [contact] = await tx
    .select({ name: contacts.name, email: contacts.email })
    .from(contacts)
    .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
  if (!contact) throw new Refusal('reference-unknown', { field: 'contactId' })
  return { toAddress: contact.email ?? '', toName: contact.name, contactId }
}

/** Sends a mail again that did not leave. Refuses `not-found` (also for a mail of something else), `mail-not-failed`, and for the sender's account. */
export async function resendAttachment(ctx: AppContext, viewer: Viewer, attachmentId: string, input: { mailId: string }) {
  const answer = await ctx.db.transaction(async (tx) => {
    await requireVisible(tx, viewer, attachmentId)
    const [mail] = await tx
      .select({ id: customerMails.id })
      .from(customerMails)
      .where(
        and(
          eq(customerMails.id, input.mailId),
          eq(customerMails.aboutId, attachmentId),
          eq(customerMails.kind, 'follow-up-document'),
        ),
      )
    if (!mail) throw new Refusal('not-found')
    await sendCustomerMailAgain(tx, ctx, viewer, mail.id)
    return readAttachment(tx, viewer, attachmentId)
  })
  await ringCustomerMails(ctx)
  return answer
}
