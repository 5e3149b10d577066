import { setTimeout as wait } from 'node:timers/promises'
import type { NoticeReasonCode } from '@cartera/domain/notices/notice-states'
import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { liveChannel } from '../live/notify-live.ts'
import { namedStatements } from '../named-statement.ts'
import type { JournalLine } from './notice-journal.ts'
import type { Sending } from './sending.ts'

/** Answers written together at most. */
const mostAtOnce = 64
/** So long after a group the next one gathers: nobody waits for it but the history. */
const gatherMs = 20

/**
 * Writes acceptances to the database: messages of the same claim that are `dispatching`, or that the sweep has meanwhile called
 * uncertain, become `sent`, with outcomes per recipient, the event and the contact that the contact policy counts. What somebody has
 * decided meanwhile stays. Safe to repeat. Answers the ids that it settled.
 */
async function settleSent(ctx: AppContext, lines: readonly JournalLine[], because: NoticeReasonCode | null): Promise<string[]> {
  if (lines.length === 0) return []
  const now = ctx.now().toISOString()
  const outcomes = lines.flatMap((line) => [
    ...line.accepted.map((address) => ({ id: line.messageId, address, outcome: 'accepted', response: line.response })),
    ...line.refused.map(({ address, response }) => ({ id: line.messageId, address, outcome: 'refused', response })),
  ])
  const statement = sql`
    with answered as (
      select * from unnest(
        ${sql.param(lines.map((line) => line.messageId))}::uuid[],
        ${sql.param(lines.map((line) => line.token))}::uuid[],
        ${sql.param(lines.map((line) => line.response))}::text[],
        ${sql.param(lines.map((line) => line.at || now))}::timestamptz[],
        ${sql.param(lines.map(() => v7()))}::uuid[],
        ${sql.param(lines.map(() => v7()))}::uuid[]
      ) as a(id, token, response, at, event_id, attempt_id)
    ), old as (
      select m.id, m.state from notice_messages m join answered a on a.id = m.id
      where m.claim_token = a.token and m.state in ('dispatching', 'uncertain')
      order by m.id for update of m
    ), settled as (
      update notice_messages m
      set state = 'sent', reason = null, claim_token = null, lease_until = null, next_attempt_at = null, sent_at = a.at,
        smtp_response = a.response, version = m.version + 1, updated_at = ${now}::timestamptz
      from answered a join old on old.id = a.id
      where m.id = a.id returning m.id, m.customer_id, old.state as from_state, a.event_id, a.attempt_id, a.at, a.response
    ), written as (
      insert into notice_events (id, message_id, at, from_state, to_state, reason, detail)
      select event_id, id, ${now}::timestamptz, from_state, 'sent', ${because}, jsonb_build_object('text', left(response, 2000)) from settled
    ), contacted as (
      insert into contact_attempts (id, customer_id, channel, at, notice_message_id)
      select attempt_id, customer_id, 'email', at, id from settled on conflict do nothing
    ), told as (
      update notice_recipients r set outcome = o.outcome, response = o.response
      from unnest(
        ${sql.param(outcomes.map((each) => each.id))}::uuid[],
        ${sql.param(outcomes.map((each) => each.address))}::text[],
        ${sql.param(outcomes.map((each) => each.outcome))}::text[],
        ${sql.param(outcomes.map((each) => each.response))}::text[]
      ) as o(id, address, outcome, response) join settled on settled.id = o.id
      where r.message_id = o.id and r.address = o.address
    )
    select id, pg_notify(${liveChannel}, json_build_object('entity', 'notice', 'id', id, 'action', 'send')::text) from settled`
  const { rows } = await namedStatements(ctx).execute<{ id: string }>(statement)
  return rows.map(({ id }) => id)
}

/** Collects acceptances while the database is busy and writes them together; each caller waits for its own. */
export class Settler {
  readonly #ctx: AppContext
  readonly #sending: Sending
  #waiting: { line: JournalLine; resolve: (settled: boolean) => void; reject: (error: unknown) => void }[] = []
  #busy = false

  constructor(ctx: AppContext, sending: Sending) {
    this.#ctx = ctx
    this.#sending = sending
  }

  /** Whether the message was settled by this line (somebody may have decided meanwhile). The line stands in the journal. */
  settle(line: JournalLine): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line, resolve, reject })
      if (!this.#busy) void this.#work()
    })
  }

  async #work(): Promise<void> {
    this.#busy = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, mostAtOnce)
      const lines = group.map((each) => each.line)
      try {
        const settled = new Set(await insistently(this.#ctx, () => settleSent(this.#ctx, lines, null)))
        await this.#sending.journal.settled(lines)
        for (const { line, resolve } of group) resolve(settled.has(line.messageId))
      } catch (error) {
        // The journal keeps the lines: the next round of this worker, or its restart, settles them.
        for (const each of group) each.reject(error)
      }
      await wait(gatherMs)
    }
    this.#busy = false
  }
}

/** What the server answered must not be lost to a moment without database. */
export async function insistently<T>(ctx: AppContext, work: () => Promise<T>): Promise<T> {
  for (const waitMs of [200, 500, 500, 1000, 1000, 1000]) {
    try {
      return await work()
    } catch (error) {
      ctx.log.warn({ err: error }, 'the outcome of a notice could not be written; trying again')
      await wait(waitMs)
    }
  }
  return work()
}

/**
 * Settles what the journals of this folder say and the database does not: of this process (a moment without database), of its earlier
 * lives and of its neighbours. A line whose message is in another state or another claim's is done with. Answers how many were settled.
 */
export async function replayJournals(ctx: AppContext, sending: Sending): Promise<number> {
  const { journal } = sending
  let count = 0
  const own = journal.unsettled()
  for (let from = 0; from < own.length; from += 500) {
    const lines = own.slice(from, from + 500)
    count += (await settleSent(ctx, onePerMessage(lines), 'journal-evidence')).length
    await journal.settled(lines)
  }
  for (const file of await journal.others()) {
    for (let from = 0; from < file.lines.length; from += 500)
      count += (await settleSent(ctx, onePerMessage(file.lines.slice(from, from + 500)), 'journal-evidence')).length
    if (file.orphaned) await journal.remove(file)
  }
  if (count > 0) ctx.log.info({ count }, 'notices settled from the journal')
  return count
}

const onePerMessage = (lines: readonly JournalLine[]) => [
  ...new Map(lines.map((line) => [`${line.messageId} ${line.token}`, line])).values(),
]
