import { z } from 'zod'
import { auditEndpoints } from './audit.ts'
import { caseEndpoints } from './cases.ts'
import { contactFileQuery } from './contacts.ts'
import { customerEndpoints } from './customers.ts'
import { defineEndpoint } from './endpoint.ts'
import { fileEndpoints } from './files.ts'
import { noticeQueueEndpoints } from './finance.ts'
import { followUpEndpoints } from './follow-ups.ts'
import { handoverEndpoints } from './handovers.ts'
import { interactionEndpoints } from './interactions.ts'
import { interestEndpoints } from './interests.ts'
import { noteFileQuery } from './notes.ts'
import { opportunityEndpoints } from './opportunities.ts'
import { paymentClaimEndpoints } from './payment-claims.ts'
import { productEndpoints } from './products.ts'
import { promiseEndpoints } from './promises.ts'
import { quoteEndpoints } from './quotes.ts'
import { receivableEndpoints } from './receivables.ts'
import { renewalEndpoints } from './renewals.ts'
import { id, idParams, instant } from './shapes.ts'
import { userEndpoints } from './users.ts'

const tag = 'Exports'

/** The lists that become files, each with the query that its filters are written in. */
export const exportQueries = {
  customers: customerEndpoints.list.query,
  contacts: contactFileQuery,
  receivables: receivableEndpoints.list.query,
  promises: promiseEndpoints.list.query,
  'payment-claims': paymentClaimEndpoints.list.query,
  'follow-ups': followUpEndpoints.list.query,
  interactions: interactionEndpoints.list.query,
  interests: interestEndpoints.list.query,
  renewals: renewalEndpoints.list.query,
  cases: caseEndpoints.list.query,
  notes: noteFileQuery,
  notices: noticeQueueEndpoints.selection.query,
  files: fileEndpoints.all.query,
  handovers: handoverEndpoints.list.query,
  audit: auditEndpoints.list.query,
  quotes: quoteEndpoints.list.query,
  opportunities: opportunityEndpoints.list.query,
  products: productEndpoints.list.query,
  users: userEndpoints.list.query,
} as const

const names = Object.keys(exportQueries) as [keyof typeof exportQueries, ...(keyof typeof exportQueries)[]]
const format = z.enum(['xlsx', 'csv'])

const exported = z.strictObject({
  id,
  list: z.enum(names),
  format,
  state: z.enum(['waiting', 'done', 'failed', 'lapsed']),
  rowsDone: z.int().min(0).max(100_000_000),
  fileName: z.string().max(200),
  /** In bytes, once it is made. */
  size: z.int().min(0).max(2_147_483_647).nullable(),
  /** Why a failed one failed: a code. */
  error: z.string().max(100).nullable(),
  createdAt: instant,
  finishedAt: instant.nullable(),
  lapsesAt: instant.meta({ description: 'From then on the file is gone' }),
})

export const exportEndpoints = {
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/exports',
    summary: 'Make a list into a file, under its filters and in the reader’s scope; long ones are made meanwhile (`waiting`)',
    tag,
    body: z.strictObject({
      list: z.enum(names),
      format,
      filters: z
        .record(z.string().max(60), z.string().max(2000))
        .optional()
        .meta({ description: 'The query of the list’s own endpoint, without limit and cursor' }),
    }),
    response: exported,
    status: 201,
  }),
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/exports',
    summary: 'The exports of the person who asks, newest first',
    tag,
    response: z.strictObject({ items: z.array(exported).max(100) }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/exports/:id',
    summary: 'An own export with its progress',
    tag,
    params: idParams,
    response: exported,
  }),
  file: defineEndpoint({
    method: 'GET',
    url: '/api/v1/exports/:id/file',
    summary: 'The file of an own export',
    tag,
    params: idParams,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/exports/:id',
    summary: 'Forget an own export with its file',
    tag,
    params: idParams,
  }),
}
