import type { Transaction } from '@cartera/db/connect'
import { staffMails } from '@cartera/db/schema/finance'
import { users } from '@cartera/db/schema/organisation'
import { eq } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { planDigests } from '../digests/plan-digests.ts'
import { defineJob } from '../jobs/job.ts'
import { composeSingleMail } from '../outbox/compose-single-mail.ts'
import { defineOutbox, findSenderAccount } from '../outbox/outbox.ts'
import { reminderStillTrue } from '../reminders/mail-reminders.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'
import { contentOfStaffMail } from './staff-mail-content.ts'

const withoutAccountMinutes = 10
/** News that old is no news: an account that comes back must not flood anyone. */
const staleMs = 24 * 3_600_000

const outbox = defineOutbox(staffMails, async (ctx, mail) => {
  const account = await findSenderAccount(ctx, null)
  if (!account) return { kind: 'wait', response: 'no-account', minutes: withoutAccountMinutes }
  if (ctx.now().getTime() - mail.createdAt.getTime() > staleMs) return { kind: 'skip', response: 'too-old' }
  const viewer = await findViewerByUser(ctx, mail.userId)
  const [person] = await ctx.db.select({ language: users.language }).from(users).where(eq(users.id, mail.userId))
  const content = viewer ? await contentOfStaffMail(ctx, mail, viewer, person?.language === 'en' ? 'en' : 'es') : null
  if (!viewer || !content) return { kind: 'skip', response: 'nothing-to-say' }
  const source = composeSingleMail(
    {
      fromName: account.displayName,
      fromAddress: account.address,
      to: { address: viewer.email, name: viewer.name },
      messageId: mail.messageId,
      date: ctx.now(),
      automatic: true,
    },
    content,
  )
  const last = mail.kind === 'reminder' ? { stillTrue: (tx: Transaction) => reminderStillTrue(tx, mail.about) } : {}
  return { kind: 'mail', account, to: viewer.email, source, ...last }
})

/** Sends what waits for our own people, from the administrator's verified account. Answers how many left. */
export const sendStaffMails = (ctx: AppContext): Promise<number> => outbox.send(ctx)

/** Rung for every minute: makes the day's digests when their hour has come, and sends what waits. */
export const sendStaffMailsJob = defineJob({
  name: 'send-staff-mails',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    if (await setUpNeeded(ctx)) return
    await planDigests(ctx)
    await sendStaffMails(ctx)
  },
})
