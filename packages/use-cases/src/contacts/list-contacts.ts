import { contacts, customers } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type ConsentChannel, consentChannels } from '@cartera/domain/contacts/consent'
import { searchKey } from '@cartera/domain/text'
import { and, asc, count, desc, eq, isNotNull, isNull, or, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { findVisibleCustomer, visibleCustomer } from '../customers/visible-customer.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

export type Contact = typeof contacts.$inferSelect

const ordered = (channels: readonly ConsentChannel[]) => consentChannels.filter((channel) => channels.includes(channel))

/** A contact as the contract says it. */
export const toContact = (row: Contact) => ({
  id: row.id,
  name: row.name,
  position: row.position,
  department: row.department,
  profiles: row.profiles,
  email: row.email,
  phone: row.phone,
  mobile: row.mobile,
  language: row.language === null ? null : row.language === 'en' ? ('en' as const) : ('es' as const),
  about: row.about,
  isMain: row.isMain,
  receivesNotices: row.receivesNotices,
  portalAccess: row.portalAccess,
  wrongPersonAt: row.wrongPersonAt?.toISOString() ?? null,
  wrongPersonNote: row.wrongPersonNote,
  consentGranted: ordered(row.consentGranted),
  consentRefused: ordered(row.consentRefused),
  deletedAt: row.deletedAt?.toISOString() ?? null,
  version: row.version,
})

/** Contacts in whose name, position, department, address or phones every word of `q` occurs; accents and case do not matter. */
export function matchingContact(q: string | undefined): SQL | undefined {
  const words = [...new Set(searchKey(q ?? '').split(' '))].filter((word) => word !== '')
  return and(...words.map((word) => sql`${contacts.searchText} like ${`%${likeEscaped(word)}%`}`))
}

export const contactKeys = [
  { column: contacts.nameKey, type: 'text' },
  { column: contacts.id, type: 'uuid' },
] as const

/** The contacts of a customer that the viewer sees, or those that were deleted; refuses `not-found`. */
export async function listContacts(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: PageInput & { deleted?: boolean | undefined },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select()
    .from(contacts)
    .where(
      and(
        eq(contacts.customerId, customerId),
        input.deleted ? isNotNull(contacts.deletedAt) : isNull(contacts.deletedAt),
        matchingContact(input.q),
        keysetAfter(input.cursor, sort, contactKeys, descending),
      ),
    )
    .orderBy(...orderOf(contactKeys, descending))
    .limit(limit + 1)
  return pageOf(rows, limit, toContact, (row) => encodeCursor(sort, [row.nameKey, row.id]))
}

const digitsOf = (column: SQL) => sql`regexp_replace(coalesce(${column}, ''), '\\D', '', 'g')`

/** Contacts of the customer who may be the one about to be written: same address, phone or name. A hint; nothing is blocked. Refuses `not-found`. */
export async function findAlikeContacts(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: {
    name?: string | undefined
    email?: string | undefined
    phone?: string | undefined
    mobile?: string | undefined
    except?: string | undefined
  },
) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const email = (input.email ?? '').trim().toLowerCase()
  const name = searchKey(input.name ?? '')
  // The last eight: with and without country and area code it is one phone.
  const phones = [input.phone, input.mobile]
    .map((phone) => (phone ?? '').replace(/\D/g, ''))
    .filter((digits) => digits.length >= 7)
    .map((digits) => digits.slice(-8))
  const sameEmail = email === '' ? sql`false` : sql`coalesce(lower(trim(${contacts.email})) = ${email}, false)`
  const sameName = name === '' ? sql`false` : sql`${contacts.nameKey} = ${name}`
  const samePhone =
    phones.length === 0
      ? sql`false`
      : or(
          ...phones.flatMap((digits) => [
            sql`${digitsOf(sql`${contacts.phone}`)} like ${`%${digits}`}`,
            sql`${digitsOf(sql`${contacts.mobile}`)} like ${`%${digits}`}`,
          ]),
        )
  const rows = await ctx.db
    .select({
      id: contacts.id,
      name: contacts.name,
      email: contacts.email,
      sameEmail: sql<boolean>`${sameEmail}`,
      samePhone: sql<boolean>`(${samePhone})`,
      sameName: sql<boolean>`${sameName}`,
    })
    .from(contacts)
    .where(
      and(
        eq(contacts.customerId, customerId),
        isNull(contacts.deletedAt),
        input.except === undefined ? undefined : sql`${contacts.id} <> ${input.except}::uuid`,
        or(sameEmail, samePhone, sameName),
      ),
    )
    .orderBy(desc(sql`4`), desc(sql`5`), asc(contacts.nameKey), asc(contacts.id))
    .limit(10)
  return {
    items: rows.map(({ sameEmail, samePhone, sameName, ...contact }) => ({
      ...contact,
      alike: [
        ...(sameEmail ? (['email'] as const) : []),
        ...(samePhone ? (['phone'] as const) : []),
        ...(sameName ? (['name'] as const) : []),
      ],
    })),
  }
}

/** The profiles in use among the contacts that the viewer sees, the most frequent first: what forms and filters suggest. */
export async function listContactProfiles(ctx: AppContext, viewer: Viewer, input: { q?: string | undefined }) {
  const q = searchKey(input.q ?? '')
  const used = ctx.db
    .select({ value: sql<string>`unnest(${contacts.profiles})`.as('value') })
    .from(contacts)
    .innerJoin(customers, eq(customers.id, contacts.customerId))
    .where(and(isNull(contacts.deletedAt), sql`${contacts.profiles} <> '{}'`, visibleCustomer(viewer)))
    .as('used')
  const rows = await ctx.db
    .select({ value: used.value, contacts: count() })
    .from(used)
    .groupBy(used.value)
    .orderBy(desc(count()), asc(used.value))
    .limit(500)
  return { items: rows.filter((row) => searchKey(row.value).includes(q)).slice(0, 50) }
}
