import { customers } from '@cartera/db/schema/customers'
import { noticeSettings } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { and, inArray, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'

const batchSize = 5000

/** A customer whose notices were switched on, at which version of its settings, and how it had them before; `before` is null where it had none. */
export interface NoticesSwitchedOn {
  customerId: string
  version: number
  before: { active: boolean | null; reminderOn: boolean | null } | null
}

/**
 * Switches notices on for customers (`active`, and the reminder unless somebody said otherwise: product.md section 8); all
 * customers when `customerIds` is null. For the command line, which acts for the system, and imports, for who runs them. Answers whom it switched on;
 * doing it twice changes nothing.
 */
export async function enableNoticesForCustomers(
  ctx: AppContext,
  customerIds: readonly string[] | null,
  viewer: Pick<Viewer, 'userId'> | null = null,
): Promise<NoticesSwitchedOn[]> {
  const wanted =
    customerIds === null
      ? (await ctx.db.select({ id: customers.id }).from(customers).where(isNull(customers.deletedAt))).map((row) => row.id)
      : [...new Set(customerIds)]
  const switched: NoticesSwitchedOn[] = []
  for (let from = 0; from < wanted.length; from += batchSize) {
    const batch = wanted.slice(from, from + batchSize)
    await ctx.db.transaction(async (tx) => {
      const existing = await tx
        .select({ id: customers.id })
        .from(customers)
        .where(and(inArray(customers.id, batch), isNull(customers.deletedAt)))
      if (existing.length === 0) return
      const standing = new Map(
        (
          await tx
            .select({ id: noticeSettings.customerId, active: noticeSettings.active, reminderOn: noticeSettings.reminderOn })
            .from(noticeSettings)
            .where(inArray(noticeSettings.customerId, batch))
            .for('update')
        ).map(({ id, ...before }) => [id, before]),
      )
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
        .returning({ id: noticeSettings.customerId, version: noticeSettings.version })
      if (written.length > 0)
        await recordAudit(tx, ctx, viewer, {
          action: 'change',
          entity: 'notice-settings',
          entityId: 'many',
          changes: { active: [null, true], customers: written.length },
        })
      for (const { id, version } of written) switched.push({ customerId: id, version, before: standing.get(id) ?? null })
    })
  }
  return switched
}
