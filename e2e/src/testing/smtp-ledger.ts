import { SMTPServer } from 'smtp-server'

/** A mail as it came over the wire, dots unstuffed and nothing else changed. */
export interface LedgerMail {
  from: string
  to: string[]
  raw: Buffer
}

/** A real SMTP server that writes down every mail before it answers 250, so that what it holds is what left. */
export interface SmtpLedger {
  port: number
  /** Every mail with a recipient at this domain or below it, in the order of arrival. */
  to(domain: string): LedgerMail[]
  count(): number
  stop(): Promise<void>
}

/** Starts a ledger on loopback that takes mail from this user alone. */
export async function startSmtpLedger(user: string, password: string): Promise<SmtpLedger> {
  const mails: LedgerMail[] = []
  const smtp = new SMTPServer({
    banner: 'ledger',
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth: (auth, _session, done) => {
      if (auth.username === user && auth.password === password) done(null, { user })
      else done(Object.assign(new Error('wrong user or password'), { responseCode: 535 }))
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks),
        })
        done()
      })
    },
  })
  // A client that hangs up in the middle is no concern of the ledger's.
  smtp.on('error', () => undefined)
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()))
  const address = smtp.server.address()
  if (address === null || typeof address === 'string') throw new Error('the ledger has no port')
  return {
    port: address.port,
    to: (domain) => mails.filter(({ to }) => to.some((each) => each.endsWith(`@${domain}`) || each.endsWith(`.${domain}`))),
    count: () => mails.length,
    stop: () => new Promise<void>((resolve) => smtp.close(() => resolve())),
  }
}
