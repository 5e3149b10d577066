import { customers } from '@cartera/db/schema/customers'
import { products } from '@cartera/db/schema/interactions'
import { company } from '@cartera/db/schema/organisation'
import { renewals } from '@cartera/db/schema/renewals'
import { statusesWith } from '@cartera/domain/customers/customer-status'
import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { defineJob } from '../jobs/job.ts'
import { sayDay } from '../notices/notice-words.ts'
import { setUpNeeded } from '../set-up/set-up-installation.ts'

const batchSize = 200

/** A renewal whose day to be dealt with has come, and for whose date nothing was opened yet; nothing new is opened for an inactive customer. */
const isDue = (today: string) =>
  and(
    eq(renewals.state, 'active'),
    isNull(renewals.deletedAt),
    isNull(customers.deletedAt),
    inArray(customers.status, statusesWith('followUps')),
    sql`${renewals.nextOn} - coalesce(${renewals.leadDays}, (select ${company.renewalLeadDays} from ${company})) <= ${today}::date`,
    sql`${renewals.openedFor} is distinct from ${renewals.nextOn}`,
  )

/** Opens the follow-ups of what comes up for renewal, once for each date, in business time; each in a transaction of its own. Answers how many. */
export async function openRenewalFollowUps(ctx: AppContext): Promise<number> {
  const today = await companyToday(ctx)
  let opened = 0
  for (let after = ''; ; ) {
    const due = await ctx.db
      .select({ id: renewals.id })
      .from(renewals)
      .innerJoin(customers, eq(customers.id, renewals.customerId))
      .where(and(isDue(today), after === '' ? undefined : sql`${renewals.id} > ${after}::uuid`))
      .orderBy(asc(renewals.id))
      .limit(batchSize)
    for (const { id } of due) {
      try {
        if (await openOne(ctx, id, today)) opened += 1
      } catch (error) {
        // One that cannot be opened must not keep the others waiting; the next run looks at it again.
        ctx.log.error({ renewalId: id, error: String(error) }, 'follow-up of a renewal not opened')
      }
    }
    const last = due.at(-1)
    if (last === undefined || due.length < batchSize) return opened
    after = last.id
  }
}

async function openOne(ctx: AppContext, renewalId: string, today: string): Promise<boolean> {
  return ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .select({ renewal: renewals, product: products.name })
      .from(renewals)
      .innerJoin(customers, eq(customers.id, renewals.customerId))
      .innerJoin(products, eq(products.id, renewals.productId))
      .where(and(eq(renewals.id, renewalId), isDue(today)))
      .for('update', { of: renewals, skipLocked: true })
    if (!found) return false
    const { renewal, product } = found
    const english = (await findCompany(tx)).locale.startsWith('en')
    const day = sayDay(renewal.nextOn, english ? 'en' : 'es')
    const facts = [renewal.quantity, renewal.note].filter((each) => each !== null)
    const { id, opened } = await openFollowUp(tx, ctx, {
      originKey: `renewal:${renewal.id}:${renewal.nextOn}`,
      customerId: renewal.customerId,
      subject: english ? `Renewal for ${day}: ${product}` : `Renovación para el ${day}: ${product}`,
      description: facts.length === 0 ? null : facts.join('\n'),
      ownerId: renewal.ownerId,
      work: 'orders',
    })
    await tx.update(renewals).set({ openedFor: renewal.nextOn, followUpId: id }).where(eq(renewals.id, renewal.id))
    return opened
  })
}

/** Rung for every minute: what comes up for renewal has its follow-up, also that of days on which no worker ran. */
export const openRenewalFollowUpsJob = defineJob({
  name: 'open-renewal-follow-ups',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    if (await setUpNeeded(ctx)) return
    await openRenewalFollowUps(ctx)
  },
})
