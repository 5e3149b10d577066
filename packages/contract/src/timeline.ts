import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { amount, currency, cursor, id, idParams, instant, page, reference, text } from './shapes.ts'

const tag = 'Timeline'
const kind = z.enum([
  'notice',
  'bounce',
  'reply',
  'note',
  'follow-up',
  'promise',
  'contact',
  'dispute',
  'extension',
  'interaction',
  'opportunity',
  'quote',
  'renewal',
  'payment-claim',
  'observation',
  'progress',
  'follow-up-document',
  'file',
  'case',
  'merge',
])

/** Something that happened with a customer. */
export const timelineEntry = z.strictObject({
  id,
  kind,
  at: instant,
  /** Who did it; null where the system or the customer did. */
  person: reference.nullable(),
  /**
   * Subject of a mail or follow-up, subject and number of a case, topic and number of an interaction, name and number of an opportunity, subject and number of a quote, product of a renewal, document of a dispute or extension, contact of a reported payment, what was done in
   * a follow-up, file name of its document or of a file, subject of an e-mail that is kept as one; null where there is none.
   */
  title: z.string().max(1000).nullable(),
  /** Plain text, as it was written: never to be shown as markup. Cut after 4,000 characters. */
  text: z.string().max(4000).nullable(),
  /** The address that answered or bounced, that a document was mailed to, or that an e-mail which is kept as a file came from. */
  address: z.string().max(254).nullable(),
  /**
   * Of a notice its kind, of a bounce whether it is for good, of a follow-up, an opportunity, a promise and a case its state, of a contact its channel; of a dispute
   * `opened`, or how it ended: `valid`, `not-valid`, `withdrawn`; of an activity its direction; of a follow-up's document `made` or `sent`; of a file its kind;
   * of a quote `written`, `sent`, or how it was decided: `accepted`, `rejected`, `withdrawn`; of a renewal `renewed` or `ended`;
   * of a merge `merged` (the other into this one), `merged-away` (this one into the other) or `undone`.
   */
  detail: z.string().max(60).nullable(),
  noticeId: id.nullable(),
  followUpId: id.nullable(),
  quoteId: id.nullable(),
  /** Of an observation, an activity and a document: the follow-up they belong to. */
  followUp: z.strictObject({ number: z.int().min(1).max(2147483647), subject: z.string().max(200) }).nullable(),
  /** What was promised, until when. */
  promise: z.strictObject({ amount, currency, dueOn: z.string().max(10) }).nullable(),
  /** What the customer said they paid, and when. */
  claim: z.strictObject({ amount, currency, paidOn: z.string().max(10) }).nullable(),
  /** What an opportunity comes to, and when it is expected. */
  opportunity: z.strictObject({ amount, currency, expectedOn: z.string().max(10) }).nullable(),
  /** What a quote comes to, and until when it is valid. */
  quote: z.strictObject({ amount, currency, validUntil: z.string().max(10) }).nullable(),
  /** On which date it was due, and when it is next. */
  renewal: z.strictObject({ dueOn: z.string().max(10), nextOn: z.string().max(10) }).nullable(),
  /** From and to which due date it was extended. */
  extension: z.strictObject({ fromDueOn: z.string().max(10), toDueOn: z.string().max(10) }).nullable(),
})

export const addressFlag = z.strictObject({
  /** In lower case. */
  address: z.string().max(254),
  reason: z.enum(['bounced', 'refused']),
  detail: z.string().max(500).nullable(),
  flaggedAt: instant,
  noticeId: id.nullable(),
})

export const timelineEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/timeline',
    summary:
      'What happened with a customer, newest first: notices, bounces, replies, notes, follow-ups with their observations, activities and documents, interactions, opportunities, quotes, renewals, cases, promises, reported payments, contacts, disputes, extensions, files (e-mails at their own date)',
    tag,
    params: idParams,
    query: z.strictObject({
      limit: z
        .string()
        .max(3)
        .regex(/^([1-9]|[1-9]\d|100)$/)
        .transform(Number)
        .optional(),
      cursor: cursor.optional(),
      kind: kind.optional(),
    }),
    response: page(timelineEntry),
  }),
  flags: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/address-flags',
    summary: 'Addresses of a customer and its contacts that could not be delivered to: no notice goes there',
    tag: 'Contacts',
    params: idParams,
    response: z.strictObject({ items: z.array(addressFlag).max(2000) }),
  }),
  clearFlag: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/address-clearances',
    summary: 'Say that a flagged address is right: notices go there again',
    tag: 'Contacts',
    params: idParams,
    body: z.strictObject({ address: text(254) }),
    response: z.strictObject({ items: z.array(addressFlag).max(2000) }),
    status: 201,
  }),
}
