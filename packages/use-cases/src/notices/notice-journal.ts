import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { v7 } from 'uuid'

/** A mail server's acceptance, written down before the database is told: what a restart resolves uncertain messages from. */
export interface JournalLine {
  messageId: string
  /** The claim under which it was sent: a message that was claimed again meanwhile is not settled by an old line. */
  token: string
  attempt: number
  accepted: string[]
  refused: { address: string; response: string; permanent: boolean }[]
  response: string
  /** When the answer came, ISO. */
  at: string
}

/** A journal file of another process, or of an earlier life of this one. */
export interface JournalFile {
  path: string
  lines: JournalLine[]
  /** Nobody has written to it for so long that its process is gone. */
  orphaned: boolean
}

/** What a machine knows of the database that it last sent for: a database that knows less was restored from a backup. */
export interface SeenBeat {
  confirmedAt: string
  beat: number
}

const ending = '.jsonl'
/** Below this an answer might not fit any more, so nothing is sent. */
const leastFreeBytes = 8 * 1024 * 1024
const rotateAtBytes = 1024 * 1024
const orphanedAfterMs = 15 * 60_000
/** A new file for lines at its end, each write of which ends once it is on disk: one call where a write and a sync are two or three. */
const forced = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_APPEND | constants.O_DSYNC

interface OpenFile {
  path: string
  handle: FileHandle
  size: number
  unsettled: Map<string, JournalLine>
}

/**
 * The worker's local journal: one file per process in a folder that outlives the process. Lines are appended and forced to disk before
 * they count; lines that arrive while the disk is busy share the next force. When all lines of a file are settled, the file goes.
 */
export class NoticeJournal {
  readonly dir: string
  #file: OpenFile | undefined
  #opening: Promise<OpenFile> | undefined
  #former = new Map<string, Map<string, JournalLine>>()
  #pending: { text: string; line: JournalLine; resolve: () => void; reject: (error: unknown) => void }[] = []
  #writing = false
  #torn = false
  #problem: string | null = null

  constructor(dir: string) {
    this.dir = dir
  }

  /** Null when an acceptance can be written down now, else why not. Asked before anything is sent. */
  async problem(): Promise<string | null> {
    try {
      const file = await this.#open()
      const disk = await statfs(this.dir)
      if (disk.bavail * disk.bsize < leastFreeBytes) return `${this.dir}: the disk is full`
      // A folder that was removed or mounted over takes no lines that anybody would find again.
      const found = await stat(file.path)
      if (found.ino !== (await file.handle.stat()).ino) throw new Error(`${file.path} was replaced`)
      if (this.#problem !== null) {
        await force(file.handle, '\n')
        this.#problem = null
      }
      return null
    } catch (error) {
      await this.#forgetFile()
      this.#problem = error instanceof Error ? error.message : String(error)
      return this.#problem
    }
  }

  /** Whether the last line could not be written: true until `problem` finds that lines can be written again. */
  get broken(): boolean {
    return this.#problem !== null
  }

  #open(): Promise<OpenFile> {
    if (this.#file) return Promise.resolve(this.#file)
    // Asked for by several lanes at once, it is opened once.
    this.#opening ??= this.#openFile().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #openFile(): Promise<OpenFile> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 })
    const path = join(this.dir, `${v7()}${ending}`)
    const handle = await open(path, forced, 0o600)
    this.#file = { path, handle, size: 0, unsettled: new Map() }
    this.#torn = false
    return this.#file
  }

  async #forgetFile(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    if (!file) return
    this.#former.set(file.path, file.unsettled)
    await file.handle.close().catch(() => undefined)
  }

  /** Resolves when the line is on disk; rejects when it cannot be written. */
  append(line: JournalLine): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ text: `${JSON.stringify(line)}\n`, line, resolve, reject })
      if (!this.#writing) void this.#writeAll()
    })
  }

  async #writeAll(): Promise<void> {
    this.#writing = true
    while (this.#pending.length > 0) {
      const group = this.#pending
      this.#pending = []
      try {
        const file = await this.#open()
        const text = `${this.#torn ? '\n' : ''}${group.map((each) => each.text).join('')}`
        this.#torn = true
        await force(file.handle, text)
        this.#torn = false
        file.size += text.length
        for (const { line } of group) file.unsettled.set(keyOf(line), line)
        for (const each of group) each.resolve()
      } catch (error) {
        this.#problem = error instanceof Error ? error.message : String(error)
        for (const each of group) each.reject(error)
      }
    }
    this.#writing = false
  }

  /** The database has it: the line is needed no more. A file without needed lines goes, at the latest when it is large. */
  async settled(lines: readonly Pick<JournalLine, 'messageId' | 'token'>[]): Promise<void> {
    for (const line of lines) {
      this.#file?.unsettled.delete(keyOf(line))
      for (const unsettled of this.#former.values()) unsettled.delete(keyOf(line))
    }
    const file = this.#file
    if (file && file.size > rotateAtBytes && !this.#writing) {
      this.#file = undefined
      this.#former.set(file.path, file.unsettled)
      await file.handle.close().catch(() => undefined)
    }
    for (const [path, unsettled] of this.#former)
      if (unsettled.size === 0) {
        this.#former.delete(path)
        await rm(path, { force: true })
      }
  }

  /** Lines of this process that the database has not yet taken. */
  unsettled(): JournalLine[] {
    return [...(this.#file?.unsettled.values() ?? []), ...[...this.#former.values()].flatMap((each) => [...each.values()])]
  }

  /** Shows others that this process lives. */
  async touch(): Promise<void> {
    if (this.#file && !this.#writing) await force(this.#file.handle, '\n').catch(() => undefined)
  }

  /** The files of other processes in the folder; torn and foreign lines are passed over. */
  async others(): Promise<JournalFile[]> {
    const own = new Set([this.#file?.path, ...this.#former.keys()])
    const newest = this.#file ? (await this.#file.handle.stat()).mtimeMs : null
    const names = await readdir(this.dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    const files: JournalFile[] = []
    for (const name of names.sort()) {
      const path = join(this.dir, name)
      if (!name.endsWith(ending) || own.has(path)) continue
      try {
        const { mtimeMs } = await stat(path)
        files.push({
          path,
          lines: readLines(await readFile(path, 'utf8')),
          orphaned: newest !== null && newest - mtimeMs > orphanedAfterMs,
        })
      } catch (error) {
        // Its owner has just removed it.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }
    return files
  }

  /** Removes the file of a process that is gone, once nothing in it is needed. */
  async remove(file: JournalFile): Promise<void> {
    await rm(file.path, { force: true })
  }

  /** What this machine last knew of its database; null when it never sent. */
  async seenBeat(): Promise<SeenBeat | null> {
    try {
      const seen = JSON.parse(await readFile(join(this.dir, 'beat.json'), 'utf8')) as SeenBeat
      return typeof seen.beat === 'number' && typeof seen.confirmedAt === 'string' ? seen : null
    } catch {
      return null
    }
  }

  async keepBeat(seen: SeenBeat): Promise<void> {
    await this.#replace('beat.json', JSON.stringify(seen))
  }

  async #replace(name: string, text: string): Promise<void> {
    const aside = join(this.dir, `${name}.${randomUUID()}`)
    const handle = await open(aside, 'wx', 0o600)
    try {
      await writeFile(handle, text)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await rename(aside, join(this.dir, name))
  }

  /** Closes the file, and removes it when nothing in it is needed. */
  async close(): Promise<void> {
    await this.#forgetFile()
    await this.settled([])
  }
}

/** On disk when it resolves, all of it. */
async function force(handle: FileHandle, text: string): Promise<void> {
  const bytes = Buffer.from(text)
  const { bytesWritten } = await handle.write(bytes)
  if (bytesWritten < bytes.length) throw new Error('the disk took a part of a line')
}

const keyOf = (line: Pick<JournalLine, 'messageId' | 'token'>) => `${line.messageId} ${line.token}`

function readLines(text: string): JournalLine[] {
  const lines: JournalLine[] = []
  for (const each of text.split('\n')) {
    if (each === '') continue
    try {
      const line = JSON.parse(each) as Partial<JournalLine>
      if (isUuid(line.messageId) && isUuid(line.token) && Array.isArray(line.accepted) && Array.isArray(line.refused))
        lines.push({ attempt: 0, response: '', at: '', ...line } as JournalLine)
    } catch {
      // Torn by the end of its process: the answer was not yet forced to disk, so nobody counted on it.
    }
  }
  return lines
}

const isUuid = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value)
