import { localTimeOf, minutesOfTime } from '@cartera/domain/calendar-day'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { findDigestReaders, readFinanceSettings } from '../finance/finance-settings.ts'
import { queueStaffMails } from '../staff-mails/queue-staff-mails.ts'

/**
 * Once the hour of the company's day has come, each reader's digest of that day stands in the queue; whoever asks again, and how often,
 * changes nothing. Answers how many are new.
 */
export async function planDigests(ctx: AppContext): Promise<number> {
  const settings = await readFinanceSettings(ctx.db)
  if (!settings.digestOn) return 0
  const { timeZone } = await findCompany(ctx.db)
  const { day, minutes } = localTimeOf(ctx.now(), timeZone)
  if (minutes < (minutesOfTime(settings.digestAt) ?? 0)) return 0
  return queueStaffMails(ctx.db, ctx, { kind: 'digest', about: day, day, userIds: await findDigestReaders(ctx.db) })
}
