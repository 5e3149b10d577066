import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { products } from '@cartera/db/schema/interactions'
import { opportunities } from '@cartera/db/schema/opportunities'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { quoteLines, quotes } from '@cartera/db/schema/quotes'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import { and, asc, eq, isNotNull, ne, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { priceListOf } from '../products/price-list-catalogue.ts'
import { readLines } from '../quotes/quote-lines.ts'
import { makeQuotePdf } from '../quotes/quote-pdf.ts'
import { chanceFrom } from './random.ts'

const subjects = ['Reposición trimestral', 'Nueva sucursal', 'Campaña de fin de año', 'Ampliación de bodega', 'Pedido especial']
const terms = 'Entrega en 5 días hábiles desde la aceptación.\nPago a 30 días.'

type State = 'draft' | 'issued' | 'accepted' | 'rejected'
/** State, written so many days ago, valid so many days from today. */
const standings: readonly (readonly [State, number, number])[] = [
  ['accepted', 21, 9],
  ['issued', 45, -15],
  ['rejected', 18, 12],
  ['issued', 12, 18],
  ['issued', 6, 24],
  ['draft', 2, 28],
  ['accepted', 9, 21],
  ['draft', 1, 29],
  ['draft', 0, 30],
]

/** Quotes in every state, handed over without mail: the demo's mailboxes stay as they are. Chances of its own. */
export async function fillQuotes(tx: Transaction, ctx: AppContext, today: CalendarDay): Promise<void> {
  const chance = chanceFrom(20_261_201)
  const catalogue = await tx
    .select({ product: products, listId: priceLists.id, currency: priceLists.currency, priceMinor: productPrices.priceMinor })
    .from(productPrices)
    .innerJoin(products, eq(products.id, productPrices.productId))
    .innerJoin(priceLists, eq(priceLists.id, productPrices.priceListId))
    .orderBy(asc(products.code))
  const cast = await tx
    .select({ id: customers.id, agentId: customers.preferredAgentId, listId: priceLists.id })
    .from(customers)
    .innerJoin(priceLists, priceListOf(sql`${customers.priceList}`))
    .where(and(isNotNull(customers.preferredAgentId), ne(customers.status, 'inactive')))
    .orderBy(asc(customers.code))
    .limit(standings.length)
  for (const [at, [state, ago, validFor]] of standings.entries()) {
    const customer = cast[at]
    if (!customer?.agentId) continue
    const offered = catalogue.filter(({ listId }) => listId === customer.listId)
    const currency = offered[0]?.currency
    if (currency === undefined) continue
    const written = Array.from({ length: chance.whole(2, 4) }, () => {
      const { product, priceMinor } = chance.pick(offered)
      return {
        productId: product.id,
        description: product.name,
        unit: product.unit,
        quantity: String(chance.whole(1, 40)),
        unitPrice: formatAmount(priceMinor, currency),
        discountPercent: chance.happens(0.3) ? '5' : '0',
        taxPercent: product.taxPercent,
      }
    })
    const read = await readLines(tx, written, { currency, taxIncluded: false })
    const issuedOn = addDays(today, -ago)
    const writtenAt = new Date(ctx.now().getTime() - ago * 86_400_000)
    // A quote for the customer's open sale, where there is one written by the same person.
    const [sale] = await tx
      .select({ id: opportunities.id })
      .from(opportunities)
      .where(
        and(
          eq(opportunities.customerId, customer.id),
          eq(opportunities.state, 'open'),
          eq(opportunities.ownerId, customer.agentId),
        ),
      )
      .limit(1)
    const [made] = await tx
      .insert(quotes)
      .values({
        customerId: customer.id,
        ownerId: customer.agentId,
        opportunityId: sale?.id ?? null,
        subject: subjects[at % subjects.length] ?? 'Pedido',
        currency,
        language: 'es',
        validUntil: addDays(today, validFor),
        terms,
        netMinor: read.totals.net,
        taxMinor: read.totals.tax,
        totalMinor: read.totals.total,
        createdBy: customer.agentId,
        createdAt: writtenAt,
      })
      .returning()
    if (!made) throw new Error('the quote was not written')
    const lines = await tx
      .insert(quoteLines)
      .values(read.lines.map((line) => ({ ...line, quoteId: made.id })))
      .returning()
    if (state === 'draft') continue
    const decided = state === 'issued' ? null : addDays(issuedOn, 3)
    await tx
      .update(quotes)
      .set({
        state,
        issuedOn,
        issuedAt: writtenAt,
        issuedBy: customer.agentId,
        byHand: true,
        pdf: await makeQuotePdf(tx, made, lines, { now: writtenAt, issuedOn }),
        decidedOn: decided,
        decidedAt: decided === null ? null : new Date(writtenAt.getTime() + 3 * 86_400_000),
        decidedBy: decided === null ? null : customer.agentId,
        reason: state === 'rejected' ? 'Eligió otro proveedor por plazo de entrega' : null,
      })
      .where(eq(quotes.id, made.id))
  }
}
