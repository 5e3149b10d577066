import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { followUp, ownerPlaceFilters } from './follow-ups.ts'
import { amount, currency, day, flag, id, instant, queryFlag, reference } from './shapes.ts'

const tag = 'Agenda'
const count = z.int().min(0).max(10_000_000)
const time = z
  .string()
  .max(5)
  .regex(/^([01]\d|2[0-4]):[0-5]\d$/)
const money = z.strictObject({ currency, amount })

const agendaDay = z.strictObject({
  day,
  business: flag,
  holiday: z.string().max(200).nullable(),
  /** How many there are; `items` holds the first of them. */
  count,
  items: z.array(followUp).max(100),
})

export const agendaEndpoints = {
  agenda: defineEndpoint({
    method: 'GET',
    url: '/api/v1/agenda',
    summary: 'Follow-ups of a period of at most 42 days, day by day on the company’s calendar, and what is overdue',
    tag,
    query: z.strictObject({
      from: day,
      to: day,
      state: z.enum(['active', 'closed', 'discarded', 'all']).optional(),
      ownerId: id.optional(),
      ...ownerPlaceFilters,
      typeId: id.optional(),
      situationId: id.optional(),
      customerId: id.optional(),
      priority: z.enum(['low', 'normal', 'high']).optional(),
      channel: z.enum(['call', 'email', 'visit', 'message', 'other']).optional(),
      q: z.string().max(200).optional(),
      mine: queryFlag.optional(),
    }),
    response: z.strictObject({
      now: instant,
      today: day,
      opensAt: time,
      closesAt: time,
      days: z.array(agendaDay).max(42),
      overdue: z.strictObject({ count, items: z.array(followUp).max(50) }),
    }),
  }),
  myDay: defineEndpoint({
    method: 'GET',
    url: '/api/v1/my-day',
    summary: 'The viewer’s work of today in the order in which it is best done, each item with the reasons for its place',
    tag,
    response: z.strictObject({
      today: day,
      /** How much there is in all; `items` holds the first of it. */
      count,
      items: z
        .array(
          z.strictObject({
            /** A follow-up, or a customer's message on the portal that waits for an answer. */
            kind: z.enum(['follow-up', 'message']),
            id,
            number: z.int().min(1).max(2147483647),
            subject: z.string().max(200),
            customer: reference.extend({ code: z.string().max(60) }),
            followUp: followUp.nullable(),
            dueAt: instant,
            creditHold: flag,
            overdue: z.array(money).max(20),
            reasons: z
              .array(
                z.strictObject({
                  reason: z.enum([
                    'late',
                    'due-today',
                    'high-priority',
                    'low-priority',
                    'overdue-money',
                    'promise-broken',
                    'promise-due',
                    'message-waits',
                    'credit-hold',
                  ]),
                  points: z.int().min(-100).max(100),
                  /** A day mistyped by centuries is still told. */
                  days: z.int().min(0).max(5_000_000).nullable(),
                }),
              )
              .max(9),
          }),
        )
        .max(200),
    }),
  }),
}
