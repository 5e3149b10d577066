import { customers } from '@cartera/db/schema/customers'
import { noticeSettings } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, inArray, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'

const batchSize = 5000

/**
 * Switches notices on for customers (`active`, and the reminder unless somebody said otherwise: product.md section 8); all
 * customers when `customerIds` is null. For the command line, which acts for the system, and imports, for who runs them. Answers how many it switched on;
 * doing it twice changes nothing.
 */
export async function enableNoticesForCustomers(
  ctx: AppContext,
  customerIds: readonly string[] | null,
  viewer: Pick<Viewer, 'userId'> | null = null,
): Promise<number> {
  const wanted =
    customerIds === null
      ? (await ctx.db.select({ id: customers.id }).from(customers).where(isNull(customers.deletedAt))).map((row) => row.id)
      : [...new Set(customerIds)]
  let switched = 0
  for (let from = 0; from < wanted.length; from += batchSize) {
    const batch = wanted.slice(from, from + batchSize)
    switched += await ctx.db.transaction(async (tx) => {
      const existing = await tx
        .select({ id: customers.id })
        .from(customers)
        .where(and(inArray(customers.id, batch), isNull(customers.deletedAt)))
      if (existing.length === 0) return 0
      const written = await tx
        .insert(noticeSettings)
        .values(existing.map(({ id }) => ({ customerId: id, active: true, reminderOn: true, updatedAt: ctx.now() })))
        .onConflictDoUpdate({
          target: noticeSettings.customerId,
          set: {
            active: true,
            reminderOn: sql`coalesce(${noticeSettings.reminderOn}, true)`,
            version: sql`${noticeSettings.version} + 1`,
            updatedAt: ctx.now(),
          },
          setWhere: sql`${noticeSettings.active} is distinct from true`,
        })
        .returning({ id: noticeSettings.customerId })
      if (written.length > 0)
        await recordAudit(tx, ctx, viewer, {
          action: 'change',
          entity: 'notice-settings',
          entityId: 'many',
          changes: { active: [null, true], customers: written.length },
        })
      return written.length
    })
  }
  return switched
}
