import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { products } from '@cartera/db/schema/interactions'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { inArray, isNull, ne, or, sql } from 'drizzle-orm'

/** Pesos for one, by the product's code. */
const pesos: Readonly<Record<string, number>> = {
  'CEM-50': 32_500,
  'VAR-38': 18_900,
  'PIN-GL': 68_000,
  'TUB-PVC': 54_900,
  'CAB-12': 3_150,
  'CER-60': 42_500,
  'TEJ-ZN': 39_900,
  'HER-KIT': 185_000,
}
/** Name, currency, and what a price in pesos is there in minor units: wholesale is eight per cent cheaper, a dollar is 4,100 pesos. */
const lists: readonly (readonly [string, string, (price: number) => number])[] = [
  ['General', 'COP', (price) => price * 100],
  ['Mayorista', 'COP', (price) => Math.round(price * 0.92) * 100],
  ['Exportación', 'USD', (price) => Math.round((price / 4100) * 100)],
]

/** Three price lists; the standard one is for those who have none: every fourth customer buys wholesale, those abroad in dollars. */
export async function fillPrices(tx: Transaction): Promise<void> {
  const made = await tx
    .insert(priceLists)
    .values(lists.map(([name, currency]) => ({ name, currency, standard: name === 'General' })))
    .returning()
  const offered = await tx.select({ id: products.id, code: products.code }).from(products)
  const prices = made.flatMap((list) => {
    const [, , reckon] = lists.find(([name]) => name === list.name) ?? []
    return offered.flatMap(({ id, code }) => {
      const price = pesos[code]
      return reckon === undefined || price === undefined
        ? []
        : [{ productId: id, priceListId: list.id, priceMinor: BigInt(reckon(price)) }]
    })
  })
  await tx.insert(productPrices).values(prices)
  await tx.update(customers).set({ priceList: 'Exportación' }).where(ne(customers.creditCurrency, 'COP'))
  const wholesale = tx
    .select({ id: customers.id })
    .from(customers)
    .where(or(isNull(customers.creditCurrency), sql`${customers.creditCurrency} = 'COP'`))
    .orderBy(customers.code)
  const inPesos = (await wholesale).filter((_, at) => at % 4 === 1).map(({ id }) => id)
  if (inPesos.length > 0) await tx.update(customers).set({ priceList: 'Mayorista' }).where(inArray(customers.id, inPesos))
}
