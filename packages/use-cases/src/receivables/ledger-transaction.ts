import type { Transaction } from '@cartera/db/connect'
import type { AppContext } from '../app-context.ts'

/** Tried so often, then the request fails: who loses three times in a row meets something else than bad luck. */
const mostTries = 3

/** Whether PostgreSQL ended the transaction because two waited for each other in a circle. */
function isDeadlock(error: unknown): boolean {
  for (let each = error as { code?: unknown; cause?: unknown } | undefined; each; each = each.cause as typeof each)
    if (each.code === '40P01') return true
  return false
}

/**
 * A transaction that moves balances or what depends on them. All of them lock in one order (docs/decisions/0021): the advisory lock of bulk writing or of
 * recording by hand; the payment or credit note; the receivables with those promised along, by id (`lockWithPromised`); promises, by id; documents. What
 * deadlocks all the same is done again from the start, so `work` keeps nothing outside of itself.
 */
export async function ledgerTransaction<T>(ctx: AppContext, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ctx.db.transaction(work)
    } catch (error) {
      if (tries >= mostTries || !isDeadlock(error)) throw error
      ctx.log.warn({ tries, err: error }, 'a deadlock between writers of the ledger')
    }
  }
}
