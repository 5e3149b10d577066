import type { Transaction } from '@cartera/db/connect'
import sharp from 'sharp'
import { keepCustomerImage } from '../customers/customer-image.ts'

const colours = ['#14506b', '#9a3412', '#166534', '#5b21b6', '#9f1239', '#1e3a8a', '#115e59', '#854d0e']
/** What stands behind the letters; drawn at 256 by 256. */
const shapes = [
  '<rect width="256" height="256" fill="C"/>',
  '<circle cx="128" cy="128" r="124" fill="C"/>',
  '<path d="M128 4 L252 128 L128 252 L4 128 Z" fill="C"/>',
  '<path d="M128 4 L244 66 V190 L128 252 L12 190 V66 Z" fill="C"/>',
]

/** A logo as a small firm has it: its letters on a shape. */
function logoOf(name: string, index: number): string {
  const letters = name
    .split(/[^\p{L}]+/u)
    .filter((word) => word.length > 2)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase() ?? '')
    .join('')
  const colour = colours[index % colours.length] ?? '#14506b'
  const shape = (shapes[index % shapes.length] ?? '').replace('C', colour)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256">${shape}<text x="128" y="160" font-family="sans-serif" font-weight="700" font-size="92" fill="#fff" text-anchor="middle">${letters}</text></svg>`
}

/** Logos of some customers: those that the demo tells most about, and some more down the list. */
export async function fillImages(tx: Transaction, holders: readonly { id: string; name: string }[], now: Date): Promise<void> {
  for (const [index, { id, name }] of holders.entries())
    await keepCustomerImage(
      tx,
      id,
      await sharp(Buffer.from(logoOf(name, index)))
        .webp({ quality: 86 })
        .toBuffer(),
      now,
    )
}
