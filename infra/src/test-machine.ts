import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { OperatorError } from './operator-error.ts'
import { freePort, isListening } from './ports.ts'
import { endWithThisProcess } from './process-life.ts'

const chromiumNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome', 'microsoft-edge']
const macBrowsers = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function findOnPath(names: string[]): string | null {
  for (const name of names) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name)
      if (folder && isProgram(path)) return path
    }
  }
  return null
}

function fromVariable(variable: string): string | null {
  const path = process.env[variable]
  if (!path) return null
  if (isProgram(path)) return path
  throw new OperatorError(
    'bad-variable',
    `${variable} is "${path}", which is not a program. Correct it, or unset it to let one be looked for.`,
  )
}

/** The browser that Playwright itself downloaded earlier, or null. */
async function playwrightBrowser(): Promise<string | null> {
  const { chromium } = await import('playwright-core')
  const path = chromium.executablePath()
  return path && isProgram(path) ? path : null
}

/** A Chromium of this machine: CARTERA_CHROMIUM, then PATH, then Playwright's own; null where there is none. */
export async function findChromium(): Promise<string | null> {
  return (
    fromVariable('CARTERA_CHROMIUM') ?? findOnPath(chromiumNames) ?? macBrowsers.find(isProgram) ?? (await playwrightBrowser())
  )
}

/** A redis-server of this machine: CARTERA_REDIS_SERVER, then PATH; null where there is none. */
export function findRedisServer(): string | null {
  return fromVariable('CARTERA_REDIS_SERVER') ?? findOnPath(['redis-server', 'valkey-server'])
}

/** What the tests need besides npm packages, each with where it is or why it could not be had. */
export interface TestMachine {
  chromium: string | null
  redisServer: string | null
  problems: string[]
}

/** Finds a browser and a Redis server, and installs what is missing where that is possible. */
export async function prepareTestMachine(say: (line: string) => void): Promise<TestMachine> {
  const problems: string[] = []
  let chromium = await findChromium()
  let redisServer = findRedisServer()
  if (!chromium || !redisServer) {
    const packages = [...(chromium ? [] : ['chromium', 'fonts-liberation']), ...(redisServer ? [] : ['redis-server'])]
    if (canUseApt()) {
      say(`installing ${packages.join(', ')} with apt-get`)
      const failure = installWithApt(packages)
      if (failure) problems.push(failure)
    }
    chromium = await findChromium()
    redisServer = findRedisServer()
  }
  if (!chromium) {
    say("downloading Playwright's Chromium")
    const failure = downloadWithPlaywright()
    chromium = await findChromium()
    if (!chromium) {
      if (failure) problems.push(failure)
      problems.push(
        'No Chromium for the browser journeys. Install one (Debian: apt-get install chromium) or say where it is: CARTERA_CHROMIUM=/path/to/chromium',
      )
    }
  }
  if (!redisServer) {
    problems.push(
      'No redis-server for the queue tests. Install one (Debian: apt-get install redis-server; macOS: brew install redis) or say where it is: CARTERA_REDIS_SERVER=/path/to/redis-server',
    )
  }
  return { chromium, redisServer, problems: chromium && redisServer ? [] : problems }
}

function canUseApt(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findOnPath(['apt-get']) !== null
}

function installWithApt(packages: string[]): string | null {
  // A test run must not leave a Redis service behind that starts by itself.
  const policy = '/usr/sbin/policy-rc.d'
  const isOurs = !existsSync(policy)
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  const options = ['-o', 'DPkg::Lock::Timeout=300', '-q']
  try {
    for (const args of [['update'], ['install', '-y', '--no-install-recommends', ...packages]]) {
      const result = spawnSync('apt-get', [...options, ...args], {
        encoding: 'utf8',
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        maxBuffer: 100_000_000,
      })
      if (result.status !== 0)
        return `apt-get ${args.join(' ')} failed:\n${`${result.stdout}${result.stderr}`.trim().split('\n').slice(-8).join('\n')}`
    }
    return null
  } finally {
    if (isOurs) rmSync(policy, { force: true })
  }
}

function downloadWithPlaywright(): string | null {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  const result = spawnSync(process.execPath, [cli, 'install', 'chromium'], { encoding: 'utf8', timeout: 600_000 })
  if (result.status === 0) return null
  return `Playwright's download failed:\n${`${result.stdout}${result.stderr}`.trim().split('\n').slice(-5).join('\n')}`
}

/** A Redis server for the time of a test run, in a temporary folder, on a free loopback port. */
export async function startRedis(program: string): Promise<{ url: string; stop(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'cartera-redis-'))
  const port = await freePort()
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'no',
    'maxmemory-policy': 'noeviction',
  }
  const child: ChildProcess = spawn(
    program,
    Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    { stdio: 'ignore', detached: true },
  )
  const callOffWatch = child.pid === undefined ? () => undefined : endWithThisProcess(child.pid, 'TERM')
  const ended = once(child, 'exit')
  let hasEnded = false
  const noteEnd = () => {
    hasEnded = true
  }
  ended.then(noteEnd, noteEnd)
  while (!(await isListening(port))) {
    if (hasEnded) throw new OperatorError('redis-ended', `${program} did not start on port ${port}.`)
    await wait(20)
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      callOffWatch()
      if (!hasEnded) {
        child.kill('SIGTERM')
        await ended
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
