import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { repositoryRoot } from './data-dir.ts'
import { expressionsBelow, findSlowExpressions } from './regular-expressions.ts'
import { prepareTestMachine, startRedis, type TestMachine } from './test-machine.ts'

interface Outcome {
  passed: number
  failed: number
  skipped: number
  /** Shown when something failed. */
  output: string
}

interface Step {
  name: string
  run: () => Promise<Outcome>
}

const folder = mkdtempSync(join(tmpdir(), 'cartera-tests-'))
const env: NodeJS.ProcessEnv = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  REDOCLY_TELEMETRY: 'off',
  REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
  // Everything is installed by now; asking again in every package takes longer than some checks.
  npm_config_verify_deps_before_run: 'false',
}

const ok: Outcome = { passed: 1, failed: 0, skipped: 0, output: '' }
const failure = (output: string): Outcome => ({ passed: 0, failed: 1, skipped: 0, output })

/** Runs a program of node_modules/.bin (or an absolute one) to its end. */
function run(program: string, args: string[], options: { cwd?: string; show?: boolean; limitMs?: number } = {}) {
  const command = program.startsWith('/') ? program : join(repositoryRoot, 'node_modules', '.bin', program)
  return new Promise<{ code: number; stdout: string; output: string }>((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? repositoryRoot,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.limitMs ?? 900_000,
    })
    let stdout = ''
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
      output += text
      if (options.show) process.stdout.write(text)
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (options.show) process.stderr.write(text)
    })
    child.once('error', (error) => resolve({ code: 1, stdout, output: `${output}\n${error.message}` }))
    child.once('close', (code, signal) =>
      resolve({ code: code ?? 1, stdout, output: signal ? `${output}\nended by ${signal}` : output }),
    )
  })
}

/** A rail is one test: it passes with exit code 0. */
function rail(name: string, program: string, args: string[]): Step {
  return {
    name,
    run: async () => {
      const { code, output } = await run(program, args)
      return code === 0 ? ok : failure(output)
    },
  }
}

/** The committed migrations must say all that the schema says: drizzle-kit, run on a copy, finds nothing to add. */
async function checkMigrationDrift(): Promise<Outcome> {
  const db = join(repositoryRoot, 'packages', 'db')
  const copy = join(folder, 'migrations')
  cpSync(join(db, 'migrations'), copy, { recursive: true })
  const before = readdirSync(copy).length
  const { default: config } = (await import(join(db, 'drizzle.config.ts'))) as {
    default: { dialect: string; schema: string; casing: string }
  }
  const { code, output } = await run(
    join(db, 'node_modules', '.bin', 'drizzle-kit'),
    ['generate', '--dialect', config.dialect, '--schema', config.schema, '--casing', config.casing, '--out', relative(db, copy)],
    { cwd: db, limitMs: 120_000 },
  )
  const added = readdirSync(copy).length - before
  if (code !== 0) return failure(output)
  if (added > 0)
    return failure(`${output}\nThe schema says more than the migrations: run \`pnpm db:generate\` and commit what it writes.`)
  return ok
}

/** Both linters read the document that the API generates; spectral's OWASP rules must find no error. */
async function lintOpenApi(): Promise<Outcome> {
  const printed = await run(process.execPath, ['--import', 'tsx', join('apps', 'api', 'src', 'print-openapi.ts')])
  if (printed.code !== 0) return failure(printed.output)
  const document = join(folder, 'openapi.json')
  writeFileSync(document, printed.stdout)
  const spectral = await run('spectral', [
    'lint',
    document,
    '--ruleset',
    '.spectral.yaml',
    '--fail-severity',
    'error',
    '--display-only-failures',
    '--quiet',
  ])
  const redocly = await run('redocly', ['lint', document, '--config', 'redocly.yaml'])
  const outcomes = [spectral, redocly]
  return {
    passed: outcomes.filter((outcome) => outcome.code === 0).length,
    failed: outcomes.filter((outcome) => outcome.code !== 0).length,
    skipped: 0,
    output: outcomes.map((outcome) => (outcome.code === 0 ? '' : outcome.output)).join('\n'),
  }
}

async function checkExpressions(): Promise<Outcome> {
  const expressions = ['packages', 'apps', 'infra', 'e2e', 'bench'].flatMap((name) =>
    expressionsBelow(join(repositoryRoot, name)),
  )
  const problems = await findSlowExpressions(
    expressions.map((found) => ({ ...found, file: relative(repositoryRoot, found.file) })),
  )
  return problems.length === 0 ? ok : failure(problems.join('\n'))
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { name: string; status: string; message?: string; assertionResults: { status: string }[] }[]
}

async function runVitest(machine: TestMachine): Promise<Outcome> {
  if (machine.chromium) env.CARTERA_CHROMIUM = machine.chromium
  const redis = machine.redisServer ? await startRedis(machine.redisServer) : null
  if (redis) env.TEST_REDIS_URL = redis.url
  const reportFile = join(folder, 'vitest.json')
  const projects = ['domain', 'node', 'web', ...(machine.chromium ? ['e2e'] : [])].flatMap((name) => ['--project', name])
  try {
    const args = ['run', ...projects, '--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
    const { code } = await run('vitest', args, { show: true, limitMs: 4_500_000 })
    let report: VitestReport
    try {
      report = JSON.parse(readFileSync(reportFile, 'utf8'))
    } catch {
      return failure('vitest ended without a report')
    }
    // A file that cannot even be loaded has no tests in the report; it is one failure.
    const unloaded = report.testResults.filter(
      (file) => file.status === 'failed' && !file.assertionResults.some((each) => each.status === 'failed'),
    )
    let failed = report.numFailedTests + unloaded.length
    const output = unloaded.map((file) => `${file.name}: ${file.message ?? 'could not be loaded'}`)
    if (code !== 0 && failed === 0) {
      failed = 1
      output.push('vitest failed outside of any test (see above)')
    }
    return {
      passed: report.numPassedTests,
      failed,
      skipped: report.numPendingTests + report.numTodoTests,
      output: output.join('\n'),
    }
  } finally {
    await redis?.stop()
  }
}

async function main(): Promise<number> {
  const wished = process.argv.slice(2).filter((arg) => arg !== '--')
  let machine: TestMachine = { chromium: null, redisServer: null, problems: [] }
  const steps: Step[] = [
    {
      name: 'set-up',
      run: async () => {
        machine = await prepareTestMachine((line) => console.log(`  … ${line}`))
        // Set-up is no test: it counts only when it fails.
        return machine.problems.length > 0 ? failure(machine.problems.join('\n')) : { ...ok, passed: 0 }
      },
    },
    rail('biome', 'biome', ['check', '.', '--error-on-warnings']),
    rail('dependency rules', 'depcruise', ['--config', '.dependency-cruiser.cjs', 'packages', 'apps', 'infra', 'e2e', 'bench']),
    rail('knip', 'knip', ['--no-progress', '--no-config-hints']),
    { name: 'migration drift', run: checkMigrationDrift },
    { name: 'OpenAPI lint', run: lintOpenApi },
    { name: 'regular expressions', run: checkExpressions },
    // One program for all that runs in Node: eleven would read the shared sources eleven times.
    rail('types', 'tsc', ['--noEmit', '--project', 'tsconfig.json']),
    rail('types of the web', 'turbo', [
      'run',
      'typecheck',
      '--filter=@cartera/web',
      '--output-logs=errors-only',
      '--env-mode=loose',
    ]),
    rail('build', 'turbo', ['run', 'build', '--concurrency=2', '--output-logs=errors-only', '--env-mode=loose', '--continue']),
    { name: 'vitest', run: () => runVitest(machine) },
  ]
  const chosen = wished.length === 0 ? steps : steps.filter((step) => step.name === 'set-up' || wished.includes(step.name))
  if (wished.some((name) => !steps.some((step) => step.name === name))) {
    console.error(`Steps: ${steps.map((step) => `"${step.name}"`).join(', ')}`)
    return 1
  }

  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const step of chosen) {
    const startedAt = performance.now()
    const outcome = await step
      .run()
      .catch((error: unknown) => failure(error instanceof Error ? (error.stack ?? error.message) : String(error)))
    total.passed += outcome.passed
    total.failed += outcome.failed
    total.skipped += outcome.skipped
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    const counts = outcome.passed + outcome.failed > 1 ? `, ${outcome.passed} passed, ${outcome.failed} failed` : ''
    console.log(`${outcome.failed === 0 ? '✓' : '✗'} ${step.name} (${seconds} s${counts})`)
    if (outcome.failed > 0 && outcome.output) console.log(indent(lastLines(outcome.output, 120)))
  }
  console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`)
  return total.failed === 0 ? 0 : 1
}

function lastLines(text: string, count: number): string {
  const lines = text.trim().split('\n')
  return lines.length <= count
    ? lines.join('\n')
    : [`(${lines.length - count} lines left out)`, ...lines.slice(-count)].join('\n')
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}

main()
  .finally(() => rmSync(folder, { recursive: true, force: true }))
  .then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error)
      console.log('0 passed, 1 failed')
      process.exit(1)
    },
  )
