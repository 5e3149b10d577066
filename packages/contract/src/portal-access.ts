import { z } from 'zod'
import { contact } from './contacts.ts'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, instant, reference } from './shapes.ts'

const tag = 'Contacts'
const params = z.strictObject({ id, contactId: id })

/** How a contact comes into the portal: the agents' side. */
export const portalAccess = z.strictObject({
  /** Whether a link sent now would let them in. */
  open: flag,
  /** Why an invitation cannot leave, as a refusal code; null where it can. */
  refusal: z.string().max(60).nullable(),
  lastEntryAt: instant.nullable(),
  /** Those of the last 30 days, the newest first. */
  links: z
    .array(
      z.strictObject({
        id,
        createdAt: instant,
        /** Null where the contact asked for it. */
        createdBy: reference.nullable(),
        /** Null until its mail is composed. */
        expiresAt: instant.nullable(),
        toAddress: z.string().max(254),
        /** `sending` and `failed` speak of its mail; `paused` lasts as long as the customer is inactive. */
        state: z.enum(['sending', 'failed', 'waiting', 'paused', 'used', 'expired', 'revoked']),
        /** Why its mail waits or failed. */
        response: z.string().max(2000).nullable(),
      }),
    )
    .max(50),
  sessions: z
    .array(
      z.strictObject({
        id,
        createdAt: instant,
        expiresAt: instant,
        address: z.string().max(60).nullable(),
        userAgent: z.string().max(300).nullable(),
        /** `paused` lasts as long as the customer is inactive. */
        state: z.enum(['open', 'paused', 'ended']),
      }),
    )
    .max(50),
})

export const portalAccessEndpoints = {
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contacts/:contactId/portal-access',
    summary: 'The portal links and sessions of a contact',
    tag,
    params,
    response: portalAccess,
  }),
  invite: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contacts/:contactId/portal-invitations',
    summary: 'Send a contact a link to the portal, by mail',
    tag,
    params,
    response: portalAccess,
    status: 201,
  }),
  revoke: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contacts/:contactId/portal-revocations',
    summary: 'End every portal link and session of a contact',
    tag,
    params,
    response: portalAccess,
    status: 201,
  }),
  clearWrongPerson: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contacts/:contactId/wrong-person-clearances',
    summary: 'Say that the contact is the right person after all: notices and links go there again',
    tag,
    params,
    response: contact,
    status: 201,
  }),
}
