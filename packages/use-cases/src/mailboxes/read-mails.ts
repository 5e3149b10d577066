import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { IncomingMail } from '@cartera/domain/mailboxes/classify-mail'

/** What is kept of a mail that came, cut to size. */
export interface ParsedMail extends IncomingMail {
  fromName: string
  /** Empty where it has none. */
  messageId: string
}

/** Of each mail no more than its beginning is looked at. */
export const largestMailBytes = 524_288

// Beside this file in the sources, and beside the bundle in an app's dist (an entry of its tsdown.config.ts).
const parser = fileURLToPath(new URL('./parse-mail.js', import.meta.url))
const longestLine = 2_000_000

/**
 * Parses mails in a process of its own with little memory, which is killed after `timeoutMs`: what strangers send can hang or fill a parser,
 * never the one who asked. One entry per mail; null where it could not be read. A mail that takes the process down is found by reading
 * each by itself, so that it harms no other.
 */
export async function readMails(mails: readonly Buffer[], options: { timeoutMs?: number } = {}): Promise<(ParsedMail | null)[]> {
  const cut = mails.map((mail) => mail.subarray(0, largestMailBytes))
  const read = await readTogether(cut, options.timeoutMs ?? 10_000)
  for (const [index, mail] of cut.entries())
    if (read[index] === undefined)
      read[index] = cut.length === 1 ? null : ((await readTogether([mail], options.timeoutMs ?? 10_000))[0] ?? null)
  return read.map((mail) => mail ?? null)
}

async function readTogether(mails: readonly Buffer[], timeoutMs: number): Promise<(ParsedMail | null | undefined)[]> {
  const answers: (ParsedMail | null | undefined)[] = mails.map(() => undefined)
  if (mails.length === 0) return answers
  const child = spawn(process.execPath, ['--max-old-space-size=192', parser], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Nothing of this process's secrets, and none of its loaders.
    env: {},
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  // A child that ends before it has read everything must not take this process along.
  child.stdin.on('error', () => undefined)
  for (const mail of mails) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(mail.length)
    child.stdin.write(length)
    child.stdin.write(mail)
  }
  child.stdin.end()
  try {
    let next = 0
    for await (const line of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (line.length > longestLine || next >= mails.length) break
      const answer = JSON.parse(line) as { mail?: ParsedMail }
      answers[next] = answer.mail ?? null
      next += 1
    }
  } catch {
    // A line that was cut off by the end of the child: what is missing is read again by itself.
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
    await ended
  }
  return answers
}
