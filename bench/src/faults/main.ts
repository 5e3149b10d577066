import { parseArgs } from 'node:util'
import { buildApps } from '@cartera/infra/instance'
import { type FaultName, type FaultRun, faultNames, runFaults } from './run-faults.ts'

// pnpm test:faults [--seed N] [--notices N] [--faults N] [--backend redis|postgres] [--each] [--control] [--json]
// Verdict by the ledger of a mail server that is a process of its own. --each: every fault alone, with the time until the next mail
// (F3). --control: also the naive worker, which must fail (--worker naive: that alone). Ends with 1 when the product fails, or the control does not.

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    notices: { type: 'string', default: '1500' },
    faults: { type: 'string', default: '20' },
    backend: { type: 'string', default: 'redis' },
    workers: { type: 'string', default: '2' },
    lanes: { type: 'string', default: '5' },
    delay: { type: 'string', default: '5' },
    only: { type: 'string' },
    worker: { type: 'string', default: 'cartera' },
    each: { type: 'boolean', default: false },
    control: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
})
const number = (name: 'seed' | 'notices' | 'faults' | 'workers' | 'lanes' | 'delay'): number => {
  const value = Number(values[name])
  if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`)
  return value
}
const { backend, only } = values
if (backend !== 'redis' && backend !== 'postgres') throw new Error('--backend is redis or postgres')
const isFault = (name: string): name is FaultName => (faultNames as readonly string[]).includes(name)
if (only !== undefined && !isFault(only)) throw new Error(`--only is one of ${faultNames.join(', ')}`)

const print = (line: string): void => {
  ;(values.json ? process.stderr : process.stdout).write(`${line}\n`)
}
const show = (title: string, run: FaultRun) => {
  const { verdict } = run
  print(`\n${title}: ${verdict.passed ? 'holds' : 'FAILS'}`)
  print(`  mails in the ledger   ${verdict.mails}`)
  print(`  payments meanwhile    ${run.payments}`)
  print(`  duplicates            ${verdict.duplicates}`)
  print(`  lost                  ${verdict.lost}`)
  print(`  after payment         ${verdict.afterPayment}`)
  print(`  sent without a mail   ${verdict.onlyInDatabase}`)
  print(`  uncertain             ${verdict.uncertain} (at most ${verdict.uncertainAllowed})`)
  print(
    `  states                ${Object.entries(verdict.states)
      .map(([state, count]) => `${state} ${count}`)
      .join(', ')}`,
  )
  if (Object.keys(run.faults).length > 0)
    print(
      `  faults                ${Object.entries(run.faults)
        .map(([name, count]) => `${name} ${count}`)
        .join(', ')}`,
    )
  for (const [name, ms] of Object.entries(run.recovery)) print(`  next mail after ${name}: ${Math.round(ms)} ms at most`)
  print(`  took                  ${run.seconds} s`)
}

if (process.env.CARTERA_FAULTS_BUILT !== '1') await buildApps(['worker'])
const usual = {
  seed: number('seed'),
  notices: number('notices'),
  faults: number('faults'),
  workers: number('workers'),
  lanes: number('lanes'),
  smtpDelayMs: number('delay'),
  backend,
} as const
let ok = true
const results: Record<string, FaultRun> = {}
if (values.each) {
  for (const name of faultNames) {
    if (backend === 'postgres' && name.startsWith('redis')) continue
    // Slow enough that there is always a next mail to wait for.
    const slowly = { notices: 1400, faults: 2, lanes: 2, smtpDelayMs: 150 }
    const run = await runFaults({ ...usual, ...slowly, worker: 'cartera', only: name }, print)
    results[name] = run
    const inTime = Object.values(run.recovery).every((ms) => ms <= 5000)
    if (!run.verdict.passed || !inTime) ok = false
    show(`F3 ${name}${inTime ? '' : ' (too late)'}`, run)
  }
} else if (values.worker === 'cartera') {
  const run = await runFaults({ ...usual, worker: 'cartera', only: only ?? null }, print)
  results.cartera = run
  if (!run.verdict.passed) ok = false
  show(`${usual.notices} notices, ${usual.faults} faults, seed ${usual.seed}, ${backend}`, run)
}
if (values.control || values.worker === 'naive') {
  const run = await runFaults({ ...usual, worker: 'naive', only: only ?? null }, print)
  results.control = run
  if (run.verdict.passed) ok = false
  show('control (naive worker), which must fail', run)
}
if (values.json) process.stdout.write(`${JSON.stringify({ ok, results })}\n`)
process.exitCode = ok ? 0 : 1
