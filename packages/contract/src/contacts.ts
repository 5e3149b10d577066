import { consentChannels, consentSources, consentStates } from '@cartera/domain/contacts/consent'
import { z } from 'zod'
import { optionalMailAddress } from './customers.ts'
import { defineEndpoint } from './endpoint.ts'
import {
  day,
  flag,
  id,
  idParams,
  instant,
  language,
  optionalText,
  page,
  pageQuery,
  queryFlag,
  reference,
  text,
  version,
} from './shapes.ts'

const tag = 'Contacts'
const shortText = (max: number) => z.string().max(max).nullable()
const channel = z.enum(consentChannels)
const consentState = z.enum(consentStates)
const consentSource = z.enum(consentSources)
const profiles = z.array(text(40)).max(20)

export const contact = z.strictObject({
  id,
  name: z.string().max(200),
  position: shortText(120),
  department: shortText(120),
  /** What they are for the customer: buyer, payer, legal representative. */
  profiles: z.array(z.string().max(40)).max(20),
  email: shortText(254),
  phone: shortText(60),
  mobile: shortText(60),
  /** Of the mails written to this person; null: the customer's. */
  language: language.nullable(),
  about: shortText(2000),
  /** The one to ask for first; at most one of a customer. */
  isMain: flag,
  receivesNotices: flag,
  /** May ask for links to the portal. */
  portalAccess: flag,
  /** Said on the portal that they are not the right person: no notice and no link goes there until somebody has looked. */
  wrongPersonAt: instant.nullable(),
  wrongPersonNote: z.string().max(500).nullable(),
  /** The channels that they allowed and those that they refused; of the others nothing is known. */
  consentGranted: z.array(channel).max(10),
  consentRefused: z.array(channel).max(10),
  deletedAt: instant.nullable(),
  version,
})

const consent = z.strictObject({
  id,
  channel,
  state: consentState,
  source: consentSource,
  detail: shortText(300),
  saidOn: day,
  recordedBy: reference.nullable(),
  recordedAt: instant,
  /** Of this channel the fact that stands. */
  standing: flag,
})

const contactWhole = contact.extend({
  customer: reference.extend({ code: z.string().max(40) }),
  /** Newest first. */
  consents: z.array(consent).max(500),
  /** Open follow-ups and interactions with this person, within the reader's scope. */
  openFollowUps: z.int().min(0).max(1_000_000_000),
  openInteractions: z.int().min(0).max(1_000_000_000),
})

const fields = z.strictObject({
  name: text(200),
  position: optionalText(120).optional(),
  department: optionalText(120).optional(),
  profiles: profiles.optional(),
  email: optionalMailAddress.optional(),
  phone: optionalText(60).optional(),
  mobile: optionalText(60).optional(),
  language: language.nullable().optional(),
  about: optionalText(2000).optional(),
  isMain: flag.optional(),
  receivesNotices: flag.optional(),
  portalAccess: flag.optional(),
})
const params = z.strictObject({ id, contactId: id })

/** One hundred ids with a comma between them: those chosen in a list. */
const someIds = z
  .string()
  .max(3700)
  .regex(/^[0-9a-f-]{36}(,[0-9a-f-]{36}){0,99}$/)
  .transform((value) => value.split(','))
  .pipe(z.array(id).max(100))
const directoryFilters = {
  profile: z.string().max(40).optional(),
  receivesNotices: queryFlag.optional(),
  portalAccess: queryFlag.optional(),
  hasEmail: queryFlag.optional(),
  isMain: queryFlag.optional(),
  consentChannel: channel.optional(),
  /** What they said to that channel. */
  consentState: consentState.optional(),
  customerId: id.optional(),
  agentId: id.optional().meta({ description: 'Preferred or collections agent of the customer' }),
}
/** The directory as a file: under the filters, or those chosen. */
export const contactFileQuery = z.strictObject({
  ...directoryFilters,
  q: z.string().max(200).optional(),
  sort: z.enum(['name', '-name']).optional(),
  ids: someIds.optional(),
})

export const contactEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contacts',
    summary: 'The contacts of a customer; with `deleted` those that were deleted',
    tag,
    params: idParams,
    query: pageQuery(['name', '-name']).extend({ deleted: queryFlag.optional() }),
    response: page(contact),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contacts',
    summary: 'Add a contact to a customer',
    tag,
    params: idParams,
    body: fields,
    response: contact,
    status: 201,
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contacts/:contactId',
    summary: 'A contact with the history of what they consented to; also one that was deleted',
    tag,
    params,
    response: contactWhole,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/customers/:id/contacts/:contactId',
    summary: 'Change a contact; what is left out stays as it is',
    tag,
    params,
    body: fields.partial().extend({ version }),
    response: contact,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/customers/:id/contacts/:contactId',
    summary: 'Delete a contact; what was done with them keeps their name',
    tag,
    params,
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contacts/:contactId/restorations',
    summary: 'Bring a deleted contact back as they were',
    tag,
    params,
    response: contact,
  }),
  recordConsent: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contacts/:contactId/consents',
    summary: 'Record what a contact allowed or refused on some channels; adds facts, the newest by day stands',
    tag,
    params,
    body: z.strictObject({
      channels: z.array(channel).min(1).max(consentChannels.length),
      state: consentState,
      source: consentSource,
      /** Where it can be looked up; needed where the source is `other`. */
      detail: optionalText(300).optional(),
      saidOn: day,
    }),
    response: contactWhole,
    status: 201,
  }),
  alike: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contact-duplicates',
    summary: 'Contacts of the customer who may be the same as one that is about to be written: same address, phone or name',
    tag,
    params: idParams,
    query: z.strictObject({
      name: z.string().max(200).optional(),
      email: z.string().max(254).optional(),
      phone: z.string().max(60).optional(),
      mobile: z.string().max(60).optional(),
      /** The one that is being changed. */
      except: id.optional(),
    }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            id,
            name: z.string().max(200),
            email: shortText(254),
            alike: z.array(z.enum(['email', 'phone', 'name'])).max(3),
          }),
        )
        .max(10),
    }),
  }),
  directory: defineEndpoint({
    method: 'GET',
    url: '/api/v1/contacts',
    summary: 'The contacts of all customers that the reader sees; with `q` that finds nothing, those that are nearest to it',
    tag,
    query: pageQuery(['name', '-name']).extend(directoryFilters),
    response: page(contact.extend({ customer: reference.extend({ code: z.string().max(40) }) })),
  }),
  card: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contacts/:contactId/vcard',
    summary: 'A contact as vCard 3.0',
    tag,
    params,
  }),
  customerCards: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/vcard',
    summary: 'A customer and its contacts as vCard 3.0',
    tag,
    params: idParams,
  }),
  cards: defineEndpoint({
    method: 'GET',
    url: '/api/v1/contacts/vcards',
    summary: 'The contacts under the filters as vCard 3.0; needs the permission to export',
    tag,
    query: contactFileQuery,
  }),
  readCards: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contact-card-readings',
    summary: 'What would be added from a vCard file (2.1, 3.0 or 4.0), at most 100 cards; writes nothing',
    tag,
    bodyLimit: 4 * 1_048_576,
    params: idParams,
    body: z.strictObject({ text: z.string().min(1).max(1_000_000) }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            contact: z.strictObject({
              name: z.string().max(200),
              position: shortText(120),
              department: shortText(120),
              profiles: z.array(z.string().max(40)).max(20),
              email: shortText(254),
              phone: shortText(60),
              mobile: shortText(60),
            }),
            /** What the card said and no contact can hold, as it stood there. */
            leftOut: z.array(z.strictObject({ field: z.string().max(20), value: z.string().max(200) })).max(10),
            /** Contacts of the customer who may be the same. */
            alike: z.array(reference).max(5),
          }),
        )
        .max(100),
      /** The file holds more cards than are read at once. */
      more: flag,
    }),
  }),
  addMany: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/contact-batches',
    summary: 'Add several contacts to a customer, all or none',
    tag,
    params: idParams,
    body: z.strictObject({ items: z.array(fields).min(1).max(100) }),
    response: z.strictObject({ items: z.array(contact).max(100) }),
    status: 201,
  }),
  profiles: defineEndpoint({
    method: 'GET',
    url: '/api/v1/contact-profiles',
    summary: 'The profiles in use among the contacts that the reader sees, the most frequent first',
    tag,
    query: z.strictObject({ q: z.string().max(40).optional() }),
    response: z.strictObject({
      items: z.array(z.strictObject({ value: z.string().max(40), contacts: z.int().min(1).max(1_000_000_000) })).max(50),
    }),
  }),
}
