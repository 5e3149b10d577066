import type { Querier, Transaction } from '@cartera/db/connect'
import { contacts, customers } from '@cartera/db/schema/customers'
import { followUpSituations, followUps, followUpTypes, postponements } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, type SQL, sql } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'

/**
 * The follow-ups that exist for a viewer: the owner stands within their scope now, and they see the customer. A condition over
 * `follow_ups` joined with `customers`.
 */
export function visibleFollowUp(viewer: Viewer): SQL | undefined {
  return and(visibleTo(accessScopeOf(viewer), followUps.ownerId), visibleCustomer(viewer))
}

/** Refuses `not-found` alike for a missing follow-up and one that the viewer does not see. Answers whose it is. */
export async function requireVisibleFollowUp(db: Querier, viewer: Viewer, followUpId: string) {
  const [row] = await db
    .select({ id: followUps.id, customerId: followUps.customerId })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(eq(followUps.id, followUpId), visibleFollowUp(viewer)))
  if (!row) throw new Refusal('not-found')
  return row
}

/** The viewer's row, locked until the transaction ends; refuses `not-found` alike for a missing and an out-of-scope one. */
export async function lockVisibleFollowUp(tx: Transaction, viewer: Viewer, followUpId: string) {
  const [row] = await tx
    .select({ followUp: followUps })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(eq(followUps.id, followUpId), visibleFollowUp(viewer)))
    .for('update', { of: followUps })
  if (!row) throw new Refusal('not-found')
  return row.followUp
}

/** What every answer about follow-ups reads, with the joins that it needs; more conditions and an order come behind it. */
export function selectFollowUps(db: Querier) {
  return db
    .select({
      id: followUps.id,
      number: followUps.number,
      customerId: customers.id,
      customerName: customers.name,
      customerCode: customers.code,
      contactId: contacts.id,
      contactName: contacts.name,
      typeId: followUpTypes.id,
      typeName: followUpTypes.name,
      situationId: followUpSituations.id,
      situationName: followUpSituations.name,
      situationKind: followUpSituations.kind,
      waitsForAnswer: followUps.waitsForAnswer,
      ownerId: users.id,
      ownerName: users.name,
      state: followUps.state,
      subject: followUps.subject,
      description: followUps.description,
      priority: followUps.priority,
      channel: followUps.channel,
      dueAt: followUps.dueAt,
      firstDueAt:
        sql<Date>`coalesce((select ${postponements.fromDueAt} from ${postponements} where ${postponements.followUpId} = ${followUps.id}
        order by ${postponements.postponedAt}, ${postponements.id} limit 1), ${followUps.dueAt})`.mapWith(followUps.dueAt),
      postponementCount:
        sql<number>`(select count(*) from ${postponements} where ${postponements.followUpId} = ${followUps.id})`.mapWith(Number),
      endReason: followUps.endReason,
      endedAt: followUps.endedAt,
      parentId: followUps.parentId,
      interactionId: followUps.interactionId,
      opportunityId: followUps.opportunityId,
      caseId: followUps.caseId,
      quoteId: followUps.quoteId,
      version: followUps.version,
      createdAt: followUps.createdAt,
    })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .innerJoin(followUpTypes, eq(followUpTypes.id, followUps.typeId))
    .innerJoin(users, eq(users.id, followUps.ownerId))
    .leftJoin(followUpSituations, eq(followUpSituations.id, followUps.situationId))
    .leftJoin(contacts, eq(contacts.id, followUps.contactId))
    .$dynamic()
}

export type FollowUpRow = Awaited<ReturnType<typeof selectFollowUps>>[number]

/** A row as the contract says it. */
export function followUpItem(row: FollowUpRow, now: Date) {
  return {
    id: row.id,
    number: row.number,
    customer: { id: row.customerId, name: row.customerName, code: row.customerCode },
    contact: row.contactId === null ? null : { id: row.contactId, name: row.contactName ?? '' },
    type: { id: row.typeId, name: row.typeName },
    situation:
      row.situationId === null
        ? null
        : { id: row.situationId, name: row.situationName ?? '', kind: row.situationKind ?? ('ongoing' as const) },
    owner: { id: row.ownerId, name: row.ownerName },
    state: row.state,
    subject: row.subject,
    description: row.description,
    priority: row.priority,
    channel: row.channel,
    dueAt: row.dueAt.toISOString(),
    firstDueAt: row.firstDueAt.toISOString(),
    overdue: row.state === 'active' && row.dueAt <= now,
    postponementCount: row.postponementCount,
    waitsForAnswer: row.waitsForAnswer,
    endReason: row.endReason,
    endedAt: row.endedAt?.toISOString() ?? null,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
  }
}
