import type { AnyJob, Job } from './jobs/job.ts'
import { remindDueFollowUpsJob } from './reminders/remind-due-follow-ups.ts'

/** Every job by name: what the worker can run. An architecture test holds it complete. */
export const allJobs: readonly AnyJob[] = [remindDueFollowUpsJob]

/** Jobs that the worker rings for by itself, each at a plain interval: PostgreSQL says what is due, the clock only when to look. */
export const schedule: readonly { job: Job<Record<string, never>>; everyMs: number }[] = [
  { job: remindDueFollowUpsJob, everyMs: 15_000 },
]
