import type { Format } from '../../ui/format.ts'
import type { CustomerFile } from './queries.ts'

export const fileIcons: Record<CustomerFile['kind'], string> = {
  image: 'i-lucide-image',
  pdf: 'i-lucide-file-text',
  mail: 'i-lucide-mail',
  document: 'i-lucide-file-type',
  spreadsheet: 'i-lucide-file-spreadsheet',
  text: 'i-lucide-file-text',
  archive: 'i-lucide-file-archive',
  media: 'i-lucide-file-audio',
  other: 'i-lucide-file',
}
export const fileKinds = Object.keys(fileIcons) as CustomerFile['kind'][]
export const fileCategories = ['contract', 'legal', 'financial', 'order', 'correspondence', 'image', 'other'] as const

/** A size as people say it: 840 kB, 2.4 MB. */
export function sizeText(bytes: number, format: Format): string {
  if (bytes < 1000) return `${format.number(bytes)} B`
  if (bytes < 1_000_000) return `${format.number(Math.round(bytes / 1000))} kB`
  return `${format.number(Math.round(bytes / 100_000) / 10)} MB`
}
