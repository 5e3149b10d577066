import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { amount, currency, flag, id, optionalText, reference, text } from './shapes.ts'

const count = z.int().min(0).max(10_000_000)
const percent = z
  .string()
  .max(10)
  .regex(/^\d{1,3}(\.\d{1,4})?$/)
  .meta({ description: 'Percentage from 0 to 100, up to four decimals', example: '19' })

export const productEndpoints = catalogueEndpoints({
  url: '/api/v1/products',
  tag: 'Products',
  words: { code: text(40), name: text(200) },
  more: {
    unit: optionalText(40).optional().meta({ description: 'In which it is sold: piece, bag, hour' }),
    taxPercent: percent.nullable().optional().meta({ description: 'Null: not said; a line of a quote is then not taxed' }),
    prices: z
      .array(
        z.strictObject({ priceListId: id, price: amount.nullable().meta({ description: 'Before tax; null takes it away' }) }),
      )
      .max(200)
      .optional()
      .meta({ description: 'Prices of other lists stay as they are' }),
  },
  facts: {
    unit: z.string().max(40).nullable(),
    taxPercent: percent.nullable(),
    prices: z.array(z.strictObject({ priceList: reference, currency, price: amount })).max(10_000),
    // Interactions about the product that the reader sees.
    interactionCount: count,
  },
  sorts: ['name', '-name', 'code', '-code'],
  summaries: {
    list: 'The products that the company offers, with what they cost on each price list',
    create: 'Add a product',
    change: 'Change a product and its prices, or switch it off and on',
    remove: 'Delete a product that nothing refers to',
  },
})

export const priceListEndpoints = catalogueEndpoints({
  url: '/api/v1/price-lists',
  tag: 'Price lists',
  words: { name: text(100), currency },
  more: { standard: flag.optional().meta({ description: 'For customers without a list of their own; of one list at most' }) },
  facts: {
    standard: flag,
    productCount: count,
    // Customers with the list in their record that the reader sees.
    customerCount: count,
  },
  sorts: ['name', '-name'],
  summaries: {
    list: 'The price lists of the company',
    create: 'Add a price list',
    change: 'Change a price list, or switch it off and on; customers follow a new name',
    remove: 'Delete a price list without prices that no customer has',
  },
})
