import { z } from 'zod'
import { defineJob } from '../jobs/job.ts'
import { dispatchNotice } from './send-notices.ts'
import { wakeSending } from './wake-sending.ts'

/** The doorbell: carries the id only; the database says whether there is anything to do. */
export const dispatchNoticeJob = defineJob({
  name: 'dispatch-notice',
  payload: z.strictObject({ id: z.uuid() }),
  attempts: 1,
  async run(ctx, { id }) {
    // A worker that sends in the background takes the message in its turn, together with its sender's others.
    if (!wakeSending(ctx)) await dispatchNotice(ctx, id)
  },
})
