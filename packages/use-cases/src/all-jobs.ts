import { watchNoticesJob } from './alarms/watch-notices.ts'
import { sendCustomerMailsJob } from './customer-mails/customer-mails.ts'
import { resumeImportsJob, runImportJob } from './imports/run-import.ts'
import type { AnyJob, Job } from './jobs/job.ts'
import { readMailboxesJob, readMailboxJob } from './mailboxes/read-mailboxes.ts'
import { dispatchNoticeJob } from './notices/dispatch-notice.ts'
import { planDayJob } from './notices/plan-day.ts'
import { seekEvidenceJob } from './notices/seek-evidence.ts'
import { sweepNoticesJob } from './notices/sweep-notices.ts'
import { sendRequestedLinksJob } from './portal/portal-session.ts'
import { decidePromisesJob } from './promises/settle-promises.ts'
import { remindDueFollowUpsJob } from './reminders/remind-due-follow-ups.ts'
import { sendStaffMailsJob } from './staff-mails/send-staff-mails.ts'

/** Every job by name: what the worker can run. An architecture test holds it complete. */
export const allJobs: readonly AnyJob[] = [
  decidePromisesJob,
  dispatchNoticeJob,
  planDayJob,
  readMailboxesJob,
  readMailboxJob,
  remindDueFollowUpsJob,
  resumeImportsJob,
  runImportJob,
  sendCustomerMailsJob,
  sendRequestedLinksJob,
  sendStaffMailsJob,
  seekEvidenceJob,
  sweepNoticesJob,
  watchNoticesJob,
]

/** Jobs that the worker rings for by itself, each at a plain interval: PostgreSQL says what is due, the clock only when to look. */
export const schedule: readonly { job: Job<Record<string, never>>; everyMs: number }[] = [
  { job: planDayJob, everyMs: 60_000 },
  { job: sweepNoticesJob, everyMs: 30_000 },
  { job: seekEvidenceJob, everyMs: 300_000 },
  { job: resumeImportsJob, everyMs: 30_000 },
  { job: remindDueFollowUpsJob, everyMs: 15_000 },
  { job: decidePromisesJob, everyMs: 60_000 },
  { job: watchNoticesJob, everyMs: 60_000 },
  { job: sendCustomerMailsJob, everyMs: 20_000 },
  { job: sendStaffMailsJob, everyMs: 30_000 },
  { job: readMailboxesJob, everyMs: 30_000 },
]
