import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { inArray, sql } from 'drizzle-orm'

/** Automatic customer codes (C-000001, ...), as many as asked: from the sequence, past those that somebody gave by hand. */
export async function nextCustomerCodes(tx: Transaction, count: number): Promise<string[]> {
  const codes: string[] = []
  while (codes.length < count) {
    const { rows } = await tx.execute<{ code: string }>(
      sql`select 'C-' || lpad(n::text, greatest(6, length(n::text)), '0') as code
          from (select nextval('customer_codes') as n from generate_series(1, ${count - codes.length})) numbers`,
    )
    const fresh = rows.map((row) => row.code)
    const taken = new Set(
      (await tx.select({ code: customers.code }).from(customers).where(inArray(customers.code, fresh))).map((row) => row.code),
    )
    codes.push(...fresh.filter((code) => !taken.has(code)))
  }
  return codes
}
