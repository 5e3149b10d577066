import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { emailAddress, id, idParams, instant, optionalText, reference } from './shapes.ts'

const tag = 'Follow-up documents'

const mail = z.strictObject({
  id,
  toAddress: z.string().max(320),
  state: z.enum(['waiting', 'sent', 'uncertain', 'failed', 'skipped']),
  response: z.string().max(5000).nullable(),
  sentAt: instant.nullable(),
  createdAt: instant,
})

const attachment = z.strictObject({
  id,
  name: z.string().max(400),
  document: reference,
  size: z.int().min(0).max(1_000_000_000),
  createdAt: instant,
  createdBy: reference,
  /** Oldest first. */
  mails: z.array(mail).max(1000),
})

export const followUpAttachmentEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-ups/:id/attachments',
    summary: 'The documents that were made for a follow-up, newest first, with the mails they left in',
    tag,
    params: idParams,
    response: z.strictObject({ items: z.array(attachment).max(200) }),
  }),
  make: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-ups/:id/attachments',
    summary: 'Make a document for the follow-up as PDF; it is kept exactly as made',
    tag,
    params: idParams,
    body: z.strictObject({ documentId: id }),
    response: attachment,
    status: 201,
  }),
  pdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/follow-up-attachments/:id/pdf',
    summary: 'The document exactly as it was made',
    tag,
    params: idParams,
  }),
  send: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-up-attachments/:id/mails',
    summary: 'Mail the document to a contact of the customer or to an address, from the sender’s own verified account',
    tag,
    params: idParams,
    body: z
      .strictObject({
        contactId: id.optional(),
        toAddress: emailAddress.optional(),
        message: optionalText(5000).optional(),
      })
      .refine((sent) => (sent.contactId === undefined) !== (sent.toAddress === undefined), {
        error: 'required',
        path: ['toAddress'],
      }),
    response: attachment,
    status: 201,
  }),
  sendAgain: defineEndpoint({
    method: 'POST',
    url: '/api/v1/follow-up-attachments/:id/mail-retries',
    summary: 'Send a mail again that did not leave, or of which nobody knows',
    tag,
    params: idParams,
    body: z.strictObject({ mailId: id }),
    response: attachment,
    status: 201,
  }),
}
