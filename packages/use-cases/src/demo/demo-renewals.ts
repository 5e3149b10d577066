import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { products } from '@cartera/db/schema/interactions'
import { interests } from '@cartera/db/schema/interests'
import { renewals } from '@cartera/db/schema/renewals'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { anchorOf, monthsLater } from '@cartera/domain/renewals/renewal'
import { and, asc, isNotNull, ne, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { chanceFrom } from './random.ts'

const notes = [
  'Lo pidió para la nueva sede',
  'Quiere una demostración',
  'Compara con otro proveedor',
  'Para el próximo trimestre',
]
const quantities = ['20 cajas', '12 unidades', '1 licencia', '50 kg', null]

/**
 * What customers are interested in, from their interactions and by hand, and what they buy every so often: dates behind and ahead of today. Chances of its
 * own: what else the demo holds stays as it is.
 */
export async function fillInterestsAndRenewals(tx: Transaction, ctx: AppContext, today: CalendarDay): Promise<void> {
  const chance = chanceFrom(20_261_123)
  const catalogue = await tx.select({ id: products.id }).from(products).orderBy(asc(products.code))
  if (catalogue.length === 0) return
  const { rows } = await tx.execute<{
    customer_id: string
    product_id: string
    interaction_id: string
    shown_on: string
    by: string
  }>(sql`
    select distinct on (i.customer_id, p.product_id) i.customer_id, p.product_id, i.id as interaction_id, i.owner_id as by,
      (i.happened_at at time zone 'America/Bogota')::date::text as shown_on
    from interaction_products p join interactions i on i.id = p.interaction_id order by i.customer_id, p.product_id, i.happened_at`)
  const cast = await tx
    .select({ id: customers.id, agentId: customers.preferredAgentId })
    .from(customers)
    .where(and(isNotNull(customers.preferredAgentId), ne(customers.status, 'inactive')))
    .orderBy(asc(customers.code))
  const shown = rows.map((row) => ({
    id: v7(),
    customerId: row.customer_id,
    productId: row.product_id,
    shownOn: row.shown_on,
    origin: 'interaction' as const,
    interactionId: row.interaction_id,
    note: null,
    createdBy: row.by,
    createdAt: ctx.now(),
  }))
  const known = new Set(shown.map((row) => `${row.customerId} ${row.productId}`))
  const byHand = cast
    .filter(() => chance.happens(0.25))
    .flatMap(({ id, agentId }) => {
      const productId = chance.pick(catalogue).id
      if (known.has(`${id} ${productId}`)) return []
      const note = chance.happens(0.6) ? chance.pick(notes) : null
      const shownOn = addDays(today, -chance.whole(1, 120))
      return [{ id: v7(), customerId: id, productId, shownOn, note, createdBy: agentId, createdAt: ctx.now() }]
    })
  if (shown.length > 0) await tx.insert(interests).values(shown)
  if (byHand.length > 0) await tx.insert(interests).values(byHand)
  const bought = cast
    .filter(() => chance.happens(0.2))
    .flatMap(({ id, agentId }) => {
      if (agentId === null) return []
      const everyMonths = chance.pick([1, 3, 6, 12])
      const nextOn = addDays(today, chance.whole(-10, 150))
      const anchorDay = anchorOf(nextOn)
      return [
        {
          id: v7(),
          customerId: id,
          productId: chance.pick(catalogue).id,
          ownerId: agentId,
          everyMonths,
          anchorDay,
          lastOn: monthsLater(nextOn, -everyMonths, anchorDay),
          nextOn,
          quantity: chance.pick(quantities),
          createdBy: agentId,
          createdAt: ctx.now(),
        },
      ]
    })
  if (bought.length > 0) await tx.insert(renewals).values(bought)
}
