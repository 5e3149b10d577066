import type { contactEndpoints } from '@cartera/contract/contacts'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { Transaction } from '@cartera/db/connect'
import { contacts } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findVisibleCustomer } from '../customers/visible-customer.ts'
import { endPortalAccess } from '../portal/portal-access.ts'
import { type Contact, toContact } from './list-contacts.ts'

type NewContact = EndpointCall<typeof contactEndpoints.create>['body']
type ContactChange = EndpointCall<typeof contactEndpoints.change>['body']

function requireManageCustomers(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-customers')
  if (refusal) throw new Refusal(refusal)
}

async function lockContact(tx: Transaction, viewer: Viewer, customerId: string, contactId: string): Promise<Contact> {
  await findVisibleCustomer(tx, viewer, customerId)
  const [row] = await tx
    .select()
    .from(contacts)
    .where(and(eq(contacts.id, contactId), eq(contacts.customerId, customerId), isNull(contacts.deletedAt)))
    .for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

function requireAddress(contact: { portalAccess?: boolean | undefined; email?: string | null | undefined }): void {
  if (contact.portalAccess && !contact.email) throw new Refusal('portal-needs-email', { field: 'email' })
}

/** Adds a contact to a customer. Refuses `not-found`, `not-allowed`, `portal-needs-email`. */
export async function createContact(ctx: AppContext, viewer: Viewer, customerId: string, input: NewContact) {
  return ctx.db.transaction(async (tx) => {
    await findVisibleCustomer(tx, viewer, customerId)
    requireManageCustomers(viewer)
    requireAddress(input)
    const [made] = await tx
      .insert(contacts)
      .values({
        customerId,
        name: input.name,
        position: input.position ?? null,
        department: input.department ?? null,
        email: input.email ?? null,
        phone: input.phone ?? null,
        mobile: input.mobile ?? null,
        receivesNotices: input.receivesNotices ?? false,
        portalAccess: input.portalAccess ?? false,
        createdAt: ctx.now(),
      })
      .returning()
    if (!made) throw new Error('the contact was not written')
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'contact',
      entityId: made.id,
      changes: { customerId, ...changesBetween({}, input) },
    })
    return toContact(made)
  })
}

/**
 * Changes a contact; what is left out stays. Without access to the portal, or with another address, every link and session ends; another address is
 * another person, so the sign of a wrong one goes. Refuses `not-found`, `not-allowed`, `changed-meanwhile`, `portal-needs-email`.
 */
export async function changeContact(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  contactId: string,
  input: ContactChange,
) {
  return ctx.db.transaction(async (tx) => {
    const before = await lockContact(tx, viewer, customerId, contactId)
    requireManageCustomers(viewer)
    const { version, ...fields } = input
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    const changes = changesBetween(before, fields)
    if (Object.keys(changes).length === 0) return toContact(before)
    requireAddress({ ...before, ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) })
    const [after] = await tx
      .update(contacts)
      .set({
        ...Object.fromEntries(Object.entries(fields).filter(([field]) => field in changes)),
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

/** Deletes a contact, softly. Refuses `not-found`, `not-allowed`. */
export async function removeContact(ctx: AppContext, viewer: Viewer, customerId: string, contactId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await lockContact(tx, viewer, customerId, contactId)
    requireManageCustomers(viewer)
    await tx
      .update(contacts)
      .set({ deletedAt: ctx.now(), receivesNotices: false, portalAccess: false, version: before.version + 1 })
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
