import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { eq } from 'drizzle-orm'
import { beforeAll, expect, test } from 'vitest'
import { agingOfReceivables } from '../receivables/aging.ts'
import { recordDocument, voidDocument } from '../receivables/documents.ts'
import { upsertReceivables } from '../receivables/upsert-receivables.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { readStatement } from '../statements/find-statement.ts'
import { testContext } from '../testing/test-context.ts'
import { reversePayment, undoMovement } from './change-payment.ts'
import { recordPayment } from './record-payment.ts'

const database = testDatabase()
const ctx = testContext(database)
let viewer: Viewer

beforeAll(async () => {
  await aCompany(database.db)
  const found = await findViewerByUser(ctx, (await aUser(database.db)).id)
  if (!found) throw new Error('no viewer')
  viewer = found
})

const at = (day: string) => ctx.at(`${day}T15:00:00Z`)

test('a payment whose application was undone is taken back from that day on at the earliest: on every day the parts add up to the account', async () => {
  const customer = await aCustomer(database.db)
  at('2026-03-02')
  await recordDocument(ctx, viewer, {
    customerId: customer.id,
    type: 'invoice',
    number: 'F-1',
    issuedOn: '2026-03-02',
    currency: 'USD',
    total: '100.00',
    instalments: [{ dueOn: '2026-04-02', amount: '100.00' }],
  })
  at('2026-03-03')
  const payment = await recordPayment(ctx, viewer, {
    customerId: customer.id,
    paidOn: '2026-03-03',
    currency: 'USD',
    amount: '100.00',
  })
  const { rows } = await database.pool.query<{ id: string }>('select id from receivable_movements where payment_id = $1', [
    payment.id,
  ])
  at('2026-03-10')
  await undoMovement(ctx, viewer, rows[0]?.id ?? '', { reason: 'Otra factura' })
  at('2026-03-12')
  await expect(reversePayment(ctx, viewer, payment.id, { on: '2026-03-05', reason: 'Cheque devuelto' })).rejects.toMatchObject({
    code: 'day-before-record',
    field: 'on',
    params: { day: '2026-03-10' },
  })
  await reversePayment(ctx, viewer, payment.id, { on: '2026-03-10', reason: 'Cheque devuelto' })
  for (const day of ['2026-03-03', '2026-03-05', '2026-03-09', '2026-03-10', '2026-03-12']) {
    const [account] = (await readStatement(ctx, viewer, customer.id, { to: day })).accounts
    const [total] = (await agingOfReceivables(ctx, viewer, { customerId: customer.id, asOf: day })).totals
    const owed = day < '2026-03-10' ? '0.00' : '100.00'
    expect([account?.closing, account?.aging.net, total?.net ?? '0.00', total?.unapplied ?? '0.00']).toEqual([
      owed,
      owed,
      owed,
      '0.00',
    ])
  }
})

test('what was voided here stays void when its source repeats it; another amount, or one more instalment of it, is refused by name', async () => {
  await aCustomer(database.db, { externalId: 'C-void' })
  at('2026-03-02')
  const item = {
    externalId: 'R-void',
    customerExternalId: 'C-void',
    issuedOn: '2026-03-01',
    dueOn: '2026-04-01',
    currency: 'USD',
    amount: '70.00',
  }
  await upsertReceivables(ctx, viewer, { items: [item] })
  await upsertReceivables(ctx, viewer, { items: [{ ...item, amount: '80.00' }] })
  const stands = async () => (await database.db.select().from(receivables).where(eq(receivables.externalId, 'R-void')))[0]
  await voidDocument(ctx, viewer, (await stands())?.documentId ?? '', { reason: 'Error' })
  at('2026-03-03')
  expect(await upsertReceivables(ctx, viewer, { items: [{ ...item, amount: '80.00' }] })).toEqual({
    created: 0,
    changed: 0,
    unchanged: 1,
  })
  expect(await stands()).toMatchObject({ amountMinor: 0n, balanceMinor: 0n })
  await expect(upsertReceivables(ctx, viewer, { items: [{ ...item, amount: '81.00' }] })).rejects.toMatchObject({
    code: 'document-voided',
    field: 'items.0.externalId',
  })
  await expect(
    upsertReceivables(ctx, viewer, { items: [{ ...item, externalId: 'R-more', number: 'R-void', instalment: 2 }] }),
  ).rejects.toMatchObject({ code: 'document-voided', field: 'items.0.number' })
  expect(await stands()).toMatchObject({ amountMinor: 0n, balanceMinor: 0n })
})
