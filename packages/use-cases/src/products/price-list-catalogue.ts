import type { Transaction } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { priceLists, productPrices } from '@cartera/db/schema/prices'
import { isCurrency } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq, ne, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit, recordAudits } from '../audit.ts'
import { defineCatalogue } from '../catalogues/define-catalogue.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'

/** The list whose prices a customer is offered: the one that their record names, else the company's standard list. */
export const priceListOf = (named: SQL | string | null): SQL =>
  sql`coalesce(lower(${priceLists.name}) = lower(${named}::text), ${priceLists.standard})`

/** Customers name their list: a new name of it goes into their records, deleted ones included. */
async function renameAtCustomers(
  tx: Transaction,
  ctx: AppContext,
  viewer: { userId: string },
  before: string,
  after: string,
): Promise<void> {
  const named = await tx
    .select({ id: customers.id, priceList: customers.priceList })
    .from(customers)
    .where(sql`lower(${customers.priceList}) = lower(${before})`)
    .orderBy(asc(customers.id))
    .for('update')
  if (named.length === 0) return
  await tx
    .update(customers)
    .set({ priceList: after, version: sql`${customers.version} + 1`, updatedAt: ctx.now() })
    .where(sql`lower(${customers.priceList}) = lower(${before})`)
  await recordAudits(
    tx,
    ctx,
    viewer,
    'customer',
    named.map(({ id, priceList }) => ({ id, action: 'change' as const, changes: { priceList: [priceList, after] } })),
  )
}

/** At most one list is the standard one: the one before it is so no longer. */
async function makeStandard(
  tx: Transaction,
  ctx: AppContext,
  viewer: { userId: string },
  id: string,
  standard: boolean,
): Promise<void> {
  if (standard) {
    const others = await tx
      .update(priceLists)
      .set({ standard: false, version: sql`${priceLists.version} + 1` })
      .where(and(eq(priceLists.standard, true), ne(priceLists.id, id)))
      .returning({ id: priceLists.id })
    for (const other of others)
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'price-list',
        entityId: other.id,
        changes: { standard: [true, false] },
      })
  }
  await tx.update(priceLists).set({ standard }).where(eq(priceLists.id, id))
}

/** The price lists, with how many products have a price on each and how many customers that the viewer sees have the list. */
export const priceListCatalogue = defineCatalogue({
  table: priceLists,
  entity: 'price-list',
  words: ['name'],
  columns: ['currency'],
  check(_db, _viewer, { currency }) {
    if (currency !== undefined && !isCurrency(currency)) throw new Refusal('currency-unknown', { field: 'currency' })
  },
  async beside(
    tx,
    ctx,
    viewer,
    { id, before },
    input: { name?: string | undefined; currency?: string | undefined; standard?: boolean | undefined },
  ) {
    const changes: Record<string, unknown> = {}
    if (before !== null && input.currency !== undefined && input.currency !== before.currency) {
      const [priced] = await tx
        .select({ id: productPrices.productId })
        .from(productPrices)
        .where(eq(productPrices.priceListId, id))
        .limit(1)
      // The same figures would be other money.
      if (priced) throw new Refusal('price-list-has-prices', { field: 'currency' })
    }
    if (before !== null && input.name !== undefined && input.name !== before.name)
      await renameAtCustomers(tx, ctx, viewer, before.name, input.name)
    if (input.standard !== undefined && input.standard !== (before?.standard ?? false)) {
      await makeStandard(tx, ctx, viewer, id, input.standard)
      changes.standard = before === null ? input.standard : [before.standard, input.standard]
    }
    return changes
  },
  async referred(tx, { name }) {
    const [one] = await tx
      .select({ id: customers.id })
      .from(customers)
      .where(sql`lower(${customers.priceList}) = lower(${name})`)
      .limit(1)
    return one !== undefined
  },
  facts: (viewer) => ({
    standard: sql<boolean>`price_lists.standard`,
    productCount: sql`(select count(*) from ${productPrices} where product_prices.price_list_id = price_lists.id)`.mapWith(
      Number,
    ),
    // All lists are counted in one pass, whatever the page: nothing in the inner query depends on the entry.
    customerCount: sql`coalesce(((select json_object_agg(named, n) from (
        select lower(customers.price_list) as named, count(*) as n from ${customers}
        where customers.price_list is not null and ${visibleCustomer(viewer) ?? sql`true`} group by 1
      ) counted) ->> lower(price_lists.name))::integer, 0)`.mapWith(Number),
  }),
})
