import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import S3rver from '@20minutes/s3rver'
import { v7 } from 'uuid'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { fileEnvironment, fileSettingsOf } from './file-settings.ts'
import { type FileStore, openFileStore } from './file-store.ts'

const folder = mkdtempSync(join(tmpdir(), 'cartera-s3-test-'))
const serve = (lenient: boolean) =>
  new S3rver({
    address: '127.0.0.1',
    port: 0,
    silent: true,
    directory: join(folder, 'buckets'),
    configureBuckets: [{ name: 'cartera', configs: [] }],
    allowMismatchedSignatures: lenient,
  })
const server = serve(false)
// This server signs the path of a bucket without its last slash, and the AWS SDK with it: listing, and nothing else, is asked of a lenient one.
const lenient = serve(true)
let store: FileStore
let listing: FileStore
const settings = (variables: Record<string, string>) =>
  fileSettingsOf(z.object(fileEnvironment).parse(variables), join(folder, 'data'))
let endpoint = ''
const told = () => ({
  CARTERA_S3_BUCKET: 'cartera',
  CARTERA_S3_ENDPOINT: endpoint,
  CARTERA_S3_ACCESS_KEY_ID: 'S3RVER',
  CARTERA_S3_SECRET_ACCESS_KEY: 'S3RVER',
})
beforeAll(async () => {
  endpoint = `http://127.0.0.1:${(await server.run()).port}`
  listing = openFileStore(settings({ ...told(), CARTERA_S3_ENDPOINT: `http://127.0.0.1:${(await lenient.run()).port}` }))
  store = openFileStore(settings(told()))
})
afterAll(async () => {
  await server.close()
  await lenient.close()
  rmSync(folder, { recursive: true, force: true })
})

test('an S3-compatible server keeps what arrived, gives it back byte for byte, lists it and forgets it', async () => {
  const key = v7()
  const bytes = randomBytes(3_000_000)
  await writeFile(await store.arrivingPath(key), bytes)
  await store.settle(key, bytes.length)
  expect(await store.arriving()).toEqual([])
  const read = await store.read(key)
  expect(read && (await buffer(read)).equals(bytes)).toBe(true)
  await store.put(`${key}.preview`, Buffer.from('drawn'))
  const keys: string[] = []
  for await (const one of listing.keys()) keys.push(one)
  expect(keys.sort()).toEqual([key, `${key}.preview`])
  await store.remove(key)
  await store.remove(key)
  expect(await store.read(key)).toBeNull()
})

test('a wrong secret stores nothing, and what arrived is still there to try again', async () => {
  const key = v7()
  const refused = openFileStore(settings({ ...told(), CARTERA_S3_SECRET_ACCESS_KEY: 'another' }))
  await writeFile(await refused.arrivingPath(key), 'bytes')
  await expect(refused.settle(key, 5)).rejects.toThrow()
  expect(await refused.arriving()).toEqual([key])
  expect(await store.read(key)).toBeNull()
})

test('S3 that is told by half is refused at the start', () => {
  expect(() => settings({ CARTERA_S3_ENDPOINT: endpoint })).toThrow('CARTERA_S3_BUCKET')
  expect(() => settings({ CARTERA_S3_BUCKET: 'x', CARTERA_S3_ACCESS_KEY_ID: 'y' })).toThrow('set both or none')
  expect(() => settings({ CARTERA_FILE_MOST_MEGABYTES: '0' })).toThrow()
  expect(settings({})).toMatchObject({ s3: null, mostBytes: 25 * 1_048_576 })
})
