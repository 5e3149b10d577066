import type { NoticeReceivable } from '@cartera/domain/notices/notice-plan'
import type { OwnReceivableSwitches } from '@cartera/domain/notices/notice-settings'
import { sql } from 'drizzle-orm'

/** A receivable as the plan sees it, with what a screen calls it. */
export interface CandidateReceivable extends NoticeReceivable {
  number: string
}

export interface ReceivableFactsRow extends Record<string, unknown> {
  id: string
  external_id: string | null
  customer_id: string
  issued_on: string
  due_on: string
  balance_minor: string
  currency: string
  disputed: boolean
  extensions: number
  promised_until: string | null
  paused_until: string | null
  source_name: string | null
  own: {
    active: boolean | null
    reminder_on: boolean | null
    reminder_rule_ids: string[] | null
    overdue_on: boolean | null
    overdue_rule_ids: string[] | null
  } | null
}

export interface ReceivableRow extends ReceivableFactsRow {
  number: string
}

/** What every question about notices reads of a receivable: `r`, with its own switches `rs`. */
export const receivableFacts = sql.raw(`r.id, r.external_id, r.customer_id, r.issued_on, r.due_on, r.balance_minor, r.currency,
  r.disputed_at is not null as disputed, r.extensions, r.promised_until, r.notices_paused_until as paused_until, r.source_name,
  to_jsonb(rs) as own`)

/** The same with what a screen or a mail calls it, from its document `d`. */
export const receivableColumns = sql`${receivableFacts}, d.number`

export function receivableOf(row: ReceivableRow): CandidateReceivable {
  return { ...factsOf(row), number: row.number }
}

/** A receivable as the plan decides over it. */
export function factsOf(row: ReceivableFactsRow): NoticeReceivable {
  const { own } = row
  return {
    id: row.id,
    externalId: row.external_id,
    customerId: row.customer_id,
    issuedOn: row.issued_on,
    dueOn: row.due_on,
    balanceMinor: BigInt(row.balance_minor),
    currency: row.currency,
    disputed: row.disputed,
    extensions: row.extensions,
    promisedUntil: row.promised_until,
    pausedUntil: row.paused_until,
    sourceName: row.source_name,
    own: own === null ? null : ownSwitchesOf(own),
  }
}

function ownSwitchesOf(own: NonNullable<ReceivableFactsRow['own']>): OwnReceivableSwitches {
  return {
    active: own.active,
    reminderOn: own.reminder_on,
    reminderRuleIds: own.reminder_rule_ids,
    overdueOn: own.overdue_on,
    overdueRuleIds: own.overdue_rule_ids,
  }
}
