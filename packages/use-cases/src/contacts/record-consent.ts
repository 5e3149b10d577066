import type { contactEndpoints } from '@cartera/contract/contacts'
import type { EndpointCall } from '@cartera/contract/endpoint'
import { contactConsents, contacts } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { saidOnRefusal, standingConsents } from '@cartera/domain/contacts/consent'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { readContact } from './read-contact.ts'
import { lockContact, requireManageCustomers } from './write-contact.ts'

/**
 * Records what a contact allowed or refused on some channels, with where that is known from. Facts are added, never overwritten; the newest by the day on
 * which it was said stands. Refuses `not-found`, `not-allowed`, `day-in-future`, `day-too-long-ago`, `value-missing` without a detail of another source.
 */
export async function recordConsent(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  contactId: string,
  input: EndpointCall<typeof contactEndpoints.recordConsent>['body'],
) {
  return ctx.db.transaction(async (tx) => {
    await findVisibleCustomer(tx, viewer, customerId)
    await lockContact(tx, customerId, contactId)
    requireManageCustomers(viewer)
    const refusal = saidOnRefusal(input.saidOn, dayOfInstant(ctx.now(), (await findCompany(tx)).timeZone))
    if (refusal) throw new Refusal(refusal, { field: 'saidOn' })
    const detail = input.detail ?? null
    if (input.source === 'other' && detail === null) throw new Refusal('value-missing', { field: 'detail' })
    const channels = [...new Set(input.channels)]
    const { state, source, saidOn } = input
    const fact = { contactId, state, source, detail, saidOn, recordedBy: viewer.userId, createdAt: ctx.now() }
    await tx.insert(contactConsents).values(channels.map((channel) => ({ ...fact, channel })))
    const facts = await tx
      .select({
        id: contactConsents.id,
        channel: contactConsents.channel,
        state: contactConsents.state,
        saidOn: contactConsents.saidOn,
      })
      .from(contactConsents)
      .where(eq(contactConsents.contactId, contactId))
    const standing = [...standingConsents(facts).values()]
    const having = (wanted: 'granted' | 'refused') =>
      standing.flatMap((each) => (each.state === wanted ? [each.channel] : [])).sort()
    await tx
      .update(contacts)
      .set({ consentGranted: having('granted'), consentRefused: having('refused') })
      .where(eq(contacts.id, contactId))
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'contact',
      entityId: contactId,
      changes: { consent: { channels, state, source, detail, saidOn } },
    })
    return readContact(tx, viewer, customerId, contactId)
  })
}
