import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Connection } from '@cartera/db/connect'
import type { AppContext } from '../app-context.ts'
import { openFileStore } from '../files/file-store.ts'
import type { AnyJob } from '../jobs/job.ts'
import { NoticeJournal } from '../notices/notice-journal.ts'
import { makeSecrets } from '../secrets.ts'

/** Folders of the files of tests; made when something is first kept. */
const folders: string[] = []
// Held until the process ends: a file that is collected before it was closed complains.
const journals: NoticeJournal[] = []
process.once('exit', () => {
  for (const dir of [...journals.map((journal) => journal.dir), ...folders]) rmSync(dir, { recursive: true, force: true })
})

export interface TestContext extends AppContext {
  /** What was rung for, in order. The queue itself is tested against its real back ends elsewhere. */
  rung: { job: AnyJob; payload: unknown; key: string | undefined; delayMs: number | undefined }[]
  /** Sets the clock. */
  at(instant: string): void
}

/** A context over a test database with a clock that stands still (2026-03-02T15:00Z, a Monday) until told. */
export function testContext(connection: Pick<Connection, 'db' | 'pool'>, overrides: Partial<AppContext> = {}): TestContext {
  let now = new Date('2026-03-02T15:00:00Z')
  const rung: TestContext['rung'] = []
  const journal = new NoticeJournal(join(tmpdir(), `cartera-test-journal-${randomUUID()}`))
  journals.push(journal)
  const folder = join(tmpdir(), `cartera-test-files-${randomUUID()}`)
  folders.push(folder)
  return {
    // Read late: a test file names its database before it exists.
    get db() {
      return connection.db
    },
    get pool() {
      return connection.pool
    },
    now: () => now,
    at: (instant) => {
      now = new Date(instant)
    },
    rung,
    secrets: makeSecrets('a secret for tests, thirty-two characters and more'),
    queue: {
      add: async (job, payload, options) => void rung.push({ job, payload, key: options?.key, delayMs: options?.delayMs }),
      ping: async () => undefined,
      close: async () => undefined,
    },
    files: openFileStore({ dir: folder, mostBytes: 2 * 1_048_576, s3: null }),
    sending: {
      // A folder of its own, made when something is first sent.
      journal,
      epoch: 'test',
      lanes: 4,
      leaseSeconds: 300,
      host: 'test',
    },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    origin: { address: '127.0.0.1', userAgent: 'test' },
    settings: { allowPrivateMailHosts: true, demoSmtpUrl: null, publicUrl: null },
    ...overrides,
  }
}
