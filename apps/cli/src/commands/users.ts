import { createInterface } from 'node:readline/promises'
import { OperatorError } from '@cartera/infra/operator-error'
import { createAdministrator } from '@cartera/use-cases/users/create-administrator'
import { type Command, Option } from 'commander'
import { withContext } from '../with-context.ts'

interface CreateAdminOptions {
  name: string
  email: string
  password?: string
  company: string
  timeZone: string
  currency: string
  language: 'es' | 'en'
}

/** Asks for a secret on the terminal without showing it; from a pipe the first line is read. */
async function askSecret(question: string): Promise<string> {
  const terminal = process.stdin.isTTY === true
  if (terminal) process.stderr.write(question)
  // Without an output nothing that is typed is echoed.
  const lines = createInterface({ input: process.stdin, terminal })
  try {
    for await (const line of lines) return line
  } finally {
    lines.close()
    if (terminal) process.stderr.write('\n')
  }
  throw new OperatorError('password-missing', 'No password was given.')
}

/** `cartera users create-admin`: the first administrator of an installation, or one more. */
export function userCommands(program: Command): void {
  program
    .command('users')
    .description('People who sign in')
    .command('create-admin')
    .description('Create an administrator; on an empty installation also the company')
    .requiredOption('--name <name>', 'full name')
    .requiredOption('--email <address>', 'what they sign in with')
    .addOption(
      new Option('--password <password>', 'at least 10 characters; asked for when left out').env('CARTERA_ADMIN_PASSWORD'),
    )
    .option('--company <name>', 'name of the company, when it is made', 'Cartera')
    .option('--time-zone <zone>', 'IANA time zone of the company', Intl.DateTimeFormat().resolvedOptions().timeZone)
    .option('--currency <code>', 'ISO 4217 currency of the company', 'USD')
    .addOption(new Option('--language <language>', 'of the administrator and the company').choices(['es', 'en']).default('es'))
    .action(async ({ name, email, password, company, timeZone, currency, language }: CreateAdminOptions) => {
      const given = password ?? (await askSecret('Password: '))
      const made = await withContext((ctx) =>
        createAdministrator(ctx, { name, email, password: given, language, company: { name: company, timeZone, currency } }),
      )
      process.stdout.write(
        made.setUp ? `Set up ${company}; ${email} is its administrator.\n` : `${email} is an administrator now.\n`,
      )
    })
}
