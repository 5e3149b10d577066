import type { Querier, Transaction } from '@cartera/db/connect'
import { noticeItems, noticeMessages, noticeRecipients } from '@cartera/db/schema/notices'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import type { NoticeReceivable } from '@cartera/domain/notices/notice-plan'
import type { NoticeReasonCode, NoticeState } from '@cartera/domain/notices/notice-states'
import { dayOfMessage, type Recheck, recheckMessage, type StandingItem } from '@cartera/domain/notices/recheck-message'
import { and, eq, inArray, notInArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { recordEvents } from './notice-events.ts'
import { type CustomerFacts, findCustomerFacts, type NoticeWorld } from './notice-facts.ts'

export type NoticeMessage = typeof noticeMessages.$inferSelect

export interface MessageItem extends StandingItem {
  receivable: NoticeReceivable & { number: string }
  ruleVersion: number
  occurrence: number
}

/** A message with everything that decides over it, as it is now. */
export interface MessageFacts {
  message: Omit<NoticeMessage, 'source'>
  customer: CustomerFacts
  items: MessageItem[]
  day: CalendarDay
  check: Recheck
}

const withoutSource = {
  id: noticeMessages.id,
  customerId: noticeMessages.customerId,
  kind: noticeMessages.kind,
  level: noticeMessages.level,
  planOn: noticeMessages.planOn,
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
  const today = dayOfInstant(ctx.now(), timeZone)
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
  return messages.map((message) => {
    const customer = customers.get(message.customerId)
    if (!customer) throw new Error(`notice ${message.id}: its customer is gone`)
    const own = items.get(message.id) ?? []
    const plannedOnDay = dayOfInstant(message.createdAt, timeZone)
    const asOf = day ?? dayOfMessage({ planOn: message.planOn, plannedOnDay }, today)
    // The approval's day on the message's own calendar, which differs from the real one where a day was run by hand.
    const approvedOn =
      message.reviewedAt === null
        ? null
        : dayOfMessage({ planOn: message.planOn, plannedOnDay }, dayOfInstant(message.reviewedAt, timeZone))
    const check = recheckMessage({
      day: asOf,
      calendar: world.calendar,
      catchUpDays,
      kind: message.kind,
      customer,
      reviewOverdue,
      approvedOn,
      items: own,
    })
    return { message, customer, items: own, day: asOf, check }
  })
}

async function findStandingItems(
  db: Querier,
  world: NoticeWorld,
  messageIds: readonly string[],
): Promise<Map<string, MessageItem[]>> {
  const { rows } = await db.execute<{
    id: string
    message_id: string
    rule_id: string
    rule_version: number
    occurrence: number
    planned_due_on: string
    receivable_id: string
    external_id: string | null
    customer_id: string
    issued_on: string
    due_on: string
    balance_minor: string
    currency: string
    disputed: boolean
    number: string
  }>(sql`
    select i.id, i.message_id, i.rule_id, i.rule_version, i.occurrence, i.due_on as planned_due_on,
      r.id as receivable_id, r.external_id, r.customer_id, r.issued_on, r.due_on, r.balance_minor, r.currency,
      r.disputed_at is not null as disputed, d.number
    from notice_items i
    join receivables r on r.id = i.receivable_id
    join documents d on d.id = r.document_id
    where i.message_id = any(${sql.param([...messageIds])}::uuid[]) and i.dropped_reason is null
    order by r.due_on, r.external_id, r.id, i.rule_id`)
  const rules = new Map(world.rules.map((rule) => [rule.id, rule]))
  const items = new Map<string, MessageItem[]>()
  for (const row of rows) {
    const rule = rules.get(row.rule_id)
    if (!rule) throw new Error(`notice item ${row.id}: its rule is gone`)
    const item: MessageItem = {
      id: row.id,
      rule,
      ruleVersion: row.rule_version,
      occurrence: row.occurrence,
      plannedDueOn: row.planned_due_on,
      receivable: {
        id: row.receivable_id,
        externalId: row.external_id,
        customerId: row.customer_id,
        issuedOn: row.issued_on,
        dueOn: row.due_on,
        balanceMinor: BigInt(row.balance_minor),
        currency: row.currency,
        disputed: row.disputed,
        number: row.number,
      },
    }
    const group = items.get(row.message_id)
    if (group) group.push(item)
    else items.set(row.message_id, [item])
  }
  return items
}

/** `<uuid@domain-of-sender>`: fixed before the first attempt, so that evidence can be looked up by it. */
export function makeMessageId(senderAddress: string | null): string {
  const domain = senderAddress === null ? 'cartera.invalid' : senderAddress.slice(senderAddress.lastIndexOf('@') + 1)
  return `<${v7()}@${domain}>`
}

/**
 * Writes what a recheck found: items that dropped out, disputed ones set aside in a held message of their own, present due dates and
 * balances of the rest, sender and recipients. The message's row must be locked or claimed by the caller, who writes its state.
 */
export async function applyRecheck(tx: Transaction, ctx: AppContext, facts: MessageFacts): Promise<void> {
  const { message, check, items, customer } = facts
  const attempted = message.attempt > 0 && (await everDispatched(tx, message.id))
  // A due date that moved on gives its key back, so that the receivable is planned anew; not when a mail may have gone out.
  for (const { id, reason } of check.drops)
    if (reason === 'due-moved' && !attempted) await tx.delete(noticeItems).where(eq(noticeItems.id, id))
    else await tx.update(noticeItems).set({ droppedReason: reason }).where(eq(noticeItems.id, id))

  const setAside = check.verdict.kind === 'cancel' ? [] : check.setAside
  const byId = new Map(items.map((item) => [item.id, item]))
  for (const stand of check.stands) {
    const item = byId.get(stand.id)
    if (!item) continue
    await tx
      .update(noticeItems)
      .set({ dueOn: item.receivable.dueOn, maturesOn: stand.maturesOn, balanceMinor: item.receivable.balanceMinor })
      .where(eq(noticeItems.id, stand.id))
  }
  if (setAside.length > 0) {
    const heldId = v7()
    const now = ctx.now()
    await tx.insert(noticeMessages).values({
      id: heldId,
      customerId: message.customerId,
      kind: message.kind,
      planOn: message.planOn,
      state: 'held',
      reason: 'disputed',
      messageId: makeMessageId(customer.sender.address),
      senderId: customer.sender.user?.id ?? null,
      senderAddress: customer.sender.address,
      senderIsFallback: customer.sender.fallback,
      createdAt: message.createdAt,
      updatedAt: now,
    })
    await tx.update(noticeItems).set({ messageId: heldId }).where(inArray(noticeItems.id, setAside))
    await writeRecipients(tx, heldId, customer)
    await recordEvents(tx, ctx, [
      { messageId: heldId, fromState: null, toState: 'held', reason: 'disputed', detail: message.messageId },
    ])
  }
  if (check.verdict.kind !== 'cancel') {
    await writeRecipients(tx, message.id, customer)
    await tx
      .update(noticeMessages)
      .set({
        senderId: customer.sender.user?.id ?? null,
        senderAddress: customer.sender.address,
        senderIsFallback: customer.sender.fallback,
        ...(message.attempt <= 1 && message.messageId.endsWith('@cartera.invalid>') && customer.sender.address !== null
          ? { messageId: makeMessageId(customer.sender.address) }
          : {}),
      })
      .where(eq(noticeMessages.id, message.id))
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
  await tx
    .delete(noticeRecipients)
    .where(
      and(
        eq(noticeRecipients.messageId, messageId),
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
