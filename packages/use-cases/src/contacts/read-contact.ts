import type { Querier } from '@cartera/db/connect'
import { contactConsents, contacts, customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { interactions } from '@cartera/db/schema/interactions'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { standingConsents } from '@cartera/domain/contacts/consent'
import { Refusal } from '@cartera/domain/refusal'
import { and, count, desc, eq } from 'drizzle-orm'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { visibleInteraction } from '../interactions/visible-interaction.ts'
import { toContact } from './list-contacts.ts'

const mostFacts = 500

/** A contact with what they consented to and what is open with them, in the viewer's reach; also one that was deleted. Refuses `not-found`. */
export async function readContact(db: Querier, viewer: Viewer, customerId: string, contactId: string) {
  const [row] = await db
    .select({ contact: contacts, customer: { id: customers.id, name: customers.name, code: customers.code } })
    .from(contacts)
    .innerJoin(customers, eq(customers.id, contacts.customerId))
    .where(and(eq(contacts.id, contactId), eq(customers.id, customerId), visibleCustomer(viewer)))
  if (!row) throw new Refusal('not-found')
  const facts = await db
    .select({ fact: contactConsents, recorder: users.name })
    .from(contactConsents)
    .leftJoin(users, eq(users.id, contactConsents.recordedBy))
    .where(eq(contactConsents.contactId, contactId))
    .orderBy(desc(contactConsents.saidOn), desc(contactConsents.id))
    .limit(mostFacts)
  const standing = standingConsents(facts.map(({ fact }) => fact))
  const [followed] = await db
    .select({ open: count() })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .where(and(eq(followUps.contactId, contactId), eq(followUps.state, 'active'), visibleFollowUp(viewer)))
  const [talked] = await db
    .select({ open: count() })
    .from(interactions)
    .innerJoin(customers, eq(customers.id, interactions.customerId))
    .where(and(eq(interactions.contactId, contactId), eq(interactions.state, 'open'), visibleInteraction(viewer)))
  return {
    ...toContact(row.contact),
    customer: row.customer,
    consents: facts.map(({ fact, recorder }) => ({
      id: fact.id,
      channel: fact.channel,
      state: fact.state,
      source: fact.source,
      detail: fact.detail,
      saidOn: fact.saidOn,
      recordedBy: fact.recordedBy === null || recorder === null ? null : { id: fact.recordedBy, name: recorder },
      recordedAt: fact.createdAt.toISOString(),
      standing: standing.get(fact.channel) === fact,
    })),
    openFollowUps: followed?.open ?? 0,
    openInteractions: talked?.open ?? 0,
  }
}
