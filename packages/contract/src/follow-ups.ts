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

const tag = 'Follow-ups'
const state = z.enum(['active', 'closed', 'discarded'])
const priority = z.enum(['low', 'normal', 'high'])
const channel = z.enum(['call', 'email', 'visit', 'message', 'other'])
const time = z
  .string()
  .max(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: "Time on the company's clock, HH:MM", example: '09:30' })
/** Wide on purpose: 0, -5, 2.5 and 1e9 are numbers, and the rule says what is wrong with each. */
const hours = z.number().min(-1e15).max(1e15).meta({ description: 'Whole hours, 1 to 8760', example: 4 })
const reason = optionalText(1000).optional()
const until = z.enum(['tomorrow', 'after-holiday', 'answer']).meta({
  description:
    'Instead of hours: tomorrow at 9:00 (or at opening, if later), the next business day at opening, or when the customer answers',
})
/** By hours, or to a named time. */
const postponing = {
  hours: hours.optional(),
  until: until.optional(),
  dueOn: day
    .optional()
    .meta({ description: 'With `answer`: when it comes back at the latest; after the default hours unless told' }),
  dueTime: time.optional(),
  reason,
}
type Postponing = {
  hours?: number | undefined
  until?: string | undefined
  dueOn?: string | undefined
  dueTime?: string | undefined
}
const named = (asked: Postponing) => asked.hours !== undefined || asked.until !== undefined
const once = (asked: Postponing) => asked.hours === undefined || asked.until === undefined
const fallback = (asked: Postponing) =>
  (asked.dueOn === undefined) === (asked.dueTime === undefined) && (asked.dueOn === undefined || asked.until === 'answer')
const withOne = <S extends z.ZodType<Postponing>>(shape: S) =>
  shape
    .refine(named, { error: 'required', path: ['hours'] })
    .refine(once, { error: 'choice', path: ['until'] })
    .refine(fallback, { error: 'choice', path: ['dueOn'] })
const count = z.int().min(0).max(10_000_000)
const number = z.int().min(1).max(2147483647)

export const followUp = z.strictObject({
  id,
  number,
  customer: reference.extend({ code: z.string().max(60) }),
  contact: reference.nullable(),
  type: reference,
  situation: reference.extend({ kind: z.enum(['ongoing', 'setback']) }).nullable(),
  owner: reference,
  state,
  subject: z.string().max(200),
  description: z.string().max(5000).nullable(),
  priority,
  channel,
  dueAt: instant,
  firstDueAt: instant.meta({ description: 'The due time before the first postponement' }),
  overdue: flag,
  postponementCount: z.int().min(0).max(1_000_000),
  waitsForAnswer: flag.meta({ description: 'Comes back at once when the customer answers, else at its due time' }),
  endReason: z.string().max(1000).nullable().meta({ description: 'Why it was discarded, or the result of closing it' }),
  endedAt: instant.nullable(),
  version,
  createdAt: instant,
})

const link = z.strictObject({ id, number, subject: z.string().max(200), state })
export const followUpDetail = followUp.extend({
  /** Those in the viewer's reach only. */
  parent: link.nullable(),
  children: z.array(link).max(50),
  /** From which it was opened; null also where that is out of the viewer's reach. */
  interaction: z.strictObject({ id, number, topic: z.string().max(300) }).nullable(),
  about: z
    .strictObject({ kind: z.enum(['opportunity', 'case', 'quote']), id, label: z.string().max(20), name: z.string().max(300) })
    .nullable()
    .meta({ description: 'What it is the next step of; null also where that is out of the viewer’s reach' }),
  receivables: z
    .array(
      z.strictObject({
        id,
        documentNumber: z.string().max(140),
        instalment: z.int().min(1).max(10_000),
        dueOn: day,
        balance: amount,
        currency,
      }),
    )
    .max(200),
})

const chosen = {
  contactId: id.nullable().optional(),
  situationId: id.nullable().optional(),
  parentId: id.nullable().optional(),
  receivableIds: z.array(id).max(200).optional(),
}

/** Where the owner stands now; nothing of it is kept with what they own. */
export const ownerPlaceFilters = {
  branchId: id.optional().meta({ description: 'Where the owner stands now' }),
  departmentId: id.optional().meta({ description: 'Where the owner stands now' }),
}
/** What narrows a list down; an Excel file of it takes the same. */
export const followUpFilters = {
  state: z.enum(['active', 'closed', 'discarded', 'all']).optional(),
  ownerId: id.optional(),
  ...ownerPlaceFilters,
  typeId: id.optional(),
  situationId: id.optional(),
  customerId: id.optional(),
  priority: priority.optional(),
  channel: channel.optional(),
  dueOn: day.optional(),
  dueFrom: day.optional(),
  dueTo: day.optional(),
  overdue: queryFlag.optional(),
  mine: queryFlag.optional(),
  waiting: queryFlag.optional().meta({ description: 'Only those that wait for an answer of the customer' }),
  postponedTimes: z
    .string()
    .max(2)
    .regex(/^[1-9]\d?$/)
    .transform(Number)
    .optional()
    .meta({ description: 'Postponed so many times or more' }),
}
export const followUpSorts = ['dueAt', '-dueAt', 'number', '-number'] as const
const observation = z.strictObject({ id, body: z.string().max(5000), observedAt: instant, author: reference, createdAt: instant })
const progress = z.strictObject({
  id,
  activity: reference.extend({ direction: z.enum(['progress', 'setback', 'neutral']) }),
  comment: z.string().max(2000).nullable(),
  doneAt: instant,
  doneBy: reference,
})
const moment = {
  on: day.optional().meta({ description: 'When it was, on the company’s clock; now unless told' }),
  time: time.optional(),
}

export const followUpEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-ups',
    summary: 'Follow-ups in the viewer’s reach; the active ones unless told',
    tag,
    query: pageQuery(followUpSorts).extend({
      ...followUpFilters,
      opportunityId: id.optional().meta({ description: 'Next steps of an opportunity' }),
      caseId: id.optional(),
      quoteId: id.optional(),
    }),
    response: page(followUp),
  }),
  counts: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-counts',
    summary: 'How many active follow-ups in the viewer’s reach are overdue, still to come today, and later',
    tag,
    query: z.strictObject({ mine: queryFlag.optional() }),
    response: z.strictObject({ overdue: count, today: count, later: count }),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups',
    summary: 'Open a follow-up of a customer',
    tag,
    body: z.strictObject({
      customerId: id,
      typeId: id,
      ownerId: id.optional(),
      subject: text(200),
      description: optionalText(5000).optional(),
      priority: priority.optional(),
      channel: channel.optional(),
      dueOn: day
        .optional()
        .meta({ description: "After the company's default hours, in business hours where they are respected, unless told" }),
      dueTime: time.optional(),
      ...chosen,
      opportunityId: id.optional().meta({ description: 'Of the same customer: what it is the next step of' }),
      caseId: id.optional(),
      quoteId: id.optional(),
    }),
    response: followUpDetail,
    status: 201,
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-ups/:id',
    summary: 'A follow-up with its receivables and its chain',
    tag,
    params: idParams,
    response: followUpDetail,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/follow-ups/:id',
    summary: 'Change an active follow-up',
    tag,
    params: idParams,
    body: z.strictObject({
      typeId: id.optional(),
      ownerId: id.optional(),
      subject: text(200).optional(),
      description: optionalText(5000).optional(),
      priority: priority.optional(),
      channel: channel.optional(),
      dueOn: day.optional(),
      dueTime: time.optional(),
      ...chosen,
      version,
    }),
    response: followUpDetail,
  }),
  postpone: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/:id/postponements',
    summary: 'Postpone by whole hours, counted from now or from the due time, whichever is later, or to a named time',
    tag,
    params: idParams,
    body: withOne(z.strictObject(postponing)),
    response: followUpDetail,
    status: 201,
  }),
  postponeMany: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/postponements',
    summary: 'Postpone several; each one is done or refused by itself',
    tag,
    body: withOne(z.strictObject({ ids: z.array(id).min(1).max(200), ...postponing })),
    response: z.strictObject({
      items: z
        .array(z.strictObject({ id, done: flag, dueAt: instant.nullable(), refusal: z.string().max(100).nullable() }))
        .max(200),
    }),
  }),
  close: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/:id/closures',
    summary: 'Close a follow-up that reached its aim',
    tag,
    params: idParams,
    body: z.strictObject({ result: optionalText(1000).optional() }),
    response: followUpDetail,
    status: 201,
  }),
  discard: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/:id/discards',
    summary: 'End a follow-up that does not go on; it stays in the history',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(1000) }),
    response: followUpDetail,
    status: 201,
  }),
  reopen: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/:id/reopenings',
    summary: 'Make a closed or discarded follow-up active again',
    tag,
    params: idParams,
    response: followUpDetail,
    status: 201,
  }),
  history: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-ups/:id/history',
    summary: 'What happened to a follow-up, newest first; with `chain` to all that it comes from and that goes on from it',
    tag,
    params: idParams,
    query: z.strictObject({ chain: queryFlag.optional() }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            id: z.string().max(60),
            at: instant,
            actor: reference.nullable(),
            followUp: z.strictObject({ id, number }),
            action: z.enum(['create', 'change', 'postpone', 'close', 'discard', 'reopen', 'observe', 'progress', 'document']),
            reason: z.string().max(1000).nullable(),
            /** What was observed or noted, or the name of the document. */
            text: z.string().max(5000).nullable(),
            activity: z
              .strictObject({ name: z.string().max(300), direction: z.enum(['progress', 'setback', 'neutral']) })
              .nullable(),
            hours: z.int().min(1).max(8760).nullable(),
            until: until.nullable(),
            changes: z
              .array(
                z.strictObject({
                  field: z.string().max(60),
                  before: z.string().max(5000).nullable(),
                  after: z.string().max(5000).nullable(),
                }),
              )
              .max(20),
          }),
        )
        .max(500),
    }),
  }),
  chain: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-ups/:id/chain',
    summary: 'All in reach that the follow-up comes from, and all that goes on from there, as a tree line by line',
    tag,
    params: idParams,
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            id,
            number,
            subject: z.string().max(200),
            state,
            type: reference,
            owner: reference,
            dueAt: instant,
            createdAt: instant,
            endedAt: instant.nullable(),
            endReason: z.string().max(1000).nullable(),
            parentId: id.nullable(),
            depth: z.int().min(0).max(1000),
          }),
        )
        .max(1000),
    }),
  }),
  observations: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-ups/:id/observations',
    summary: 'What was observed in a follow-up, newest first',
    tag,
    params: idParams,
    query: pageQuery(['-observedAt', 'observedAt']),
    response: page(observation),
  }),
  observe: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/:id/observations',
    summary: 'Write down an observation',
    tag,
    params: idParams,
    body: z.strictObject({ body: text(5000), ...moment }),
    response: observation,
    status: 201,
  }),
  progress: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-ups/:id/progress',
    summary: 'What was done in a follow-up, newest first',
    tag,
    params: idParams,
    query: pageQuery(['-doneAt', 'doneAt']),
    response: page(progress),
  }),
  noteProgress: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/:id/progress',
    summary: 'Note an activity that was done',
    tag,
    params: idParams,
    body: z.strictObject({ activityId: id, comment: optionalText(2000).optional(), ...moment }),
    response: progress,
    status: 201,
  }),
  settings: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-settings',
    summary: 'What postponing goes by: the default hours, and the business hours where they are respected',
    tag,
    response: z.strictObject({
      now: instant,
      defaultHours: z.int().min(1).max(8760),
      businessHours: z
        .strictObject({
          timeZone: z.string().max(60),
          opensAt: time,
          closesAt: time,
          businessWeekdays: z.array(z.int().min(1).max(7)).max(7),
          holidays: z.array(day).max(10_000),
        })
        .nullable(),
      openings: z
        .strictObject({
          timeZone: z.string().max(60),
          opensAt: time,
          closesAt: time,
          businessWeekdays: z.array(z.int().min(1).max(7)).max(7),
          holidays: z.array(day).max(10_000),
        })
        .meta({ description: 'When the company is open, whether or not postponing respects it' }),
    }),
  }),
  owners: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-owners',
    summary: 'Active users in the viewer’s reach, to whom a follow-up can be given',
    tag,
    query: pageQuery(['name', '-name']),
    response: page(reference),
  }),
}
