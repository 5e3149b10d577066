import type { Transaction } from '@cartera/db/connect'
import { promises } from '@cartera/db/schema/receivables'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { judgePromise, type PromiseState } from '@cartera/domain/promises/promise'
import { and, asc, eq, lt, type SQL, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { defineJob } from '../jobs/job.ts'
import { sayDay, sayMoney } from '../notices/notice-words.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'

/** What a promise that was decided is still looked at again for: a payment made in time but recorded late, or one that is taken back. */
const lookBackDays = 90

/**
 * What payments made until a day have brought a receivable since a promise was made, those taken back deducted: an expression of minor units.
 */
export const paidInTime = (receivableId: SQL, since: SQL, until: SQL) => sql`coalesce((
  select sum(-m.amount_minor) from receivable_movements m
  left join receivable_movements o on o.id = m.reverses_id
  join payments y on y.id = coalesce(o.payment_id, m.payment_id)
  where m.receivable_id = ${receivableId} and coalesce(o.kind, m.kind) = 'payment' and coalesce(o.created_at, m.created_at) >= ${since}
    and y.paid_on <= ${until}), 0)`

interface PromiseFacts {
  id: string
  customerId: string
  state: PromiseState
  dueOn: CalendarDay
  graceUntil: CalendarDay
  currency: string
  amountMinor: bigint
  recordedBy: string | null
  parts: { receivableId: string; promisedMinor: bigint; paidMinor: bigint; balanceMinor: bigint; pausedElsewhere: boolean }[]
}

/**
 * Locks these receivables together with those that were promised along with them, in the order of their ids: whoever changes balances calls this
 * first, so that settling the promises afterwards never waits for a receivable out of order. Not against those who only refer to a receivable
 * (notices, follow-ups): thousands of references are written in any order.
 */
export async function lockWithPromised(tx: Transaction, receivableIds: readonly string[]): Promise<void> {
  let wanted = [...new Set(receivableIds)]
  if (wanted.length === 0) return
  await tx.execute(sql`savepoint ledger_lock`)
  for (;;) {
    const along = sql`select other.receivable_id from promise_items item
      join promises p on p.id = item.promise_id and p.state <> 'withdrawn'
      join promise_items other on other.promise_id = p.id
      where item.receivable_id = any(${sql.param(wanted)}::uuid[])`
    const { rows: locked } = await tx.execute<{ id: string }>(sql`
      select r.id from receivables r where r.id = any(${sql.param(wanted)}::uuid[]) or r.id in (${along})
      order by r.id for no key update`)
    const { rows: now } = await tx.execute<{ receivable_id: string }>(along)
    const held = new Set(locked.map((row) => row.id))
    if (now.every((row) => held.has(row.receivable_id))) break
    // A promise that was recorded while this waited ties in others: let go, and begin again with all of them.
    await tx.execute(sql`rollback to savepoint ledger_lock`)
    wanted = [...new Set([...wanted, ...now.map((row) => row.receivable_id)])]
  }
  await tx.execute(sql`release savepoint ledger_lock`)
}

/**
 * Decides the promises that these receivables stand in, after their balances changed and in the same transaction: kept as soon as the money came;
 * after the days of grace partly kept or broken. What is decided no longer pauses anything; a promise that was not kept opens a follow-up, once.
 * One that was decided is decided anew where a payment made in time is recorded late or taken back. The receivables are locked by the caller.
 */
export async function settlePromises(tx: Transaction, ctx: AppContext, receivableIds: readonly string[]): Promise<void> {
  if (receivableIds.length === 0) return
  const now = ctx.now()
  const since = new Date(now.getTime() - lookBackDays * 86_400_000).toISOString()
  const { rows: locked } = await tx.execute<{ id: string }>(sql`
    select p.id from promises p
    where p.state <> 'withdrawn' and (p.state = 'open' or p.ended_at > ${since}::timestamptz)
      and p.id in (select promise_id from promise_items where receivable_id = any(${sql.param([...receivableIds])}::uuid[]))
    order by p.id for update`)
  if (locked.length === 0) return
  const { timeZone } = await findCompany(tx)
  const today = dayOfInstant(now, timeZone)
  for (const facts of await findFacts(
    tx,
    locked.map((row) => row.id),
  ))
    await decide(tx, ctx, facts, today)
}

async function findFacts(tx: Transaction, ids: readonly string[]): Promise<PromiseFacts[]> {
  const { rows } = await tx.execute<Record<string, string | boolean | null>>(sql`
    select p.id, p.customer_id, p.state, p.due_on::text, p.grace_until::text, p.currency, p.amount_minor::text, p.recorded_by,
           i.receivable_id, i.amount_minor::text as promised, r.balance_minor::text as balance,
           ${paidInTime(sql`i.receivable_id`, sql`p.created_at`, sql`p.grace_until`)}::text as paid,
           exists (select from promise_items oi join promises o on o.id = oi.promise_id and o.state = 'open'
                   where oi.receivable_id = i.receivable_id and o.id <> p.id) as elsewhere
    from promises p join promise_items i on i.promise_id = p.id join receivables r on r.id = i.receivable_id
    where p.id = any(${sql.param([...ids])}::uuid[]) order by p.id, i.receivable_id`)
  const found = new Map<string, PromiseFacts>()
  for (const row of rows) {
    const id = String(row.id)
    let facts = found.get(id)
    if (facts === undefined) {
      facts = {
        id,
        customerId: String(row.customer_id),
        state: String(row.state) as PromiseState,
        dueOn: String(row.due_on),
        graceUntil: String(row.grace_until),
        currency: String(row.currency),
        amountMinor: BigInt(String(row.amount_minor)),
        recordedBy: row.recorded_by === null ? null : String(row.recorded_by),
        parts: [],
      }
      found.set(id, facts)
    }
    const paid = BigInt(String(row.paid))
    facts.parts.push({
      receivableId: String(row.receivable_id),
      promisedMinor: BigInt(String(row.promised)),
      // What was taken back counts as not paid, never as less than nothing.
      paidMinor: paid > 0n ? paid : 0n,
      balanceMinor: BigInt(String(row.balance)),
      pausedElsewhere: row.elsewhere === true,
    })
  }
  return [...found.values()]
}

async function decide(tx: Transaction, ctx: AppContext, facts: PromiseFacts, today: CalendarDay): Promise<void> {
  const verdict = judgePromise({ parts: facts.parts, today, graceUntil: facts.graceUntil })
  const next: PromiseState = verdict === 'settled' ? 'withdrawn' : verdict
  if (next === facts.state) return
  // Once decided it is only opened again where nothing newer was promised on the same receivables.
  if (next === 'open' && facts.parts.some((part) => part.pausedElsewhere)) return
  // A kept promise whose invoice was credited afterwards was kept all the same.
  if (verdict === 'settled' && facts.state !== 'open') return
  const now = ctx.now()
  await tx
    .update(promises)
    .set({
      state: next,
      endReason: verdict === 'settled' ? 'settled' : null,
      endedAt: next === 'open' ? null : now,
      endedBy: null,
      version: sql`${promises.version} + 1`,
    })
    .where(eq(promises.id, facts.id))
  const ids = facts.parts.filter((part) => !part.pausedElsewhere).map((part) => part.receivableId)
  await pauseReceivables(tx, ctx, ids, next === 'open' ? facts.graceUntil : null)
  const paidMinor = facts.parts.reduce((sum, part) => sum + part.paidMinor, 0n)
  const received = formatAmount(paidMinor, facts.currency)
  await recordAudit(tx, ctx, null, {
    action: 'change',
    entity: 'promise',
    entityId: facts.id,
    changes: { state: [facts.state, next], received, currency: facts.currency },
  })
  if (next !== 'broken' && next !== 'partly-kept') return
  const { locale } = await findCompany(tx)
  const english = locale.startsWith('en')
  const language = english ? 'en' : 'es'
  const say = (day: string) => sayDay(day, language)
  const promised = sayMoney(facts.amountMinor, facts.currency, language, locale)
  const came = sayMoney(paidMinor, facts.currency, language, locale)
  const subject =
    next === 'broken'
      ? english
        ? `Broken promise: ${promised} for ${say(facts.dueOn)}`
        : `Promesa incumplida: ${promised} para el ${say(facts.dueOn)}`
      : english
        ? `Promise kept in part: ${came} of ${promised}`
        : `Promesa cumplida en parte: ${came} de ${promised}`
  await openFollowUp(tx, ctx, {
    originKey: `promise-broken:${facts.id}`,
    customerId: facts.customerId,
    subject,
    description: english
      ? `The customer promised ${promised} for ${say(facts.dueOn)}; by ${say(facts.graceUntil)} ${came} had come. Their notices go on.`
      : `El cliente prometió ${promised} para el ${say(facts.dueOn)}; hasta el ${say(facts.graceUntil)} llegaron ${came}. Sus avisos se reanudan.`,
    receivableIds: facts.parts.filter((part) => part.balanceMinor > 0n).map((part) => part.receivableId),
  })
}

/** Writes until when a promise pauses these locked receivables; null ends the pause. */
export async function pauseReceivables(
  tx: Transaction,
  ctx: AppContext,
  receivableIds: readonly string[],
  until: CalendarDay | null,
): Promise<void> {
  if (receivableIds.length === 0) return
  await tx.execute(sql`
    update receivables set promised_until = ${until}::date, version = version + 1, updated_at = ${ctx.now().toISOString()}::timestamptz
    where id = any(${sql.param([...receivableIds])}::uuid[]) and promised_until is distinct from ${until}::date`)
}

const batchSize = 200

/** Decides what has passed its days of grace, each promise in a transaction of its own: stopped anywhere, the next run goes on. Answers how many it looked at. */
export async function decidePromises(ctx: AppContext): Promise<number> {
  const today = await companyToday(ctx)
  let looked = 0
  for (let after = ''; ; ) {
    const due = await ctx.db
      .select({ id: promises.id })
      .from(promises)
      .where(
        and(
          eq(promises.state, 'open'),
          lt(promises.graceUntil, today),
          after === '' ? undefined : sql`${promises.id} > ${after}::uuid`,
        ),
      )
      .orderBy(asc(promises.id))
      .limit(batchSize)
    for (const { id } of due) {
      looked += 1
      try {
        await ledgerTransaction(ctx, async (tx) => {
          const { rows } = await tx.execute<{ receivable_id: string }>(
            sql`select receivable_id from promise_items where promise_id = ${id}`,
          )
          const ids = rows.map((row) => row.receivable_id)
          await lockWithPromised(tx, ids)
          await settlePromises(tx, ctx, ids)
        })
      } catch (error) {
        // One that cannot be decided must not keep the others waiting; the next run looks at it again.
        ctx.log.error({ promiseId: id, error: String(error) }, 'promise not decided')
      }
    }
    const last = due.at(-1)
    if (last === undefined || due.length < batchSize) return looked
    after = last.id
  }
}

/** Rung for every minute: promises whose days of grace are over are decided, also those of days on which no worker ran. */
export const decidePromisesJob = defineJob({
  name: 'decide-promises',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    if (await setUpNeeded(ctx)) return
    await decidePromises(ctx)
  },
})
