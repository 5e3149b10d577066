import { packBytes } from '@cartera/db/schema/columns'
import type { CalendarDay } from '@cartera/domain/calendar-day'
import { statusesWith } from '@cartera/domain/customers/customer-status'
import type { ContactRules } from '@cartera/domain/notices/contact-policy'
import type { NoticeKind } from '@cartera/domain/notices/notice-settings'
import { type SQL, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { namedStatements } from '../named-statement.ts'
import { withinLimits } from './limits-at-gate.ts'
import type { Sending } from './sending.ts'
import { settingsStamp } from './settings-stamp.ts'

/** A message whose server waits for the final dot. */
export interface AtGate {
  id: string
  token: string
  customerId: string
  /** The settings by which it was looked at (see settingsStamp). */
  stamp: string
  /** The day as which the message is looked at: promises and pauses hold through their last day. */
  day: CalendarDay
  kind: NoticeKind
  /** What limits contacts; null where nothing does. */
  limits: ContactRules | null
  subject: string
  source: Buffer
  /** The receivables of which the mail speaks, as it speaks of them. */
  receivables: readonly { id: string; balanceMinor: bigint; dueOn: CalendarDay }[]
}

type Answer = 'open' | 'closed' | 'busy'

/** Messages that one statement takes at most. */
const mostAtOnce = 32
/** Statements on their way at a time: who comes while one waits for the disk goes with the next one, not after it. More of them only make smaller groups. */
const mostAsking = 2

/**
 * The point of no return. Messages that wait while the database is busy share the next statement; each has a decision of its own. One
 * whose receivables are held by a payment at this moment is asked alone and waits for that payment.
 */
export class Gate {
  readonly #ctx: AppContext
  readonly #sending: Sending
  #waiting: { asked: AtGate; resolve: (open: boolean) => void; reject: (error: unknown) => void }[] = []
  #asking = 0

  constructor(ctx: AppContext, sending: Sending) {
    this.#ctx = ctx
    this.#sending = sending
  }

  /** Whether the final dot may be sent; if so the message is `dispatching` by now, with the mail exactly as handed over. */
  pass(asked: AtGate): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ asked, resolve, reject })
      if (this.#asking < mostAsking) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#asking += 1
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, mostAtOnce)
      try {
        const answers = await this.#ask(group.map((each) => each.asked))
        for (const { asked, resolve, reject } of group) {
          const answer = answers.get(asked.id) ?? 'closed'
          if (answer === 'busy') this.#wait(asked).then(resolve, reject)
          else resolve(answer === 'open')
        }
      } catch (error) {
        for (const each of group) each.reject(error)
      }
    }
    this.#asking -= 1
  }

  /** One statement, unless contacts are limited: then their customers are locked and their contacts counted before it, in a transaction. */
  async #ask(asked: readonly AtGate[]): Promise<Map<string, Answer>> {
    const limits = asked.find((each) => each.limits !== null)?.limits ?? null
    if (limits === null)
      return answersOf((await namedStatements(this.#ctx).execute<GateRow>(gateStatement(this.#ctx, this.#sending, asked))).rows)
    return this.#ctx.db.transaction(async (tx) => {
      const within = await withinLimits(tx, this.#ctx, limits, asked)
      if (within.length === 0) return new Map()
      return answersOf((await tx.execute<GateRow>(gateStatement(this.#ctx, this.#sending, within))).rows)
    })
  }

  /** Locked first, in a statement of its own: what is checked is then read after the payment has ended, customers too. */
  async #wait(asked: AtGate): Promise<boolean> {
    return this.#ctx.db.transaction(async (tx) => {
      // A process that freezes here must not keep payments waiting for long.
      await tx.execute(sql`
        with bounded as (select set_config('idle_in_transaction_session_timeout', '5s', true))
        select 1 from receivables r cross join bounded
        where r.id = any(${sql.param(asked.receivables.map((each) => each.id))}::uuid[]) order by r.id for share of r`)
      if (asked.limits !== null && (await withinLimits(tx, this.#ctx, asked.limits, [asked])).length === 0) return false
      const { rows } = await tx.execute<GateRow>(gateStatement(this.#ctx, this.#sending, [asked]))
      return answersOf(rows).get(asked.id) === 'open'
    })
  }
}

type GateRow = { id: string; seen: boolean; open: boolean }

const answersOf = (rows: readonly GateRow[]) =>
  new Map<string, Answer>(rows.map(({ id, seen, open }) => [id, open ? 'open' : seen ? 'closed' : 'busy']))

/**
 * One statement, and so one transaction: locks the receivables against payments, sees that they are what the mails say and that their
 * customers still get notices, and moves the messages that are still ours to `dispatching`. Rows that somebody holds are passed over (`busy`).
 */
function gateStatement(ctx: AppContext, sending: Sending, asked: readonly AtGate[]): SQL {
  const now = ctx.now().toISOString()
  const sources = asked.map(({ source }) => packBytes(source))
  let offset = 1
  const offsets = sources.map(({ length }) => {
    const from = offset
    offset += length
    return from
  })
  const named = asked.flatMap(({ id, receivables }) => receivables.map((receivable) => ({ messageId: id, receivable })))
  return sql`
    with asked as (
      select * from unnest(
        ${sql.param(asked.map((each) => each.id))}::uuid[],
        ${sql.param(asked.map((each) => each.token))}::uuid[],
        ${sql.param(asked.map(() => v7()))}::uuid[],
        ${sql.param(asked.map((each) => each.customerId))}::uuid[],
        ${sql.param(asked.map((each) => each.day))}::date[],
        ${sql.param(asked.map((each) => each.subject))}::text[],
        ${sql.param(asked.map((each) => each.stamp))}::text[],
        ${sql.param(offsets)}::integer[],
        ${sql.param(sources.map(({ length }) => length))}::integer[]
      ) as a(id, token, event_id, customer_id, day, subject, stamp, start, length)
      -- Always so. Told, PostgreSQL reckons with one message rather than ten, and keeps the plan that it has made: planning took four times as long.
      where start > 0 and length > 0
    ), named as (
      select * from unnest(
        ${sql.param(named.map((each) => each.messageId))}::uuid[],
        ${sql.param(named.map((each) => each.receivable.id))}::uuid[],
        ${sql.param(named.map((each) => each.receivable.balanceMinor.toString()))}::bigint[],
        ${sql.param(named.map((each) => each.receivable.dueOn))}::date[]
      ) as n(message_id, receivable_id, balance_minor, due_on)
    ), held as materialized (
      select id, balance_minor, due_on, disputed_at, promised_until, notices_paused_until from receivables
      where id = any(${sql.param([...new Set(named.map((each) => each.receivable.id))])}::uuid[])
      order by id for share skip locked
    ), checked as (
      select a.id, bool_and(h.id is not null) as seen,
        bool_and(h.balance_minor = n.balance_minor and h.due_on = n.due_on and h.disputed_at is null
          and (h.promised_until is null or h.promised_until < a.day)
          and (h.notices_paused_until is null or h.notices_paused_until < a.day)) as stands
      from asked a join named n on n.message_id = a.id left join held h on h.id = n.receivable_id group by a.id
    ), unchanged as materialized (
      -- Apart from the update, whose plan would else read the settings of all that is claimed, by whomever.
      select a.id from asked a where a.stamp = ${settingsStamp(sql`a.id`, sql`a.customer_id`)}
    ), moved as (
      update notice_messages m
      set state = 'dispatching', reason = null, subject = a.subject, source = substring(${Buffer.concat(sources)}::bytea from a.start for a.length),
        lease_until = clock_timestamp() + ${sending.leaseSeconds} * interval '1 second',
        version = m.version + 1, updated_at = ${now}::timestamptz
      from asked a join checked c on c.id = a.id and c.seen and c.stands join unchanged u on u.id = a.id
      where m.id = a.id and m.claim_token = a.token and m.state = 'claimed' and m.lease_until > clock_timestamp()
        and exists (select 1 from installation_epoch e where e.epoch = ${sending.epoch})
        and exists (select 1 from customers p where p.id = a.customer_id and p.deleted_at is null
          and p.status = any(${sql.param(statusesWith('notices'))}::text[]) and (p.notices_paused_until is null or p.notices_paused_until < a.day))
      returning m.id, a.event_id
    ), written as (
      insert into notice_events (id, message_id, at, from_state, to_state)
      select event_id, id, ${now}::timestamptz, 'claimed', 'dispatching' from moved
    )
    select c.id, c.seen, exists (select 1 from moved where moved.id = c.id) as open from checked c`
}
