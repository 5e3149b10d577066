import { Refusal } from '@cartera/domain/refusal'
import sharp from 'sharp'

/** The most bytes that an uploaded picture may have. */
export const mostPictureBytes = 5 * 1_048_576

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
 * An uploaded picture drawn anew within a box, with nothing of the file itself in it (places, cameras, hidden data): as PNG, which mail programs show, or as
 * WebP, which is smaller. Refuses `file-too-large`, `image-unreadable`.
 */
export async function makePicture(
  bytes: Buffer,
  box: { width: number; height: number },
  format: 'png' | 'webp',
): Promise<{ content: Buffer; width: number; height: number }> {
  if (bytes.length > mostPictureBytes) throw new Refusal('file-too-large', { field: 'file', params: { max: '5 MiB' } })
  if (!isImage(bytes)) throw new Refusal('image-unreadable', { field: 'file' })
  try {
    const drawn = sharp(bytes, { limitInputPixels: 40_000_000, failOn: 'error' })
      .timeout({ seconds: 10 })
      .rotate()
      .resize({ ...box, fit: 'inside', withoutEnlargement: true })
    const { data, info } = await (format === 'png'
      ? drawn.png({ compressionLevel: 9, palette: true })
      : drawn.webp({ quality: 86 })
    ).toBuffer({
      resolveWithObject: true,
    })
    return { content: data, width: info.width, height: info.height }
  } catch {
    throw new Refusal('image-unreadable', { field: 'file' })
  }
}
