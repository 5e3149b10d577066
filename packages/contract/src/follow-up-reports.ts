import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { followUp, followUpFilters, followUpSorts, ownerPlaceFilters } from './follow-ups.ts'
import { day, flag, id, instant, page, pageQuery, reference } from './shapes.ts'

const tag = 'Follow-ups'
const count = z.int().min(0).max(1_000_000_000)
const q = z.string().max(200).optional()
const period = {
  on: day.optional().meta({ description: 'Only this day, in the time zone of the company' }),
  from: day.optional().meta({ description: 'First day, in the time zone of the company' }),
  to: day.optional().meta({ description: 'Last day, in the time zone of the company' }),
}
/** Where the owner stands now: what they own moves with them. */
const ownersPlace = { branch: reference, department: reference.nullable() }

const register = {
  ...followUpFilters,
  ...period,
  by: z.enum(['due', 'end']).optional().meta({ description: 'What the period is about; the due time or the end unless told' }),
}
const registerFile = z.strictObject({ q, sort: z.enum(followUpSorts).optional(), ...register })

const figures = { open: count, overdue: count, closed: count, discarded: count, postponed: count }
const tasks = z.strictObject({
  ...period,
  ...ownerPlaceFilters,
  ownerId: id.optional(),
  typeId: id.optional(),
  customerId: id.optional(),
})

const postponementSorts = ['-times', 'times', '-delay', 'delay'] as const
const postponed = {
  ...period,
  ...ownerPlaceFilters,
  times: z
    .string()
    .max(2)
    .regex(/^[1-9]\d?$/)
    .transform(Number)
    .optional()
    .meta({ description: 'Postponed so many times or more within the period; 3 unless told' }),
  state: followUpFilters.state,
  ownerId: id.optional(),
  typeId: id.optional(),
  customerId: id.optional(),
}

export const followUpReportEndpoints = {
  register: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-register',
    summary: 'Follow-ups in the viewer’s reach, current and done, whose due time or end lies in a period',
    tag,
    query: pageQuery(followUpSorts).extend(register),
    response: page(followUp.extend(ownersPlace)),
  }),
  registerCounts: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-register/counts',
    summary: 'How many follow-ups of the register stand in which state',
    tag,
    query: z.strictObject({ q, ...register }),
    response: z.strictObject({ active: count, overdue: count, closed: count, discarded: count, total: count }),
  }),
  registerWorkbook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-register.xlsx',
    summary: 'The register as Excel, under its filters and the viewer’s scope',
    tag,
    query: registerFile,
  }),
  registerPdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-register.pdf',
    summary: 'The register as PDF, under its filters and the viewer’s scope; at most 2000 follow-ups',
    tag,
    query: registerFile,
  }),
  tasks: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-tasks',
    summary:
      'By branch, department and owner: active follow-ups due in the period, those of them overdue, those closed, discarded and the postponements within it',
    tag,
    query: tasks,
    response: z.strictObject({
      branches: z
        .array(
          z.strictObject({
            branch: reference,
            ...figures,
            departments: z
              .array(
                z.strictObject({
                  department: reference.nullable(),
                  ...figures,
                  owners: z.array(z.strictObject({ owner: reference, active: flag, ...figures })).max(10_000),
                }),
              )
              .max(1000),
          }),
        )
        .max(1000),
      total: z.strictObject(figures),
    }),
  }),
  tasksWorkbook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-tasks.xlsx',
    summary: 'The report of tasks as Excel',
    tag,
    query: tasks,
  }),
  tasksPdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-tasks.pdf',
    summary: 'The report of tasks as PDF',
    tag,
    query: tasks,
  }),
  postponements: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-postponements',
    summary: 'Follow-ups that were postponed several times, with the delay that came of it and the last reasons',
    tag,
    query: pageQuery(postponementSorts).extend(postponed),
    response: page(
      followUp.extend({
        ...ownersPlace,
        times: z.int().min(1).max(1_000_000).meta({ description: 'Postponements within the period' }),
        delayMinutes: z.int().min(-1e12).max(1e12).meta({ description: 'By how much they moved the due time in total' }),
        last: z
          .array(z.strictObject({ at: instant, by: reference, reason: z.string().max(1000).nullable() }))
          .max(3)
          .meta({ description: 'The last three within the period, newest first' }),
      }),
    ),
  }),
  postponementsWorkbook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-postponements.xlsx',
    summary: 'The follow-ups that were postponed several times as Excel',
    tag,
    query: z.strictObject({ q, sort: z.enum(postponementSorts).optional(), ...postponed }),
  }),
  postponementsPdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-postponements.pdf',
    summary: 'The follow-ups that were postponed several times as PDF; at most 2000',
    tag,
    query: z.strictObject({ q, sort: z.enum(postponementSorts).optional(), ...postponed }),
  }),
}
