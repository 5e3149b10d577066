import { alarmKinds } from '@cartera/domain/notices/notice-alarms'
import { noticeReasons, noticeStates } from '@cartera/domain/notices/notice-states'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { noticeSender, queueFilters } from './notices.ts'
import {
  amount,
  currency,
  day,
  emailAddress,
  flag,
  id,
  idParams,
  instant,
  optionalText,
  reference,
  text,
  total,
  version,
} from './shapes.ts'

const tag = 'Finance'
const figure = z.int().min(0).max(1_000_000_000)

/** Something that should have happened with the notices did not. Figures are null for who does not see the whole company. */
export const noticeAlarm = z.strictObject({
  kind: z.enum(alarmKinds),
  /** Whose mail account, where it is about one. */
  user: reference.nullable(),
  /** Why workers may not send, where it is about them. */
  reason: z.string().max(60).nullable(),
  openedAt: instant,
  minutes: figure.nullable(),
  waiting: figure.nullable(),
  held: figure.nullable(),
  failed: figure.nullable(),
  uncertain: figure.nullable(),
  since: day.nullable(),
})

export const noticeAlarmEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notice-alarms',
    summary: 'The alarms that ring now: nothing sent although something should have been, and the like',
    tag,
    response: z.strictObject({ items: z.array(noticeAlarm).max(1000) }),
  }),
}

const q = z.string().max(200).optional()
const state = z.enum(noticeStates)

/** Who the customer of a notice is, for the person who decides whether it leaves. */
export const noticeContext = z.strictObject({
  customer: z.strictObject({
    id,
    code: z.string().max(60),
    name: z.string().max(300),
    phone: z.string().max(100).nullable(),
    email: z.string().max(254).nullable(),
    collectionsAgent: reference.nullable(),
    creditHold: flag,
    pausedUntil: day.nullable(),
  }),
  aging: z
    .array(
      z.strictObject({
        currency,
        balance: total,
        notDue: total,
        days1To30: total,
        days31To60: total,
        days61To90: total,
        over90: total,
      }),
    )
    .max(200),
  /** Receivables of the customer that are disputed. */
  disputes: figure,
  /** Open ones, and the last that ended. */
  promises: z
    .array(
      z.strictObject({
        id,
        state: z.enum(['open', 'kept', 'partly-kept', 'broken', 'withdrawn']),
        dueOn: day,
        amount,
        currency,
      }),
    )
    .max(20),
  /** The last contacts, mails included. */
  contacts: z
    .array(
      z.strictObject({
        id,
        at: instant,
        channel: z.enum(['email', 'call', 'message', 'visit', 'letter']),
        outcome: z.string().max(2000).nullable(),
        by: reference.nullable(),
      }),
    )
    .max(20),
  lastPayment: z.strictObject({ paidOn: day, amount, currency }).nullable(),
  /** Open follow-ups about the customer that the caller sees, the next first. */
  followUps: z.array(z.strictObject({ id, subject: z.string().max(300), dueAt: instant, owner: reference })).max(20),
  /** Notices of the customer in the last 30 days that left, besides this one. */
  sentLately: figure,
})

/** What came back about a notice. */
export const noticeAnswer = z.strictObject({
  id,
  kind: z.enum(['reply', 'bounce']),
  at: instant,
  /** Who answered, or which address failed. */
  address: z.string().max(254),
  subject: z.string().max(1000),
  /** Plain text, never to be shown as markup; of a bounce what the server said. */
  text: z.string().max(20_000),
  /** Bounces: whether for good. */
  permanent: flag.nullable(),
})

export const noticeQueueEndpoints = {
  answers: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/:id/answers',
    summary: 'What came back about a notice: replies and bounces, the newest first',
    tag: 'Notices',
    params: idParams,
    response: z.strictObject({ items: z.array(noticeAnswer).max(100) }),
  }),
  standIn: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/stand-in',
    summary: 'From whose account the notices of customers without a collections agent leave, told before any does',
    tag: 'Notices',
    response: z.strictObject({
      /** Active customers in reach that have no collections agent. */
      customers: figure,
      /** Null where there is no such customer. */
      sender: noticeSender.nullable(),
    }),
  }),
  selection: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/selection',
    summary: 'Everything under a filter of the queue, to decide on at once: ids with state, at most 10,000',
    tag: 'Notices',
    query: z.strictObject({ ...queueFilters, q }),
    response: z.strictObject({
      total: figure,
      items: z
        .array(z.strictObject({ id, state, reason: z.enum(noticeReasons).nullable(), customer: z.string().max(300) }))
        .max(10_000),
    }),
  }),
  context: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notices/:id/context',
    summary: 'Who the customer of a notice is: aging, promises, disputes, last contacts and payment',
    tag: 'Notices',
    params: idParams,
    response: noticeContext,
  }),
}

const time = z
  .string()
  .length(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: 'Time of day, HH:MM', example: '07:30' })
const financeFields = {
  /** Whether the daily digest is mailed. */
  digestOn: flag,
  /** From which time of the company's day. */
  digestAt: time,
  /** Minutes without a sent notice, while some wait, after which an alarm rings. */
  silentMinutes: z.int().min(10).max(1440),
  /** Minutes without a word of any worker after which an alarm rings. */
  workerMinutes: z.int().min(2).max(1440),
  /** Failed notices within a day at which an alarm rings. */
  failedCount: z.int().min(1).max(1_000_000),
}

export const financeSettings = z.strictObject({
  ...financeFields,
  recipients: z
    .array(
      z.strictObject({
        id,
        name: z.string().max(300),
        email: emailAddress,
        /** False: no longer active, or may no longer see notices; gets nothing. */
        reads: flag,
      }),
    )
    .max(1000),
  /** What was lately mailed to people of the company, newest first. */
  lastMails: z
    .array(
      z.strictObject({
        id,
        kind: z.enum(['digest', 'alarm', 'bank-details']),
        user: reference,
        state: z.enum(['waiting', 'claimed', 'dispatching', 'sent', 'uncertain', 'failed', 'skipped']),
        response: z.string().max(2000).nullable(),
        sentAt: instant.nullable(),
        createdAt: instant,
      }),
    )
    .max(20),
  version,
})

export const financeSettingsEndpoints = {
  find: defineEndpoint({
    method: 'GET',
    url: '/api/v1/finance-settings',
    summary: 'Who is told of what by e-mail: daily digest and alarms',
    tag,
    response: financeSettings,
  }),
  change: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/finance-settings',
    summary: 'Replace the settings of digest and alarms',
    tag,
    body: z.strictObject({ ...financeFields, recipientIds: z.array(id).max(200), version }),
    response: financeSettings,
  }),
}

const accountKind = z.enum(['iban', 'clabe', 'account'])
export const bankAccount = z.strictObject({
  bank: z.string().max(120),
  holder: z.string().max(200),
  kind: accountKind,
  number: z.string().max(40),
  currency,
  swift: z.string().max(11).nullable(),
  note: z.string().max(300).nullable(),
  /** The number as people read it. */
  shown: z.string().max(60),
})
export const bankDetailsHistory = z.strictObject({
  items: z
    .array(
      z.strictObject({
        id,
        state: z.enum(['proposed', 'confirmed', 'withdrawn', 'replaced']),
        accounts: z.array(bankAccount).max(20),
        /** Where customers pay online; null where there is no such page. */
        paymentUrl: z.string().max(500).nullable(),
        reason: z.string().max(500).nullable(),
        /** Taken over at an upgrade, from when one person alone could write the payment link: nobody proposed or confirmed it. */
        adopted: flag,
        proposedBy: reference.nullable(),
        proposedAt: instant,
        decidedBy: reference.nullable(),
        decidedAt: instant.nullable(),
        replacedAt: instant.nullable(),
        /** Whether the caller may confirm it: it waits, and somebody else proposed it. */
        mayConfirm: flag,
      }),
    )
    .max(200),
})

export const bankDetailsEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/bank-details',
    summary:
      'Where customers pay to, accounts and payment link: what is confirmed, what waits for a second person, and the history',
    tag,
    response: bankDetailsHistory,
  }),
  propose: defineEndpoint({
    method: 'POST',
    url: '/api/v1/bank-details',
    summary: 'Propose accounts and payment link anew; they are in force once another person confirms them',
    tag,
    body: z.strictObject({
      accounts: z
        .array(
          z.strictObject({
            bank: text(120),
            holder: text(200),
            kind: accountKind,
            number: text(60),
            currency,
            swift: z
              .string()
              .max(11)
              .regex(/^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/)
              .nullable()
              .optional(),
            note: optionalText(300).optional(),
          }),
        )
        .max(20),
      /** Left out: as it is; null: none. */
      paymentUrl: optionalText(500).optional(),
      reason: optionalText(500).optional(),
    }),
    response: bankDetailsHistory,
    status: 201,
  }),
  confirm: defineEndpoint({
    method: 'POST',
    url: '/api/v1/bank-details/:id/confirmations',
    summary: 'Confirm what another person proposed',
    tag,
    params: idParams,
    response: bankDetailsHistory,
  }),
  withdraw: defineEndpoint({
    method: 'POST',
    url: '/api/v1/bank-details/:id/withdrawals',
    summary: 'Take a proposal back',
    tag,
    params: idParams,
    body: z.strictObject({ reason: optionalText(500).optional() }),
    response: bankDetailsHistory,
  }),
}
