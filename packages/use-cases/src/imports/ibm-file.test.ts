import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { customers } from '@cartera/db/schema/customers'
import { noticeSettings } from '@cartera/db/schema/notices'
import { imports, payments, receivables } from '@cartera/db/schema/receivables'
import { aCompany } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { count, eq, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testContext } from '../testing/test-context.ts'
import { checkImport } from './check-import.ts'
import { mapImport } from './map-import.ts'
import { markRunning, runImport } from './run-import.ts'
import { uploadImport } from './upload-import.ts'

const folder = process.env.CARTERA_SHARED_DATA ?? fileURLToPath(new URL('../../../../../shared/data', import.meta.url))
const file = `${folder}/ibm-accounts-receivable.csv`
const present = existsSync(file)
if (!present) console.warn(`SKIPPED: ${file} is not there; the import of real invoices was not tried`)

/** The raw lines, read by the plainest means: the file has no quotes. Nothing of the product reads it here. */
const raw = present
  ? readFileSync(file, 'utf8')
      .split(/\r?\n/)
      .slice(1)
      .filter((line) => line !== '')
      .map((line) => line.split(','))
      .map((cells) => ({
        customer: cells[1] ?? '',
        number: cells[3] ?? '',
        issued: iso(cells[4] ?? ''),
        due: iso(cells[5] ?? ''),
        cents: Math.round(Number(cells[6]) * 100),
        disputed: cells[7] === 'Yes',
        settled: iso(cells[8] ?? ''),
      }))
  : []

function iso(american: string): string {
  const [month = '', day = '', year = ''] = american.split('/')
  return `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
}

function expectedOn(day: string) {
  const there = raw.filter((row) => row.issued <= day)
  const open = there.filter((row) => row.settled > day)
  return {
    receivables: there.length,
    customers: new Set(there.map((row) => row.customer)).size,
    paid: there.length - open.length,
    openCents: open.reduce((sum, row) => sum + row.cents, 0),
    disputed: open.filter((row) => row.disputed).length,
    settledCents: there.filter((row) => row.settled <= day).reduce((sum, row) => sum + row.cents, 0),
  }
}

const days = ['2012-01-02', '2012-01-31', '2012-05-15', '2012-12-31', '2013-03-29', '2013-07-04', '2013-12-02', '2014-02-01']

describe.skipIf(!present)('the real invoices of 2012 and 2013', () => {
  const database = testDatabase()
  const ctx = testContext(database)
  beforeAll(async () => void (await aCompany(database.db)))

  async function importAsOf(day: string) {
    const made = await uploadImport(ctx, null, { fileName: 'ibm.csv', bytes: readFileSync(file) })
    await mapImport(ctx, null, made.id, {
      mapping: { ...made.mapping, customerEmail: { text: '{customerID}@example.test' } },
      options: {
        asOf: day,
        currency: 'USD',
        dateOrder: 'mdy',
        createCustomers: true,
        customerLanguage: 'en',
        activateNotices: true,
      },
    })
    const checked = await checkImport(ctx, null, made.id)
    await markRunning(ctx, null, made.id, { refuseWhenErrors: true })
    await runImport(ctx, made.id)
    const [row] = await database.db.select().from(imports).where(eq(imports.id, made.id))
    expect([row?.state, row?.error]).toEqual(['done', null])
    return checked.counts
  }

  async function standing() {
    const [sums] = await database.db
      .select({
        receivables: count(),
        paid: sql<number>`count(*) filter (where ${receivables.balanceMinor} = 0)`.mapWith(Number),
        openCents: sql<number>`coalesce(sum(${receivables.balanceMinor}), 0)`.mapWith(Number),
        disputed: sql<number>`count(*) filter (where ${receivables.disputedAt} is not null)`.mapWith(Number),
      })
      .from(receivables)
    const [people] = await database.db.select({ customers: count() }).from(customers)
    const [money] = await database.db
      .select({ settledCents: sql<number>`coalesce(sum(${payments.amountMinor}), 0)`.mapWith(Number) })
      .from(payments)
    return { ...sums, ...people, ...money }
  }

  test('day by day the counts and totals are those of the raw file, and the same day twice changes nothing', async () => {
    for (const day of days) {
      const fates = await importAsOf(day)
      expect([day, await standing()]).toEqual([day, expectedOn(day)])
      expect([day, fates?.refused, fates?.['after-day']]).toEqual([day, 0, raw.filter((row) => row.issued > day).length])
    }
    const again = await importAsOf(days.at(-1) ?? '')
    expect(again).toMatchObject({ create: 0, change: 0, unchanged: raw.length, duplicate: 0, refused: 0, 'after-day': 0 })
    expect(await standing()).toEqual(expectedOn(days.at(-1) ?? ''))
  })

  test('numbers keep their leading zeros, payments their day, customers their language and switched-on notices', async () => {
    const [one] = await database.db
      .select()
      .from(receivables)
      .innerJoin(customers, eq(customers.id, receivables.customerId))
      .innerJoin(payments, eq(payments.externalId, sql`'settled:' || ${receivables.externalId}`))
      .where(eq(receivables.externalId, '0000611365'))
    expect(one?.receivables).toMatchObject({ issuedOn: '2013-01-02', dueOn: '2013-02-01', amountMinor: 5594n, balanceMinor: 0n })
    expect(one?.payments).toMatchObject({ paidOn: '2013-01-15', amountMinor: 5594n })
    expect(one?.customers).toMatchObject({ externalId: '0379-NEVHP', email: '0379-NEVHP@example.test', language: 'en' })
    const [on] = await database.db.select({ active: count() }).from(noticeSettings).where(eq(noticeSettings.active, true))
    expect(on?.active).toBe(100)
  })

  test('without currency the company’s holds, without an order of dates the file decides it, since some day is past the twelfth', async () => {
    const made = await uploadImport(ctx, null, { fileName: 'ibm.csv', bytes: readFileSync(file) })
    await mapImport(ctx, null, made.id, {
      mapping: made.mapping,
      options: { asOf: '2014-02-01', currency: undefined, createCustomers: true },
    })
    const checked = await checkImport(ctx, null, made.id)
    expect([checked.options.currency, checked.counts?.refused]).toEqual(['USD', 0])
  })
})
