import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryRoot } from '@cartera/infra/data-dir'
import { commandLine } from '@cartera/infra/instance'
import { runToEnd } from '@cartera/infra/supervised-process'

/** The `cartera` command line as the container image holds it: one bundle, its migrations and its packages beside it. */
export interface BundledCommandLine {
  cartera(env: NodeJS.ProcessEnv, ...args: string[]): Promise<string>
  /** The same command by two processes that start together. */
  carteraTwiceAtOnce(env: NodeJS.ProcessEnv, ...args: string[]): Promise<void>
  remove(): void
}

/** Bundles the command line from the present sources. From source each start costs three times as much, which a hundred calls feel. */
export async function bundleCommandLine(): Promise<BundledCommandLine> {
  const cli = join(repositoryRoot, 'apps', 'cli')
  const folder = mkdtempSync(join('/tmp', 'cartera-cli-'))
  symlinkSync(join(cli, 'node_modules'), join(folder, 'node_modules'))
  symlinkSync(join(repositoryRoot, 'packages', 'db', 'migrations'), join(folder, 'migrations'))
  const tsdown = join(cli, 'node_modules', '.bin', 'tsdown')
  await runToEnd(
    'The bundle',
    'sh',
    ['-c', 'cd "$0" && exec "$1" --out-dir "$2"', cli, tsdown, join(folder, 'dist')],
    process.env,
  )
  const main = join(folder, 'dist', 'main.js')
  return {
    cartera: (env, ...args) => inTurn(() => runNode(env, [main, ...args])),
    carteraTwiceAtOnce: async (env, ...args) => {
      await inTurn(() => Promise.all([runNode(env, [main, ...args]), runNode(env, [main, ...args])]))
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Runs `cartera ...args` from source and answers what it printed; a failure is an error with all that it said. */
export const cartera = (env: NodeJS.ProcessEnv, ...args: string[]) => inTurn(() => runNode(env, [...commandLine, ...args]))

let running = 0
const waiting: (() => void)[] = []
/** More at once than there are processors only wait for each other. */
const atOnce = 2

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  else running += 1
  try {
    return await work()
  } finally {
    // The place goes on to who waits longest, else it is free.
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }
}

function runNode(env: NodeJS.ProcessEnv, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: repositoryRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(stdout)
      else reject(new Error(`${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`))
    })
  })
}
