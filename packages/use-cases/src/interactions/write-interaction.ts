import type { EndpointCall } from '@cartera/contract/endpoint'
import type { interactionEndpoints } from '@cartera/contract/interactions'
import type { Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import {
  interactionEntries,
  interactionProducts,
  interactions,
  interactionTopics,
  products,
} from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { addDays, type CalendarDay, dayOfInstant, instantOfLocal, localTimeOf } from '@cartera/domain/calendar-day'
import { answersCustomer, changeInteractionRefusal, type EntryKind } from '@cartera/domain/interactions/interaction-rules'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, isNull, or } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { ringCustomerMails } from '../customer-mails/customer-mails.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { openFollowUpFor, requireOwner } from '../follow-ups/write-follow-up.ts'
import { noteInterestsOf } from '../interests/write-interest.ts'
import { notifyLive } from '../live/notify-live.ts'
import { mailEntry } from './mail-entry.ts'
import { unreadSince } from './portal-conversation.ts'
import { filledIn, readInteraction } from './read-interaction.ts'
import { lockVisibleInteraction } from './visible-interaction.ts'

type NewInteraction = EndpointCall<typeof interactionEndpoints.create>['body']
type Change = EndpointCall<typeof interactionEndpoints.change>['body']
type OpenFollowUp = EndpointCall<typeof interactionEndpoints.openFollowUp>['body']
type NewEntry = EndpointCall<typeof interactionEndpoints.addEntry>['body']

const unknown = (field: string) => new Refusal('reference-unknown', { field })
/** Clocks differ a little: what somebody records "now" is not in the future. */
const clockSlackMs = 5 * 60_000
const farthestFollowUpDays = 3650

const two = (n: number) => String(n).padStart(2, '0')

/** When it took place, on the company's clock; what is not told is as in `base`. The same minute keeps the instant as it is. */
function happenedInstant(
  input: { happenedOn?: CalendarDay | undefined; happenedTime?: string | undefined },
  base: Date,
  now: Date,
  timeZone: string,
): Date {
  const local = localTimeOf(base, timeZone)
  const localTime = `${two(Math.floor(local.minutes / 60))}:${two(local.minutes % 60)}`
  const day = input.happenedOn ?? local.day
  const time = input.happenedTime ?? localTime
  if (day === local.day && time === localTime) return base
  const instant = instantOfLocal(day, time, timeZone, { gap: 'refuse' })
  if (instant === null) throw new Refusal('due-time-does-not-exist', { field: 'happenedTime' })
  if (instant.getTime() > now.getTime() + clockSlackMs) throw new Refusal('instant-in-future', { field: 'happenedOn' })
  return instant
}

/** Nobody is to be spoken to again on a day that has passed. */
function requireFollowUpDay(day: CalendarDay | null | undefined, now: Date, timeZone: string, field = 'followUpOn'): void {
  if (day === null || day === undefined) return
  const today = dayOfInstant(now, timeZone)
  const last = addDays(today, farthestFollowUpDays)
  if (day < today) throw new Refusal('day-in-past', { field })
  if (day > last) throw new Refusal('day-too-far', { field, params: { last } })
}

async function requireTopic(tx: Transaction, topicId: string): Promise<void> {
  const [topic] = await tx
    .select({ id: interactionTopics.id })
    .from(interactionTopics)
    .where(and(eq(interactionTopics.id, topicId), eq(interactionTopics.active, true)))
    .for('key share')
  if (!topic) throw unknown('topicId')
}

async function requireSalesperson(tx: Transaction, userId: string): Promise<void> {
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), eq(users.active, true)))
  if (!user) throw unknown('salespersonId')
}

async function findContact(tx: Transaction, customerId: string, contactId: string) {
  const [contact] = await tx
    .select()
    .from(contacts)
    .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
  if (!contact) throw unknown('contactId')
  return contact
}

/** Exactly these products are of interest; one that is switched off meanwhile stays where it stands. Answers before and after. */
async function linkProducts(tx: Transaction, interactionId: string, wanted: readonly string[]): Promise<[string[], string[]]> {
  const ids = [...new Set(wanted)].sort()
  const linked = await tx
    .select({ id: interactionProducts.productId })
    .from(interactionProducts)
    .where(eq(interactionProducts.interactionId, interactionId))
  const before = linked.map((row) => row.id).sort()
  if (ids.length > 0) {
    const found = await tx
      .select({ id: products.id })
      .from(products)
      .where(
        and(
          inArray(products.id, ids),
          or(eq(products.active, true), before.length > 0 ? inArray(products.id, before) : undefined),
        ),
      )
      .for('key share')
    if (found.length !== ids.length) throw unknown('productIds')
  }
  await tx.delete(interactionProducts).where(eq(interactionProducts.interactionId, interactionId))
  if (ids.length > 0) await tx.insert(interactionProducts).values(ids.map((productId) => ({ interactionId, productId })))
  return [before, ids]
}

async function writeEntry(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  interaction: { id: string; customerId: string; contactName: string | null; contactEmail: string | null },
  input: { kind: EntryKind; entryName?: string | null | undefined; body: string; mailTo?: string | null | undefined },
  fieldOf: (name: string) => string,
): Promise<{ entryName: string; mailed: boolean }> {
  const entryName = input.entryName ?? viewer.name.slice(0, 100)
  const [entry] = await tx
    .insert(interactionEntries)
    .values({
      interactionId: interaction.id,
      kind: input.kind,
      entryName,
      body: input.body,
      writtenAt: ctx.now(),
      authorId: viewer.userId,
    })
    .returning()
  if (!entry) throw new Error('the entry was not written')
  await recordAudit(tx, ctx, viewer, {
    action: 'create',
    entity: 'interaction-entry',
    entityId: entry.id,
    changes: { interactionId: interaction.id, kind: input.kind, entryName },
  })
  if (input.mailTo) await mailEntry(tx, ctx, viewer, interaction, entry, input.mailTo, fieldOf('mailTo'))
  return { entryName, mailed: Boolean(input.mailTo) }
}

/** The refusals of a follow-up that is opened while recording, at the fields of that form. */
const recordingFields: Record<string, string> = {
  typeId: 'followUp.typeId',
  subject: 'followUp.subject',
  dueTime: 'followUp.time',
  dueOn: 'followUpOn',
}

async function openLinkedFollowUp(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  interaction: { id: string; customerId: string; contactId: string | null },
  asked: { typeId: string; subject: string; ownerId: string; dueOn: CalendarDay; time: string },
  fields: Record<string, string>,
): Promise<string> {
  const { time, ...same } = asked
  const { id: interactionId, customerId, contactId } = interaction
  try {
    return await openFollowUpFor(tx, ctx, viewer, { ...same, dueTime: time, customerId, contactId, interactionId })
  } catch (error) {
    if (!(error instanceof Refusal) || error.field === undefined) throw error
    throw new Refusal(error.code, { field: fields[error.field] ?? error.field, params: error.params })
  }
}

/**
 * Records an interaction with its first entries, and opens the follow-up for its date where one is wanted: all of it, or nothing. What is not told
 * is filled in from the contact or the customer, for this record alone. Refuses `reference-unknown` at the field, `due-time-does-not-exist`,
 * `instant-in-future`, `day-in-past`, `day-too-far`, `value-missing`, `entry-internal`, and without a usable mail account at the entry's
 * `mailTo`.
 */
export async function createInteraction(ctx: AppContext, viewer: Viewer, input: NewInteraction) {
  const made = await ctx.db.transaction(async (tx) => {
    const { timeZone } = await findCompany(tx)
    const now = ctx.now()
    const [customer] = await tx
      .select()
      .from(customers)
      .where(and(eq(customers.id, input.customerId), visibleCustomer(viewer)))
      .for('key share')
    if (!customer) throw unknown('customerId')
    await requireTopic(tx, input.topicId)
    const ownerId = input.ownerId ?? viewer.userId
    if (ownerId !== viewer.userId) await requireOwner(tx, viewer, ownerId, customer.id)
    const contact = input.contactId ? await findContact(tx, customer.id, input.contactId) : null
    if (input.salespersonId) await requireSalesperson(tx, input.salespersonId)
    const preferred = await findActive(tx, customer.preferredAgentId)
    requireFollowUpDay(input.followUpOn, now, timeZone)
    if (input.followUp && !input.followUpOn) throw new Refusal('value-missing', { field: 'followUpOn' })
    const filled = filledIn(customer, contact)
    const given = <T>(value: T | undefined, otherwise: T): T => (value === undefined ? otherwise : value)
    const [row] = await tx
      .insert(interactions)
      .values({
        customerId: customer.id,
        topicId: input.topicId,
        ownerId,
        happenedAt: happenedInstant(input, now, now, timeZone),
        followUpOn: input.followUpOn ?? null,
        contactId: contact?.id ?? null,
        contactName: given(input.contactName, filled.contactName),
        contactPhone: given(input.contactPhone, filled.contactPhone),
        contactEmail: given(input.contactEmail, filled.contactEmail),
        salesContact: input.salesContact ?? null,
        salespersonId: given(input.salespersonId, preferred),
        reference: input.reference ?? null,
        lastEntryAt: now,
        lastEntryName: viewer.name,
        createdAt: now,
        createdBy: viewer.userId,
      })
      .returning()
    if (!row) throw new Error('the interaction was not written')
    const followUpId =
      input.followUp && input.followUpOn
        ? await openLinkedFollowUp(tx, ctx, viewer, row, { ...input.followUp, ownerId, dueOn: input.followUpOn }, recordingFields)
        : null
    await noteInterestsOf(
      tx,
      ctx,
      viewer,
      {
        origin: 'interaction',
        id: row.id,
        customerId: row.customerId,
        contactId: row.contactId,
        shownOn: dayOfInstant(row.happenedAt, timeZone),
      },
      await linkProducts(tx, row.id, input.productIds ?? []),
    )
    const { entries, ...told } = input
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'interaction',
      entityId: row.id,
      changes: { ...told, ownerId, followUpId, happenedAt: row.happenedAt.toISOString(), entries: entries.length },
    })
    let mailed = false
    for (const [index, entry] of entries.entries()) {
      const written = await writeEntry(tx, ctx, viewer, row, entry, (name) => `entries.${index}.${name}`)
      mailed ||= written.mailed
      if (index === entries.length - 1)
        await tx.update(interactions).set({ lastEntryName: written.entryName }).where(eq(interactions.id, row.id))
    }
    return { mailed, interaction: await readInteraction(tx, viewer, row.id) }
  })
  if (made.mailed) await ringCustomerMails(ctx)
  return made.interaction
}

/**
 * Opens a follow-up from an interaction that stands: with its customer and person, its owner's unless another is named, and on that day they are
 * spoken to again. Refuses `not-found`, `interaction-closed`, and as opening it while recording does.
 */
export async function openInteractionFollowUp(ctx: AppContext, viewer: Viewer, interactionId: string, input: OpenFollowUp) {
  const { dueOn } = input
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleInteraction(tx, viewer, interactionId)
    const refusal = changeInteractionRefusal(before.state)
    if (refusal) throw new Refusal(refusal)
    const { timeZone } = await findCompany(tx)
    requireFollowUpDay(dueOn, ctx.now(), timeZone, 'dueOn')
    const ownerId = input.ownerId ?? before.ownerId
    const contactId = await findStanding(tx, before.contactId)
    await openLinkedFollowUp(tx, ctx, viewer, { ...before, contactId }, { ...input, ownerId }, { dueTime: 'time' })
    if (dueOn !== before.followUpOn) {
      await tx
        .update(interactions)
        .set({ followUpOn: dueOn, version: before.version + 1 })
        .where(eq(interactions.id, interactionId))
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'interaction',
        entityId: interactionId,
        changes: changesBetween(before, { followUpOn: dueOn }),
      })
    }
    return readInteraction(tx, viewer, interactionId)
  })
}

/** A contact that was deleted meanwhile is nobody to speak to. */
async function findStanding(tx: Transaction, contactId: string | null): Promise<string | null> {
  if (contactId === null) return null
  const [contact] = await tx
    .select({ id: contacts.id })
    .from(contacts)
    .where(and(eq(contacts.id, contactId), isNull(contacts.deletedAt)))
  return contact?.id ?? null
}

async function findActive(tx: Transaction, userId: string | null): Promise<string | null> {
  if (userId === null) return null
  const [user] = await tx
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.id, userId), eq(users.active, true)))
  return user?.id ?? null
}

/**
 * Changes the facts of an open interaction; what was said stays. Handing it to somebody out of the viewer's reach is refused, so the viewer still sees
 * what they changed. Refuses `not-found`, `changed-meanwhile`, `interaction-closed`, and as `createInteraction` does.
 */
export async function changeInteraction(ctx: AppContext, viewer: Viewer, interactionId: string, input: Change) {
  const { version, happenedOn, happenedTime, productIds, ...fields } = input
  return ctx.db.transaction(async (tx) => {
    const before = await lockVisibleInteraction(tx, viewer, interactionId)
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    const refusal = changeInteractionRefusal(before.state)
    if (refusal) throw new Refusal(refusal)
    const { timeZone } = await findCompany(tx)
    if (fields.topicId !== undefined && fields.topicId !== before.topicId) await requireTopic(tx, fields.topicId)
    if (fields.ownerId !== undefined && fields.ownerId !== before.ownerId)
      await requireOwner(tx, viewer, fields.ownerId, before.customerId)
    if (fields.contactId && fields.contactId !== before.contactId) await findContact(tx, before.customerId, fields.contactId)
    if (fields.salespersonId && fields.salespersonId !== before.salespersonId) await requireSalesperson(tx, fields.salespersonId)
    if (fields.followUpOn !== before.followUpOn) requireFollowUpDay(fields.followUpOn, ctx.now(), timeZone)
    const happenedAt = happenedInstant({ happenedOn, happenedTime }, before.happenedAt, ctx.now(), timeZone)
    const links = productIds === undefined ? null : await linkProducts(tx, interactionId, productIds)
    if (links)
      await noteInterestsOf(
        tx,
        ctx,
        viewer,
        {
          origin: 'interaction',
          id: interactionId,
          customerId: before.customerId,
          contactId: fields.contactId === undefined ? before.contactId : fields.contactId,
          shownOn: dayOfInstant(happenedAt, timeZone),
        },
        links,
      )
    const changes = changesBetween({ ...before, productIds: links?.[0] }, { ...fields, happenedAt, productIds: links?.[1] })
    if (Object.keys(changes).length > 0) {
      await tx
        .update(interactions)
        .set({ ...fields, happenedAt, version: version + 1 })
        .where(eq(interactions.id, interactionId))
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'interaction', entityId: interactionId, changes })
    }
    return readInteraction(tx, viewer, interactionId)
  })
}

/**
 * Goes on with the conversation; the facts, and so the version, stay as they are. An outgoing entry answers what the customer wrote on the
 * portal, up to `seenEntryId` where that is told. Refuses `not-found`, `interaction-closed`, `reference-unknown`, `entry-internal`, and without a usable mail account at `mailTo`.
 */
export async function addEntry(ctx: AppContext, viewer: Viewer, interactionId: string, { seenEntryId, ...input }: NewEntry) {
  const added = await ctx.db.transaction(async (tx) => {
    const before = await lockVisibleInteraction(tx, viewer, interactionId)
    const refusal = changeInteractionRefusal(before.state)
    if (refusal) throw new Refusal(refusal)
    const { entryName, mailed } = await writeEntry(tx, ctx, viewer, before, input, (name) => name)
    await tx
      .update(interactions)
      .set({
        lastEntryAt: ctx.now(),
        lastEntryName: entryName,
        ...(answersCustomer(input.kind) ? { unansweredSince: await unreadSince(tx, interactionId, seenEntryId) } : {}),
      })
      .where(eq(interactions.id, interactionId))
    await notifyLive(tx, { entity: 'interaction', id: interactionId, action: 'entry' })
    return { mailed, interaction: await readInteraction(tx, viewer, interactionId) }
  })
  if (added.mailed) await ringCustomerMails(ctx)
  return added.interaction
}
