import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import {
  amount,
  currency,
  day,
  flag,
  id,
  idParams,
  instant,
  optionalText,
  page,
  pageQuery,
  queryFlag,
  reference,
  text,
  version,
} from './shapes.ts'

const tag = 'Renewals'
const product = reference.extend({ code: z.string().max(40) })
const months = z.int().min(1).max(120)
const leadDays = z.int().min(0).max(365)
const state = z.enum(['active', 'ended'])

const renewal = z.strictObject({
  id,
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  product,
  owner: reference,
  everyMonths: months,
  lastOn: day.nullable(),
  nextOn: day,
  overdue: flag.meta({ description: 'Its date is past and nobody has renewed or ended it' }),
  quantity: z.string().max(60).nullable(),
  amount: amount.nullable(),
  currency: currency.nullable(),
  note: z.string().max(1000).nullable(),
  leadDays: leadDays.nullable().meta({ description: 'Days ahead on which its follow-up is opened; null as the company says' }),
  opensOn: day.meta({ description: 'The day on which its follow-up is opened' }),
  followUp: z
    .strictObject({
      id,
      number: z.int().min(1).max(2147483647),
      state: z.enum(['active', 'closed', 'discarded']),
    })
    .nullable()
    .meta({ description: 'The newest that was opened for it, if the viewer sees it' }),
  state,
  endReason: z.string().max(500).nullable(),
  endedAt: instant.nullable(),
  endedBy: reference.nullable(),
  purchases: z.int().min(0).max(1_000_000).meta({ description: 'How often it was renewed here' }),
  deletedAt: instant.nullable(),
  mayRestore: flag,
  version,
})

const filters = {
  q: z.string().max(200).optional(),
  customerId: id.optional(),
  productId: id.optional(),
  ownerId: id.optional(),
  branchId: id.optional().meta({ description: 'Where the owner stands now' }),
  departmentId: id.optional(),
  followUpId: id.optional(),
  state: z.enum(['active', 'ended', 'all']).optional().meta({ description: 'active unless told' }),
  from: day.optional().meta({ description: 'First next date' }),
  to: day.optional(),
}

const fields = {
  ownerId: id.optional(),
  lastOn: day.nullable().optional(),
  quantity: optionalText(60).optional(),
  amount: amount.nullable().optional(),
  currency: currency.nullable().optional(),
  note: optionalText(1000).optional(),
  leadDays: leadDays.nullable().optional(),
}

export const renewalEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/renewals',
    summary: 'What comes up for renewal, of the owners in the viewer’s scope, by the next date',
    tag,
    query: pageQuery(['nextOn', '-nextOn']).extend({
      ...filters,
      deleted: queryFlag.optional().meta({ description: 'Those that were deleted and that the viewer may restore' }),
    }),
    response: page(renewal),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/renewals/:id',
    summary: 'A renewal',
    tag,
    params: idParams,
    response: renewal,
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/renewals',
    summary: 'Note a product that a customer buys every so many months; the owner is the preferred agent unless told',
    tag,
    body: z.strictObject({ customerId: id, productId: id, everyMonths: months, nextOn: day, ...fields }),
    response: renewal,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/renewals/:id',
    summary: 'Change a renewal that goes on',
    tag,
    params: idParams,
    body: z.strictObject({
      productId: id.optional(),
      everyMonths: months.optional(),
      nextOn: day.optional(),
      ...fields,
      version,
    }),
    response: renewal,
  }),
  renew: defineEndpoint({
    method: 'POST',
    url: '/api/v1/renewals/:id/purchases',
    summary: 'It was renewed: the date moves on, once, and its follow-up is closed',
    tag,
    params: idParams,
    body: z.strictObject({
      purchasedOn: day.optional().meta({ description: 'Today unless told' }),
      nextOn: day.optional().meta({ description: 'In its own rhythm unless told' }),
      version,
    }),
    response: renewal,
    status: 201,
  }),
  end: defineEndpoint({
    method: 'POST',
    url: '/api/v1/renewals/:id/endings',
    summary: 'It is not renewed any more',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(500), version }),
    response: renewal,
    status: 201,
  }),
  reopen: defineEndpoint({
    method: 'POST',
    url: '/api/v1/renewals/:id/reopenings',
    summary: 'An ended renewal goes on',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: renewal,
    status: 201,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/renewals/:id',
    summary: 'Delete a renewal; it can be restored',
    tag,
    params: idParams,
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/renewals/:id/restorations',
    summary: 'Restore a deleted renewal: whoever deleted it, and level 1',
    tag,
    params: idParams,
    response: renewal,
    status: 201,
  }),
}
