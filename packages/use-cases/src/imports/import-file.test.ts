import { imports } from '@cartera/db/schema/receivables'
import { aCompany } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { testContext } from '../testing/test-context.ts'
import { checkImport } from './check-import.ts'
import { importFile } from './import-file.ts'
import { mapImport } from './map-import.ts'
import { markRunning, runImport, untilLetGo } from './run-import.ts'
import { uploadImport } from './upload-import.ts'

const database = testDatabase()
const ctx = testContext(database)
beforeAll(async () => void (await aCompany(database.db)))

const fileOf = (name: string, rows: number) =>
  Buffer.from(
    [
      'customerID,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount',
      ...Array.from({ length: rows }, (_, index) => `c-1,${name}-${index},2026-01-13,2026-02-13,10.00`),
    ].join('\n'),
  )
const options = { createCustomers: true, asOf: '2026-03-01' }

test('a file is imported for the system, and who watches is told each part as it is written', async () => {
  const steps: string[] = []
  const given = { fileName: 'a.csv', bytes: fileOf('A', 1500), mapping: {}, options, dryRun: false, skipRefused: false }
  const done = await importFile(ctx, given, (step, rows, of) => steps.push(`${step} ${rows}/${of}`))
  expect([done.imported, done.counts.create]).toEqual([true, 1500])
  expect(steps).toEqual(['read 1500/1500', 'checked 1500/1500', 'writing 1000/1500', 'writing 1500/1500'])
})

test('an import that another process has in hand is left to it, and who waits goes on when it is let go', async () => {
  const { id, mapping } = await uploadImport(ctx, null, { fileName: 'b.csv', bytes: fileOf('B', 2) })
  await mapImport(ctx, null, id, { mapping, options })
  await checkImport(ctx, null, id)
  await markRunning(ctx, null, id, {})
  const stateOf = async () => (await database.db.select().from(imports).where(eq(imports.id, id)))[0]?.state
  const worker = await database.pool.connect()
  try {
    await worker.query('begin')
    await worker.query(`select pg_advisory_xact_lock(hashtext('cartera import'), hashtext($1))`, [id])
    await runImport(ctx, id)
    expect(await stateOf()).toBe('running')
    let waiting = true
    const letGo = untilLetGo(ctx, id).then(() => {
      waiting = false
    })
    // Its turn at the lock is visible in the database: no guess at how long it takes to get there.
    for (let waiters = 0; waiters === 0; ) {
      const { rows } = await database.pool.query<{ count: number }>(
        `select count(*)::int as count from pg_locks where locktype = 'advisory' and not granted
           and database = (select oid from pg_database where datname = current_database())`,
      )
      waiters = rows[0]?.count ?? 0
    }
    expect(waiting).toBe(true)
    await worker.query('rollback')
    await letGo
  } finally {
    worker.release()
  }
  await runImport(ctx, id)
  expect(await stateOf()).toBe('done')
})
