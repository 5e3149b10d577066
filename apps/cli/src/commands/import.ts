import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { refusalSentences, sayRefusal } from '@cartera/contract/refusals'
import { isCalendarDay } from '@cartera/domain/calendar-day'
import { type FieldSource, fatesOf, type ImportFate } from '@cartera/domain/imports/import-mapping'
import { type ReceivableField, receivableFields } from '@cartera/domain/imports/receivable-fields'
import { Refusal, type RefusalCode } from '@cartera/domain/refusal'
import { OperatorError } from '@cartera/infra/operator-error'
import { type FileImport, importFile } from '@cartera/use-cases/imports/import-file'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { withContext } from '../with-context.ts'

type Mapping = Partial<Record<ReceivableField, FieldSource>>

interface Given {
  asOf?: string
  currency?: string
  dateOrder: 'auto' | 'mdy' | 'dmy' | 'ymd'
  decimal: '.' | ',' | 'auto'
  map: Mapping
  set: Mapping
  createCustomers: boolean
  customerLanguage?: 'es' | 'en'
  activateNotices: boolean
  source?: string
  dryRun: boolean
  skipRefused: boolean
  json: boolean
}

const isField = (name: string): name is ReceivableField => (receivableFields as readonly string[]).includes(name)

/** `field=value` as it stands on the command line, gathered over repetitions. */
function source(kind: 'column' | 'text') {
  return (given: string, before: Mapping): Mapping => {
    const at = given.indexOf('=')
    const field = given.slice(0, Math.max(at, 0)).trim()
    const value = given.slice(at + 1)
    if (at < 1 || value === '') throw new InvalidArgumentError(`Write it as field=${kind}.`)
    if (!isField(field)) throw new InvalidArgumentError(`There is no field ${field}. Fields: ${receivableFields.join(', ')}.`)
    return { ...before, [field]: kind === 'column' ? { column: value } : { text: value } }
  }
}

function day(text: string): string {
  if (!isCalendarDay(text)) throw new InvalidArgumentError('Write a day that exists, as YYYY-MM-DD.')
  return text
}

const words: Partial<Record<ImportFate, string>> = {
  create: 'new',
  change: 'changed',
  unchanged: 'unchanged',
  duplicate: 'repeated in the file',
  refused: 'refused',
  'after-day': 'after the day',
}

const sentence = (code: string, params: Record<string, string | number>) =>
  code in refusalSentences ? sayRefusal(code as RefusalCode, 'en', params) : code

function summary(report: FileImport, given: Given): string {
  const lines = fatesOf('receivables')
    .filter((fate) => report.counts[fate] > 0)
    .map((fate) => `  ${String(report.counts[fate]).padStart(8)}  ${words[fate]}`)
  const outcome = report.imported
    ? `Imported as of ${report.asOf}: ${report.rowCount} rows`
    : given.dryRun
      ? `Dry run as of ${report.asOf}, nothing was changed: ${report.rowCount} rows`
      : `Nothing was imported, since rows are refused (--skip-refused imports the others): ${report.rowCount} rows`
  return `${outcome}\n${lines.join('\n')}\n`
}

function refusedLines(report: FileImport): string {
  const lines = report.refused.flatMap(({ rowNumber, errors }) =>
    errors.map((error) => `row ${rowNumber}, ${error.field}: ${sentence(error.code, error.params)} (${error.code})`),
  )
  const more = report.counts.refused - report.refused.length
  const unknown = report.refused.some(({ errors }) => errors.some((error) => error.code === 'customer-unknown'))
  const hint = unknown ? 'With --create-customers the customers that are not known are created.\n' : ''
  return `${lines.join('\n')}\n${more > 0 ? `and ${more} more rows\n` : ''}${hint}`
}

/** `cartera import receivables FILE`: the same upload, dry run and run as on the screen, for the system and without the queue. */
export function importCommands(program: Command): void {
  const group = program.command('import').description('Files becoming records')
  group
    .command('receivables')
    .argument('<file>', 'Excel or CSV file')
    .description('Import receivables as of a day: all rows or, where any is refused, none')
    .option('--as-of <day>', 'the day as of which the file is read (YYYY-MM-DD); today unless told', day)
    .option('--currency <code>', "currency of rows that name none; the company's unless told")
    .addOption(new Option('--date-order <order>', 'order of dates').choices(['auto', 'mdy', 'dmy', 'ymd']).default('auto'))
    .addOption(new Option('--decimal <sign>', 'decimal sign of amounts').choices(['auto', '.', ',']).default('auto'))
    .option('--map <field=column>', 'fill a field from a column (repeatable); headings are guessed', source('column'), {})
    .option(
      '--set <field=text>',
      'fill a field with a text, in which {column} stands for the cell (repeatable)',
      source('text'),
      {},
    )
    .option('--create-customers', 'create customers that are not known', false)
    .addOption(new Option('--customer-language <language>', 'language of created customers').choices(['es', 'en']))
    .option('--activate-notices', 'switch notices on for every customer in the file', false)
    .option('--source <name>', 'whose word these balances are: notices hold themselves when it is silent for too long')
    .option('--dry-run', 'say what would happen and change nothing', false)
    .option('--skip-refused', 'import the other rows where some are refused', false)
    .option('--json', 'print the report as JSON', false)
    .action(async (file: string, given: Given) => {
      const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        throw new OperatorError('file-unreadable', `${file} cannot be read: ${error.code ?? error.message}`)
      })
      const tell = (text: string) => {
        if (!given.json) process.stderr.write(text)
      }
      const report = await withContext((ctx) =>
        importFile(
          ctx,
          {
            fileName: basename(file),
            bytes,
            mapping: { ...given.map, ...given.set },
            options: {
              asOf: given.asOf,
              currency: given.currency,
              dateOrder: given.dateOrder,
              decimal: given.decimal,
              createCustomers: given.createCustomers,
              customerLanguage: given.customerLanguage,
              activateNotices: given.activateNotices,
              source: given.source,
            },
            dryRun: given.dryRun,
            skipRefused: given.skipRefused,
          },
          (step, rows, of) => {
            if (step === 'read') tell(`Read ${of} rows\n`)
            else if (step === 'checked') tell('Checked\n')
            else if (rows > 0) tell(`Writing: ${rows} of ${of}\n`)
          },
        ),
      ).catch((error: unknown) => {
        // "Choose the column" is said with the names that --map takes and the fields that are missing.
        if (error instanceof Refusal && error.code === 'columns-missing')
          throw new OperatorError(
            error.code,
            `${sayRefusal(error.code, 'en', error.params)} Use --map field=column or --set field=text.`,
          )
        throw error
      })
      process.stdout.write(given.json ? `${JSON.stringify(report, null, 2)}\n` : summary(report, given))
      if (report.refused.length > 0) {
        if (!given.json) process.stderr.write(refusedLines(report))
        if (!report.imported) process.exitCode = 1
      }
    })
}
