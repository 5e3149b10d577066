import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'

type TextEncodingName = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252'

/** How a file is to be read, where it is not left to guessing. */
export interface SheetReading {
  sheet?: string
  /** The row of the headings, counted as the sheet does, from one. */
  headerRow?: number
  encoding?: TextEncodingName
  delimiter?: string
}

/** A row with its number in the sheet; every cell as it was typed or shown, so that leading zeros survive. */
export type SheetRow = [rowNumber: number, cells: string[]]

/** What was found out about a file while it was read. */
export interface SheetFound {
  columns: string[]
  headerRow: number
  /** Rows below the headings that hold anything. */
  count: number
  /** The first rows of the sheet, titles and headings included. */
  top: SheetRow[]
  format: 'xlsx' | 'xls' | 'ods' | 'xlsb' | 'csv'
  sheets: string[]
  sheet: string | null
  encoding?: TextEncodingName
  delimiter?: string
}

/** The largest file that is taken, in bytes. */
export const maxFileBytes = 25 * 1_048_576

// Beside this file in the sources, and beside the bundle in an app's dist (an entry of its tsdown.config.ts).
const parser = fileURLToPath(new URL('./parse-spreadsheet.js', import.meta.url))

type Line = { rows: SheetRow[] } | { end: SheetFound } | { refusal: RefusalCode; params?: Record<string, string> }

/**
 * Reads an Excel, OpenDocument or CSV file in a process of its own with little memory, which is killed after `timeoutMs`: what a file
 * contains can hang or fill a parser, never the one who asked. `take` gets the rows in batches, as fast as it takes them. Refuses
 * `file-too-large`, `file-not-a-spreadsheet`, `file-encrypted`, `file-empty`, `file-parse-timeout`.
 */
export async function readSpreadsheet(
  bytes: Buffer,
  reading: SheetReading,
  take: (rows: SheetRow[]) => Promise<void> | void,
  options: { timeoutMs?: number } = {},
): Promise<SheetFound> {
  if (bytes.length > maxFileBytes) throw new Refusal('file-too-large', { field: 'file', params: { max: '25 MiB' } })
  const child = spawn(process.execPath, ['--max-old-space-size=512', parser, JSON.stringify(reading)], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Nothing of this process's secrets, and none of its loaders.
    env: {},
  })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    child.kill('SIGKILL')
  }, options.timeoutMs ?? 30_000)
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve())
    child.once('error', () => resolve())
  })
  // A child that ends before it has read everything must not take this process along.
  child.stdin.on('error', () => undefined)
  child.stdin.end(bytes)

  let found: SheetFound | null = null
  let begun = false
  let refusal: { code: RefusalCode; params: Record<string, string> } | null = null
  try {
    for await (const text of createInterface({ input: child.stdout, crlfDelay: Number.POSITIVE_INFINITY })) {
      const line = JSON.parse(text) as Line
      begun = true
      if ('refusal' in line) refusal = { code: line.refusal, params: line.params ?? {} }
      else if ('rows' in line) {
        await take(line.rows)
        // What takes the rows may be slower than the parser; its time does not count against the file.
        timer.refresh()
      } else found = line.end
    }
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
    await ended
  }
  if (refusal) throw new Refusal(refusal.code, { field: 'file', params: refusal.params })
  // Killed by its limits of time or memory, or failed on something that no spreadsheet program writes.
  if (timedOut || found === null)
    throw new Refusal(timedOut || begun || child.signalCode === 'SIGABRT' ? 'file-parse-timeout' : 'file-not-a-spreadsheet', {
      field: 'file',
    })
  if (found.count === 0) throw new Refusal('file-empty', { field: 'file' })
  return found
}
