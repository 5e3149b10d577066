import { agingBuckets } from '@cartera/domain/credit/aging'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { currency, day, flag, id, idParams, language, total } from './shapes.ts'

const tag = 'Statements'

const line = z.strictObject({
  on: day,
  kind: z.enum([
    'invoice',
    'debit-note',
    'receipt',
    'correction',
    'write-off',
    'write-off-undone',
    'payment',
    'payment-reversed',
    'credit-note',
    'credit-note-voided',
  ]),
  number: z.string().max(300).nullable(),
  instalment: z.int().min(1).max(1000).nullable(),
  instalments: z.int().min(1).max(1000).nullable(),
  dueOn: day.nullable(),
  reason: z.string().max(500).nullable(),
  /** Up when it was charged, down when it was paid or credited. */
  amount: total,
  /** What was owed after it. */
  balance: total,
})

const openItem = z.strictObject({
  receivableId: id,
  documentType: z.enum(['invoice', 'debit-note', 'credit-note', 'receipt']),
  number: z.string().max(140),
  instalment: z.int().min(1).max(1000),
  issuedOn: day,
  dueOn: day,
  daysOverdue: z.int().min(-5_000_000).max(5_000_000),
  bucket: z.enum(agingBuckets),
  amount: total,
  balance: total,
  disputed: flag,
})

const unappliedItem = z.strictObject({
  id,
  kind: z.enum(['payment', 'credit-note']),
  on: day,
  number: z.string().max(300).nullable(),
  amount: total,
  unapplied: total,
})

/** The account in one currency. */
export const statementAccount = z.strictObject({
  currency,
  opening: total,
  charged: total,
  credited: total,
  /** Opening, charges and credits; the same as the net of the open items. */
  closing: total,
  lines: z.array(line).max(2000),
  items: z.array(openItem).max(5000),
  unapplied: z.array(unappliedItem).max(5000),
  aging: z.strictObject({
    notDue: total,
    days1To30: total,
    days31To60: total,
    days61To90: total,
    over90: total,
    balance: total,
    unapplied: total,
    net: total,
  }),
})

const period = z.strictObject({
  from: day.optional().meta({ description: 'First day; 90 days before the last one unless told' }),
  to: day.optional().meta({ description: 'Last day, at whose end everything is as it says; today unless told' }),
})
const file = period.extend({ language: language.optional().meta({ description: "The customer's unless told" }) })

export const statementEndpoints = {
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/statement',
    summary: 'Statement of account of a customer, exact at any past day',
    tag,
    params: idParams,
    query: period,
    response: z.strictObject({
      customer: z.strictObject({
        id,
        code: z.string().max(40),
        name: z.string().max(300),
        taxId: z.string().max(100).nullable(),
        address: z.string().max(500).nullable(),
        city: z.string().max(200).nullable(),
      }),
      from: day,
      to: day,
      accounts: z.array(statementAccount).max(200),
    }),
  }),
  pdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/statement.pdf',
    summary: 'The statement as PDF, in the language of the customer',
    tag,
    params: idParams,
    query: file,
  }),
  workbook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/statement.xlsx',
    summary: 'The statement as Excel',
    tag,
    params: idParams,
    query: file,
  }),
}
