import { confirmEpoch, findEpoch } from '@cartera/use-cases/notices/installation-epoch'
import { sendingProblem } from '@cartera/use-cases/notices/send-notices'
import type { Command } from 'commander'
import { sayProblem } from '../say-problem.ts'
import { withContext } from '../with-context.ts'

/** `cartera epoch show|confirm`: which machine sends the notices of this database. */
export function epochCommands(program: Command): void {
  const epoch = program.command('epoch').description('Which machine sends the notices of this database')

  epoch
    .command('show')
    .description('Whether this machine may send')
    .action(async () => {
      await withContext(async (ctx) => {
        const problem = await sendingProblem(ctx)
        const row = await findEpoch(ctx.db)
        process.stdout.write(`This machine: ${ctx.sending?.epoch}\nThe database: ${row?.epoch ?? 'none'}\n`)
        process.stdout.write(problem === null ? 'This machine sends.\n' : `${sayProblem(problem)}\n`)
      })
    })

  epoch
    .command('confirm')
    .description('From now on this machine sends, and no other: after restoring a backup or moving to another machine')
    .action(async () => {
      await withContext(async (ctx) => {
        if (ctx.sending === null) return
        await confirmEpoch(ctx, null, ctx.sending.epoch)
        const problem = await sendingProblem(ctx)
        process.stdout.write(problem === null ? 'Confirmed: this machine sends.\n' : `${sayProblem(problem)}\n`)
      })
    })
}
