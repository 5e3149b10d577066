import { SMTPServer } from 'smtp-server'

/** A mail as it came over the wire, dots unstuffed and nothing else changed. */
export interface LedgerMail {
  from: string
  to: string[]
  raw: Buffer
}

/** What is wrong with the server for a while, by the mail's first recipient. */
interface SmtpFaults {
  /** Answers this instead of taking the mail. */
  refuse?: (to: string) => { code: number; message: string } | null
  /** The connection ends after the final dot without an answer: `written` the mail was taken, `lost` it was not. */
  dropAfterDot?: (to: string) => 'written' | 'lost' | null
}

/** A real SMTP server that writes down every mail before it answers 250, so that what it holds is what left. */
export interface SmtpLedger {
  port: number
  /** The one that is taken now: whoever comes with another gets 535. */
  password: string
  faults: SmtpFaults
  /** Every mail with a recipient at this domain or below it, in the order of arrival. */
  to(domain: string): LedgerMail[]
  count(): number
  stop(): Promise<void>
}

/** Starts a ledger on loopback that takes mail from this user alone. */
export async function startSmtpLedger(user: string, password: string): Promise<SmtpLedger> {
  const mails: LedgerMail[] = []
  const ledger: SmtpLedger = {
    port: 0,
    password,
    faults: {},
    to: (domain) => mails.filter(({ to }) => to.some((each) => each.endsWith(`@${domain}`) || each.endsWith(`.${domain}`))),
    count: () => mails.length,
    stop: () => new Promise<void>((resolve) => smtp.close(() => resolve())),
  }
  const smtp = new SMTPServer({
    banner: 'ledger',
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth: (auth, _session, done) => {
      if (auth.username === user && auth.password === ledger.password) done(null, { user })
      else done(Object.assign(new Error('wrong user or password'), { responseCode: 535 }))
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const first = rcptTo[0]?.address ?? ''
        const refusal = ledger.faults.refuse?.(first)
        if (refusal) return done(Object.assign(new Error(refusal.message), { responseCode: refusal.code }))
        const drop = ledger.faults.dropAfterDot?.(first) ?? null
        const mail = {
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(chunks),
        }
        if (drop !== 'lost') mails.push(mail)
        if (drop === null) done()
        else hangUp(smtp, session.id)
      })
    },
  })
  // A client that hangs up in the middle is no concern of the ledger's.
  smtp.on('error', () => undefined)
  await new Promise<void>((resolve) => smtp.listen(0, '127.0.0.1', () => resolve()))
  const address = smtp.server.address()
  if (address === null || typeof address === 'string') throw new Error('the ledger has no port')
  ledger.port = address.port
  return ledger
}

/** Drops the connection of one session, and no other. */
function hangUp(smtp: SMTPServer, sessionId: string): void {
  const { connections } = smtp as unknown as { connections: Set<{ id: string; _socket: { destroy(): void } }> }
  for (const connection of connections) if (connection.id === sessionId) connection._socket.destroy()
}
