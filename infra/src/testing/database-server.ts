import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedDatabase } from '../embedded-database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the PostgreSQL server of this test run; every test file makes databases of its own on it. */
    databaseServerUrl: string
  }
}

/** vitest global set-up: one PostgreSQL for the whole run (TEST_DATABASE_URL, else an embedded one in a temporary folder). */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.TEST_DATABASE_URL) {
    project.provide('databaseServerUrl', process.env.TEST_DATABASE_URL)
    return async () => undefined
  }
  // Not os.tmpdir(): TMPDIR may be a folder that the postgres user cannot enter.
  const dataDir = mkdtempSync(join('/tmp', 'cartera-test-'))
  chmodSync(dataDir, 0o711)
  // Nothing here outlives the run, so nothing has to survive a power cut.
  const settings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '200' }
  const database = await startEmbeddedDatabase({ dataDir, settings })
  project.provide('databaseServerUrl', database.url)
  return async () => {
    await database.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}
