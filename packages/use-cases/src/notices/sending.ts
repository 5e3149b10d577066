import type { makeNoticeMails } from './message-content.ts'
import type { NoticeJournal } from './notice-journal.ts'

/** What a process needs in order to send notices; the API, which never sends, has none. */
export interface Sending {
  journal: NoticeJournal
  /** The name under which this machine sends: compared with the one that the database was told. */
  epoch: string
  /** Messages side by side. */
  lanes: number
  /** How long a claim holds, by the clock of the database, so that clocks of machines do not matter. */
  leaseSeconds: number
  host: string
  /** Instead of `makeNoticeMails`: a benchmark hands over mails that were made before. */
  makeMails?: typeof makeNoticeMails
}
