import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { Disk, type DriveDirectory, type DriveFile } from 'flydrive'
import type { DriverContract } from 'flydrive/types'
import type { FileSettings } from './file-settings.ts'

/**
 * Where the bytes of files lie: a folder, or a bucket of an S3-compatible server. Keys are uuids that we made, so nothing of a name reaches a path.
 */
export interface FileStore {
  /** The most bytes of one file. */
  mostBytes: number
  /** The path of a file of this machine into which the bytes under this key arrive, before they are stored. */
  arrivingPath(key: string): Promise<string>
  /** The keys whose bytes lie in this machine's folder of arrivals. */
  arriving(): Promise<string[]>
  forgetArriving(key: string): Promise<void>
  /** Stores what has arrived, whole or not at all. */
  settle(key: string, size: number): Promise<void>
  put(key: string, content: Buffer): Promise<void>
  /** The bytes under a key; null where there are none. */
  read(key: string): Promise<Readable | null>
  remove(key: string): Promise<void>
  /** Every key that is stored. */
  keys(): AsyncIterable<string>
}

/** The last characters of a uuid are random: folders of some hundred files each. */
const placeOf = (key: string) => `kept/${key.slice(34, 36)}/${key}`
const keyOf = (place: string) => place.slice(place.lastIndexOf('/') + 1)

const isMissing = (error: unknown) => {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, name } = each as NodeJS.ErrnoException
    if (code === 'ENOENT' || name === 'NoSuchKey' || name === 'NotFound') return true
  }
  return false
}

async function openDriver({ dir, s3 }: FileSettings): Promise<DriverContract> {
  if (s3 === null) {
    const { FSDriver } = await import('flydrive/drivers/fs')
    await mkdir(join(dir, 'kept'), { recursive: true, mode: 0o700 })
    return new FSDriver({ location: dir, visibility: 'private' })
  }
  // Loaded where it is used: it is large, and most installations keep files on their disk.
  const { S3Driver } = await import('flydrive/drivers/s3')
  return new S3Driver({
    bucket: s3.bucket,
    region: s3.region,
    forcePathStyle: s3.pathStyle,
    ...(s3.endpoint === null ? {} : { endpoint: s3.endpoint }),
    ...(s3.credentials === null ? {} : { credentials: s3.credentials }),
    visibility: 'private',
    supportsACL: false,
    // Servers other than Amazon's do not know the newer checksums.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
}

/** Opens the store when it is first used, so that a process that needs none asks for no folder and no bucket. */
export function openFileStore(settings: FileSettings): FileStore {
  const arrivingDir = join(settings.dir, 'arriving')
  let opened: Promise<Disk> | undefined
  const disk = () => {
    opened ??= openDriver(settings).then((driver) => new Disk(driver))
    // A folder that could not be made may be there the next time.
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }
  return {
    mostBytes: settings.mostBytes,
    async arrivingPath(key) {
      await mkdir(arrivingDir, { recursive: true, mode: 0o700 })
      return join(arrivingDir, key)
    },
    async arriving() {
      return readdir(arrivingDir).catch((error: unknown) => {
        if (isMissing(error)) return []
        throw error
      })
    },
    forgetArriving: (key) => rm(join(arrivingDir, key), { force: true }),
    async settle(key, size) {
      const path = join(arrivingDir, key)
      // Renamed within one folder's file system, which is whole or not at all.
      if (settings.s3 === null) return (await disk()).moveFromFs(path, placeOf(key))
      await (await disk()).putStream(placeOf(key), createReadStream(path), { contentLength: size })
      await rm(path, { force: true })
    },
    async put(key, content) {
      await (await disk()).put(placeOf(key), content, { contentLength: content.length })
    },
    async read(key) {
      const from = await disk()
      try {
        if (settings.s3 === null && !(await from.exists(placeOf(key)))) return null
        return await from.getStream(placeOf(key))
      } catch (error) {
        if (isMissing(error)) return null
        throw error
      }
    },
    async remove(key) {
      try {
        await (await disk()).delete(placeOf(key))
      } catch (error) {
        if (!isMissing(error)) throw error
      }
    },
    async *keys() {
      let token: string | undefined
      do {
        const found: { paginationToken?: string; objects: Iterable<DriveFile | DriveDirectory> } = await (await disk()).listAll(
          'kept',
          { recursive: true, ...(token === undefined ? {} : { paginationToken: token }) },
        )
        for (const each of found.objects) if (each.isFile) yield keyOf((each as DriveFile).key)
        token = found.paginationToken
      } while (token !== undefined)
    },
  }
}
