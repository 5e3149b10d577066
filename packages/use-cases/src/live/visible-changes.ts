import type { LiveChange, LiveEntity } from '@cartera/contract/live'
import type { Querier } from '@cartera/db/connect'
import { cases } from '@cartera/db/schema/cases'
import { contactAttempts, contacts, customers, notes } from '@cartera/db/schema/customers'
import { customerFiles } from '@cartera/db/schema/files'
import { followUps, reminders } from '@cartera/db/schema/follow-ups'
import { interactions } from '@cartera/db/schema/interactions'
import { interests } from '@cartera/db/schema/interests'
import { noticeMessages } from '@cartera/db/schema/notices'
import { opportunities } from '@cartera/db/schema/opportunities'
import { paymentClaims } from '@cartera/db/schema/portal'
import { quotes } from '@cartera/db/schema/quotes'
import { documents, payments, promises, receivables } from '@cartera/db/schema/receivables'
import { renewals } from '@cartera/db/schema/renewals'
import { visibleCustomerTo, visibleTo } from '@cartera/db/visible-to'
import { type AccessScope, accessScopeOf, customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray } from 'drizzle-orm'
import { reachedCase } from '../cases/visible-case.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { reachedFile } from '../files/visible-file.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { visibleNotice } from '../notices/visible-notice.ts'
import { reachedOpportunity } from '../opportunities/visible-opportunity.ts'

type Ids = readonly string[]
type Found = Promise<{ id: string }[]>

/** What belongs to a customer alone. */
const ofCustomer =
  (
    table:
      | typeof contacts
      | typeof interests
      | typeof documents
      | typeof payments
      | typeof paymentClaims
      | typeof promises
      | typeof receivables,
  ) =>
  (db: Querier, viewer: Viewer, ids: Ids): Found =>
    db
      .select({ id: table.id })
      .from(table)
      .innerJoin(customers, eq(customers.id, table.customerId))
      .where(and(inArray(table.id, [...ids]), visibleCustomer(viewer)))

const customersOf = (db: Querier, viewer: Viewer, ids: Ids): Found =>
  db
    .select({ id: customers.id })
    .from(customers)
    .where(and(inArray(customers.id, [...ids]), visibleCustomerTo(customerScopeOf(viewer), customers)))

/**
 * Which of these records a viewer sees now, by the same conditions as the lists. A deleted one is told to those whose scope holds its
 * author or owner: to whom it was there until now.
 */
const visibleIds: Record<LiveEntity, (db: Querier, viewer: Viewer, ids: Ids) => Found> = {
  contact: ofCustomer(contacts),
  interest: ofCustomer(interests),
  document: ofCustomer(documents),
  payment: ofCustomer(payments),
  'payment-claim': ofCustomer(paymentClaims),
  promise: ofCustomer(promises),
  receivable: ofCustomer(receivables),
  customer: customersOf,
  // By the customer and by the receivable that they are of.
  'notice-settings': customersOf,
  'notice-receivable-settings': ofCustomer(receivables),
  'contact-attempt': (db, viewer, ids) =>
    db
      .select({ id: contactAttempts.id })
      .from(contactAttempts)
      .innerJoin(customers, eq(customers.id, contactAttempts.customerId))
      .where(
        and(
          inArray(contactAttempts.id, [...ids]),
          visibleTo(accessScopeOf(viewer), contactAttempts.recordedBy),
          visibleCustomer(viewer),
        ),
      ),
  file: (db, viewer, ids) =>
    db
      .select({ id: customerFiles.id })
      .from(customerFiles)
      .innerJoin(customers, eq(customers.id, customerFiles.customerId))
      .where(and(inArray(customerFiles.id, [...ids]), reachedFile(viewer))),
  'follow-up': (db, viewer, ids) =>
    db
      .select({ id: followUps.id })
      .from(followUps)
      .innerJoin(customers, eq(customers.id, followUps.customerId))
      .where(and(inArray(followUps.id, [...ids]), visibleFollowUp(viewer))),
  interaction: (db, viewer, ids) =>
    db
      .select({ id: interactions.id })
      .from(interactions)
      .innerJoin(customers, eq(customers.id, interactions.customerId))
      .where(
        and(inArray(interactions.id, [...ids]), visibleTo(accessScopeOf(viewer), interactions.ownerId), visibleCustomer(viewer)),
      ),
  case: (db, viewer, ids) =>
    db
      .select({ id: cases.id })
      .from(cases)
      .innerJoin(customers, eq(customers.id, cases.customerId))
      .where(and(inArray(cases.id, [...ids]), reachedCase(viewer))),
  opportunity: (db, viewer, ids) =>
    db
      .select({ id: opportunities.id })
      .from(opportunities)
      .innerJoin(customers, eq(customers.id, opportunities.customerId))
      .where(and(inArray(opportunities.id, [...ids]), reachedOpportunity(viewer))),
  renewal: (db, viewer, ids) =>
    db
      .select({ id: renewals.id })
      .from(renewals)
      .innerJoin(customers, eq(customers.id, renewals.customerId))
      .where(and(inArray(renewals.id, [...ids]), visibleTo(accessScopeOf(viewer), renewals.ownerId), visibleCustomer(viewer))),
  quote: (db, viewer, ids) =>
    db
      .select({ id: quotes.id })
      .from(quotes)
      .innerJoin(customers, eq(customers.id, quotes.customerId))
      .where(and(inArray(quotes.id, [...ids]), visibleTo(accessScopeOf(viewer), quotes.ownerId), visibleCustomer(viewer))),
  note: (db, viewer, ids) =>
    db
      .select({ id: notes.id })
      .from(notes)
      .innerJoin(customers, eq(customers.id, notes.customerId))
      .where(and(inArray(notes.id, [...ids]), visibleTo(accessScopeOf(viewer), notes.authorId), visibleCustomer(viewer))),
  notice: (db, viewer, ids) =>
    db
      .select({ id: noticeMessages.id })
      .from(noticeMessages)
      .innerJoin(customers, eq(customers.id, noticeMessages.customerId))
      .where(and(inArray(noticeMessages.id, [...ids]), visibleNotice(viewer))),
  // What one is told of is told to nobody else, whatever the level.
  reminder: (db, viewer, ids) =>
    db
      .select({ id: reminders.id })
      .from(reminders)
      .innerJoin(followUps, eq(followUps.id, reminders.followUpId))
      .innerJoin(customers, eq(customers.id, followUps.customerId))
      .where(and(inArray(reminders.id, [...ids]), eq(reminders.userId, viewer.userId), visibleFollowUp(viewer))),
}

/** The changes whose records the viewer sees now; of the others not a word. */
export async function visibleChanges(db: Querier, viewer: Viewer, changes: readonly LiveChange[]): Promise<LiveChange[]> {
  const seen = new Set<string>()
  for (const entity of new Set(changes.map((change) => change.entity))) {
    const ids = [...new Set(changes.filter((change) => change.entity === entity).map((change) => change.id))]
    for (const { id } of await visibleIds[entity](db, viewer, ids)) seen.add(`${entity} ${id}`)
  }
  return changes.filter((change) => seen.has(`${change.entity} ${change.id}`))
}

/** Records that are deleted softly: live events tell of that, but there is nothing to read any more. */
const deletable: Partial<
  Record<
    LiveEntity,
    | typeof cases
    | typeof contacts
    | typeof customerFiles
    | typeof customers
    | typeof interactions
    | typeof interests
    | typeof notes
    | typeof quotes
    | typeof opportunities
    | typeof renewals
  >
> = {
  case: cases,
  contact: contacts,
  customer: customers,
  file: customerFiles,
  interaction: interactions,
  interest: interests,
  note: notes,
  quote: quotes,
  opportunity: opportunities,
  renewal: renewals,
}

async function isDeleted(db: Querier, entity: LiveEntity, id: string): Promise<boolean> {
  const table = deletable[entity]
  if (table === undefined) return false
  const [row] = await db.select({ deletedAt: table.deletedAt }).from(table).where(eq(table.id, id))
  return row?.deletedAt !== null
}

/** Refuses `not-found` alike for a record that is missing, deleted, or out of the viewer's sight. */
export async function requireVisibleRecord(db: Querier, viewer: Viewer, entity: LiveEntity, id: string): Promise<void> {
  const [seen] = await visibleChanges(db, viewer, [{ entity, id, action: '' }])
  if (!seen || (await isDeleted(db, entity, id))) throw new Refusal('not-found')
}

const placeOf = (scope: AccessScope): string =>
  scope.kind === 'company'
    ? 'company'
    : scope.kind === 'branch'
      ? `branch ${scope.branchId}`
      : scope.kind === 'department'
        ? `department ${scope.branchId} ${scope.departmentId}`
        : `own ${scope.userId}`

/** Viewers of one key see the same of these changes: one question answers for all of them. */
export function sightOf(viewer: Viewer, changes: readonly LiveChange[]): string {
  const personal = changes.some((change) => change.entity === 'reminder') ? viewer.userId : ''
  return [placeOf(accessScopeOf(viewer)), placeOf(customerScopeOf(viewer)), personal].join('|')
}
