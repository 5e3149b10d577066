import { mailAccounts, users } from '@cartera/db/schema/organisation'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { type MailAccountInput, putMailAccount, verifyMailAccount } from './my-mail-account.ts'

/**
 * Defines a user's mail account from the command line. `assume` takes it as proven without a test mail, for an operator who
 * knows the server; `verify` sends one. Without a display name the user's own stands beside the address. Refuses `not-found` at `user`, and as `putMailAccount` and `verifyMailAccount` do.
 */
export async function operateMailAccount(
  ctx: AppContext,
  input: Omit<MailAccountInput, 'displayName'> & { user: string; displayName: string | null },
  proof: 'none' | 'assume' | 'verify',
): Promise<void> {
  const { user: email, ...account } = input
  const [user] = await ctx.db
    .select({ id: users.id, name: users.name })
    .from(users)
    .where(eq(sql`lower(${users.email})`, email.trim().toLowerCase()))
  if (!user) throw new Refusal('not-found', { field: 'user' })
  const owner = { userId: user.id }
  await putMailAccount(ctx, owner, { ...account, displayName: account.displayName ?? user.name }, null)
  if (proof === 'verify') await verifyMailAccount(ctx, owner, null)
  if (proof === 'assume')
    await ctx.db.transaction(async (tx) => {
      await tx
        .update(mailAccounts)
        .set({ state: 'verified', verifiedAt: ctx.now(), lastError: null, version: sql`${mailAccounts.version} + 1` })
        .where(eq(mailAccounts.userId, user.id))
      await recordAudit(tx, ctx, null, {
        action: 'change',
        entity: 'mail-account',
        entityId: user.id,
        changes: { verification: 'assumed' },
      })
    })
}
