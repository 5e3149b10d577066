import type { AppContext } from '../app-context.ts'
import { type MailAccount, smtpOptionsOf } from '../mail-accounts/open-transport.ts'
import { SmtpSession } from './smtp-session.ts'

/** A token of a mailbox may run out, and servers end connections that grow old. */
const oldestMs = 5 * 60_000

/** A connection of an account that a lane has for itself until it gives it back. */
export interface Lent {
  session: SmtpSession
  key: string
  openedAt: number
}

/** Connections that lanes leave behind for the next one with mails of the same account, so that a run of messages signs in once. */
export class SessionPool {
  readonly #ctx: AppContext
  readonly #mostIdle: number
  /** The one that was used last comes last. */
  #idle: Lent[] = []

  constructor(ctx: AppContext, mostIdle: number) {
    this.#ctx = ctx
    this.#mostIdle = mostIdle
  }

  /** Refuses as `smtpOptionsOf` does. */
  async take(account: MailAccount): Promise<Lent> {
    const key = `${account.userId} ${account.version}`
    const at = this.#idle.findLastIndex((each) => each.key === key && each.session.usable)
    const [found] = at < 0 ? [] : this.#idle.splice(at, 1)
    return found ?? { session: new SmtpSession(await smtpOptionsOf(this.#ctx, account)), key, openedAt: performance.now() }
  }

  giveBack(lent: Lent): void {
    if (!lent.session.usable || performance.now() - lent.openedAt > oldestMs) lent.session.quit()
    else this.#idle.push(lent)
    while (this.#idle.length > this.#mostIdle) this.#idle.shift()?.session.quit()
  }

  close(): void {
    for (const { session } of this.#idle) session.quit()
    this.#idle = []
  }
}
