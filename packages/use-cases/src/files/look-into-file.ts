import { fileURLToPath } from 'node:url'
import type { MailAttachment, MailPerson } from '@cartera/db/schema/files'
import type { FoundContent } from '@cartera/domain/files/file-kind'
import { runLimited } from './run-limited.ts'

/** What stands in an e-mail that is kept as a file; the HTML asks for nothing from outside and runs nothing. */
export interface MailInFile {
  from: { name: string; address: string }
  recipients: MailPerson[]
  subject: string
  sentAt: string | null
  html: string | null
  text: string
  blockedImages: number
  attachments: MailAttachment[]
}

// Beside this file in the sources, and beside the bundle in the app's dist (an entry of its tsdown.config.ts).
const parser = fileURLToPath(new URL('./parse-file.js', import.meta.url))
const limits = { timeoutMs: 20_000 }

/** One after the other: an e-mail may hold many times its size, and many may be sent at once. */
let turn: Promise<unknown> = Promise.resolve()

async function parsed(args: string[], input: Buffer | { path: string }): Promise<{ said: unknown; content: Buffer }> {
  const answered = turn.then(() => runLimited(parser, args, input, limits))
  turn = answered.catch(() => undefined)
  const answer = await answered
  const end = answer.indexOf('\n')
  return {
    said: end < 0 ? { fault: 'damaged' } : (JSON.parse(answer.toString('utf8', 0, end)) as unknown),
    content: answer.subarray(end + 1),
  }
}

const isFault = (said: unknown): said is { fault: string } => typeof said === 'object' && said !== null && 'fault' in said

/** What a file is by its content; a content that hangs or fills its reader is one that nobody knows. */
export async function lookIntoFile(path: string): Promise<FoundContent> {
  const { said } = await parsed(['look'], { path })
  return isFault(said) ? { mediaType: null, isText: false } : (said as FoundContent)
}

/** The e-mail in a file; null where it cannot be read as one. */
export async function readMailInFile(path: string, form: 'eml' | 'msg'): Promise<MailInFile | null> {
  const { said } = await parsed([form], { path })
  return isFault(said) ? null : (said as MailInFile)
}

/** One attachment of an e-mail; null where it has none of that number, or cannot be read. */
export async function readMailAttachment(
  bytes: Buffer,
  form: 'eml' | 'msg',
  index: number,
): Promise<{ name: string; content: Buffer } | null> {
  const { said, content } = await parsed([form, String(index)], bytes)
  if (isFault(said)) return null
  const { name, size } = said as { name: string; size: number }
  return content.length === size ? { name, content } : null
}
