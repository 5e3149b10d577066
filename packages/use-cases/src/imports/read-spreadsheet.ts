import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'

/** A file as rows of text: every cell as it was typed or shown, so that leading zeros survive. */
export interface Spreadsheet {
  columns: string[]
  rows: string[][]
}

/** The largest file that is taken, in bytes. */
export const maxFileBytes = 25 * 1_048_576
/** More text than this in one file is refused: it would not fit the memory of the process that asked. */
const maxTextBytes = 150 * 1_048_576

// Beside this file in the sources, and beside the bundle in an app's dist (an entry of its tsdown.config.ts).
const parser = fileURLToPath(new URL('./parse-spreadsheet.js', import.meta.url))

type Line =
  | { columns: string[] }
  | { rows: string[][] }
  | { end: true }
  | { refusal: RefusalCode; params?: Record<string, string> }

/**
 * Reads an Excel or CSV file in a process of its own with little memory, which is killed after `timeoutMs`: what a file contains can hang
 * or fill a parser, never the one who asked. Refuses `file-too-large`, `file-not-a-spreadsheet`, `file-empty`, `file-parse-timeout`.
 */
export async function readSpreadsheet(bytes: Buffer, options: { timeoutMs?: number } = {}): Promise<Spreadsheet> {
  if (bytes.length > maxFileBytes) throw new Refusal('file-too-large', { field: 'file', params: { max: '25 MiB' } })
  const child = spawn(process.execPath, ['--max-old-space-size=768', parser], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Nothing of this process's secrets, and none of its loaders.
    env: {},
  })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    child.kill('SIGKILL')
  }, options.timeoutMs ?? 20_000)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  // A child that ends before it has read everything must not take this process along.
  child.stdin.on('error', () => undefined)
  child.stdin.end(bytes)

  let columns: string[] | null = null
  const rows: string[][] = []
  let size = 0
  let complete = false
  let refusal: { code: RefusalCode; params: Record<string, string> } | null = null
  try {
    for await (const text of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      size += text.length
      if (size > maxTextBytes) {
        refusal = { code: 'file-too-large', params: { max: '150 MiB' } }
        break
      }
      const line = JSON.parse(text) as Line
      if ('refusal' in line) refusal = { code: line.refusal, params: line.params ?? {} }
      else if ('columns' in line) columns = line.columns
      else if ('rows' in line) rows.push(...line.rows)
      else complete = true
    }
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
    await ended
  }
  if (refusal) throw new Refusal(refusal.code, { field: 'file', params: refusal.params })
  // Killed by its limits of time or memory, or failed on something that no spreadsheet program writes.
  if (timedOut || !complete || columns === null)
    throw new Refusal(
      timedOut || columns !== null || child.signalCode === 'SIGABRT' ? 'file-parse-timeout' : 'file-not-a-spreadsheet',
      {
        field: 'file',
      },
    )
  return { columns, rows }
}
