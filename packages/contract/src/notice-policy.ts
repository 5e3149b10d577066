import { contactChannels, mostContactHours } from '@cartera/domain/notices/contact-policy'
import { noticeTones } from '@cartera/domain/notices/notice-settings'
import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { amount, currency, flag, version } from './shapes.ts'

const tag = 'Notices'
/** Wider than what is allowed: the policy's own rules say what is wrong, in words at the field. */
const anyNumber = z.int().min(-2147483648).max(2147483647)
const clock = z
  .string()
  .max(5)
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/)
  .meta({ description: 'Time of day, HH:MM; 24:00 ends a day', example: '08:00' })

export const contactPolicy = z.strictObject({
  /** A weekday that is missing is closed; 1 Monday to 7 Sunday. */
  hours: z.array(z.strictObject({ weekday: anyNumber, from: clock, until: clock })).max(mostContactHours),
  /** Whether holidays are like other days. */
  holidays: flag,
  /** Null is no limit, here and below. */
  mostPerDay: anyNumber.nullable(),
  mostPerWeek: anyNumber.nullable(),
  leastHoursBetween: anyNumber.nullable(),
  /** The channels that are counted. */
  channels: z.array(z.enum(contactChannels)).max(contactChannels.length),
  /** Whoever was reached by one channel is not contacted by another in the same week. */
  oneChannelPerWeek: flag,
})

export const noticePolicy = z.strictObject({
  /** How customers are addressed where the texts have more than one way. */
  tone: z.enum(noticeTones),
  /** One mail per customer and day with what falls due and what is overdue together. */
  combined: flag,
  attachStatement: flag,
  /** Overdue notices wait for a person. */
  reviewOverdue: flag,
  /** Calendar days after its day during which a notice may still leave: 0 to 30. */
  catchUpDays: anyNumber,
  /** Calendar days between two notices to the same customer: 0 (no limit) to 90. */
  intervalDays: anyNumber,
  /** Local hours within which notices leave on a business day. */
  sendFrom: clock,
  sendUntil: clock,
  /** Notices hold themselves when their source of balances is older: 1 to 8760, null is no limit. */
  freshnessHours: anyNumber.nullable(),
  /** Business days after a promised day during which the promise still holds: 0 to 30. */
  promiseGraceDays: anyNumber,
  /** Most notices per hour to one mail domain: 1 to 1,000,000, null is no limit. */
  domainHourlyCap: anyNumber.nullable(),
  /** Per currency: a balance up to the tolerance is not worth a notice; a message under the least amount does not leave. */
  amounts: z.array(z.strictObject({ currency, tolerance: amount, least: amount })).max(50),
  /** Null: no contact policy. */
  contactPolicy: contactPolicy.nullable(),
  version,
})

export const noticePolicyEndpoints = {
  policy: defineEndpoint({
    method: 'GET',
    url: '/api/v1/notice-policy',
    summary: "The company's policy for notices: how, when, how often and from which amount on",
    tag,
    response: noticePolicy,
  }),
  changePolicy: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/notice-policy',
    summary: "Replace the company's policy for notices",
    tag,
    body: noticePolicy,
    response: noticePolicy,
  }),
}
