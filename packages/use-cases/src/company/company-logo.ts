import { createHash } from 'node:crypto'
import { companyLogo } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { makePicture } from '../files/make-picture.ts'
import { findCompanySettings } from './change-company.ts'

// Twice what it is shown at, for fine screens.
const box = { width: 400, height: 128 }

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
}

/** Sets the company's logo. Refuses `not-allowed`, `file-too-large`, `image-unreadable`. */
export async function changeCompanyLogo(ctx: AppContext, viewer: Viewer, bytes: Buffer) {
  requireSettings(viewer)
  const logo = await makePicture(bytes, box, 'png')
  const row = { ...logo, hash: createHash('sha256').update(logo.content).digest('hex'), updatedAt: ctx.now() }
  await ctx.db.transaction(async (tx) => {
    await tx.insert(companyLogo).values(row).onConflictDoUpdate({ target: companyLogo.id, set: row })
    const { width, height, hash } = row
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'company-logo',
      entityId: '1',
      changes: { width, height, hash },
    })
  })
  return findCompanySettings(ctx, viewer)
}

/** Removes the logo; doing it twice changes nothing. Refuses `not-allowed`. */
export async function removeCompanyLogo(ctx: AppContext, viewer: Viewer): Promise<void> {
  requireSettings(viewer)
  await ctx.db.transaction(async (tx) => {
    const removed = await tx.delete(companyLogo).returning({ hash: companyLogo.hash })
    if (removed.length > 0)
      await recordAudit(tx, ctx, viewer, {
        action: 'delete',
        entity: 'company-logo',
        entityId: '1',
        changes: { hash: removed[0]?.hash },
      })
  })
}
