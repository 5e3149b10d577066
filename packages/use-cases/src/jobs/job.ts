import type { z } from 'zod'
import type { AppContext } from '../app-context.ts'

/** A job as the worker sees it: it takes what it finds in the queue and checks it itself. */
export interface AnyJob {
  name: string
  /** How often it is tried in all, with exponential back-off. */
  attempts: number
  /** Checks the payload (old code may have written it) and runs; throws `PayloadRefused` where it does not fit. */
  perform(ctx: AppContext, data: unknown): Promise<void>
}

export interface Job<Payload> extends AnyJob {
  payload: z.ZodType<Payload>
}

/** The payload in the queue is not what the job takes: trying again cannot help. */
export class PayloadRefused extends Error {}

/**
 * A job beside its use case. The payload carries ids only. Running one twice must do no harm; every job has a test that does.
 */
export function defineJob<Payload>(definition: {
  name: string
  payload: z.ZodType<Payload>
  attempts: number
  run(ctx: AppContext, payload: Payload): Promise<void>
}): Job<Payload> {
  return {
    name: definition.name,
    attempts: definition.attempts,
    payload: definition.payload,
    async perform(ctx, data) {
      const payload = definition.payload.safeParse(data)
      if (!payload.success) throw new PayloadRefused(`the payload of ${definition.name} is not what the job takes`)
      await definition.run(ctx, payload.data)
    },
  }
}
