import { signInFailures } from '@cartera/db/schema/organisation'
import { Refusal } from '@cartera/domain/refusal'
import { and, gt, inArray, lt, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'

const windowMinutes = 15
/** An account gives up sooner than an address, behind which a whole office may sit. */
const limits = { account: 8, address: 40 }

const keysOf = (ctx: AppContext, email: string) => [
  { key: `account:${ctx.secrets.digest('sign-in', email.toLowerCase())}`, limit: limits.account },
  ...(ctx.origin.address === null ? [] : [{ key: `address:${ctx.origin.address}`, limit: limits.address }]),
]

const windowStart = (now: Date) => new Date(Math.floor(now.getTime() / (windowMinutes * 60_000)) * windowMinutes * 60_000)

/** Refuses (`too-many-attempts`) while an account or an address has failed too often in the present quarter of an hour. */
export async function requireFewFailures(ctx: AppContext, email: string): Promise<void> {
  const keys = keysOf(ctx, email)
  const rows = await ctx.db
    .select()
    .from(signInFailures)
    .where(
      and(
        inArray(
          signInFailures.key,
          keys.map((each) => each.key),
        ),
        gt(signInFailures.windowAt, new Date(windowStart(ctx.now()).getTime() - 1)),
      ),
    )
  if (rows.some((row) => row.count >= (keys.find((each) => each.key === row.key)?.limit ?? Number.POSITIVE_INFINITY))) {
    const minutes = Math.ceil((windowStart(ctx.now()).getTime() + windowMinutes * 60_000 - ctx.now().getTime()) / 60_000)
    throw new Refusal('too-many-attempts', { params: { minutes } })
  }
}

/** Counts a failure for the account and the address, and forgets those of yesterday. */
export async function recordFailure(ctx: AppContext, email: string): Promise<void> {
  await ctx.db
    .insert(signInFailures)
    .values(keysOf(ctx, email).map(({ key }) => ({ key, windowAt: windowStart(ctx.now()), count: 1 })))
    .onConflictDoUpdate({
      target: [signInFailures.key, signInFailures.windowAt],
      set: { count: sql`${signInFailures.count} + 1` },
    })
  await ctx.db.delete(signInFailures).where(lt(signInFailures.windowAt, new Date(ctx.now().getTime() - 86_400_000)))
}

/** A success clears the account's count (not the address's: one good account must not buy guesses at others). */
export async function forgetFailures(ctx: AppContext, email: string): Promise<void> {
  const [account] = keysOf(ctx, email)
  if (account) await ctx.db.delete(signInFailures).where(inArray(signInFailures.key, [account.key]))
}
