import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { exports } from '@cartera/db/schema/exports'
import { makeExportJob, startExport } from '@cartera/use-cases/exports/make-export'
import { writeWorkbook } from '@cartera/use-cases/exports/write-workbook'
import { checkImport } from '@cartera/use-cases/imports/check-import'
import { mapImport } from '@cartera/use-cases/imports/map-import'
import { readSpreadsheet, type SheetRow } from '@cartera/use-cases/imports/read-spreadsheet'
import { markRunning, runImport } from '@cartera/use-cases/imports/run-import'
import { undoImportJob } from '@cartera/use-cases/imports/undo-import'
import { uploadImport } from '@cartera/use-cases/imports/upload-import'
import { eq } from 'drizzle-orm'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { benchContext, viewerOfLevel } from './context.ts'
import { sizesOf } from './data.ts'
import { scaleOf, withGeneratedDatabase } from './database.ts'

// Importing customers from a workbook against the bare reader plus COPY, and exporting lists, each step in a process of its own, as a worker does
// it: seconds, peak memory of that process and of the one that reads the file, and the longest time for which its event loop stood still.

interface Step {
  name: string
  rows: number
  seconds: number
  longestBlockMs: number
}
interface Report {
  steps: Step[]
  peakMb: number
  /** What the process takes with its modules loaded, TypeScript's loader among them, before it has done anything. */
  idleMb: number
  readerMb: number
}

/** The largest resident memory of the processes that this one has started, looked at often: they tell nothing when they end. */
function watchChildren() {
  let most = 0
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      try {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8')
        if (status.includes(`\nPPid:\t${process.pid}\n`))
          most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
      } catch {
        // It has ended between the two looks.
      }
  }, 100)
  return () => {
    clearInterval(timer)
    return most
  }
}

const headings = ['Id externo', 'Razón social', 'Correo', 'Identificación', 'Teléfono', 'Ciudad', 'Dirección', 'Días de crédito']
async function workbook(rows: number): Promise<Buffer> {
  function* cells() {
    for (let n = 1; n <= rows; n += 1)
      yield [
        `N-${n}`,
        `Comercial Ñandú ${n} S.A.`,
        `compras${n}@nuevo.test`,
        String(1_790_000_000_000 + n),
        `099${n}`,
        `Ciudad ${n % 40}`,
        `Avenida ${n % 900}, local ${n}`,
        String(n % 90),
      ]
  }
  const columns = headings.map((header) => ({ header, type: 'text' as const }))
  return writeWorkbook([{ name: 'Clientes', columns, rows: cells() }], { timeZone: 'America/Bogota' })
}

async function child(mode: string, url: string, file: string): Promise<void> {
  const idleMb = process.memoryUsage.rss() / 1_048_576
  const children = watchChildren()
  const steps: Step[] = []
  const step = async (name: string, work: () => Promise<number>) => {
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    const start = performance.now()
    const rows = await work()
    delay.disable()
    steps.push({ name, rows, seconds: (performance.now() - start) / 1000, longestBlockMs: delay.max / 1e6 })
  }
  if (mode === 'bare') {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query('create temp table bare (row_number integer, cells jsonb)')
    await step('bare reader plus COPY', async () => {
      const batches: SheetRow[][] = []
      let done = false
      let wake: () => void = () => undefined
      const reading = readSpreadsheet(readFileSync(file), {}, async (rows) => {
        batches.push(rows)
        wake()
      }).finally(() => {
        done = true
        wake()
      })
      const lines = async function* () {
        while (!done || batches.length > 0) {
          const rows = batches.shift()
          if (!rows) await new Promise<void>((resolve) => (wake = resolve))
          else yield rows.map(([number, cells]) => `${number}\t${JSON.stringify(cells).replaceAll('\\', '\\\\')}\n`).join('')
        }
      }
      await pipeline(Readable.from(lines()), client.query(copyFrom('copy bare from stdin')))
      return (await reading).count
    })
    await client.end()
  } else {
    const { ctx, close } = benchContext(url)
    const viewer = await viewerOfLevel(ctx, 1)
    if (mode === 'import') {
      let id = ''
      let count = 0
      await step('upload: read and keep the rows', async () => {
        const made = await uploadImport(ctx, viewer, { fileName: 'clientes.xlsx', bytes: readFileSync(file), kind: 'customers' })
        id = made.id
        count = made.rowCount
        await mapImport(ctx, viewer, id, { mapping: made.mapping, options: made.options })
        return count
      })
      await step('dry run: the fate of every row', async () => (await checkImport(ctx, viewer, id)).counts?.create ?? 0)
      await step('run: customers made and audited', async () => {
        await markRunning(ctx, viewer, id, {})
        await runImport(ctx, id)
        return count
      })
      await step('undo', async () => {
        await ctx.db.execute(
          `update imports set state = 'undoing', rows_done = 0, undone_by = '${viewer.userId}' where id = '${id}'`,
        )
        await undoImportJob.perform(ctx, { importId: id })
        return count
      })
    } else {
      const [list, format, ...filters] = mode.split(':') as ['customers' | 'receivables', 'xlsx' | 'csv', ...string[]]
      await step(`${list} as ${format}${filters.map((filter) => `, ${filter}`).join('')}`, async () => {
        const given = Object.fromEntries(filters.map((filter) => filter.split('=')))
        const { id } = await startExport(ctx, viewer, { list, format, filters: given, language: 'es' })
        await makeExportJob.perform(ctx, { exportId: id })
        const [made] = await ctx.db.select().from(exports).where(eq(exports.id, id))
        if (made?.state !== 'done') throw new Error(`the export ended ${made?.state}`)
        return made.rowsDone
      })
    }
    await close()
  }
  const report: Report = { steps, peakMb: process.resourceUsage().maxRSS / 1024, idleMb, readerMb: children() }
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

async function measured(mode: string, url: string, file: string): Promise<Report> {
  const started = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), '--child', mode, url, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let out = ''
  for await (const chunk of started.stdout) out += String(chunk)
  return JSON.parse(out.trim().split('\n').at(-1) ?? '') as Report
}

function print(title: string, { steps, peakMb, idleMb, readerMb }: Report): void {
  process.stdout.write(
    `\n${title}: peak ${peakMb.toFixed(0)} MB (${idleMb.toFixed(0)} MB of it before the first row)${readerMb > 0 ? `, the process that reads the file ${readerMb.toFixed(0)} MB` : ''}\n`,
  )
  for (const { name, rows, seconds, longestBlockMs } of steps)
    process.stdout.write(
      `  ${name.padEnd(44)} ${String(rows).padStart(8)} rows ${seconds.toFixed(1).padStart(7)} s ${Math.round(rows / seconds)
        .toString()
        .padStart(7)} rows/s, longest block ${longestBlockMs.toFixed(0)} ms\n`,
    )
}

const at = process.argv.indexOf('--child')
if (at > 0) {
  const [mode = '', url = '', file = ''] = process.argv.slice(at + 1)
  await child(mode, url, file)
} else {
  const scale = scaleOf(process.argv)
  const folder = await mkdtemp(join(tmpdir(), 'cartera-bench-files-'))
  try {
    await withGeneratedDatabase({ ...sizesOf(scale), notes: 1000, followUps: 1000, interactions: 1000 }, async (url) => {
      const rows = Math.min(Math.round(100_000 * scale), 100_000)
      const file = join(folder, 'clientes.xlsx')
      await writeFile(file, await workbook(rows))
      const bare = await measured('bare', url, file)
      print(`Bare: ${rows} rows`, bare)
      const whole = await measured('import', url, file)
      print(`Import of ${rows} customers`, whole)
      const limit = bare.steps[0]?.seconds ?? Number.NaN
      process.stdout.write(
        `  ratio to bare: ${whole.steps.map((one) => `${one.name.split(':')[0]} ${(one.seconds / limit).toFixed(1)}x`).join(', ')}\n`,
      )
      for (const mode of [
        'customers:xlsx',
        'customers:csv',
        'receivables:xlsx:bucket=days1To30',
        'receivables:xlsx',
        'receivables:csv',
      ])
        print('Export', await measured(mode, url, file))
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
