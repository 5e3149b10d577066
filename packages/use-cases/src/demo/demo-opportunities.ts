import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { products } from '@cartera/db/schema/interactions'
import { opportunities, opportunityLossReasons, opportunityProducts, opportunityStages } from '@cartera/db/schema/opportunities'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { and, asc, isNotNull, ne } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
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
  const catalogue = await tx.select({ id: products.id }).from(products).orderBy(asc(products.code))
  if (stages.length === 0 || reasons.length === 0 || catalogue.length === 0) return
  const cast = await tx
    .select({ id: customers.id, agentId: customers.preferredAgentId, currency: customers.creditCurrency })
    .from(customers)
    .where(and(isNotNull(customers.preferredAgentId), ne(customers.status, 'inactive')))
    .orderBy(asc(customers.code))
  const lines: (typeof opportunityProducts.$inferInsert)[] = []
  const rows = cast
    .filter(() => chance.happens(0.3))
    .flatMap(({ id: customerId, agentId, currency }): (typeof opportunities.$inferInsert)[] => {
      if (agentId === null) return []
      const id = v7()
      const stage = chance.pick(stages)
      const fate = chance.whole(1, 10)
      const state = fate <= 7 ? 'open' : fate === 8 ? 'lost' : 'won'
      const unitPriceMinor = BigInt(chance.whole(40, 900)) * 10_000n
      const quantity = chance.whole(1, 60)
      const closedOn = state === 'open' ? null : addDays(today, -chance.whole(1, 60))
      lines.push({
        opportunityId: id,
        productId: chance.pick(catalogue).id,
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
          currency: currency ?? 'COP',
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
