import type { Transaction } from '@cartera/db/connect'
import { dayOfInstant, daysBetween } from '@cartera/domain/calendar-day'
import type { ContactRules } from '@cartera/domain/notices/contact-policy'
import { nextNoticeAt, type PlannedContact } from '@cartera/domain/notices/notice-plan'
import { type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { plainArray } from './array-parameters.ts'
import { findContactsOf } from './notice-facts.ts'
import type { AtGate } from './pass-gate.ts'
import { instantOn } from './recheck-notice.ts'

/** Whoever counts contacts of a customer, or notes one, holds this until the end of its transaction. `key` is the `hashtext` of the customer's id. */
export const contactsLock = (key: SQL): SQL => sql`pg_advisory_xact_lock(hashtext('cartera contacts'), ${key})`

/**
 * Those of the messages that may still leave under the limits of contacts: with a call that was noted meanwhile, and with what another lane
 * or process has handed over. One customer's messages pass one after the other: each sees the one before it as dispatching, or, within the
 * same question, as if it were. What merely is about to be sent does not count here: who asks first goes first.
 */
export async function withinLimits(
  tx: Transaction,
  ctx: AppContext,
  rules: ContactRules,
  asked: readonly AtGate[],
): Promise<AtGate[]> {
  const customerIds = new Set(asked.map((each) => each.customerId))
  // A process that freezes here must not keep the others waiting for long. In one order, so that nobody waits in a circle.
  await tx.execute(sql`
    with bounded as (select set_config('idle_in_transaction_session_timeout', '5s', true))
    select ${contactsLock(sql`key`)}
    from (select distinct hashtext(id) as key from unnest(${plainArray(customerIds)}::text[]) as c(id) cross join bounded order by 1) as keys`)
  const now = ctx.now()
  const today = dayOfInstant(now, rules.timeZone)
  const contacts = await findContactsOf(tx, rules, customerIds, today)
  const left = new Map<string, PlannedContact[]>()
  return asked.filter((message) => {
    const beside = (contacts.get(message.customerId) ?? []).filter(
      ({ pendingKind, messageId }) => pendingKind === undefined && messageId !== message.id,
    )
    const at = instantOn(now, daysBetween(today, message.day))
    const before = left.get(message.customerId) ?? []
    const allowed = nextNoticeAt({ from: at, kind: message.kind, combined: true, contacts: [...beside, ...before], rules })
    if (allowed.at === null || allowed.at > at) return false
    left.set(message.customerId, [...before, { at, channel: 'email', notice: true }])
    return true
  })
}
