import { agingBuckets } from '@cartera/domain/credit/aging'
import { mostVoucherBytes } from '@cartera/domain/portal/voucher'
import { disputeCategories } from '@cartera/domain/receivables/dispute'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { bankAccount } from './finance.ts'
import {
  amount,
  currency,
  day,
  emailAddress,
  flag,
  id,
  idParams,
  instant,
  language,
  optionalText,
  page,
  pageQuery,
  text,
  total,
} from './shapes.ts'
import { statementAccount } from './statements.ts'

const tag = 'Customer portal'
const count = z.int().min(0).max(1_000_000_000)
const documentType = z.enum(['invoice', 'debit-note', 'credit-note', 'receipt'])
const instalment = z.int().min(1).max(1000)

const buckets = z.strictObject({ notDue: total, days1To30: total, days31To60: total, days61To90: total, over90: total })

/** What is owed in one currency. */
const balance = buckets.extend({
  currency,
  /** Of open receivables. */
  balance: total,
  overdue: total,
  /** Paid or credited without being applied. */
  unapplied: total,
  net: total,
  /** The next due day from today on and what falls due then; null where nothing does. */
  next: z.strictObject({ dueOn: day, amount: total }).nullable(),
})

export const portalReceivable = z.strictObject({
  id,
  documentType,
  number: z.string().max(140),
  instalment,
  instalments: instalment,
  issuedOn: day,
  dueOn: day,
  /** Negative while it is not due yet. */
  daysOverdue: z.int().min(-5_000_000).max(5_000_000),
  bucket: z.enum(agingBuckets),
  currency,
  amount,
  balance: amount,
  disputed: flag,
  /** For when it is promised, while that promise stands. */
  promisedFor: day.nullable(),
  /** Said to have been paid, and not looked at yet. */
  claimed: flag,
})

const promise = z.strictObject({
  id,
  promisedOn: day,
  dueOn: day,
  currency,
  amount: total,
  state: z.enum(['open', 'kept', 'partly-kept', 'broken', 'withdrawn']),
  items: z.array(z.strictObject({ number: z.string().max(140), instalment, amount })).max(200),
})

const claim = z.strictObject({
  id,
  paidOn: day,
  currency,
  amount,
  method: z.string().max(60).nullable(),
  reference: z.string().max(120).nullable(),
  comment: z.string().max(1000).nullable(),
  state: z.enum(['open', 'accepted', 'refused']),
  /** What the company says to it. */
  answer: z.string().max(1000).nullable(),
  decidedAt: instant.nullable(),
  /** Who of the customer said so. */
  contact: z.string().max(300),
  voucher: z.strictObject({ name: z.string().max(120), mediaType: z.string().max(60), size: count }).nullable(),
  receivables: z.array(z.strictObject({ number: z.string().max(140), instalment })).max(200),
  createdAt: instant,
})

const document = z.strictObject({
  id,
  type: documentType,
  number: z.string().max(140),
  issuedOn: day,
  /** The last due day; null for a credit note. */
  dueOn: day.nullable(),
  currency,
  total,
  /** What is still open of it; of a credit note what is not applied yet. */
  balance: total,
  voidedOn: day.nullable(),
})

const entry = z.strictObject({
  id,
  /** Who of them both it stands for. */
  side: z.enum(['customer', 'company']),
  name: z.string().max(200),
  body: z.string().max(20_000),
  writtenAt: instant,
})

const conversation = z.strictObject({
  id,
  number: z.int().min(1).max(2147483647),
  topic: z.string().max(200),
  reference: z.string().max(200).nullable(),
  lastEntryAt: instant,
})

const conversationDetail = conversation.extend({
  /** In the order in which it was said; the newest 500. */
  entries: z.array(entry).max(500),
})

const message = z.strictObject({ body: text(5000) })

const period = z.strictObject({ from: day.optional(), to: day.optional() })
const file = period.extend({ language: language.optional() })

/** Public and portal endpoints: what the customer's own page calls. None of them takes an id of the customer: it is the session's. */
export const portalEndpoints = {
  company: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/company',
    summary: 'Whose portal this is: name and whether there is a logo',
    tag,
    access: 'public',
    response: z.strictObject({ name: z.string().max(300), logo: flag, language }),
  }),
  logo: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/logo',
    summary: 'The company’s logo as PNG',
    tag,
    access: 'public',
  }),
  requestLink: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/link-requests',
    summary: 'Ask for a link by mail: the answer is the same whether the address is known or not',
    tag,
    access: 'public',
    body: z.strictObject({ email: emailAddress }),
  }),
  enter: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/session',
    summary: 'Enter with the token of a link, once: sets the portal’s cookie',
    tag,
    access: 'public',
    body: z.strictObject({ token: z.string().min(1).max(100) }),
  }),
  leave: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/portal/session',
    summary: 'End the portal session of this browser',
    tag,
    access: 'public',
    cookie: true,
  }),
  home: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/home',
    summary: 'Who is here, what is owed per currency, what falls due next and how to pay',
    tag,
    access: 'portal',
    response: z.strictObject({
      contact: z.strictObject({ name: z.string().max(200), email: z.string().max(254).nullable() }),
      customer: z.strictObject({ code: z.string().max(40), name: z.string().max(300), language }),
      company: z.strictObject({ name: z.string().max(300), locale: z.string().max(35), currency }),
      today: day,
      balances: z.array(balance).max(200),
      payment: z.strictObject({ accounts: z.array(bankAccount).max(20), paymentUrl: z.string().max(500).nullable() }),
      openClaims: count,
    }),
  }),
  receivables: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/receivables',
    summary: 'What is still open, by due date, the first 1,000',
    tag,
    access: 'portal',
    response: z.strictObject({ items: z.array(portalReceivable).max(1000), more: flag }),
  }),
  statement: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/statement',
    summary: 'The statement of account of a period',
    tag,
    access: 'portal',
    query: period,
    response: z.strictObject({ from: day, to: day, accounts: z.array(statementAccount).max(200) }),
  }),
  statementPdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/statement.pdf',
    summary: 'The statement as PDF',
    tag,
    access: 'portal',
    query: file,
  }),
  statementWorkbook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/statement.xlsx',
    summary: 'The statement as Excel',
    tag,
    access: 'portal',
    query: file,
  }),
  documents: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/documents',
    summary: 'Invoices, debit and credit notes and receipts, the newest first',
    tag,
    access: 'portal',
    query: pageQuery(['-issuedOn']),
    response: page(document),
  }),
  document: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/documents/:id/pdf',
    summary: 'A document with its instalments and what was applied to them, as PDF',
    tag,
    access: 'portal',
    params: idParams,
    query: z.strictObject({ language: language.optional() }),
  }),
  conversations: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/conversations',
    summary: 'Conversations with something published in them, the last spoken in first',
    tag,
    access: 'portal',
    query: pageQuery(['-lastEntryAt']).omit({ q: true }),
    response: page(conversation.extend({ last: entry.nullable() })),
  }),
  conversation: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/conversations/:id',
    summary: 'What is published of a conversation',
    tag,
    access: 'portal',
    params: idParams,
    response: conversationDetail,
  }),
  startConversation: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/conversations',
    summary: 'Write to the company: opens a conversation',
    tag,
    access: 'portal',
    body: message,
    response: conversationDetail,
    status: 201,
  }),
  answer: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/conversations/:id/messages',
    summary: 'Write in a conversation',
    tag,
    access: 'portal',
    params: idParams,
    body: message,
    response: conversationDetail,
    status: 201,
  }),
  promises: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/promises',
    summary: 'The newest 100 promises to pay',
    tag,
    access: 'portal',
    response: z.strictObject({ items: z.array(promise).max(100) }),
  }),
  promise: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/promises',
    summary: 'Promise to pay on some receivables for a day',
    tag,
    access: 'portal',
    body: z.strictObject({
      dueOn: day,
      comment: optionalText(1000).optional(),
      items: z
        .array(z.strictObject({ receivableId: id, amount }))
        .min(1)
        .max(200),
    }),
    response: z.strictObject({ items: z.array(promise).max(100) }),
    status: 201,
  }),
  dispute: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/receivables/:id/disputes',
    summary: 'Contest a receivable: its notices are held',
    tag,
    access: 'portal',
    params: idParams,
    body: z.strictObject({ category: z.enum(disputeCategories), reason: text(500) }),
    response: portalReceivable,
    status: 201,
  }),
  claims: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/payment-claims',
    summary: 'The newest 100 payments that the customer reported',
    tag,
    access: 'portal',
    response: z.strictObject({ items: z.array(claim).max(100) }),
  }),
  claim: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/payment-claims',
    summary: 'Report a payment, with a voucher in Base64 (PDF, JPEG, PNG, WebP or HEIC by its content, 10 MiB at most)',
    tag,
    access: 'portal',
    // Base64 takes four characters for three bytes.
    bodyLimit: Math.ceil(mostVoucherBytes / 3) * 4 + 262_144,
    body: z.strictObject({
      paidOn: day,
      currency,
      amount,
      method: optionalText(60).optional(),
      reference: optionalText(120).optional(),
      comment: optionalText(1000).optional(),
      receivableIds: z.array(id).max(200),
      voucher: z
        .strictObject({
          name: text(200),
          content: z
            .string()
            .min(1)
            .max(Math.ceil(mostVoucherBytes / 3) * 4 + 1024)
            .regex(/^[A-Za-z0-9+/]+={0,2}$/),
        })
        .nullable()
        .optional(),
    }),
    response: claim,
    status: 201,
  }),
  claimVoucher: defineEndpoint({
    method: 'GET',
    url: '/api/v1/portal/payment-claims/:id/voucher',
    summary: 'The voucher of a reported payment',
    tag,
    access: 'portal',
    params: idParams,
  }),
  wrongPerson: defineEndpoint({
    method: 'POST',
    url: '/api/v1/portal/wrong-person',
    summary: 'Say that this is not the right person: ends the access and the notices to the address',
    tag,
    access: 'portal',
    body: z.strictObject({ note: optionalText(500).optional() }),
  }),
}
