import { customers } from '@cartera/db/schema/customers'
import { followUps } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { agingOf } from '@cartera/domain/credit/aging'
import { formatAmount } from '@cartera/domain/money'
import { and, asc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { companyToday } from '../company/company-settings.ts'
import { visibleAttempt } from '../contact-attempts/contact-attempts.ts'
import { visibleFollowUp } from '../follow-ups/visible-follow-ups.ts'
import { findVisibleNotice } from './find-notice.ts'

/**
 * Who the customer of a notice is, for the person who decides whether it leaves: aging, promises, disputes, payments, and the
 * contacts and follow-ups in the viewer's reach. Refuses `not-allowed`, `not-found`.
 */
export async function findNoticeContext(ctx: AppContext, viewer: Viewer, noticeId: string) {
  const notice = await findVisibleNotice(ctx, viewer, noticeId)
  const { customerId } = notice
  const today = await companyToday(ctx)
  const { rows } = await ctx.db.execute<{
    code: string
    name: string
    phone: string | null
    email: string | null
    agent_id: string | null
    agent_name: string | null
    hold: boolean
    paused_until: string | null
    sent_lately: number
  }>(sql`
    select c.code, c.name, c.phone, c.email, c.collections_agent_id as agent_id, u.name as agent_name,
      c.credit_hold_reason is not null as hold,
      case when c.notices_paused_until >= ${today} then c.notices_paused_until::text end as paused_until,
      (select count(*)::integer from notice_messages m where m.customer_id = c.id and m.id <> ${noticeId}
        and m.sent_at > ${ctx.now().toISOString()}::timestamptz - interval '30 days') as sent_lately
    from customers c left join users u on u.id = c.collections_agent_id where c.id = ${customerId}`)
  const [customer] = rows
  if (!customer) throw new Error('the customer of a notice vanished')
  const open = await ctx.db.execute<{ due_on: string; balance_minor: string; currency: string; disputed: boolean }>(sql`
    select due_on, balance_minor, currency, disputed_at is not null as disputed from receivables
    where customer_id = ${customerId} and balance_minor > 0`)
  const promised = await ctx.db.execute<{
    id: string
    state: 'open' | 'kept' | 'partly-kept' | 'broken' | 'withdrawn'
    due_on: string
    amount_minor: string
    currency: string
  }>(sql`
    select id, state, due_on, amount_minor, currency from promises where customer_id = ${customerId}
    order by (state = 'open') desc, due_on desc, id desc limit 5`)
  const contacted = await ctx.db.execute<{
    id: string
    at: string
    channel: 'email' | 'call' | 'message' | 'visit' | 'letter'
    outcome: string | null
    by_id: string | null
    by_name: string | null
  }>(sql`
    select contact_attempts.id, to_char(contact_attempts.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      contact_attempts.channel, left(contact_attempts.outcome, 2000) as outcome, u.id as by_id, u.name as by_name
    from contact_attempts join customers on customers.id = contact_attempts.customer_id left join users u on u.id = contact_attempts.recorded_by
    where contact_attempts.customer_id = ${customerId} and ${visibleAttempt(viewer) ?? sql`true`}
    order by contact_attempts.at desc, contact_attempts.id desc limit 5`)
  const paid = await ctx.db.execute<{ paid_on: string; amount_minor: string; currency: string }>(sql`
    select paid_on, amount_minor, currency from payments where customer_id = ${customerId} and reversed_on is null
    order by paid_on desc, id desc limit 1`)
  const tasks = await ctx.db
    .select({ id: followUps.id, subject: followUps.subject, dueAt: followUps.dueAt, ownerId: users.id, ownerName: users.name })
    .from(followUps)
    .innerJoin(customers, eq(customers.id, followUps.customerId))
    .innerJoin(users, eq(users.id, followUps.ownerId))
    .where(and(eq(followUps.customerId, customerId), eq(followUps.state, 'active'), visibleFollowUp(viewer)))
    .orderBy(asc(followUps.dueAt), asc(followUps.id))
    .limit(5)
  const aging = agingOf(
    open.rows.map((row) => ({ dueOn: row.due_on, balanceMinor: BigInt(row.balance_minor), currency: row.currency })),
    today,
  )
  const [payment] = paid.rows
  return {
    customer: {
      id: customerId,
      code: customer.code,
      name: customer.name,
      phone: customer.phone,
      email: customer.email,
      collectionsAgent: customer.agent_id === null ? null : { id: customer.agent_id, name: customer.agent_name ?? '' },
      creditHold: customer.hold,
      pausedUntil: customer.paused_until,
    },
    aging: aging.map((row) => {
      const said = (minor: bigint) => formatAmount(minor, row.currency)
      return {
        currency: row.currency,
        balance: said(row.balance),
        notDue: said(row.notDue),
        days1To30: said(row.days1To30),
        days31To60: said(row.days31To60),
        days61To90: said(row.days61To90),
        over90: said(row.over90),
      }
    }),
    disputes: open.rows.filter((row) => row.disputed).length,
    promises: promised.rows.map((row) => ({
      id: row.id,
      state: row.state,
      dueOn: row.due_on,
      amount: formatAmount(BigInt(row.amount_minor), row.currency),
      currency: row.currency,
    })),
    contacts: contacted.rows.map((row) => ({
      id: row.id,
      at: row.at,
      channel: row.channel,
      outcome: row.outcome,
      by: row.by_id === null ? null : { id: row.by_id, name: row.by_name ?? '' },
    })),
    lastPayment: payment
      ? {
          paidOn: payment.paid_on,
          amount: formatAmount(BigInt(payment.amount_minor), payment.currency),
          currency: payment.currency,
        }
      : null,
    followUps: tasks.map((task) => ({
      id: task.id,
      subject: task.subject,
      dueAt: task.dueAt.toISOString(),
      owner: { id: task.ownerId, name: task.ownerName },
    })),
    sentLately: customer.sent_lately,
  }
}
