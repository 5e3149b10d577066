import type { Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import {
  explainOccurrence,
  maturesOn,
  occurrenceKey,
  partsOfOccurrence,
  planNotices,
  repetitionsOf,
} from '@cartera/domain/notices/notice-plan'
import type { NoticeReasonCode, NoticeReasonParams, NoticeState } from '@cartera/domain/notices/notice-states'
import { Refusal } from '@cartera/domain/refusal'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { plainArray } from './array-parameters.ts'
import { addContacts, findCustomerFacts, loadNoticeWorld, noticePolicyOf } from './notice-facts.ts'
import { type ReceivableRow, receivableColumns, receivableOf } from './notice-receivables.ts'
import { questionOf } from './plan-notices.ts'
import { addStanding } from './standing-messages.ts'
import { visibleNotice } from './visible-notice.ts'

interface StandingRow extends Record<string, unknown> {
  receivable_id: string
  rule_id: string
  occurrence: number
  due_on: string
  matures_on: string
  message_id: string
  plan_on: string
  state: NoticeState
  reason: NoticeReasonCode | null
  reason_params: NoticeReasonParams | null
  sent_at: string | null
  next_attempt_at: string | null
  dropped_reason: NoticeReasonCode | null
}

/**
 * Per rule and occurrence, why a receivable does or does not get its notice on a day: what the plan says of its whole customer on that
 * day, and what has become of what was written. Whoever does not see the customer's notices learns nothing of them, not
 * even that there is one: refuses `not-found`.
 */
export async function explainNotices(
  ctx: AppContext,
  viewer: Viewer,
  receivableId: string,
  input: { on?: CalendarDay | undefined },
) {
  const [explanation] = await explainReceivables(ctx, viewer, [receivableId], input)
  if (!explanation) throw new Refusal('not-found')
  return explanation
}

/** The same for many receivables at once; those of which the viewer sees no notices are left out. */
export async function explainReceivables(
  ctx: AppContext,
  viewer: Viewer,
  receivableIds: readonly string[],
  input: { on?: CalendarDay | undefined },
) {
  const ids = plainArray(receivableIds)
  const { rows } = await ctx.db.execute<ReceivableRow>(sql`
    select ${receivableColumns}
    from receivables r
    join documents d on d.id = r.document_id
    join customers on customers.id = r.customer_id
    left join notice_receivable_settings rs on rs.receivable_id = r.id
    where r.id = any(${ids}::uuid[]) and ${visibleNotice(viewer) ?? sql`true`}`)
  if (rows.length === 0) return []
  const world = await loadNoticeWorld(ctx.db)
  const policy = noticePolicyOf(world, ctx.now())
  const day = input.on ?? dayOfInstant(ctx.now(), world.company.timeZone)
  const customerIds = [...new Set(rows.map((row) => row.customer_id))]
  const customers = await findCustomerFacts(ctx.db, world, customerIds)
  await addContacts(ctx.db, world, customers, { day })
  await addStanding(ctx.db, ctx, world, customers, day)

  // The message that one would stand in is made of all that its customer owes.
  const { rows: beside } = await ctx.db.execute<ReceivableRow & { noticed: string[] | null }>(sql`
    select ${receivableColumns},
      (select array_agg(i.rule_id || ':' || i.occurrence) from notice_items i where i.receivable_id = r.id) as noticed
    from receivables r
    join documents d on d.id = r.document_id
    left join notice_receivable_settings rs on rs.receivable_id = r.id
    where r.customer_id = any(${plainArray(customerIds)}::uuid[]) and r.balance_minor > 0 and r.issued_on <= ${day}
      and r.id <> all(${ids}::uuid[])`)
  const { rows: standing } = await ctx.db.execute<StandingRow>(sql`
    select i.receivable_id, i.rule_id, i.occurrence, i.due_on, i.matures_on, i.dropped_reason, m.id as message_id, m.plan_on, m.state,
      m.reason, m.reason_params, to_char(m.sent_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as sent_at,
      case when m.state in ('planned', 'deferred') then to_char(m.next_attempt_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') end as next_attempt_at
    from notice_items i join notice_messages m on m.id = i.message_id
    where i.receivable_id = any(${ids}::uuid[]) order by i.occurrence`)
  const noticed = new Set(standing.map((each) => occurrenceKey(each.receivable_id, each.rule_id, each.occurrence)))
  for (const each of beside) for (const key of each.noticed ?? []) noticed.add(`${each.id}:${key}`)
  const question = { ...questionOf(world, policy), today: day, noticed }
  const asked = rows.map(receivableOf)
  const receivables = [...beside.map(receivableOf), ...asked]
  const plan = groupOf(planNotices({ ...question, customers, receivables }), (each) => each.receivable.id)
  const standingOf = groupOf(standing, (each) => each.receivable_id)

  const mayOpen = can(viewer, 'see-notices')
  const messageOnWire = (message: StandingRow | undefined) =>
    message
      ? {
          id: mayOpen ? message.message_id : null,
          planOn: message.plan_on,
          state: message.state,
          reason: message.dropped_reason ?? message.reason,
          params: message.dropped_reason === null ? (message.reason_params ?? {}) : {},
          sentAt: message.sent_at,
          nextAttemptAt: message.next_attempt_at,
        }
      : null
  return asked.flatMap((receivable) => {
    const customer = customers.get(receivable.customerId)
    if (!customer) return []
    const rules = world.rules.flatMap((rule) => {
      const repetitions = repetitionsOf(rule)
      const about = {
        rule: { id: rule.id, code: rule.code, kind: rule.kind, days: rule.days, description: rule.description },
        repetitions,
      }
      const written = (standingOf.get(receivable.id) ?? []).filter((each) => each.rule_id === rule.id)
      const own = new Map(written.map((each) => [each.occurrence, each]))
      const present = Array.from({ length: rule.retired ? 0 : repetitions }, (_, index) => {
        const repetition = index + 1
        const explained = explainOccurrence({
          ...question,
          rule,
          repetition,
          customer,
          receivable,
          plan: plan.get(receivable.id) ?? [],
        })
        const message = own.get(explained.occurrence)
        own.delete(explained.occurrence)
        return { ...about, ...explained, message: messageOnWire(message) }
      })
      // Of series before an extension, of repetitions that the rule no longer has, of a rule that is retired.
      const former = [...own.values()].map((message) => {
        const repetition = Math.max(1, partsOfOccurrence(message.occurrence).repetition)
        return {
          ...about,
          repetitions: Math.max(repetitions, repetition),
          occurrence: message.occurrence,
          repetition,
          state: 'noticed' as const,
          reason: null,
          params: {},
          maturesOn: message.matures_on ?? maturesOn(rule, message.due_on, world.calendar, repetition),
          leavesOn: null,
          message: messageOnWire(message),
        }
      })
      return [...former, ...present]
    })
    return [
      {
        day,
        receivable: {
          id: receivable.id,
          externalId: receivable.externalId,
          number: receivable.number,
          dueOn: receivable.dueOn,
          balance: formatAmount(receivable.balanceMinor, receivable.currency),
          currency: receivable.currency,
        },
        rules,
      },
    ]
  })
}

function groupOf<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}
