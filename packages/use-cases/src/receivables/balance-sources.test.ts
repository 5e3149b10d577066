import { receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { beforeAll, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { listBalanceSources, removeBalanceSource, speakForBalances } from './balance-sources.ts'
import { upsertReceivables } from './upsert-receivables.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db
let viewer: Viewer

beforeAll(async () => {
  ctx.at('2026-03-11T15:00:00Z')
  await aCompany(db(), { noticeFreshnessHours: 24 })
  await aCustomer(db(), { externalId: 'ACME' })
  const found = await findViewerByUser(ctx, (await aUser(db())).id)
  if (!found) throw new Error('no viewer')
  viewer = found
})

const item = {
  externalId: 'F-1',
  customerExternalId: 'ACME',
  issuedOn: '2026-03-01',
  dueOn: '2026-03-18',
  currency: 'USD',
  amount: '10',
}
const sources = async () => (await db().select({ source: receivables.sourceName }).from(receivables)).map((row) => row.source)

test('a source speaks with its receivables, moves on and never back, falls silent, and can be forgotten', async () => {
  await upsertReceivables(ctx, viewer, { items: [item] })
  expect(await sources()).toEqual([null])
  // The same again with its source: unchanged, but now somebody's word.
  expect(
    await upsertReceivables(ctx, viewer, { items: [item], source: { name: 'erp', asOf: '2026-03-11T12:00:00Z' } }),
  ).toMatchObject({ unchanged: 1 })
  expect(await sources()).toEqual(['erp'])
  expect(await listBalanceSources(ctx, viewer)).toEqual({
    freshnessHours: 24,
    items: [{ name: 'erp', asOf: '2026-03-11T12:00:00.000Z', hours: 3, silent: false }],
  })
  await speakForBalances(ctx, viewer, 'erp', { asOf: '2026-03-10T12:00:00Z' })
  expect((await listBalanceSources(ctx, viewer)).items[0]?.asOf).toBe('2026-03-11T12:00:00.000Z')
  ctx.at('2026-03-12T15:00:00Z')
  expect((await listBalanceSources(ctx, viewer)).items[0]).toMatchObject({ hours: 27, silent: true })
  await removeBalanceSource(ctx, viewer, 'erp')
  expect(await sources()).toEqual([null])
  await expect(removeBalanceSource(ctx, viewer, 'erp')).rejects.toMatchObject({ code: 'not-found' })
})

test('a time that is yet to come is refused, with all that came along', async () => {
  const source = { name: 'futuro', asOf: '2026-03-13T00:00:00Z' }
  await expect(upsertReceivables(ctx, viewer, { items: [{ ...item, externalId: 'F-2' }], source })).rejects.toMatchObject({
    code: 'as-of-in-future',
  })
  expect(await sources()).toEqual([null])
  expect((await listBalanceSources(ctx, viewer)).items).toEqual([])
})

test('without the permission nobody speaks, lists or forgets', async () => {
  const stranger: Viewer = { ...viewer, permissions: [] }
  for (const work of [
    () => listBalanceSources(ctx, stranger),
    () => speakForBalances(ctx, stranger, 'erp', { asOf: '2026-03-11T12:00:00Z' }),
    () => removeBalanceSource(ctx, stranger, 'erp'),
  ])
    await expect(work()).rejects.toMatchObject({ code: 'not-allowed' })
})
