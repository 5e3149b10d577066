import { contacts } from '@cartera/db/schema/customers'
import { noticeSettings } from '@cartera/db/schema/notices'
import { aCompany, aContact, aCustomer, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { findCustomerFacts, loadNoticeWorld } from '../notices/notice-facts.ts'
import { testContext } from '../testing/test-context.ts'
import { sayWrongPerson } from './portal-deeds.ts'

const database = testDatabase()
const ctx = testContext(database)
const db = () => database.db

test('no notice goes to the address of who is not the right person, also where it is the customer’s own; other customers keep it', async () => {
  const admin = await aUser(db())
  await aCompany(db(), { administratorId: admin.id })
  const address = 'pagos@casa.test'
  const [one, two] = [await aCustomer(db(), { email: address }), await aCustomer(db(), { email: address })]
  for (const { id } of [one, two]) await db().insert(noticeSettings).values({ customerId: id, sendToContacts: true })
  const contact = await aContact(db(), {
    customerId: one.id,
    name: 'Eva',
    email: address.toUpperCase(),
    receivesNotices: true,
    portalAccess: true,
  })
  await aContact(db(), { customerId: one.id, name: 'Otra', email: 'otra@casa.test', receivesNotices: true })
  const usable = async () => {
    const facts = await findCustomerFacts(db(), await loadNoticeWorld(db()), [one.id, two.id])
    return [one.id, two.id].map((id) =>
      facts
        .get(id)
        ?.recipients.filter((recipient) => recipient.usable)
        .map((recipient) => recipient.address.toLowerCase())
        .sort(),
    )
  }
  expect(await usable()).toEqual([['otra@casa.test', address], [address]])
  await sayWrongPerson(
    ctx,
    { contactId: contact.id, customerId: one.id, sessionId: contact.id, name: 'Eva', language: 'es' },
    { note: null },
  )
  expect(await usable()).toEqual([['otra@casa.test'], [address]])
  await db().update(contacts).set({ wrongPersonAt: null }).where(eq(contacts.id, contact.id))
  expect(await usable()).toEqual([['otra@casa.test', address], [address]])
})
