import { createHash } from 'node:crypto'
import { companyLogo } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import sharp from 'sharp'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompanySettings } from './change-company.ts'

/** The most bytes that a logo may have when it is uploaded. */
export const mostLogoBytes = 5 * 1_048_576
// Twice what it is shown at, for fine screens.
const box = { width: 400, height: 128 }

/** What the first bytes say: never what a name or a heading claims. SVG is none of these: it can carry scripts. */
function isImage(bytes: Buffer): boolean {
  const starts = (...signature: number[]) => signature.every((byte, index) => bytes[index] === byte)
  return (
    starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) ||
    starts(0xff, 0xd8, 0xff) ||
    (starts(0x52, 0x49, 0x46, 0x46) && bytes.subarray(8, 12).toString('latin1') === 'WEBP')
  )
}

/**
 * An uploaded picture as a small PNG that mail programs show, with nothing of the file itself in it (places, cameras, hidden data).
 * Refuses `file-too-large`, `image-unreadable`.
 */
export async function makeLogo(bytes: Buffer): Promise<{ content: Buffer; width: number; height: number }> {
  if (bytes.length > mostLogoBytes) throw new Refusal('file-too-large', { field: 'file', params: { max: '5 MiB' } })
  if (!isImage(bytes)) throw new Refusal('image-unreadable', { field: 'file' })
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: 40_000_000, failOn: 'error' })
      .timeout({ seconds: 10 })
      .rotate()
      .resize({ ...box, fit: 'inside', withoutEnlargement: true })
      .png({ compressionLevel: 9, palette: true })
      .toBuffer({ resolveWithObject: true })
    return { content: data, width: info.width, height: info.height }
  } catch {
    throw new Refusal('image-unreadable', { field: 'file' })
  }
}

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
}

/** Sets the company's logo. Refuses `not-allowed`, `file-too-large`, `image-unreadable`. */
export async function changeCompanyLogo(ctx: AppContext, viewer: Viewer, bytes: Buffer) {
  requireSettings(viewer)
  const logo = await makeLogo(bytes)
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
