import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { id, idParams, instant, page, pageQuery, queryFlag, reference } from './shapes.ts'

const tag = 'Reminders'
const reminder = z.strictObject({
  id,
  followUp: z.strictObject({
    id,
    number: z.int().min(1).max(2147483647),
    subject: z.string().max(200),
    state: z.enum(['active', 'closed', 'discarded']),
  }),
  customer: reference,
  dueAt: instant,
  remindedAt: instant,
  readAt: instant.nullable(),
})

export const reminderEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/reminders',
    summary: 'What the viewer was told of: follow-ups that fell due, newest first',
    tag,
    query: pageQuery(['-remindedAt']).extend({ unread: queryFlag.optional() }),
    response: page(reminder).extend({ unreadCount: z.int().min(0).max(10_000_000) }),
  }),
  read: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/reminders/:id/reading',
    summary: 'Mark one of my reminders as read',
    tag,
    params: idParams,
  }),
  readAll: defineEndpoint({
    method: 'POST',
    url: '/api/v1/reminders/readings',
    summary: 'Mark all my reminders as read',
    tag,
  }),
}
