import { aCompany, aContact, aCustomer, aProfile, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { beforeAll, expect, test } from 'vitest'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { clearAddressFlag, findFlags, flagAddress } from './flag-address.ts'

const database = testDatabase()
const ctx = testContext(database)
beforeAll(async () => void (await aCompany(database.db)))

async function viewer(over: Parameters<typeof aProfile>[1] = {}): Promise<Viewer> {
  const profile = await aProfile(database.db, over)
  const user = await aUser(database.db, { profileId: profile.id })
  return (await findViewerByUser(ctx, user.id)) as Viewer
}
const flag = (address: string, detail = 'no such user') =>
  ctx.db.transaction((tx) => flagAddress(tx, ctx, { address, reason: 'bounced', detail, noticeMessageId: null }))

test('an address is flagged once, whatever its case, and keeps the time of the first flag with the newest words', async () => {
  expect(await flag(' Ana@Tienda.test ')).toBe(true)
  ctx.at('2026-03-05T12:00:00Z')
  expect(await flag('ana@tienda.test', 'mailbox unavailable')).toBe(false)
  const flags = await findFlags(ctx.db, ['ANA@tienda.test', 'other@tienda.test', ''])
  expect([...flags.values()]).toMatchObject([
    { address: 'ana@tienda.test', detail: 'mailbox unavailable', flaggedAt: new Date('2026-03-02T15:00:00Z') },
  ])
})

test('a person clears the flag of an address of a customer or contact that they see, and the audit names them', async () => {
  const customer = await aCustomer(database.db, { email: 'Pago@Cliente.test' })
  const contact = await aContact(database.db, { customerId: customer.id, email: 'luis@cliente.test' })
  await flag('pago@cliente.test')
  await flag('luis@cliente.test')
  const finance = await viewer()
  await clearAddressFlag(ctx, finance, customer.id, 'PAGO@cliente.test')
  await clearAddressFlag(ctx, finance, customer.id, contact.email ?? '')
  expect((await findFlags(ctx.db, ['pago@cliente.test', 'luis@cliente.test'])).size).toBe(0)
  const { rows } = await database.pool.query(
    "select actor_id, entity_id from audit_log where entity = 'mail-address-flag' and action = 'delete' order by entity_id",
  )
  expect(rows).toEqual([
    { actor_id: finance.userId, entity_id: 'luis@cliente.test' },
    { actor_id: finance.userId, entity_id: 'pago@cliente.test' },
  ])
  // Somebody else was quicker.
  await clearAddressFlag(ctx, finance, customer.id, 'pago@cliente.test')
})

test('nobody clears a flag through a customer whose address it is not, that they do not see, or without the permission', async () => {
  const customer = await aCustomer(database.db, { email: 'suya@cliente.test' })
  const other = await aCustomer(database.db, { email: 'otra@cliente.test' })
  await flag('suya@cliente.test')
  const finance = await viewer()
  await expect(clearAddressFlag(ctx, finance, other.id, 'suya@cliente.test')).rejects.toMatchObject({ code: 'not-found' })
  const blind = await viewer({ customerLevel: 4 })
  await expect(clearAddressFlag(ctx, blind, customer.id, 'suya@cliente.test')).rejects.toMatchObject({ code: 'not-found' })
  const reader = await viewer({ permissions: [] })
  await expect(clearAddressFlag(ctx, reader, customer.id, 'suya@cliente.test')).rejects.toMatchObject({ code: 'not-allowed' })
  expect((await findFlags(ctx.db, ['suya@cliente.test'])).size).toBe(1)
})
