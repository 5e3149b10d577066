import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { ownerPlaceFilters } from './follow-ups.ts'
import { day, flag, id, idParams, instant, optionalText, page, pageQuery, queryFlag, reference, text, version } from './shapes.ts'

const tag = 'Cases'
const openState = z.enum(['new', 'in-progress', 'waiting'])
const state = z.enum(['new', 'in-progress', 'waiting', 'resolved'])
const priority = z.enum(['low', 'normal', 'high'])
const channel = z.enum(['call', 'email', 'visit', 'message', 'other'])
const time = z
  .string()
  .max(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: "Time on the company's clock, HH:MM", example: '09:30' })
const number = z.int().min(1).max(2147483647)

const caseItem = z.strictObject({
  id,
  number,
  customer: reference.extend({ code: z.string().max(60) }),
  contact: reference.nullable(),
  type: reference.nullable(),
  owner: reference,
  subject: z.string().max(200),
  description: z.string().max(5000).nullable(),
  state,
  priority,
  channel: channel.meta({ description: 'By what way it came' }),
  dueAt: instant,
  overdue: flag.meta({ description: 'Past its due time and not resolved' }),
  resolution: z.string().max(5000).nullable(),
  resolvedAt: instant.nullable(),
  resolvedBy: reference.nullable(),
  commentCount: z.int().min(0).max(1_000_000),
  version,
  createdAt: instant,
  createdBy: reference.nullable(),
})

const caseDetail = caseItem.extend({
  /** In which it was told; null also where that is out of the viewer's reach. */
  interaction: z.strictObject({ id, number, topic: z.string().max(300) }).nullable(),
})

const comment = z.strictObject({
  id,
  kind: z.enum(['comment', 'resolution', 'reopening']),
  body: z.string().max(5000),
  writtenAt: instant,
  author: reference,
})

const fields = {
  contactId: id.nullable().optional(),
  typeId: id.nullable().optional(),
  ownerId: id.optional(),
  description: optionalText(5000).optional(),
  priority: priority.optional(),
  channel: channel.optional(),
  dueOn: day.optional(),
  dueTime: time.optional(),
}

export const caseEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/cases',
    summary: 'Cases in the viewer’s reach; the open ones unless told',
    tag,
    query: pageQuery(['dueAt', '-dueAt', 'number', '-number']).extend({
      state: z.enum(['open', 'new', 'in-progress', 'waiting', 'resolved', 'all']).optional(),
      priority: priority.optional(),
      ownerId: id.optional(),
      ...ownerPlaceFilters,
      customerId: id.optional(),
      typeId: id.optional(),
      interactionId: id.optional(),
      dueFrom: day.optional(),
      dueTo: day.optional(),
      overdue: queryFlag.optional(),
      mine: queryFlag.optional(),
    }),
    response: page(caseItem),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/cases',
    summary: 'Open a case of a customer; the viewer’s own unless told',
    tag,
    body: z.strictObject({ customerId: id, subject: text(200), interactionId: id.nullable().optional(), ...fields }),
    response: caseDetail,
    status: 201,
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/cases/:id',
    summary: 'A case',
    tag,
    params: idParams,
    response: caseDetail,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/cases/:id',
    summary: 'Change an open case',
    tag,
    params: idParams,
    body: z.strictObject({ subject: text(200).optional(), state: openState.optional(), ...fields, version }),
    response: caseDetail,
  }),
  takeOver: defineEndpoint({
    method: 'POST',
    url: '/api/v1/cases/:id/takeovers',
    summary: 'Become the owner of an open case; a new one is in progress from then on',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: caseDetail,
    status: 201,
  }),
  resolve: defineEndpoint({
    method: 'POST',
    url: '/api/v1/cases/:id/resolutions',
    summary: 'Resolve an open case, with what was done or answered',
    tag,
    params: idParams,
    body: z.strictObject({ resolution: text(5000), version }),
    response: caseDetail,
    status: 201,
  }),
  reopen: defineEndpoint({
    method: 'POST',
    url: '/api/v1/cases/:id/reopenings',
    summary: 'A resolved case goes on, and why',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(1000), version }),
    response: caseDetail,
    status: 201,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/cases/:id',
    summary: 'Delete a case in any state; level 1 can restore it',
    tag,
    params: idParams,
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/deleted-cases/:id/restorations',
    summary: 'Restore a deleted case, for level 1',
    tag,
    params: idParams,
    response: caseDetail,
    status: 201,
  }),
  comments: defineEndpoint({
    method: 'GET',
    url: '/api/v1/cases/:id/comments',
    summary: 'What was said in a case, newest first: comments, resolutions, and why it was reopened',
    tag,
    params: idParams,
    query: pageQuery(['-writtenAt']),
    response: page(comment),
  }),
  comment: defineEndpoint({
    method: 'POST',
    url: '/api/v1/cases/:id/comments',
    summary: 'Say something in a case, also in one that is resolved',
    tag,
    params: idParams,
    body: z.strictObject({ body: text(5000) }),
    response: comment,
    status: 201,
  }),
}
