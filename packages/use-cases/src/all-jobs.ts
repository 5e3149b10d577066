import { watchNoticesJob } from './alarms/watch-notices.ts'
import { sendCustomerMailsJob } from './customer-mails/customer-mails.ts'
import { makeExportJob, resumeExportsJob } from './exports/make-export.ts'
import { sweepArrivalsJob, sweepStrayBytesJob } from './files/sweep-files.ts'
import { doDueHandoversJob } from './handovers/carry-out.ts'
import { checkImportJob } from './imports/check-import.ts'
import { resumeImportsJob, runImportJob } from './imports/run-import.ts'
import { undoImportJob } from './imports/undo-import.ts'
import type { AnyJob, Job } from './jobs/job.ts'
import { readMailboxesJob, readMailboxJob } from './mailboxes/read-mailboxes.ts'
import { dispatchNoticeJob } from './notices/dispatch-notice.ts'
import { planDayJob } from './notices/plan-day.ts'
import { seekEvidenceJob } from './notices/seek-evidence.ts'
import { sweepNoticesJob } from './notices/sweep-notices.ts'
import { sendRequestedLinksJob } from './portal/portal-session.ts'
import { decidePromisesJob } from './promises/settle-promises.ts'
import { remindDueFollowUpsJob } from './reminders/remind-due-follow-ups.ts'
import { openRenewalFollowUpsJob } from './renewals/open-renewals.ts'
import { sendStaffMailsJob } from './staff-mails/send-staff-mails.ts'

/** Every job by name: what the worker can run. An architecture test holds it complete. */
export const allJobs: readonly AnyJob[] = [
  checkImportJob,
  decidePromisesJob,
  dispatchNoticeJob,
  doDueHandoversJob,
  makeExportJob,
  openRenewalFollowUpsJob,
  planDayJob,
  readMailboxesJob,
  readMailboxJob,
  remindDueFollowUpsJob,
  resumeExportsJob,
  resumeImportsJob,
  runImportJob,
  sendCustomerMailsJob,
  sendRequestedLinksJob,
  sendStaffMailsJob,
  seekEvidenceJob,
  sweepArrivalsJob,
  sweepNoticesJob,
  undoImportJob,
  sweepStrayBytesJob,
  watchNoticesJob,
]

/** Jobs that the worker rings for by itself, each at a plain interval: PostgreSQL says what is due, the clock only when to look. */
export const schedule: readonly { job: Job<Record<string, never>>; everyMs: number }[] = [
  { job: planDayJob, everyMs: 60_000 },
  { job: sweepNoticesJob, everyMs: 30_000 },
  { job: seekEvidenceJob, everyMs: 300_000 },
  { job: resumeExportsJob, everyMs: 30_000 },
  { job: resumeImportsJob, everyMs: 30_000 },
  { job: remindDueFollowUpsJob, everyMs: 15_000 },
  { job: decidePromisesJob, everyMs: 60_000 },
  { job: doDueHandoversJob, everyMs: 60_000 },
  { job: openRenewalFollowUpsJob, everyMs: 60_000 },
  { job: watchNoticesJob, everyMs: 60_000 },
  { job: sendCustomerMailsJob, everyMs: 20_000 },
  { job: sendStaffMailsJob, everyMs: 30_000 },
  { job: readMailboxesJob, everyMs: 30_000 },
  { job: sweepArrivalsJob, everyMs: 1_800_000 },
  { job: sweepStrayBytesJob, everyMs: 21_600_000 },
]
