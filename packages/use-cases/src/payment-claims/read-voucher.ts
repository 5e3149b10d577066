import { fileURLToPath } from 'node:url'
import { keptVoucherType, mostVoucherBytes, type VoucherType, voucherName, voucherTypeOf } from '@cartera/domain/portal/voucher'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { runLimited } from '../files/run-limited.ts'

export interface Voucher {
  name: string
  mediaType: VoucherType
  content: Buffer
}

// Beside this file in the sources, and beside the bundle in the app's dist (an entry of its tsdown.config.ts).
const parser = fileURLToPath(new URL('./parse-voucher.js', import.meta.url))

const refusalOf: Record<string, RefusalCode> = {
  damaged: 'voucher-damaged',
  protected: 'voucher-protected',
  'too-many-pixels': 'voucher-too-many-pixels',
}

/** One after the other: a decoder takes hundreds of megabytes for the largest picture, and many may be sent at once. */
let turn: Promise<unknown> = Promise.resolve()

/**
 * A file that was told to be the proof of a payment, opened: a PDF is kept as it is, a picture is drawn anew (without the place where it was taken or anything
 * hidden behind it; HEIC becomes JPEG). In a process of its own with little memory, which is killed after `timeoutMs`. Refuses at `voucher`
 * `file-too-large`, `voucher-unreadable` (neither a PDF nor a picture), `voucher-damaged`, `voucher-protected` (a PDF with a password) and
 * `voucher-too-many-pixels`.
 */
export async function readVoucher(
  told: { name: string; content: string },
  options: { timeoutMs?: number } = {},
): Promise<Voucher> {
  const bytes = Buffer.from(told.content, 'base64')
  if (bytes.length > mostVoucherBytes) throw new Refusal('file-too-large', { field: 'voucher', params: { max: '10 MiB' } })
  const mediaType = voucherTypeOf(bytes)
  if (mediaType === null) throw new Refusal('voucher-unreadable', { field: 'voucher' })
  const said = await readOpened([mediaType], bytes, options.timeoutMs ?? 20_000)
  // Killed by its limits of time or memory: as good as damaged for whoever has to look at it.
  if (said.content === null) throw new Refusal(refusalOf[said.fault] ?? 'voucher-damaged', { field: 'voucher' })
  const kept = keptVoucherType(mediaType)
  return { name: voucherName(told.name, kept), mediaType: kept, content: said.content }
}

/** A picture of a file, drawn anew as WebP and no larger than a screen; null where it cannot be drawn. Limited as vouchers are. */
export async function drawPreview(path: string, mediaType: string): Promise<Buffer | null> {
  return (await readOpened([mediaType, 'preview'], { path }, 20_000)).content
}

async function readOpened(args: string[], input: Buffer | { path: string }, timeoutMs: number) {
  const opened = turn.then(() => runLimited(parser, args, input, { timeoutMs }))
  turn = opened.catch(() => undefined)
  const answer = await opened
  const end = answer.indexOf('\n')
  const said = end < 0 ? {} : (JSON.parse(answer.toString('utf8', 0, end)) as { size?: number; fault?: string })
  const content = answer.subarray(end + 1)
  return { fault: said.fault ?? '', content: said.size !== undefined && content.length === said.size ? content : null }
}
