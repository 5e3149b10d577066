import type { contactEndpoints } from '@cartera/contract/contacts'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { Transaction } from '@cartera/db/connect'
import { contacts } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNotNull, isNull, ne } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { type Customer, findVisibleCustomer, lockVisibleCustomer } from '../customers/visible-customer.ts'
import { isPhone } from '../phones/phone.ts'
import { endPortalAccess } from '../portal/portal-access.ts'
import { type Contact, toContact } from './list-contacts.ts'

type NewContact = EndpointCall<typeof contactEndpoints.create>['body']
type ContactChange = EndpointCall<typeof contactEndpoints.change>['body']

/** Refuses `not-allowed` to whoever may not write what belongs to customers. */
export function requireManageCustomers(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-customers')
  if (refusal) throw new Refusal(refusal)
}

/** A contact of a customer that the viewer sees, locked until the transaction ends. Refuses `not-found`. */
export async function lockContact(tx: Transaction, customerId: string, contactId: string, deleted = false): Promise<Contact> {
  const [row] = await tx
    .select()
    .from(contacts)
    .where(
      and(
        eq(contacts.id, contactId),
        eq(contacts.customerId, customerId),
        deleted ? isNotNull(contacts.deletedAt) : isNull(contacts.deletedAt),
      ),
    )
    .for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

/** One profile is written in one way: a second spelling of it is the first one. */
export function distinctProfiles(profiles: readonly string[]): string[] {
  const kept = new Map<string, string>()
  for (const profile of profiles) if (!kept.has(searchKey(profile))) kept.set(searchKey(profile), profile)
  return [...kept.values()]
}

/** What is wrong with a contact as it would stand; what stood before there was a check may stay. */
async function requireSoundContact(
  tx: Transaction,
  customer: Pick<Customer, 'country'>,
  after: Pick<NewContact, 'email' | 'phone' | 'mobile' | 'portalAccess'>,
  before: Pick<Contact, 'phone' | 'mobile'> | null,
): Promise<void> {
  const errors: RefusedField[] = []
  if (after.portalAccess && !after.email) errors.push({ field: 'email', code: 'portal-needs-email' })
  const country = customer.country ?? (await findCompany(tx)).country
  for (const field of ['phone', 'mobile'] as const) {
    const written = after[field]
    if (written && written !== before?.[field] && !isPhone(written, country)) errors.push({ field, code: 'phone-invalid' })
  }
  const [first] = errors
  if (errors.length === 1 && first) throw new Refusal(first.code, { field: first.field })
  if (errors.length > 1) throw new Refusal('items-refused', { params: { count: errors.length }, errors })
}

/** Takes the mark from whoever was the main contact: a customer has one. The customer is locked by the caller. */
async function unsetMain(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  except: string | null,
): Promise<void> {
  const [before] = await tx
    .select()
    .from(contacts)
    .where(
      and(
        eq(contacts.customerId, customerId),
        eq(contacts.isMain, true),
        isNull(contacts.deletedAt),
        except === null ? undefined : ne(contacts.id, except),
      ),
    )
    .for('update')
  if (!before) return
  await tx
    .update(contacts)
    .set({ isMain: false, version: before.version + 1 })
    .where(eq(contacts.id, before.id))
  await recordAudit(tx, ctx, viewer, {
    action: 'change',
    entity: 'contact',
    entityId: before.id,
    changes: { isMain: [true, false] },
  })
}

/** Writes a new contact of a customer that the viewer sees; the customer is locked where the contact is the main one. */
async function insertContact(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  customer: Customer,
  input: NewContact,
): Promise<Contact> {
  await requireSoundContact(tx, customer, input, null)
  if (input.isMain) await unsetMain(tx, ctx, viewer, customer.id, null)
  const written = { ...input, ...(input.profiles ? { profiles: distinctProfiles(input.profiles) } : {}) }
  const [made] = await tx
    .insert(contacts)
    .values({ ...written, customerId: customer.id, createdAt: ctx.now() })
    .returning()
  if (!made) throw new Error('the contact was not written')
  await recordAudit(tx, ctx, viewer, {
    action: 'create',
    entity: 'contact',
    entityId: made.id,
    changes: { customerId: customer.id, ...changesBetween({}, written) },
  })
  return made
}

/** Adds a contact to a customer. Refuses `not-found`, `not-allowed`, `portal-needs-email`, `phone-invalid`. */
export async function createContact(ctx: AppContext, viewer: Viewer, customerId: string, input: NewContact) {
  return ctx.db.transaction(async (tx) => {
    const customer = await (input.isMain ? lockVisibleCustomer : findVisibleCustomer)(tx, viewer, customerId)
    requireManageCustomers(viewer)
    return toContact(await insertContact(tx, ctx, viewer, customer, input))
  })
}

/** Adds several contacts to a customer, all or none. Refuses what `createContact` refuses, at `items.n`. */
export async function createContacts(ctx: AppContext, viewer: Viewer, customerId: string, items: readonly NewContact[]) {
  return ctx.db.transaction(async (tx) => {
    const customer = await lockVisibleCustomer(tx, viewer, customerId)
    requireManageCustomers(viewer)
    const made: ReturnType<typeof toContact>[] = []
    const errors: RefusedField[] = []
    for (const [index, item] of items.entries()) {
      try {
        made.push(toContact(await insertContact(tx, ctx, viewer, customer, item)))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const wrong = error.errors.length > 0 ? error.errors : [{ field: error.field ?? 'name', code: error.code }]
        errors.push(...wrong.map((each) => ({ ...each, field: `items.${index}.${each.field}` })))
      }
    }
    if (errors.length > 0) throw new Refusal('items-refused', { params: { count: errors.length }, errors })
    return { items: made }
  })
}

/**
 * Changes a contact; what is left out stays. Without access to the portal, or with another address, every link and session ends; another address is
 * another person, so the sign of a wrong one goes. Whoever was the main contact is no more when another one is. Refuses `not-found`, `not-allowed`,
 * `changed-meanwhile`, `portal-needs-email`, `phone-invalid`.
 */
export async function changeContact(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  contactId: string,
  input: ContactChange,
) {
  return ctx.db.transaction(async (tx) => {
    const customer = await (input.isMain ? lockVisibleCustomer : findVisibleCustomer)(tx, viewer, customerId)
    const before = await lockContact(tx, customerId, contactId)
    requireManageCustomers(viewer)
    const { version, ...given } = input
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    const fields = { ...given, ...(given.profiles ? { profiles: distinctProfiles(given.profiles) } : {}) }
    const changes = changesBetween(before, fields)
    if (Object.keys(changes).length === 0) return toContact(before)
    const set = Object.fromEntries(Object.entries(fields).filter(([field]) => field in changes)) as typeof fields
    await requireSoundContact(tx, customer, { ...before, ...set }, before)
    if (set.isMain) await unsetMain(tx, ctx, viewer, customerId, contactId)
    const [after] = await tx
      .update(contacts)
      .set({
        ...set,
        ...('email' in changes ? { wrongPersonAt: null, wrongPersonNote: null } : {}),
        version: version + 1,
      })
      .where(eq(contacts.id, contactId))
      .returning()
    if (!after) throw new Error('the locked contact vanished')
    if ('email' in changes || 'portalAccess' in changes) await endPortalAccess(tx, ctx, contactId)
    await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'contact', entityId: contactId, changes })
    return toContact(after)
  })
}

/** Deletes a contact, softly: what was done with them keeps their name, and nothing is sent to them. Refuses `not-found`, `not-allowed`. */
export async function removeContact(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await findVisibleCustomer(tx, viewer, customerId)
    const before = await lockContact(tx, customerId, contactId)
    requireManageCustomers(viewer)
    await tx
      .update(contacts)
      .set({ deletedAt: ctx.now(), deletedBy: viewer.userId, version: before.version + 1 })
      .where(eq(contacts.id, contactId))
    await endPortalAccess(tx, ctx, contactId)
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'contact',
      entityId: contactId,
      changes: { customerId, name: before.name },
    })
  })
}

/**
 * Brings a deleted contact back as they were; the main one only where no other is by now. Links to the portal stay ended. Doing it twice is refused.
 * Refuses `not-found`, `not-allowed`.
 */
export async function restoreContact(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string) {
  return ctx.db.transaction(async (tx) => {
    await lockVisibleCustomer(tx, viewer, customerId)
    const before = await lockContact(tx, customerId, contactId, true)
    requireManageCustomers(viewer)
    const [main] = await tx
      .select({ id: contacts.id })
      .from(contacts)
      .where(and(eq(contacts.customerId, customerId), eq(contacts.isMain, true), isNull(contacts.deletedAt)))
    const [after] = await tx
      .update(contacts)
      .set({ deletedAt: null, deletedBy: null, isMain: before.isMain && !main, version: before.version + 1 })
      .where(eq(contacts.id, contactId))
      .returning()
    if (!after) throw new Error('the locked contact vanished')
    await recordAudit(tx, ctx, viewer, {
      action: 'restore',
      entity: 'contact',
      entityId: contactId,
      changes: { customerId, name: before.name },
    })
    return toContact(after)
  })
}
