import type { Querier } from '@cartera/db/connect'
import { type Money, totalsByCurrency } from '@cartera/domain/money'
import { sql } from 'drizzle-orm'

/**
 * What customers have paid or been credited without its being applied to any receivable, by customer and currency. For totals that are net; customers
 * without any are not in the answer.
 */
export async function creditsOfCustomers(db: Querier, customerIds: readonly string[]): Promise<Map<string, Money[]>> {
  const { rows } = await db.execute<{ customer_id: string; currency: string; amount: string }>(sql`
    select customer_id, currency, sum(unapplied_minor)::text as amount
    from (
      select customer_id, currency, unapplied_minor from payments
      where unapplied_minor > 0 and customer_id = any(${sql.param([...new Set(customerIds)])}::uuid[])
      union all
      select customer_id, currency, unapplied_minor from documents
      where unapplied_minor > 0 and customer_id = any(${sql.param([...new Set(customerIds)])}::uuid[])
    ) credits
    group by customer_id, currency`)
  const credits = new Map<string, Money[]>()
  for (const row of rows)
    credits.set(
      row.customer_id,
      totalsByCurrency([...(credits.get(row.customer_id) ?? []), { currency: row.currency, amountMinor: BigInt(row.amount) }]),
    )
  return credits
}
