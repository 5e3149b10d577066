import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { products } from '@cartera/db/schema/interactions'
import { opportunities, opportunityLossReasons, opportunityProducts, opportunityStages } from '@cartera/db/schema/opportunities'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { and, asc, eq, isNotNull, ne, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { priceListOf } from '../products/price-list-catalogue.ts'
import { chanceFrom } from './random.ts'

const names = [
  'Reposición anual',
  'Obra nueva',
  'Ampliación de bodega',
  'Contrato de suministro',
  'Apertura de sede',
  'Pedido de temporada',
]
const sources = ['Recomendación', 'Feria', 'Sitio web', 'Visita comercial', null]
const notes = ['Firmó la orden de compra', 'Aceptó el plazo de 60 días', null]
const lostNotes = ['Otro proveedor ofreció 8 % menos', 'Lo retoman el próximo año', null]

/**
 * Sales in every stage, some won and some lost, a few past their day; of the customers' preferred agents. Chances of its own: what else the demo holds
 * stays as it is.
 */
export async function fillOpportunities(tx: Transaction, ctx: AppContext, today: CalendarDay): Promise<void> {
  const chance = chanceFrom(20_261_124)
  const stages = await tx.select().from(opportunityStages).orderBy(asc(opportunityStages.position))
  const reasons = await tx.select().from(opportunityLossReasons).orderBy(asc(opportunityLossReasons.name))
  const catalogue = await tx
    .select({ id: products.id, listId: priceLists.id, currency: priceLists.currency, priceMinor: productPrices.priceMinor })
    .from(productPrices)
    .innerJoin(products, eq(products.id, productPrices.productId))
    .innerJoin(priceLists, eq(priceLists.id, productPrices.priceListId))
    .orderBy(asc(products.code))
  if (stages.length === 0 || reasons.length === 0 || catalogue.length === 0) return
  const cast = await tx
    .select({ id: customers.id, agentId: customers.preferredAgentId, listId: priceLists.id })
    .from(customers)
    .innerJoin(priceLists, priceListOf(sql`${customers.priceList}`))
    .where(and(isNotNull(customers.preferredAgentId), ne(customers.status, 'inactive')))
    .orderBy(asc(customers.code))
  const lines: (typeof opportunityProducts.$inferInsert)[] = []
  const rows = cast
    .filter(() => chance.happens(0.3))
    .flatMap(({ id: customerId, agentId, listId }): (typeof opportunities.$inferInsert)[] => {
      if (agentId === null) return []
      const id = v7()
      const stage = chance.pick(stages)
      const fate = chance.whole(1, 10)
      const state = fate <= 7 ? 'open' : fate === 8 ? 'lost' : 'won'
      const product = chance.pick(catalogue.filter((each) => each.listId === listId))
      const unitPriceMinor = product.priceMinor
      const quantity = chance.whole(5, 60) * 10
      const closedOn = state === 'open' ? null : addDays(today, -chance.whole(1, 60))
      lines.push({
        opportunityId: id,
        productId: product.id,
        position: 0,
        quantity: String(quantity),
        unitPriceMinor,
      })
      return [
        {
          id,
          customerId,
          ownerId: agentId,
          name: chance.pick(names),
          source: chance.pick(sources),
          stageId: stage.id,
          state,
          amountMinor: unitPriceMinor * BigInt(quantity),
          currency: product.currency,
          probability: stage.probability,
          expectedOn: closedOn ?? addDays(today, chance.whole(-12, 90)),
          closedOn,
          closedBy: state === 'open' ? null : agentId,
          lossReasonId: state === 'lost' ? chance.pick(reasons).id : null,
          closeNote: state === 'open' ? null : chance.pick(state === 'won' ? notes : lostNotes),
          createdBy: agentId,
          createdAt: ctx.now(),
        },
      ]
    })
  if (rows.length === 0) return
  await tx.insert(opportunities).values(rows)
  await tx.insert(opportunityProducts).values(lines)
}
