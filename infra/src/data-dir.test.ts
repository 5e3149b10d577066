import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dataDirOf, prepareDataDir, repositoryRoot, secretOf } from './data-dir.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cartera-data-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('the data folder is CARTERA_DATA_DIR, else .cartera beside the sources', () => {
  expect(dataDirOf({ CARTERA_DATA_DIR: folder })).toBe(folder)
  expect(dataDirOf({})).toBe(join(repositoryRoot, '.cartera'))
})

test('the secret is made once, for its owner alone, and stays', () => {
  const env = { CARTERA_DATA_DIR: join(folder, 'new') }
  const secret = secretOf(env)
  expect(secret).toMatch(/^[0-9a-f]{64}$/)
  expect(secretOf(env)).toBe(secret)
  expect(statSync(join(folder, 'new', 'secret')).mode & 0o777).toBe(0o600)
})

test('CARTERA_SECRET wins and is not written down', () => {
  expect(secretOf({ CARTERA_DATA_DIR: folder, CARTERA_SECRET: 'given' })).toBe('given')
  expect(() => readFileSync(join(folder, 'secret'))).toThrow()
})

test('a damaged secret is refused instead of replaced', () => {
  writeFileSync(join(folder, 'secret'), '')
  expect(() => secretOf({ CARTERA_DATA_DIR: folder })).toThrow(/does not hold a secret/)
})

test('a folder that cannot be made, or a file in its place, is told clearly', () => {
  writeFileSync(join(folder, 'file'), '')
  expect(() => prepareDataDir(join(folder, 'file'))).toThrow(/it is a file/)
  expect(() => prepareDataDir(join(folder, 'file', 'below'))).toThrow(/it is a file|part of this path is a file/)
  if (process.platform === 'linux') expect(() => prepareDataDir('/proc/cartera')).toThrow(/cannot be made|not writable/)
})
