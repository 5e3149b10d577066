import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createTestDatabase } from '@cartera/db/testing/test-database'
import { launchBrowser, openWindow, signIn, type WindowOptions } from '@cartera/infra/browser'
import { repositoryRoot } from '@cartera/infra/data-dir'
import type { DemoPerson } from '@cartera/infra/demo-people'
import { commandLine, startInstance } from '@cartera/infra/instance'
import type { MailInbox } from '@cartera/infra/mail-inbox'
import type { Page } from 'playwright-core'
import { watchPage } from './what-was-seen.ts'

export interface WorldOptions {
  /** The instant at which the clock of API, worker and command line starts, so that a journey does not depend on the weekday. */
  now?: string
  /** Load the demo company with its five people (default), or leave the installation empty. */
  demo?: boolean
  /** Queue on the test run's Redis instead of on PostgreSQL. */
  redis?: boolean
  env?: Record<string, string>
}

/** A whole Cartera for one file of journeys: built web, API, worker, PostgreSQL, SMTP inbox and browser, nothing of it pretended. */
export interface World {
  baseUrl: string
  databaseUrl: string
  inbox: MailInbox
  /** A page of a window of its own, signed in as the demo person, at the home page (or `path`). */
  pageAs(person: DemoPerson['role'], options?: WindowOptions & { path?: string }): Promise<Page>
  /** A page on which nobody is signed in. */
  page(options?: WindowOptions): Promise<Page>
  /** An access token of the demo person, for requests to the API. */
  tokenOf(person: DemoPerson['role']): Promise<string>
  /** Asks the API as the demo person: `path` below `/api/v1`. Throws what it refuses; null for an answer without a body. */
  request<Answer>(person: DemoPerson['role'], method: string, path: string, body?: object): Promise<Answer>
  /** What browsers complained of so far: uncaught errors, and errors in their consoles. */
  complaints(): readonly string[]
  /** Days pass: API and worker end and start again with their clocks at this instant, on the same data; or the API alone, and the worker is down. */
  moveTo(instant: string, options?: { worker?: boolean }): Promise<void>
  /** Runs the `cartera` command line on the same database. */
  cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }>
  stop(): Promise<void>
}

/** A Wednesday morning in Bogotá. */
const usualNow = '2026-03-04T14:00:00Z'

let worlds = 0

/** Starts a world; call it in `beforeAll` and its `stop` in `afterAll`. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const demo = options.demo ?? true
  const folder = mkdtempSync(join('/tmp', 'cartera-world-'))
  chmodSync(folder, 0o711)
  const database = await createTestDatabase()
  const { REDIS_URL: _redis, ...inherited } = process.env
  const env: NodeJS.ProcessEnv = {
    ...inherited,
    DATABASE_URL: database.url,
    CARTERA_NOW: options.now ?? usualNow,
    HOST: '127.0.0.1',
    ...(options.redis ? { REDIS_URL: redisOfItsOwn() } : {}),
    ...options.env,
  }
  const instance = await startInstance({ dataDir: folder, env, demo, inbox: true }).catch(async (error: unknown) => {
    await database.drop()
    rmSync(folder, { recursive: true, force: true })
    throw error
  })
  const { baseUrl, inbox } = instance
  if (!inbox) throw new Error('the world has no inbox')
  const browser = await launchBrowser()
  const complaints: string[] = []

  const open = async (window: WindowOptions, person: DemoPerson['role'] | null): Promise<Page> => {
    const context = await openWindow(browser, baseUrl, window)
    context.setDefaultTimeout(30_000)
    if (person) await signIn(context, baseUrl, person)
    const page = await context.newPage()
    watchPage(page)
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(`${page.url()}: ${message.text()}`)
    })
    return page
  }

  const tokenOf = async (person: DemoPerson['role']) => {
    const context = await openWindow(browser, baseUrl)
    const token = await signIn(context, baseUrl, person)
    await context.close()
    return token
  }
  return {
    baseUrl,
    databaseUrl: database.url,
    inbox,
    pageAs: async (person, { path = '/', ...window } = {}) => {
      const page = await open(window, person)
      await page.goto(path)
      return page
    },
    page: (window = {}) => open(window, null),
    tokenOf,
    request: async <Answer>(person: DemoPerson['role'], method: string, path: string, body?: object) => {
      const response = await fetch(`${baseUrl}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${await tokenOf(person)}`,
          ...(body ? { 'content-type': 'application/json' } : {}),
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
      const text = await response.text()
      if (!response.ok) throw new Error(`${method} ${path}: ${text}`)
      return (text === '' ? null : JSON.parse(text)) as Answer
    },
    complaints: () => complaints,
    moveTo: (instant, { worker = true } = {}) => instance.restart({ env: { CARTERA_NOW: instant }, worker }),
    cli: (...args) => run(args, instance.env),
    stop: async () => {
      await browser.close()
      await instance.stop()
      await database.drop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Two worlds on one Redis must not take each other's jobs: each gets one of its sixteen databases. */
function redisOfItsOwn(): string {
  if (!process.env.TEST_REDIS_URL) throw new Error('TEST_REDIS_URL is not set: `pnpm test` starts a Redis server and sets it')
  const url = new URL(process.env.TEST_REDIS_URL)
  worlds += 1
  url.pathname = `/${(worlds % 15) + 1}`
  return url.href
}

function run(args: string[], env: NodeJS.ProcessEnv): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...commandLine, ...args], {
      cwd: repositoryRoot,
      env,
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
    child.once('close', (code) => resolve({ code: code ?? 1, stdout, stderr }))
  })
}
