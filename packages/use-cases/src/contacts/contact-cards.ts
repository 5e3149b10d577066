import { Readable } from 'node:stream'
import { contacts } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { type Card, readCards, writeCard } from '@cartera/domain/contacts/vcard'
import { safeFileName } from '@cartera/domain/file-name'
import { isMailAddress } from '@cartera/domain/notices/mail-address'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { customerImageForCard } from '../customers/customer-image.ts'
import { type Customer, findVisibleCustomer } from '../customers/visible-customer.ts'
import { dialled, isPhone } from '../phones/phone.ts'
import { languageOf } from '../portfolio/portfolio-workbook.ts'
import { type DirectoryFilters, everyContact, filteredContacts, selectContacts } from './contact-directory.ts'
import type { Contact } from './list-contacts.ts'
import { distinctProfiles, requireManageCustomers } from './write-contact.ts'

/** What a vCard is served as. */
export const cardContentType = 'text/vcard; charset=utf-8'
const mostCards = 100

/** What the house knows of a person beyond the card stays in the house: notes, consent, access. */
const personCard = (contact: Contact, customer: { name: string }, country: string | null): Card => ({
  uid: contact.id,
  name: contact.name,
  organisation: customer.name,
  department: contact.department,
  title: contact.position,
  email: contact.email,
  phone: contact.phone && dialled(contact.phone, country),
  mobile: contact.mobile && dialled(contact.mobile, country),
  categories: contact.profiles,
})

const firmCard = (customer: Customer, country: string | null, photo: Buffer | null): Card => ({
  uid: customer.id,
  name: customer.tradeName ?? customer.name,
  organisation: customer.name,
  isFirm: customer.kind === 'company',
  email: customer.email,
  phone: customer.phone && dialled(customer.phone, country),
  mobile: customer.mobile && dialled(customer.mobile, country),
  website: customer.website,
  address: { street: customer.address, city: customer.city, state: customer.state, country: customer.country },
  note: [customer.code, customer.taxId].filter((each) => each !== null).join(' · '),
  photo: photo?.toString('base64') ?? null,
})

/** A contact as vCard. Refuses `not-found`. */
export async function contactCard(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string) {
  const [row] = await selectContacts(ctx.db).where(and(filteredContacts(viewer, { customerId }), eq(contacts.id, contactId)))
  if (!row) throw new Refusal('not-found')
  const country = row.customer.country ?? (await findCompany(ctx.db)).country
  return { fileName: `${safeFileName(row.contact.name)}.vcf`, text: writeCard(personCard(row.contact, row.customer, country)) }
}

/** A customer and its contacts as vCard. Refuses `not-found`. */
export async function customerCards(ctx: AppContext, viewer: Viewer, customerId: string) {
  const customer = await findVisibleCustomer(ctx.db, viewer, customerId)
  const country = customer.country ?? (await findCompany(ctx.db)).country
  const people = await ctx.db
    .select()
    .from(contacts)
    .where(and(eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
    .orderBy(contacts.nameKey, contacts.id)
  const photo = await customerImageForCard(ctx.db, customerId)
  const cards = [firmCard(customer, country, photo), ...people.map((person) => personCard(person, customer, country))]
  return { fileName: `${safeFileName(customer.name)}.vcf`, text: cards.map(writeCard).join('') }
}

/** The directory under the filters as vCard, in the viewer's reach. Streamed and audited. Refuses `not-allowed` without the permission to export. */
export async function directoryCards(ctx: AppContext, viewer: Viewer, filters: DirectoryFilters) {
  const refusal = permissionRefusal(viewer, 'export')
  if (refusal) throw new Refusal(refusal)
  const company = await findCompany(ctx.db)
  const today = dayOfInstant(ctx.now(), company.timeZone)
  await recordAudit(ctx.db, ctx, viewer, {
    action: 'export',
    entity: 'contact',
    entityId: today,
    changes: { form: 'vcards', filter: filters },
  })
  const name = (await languageOf(ctx, viewer)) === 'es' ? 'contactos' : 'contacts'
  async function* texts() {
    for await (const { contact, customer } of everyContact(ctx, async () => viewer, filters))
      yield writeCard(personCard(contact, customer, customer.country ?? company.country))
  }
  return { fileName: `${name}-${today}.vcf`, stream: Readable.from(texts()) }
}

const digitsAtEnd = (phone: string | null) => (phone ?? '').replace(/\D/g, '').slice(-8)

/**
 * What would be added to a customer from a vCard file, and which of its contacts may be the same; writes nothing. What no contact can hold is left out and
 * said. Refuses `not-found`, `not-allowed`, `file-not-a-vcard`.
 */
export async function readContactCards(ctx: AppContext, viewer: Viewer, customerId: string, text: string) {
  const customer = await findVisibleCustomer(ctx.db, viewer, customerId)
  requireManageCustomers(viewer)
  const cards = readCards(text, mostCards + 1)
  if (!cards) throw new Refusal('file-not-a-vcard', { field: 'text' })
  const country = customer.country ?? (await findCompany(ctx.db)).country
  const people = await ctx.db
    .select()
    .from(contacts)
    .where(and(eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
    .orderBy(contacts.nameKey, contacts.id)
    .limit(2000)
  const items = cards.slice(0, mostCards).map((card) => {
    const leftOut: { field: string; value: string }[] = []
    const kept = (field: string, value: string | null, most: number, sound: (value: string) => boolean = () => true) => {
      if (value === null || (value.length <= most && sound(value))) return value
      leftOut.push({ field, value: value.slice(0, 200) })
      return null
    }
    const phone = (value: string) => isPhone(value, country)
    const contact = {
      name: card.name.slice(0, 200).trim(),
      position: kept('position', card.title, 120),
      department: kept('department', card.department, 120),
      profiles: distinctProfiles(card.categories.filter((each) => each.length <= 40)).slice(0, 20),
      email: kept('email', card.email, 254, isMailAddress),
      phone: kept('phone', card.phone, 60, phone),
      mobile: kept('mobile', card.mobile, 60, phone),
    }
    const numbers = [digitsAtEnd(contact.phone), digitsAtEnd(contact.mobile)].filter((each) => each.length >= 7)
    const alike = people.filter(
      (each) =>
        (contact.email !== null && each.email?.trim().toLowerCase() === contact.email.toLowerCase()) ||
        numbers.some((number) => number === digitsAtEnd(each.phone) || number === digitsAtEnd(each.mobile)) ||
        searchKey(each.name) === searchKey(contact.name),
    )
    return { contact, leftOut, alike: alike.slice(0, 5).map(({ id, name }) => ({ id, name })) }
  })
  return { items, more: cards.length > mostCards }
}
