import { resumeImportsJob, runImportJob } from './imports/run-import.ts'
import type { AnyJob, Job } from './jobs/job.ts'
import { remindDueFollowUpsJob } from './reminders/remind-due-follow-ups.ts'

/** Every job by name: what the worker can run. An architecture test holds it complete. */
export const allJobs: readonly AnyJob[] = [remindDueFollowUpsJob, resumeImportsJob, runImportJob]

/** Jobs that the worker rings for by itself, each at a plain interval: PostgreSQL says what is due, the clock only when to look. */
export const schedule: readonly { job: Job<Record<string, never>>; everyMs: number }[] = [
  { job: resumeImportsJob, everyMs: 30_000 },
  { job: remindDueFollowUpsJob, everyMs: 15_000 },
]
