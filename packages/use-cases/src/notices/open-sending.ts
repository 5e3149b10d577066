import { createHash, randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { NoticeJournal } from './notice-journal.ts'
import type { Sending } from './sending.ts'

/** What a process that sends must be told. */
export interface SendingSettings {
  /** A folder that outlives the process and is this machine's own; several processes of it may share it. */
  journalDir: string
  /** The name under which this machine sends; null: the one kept in the folder, made at first. */
  epoch: string | null
  lanes: number
  leaseSeconds: number
}

/** Makes what a process sends with. Nothing is opened yet: a folder that cannot be used stops the sending, not the process. */
export function openSending(settings: SendingSettings): Sending {
  let epoch = settings.epoch
  return {
    journal: new NoticeJournal(settings.journalDir),
    // Looked up when first asked: most commands of the command line send nothing.
    get epoch() {
      epoch ??= epochOfMachine(settings.journalDir, machineMark(settings.journalDir))
      return epoch
    },
    lanes: settings.lanes,
    leaseSeconds: settings.leaseSeconds,
    host: hostname(),
  }
}

/** What tells this machine and place from a copy of it; null where there is nothing that lasts (containers). */
function machineMark(folder: string): string | null {
  try {
    const machine = readFileSync('/etc/machine-id', 'utf8').trim()
    return machine === ''
      ? null
      : createHash('sha256')
          .update(`${machine} ${resolve(folder)}`)
          .digest('hex')
          .slice(0, 32)
  } catch {
    return null
  }
}

/**
 * The name of this machine as a sender, kept in the folder. Where the folder was copied to another machine or place it gets a name of its
 * own, so that the copy waits for an administrator.
 */
export function epochOfMachine(folder: string, mark: string | null): string {
  const path = join(folder, 'epoch.json')
  const read = (): string | null => {
    try {
      const kept = JSON.parse(readFileSync(path, 'utf8')) as { epoch?: unknown; machine?: unknown }
      if (typeof kept.epoch !== 'string') return null
      return mark === null || kept.machine === null || kept.machine === mark ? kept.epoch : null
    } catch {
      return null
    }
  }
  const kept = read()
  if (kept !== null) return kept
  const epoch = randomUUID()
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const aside = `${path}.${epoch}`
    writeFileSync(aside, JSON.stringify({ epoch, machine: mark }), { mode: 0o600 })
    renameSync(aside, path)
  } catch {
    // A folder that cannot be written stops the sending by itself.
  }
  // Of two processes that start at once one wrote last: both take what stands.
  return read() ?? epoch
}
