import { agingBuckets } from '@cartera/domain/credit/aging'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { currency, day, flag, id, optionalText, page, pageQuery, queryFlag, reference, text, total } from './shapes.ts'

const tag = 'Portfolio'
const count = z.int().min(0).max(1_000_000_000)
const customer = z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) })
const bucket = z.enum(agingBuckets)
const grouping = z.enum(['agent', 'branch', 'bucket'])
const without = z.enum(['agent', 'branch']).meta({ description: 'Customers without one' })

const filters = {
  q: z.string().max(200).optional().meta({ description: 'Customer or document number' }),
  customerId: id.optional(),
  agentId: id.optional().meta({ description: 'Collections agent of the customer' }),
  branchId: id.optional().meta({ description: 'Branch of the customer' }),
  without: without.optional(),
  groupId: id.optional().meta({ description: 'Group of the customer' }),
  bucket: bucket.optional(),
  currency: currency.optional(),
  untouchedSince: day.optional().meta({ description: 'Nobody dealt with the customer since that day' }),
}
const switches = ['overdue', 'neverFollowedUp', 'disputed', 'promised'] as const
const inAddress = Object.fromEntries(switches.map((name) => [name, queryFlag.optional()])) as Record<
  (typeof switches)[number],
  z.ZodOptional<typeof queryFlag>
>
const inBody = Object.fromEntries(switches.map((name) => [name, flag.optional()])) as Record<
  (typeof switches)[number],
  z.ZodOptional<typeof flag>
>
export const portfolioQuery = z.strictObject({ ...filters, ...inAddress })
const portfolioFilter = z.strictObject({ ...filters, ...inBody })

const sums = {
  currency,
  count,
  balance: total,
  overdue: total,
  notDue: total,
  days1To30: total,
  days31To60: total,
  days61To90: total,
  over90: total,
  disputed: total.meta({ description: 'Part of the balance that is in dispute' }),
  promised: total.meta({ description: 'Part of the balance under a promise that stands' }),
  oldestDueOn: day,
}
const coverageSums = {
  currency,
  overdue: total,
  untouched: total.meta({ description: 'Of the overdue: nobody dealt with it since that day' }),
  noticed: total.meta({ description: 'Of the untouched: a notice was sent since that day' }),
  count,
  customers: count,
}
const groupSubject = { subject: reference.nullable(), bucket: bucket.nullable() }
const rowId = z.string().max(60)

const selection = z.strictObject({
  filter: portfolioFilter,
  customerIds: z.array(id).min(1).max(5000).optional().meta({ description: 'Only these; all under the filter unless told' }),
  receivableIds: z.array(id).min(1).max(5000).optional(),
  typeId: id,
  subject: text(200),
  description: optionalText(5000).optional(),
  priority: z.enum(['low', 'normal', 'high']).optional(),
  channel: z.enum(['call', 'email', 'visit', 'message', 'other']).optional(),
  dueOn: day,
  dueTime: z
    .string()
    .max(5)
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  owners: z.discriminatedUnion('mode', [
    z.strictObject({ mode: z.literal('collections-agent') }),
    z.strictObject({ mode: z.literal('spread'), userIds: z.array(id).min(1).max(50) }),
  ]),
})

const opened = z.strictObject({
  dryRun: flag,
  customers: count,
  opened: count,
  receivables: count,
  totals: z.array(z.strictObject({ currency, amount: total })).max(200),
  owners: z.array(z.strictObject({ owner: reference, count })).max(5000),
  skipped: z
    .array(
      z.strictObject({
        reason: z.enum(['customer-inactive', 'active-follow-up', 'no-agent', 'agent-out-of-reach', 'owner-cannot-see']),
        count,
        customers: z.array(customer).max(20),
      }),
    )
    .max(10),
})

export const portfolioEndpoints = {
  totals: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portfolio/totals',
    summary: 'What is still to be collected, by currency and age; the ages add up to the balance',
    tag,
    query: portfolioQuery,
    response: z.strictObject({ asOf: day, totals: z.array(z.strictObject({ ...sums, customers: count })).max(200) }),
  }),
  customers: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portfolio/customers',
    summary: 'The portfolio by customer and currency, the largest first',
    tag,
    query: pageQuery(['-overdue', '-balance', '-over90', '-count']).extend(portfolioQuery.shape),
    response: page(
      z.strictObject({
        id: rowId,
        customer,
        agent: reference.nullable(),
        branch: reference.nullable(),
        lastTouchOn: day
          .nullable()
          .meta({ description: 'The day on which somebody last dealt with the customer; notices are none' }),
        activeFollowUps: count.meta({ description: 'Active follow-ups within the reader’s scope' }),
        ...sums,
      }),
    ),
  }),
  breakdown: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portfolio/breakdown',
    summary: 'The portfolio by agent, branch or age, and currency',
    tag,
    query: portfolioQuery.extend({
      by: grouping,
      asOf: day.optional().meta({
        description: 'At the end of this day; today unless told. Past days follow the customer filters and currency alone',
      }),
    }),
    response: z.strictObject({
      asOf: day,
      items: z
        .array(
          z.strictObject({
            id: rowId,
            ...groupSubject,
            customers: count,
            ...sums,
            oldestDueOn: day.nullable().meta({ description: 'Null where nothing is owed: there is unapplied money alone' }),
            disputed: sums.disputed.nullable(),
            promised: sums.promised.nullable(),
            unapplied: total.nullable().meta({
              description:
                'Paid or credited without being applied; null by age, and under filters that ask for some of a customer’s receivables',
            }),
            net: total.nullable().meta({ description: 'The balance less what is unapplied' }),
          }),
        )
        .max(500),
    }),
  }),
  coverage: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portfolio/coverage',
    summary: 'How much overdue money nobody has dealt with for so many days',
    tag,
    query: portfolioQuery.omit({ untouchedSince: true, overdue: true }).extend({
      by: grouping,
      days: z
        .string()
        .max(3)
        .regex(/^([1-9]|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5])$/)
        .transform(Number)
        .optional()
        .meta({ description: '1 to 365 (14 unless told)' }),
    }),
    response: z.strictObject({
      asOf: day,
      since: day,
      totals: z.array(z.strictObject(coverageSums)).max(200),
      items: z.array(z.strictObject({ id: rowId, ...groupSubject, ...coverageSums })).max(500),
    }),
  }),
  workbook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portfolio/workbook',
    summary: 'The portfolio under the filters as Excel: totals, customers and every open receivable',
    tag,
    query: portfolioQuery,
  }),
  previewFollowUps: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portfolio/follow-up-previews',
    summary: 'What starting the follow-ups of a selection would do, and whom it would skip and why',
    tag,
    body: selection,
    response: opened,
  }),
  openFollowUps: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portfolio/follow-ups',
    summary: 'Start the follow-ups of a selection: one per customer, none for whom one is active',
    tag,
    body: selection,
    response: opened,
    status: 201,
  }),
}
