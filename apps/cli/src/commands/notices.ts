import { readFileSync } from 'node:fs'
import { isCalendarDay } from '@cartera/domain/calendar-day'
import { OperatorError } from '@cartera/infra/operator-error'
import { enableNoticesForCustomers } from '@cartera/use-cases/notices/enable-notices'
import { findCustomersByCode } from '@cartera/use-cases/notices/find-customers-by-code'
import { previewPlan } from '@cartera/use-cases/notices/plan-notices'
import { runDay } from '@cartera/use-cases/notices/run-day'
import { type NoticeEvidence, settleByEvidence } from '@cartera/use-cases/notices/settle-uncertain'
import { type Command, InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { sayProblem } from '../say-problem.ts'
import { withContext } from '../with-context.ts'

function day(text: string): string {
  if (!isCalendarDay(text)) throw new InvalidArgumentError('Write a day that exists, as YYYY-MM-DD.')
  return text
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`)
}
const amountsOf = (totals: readonly { currency: string; amount: string }[]) =>
  totals.map(({ currency, amount }) => `${currency} ${amount}`).join(', ')
const stateOf = (state: string, reason: string | null) => (reason === null ? state : `${state} (${reason})`)

const evidenceLine = z.object({
  messageId: z.string().min(3).max(998),
  outcome: z.enum(['accepted', 'refused']),
  detail: z.string().max(2000).default(''),
  at: z.iso.datetime({ offset: true }).optional(),
})

/** The whole file is read before anything is changed: a line that cannot be understood stops it, with its number. */
function readEvidence(path: string): NoticeEvidence[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new OperatorError(
      'file-unreadable',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      const { messageId, outcome, detail, at } = evidenceLine.parse(JSON.parse(line))
      const id = messageId.startsWith('<') ? messageId : `<${messageId}>`
      return [{ messageId: id, outcome, detail, at: at === undefined ? undefined : new Date(at) }]
    } catch {
      throw new OperatorError(
        'evidence-invalid',
        `Line ${index + 1} of ${path} is no evidence. Write {"messageId": "<...>", "outcome": "accepted" or "refused", "detail": "what the server said"}. Nothing was changed.`,
      )
    }
  })
}

/** `cartera notices plan|run|enable`: what leaves on a day, making it leave, and switching notices on. */
export function noticeCommands(program: Command): void {
  const notices = program.command('notices').description('Notices of due dates: what leaves on a day, and making it leave')

  notices
    .command('plan')
    .description('What leaves on a day and what does not, and why; changes nothing')
    .requiredOption('--on <day>', 'the day, YYYY-MM-DD', day)
    .option('--json', 'the whole plan as JSON', false)
    .action(async (given: { on: string; json: boolean }) => {
      const plan = await withContext((ctx) => previewPlan(ctx, given.on))
      if (given.json) return print(JSON.stringify(plan, null, 2))
      for (const message of plan.messages)
        print(
          [
            stateOf(message.state, message.reason).padEnd(28),
            message.kind.padEnd(10),
            `${message.customer.externalId} ${message.customer.name}`.padEnd(40),
            `${message.items.length} items`.padStart(10),
            amountsOf(message.totals),
          ].join('  '),
        )
      print(`${plan.messages.length} messages on ${plan.day}`)
    })

  notices
    .command('run')
    .description('Plan a day and send it at once; a second time sends nothing more')
    .requiredOption('--on <day>', 'the day, YYYY-MM-DD', day)
    .option('--json', 'the counts as JSON', false)
    .action(async (given: { on: string; json: boolean }) => {
      const { problem, ...ran } = await withContext((ctx) => runDay(ctx, given.on))
      if (given.json) return print(JSON.stringify(problem === null ? ran : { ...ran, problem }, null, 2))
      print(`${ran.day}: ${ran.planned} messages planned, ${ran.sent} sent`)
      if (!ran.businessDay) print('It is no business day: nothing leaves.')
      if (problem !== null) print(sayProblem(problem))
      for (const { state, reason, count } of ran.counts) print(`  ${String(count).padStart(8)}  ${stateOf(state, reason)}`)
    })

  notices
    .command('evidence')
    .description(
      'Settle uncertain notices by the log of a mail server: JSON lines with messageId, outcome and, as may be, detail and at',
    )
    .requiredOption('--file <path>', 'a file of JSON lines')
    .action(async (given: { file: string }) => {
      const evidence = readEvidence(given.file)
      const { sent, failed, untouched } = await withContext((ctx) => settleByEvidence(ctx, 'relay-evidence', evidence))
      print(
        `${evidence.length} lines: ${sent} notices were sent, ${failed} were refused, ${untouched} lines are of no uncertain notice.`,
      )
    })

  notices
    .command('enable')
    .description('Switch notices on for customers')
    .option('--all', 'for all customers', false)
    .option('--customer <code...>', 'for these, by code or external id')
    .action(async (given: { all: boolean; customer?: string[] }) => {
      if (given.all === (given.customer !== undefined))
        throw new OperatorError('customers-missing', 'Give either --all or --customer CODE...')
      const switched = await withContext(async (ctx) => {
        if (given.customer === undefined) return enableNoticesForCustomers(ctx, null)
        const { ids, unknown } = await findCustomersByCode(ctx, given.customer)
        if (unknown.length > 0)
          throw new OperatorError('customer-unknown', `There is no customer ${unknown.join(', ')}. Give codes or external ids.`)
        return enableNoticesForCustomers(ctx, ids)
      })
      print(`Notices switched on for ${switched.length} customers.`)
    })
}
