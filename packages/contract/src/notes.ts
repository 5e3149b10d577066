import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, id, idParams, instant, optionalText, page, pageQuery, queryFlag, reference, text } from './shapes.ts'

const tag = 'Notes'

export const note = z.strictObject({
  id,
  customer: reference.extend({ code: z.string().max(40) }),
  author: reference,
  /** Where the author stands now: the note moves with its author. */
  branch: reference,
  department: reference.nullable(),
  body: z.string().max(10_000),
  location: z.string().max(300).nullable(),
  treatment: z.string().max(2000).nullable(),
  createdAt: instant,
})

const filters = {
  customerId: id.optional(),
  branchId: id.optional(),
  departmentId: id.optional(),
  authorId: id.optional(),
  from: day.optional().meta({ description: 'First day of registration, in the time zone of the company' }),
  to: day.optional().meta({ description: 'Last day of registration, in the time zone of the company' }),
  latest: z
    .string()
    .max(2)
    .regex(/^([1-9]|1\d|20)$/)
    .transform(Number)
    .optional()
    .meta({ description: 'Only the last so many of each customer, 1 to 20' }),
}

/** The report as a file. */
export const noteFileQuery = z.strictObject({
  q: z.string().max(200).optional(),
  sort: z.enum(['-createdAt', 'createdAt']).optional(),
  ...filters,
  grouped: queryFlag.optional().meta({ description: 'Department by department, each with its subtotal' }),
})

export const noteEndpoints = {
  ofCustomer: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/notes',
    summary: 'The notes of a customer within the reader’s scope, newest first',
    tag,
    params: idParams,
    query: pageQuery(['-createdAt', 'createdAt']),
    response: page(note),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/notes',
    summary: 'Record a note; needs a department',
    tag,
    params: idParams,
    body: z.strictObject({
      body: text(10_000),
      location: optionalText(300).optional(),
      treatment: optionalText(2000).optional(),
    }),
    response: note,
    status: 201,
  }),
  report: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notes',
    summary: 'The notes within the reader’s scope, newest first; with `latest` by customer',
    tag,
    query: pageQuery(['-createdAt', 'createdAt']).extend({
      ...filters,
      section: z
        .union([id, z.literal('none')])
        .optional()
        .meta({
          description:
            'Only one department of the report grouped by department, or `none` for authors without one; with `latest` cut after the last ones were chosen',
        }),
    }),
    response: page(note),
  }),
  pdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notes.pdf',
    summary: 'The report of notes as PDF, under its filters and the reader’s scope; at most 2000 notes',
    tag,
    query: noteFileQuery,
  }),
  byDepartment: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notes/departments',
    summary: 'How many of the notes stand in which department, under the filters of the report',
    tag,
    query: z.strictObject({ q: z.string().max(200).optional(), ...filters }),
    response: z.strictObject({
      items: z.array(z.strictObject({ department: reference.nullable(), notes: z.int().min(1).max(1_000_000_000) })).max(1000),
    }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notes/:id',
    summary: 'A note within the reader’s scope',
    tag,
    params: idParams,
    response: note,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/notes/:id',
    summary: 'Delete a note; level 1 only',
    tag,
    params: idParams,
  }),
}
