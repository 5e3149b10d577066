import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { explainFileError, OperatorError } from './operator-error.ts'

/** The root folder of the repository (or of the image), where `apps/`, `packages/` and `infra/` stand. */
export const repositoryRoot = findRoot()

const requiredFreeMegabytes = 300

function findRoot(): string {
  // Looked for upwards, because this module also runs inside the bundle of the command line (apps/cli/dist).
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'pnpm-workspace.yaml'))) return folder
    if (folder === dirname(folder)) return process.cwd()
  }
}

/** Where the embedded database, the secret and the files live: CARTERA_DATA_DIR, or `.cartera` beside the sources. */
export function dataDirOf(env: NodeJS.ProcessEnv): string {
  return env.CARTERA_DATA_DIR ? resolve(env.CARTERA_DATA_DIR) : join(repositoryRoot, '.cartera')
}

/** As `mkdir -p`; Node's own recursive form never ends where a parent refuses with "no such file" (below /proc, say). */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(`${path} is a file`), { code: 'EEXIST' })
    return
  }
  makeFolder(dirname(path))
  // 711: PostgreSQL runs as a user of its own when Cartera is started by root, and must be able to pass through.
  mkdirSync(path, { mode: 0o711 })
}

/** Makes the data folder if needed; throws an OperatorError where it cannot be made, written or filled. */
export function prepareDataDir(dataDir: string): void {
  try {
    makeFolder(dataDir)
    accessSync(dataDir, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw explainFileError(error, dataDir)
  }
  const disk = statfsSync(dataDir)
  const freeMegabytes = Math.floor((disk.bavail * disk.bsize) / 1_048_576)
  if (freeMegabytes < requiredFreeMegabytes) {
    throw new OperatorError(
      'disk-full',
      `Only ${freeMegabytes} MB are free on the disk of ${dataDir}; Cartera needs ${requiredFreeMegabytes} MB. Free some space, or set CARTERA_DATA_DIR to a folder on another disk.`,
    )
  }
}

/**
 * The secret that signs sessions and encrypts stored passwords: CARTERA_SECRET, else the one kept in the data folder, which is
 * made at the first start (32 random bytes, readable by its owner alone).
 */
export function secretOf(env: NodeJS.ProcessEnv): string {
  if (env.CARTERA_SECRET) return env.CARTERA_SECRET
  const path = join(dataDirOf(env), 'secret')
  prepareDataDir(dataDirOf(env))
  try {
    // 'wx': of two processes that start at once one writes, and both read the same secret.
    writeFileSync(path, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw explainFileError(error, path)
  }
  const secret = readFileSync(path, 'utf8').trim()
  if (!/^[0-9a-f]{64}$/.test(secret)) {
    throw new OperatorError(
      'secret-broken',
      `${path} does not hold a secret any more. Restore it from a backup; without it stored mail passwords cannot be read. To begin with a new one, delete the file.`,
    )
  }
  return secret
}
