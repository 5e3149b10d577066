import { spawn } from 'node:child_process'
import { repositoryRoot } from '@cartera/infra/data-dir'
import { expect, test } from 'vitest'

interface Verdict {
  mails: number
  duplicates: number
  lost: number
  afterPayment: number
  onlyInDatabase: number
  uncertain: number
  uncertainAllowed: number
  passed: boolean
}

/** Runs the fault test (bench/src/faults) with what has just been built; its verdict comes from the mail server's own ledger. */
function faults(...args: string[]): Promise<{ results: Record<string, { verdict: Verdict; payments: number }> }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'bench/src/faults/main.ts', '--json', ...args], {
      cwd: repositoryRoot,
      env: { ...process.env, CARTERA_FAULTS_BUILT: '1' },
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
    child.once('close', () => {
      try {
        resolve(JSON.parse(stdout))
      } catch {
        reject(new Error(`the fault test did not end: ${stderr}`))
      }
    })
  })
}

test.each(['redis', 'postgres'])(
  'no notice is doubled, lost or sent after its payment while everything breaks, with the queue on %s',
  async (backend) => {
    const { results } = await faults('--seed', '1', '--notices', '700', '--faults', '10', '--backend', backend)
    const { verdict, payments } = results.cartera ?? {}
    expect(payments).toBeGreaterThan(0)
    expect(verdict).toMatchObject({ duplicates: 0, lost: 0, afterPayment: 0, onlyInDatabase: 0, passed: true })
    expect(verdict?.uncertain).toBeLessThanOrEqual(verdict?.uncertainAllowed ?? 0)
  },
  900_000,
)

/** Runs the fault test of reminders; its verdict comes from a ledger that triggers of the test keep beside the product. */
function reminderFaults(
  ...args: string[]
): Promise<{ verdict: Record<string, number | boolean>; faults: Record<string, number> }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'bench/src/faults/reminders.ts', '--json', ...args], {
      cwd: repositoryRoot,
      env: { ...process.env, CARTERA_FAULTS_BUILT: '1' },
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
    child.once('close', () => {
      try {
        resolve(JSON.parse(stdout))
      } catch {
        reject(new Error(`the fault test did not end: ${stderr}`))
      }
    })
  })
}

test('no reminder is lost, told twice or told of an old time while workers are killed, Redis is emptied and people postpone', async () => {
  const { verdict } = await reminderFaults('--seed', '1', '--follow-ups', '60', '--seconds', '15')
  expect(verdict).toMatchObject({ lost: 0, twice: 0, old: 0, mailedTwice: 0, mailedOld: 0, passed: true })
}, 300_000)

test('reminders by delayed jobs, as everybody writes them first, fail the same test', async () => {
  const { verdict } = await reminderFaults('--seed', '1', '--seconds', '12', '--worker', 'naive-reminders')
  expect(verdict.passed).toBe(false)
}, 300_000)

test('the worker that everybody writes first fails the same test', async () => {
  const { results } = await faults('--seed', '1', '--notices', '300', '--faults', '6', '--worker', 'naive')
  expect(results.control?.verdict.passed).toBe(false)
}, 900_000)
