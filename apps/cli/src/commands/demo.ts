import { demoPassword, demoPeople } from '@cartera/infra/demo-people'
import { loadDemoCompany, pointMailAccountsToDemoInbox } from '@cartera/use-cases/demo/load-demo-company'
import type { Command } from 'commander'
import { withContext } from '../with-context.ts'

/** `cartera demo load`: fills an empty installation with the demo company; a second time it changes nothing. */
export function demoCommands(program: Command): void {
  const demo = program.command('demo').description('The demo company')
  demo
    .command('load')
    .description('Fill an empty installation with the demo company (people, customers, portfolio, notes); once')
    .action(async () => {
      const loaded = await withContext(async (ctx) => {
        const first = await loadDemoCompany(ctx, demoPeople, demoPassword)
        if (first === null) await pointMailAccountsToDemoInbox(ctx)
        return first
      })
      process.stdout.write(
        loaded === null
          ? 'The installation is not empty; nothing was changed.\n'
          : `Loaded ${loaded.customers} customers, ${loaded.receivables} receivables, ${loaded.notes} notes and ${loaded.followUps} follow-ups.\n`,
      )
    })
}
