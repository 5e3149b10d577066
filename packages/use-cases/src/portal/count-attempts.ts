import { signInFailures } from '@cartera/db/schema/organisation'
import { Refusal } from '@cartera/domain/refusal'
import { lt, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'

const windowMs = 15 * 60_000

/**
 * Counts a request against each key in the present quarter of an hour, whatever comes of it, and refuses (`too-many-attempts`) once one has had more than
 * its limit. Beside the sign-ins of users, under keys of its own.
 */
export async function countAttempts(ctx: AppContext, keys: readonly { key: string; limit: number }[]): Promise<void> {
  const now = ctx.now().getTime()
  const windowAt = new Date(Math.floor(now / windowMs) * windowMs)
  const rows = await ctx.db
    .insert(signInFailures)
    .values([...keys].sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ key }) => ({ key, windowAt, count: 1 })))
    .onConflictDoUpdate({
      target: [signInFailures.key, signInFailures.windowAt],
      set: { count: sql`least(${signInFailures.count} + 1, 1000000)` },
    })
    .returning()
  await ctx.db.delete(signInFailures).where(lt(signInFailures.windowAt, new Date(now - 86_400_000)))
  const over = rows.some((row) => row.count > (keys.find(({ key }) => key === row.key)?.limit ?? Number.POSITIVE_INFINITY))
  if (over)
    throw new Refusal('too-many-attempts', { params: { minutes: Math.ceil((windowAt.getTime() + windowMs - now) / 60_000) } })
}
