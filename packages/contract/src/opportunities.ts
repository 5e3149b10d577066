import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { defineEndpoint } from './endpoint.ts'
import {
  amount,
  currency,
  cursor,
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
  total,
  version,
} from './shapes.ts'

const tag = 'Opportunities'
const percent = z.int().min(0).max(100)
const decimal = z
  .string()
  .max(14)
  .regex(/^\d{1,9}(\.\d{1,4})?$/)
const state = z.enum(['open', 'won', 'lost'])
const number = z.int().min(1).max(2147483647)
const count = z.int().min(0).max(10_000_000)

const brief = {
  id,
  number,
  name: z.string().max(200),
  customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
  contact: reference.nullable(),
  owner: reference,
  stage: reference,
  state,
  amount,
  currency,
  probability: percent,
  weighted: amount.meta({ description: 'The amount by the probability; of a won one all of it, of a lost one nothing' }),
  expectedOn: day,
  overdue: flag.meta({ description: 'Open, and the day on which it was expected is past' }),
  source: z.string().max(100).nullable(),
  closedOn: day.nullable(),
  lossReason: reference.nullable(),
  closeNote: z.string().max(1000).nullable(),
  createdAt: instant,
  deletedAt: instant.nullable(),
  mayRestore: flag,
  version,
}
const card = z.strictObject(brief)

const line = z.strictObject({
  product: reference.extend({ code: z.string().max(40), unit: z.string().max(40).nullable() }),
  description: z.string().max(300).nullable(),
  quantity: decimal,
  unitPrice: amount,
  discountPercent: decimal,
  amount,
})
const opportunity = z.strictObject({
  ...brief,
  description: z.string().max(4000).nullable(),
  products: z.array(line).max(100),
  interaction: z
    .strictObject({ id, number, topic: z.string().max(300) })
    .nullable()
    .meta({ description: 'From which it was opened, if the viewer sees it' }),
  createdBy: reference.nullable(),
  closedBy: reference.nullable(),
})

const sums = z.array(z.strictObject({ currency, count, amount: total, weighted: total })).max(200)

const filters = {
  q: z.string().max(200).optional().meta({ description: 'Name, number or customer' }),
  customerId: id.optional(),
  productId: id.optional(),
  ownerId: id.optional(),
  branchId: id.optional().meta({ description: 'Where the owner stands now' }),
  departmentId: id.optional(),
  from: day.optional().meta({ description: 'First day on which it is expected' }),
  to: day.optional(),
}
const listed = {
  ...filters,
  stageId: id.optional(),
  state: z.enum(['open', 'won', 'lost', 'closed', 'all']).optional().meta({ description: 'open unless told' }),
}

const product = z.strictObject({
  productId: id,
  description: optionalText(300).optional(),
  quantity: decimal,
  unitPrice: amount.optional().meta({ description: 'Before tax; as on the price list of the customer unless told' }),
  discountPercent: decimal.optional(),
})
const fields = {
  contactId: id.nullable().optional(),
  ownerId: id.optional(),
  description: optionalText(4000).optional(),
  source: optionalText(100).optional(),
  amount: amount.nullable().optional().meta({ description: 'Null: what the products come to' }),
  currency: currency.optional().meta({ description: 'That of the company unless told' }),
  probability: percent.optional().meta({ description: 'That of the stage unless told' }),
  products: z.array(product).max(100).optional(),
}

export const opportunityEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/opportunities',
    summary: 'The opportunities of the owners in the viewer’s scope, by the day on which they are expected',
    tag,
    query: pageQuery(['expectedOn', '-expectedOn', '-number', 'number']).extend({
      ...listed,
      deleted: queryFlag.optional().meta({ description: 'Those that were deleted and that the viewer may restore' }),
    }),
    response: page(card),
  }),
  totals: defineEndpoint({
    method: 'GET',
    url: '/api/v1/opportunities/totals',
    summary: 'How many opportunities there are under the filters and what they come to, per currency',
    tag,
    query: z.strictObject(listed),
    response: z.strictObject({ items: sums }),
  }),
  board: defineEndpoint({
    method: 'GET',
    url: '/api/v1/opportunities/board',
    summary: 'The open opportunities by stage, the first of each; the rest of a column comes from the list with its cursor',
    tag,
    query: z.strictObject(filters),
    response: z.strictObject({
      columns: z
        .array(
          z.strictObject({
            stage: reference.extend({ probability: percent, active: flag }),
            count,
            sums,
            items: z.array(card).max(50),
            nextCursor: cursor.nullable(),
          }),
        )
        .max(200),
    }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/opportunities/:id',
    summary: 'An opportunity with its products',
    tag,
    params: idParams,
    response: opportunity,
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/opportunities',
    summary: 'Add an opportunity; in the first stage and the viewer’s own unless told',
    tag,
    body: z.strictObject({
      customerId: id,
      name: text(200),
      expectedOn: day,
      stageId: id.optional(),
      interactionId: id.optional().meta({ description: 'The interaction of the same customer from which it comes' }),
      ...fields,
    }),
    response: opportunity,
    status: 201,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/opportunities/:id',
    summary: 'Change an open opportunity; products are given whole',
    tag,
    params: idParams,
    body: z.strictObject({ name: text(200).optional(), expectedOn: day.optional(), ...fields, version }),
    response: opportunity,
  }),
  move: defineEndpoint({
    method: 'POST',
    url: '/api/v1/opportunities/:id/moves',
    summary: 'Bring an open opportunity to another stage; it takes on the stage’s probability',
    tag,
    params: idParams,
    body: z.strictObject({ stageId: id, version }),
    response: opportunity,
    status: 201,
  }),
  win: defineEndpoint({
    method: 'POST',
    url: '/api/v1/opportunities/:id/wins',
    summary: 'It was won',
    tag,
    params: idParams,
    body: z.strictObject({
      closedOn: day.optional().meta({ description: 'Today unless told' }),
      closeNote: optionalText(1000).optional(),
      version,
    }),
    response: opportunity,
    status: 201,
  }),
  lose: defineEndpoint({
    method: 'POST',
    url: '/api/v1/opportunities/:id/losses',
    summary: 'It was lost, and why',
    tag,
    params: idParams,
    body: z.strictObject({
      lossReasonId: id,
      closedOn: day.optional().meta({ description: 'Today unless told' }),
      closeNote: optionalText(1000).optional(),
      version,
    }),
    response: opportunity,
    status: 201,
  }),
  reopen: defineEndpoint({
    method: 'POST',
    url: '/api/v1/opportunities/:id/reopenings',
    summary: 'A closed opportunity goes on, in the stage in which it was',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: opportunity,
    status: 201,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/opportunities/:id',
    summary: 'Delete an opportunity; it can be restored. With the permission to delete them',
    tag,
    params: idParams,
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/opportunities/:id/restorations',
    summary: 'Restore a deleted opportunity: whoever deleted it, and level 1',
    tag,
    params: idParams,
    response: opportunity,
    status: 201,
  }),
}

// Opportunities of it that the reader sees, closed ones too.
const facts = { opportunityCount: count }

export const opportunityStageEndpoints = catalogueEndpoints({
  url: '/api/v1/opportunity-stages',
  tag: 'Opportunity stages',
  words: {
    name: text(100),
    position: z.int().min(0).max(10_000).meta({ description: 'From the left of the board' }),
    probability: percent.meta({ description: 'What an opportunity gets when it comes to the stage' }),
  },
  facts,
  sorts: ['name', '-name', 'position', '-position'],
  summaries: {
    list: 'The stages of opportunities',
    create: 'Add a stage',
    change: 'Change a stage, or switch it off and on',
    remove: 'Delete a stage in which no opportunity is or was closed',
  },
})

export const opportunityLossReasonEndpoints = catalogueEndpoints({
  url: '/api/v1/opportunity-loss-reasons',
  tag: 'Opportunity loss reasons',
  words: { name: text(100) },
  facts,
  sorts: ['name', '-name'],
  summaries: {
    list: 'Why opportunities are lost',
    create: 'Add a reason',
    change: 'Rename a reason, or switch it off and on',
    remove: 'Delete a reason for which no opportunity was lost',
  },
})
