export const voucherTypes = ['application/pdf', 'image/jpeg', 'image/png', 'image/webp', 'image/heic'] as const
export type VoucherType = (typeof voucherTypes)[number]

/** The most bytes of a voucher. */
export const mostVoucherBytes = 10 * 1_048_576

/** What phones write into the head of a HEIC picture. */
const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'])

const endings: Record<VoucherType, string> = {
  'application/pdf': 'pdf',
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/heic': 'heic',
}

/** What a file is by its content, whatever its name or sender claims; null for anything but a PDF or a picture without scripts. */
export function voucherTypeOf(bytes: Uint8Array): VoucherType | null {
  const starts = (...signature: number[]) => signature.every((byte, index) => bytes[index] === byte)
  const says = (from: number, to: number) => String.fromCharCode(...bytes.subarray(from, to))
  if (says(0, 5) === '%PDF-') return 'application/pdf'
  if (starts(0xff, 0xd8, 0xff)) return 'image/jpeg'
  if (starts(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png'
  if (says(0, 4) === 'RIFF' && says(8, 12) === 'WEBP') return 'image/webp'
  if (says(4, 8) === 'ftyp' && heicBrands.has(says(8, 12))) return 'image/heic'
  return null
}

/** What is kept of a file of this type: phones' HEIC pictures as JPEG, which every desk can open. */
export const keptVoucherType = (type: VoucherType): VoucherType => (type === 'image/heic' ? 'image/jpeg' : type)

/** A voucher's name as it was told, with the ending that its content deserves: a program must not be opened by its name. */
export function voucherName(told: string, type: VoucherType): string {
  const dot = told.lastIndexOf('.')
  const stem = (dot > 0 ? told.slice(0, dot) : told).slice(0, 100)
  return `${stem}.${endings[type]}`
}
