import { entryKinds } from '@cartera/domain/interactions/interaction-rules'
import { isMailAddress } from '@cartera/domain/notices/mail-address'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import {
  day,
  emailAddress,
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

const tag = 'Interactions'
const state = z.enum(['open', 'closed'])
const kind = z.enum(entryKinds)
const number = z.int().min(1).max(2147483647)
const count = z.int().min(0).max(10_000_000)
const customer = reference.extend({ code: z.string().max(60) })
const time = z
  .string()
  .max(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: "Time on the company's clock, HH:MM", example: '09:30' })
const ids = (max: number) => z.array(id).max(max)
const optionalEmail = optionalText(254).refine((value) => value === null || isMailAddress(value), { error: 'email' })

export const interaction = z.strictObject({
  id,
  number,
  customer,
  topic: reference,
  owner: reference,
  state,
  source: z.enum(['agent', 'portal']),
  happenedAt: instant,
  followUpOn: day.nullable(),
  contactName: z.string().max(200).nullable(),
  reference: z.string().max(200).nullable(),
  products: z.array(reference.extend({ code: z.string().max(40) })).max(50),
  /** Since when a message of the customer waits for an answer. */
  unansweredSince: instant.nullable(),
  lastEntry: z.strictObject({
    kind,
    entryName: z.string().max(200),
    at: instant,
    /** Its beginning, in one line. */
    excerpt: z.string().max(200),
  }),
  entryCount: count,
  version,
})

const mail = z.strictObject({
  id,
  toAddress: z.string().max(254),
  state: z.enum(['waiting', 'sent', 'uncertain', 'failed', 'skipped']),
  /** What the server said, or why it waits or was left. */
  response: z.string().max(2000).nullable(),
  sentAt: instant.nullable(),
  createdAt: instant,
})

export const interactionEntry = z.strictObject({
  id,
  kind,
  entryName: z.string().max(200),
  /** Plain text, as it was written: never to be shown as markup. */
  body: z.string().max(20_000),
  writtenAt: instant,
  /** Null: the customer wrote it on the portal. */
  author: reference.nullable(),
  /** The mails that told the customer of it, oldest first. */
  mails: z.array(mail).max(100),
})

const followUpLink = z.strictObject({
  id,
  number,
  subject: z.string().max(200),
  state: z.enum(['active', 'closed', 'discarded']),
  dueAt: instant,
})

export const interactionDetail = interaction.extend({
  contact: reference.nullable(),
  contactPhone: z.string().max(60).nullable(),
  contactEmail: z.string().max(254).nullable(),
  salesContact: z.string().max(200).nullable(),
  salesperson: reference.nullable(),
  /** Those that were opened from it and are in the reader's reach, the newest first. */
  followUps: z.array(followUpLink).max(50),
  /** Oldest first; of a longer conversation the newest 500. */
  entries: z.array(interactionEntry).max(500),
  createdAt: instant,
})

const newEntry = {
  kind,
  entryName: optionalText(100).optional().meta({ description: 'The name of who writes it unless told' }),
  body: text(10_000),
  mailTo: emailAddress
    .nullable()
    .optional()
    .meta({ description: 'Tells this address of it by e-mail; never of an internal entry' }),
}

const seenEntryId = id.optional().meta({
  description: 'The newest entry that was read: what the customer wrote on the portal after it still waits for an answer',
})

const facts = {
  topicId: id,
  happenedOn: day,
  happenedTime: time,
  followUpOn: day.nullable(),
  contactId: id.nullable(),
  contactName: optionalText(200),
  contactPhone: optionalText(60),
  contactEmail: optionalEmail,
  salesContact: optionalText(200),
  salespersonId: id.nullable(),
  reference: optionalText(200),
  productIds: ids(50),
  ownerId: id,
}
const optionalFacts = z.strictObject(facts).partial().shape

const filters = {
  q: z.string().max(200).optional().meta({ description: 'Number (#12), reference, contact or customer' }),
  topicId: id.optional(),
  ownerId: id.optional(),
  customerId: id.optional(),
  productId: id.optional(),
  state: state.optional(),
  unanswered: queryFlag.optional(),
  mine: queryFlag.optional(),
  from: day.optional().meta({ description: 'First day on which it took place, in the time zone of the company' }),
  to: day.optional().meta({ description: 'Last day on which it took place, in the time zone of the company' }),
}

const entryFilters = {
  q: z.string().max(200).optional().meta({ description: 'Words of the entry name' }),
  entryName: z.string().max(200).optional().meta({ description: 'Exactly this entry name; accents and case do not matter' }),
  kind: kind.optional(),
  topicId: id.optional(),
  ownerId: id.optional(),
  customerId: id.optional(),
  from: day.optional().meta({ description: 'First day on which it was written, in the time zone of the company' }),
  to: day.optional().meta({ description: 'Last day on which it was written, in the time zone of the company' }),
}
const entrySorts = ['entryName', '-entryName', 'writtenAt', '-writtenAt'] as const

export const interactionEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interactions',
    summary: 'Interactions in the viewer’s reach, those with the newest entry first',
    tag,
    query: pageQuery([
      '-lastEntryAt',
      'lastEntryAt',
      'happenedAt',
      '-happenedAt',
      'number',
      '-number',
      'entryName',
      '-entryName',
    ]).extend(filters),
    response: page(interaction),
  }),
  counts: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interaction-counts',
    summary: 'How many interactions in the viewer’s reach are open, and how many wait for an answer',
    tag,
    query: z.strictObject({ mine: queryFlag.optional(), customerId: id.optional() }),
    response: z.strictObject({ open: count, unanswered: count }),
  }),
  form: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/interaction-form',
    summary:
      'What the form of an interaction shows of a customer: credit hold, contacts, what is filled in, who reads the portal',
    tag,
    params: idParams,
    response: z.strictObject({
      /** By the clock of the server: what “now” is for the form, whatever the browser's shows. */
      now: instant,
      customer,
      creditHold: z.strictObject({
        onHold: flag,
        reason: z.enum(['manual', 'limit-passed', 'overdue']).nullable(),
        note: z.string().max(500).nullable(),
      }),
      contactName: z.string().max(300).nullable(),
      contactPhone: z.string().max(60).nullable(),
      contactEmail: z.string().max(254).nullable(),
      salesperson: reference.nullable(),
      contacts: z
        .array(
          reference.extend({
            position: z.string().max(200).nullable(),
            phone: z.string().max(60).nullable(),
            email: z.string().max(254).nullable(),
            /** Reads on the portal what is published. */
            portal: flag,
          }),
        )
        .max(500),
    }),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interactions',
    summary: 'Record an interaction with its first entries',
    tag,
    body: z.strictObject({
      ...optionalFacts,
      topicId: id,
      customerId: id,
      entries: z.array(z.strictObject(newEntry)).min(1).max(20),
      followUp: z
        .strictObject({ typeId: id, time, subject: text(200) })
        .nullable()
        .optional()
        .meta({ description: 'Opens a follow-up on the follow-up date, in the same step' }),
    }),
    response: interactionDetail,
    status: 201,
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interactions/:id',
    summary: 'An interaction with its conversation',
    tag,
    params: idParams,
    response: interactionDetail,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/interactions/:id',
    summary: 'Change the facts of an open interaction; what was said stays as it was written',
    tag,
    params: idParams,
    body: z.strictObject({ ...optionalFacts, version }),
    response: interactionDetail,
  }),
  addEntry: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interactions/:id/entries',
    summary: 'Go on with the conversation',
    tag,
    params: idParams,
    body: z.strictObject({ ...newEntry, seenEntryId }),
    response: interactionDetail,
    status: 201,
  }),
  openFollowUp: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interactions/:id/follow-ups',
    summary: 'Open a follow-up from an open interaction, for the day on which the customer is spoken to again',
    tag,
    params: idParams,
    body: z.strictObject({
      typeId: id,
      subject: text(200),
      dueOn: day,
      time,
      ownerId: id.optional().meta({ description: 'The owner of the interaction unless told' }),
    }),
    response: interactionDetail,
    status: 201,
  }),
  mailEntry: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interactions/:id/entries/:entryId/mails',
    summary: 'Tell an address of an entry, from the viewer’s own mail account',
    tag,
    params: z.strictObject({ id, entryId: id }),
    body: z.strictObject({ mailTo: emailAddress }),
    response: interactionDetail,
    status: 201,
  }),
  mailAgain: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interactions/:id/mails/:mailId/retries',
    summary: 'Send a mail about an entry again that did not leave, or of which nobody knows',
    tag,
    params: z.strictObject({ id, mailId: id }),
    response: interactionDetail,
    status: 201,
  }),
  close: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interactions/:id/closures',
    summary: 'Close an interaction',
    tag,
    params: idParams,
    query: z.strictObject({ seenEntryId }),
    response: interactionDetail,
    status: 201,
  }),
  reopen: defineEndpoint({
    method: 'POST',
    url: '/api/v1/interactions/:id/reopenings',
    summary: 'Make a closed interaction open again',
    tag,
    params: idParams,
    response: interactionDetail,
    status: 201,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/interactions/:id',
    summary: 'Delete an interaction in any state; needs the permission',
    tag,
    params: idParams,
  }),
  deleted: defineEndpoint({
    method: 'GET',
    url: '/api/v1/deleted-interactions',
    summary: 'Deleted interactions, the last deleted first; level 1 only',
    tag,
    query: pageQuery(['-deletedAt']),
    response: page(
      z.strictObject({
        id,
        number,
        customer,
        topic: reference,
        owner: reference,
        deletedAt: instant,
        deletedBy: reference.nullable(),
      }),
    ),
  }),
  restore: defineEndpoint({
    method: 'POST',
    url: '/api/v1/deleted-interactions/:id/restorations',
    summary: 'Bring a deleted interaction back; level 1 only',
    tag,
    params: idParams,
    response: interactionDetail,
    status: 201,
  }),
  entries: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interaction-entries',
    summary: 'The report of interactions by entry name: every entry in the viewer’s reach under the filters',
    tag,
    query: pageQuery(entrySorts).extend(entryFilters),
    response: page(
      z.strictObject({
        id,
        entryName: z.string().max(200),
        kind,
        body: z.string().max(20_000),
        writtenAt: instant,
        interaction: z.strictObject({ id, number }),
        topic: reference,
        customer,
        owner: reference,
      }),
    ),
  }),
  entryNames: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interaction-entries/names',
    summary: 'How many entries and interactions under each entry name, under the filters of the report',
    tag,
    query: z.strictObject(entryFilters),
    response: z.strictObject({
      items: z.array(z.strictObject({ entryName: z.string().max(200), entries: count, interactions: count })).max(1000),
      entries: count,
    }),
  }),
  entriesWorkbook: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interaction-entries/workbook',
    summary: 'The report of interactions by entry name as Excel; needs the permission to export',
    tag,
    query: z.strictObject(entryFilters),
  }),
  entriesPdf: defineEndpoint({
    method: 'GET',
    url: '/api/v1/interaction-entries/pdf',
    summary: 'The report of interactions by entry name as PDF; needs the permission to export',
    tag,
    query: z.strictObject(entryFilters),
  }),
}
