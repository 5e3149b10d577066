import type { z } from 'zod'
import type { AppContext } from '../app-context.ts'

/**
 * A job beside its use case. The payload carries ids only and is unknown until parsed: old code may have written it.
 * Running one twice must do no harm; every job has a test that does.
 */
export interface Job<Payload = unknown> {
  name: string
  payload: z.ZodType<Payload>
  /** How often it is tried in all, with exponential back-off. */
  attempts: number
  run(ctx: AppContext, payload: Payload): Promise<void>
}

/** Keeps the payload's type. */
export function defineJob<Payload>(job: Job<Payload>): Job<Payload> {
  return job
}
