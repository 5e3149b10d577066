import type { Transaction } from '@cartera/db/connect'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import type { MailAccount } from './open-transport.ts'

/**
 * Pauses an account whose server took neither user nor password, so that no further try locks it there. Only the account as it was tried: somebody may
 * have corrected it meanwhile.
 */
export async function pauseRefusedAccount(
  tx: Transaction,
  ctx: AppContext,
  account: MailAccount,
  response: string,
): Promise<void> {
  const paused = await tx
    .update(mailAccounts)
    .set({ state: 'paused', lastError: response.slice(0, 500), version: account.version + 1 })
    .where(
      and(eq(mailAccounts.userId, account.userId), eq(mailAccounts.version, account.version), eq(mailAccounts.state, 'verified')),
    )
    .returning({ userId: mailAccounts.userId })
  if (paused.length === 0) return
  await recordAudit(tx, ctx, null, {
    action: 'change',
    entity: 'mail-account',
    entityId: account.userId,
    changes: { state: ['verified', 'paused'], answer: response.slice(0, 500) },
  })
  ctx.log.error({ userId: account.userId, answer: response }, 'mail account paused: the server refused it')
}
