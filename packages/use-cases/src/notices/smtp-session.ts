import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import type { SmtpOptions } from '../mail-accounts/open-transport.ts'

/** Why nothing was accepted, or that it is unknown. */
export type Delivery =
  | { kind: 'accepted'; response: string; accepted: string[]; refused: RefusedRecipient[] }
  /** The gate stayed closed: the final dot was never sent. */
  | { kind: 'gate-closed' }
  /** Definitely not accepted: the server said no, or was not reached, before the final dot or instead of accepting. */
  | { kind: 'refused'; permanent: boolean; response: string; refused: RefusedRecipient[] }
  | { kind: 'not-reached'; response: string }
  /** The server does not take the user or the password. */
  | { kind: 'account-refused'; response: string }
  /** The final dot was sent and no answer came. */
  | { kind: 'unknown'; response: string }

export interface RefusedRecipient {
  address: string
  response: string
  /** For good (5xx), or for now. */
  permanent: boolean
}

interface SmtpError {
  code?: string
  responseCode?: number
  response?: string
  message?: string
  command?: string
  rejectedErrors?: { recipient?: string; response?: string; message?: string; responseCode?: number }[]
}

/** After the final dot a server may take its time; giving up early would leave it unknown for nothing. */
const replyTimeoutMs = 120_000

const sayError = (error: unknown) => {
  const { response, message } = error as SmtpError
  return String(response ?? message ?? error)
    .replace(/[\p{C}\s]+/gu, ' ')
    .slice(0, 500)
}
const refusedOf = (errors: SmtpError['rejectedErrors']) =>
  (errors ?? []).map((each) => ({
    address: each.recipient ?? '',
    response: sayError(each),
    permanent: (each.responseCode ?? 0) >= 500,
  }))

/** One connection to a mail server that delivers one message after the other. */
export class SmtpSession {
  readonly #options: SmtpOptions
  #connection: SMTPConnection | undefined
  #broken = false

  constructor(options: SmtpOptions) {
    this.#options = options
  }

  /** Whether the connection can take another message. */
  get usable(): boolean {
    return this.#connection !== undefined && !this.#broken && !this.#connection.destroyed
  }

  async #open(): Promise<Delivery | null> {
    if (this.usable) return null
    this.close()
    const connection = new SMTPConnection({
      ...this.#options,
      socketTimeout: replyTimeoutMs,
      // A refused gate must end the connection at once, without a word more.
      socketCloseTimeout: 0,
    })
    this.#connection = connection
    this.#broken = false
    connection.on('error', () => {
      this.#broken = true
    })
    connection.once('end', () => {
      this.#broken = true
    })
    try {
      await new Promise<void>((resolve, reject) => {
        connection.once('error', reject)
        connection.connect((error) => (error ? reject(error) : resolve()))
      })
      const { auth } = this.#options
      if (auth)
        await new Promise<void>((resolve, reject) => {
          connection.once('error', reject)
          connection.login(auth, (error) => (error ? reject(error) : resolve()))
        })
      return null
    } catch (error) {
      this.close()
      const { code, responseCode } = error as SmtpError
      // 454 and the like are passing; 535, 534 and 530 are about the account.
      const account = code === 'EAUTH' && responseCode !== undefined && responseCode >= 500
      return account ? { kind: 'account-refused', response: sayError(error) } : { kind: 'not-reached', response: sayError(error) }
    }
  }

  /**
   * Delivers one message. `gate` runs when everything but the final dot has been handed over, and only if it answers true the dot is
   * sent. What is thrown in the gate closes it.
   */
  async deliver(
    envelope: { from: string; to: readonly string[] },
    source: Buffer,
    gate: () => Promise<boolean>,
  ): Promise<Delivery> {
    const reused = this.usable
    let gateRan = false
    const watchedGate = () => {
      gateRan = true
      return gate()
    }
    const delivery = await this.#deliverOnce(envelope, source, watchedGate)
    // A server may end a connection that idled between two messages: that says nothing about this one.
    if (delivery.kind === 'not-reached' && reused && !gateRan) return this.#deliverOnce(envelope, source, watchedGate)
    return delivery
  }

  async #deliverOnce(
    envelope: { from: string; to: readonly string[] },
    source: Buffer,
    gate: () => Promise<boolean>,
  ): Promise<Delivery> {
    const failed = await this.#open()
    const connection = this.#connection
    if (failed || !connection) return failed ?? { kind: 'not-reached', response: 'closed' }

    const delivery = await new Promise<Delivery>((resolve) => {
      let gateRun: Promise<boolean> | undefined
      let handedOver = false
      let dotSent = false
      let settled = false
      /** `decide` is asked once a gate that is being passed has said what it says, so that no commit comes after the decision. */
      const settle = (decide: () => Delivery) => {
        if (settled) return
        settled = true
        connection.removeListener('end', onEnd)
        void (gateRun ?? Promise.resolve(false)).catch(() => false).then(() => resolve(decide()))
      }
      const interrupted = (error: unknown) => (): Delivery =>
        dotSent ? { kind: 'unknown', response: sayError(error) } : { kind: 'not-reached', response: sayError(error) }
      const onEnd = () => settle(interrupted(new Error('the connection ended')))
      connection.once('end', onEnd)

      const body = new Readable({
        read() {
          if (gateRun !== undefined) return
          if (!handedOver) {
            handedOver = true
            this.push(source)
            return
          }
          // The read after the last byte: the end of this stream is the final dot.
          gateRun = settled ? Promise.resolve(false) : gate()
          gateRun.then(
            (open) => {
              if (open && !settled) {
                dotSent = true
                this.push(null)
              } else {
                settle(() => ({ kind: 'gate-closed' }))
                connection.close()
              }
            },
            () => {
              settle(() => ({ kind: 'gate-closed' }))
              connection.close()
            },
          )
        },
      })
      connection.send({ from: envelope.from, to: [...envelope.to], size: source.length }, body, (error, info) => {
        if (!error && info) {
          const refused = refusedOf(info.rejectedErrors as SmtpError['rejectedErrors'])
          // A server that answers before the dot has not been given a message.
          return settle(() =>
            dotSent
              ? { kind: 'accepted', response: info.response.slice(0, 500), accepted: info.accepted, refused }
              : { kind: 'not-reached', response: sayError(info.response) },
          )
        }
        const failure = error as unknown as SmtpError
        const { responseCode } = failure
        if (responseCode === undefined || responseCode < 400 || responseCode >= 600) return settle(interrupted(failure))
        return settle(() => ({
          kind: 'refused',
          permanent: responseCode >= 500,
          response: sayError(failure),
          refused: refusedOf(failure.rejectedErrors),
        }))
      })
    })
    if (delivery.kind !== 'accepted') this.close()
    return delivery
  }

  close(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  /** Ends the connection politely. */
  quit(): void {
    if (this.usable) this.#connection?.quit()
    this.#connection = undefined
  }
}
