import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, id, idParams, instant, page, pageQuery, reference, text } from './shapes.ts'

const tag = 'Notice pauses'

export const noticePause = z.strictObject({
  id,
  /** Null: the whole customer pauses. */
  receivable: z.strictObject({ id, number: z.string().max(200), instalment: z.int().min(1).max(2147483647) }).nullable(),
  /** The last day of the pause. */
  untilOn: day,
  reason: z.string().max(500),
  /** `standing` holds notices back now; `over` ran out by itself; `ended` was ended, or replaced by another. */
  state: z.enum(['standing', 'over', 'ended']),
  pausedAt: instant,
  pausedBy: reference.nullable(),
  endedAt: instant.nullable(),
  endedBy: reference.nullable(),
})

const pauseInput = z.strictObject({
  untilOn: day,
  reason: text(500),
  /** The pause that stands and that this one takes the place of; without it a standing pause refuses (`changed-meanwhile`). */
  replaces: id.optional(),
})

export const noticePauseEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/notice-pauses',
    summary: "Every pause of a customer's notices and of its receivables', the newest first",
    tag,
    params: idParams,
    query: pageQuery(['-createdAt', 'createdAt']),
    response: page(noticePause),
  }),
  pauseCustomer: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers/:id/notice-pauses',
    summary: "Pause a customer's notices until a day, with a reason",
    tag,
    params: idParams,
    body: pauseInput,
    response: noticePause,
    status: 201,
  }),
  pauseReceivable: defineEndpoint({
    method: 'POST',
    url: '/api/v1/receivables/:id/notice-pauses',
    summary: "Pause a receivable's notices until a day, with a reason",
    tag,
    params: idParams,
    body: pauseInput,
    response: noticePause,
    status: 201,
  }),
  end: defineEndpoint({
    method: 'POST',
    url: '/api/v1/notice-pauses/:id/endings',
    summary: 'End a pause now',
    tag,
    params: idParams,
    response: noticePause,
  }),
}
