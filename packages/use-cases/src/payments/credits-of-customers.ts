import type { Querier } from '@cartera/db/connect'
import type { Money } from '@cartera/domain/money'
import { sql } from 'drizzle-orm'

/** What a customer has paid or been credited that is not applied to any receivable. */
export interface CustomerCredit {
  /** By currency. */
  credits: Money[]
  /**
   * How much of it each open receivable would get if it were applied now, oldest due date first as `oldestOpen` does, in minor units by the
   * receivable's id: so that the same money covers nothing twice.
   */
  covered: ReadonlyMap<string, bigint>
}

export const noCredit: CustomerCredit = { credits: [], covered: new Map() }

/** The unapplied money of customers and what it covers; customers without any are not in the answer. */
export async function creditsOfCustomers(db: Querier, customerIds: readonly string[]): Promise<Map<string, CustomerCredit>> {
  const { rows } = await db.execute<{
    customer_id: string
    currency: string
    amount: string
    covered: Record<string, string> | null
  }>(sql`
    select c.customer_id, c.currency, c.amount::text as amount, (
      select json_object_agg(r.id, least(r.balance_minor, c.amount - r.before)::text)
      from (
        select id, balance_minor, sum(balance_minor) over (order by due_on, id) - balance_minor as before from receivables
        where customer_id = c.customer_id and currency = c.currency and balance_minor > 0
      ) r
      where r.before < c.amount
    ) as covered
    from (
      select customer_id, currency, sum(unapplied_minor) as amount
      from (
        select customer_id, currency, unapplied_minor from payments
        where unapplied_minor > 0 and customer_id = any(${sql.param([...new Set(customerIds)])}::uuid[])
        union all
        select customer_id, currency, unapplied_minor from documents
        where unapplied_minor > 0 and customer_id = any(${sql.param([...new Set(customerIds)])}::uuid[])
      ) unapplied
      group by customer_id, currency
    ) c
    order by c.customer_id, c.currency`)
  const found = new Map<string, { credits: Money[]; covered: Map<string, bigint> }>()
  for (const { customer_id, currency, amount, covered } of rows) {
    const credit = found.get(customer_id) ?? { credits: [], covered: new Map<string, bigint>() }
    found.set(customer_id, credit)
    credit.credits.push({ currency, amountMinor: BigInt(amount) })
    for (const [id, minor] of Object.entries(covered ?? {})) credit.covered.set(id, BigInt(minor))
  }
  return found
}
