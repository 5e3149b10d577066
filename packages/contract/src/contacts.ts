import { z } from 'zod'
import { optionalMailAddress } from './customers.ts'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, idParams, instant, optionalText, page, pageQuery, text, version } from './shapes.ts'

const tag = 'Contacts'
const shortText = (max: number) => z.string().max(max).nullable()

export const contact = z.strictObject({
  id,
  name: z.string().max(200),
  position: shortText(120),
  department: shortText(120),
  email: shortText(254),
  phone: shortText(60),
  mobile: shortText(60),
  receivesNotices: flag,
  /** May ask for links to the portal. */
  portalAccess: flag,
  /** Said on the portal that they are not the right person: no notice and no link goes there until somebody has looked. */
  wrongPersonAt: instant.nullable(),
  wrongPersonNote: z.string().max(500).nullable(),
  version,
})

const fields = z.strictObject({
  name: text(200),
  position: optionalText(120).optional(),
  department: optionalText(120).optional(),
  email: optionalMailAddress.optional(),
  phone: optionalText(60).optional(),
  mobile: optionalText(60).optional(),
  receivesNotices: flag.optional(),
  portalAccess: flag.optional(),
})
const params = z.strictObject({ id, contactId: id })

export const contactEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/contacts',
    summary: 'The contacts of a customer',
    tag,
    params: idParams,
    query: pageQuery(['name', '-name']),
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
    summary: 'Delete a contact',
    tag,
    params,
  }),
}
