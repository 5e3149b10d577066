import type { Connection, Database } from '@cartera/db/connect'
import type { FileStore } from './files/file-store.ts'
import type { JobQueue } from './jobs/job-queue.ts'
import type { Sending } from './notices/sending.ts'
import type { Secrets } from './secrets.ts'

/** Where a request came from; null members where the system itself acts. */
export interface Origin {
  address: string | null
  userAgent: string | null
}

export interface Log {
  info(details: object, message: string): void
  warn(details: object, message: string): void
  error(details: object, message: string): void
}

/** What every use case needs: a plain object, made once per process by open-context; tests override single members. */
export interface AppContext {
  db: Database
  pool: Connection['pool']
  /** The clock. Rules and use cases never ask the system's. */
  now(): Date
  secrets: Secrets
  queue: JobQueue
  /** Where the bytes of files lie. */
  files: FileStore
  /** With what notices are sent; null in a process that never does (the API). */
  sending: Sending | null
  log: Log
  origin: Origin
  settings: {
    /** Whether SMTP hosts on private and loopback addresses are allowed (demo, or an operator who runs a relay inside). */
    allowPrivateMailHosts: boolean
    /** A demo inbox to use for the demo company's mail accounts: smtp://host:port, or null. */
    demoSmtpUrl: string | null
    /** The outside address of the installation, for links in mails; null when not told. */
    publicUrl: string | null
  }
}
