import { mailAccounts } from '@cartera/db/schema/organisation'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { closeMailbox, openMailbox, readsMailbox } from './open-mailbox.ts'

const mostFolders = 5

/**
 * Which of the Message-IDs lie in the sent folder (or the one that holds everything) of a person's mailbox: proof that the server took the mail,
 * where it keeps a copy of what is sent through it. What is not found proves nothing. Null where the mailbox is not read, or could not be
 * looked at now.
 */
export async function findByMessageId(
  ctx: AppContext,
  userId: string,
  messageIds: readonly string[],
): Promise<Set<string> | null> {
  const [account] = await ctx.db.select().from(mailAccounts).where(eq(mailAccounts.userId, userId))
  if (!account || !readsMailbox(account) || account.imapStoppedAt !== null) return null
  const found = new Set<string>()
  if (messageIds.length === 0) return found
  try {
    const client = await openMailbox(ctx, account)
    try {
      const folders = (await client.list())
        .filter(({ specialUse }) => specialUse === '\\Sent' || specialUse === '\\All')
        .slice(0, mostFolders)
      if (folders.length === 0) return null
      for (const folder of folders) {
        await client.mailboxOpen(folder.path, { readOnly: true })
        for (const messageId of messageIds) {
          if (found.has(messageId)) continue
          const uids = await client.search({ header: { 'message-id': messageId } }, { uid: true })
          if (uids && uids.length > 0) found.add(messageId)
        }
      }
      return found
    } finally {
      await closeMailbox(client)
    }
  } catch (error) {
    ctx.log.warn({ err: error, userId }, 'a mailbox could not be searched')
    return null
  }
}
