import { noticeAlarms, type staffMails } from '@cartera/db/schema/finance'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { type AlarmKind, alarmKinds } from '@cartera/domain/notices/notice-alarms'
import { eq } from 'drizzle-orm'
import { alarmTitle, sayAlarm } from '../alarms/alarm-words.ts'
import type { AppContext } from '../app-context.ts'
import { bankDetailsMail } from '../bank-details/bank-details-mail.ts'
import { findCompany } from '../company/company-settings.ts'
import { digestMail } from '../digests/digest-mail.ts'
import { type MailBlock, type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'
import { reminderMail } from '../reminders/mail-reminders.ts'

/** What a mail says to its reader as things stand now; null where there is nothing to say, or no longer to them. */
export async function contentOfStaffMail(
  ctx: AppContext,
  mail: Pick<typeof staffMails.$inferSelect, 'kind' | 'about'>,
  viewer: Viewer,
  language: 'es' | 'en',
): Promise<MailContent | null> {
  switch (mail.kind) {
    case 'digest':
      return can(viewer, 'see-notices') ? digestMail(ctx, viewer, mail.about, language) : null
    case 'alarm':
      return can(viewer, 'see-notices') ? alarmMail(ctx, mail.about, viewer, language) : null
    case 'bank-details':
      return can(viewer, 'company-settings') ? bankDetailsMail(ctx, mail.about, viewer, language) : null
    case 'reminder':
      return reminderMail(ctx, mail.about, viewer, language)
  }
}

async function alarmMail(ctx: AppContext, id: string, viewer: Viewer, language: 'es' | 'en'): Promise<MailContent | null> {
  const [alarm] = await ctx.db.select().from(noticeAlarms).where(eq(noticeAlarms.id, id))
  // What was over before it could be told is no news.
  if (!alarm || alarm.closedAt !== null || !(alarmKinds as readonly string[]).includes(alarm.kind)) return null
  const kind = alarm.kind as AlarmKind
  const [user] =
    kind === 'account-paused' ? await ctx.db.select({ name: users.name }).from(users).where(eq(users.id, alarm.subject)) : []
  const whole = viewer.level === 1 && viewer.customerLevel === 1
  const company = await findCompany(ctx.db)
  const { publicUrl } = ctx.settings
  const blocks: MailBlock[] = [
    { kind: 'title', text: alarmTitle(kind, language) },
    ...(whole ? [{ kind: 'warning', text: sayAlarm({ ...alarm, kind }, language, user?.name) } as const] : []),
    {
      kind: 'text',
      text:
        language === 'es'
          ? 'La alarma se cierra sola cuando el problema termina; no le escribiremos otra vez por esta.'
          : 'The alarm closes by itself when the problem is over; you will not be written to again about this one.',
    },
    ...(publicUrl === null
      ? []
      : [
          {
            kind: 'link',
            text: language === 'es' ? 'Abrir la cola de avisos' : 'Open the queue of notices',
            url: new URL('/notices', publicUrl).toString(),
          } as const,
        ]),
  ]
  return {
    subject: `${language === 'es' ? 'Alarma de avisos' : 'Notice alarm'}: ${alarmTitle(kind, language)}`,
    ...renderMailBlocks(blocks, company.name),
  }
}
