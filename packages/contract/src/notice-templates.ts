import { noticeTones } from '@cartera/domain/notices/notice-settings'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { flag, id, instant, language, text, version } from './shapes.ts'

const tag = 'Notice texts'
const kind = z.enum(['preventive', 'overdue'])
const level = z.int().min(1).max(4).meta({ description: 'How firm: 1 friendly to 4 last notice' })
const tone = z.enum(noticeTones).meta({ description: 'formal: usted, informal: tú, neutral: impersonal' })
const subject = text(300)
const body = text(20_000)
const missing = z.enum(['table', 'totals', 'agent', 'company'])

/** A text of the catalogue: what the mail says in its place. */
export const noticeTemplate = z.strictObject({
  id,
  kind,
  level,
  language,
  tone,
  subject,
  body,
  /** Whether it is the ready text of its place, unchanged. */
  ready: flag,
  /** What a reader would miss; a warning, not an error. */
  missing: z.array(missing).max(10),
  updatedAt: instant,
  version,
})

const place = z.strictObject({
  kind,
  level: z
    .string()
    .length(1)
    .regex(/^[1-4]$/)
    .transform(Number)
    .meta({ description: '1 to 4' }),
  language,
  tone,
})

export const noticeTemplateEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notice-templates',
    summary: 'The catalogue of texts: one at most for each kind, level, language and tone',
    tag,
    response: z.strictObject({ items: z.array(noticeTemplate).max(100) }),
  }),
  write: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/notice-templates/:kind/:level/:language/:tone',
    summary: 'Write the text of a place; version 0 where it has none yet',
    tag,
    params: place,
    body: z.strictObject({ subject, body, version: z.int().min(0).max(2147483647) }),
    response: noticeTemplate,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/notice-templates/:kind/:level/:language/:tone',
    summary: 'Remove the text of a place: the nearest other one speaks there; never the last one of its kind',
    tag,
    params: place,
  }),
  addReady: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notice-templates/ready-texts',
    summary: 'Add the ready text wherever the catalogue has none; what is there stays as it is',
    tag,
    response: z.strictObject({ added: z.int().min(0).max(100) }),
    status: 201,
  }),
  check: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notice-templates/checks',
    summary: 'What is wrong with a subject and a body, and where; what a reader would miss',
    tag,
    body: z.strictObject({ subject: z.string().max(300), body: z.string().max(20_000) }),
    response: z.strictObject({
      problems: z
        .array(
          z.strictObject({
            field: z.enum(['subject', 'body']),
            problem: z.string().max(500),
            /** Where it stands, from 1; null where it is no single place. */
            line: z.int().min(1).max(1_000_000).nullable(),
            column: z.int().min(1).max(1_000_000).nullable(),
          }),
        )
        .max(10),
      missing: z.array(z.strictObject({ field: z.enum(['subject', 'body']), missing })).max(20),
    }),
  }),
}
