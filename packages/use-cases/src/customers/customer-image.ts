import { createHash } from 'node:crypto'
import type { Querier, Transaction } from '@cartera/db/connect'
import { customerImages } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import sharp from 'sharp'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { makePicture } from '../files/make-picture.ts'
import { readWrittenCustomer } from './customer-row.ts'
import { findVisibleCustomer, lockVisibleCustomer } from './visible-customer.ts'
import { requireManageCustomers } from './write-customer.ts'

// Twice what it is shown at, for fine screens.
const box = { width: 256, height: 256 }

/** What it takes to change a customer's picture, asked before a file is read. Refuses `not-found`, `not-allowed`. */
export async function requireMayChangeImage(ctx: AppContext, viewer: Viewer, customerId: string): Promise<void> {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  requireManageCustomers(viewer)
}

const findHash = async (db: Querier, customerId: string) => {
  const [row] = await db
    .select({ hash: customerImages.hash })
    .from(customerImages)
    .where(eq(customerImages.customerId, customerId))
  return row?.hash ?? null
}

/** Keeps a drawn picture as the one of a customer. */
export async function keepCustomerImage(tx: Transaction, customerId: string, content: Buffer, updatedAt: Date): Promise<string> {
  const row = { content, hash: createHash('sha256').update(content).digest('hex'), updatedAt }
  await tx
    .insert(customerImages)
    .values({ customerId, ...row })
    .onConflictDoUpdate({ target: customerImages.customerId, set: row })
  return row.hash
}

/**
 * Sets the picture or logo of a customer, drawn anew; the same one again changes nothing. The last one stands: pictures are not put together. Refuses
 * `not-found`, `not-allowed`, `file-too-large`, `image-unreadable`.
 */
export async function changeCustomerImage(ctx: AppContext, viewer: Viewer, customerId: string, bytes: Buffer) {
  await requireMayChangeImage(ctx, viewer, customerId)
  const { content } = await makePicture(bytes, box, 'webp')
  return ctx.db.transaction(async (tx) => {
    await lockVisibleCustomer(tx, viewer, customerId)
    const before = await findHash(tx, customerId)
    const after = await keepCustomerImage(tx, customerId, content, ctx.now())
    if (before !== after)
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'customer',
        entityId: customerId,
        changes: { image: [before, after] },
      })
    return readWrittenCustomer(ctx, tx, viewer, customerId)
  })
}

/** Removes the picture of a customer; doing it twice changes nothing. Refuses `not-found`, `not-allowed`. */
export async function removeCustomerImage(ctx: AppContext, viewer: Viewer, customerId: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    await lockVisibleCustomer(tx, viewer, customerId)
    requireManageCustomers(viewer)
    const [removed] = await tx
      .delete(customerImages)
      .where(eq(customerImages.customerId, customerId))
      .returning({ hash: customerImages.hash })
    if (removed)
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'customer',
        entityId: customerId,
        changes: { image: [removed.hash, null] },
      })
  })
}

/** The picture of a customer that the viewer sees, as WebP. Refuses `not-found`, also where there is none. */
export async function readCustomerImage(ctx: AppContext, viewer: Viewer, customerId: string) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  const [row] = await ctx.db
    .select({ content: customerImages.content, hash: customerImages.hash })
    .from(customerImages)
    .where(eq(customerImages.customerId, customerId))
  if (!row) throw new Refusal('not-found')
  return row
}

/** The same as JPEG, which every address book reads; null where there is none. Of a customer that the viewer was found to see. */
export async function customerImageForCard(db: Querier, customerId: string): Promise<Buffer | null> {
  const [row] = await db
    .select({ content: customerImages.content })
    .from(customerImages)
    .where(eq(customerImages.customerId, customerId))
  return row ? sharp(row.content).flatten({ background: '#fff' }).jpeg({ quality: 82 }).toBuffer() : null
}
