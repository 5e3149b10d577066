import { sayRefusal } from '@cartera/contract/refusals'
import { Refusal } from '@cartera/domain/refusal'
import { OperatorError } from '@cartera/infra/operator-error'
import { Command } from 'commander'
import { demoCommands } from './commands/demo.ts'
import { epochCommands } from './commands/epoch.ts'
import { importCommands } from './commands/import.ts'
import { mailAccountCommands } from './commands/mail-account.ts'
import { migrateCommand } from './commands/migrate.ts'
import { noticeCommands } from './commands/notices.ts'
import { userCommands } from './commands/users.ts'

const program = new Command('cartera')
  .description('Cartera from the command line: against the same database as the server, also while it runs.')
  .showHelpAfterError()
  .configureHelp({ sortSubcommands: true })

demoCommands(program)
epochCommands(program)
importCommands(program)
mailAccountCommands(program)
migrateCommand(program)
noticeCommands(program)
userCommands(program)

try {
  await program.parseAsync()
} catch (error) {
  // What an operator can mend is one sentence; anything else keeps its trace.
  if (error instanceof Refusal) {
    const field = error.field === undefined ? '' : `${error.field}: `
    process.stderr.write(`${field}${sayRefusal(error.code, 'en', error.params)} (${error.code})\n`)
  } else if (error instanceof OperatorError) process.stderr.write(`${error.message}\n`)
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  process.exitCode = 1
}
