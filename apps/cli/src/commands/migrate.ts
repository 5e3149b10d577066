import type { Command } from 'commander'
import { withContext } from '../with-context.ts'

/** `cartera migrate`: brings the database to the present schema, which every command does first; for deployments that want it done alone. */
export function migrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database to the present schema')
    .action(async () => {
      await withContext(async () => undefined)
      process.stdout.write('The database is up to date.\n')
    })
}
