import type { Querier, Transaction } from '@cartera/db/connect'
import { noticeItems, noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { type CalendarDay, dayOfInstant, daysBetween } from '@cartera/domain/calendar-day'
import { type ContactRules, limitsContacts } from '@cartera/domain/notices/contact-policy'
import { type PlannedContact, partsOfOccurrence, stopsClock } from '@cartera/domain/notices/notice-plan'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import {
  dayOfMessage,
  type Recheck,
  recheckMessage,
  type StandingItem,
  type WaitingItem,
} from '@cartera/domain/notices/recheck-message'
import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordEvents } from './notice-events.ts'
import { addContacts, type CustomerFacts, findCustomerFacts, type NoticeWorld, noticePolicyOf } from './notice-facts.ts'
import { type CandidateReceivable, type ReceivableRow, receivableColumns, receivableOf } from './notice-receivables.ts'

export type NoticeMessage = typeof noticeMessages.$inferSelect

export interface MessageItem extends StandingItem {
  receivable: CandidateReceivable
  ruleVersion: number
  /** A mail with it may have gone out before it was set aside. */
  mayHaveLeft: boolean
}

/** A message with everything that decides over it, as it is now. */
export interface MessageFacts {
  message: Omit<NoticeMessage, 'source'>
  customer: CustomerFacts
  items: MessageItem[]
  day: CalendarDay
  check: Recheck
  /** Null where nothing limits contacts: then the gate has nothing to ask about them. */
  limits: ContactRules | null
}

const withoutSource = {
  id: noticeMessages.id,
  customerId: noticeMessages.customerId,
  kind: noticeMessages.kind,
  level: noticeMessages.level,
  planOn: noticeMessages.planOn,
  writtenOn: noticeMessages.writtenOn,
  state: noticeMessages.state,
  reason: noticeMessages.reason,
  reasonParams: noticeMessages.reasonParams,
  freedOn: noticeMessages.freedOn,
  lookedOn: noticeMessages.lookedOn,
  messageId: noticeMessages.messageId,
  senderId: noticeMessages.senderId,
  senderAddress: noticeMessages.senderAddress,
  senderIsFallback: noticeMessages.senderIsFallback,
  subject: noticeMessages.subject,
  smtpResponse: noticeMessages.smtpResponse,
  attempt: noticeMessages.attempt,
  nextAttemptAt: noticeMessages.nextAttemptAt,
  claimToken: noticeMessages.claimToken,
  leaseUntil: noticeMessages.leaseUntil,
  sentAt: noticeMessages.sentAt,
  reviewedBy: noticeMessages.reviewedBy,
  reviewedAt: noticeMessages.reviewedAt,
  version: noticeMessages.version,
  createdAt: noticeMessages.createdAt,
  updatedAt: noticeMessages.updatedAt,
}

/** Loads and checks messages again. `day` for all of them, or null for each as of its own day (see `dayOfMessage`). */
export async function findMessageFacts(
  db: Querier,
  ctx: AppContext,
  world: NoticeWorld,
  messageIds: readonly string[],
  day: CalendarDay | null,
): Promise<MessageFacts[]> {
  if (messageIds.length === 0) return []
  const { timeZone, catchUpDays, reviewOverdue } = world.company
  const now = ctx.now()
  const policy = noticePolicyOf(world, now)
  const today = dayOfInstant(now, timeZone)
  const messages = await db
    .select(withoutSource)
    .from(noticeMessages)
    .where(sql`${noticeMessages.id} = any(${sql.param([...messageIds])}::uuid[])`)
    .orderBy(noticeMessages.id)
  const items = await findStandingItems(db, world, messageIds)
  const customers = await findCustomerFacts(
    db,
    world,
    messages.map((message) => message.customerId),
  )
  await addContacts(db, world, customers, { day: today })
  return messages.map((message) => {
    const shared = customers.get(message.customerId)
    if (!shared) throw new Error(`notice ${message.id}: its customer is gone`)
    const customer = shared.contacts.length === 0 ? shared : { ...shared, contacts: contactsBeside(message, shared.contacts) }
    const own = items.get(message.id) ?? []
    const asOf = day ?? dayOfMessage(message, today)
    // The approval's day on the message's own calendar, which differs from the real one where a day was run by hand.
    const approvedOn = message.reviewedAt === null ? null : dayOfMessage(message, dayOfInstant(message.reviewedAt, timeZone))
    const check = recheckMessage({
      day: asOf,
      at: instantOn(now, daysBetween(today, asOf)),
      calendar: world.calendar,
      catchUpDays,
      kind: message.kind,
      customer,
      reviewOverdue,
      policy,
      approvedOn,
      freedOn: message.freedOn,
      waited: message.state === 'held' && stopsClock(message.reason),
      inReview: message.state === 'held' && message.reason === 'review',
      items: own,
    })
    return { message, customer, items: own, day: asOf, check, limits: limitsContacts(world.contact) ? world.contact : null }
  })
}

const msPerDay = 86_400_000
/** The same hour so many days on: where a day is run by hand for another date, its hours are those of that date. */
export const instantOn = (now: Date, days: number) => new Date(now.getTime() + days * msPerDay)

/**
 * The contacts that a message must keep its distance from: not itself, and of what is about to be sent only what goes before it (overdue
 * notices before reminders, then the older one). So of two that are ready at once exactly one gives way, whoever looks first.
 */
function contactsBeside(
  message: { id: string; kind: 'preventive' | 'overdue' },
  contacts: readonly PlannedContact[],
): PlannedContact[] {
  const beside: PlannedContact[] = []
  for (const { pendingKind, ...contact } of contacts) {
    const { messageId } = contact
    if (messageId === message.id) continue
    const isFirst =
      pendingKind === undefined || (pendingKind === message.kind ? (messageId ?? '') < message.id : pendingKind === 'overdue')
    if (isFirst) beside.push(contact)
  }
  return beside
}

/** Seconds until a message that waits for an hour is looked at again; a while where no opening is known. */
export function secondsUntilOpen(check: Recheck, now: Date): number {
  const { verdict } = check
  if (verdict.kind !== 'wait' || verdict.until === null) return 900
  return Math.max(1, Math.ceil((verdict.until.getTime() - now.getTime()) / 1000))
}

async function findStandingItems(
  db: Querier,
  world: NoticeWorld,
  messageIds: readonly string[],
): Promise<Map<string, MessageItem[]>> {
  const { rows } = await db.execute<
    ReceivableRow & {
      item_id: string
      message_id: string
      rule_id: string
      rule_version: number
      occurrence: number
      planned_due_on: string
      may_have_left: boolean
    }
  >(sql`
    select i.id as item_id, i.message_id, i.rule_id, i.rule_version, i.occurrence, i.due_on as planned_due_on, i.may_have_left, ${receivableColumns}
    from notice_items i
    join receivables r on r.id = i.receivable_id
    join documents d on d.id = r.document_id
    left join notice_receivable_settings rs on rs.receivable_id = r.id
    where i.message_id = any(${sql.param([...messageIds])}::uuid[]) and i.dropped_reason is null
    order by r.due_on, r.external_id, r.id, i.rule_id`)
  const rules = new Map(world.rules.map((rule) => [rule.id, rule]))
  const items = new Map<string, MessageItem[]>()
  for (const row of rows) {
    const rule = rules.get(row.rule_id)
    if (!rule) throw new Error(`notice item ${row.item_id}: its rule is gone`)
    const item: MessageItem = {
      id: row.item_id,
      rule,
      ruleVersion: row.rule_version,
      occurrence: row.occurrence,
      plannedDueOn: row.planned_due_on,
      mayHaveLeft: row.may_have_left,
      receivable: receivableOf(row),
    }
    const group = items.get(row.message_id)
    if (group) group.push(item)
    else items.set(row.message_id, [item])
  }
  return items
}

/** Of a Message-ID that was made before its sender was known. */
export const domainWithoutSender = 'cartera.invalid'

/** `<uuid@domain-of-sender>`: fixed before the first attempt, so that evidence can be looked up by it. */
export function makeMessageId(senderAddress: string | null): string {
  const domain = senderAddress === null ? domainWithoutSender : senderAddress.slice(senderAddress.lastIndexOf('@') + 1)
  return `<${v7()}@${domain}>`
}

/**
 * Writes what a recheck found: items that dropped out, those that wait by themselves set aside in held messages of their own, present
 * due dates and balances of the rest, sender, recipients, level and the facts of the reason. The message's row must be locked or claimed
 * by the caller, who writes its state.
 */
export async function applyRecheck(tx: Transaction, ctx: AppContext, facts: MessageFacts): Promise<void> {
  const { message, check, items, customer } = facts
  const { verdict } = check
  // Not by its attempts: who sends again lets them start anew.
  const apart = check.setAside.length > 0 || check.drops.some(({ reason }) => reason === 'due-moved')
  const attempted = apart && (await everDispatched(tx, message.id))
  const byId = new Map(items.map((item) => [item.id, item]))
  // A due date that moved on gives its key back, so that the receivable is planned anew; not when a mail may have gone out, and not where
  // it was extended: the next series has keys of its own.
  for (const { id, reason } of check.drops) {
    const item = byId.get(id)
    const corrected =
      reason === 'due-moved' && item !== undefined && partsOfOccurrence(item.occurrence).extensions === item.receivable.extensions
    if (corrected && !attempted && !item.mayHaveLeft) await tx.delete(noticeItems).where(eq(noticeItems.id, id))
    else await tx.update(noticeItems).set({ droppedReason: reason }).where(eq(noticeItems.id, id))
  }
  for (const stand of check.stands) {
    const item = byId.get(stand.id)
    if (!item) continue
    await tx
      .update(noticeItems)
      .set({ dueOn: item.receivable.dueOn, maturesOn: stand.maturesOn, balanceMinor: item.receivable.balanceMinor })
      .where(eq(noticeItems.id, stand.id))
  }
  await setAside(tx, ctx, facts, attempted)
  const cancelled = verdict.kind === 'cancel'
  if (!cancelled) await writeRecipients(tx, message.id, customer)
  await tx
    .update(noticeMessages)
    .set({
      kind: check.kind,
      level: check.level,
      reasonParams: verdict.kind === 'hold' ? verdict.params : null,
      lookedOn: facts.day,
      ...(check.freedOn === null ? {} : { freedOn: check.freedOn }),
      ...(cancelled
        ? {}
        : {
            senderId: customer.sender.user?.id ?? null,
            senderAddress: customer.sender.address,
            senderIsFallback: customer.sender.fallback,
            ...(message.attempt <= 1 && message.messageId.endsWith(`@${domainWithoutSender}>`) && customer.sender.address !== null
              ? { messageId: makeMessageId(customer.sender.address) }
              : {}),
          }),
    })
    .where(eq(noticeMessages.id, message.id))
}

/** Moves what waits by itself to the message of its customer and kind that already waits for the same, or to a new one. */
async function setAside(tx: Transaction, ctx: AppContext, facts: MessageFacts, attempted: boolean): Promise<void> {
  const { message, check, items, customer } = facts
  const byId = new Map(items.map((item) => [item.id, item]))
  const groups = new Map<string, { waits: WaitingItem[]; items: MessageItem[] }>()
  for (const id of check.setAside) {
    const wait = check.waits.find((each) => each.id === id)
    const item = byId.get(id)
    if (!wait || !item) continue
    const group = groups.get(wait.reason)
    if (group) {
      group.waits.push(wait)
      group.items.push(item)
    } else groups.set(wait.reason, { waits: [wait], items: [item] })
  }
  for (const { waits, items: own } of groups.values()) {
    const [first] = waits
    if (!first) continue
    const kind = own.some((item) => item.rule.kind === 'overdue') ? 'overdue' : 'preventive'
    const { reason } = first
    const params = waits.reduce(
      (least, each) => ((each.params.until ?? '') < (least.until ?? '') ? each.params : least),
      first.params,
    )
    const now = ctx.now()
    const { rows: standing } = await tx.execute<{ id: string }>(sql`
      select id from notice_messages
      where customer_id = ${message.customerId} and state = 'held' and reason = ${reason} and kind = ${kind} and reviewed_at is null
        and plan_on = ${message.planOn} and id <> ${message.id}
      order by id limit 1 for update`)
    const known = standing[0]?.id
    const heldId = known ?? v7()
    if (known === undefined) {
      await tx.insert(noticeMessages).values({
        id: heldId,
        customerId: message.customerId,
        kind,
        level: own.reduce((highest, item) => Math.max(highest, item.rule.level), 1),
        planOn: message.planOn,
        writtenOn: message.writtenOn,
        state: 'held',
        reason,
        reasonParams: params,
        freedOn: message.freedOn,
        lookedOn: facts.day,
        messageId: makeMessageId(customer.sender.address),
        senderId: customer.sender.user?.id ?? null,
        senderAddress: customer.sender.address,
        senderIsFallback: customer.sender.fallback,
        createdAt: message.createdAt,
        updatedAt: now,
      })
      await writeRecipients(tx, heldId, customer)
      await recordEvents(tx, ctx, [{ messageId: heldId, fromState: null, toState: 'held', reason, detail: message.messageId }])
    }
    await tx
      .update(noticeItems)
      // What may have gone out once stays so in the message that it waits in.
      .set({ messageId: heldId, ...(attempted ? { mayHaveLeft: true } : {}) })
      .where(
        inArray(
          noticeItems.id,
          waits.map((each) => each.id),
        ),
      )
  }
}

async function everDispatched(tx: Querier, messageId: string): Promise<boolean> {
  const { rowCount } = await tx.execute(
    sql`select 1 from notice_events where message_id = ${messageId} and to_state = 'dispatching' limit 1`,
  )
  return (rowCount ?? 0) > 0
}

async function writeRecipients(tx: Transaction, messageId: string, customer: CustomerFacts): Promise<void> {
  const usable = customer.recipients.filter((recipient) => recipient.usable)
  const addresses = usable.map((recipient) => recipient.address)
  await tx.delete(noticeRecipients).where(
    and(
      eq(noticeRecipients.messageId, messageId),
      // What a server has said of an address stays on the record.
      eq(noticeRecipients.outcome, 'pending'),
      addresses.length === 0 ? undefined : notInArray(noticeRecipients.address, addresses),
    ),
  )
  if (usable.length > 0)
    await tx
      .insert(noticeRecipients)
      .values(usable.map(({ address, name, contactId }) => ({ messageId, address, name, contactId })))
      .onConflictDoUpdate({ target: [noticeRecipients.messageId, noticeRecipients.address], set: { name: sql`excluded.name` } })
}

/** The state and reason that a verdict means for a message that has not left; null where it stays as it is. */
export function stateOfVerdict(check: Recheck): { state: NoticeState; reason: NoticeReasonCode | null } {
  const { verdict } = check
  switch (verdict.kind) {
    case 'send':
    case 'wait':
      return { state: 'planned', reason: null }
    case 'hold':
      return { state: 'held', reason: verdict.reason }
    case 'cancel':
      return { state: 'cancelled', reason: verdict.reason }
  }
}
