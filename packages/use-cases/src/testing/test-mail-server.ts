import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, beforeEach } from 'vitest'

export interface ReceivedMail {
  from: string
  to: string[]
  /** The bytes between DATA and the final dot. */
  raw: Buffer
}

/** A real SMTP server on loopback that writes down what it accepted before it answers 250; faults can be set per test. */
export function testMailServer() {
  const received: ReceivedMail[] = []
  const faults: {
    auth?: { code: number; message: string }
    /** May take its time: what is done meanwhile is done between the last look and the final dot. */
    rcpt?: (address: string) => { code: number; message: string } | null | Promise<null>
    /** The answer to the final dot; what is done before it comes is done after the gate. */
    data?: { code: number; message: string } | (() => Promise<{ code: number; message: string } | null>)
    /** `written`: the mail is taken, and the connection dropped before the answer. */
    dropAfterDot?: 'written' | 'lost'
  } = {}
  let connections = 0
  const refuse = ({ code, message }: { code: number; message: string }) =>
    Object.assign(new Error(message), { responseCode: code })
  const options: SMTPServerOptions = {
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onConnect(_session, done) {
      connections += 1
      done()
    },
    onAuth(auth, _session, done) {
      if (faults.auth) return done(refuse(faults.auth))
      done(null, { user: auth.username ?? '' })
    },
    onRcptTo(address, _session, done) {
      Promise.resolve(faults.rcpt?.(address.address)).then((fault) => done(fault ? refuse(fault) : null), done)
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        const fault = typeof faults.data === 'function' ? await faults.data() : faults.data
        if (fault) return done(refuse(fault))
        const mail = {
          from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
          to: session.envelope.rcptTo.map((each) => each.address),
          raw: Buffer.concat(chunks),
        }
        if (faults.dropAfterDot !== 'lost') received.push(mail)
        if (faults.dropAfterDot === undefined) return done(null, 'OK queued')
        for (const connection of (server as unknown as { connections: Set<{ _socket: { destroy(): void } }> }).connections)
          connection._socket.destroy()
      })
    },
  }
  const server = new SMTPServer(options)
  server.on('error', () => undefined)
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve())))
  afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())))
  beforeEach(() => {
    received.length = 0
    connections = 0
    for (const key of Object.keys(faults)) Reflect.deleteProperty(faults, key)
  })
  return {
    received,
    faults,
    get connections() {
      return connections
    },
    get port() {
      return (server.server.address() as AddressInfo).port
    },
  }
}
