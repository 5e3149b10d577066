import { OperatorError } from '@cartera/infra/operator-error'
import { operateMailAccount } from '@cartera/use-cases/mail-accounts/operate-mail-account'
import { type Command, Option } from 'commander'
import { withContext } from '../with-context.ts'

interface MailAccountOptions {
  user: string
  address: string
  displayName?: string
  host: string
  port: string
  security: 'tls' | 'starttls' | 'none'
  username?: string
  password?: string
  verify?: true
  assumeVerified?: true
}

/** `cartera mail-account set`: from which SMTP account a user's notices leave. */
export function mailAccountCommands(program: Command): void {
  program
    .command('mail-account')
    .description('SMTP accounts, from which notices leave')
    .command('set')
    .description("Define a user's mail account")
    .requiredOption('--user <email>', 'the user, by what they sign in with')
    .requiredOption('--address <address>', 'what the mail comes from')
    .option('--display-name <name>', "the name beside the address (else the user's)")
    .requiredOption('--host <host>', 'SMTP server')
    .requiredOption('--port <port>', '465 with tls, 587 with starttls, as a rule')
    .addOption(
      new Option('--security <kind>', 'how the connection is secured').choices(['tls', 'starttls', 'none']).default('tls'),
    )
    .option('--username <name>', 'left out: no authentication')
    .addOption(new Option('--password <password>', 'of the account').env('CARTERA_MAIL_PASSWORD'))
    .addOption(new Option('--verify', 'connect, sign in and send a test mail').conflicts('assumeVerified'))
    .option('--assume-verified', 'take it as usable without trying it')
    .action(async (options: MailAccountOptions) => {
      const port = Number(options.port)
      if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw new OperatorError('port-invalid', `--port must be a whole number from 1 to 65535, not ${options.port}.`)
      const { user, address, displayName = null, host, security, username = null, password = null } = options
      const proof = options.verify ? 'verify' : options.assumeVerified ? 'assume' : 'none'
      await withContext((ctx) =>
        operateMailAccount(ctx, { user, address, displayName, host, port, security, username, password }, proof),
      )
      process.stdout.write(
        proof === 'none'
          ? `Stored. It is used once it is verified (--verify, or My account).\n`
          : `Stored and ${proof === 'verify' ? 'verified' : 'taken as verified'}; notices of ${user} leave from ${address}.\n`,
      )
    })
}
