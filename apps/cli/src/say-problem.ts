import type { SendingProblem } from '@cartera/use-cases/notices/send-notices'

/** Why this machine sends nothing, and what to do. */
export function sayProblem({ reason, detail }: SendingProblem): string {
  switch (reason) {
    case 'journal-unwritable':
      return `Nothing was sent: the journal of this machine cannot be written (${detail ?? ''}). Free or mend the disk, or set CARTERA_JOURNAL_DIR.`
    case 'epoch-mismatch':
      return 'Nothing was sent: another machine sends for this database. If it no longer does: cartera epoch confirm'
    case 'epoch-missing':
      return 'Nothing was sent: this database does not say which machine sends for it. If it is this one: cartera epoch confirm'
    case 'database-restored':
      return 'Nothing was sent: the database is older than this machine remembers, as after restoring a backup; what it would send may have left already. Look at what is planned, then: cartera epoch confirm'
  }
}
