import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const productEndpoints = catalogueEndpoints({
  url: '/api/v1/products',
  tag: 'Products',
  words: { code: text(40), name: text(200) },
  // Interactions about the product that the reader sees.
  facts: { interactionCount: z.int().min(0).max(10_000_000) },
  sorts: ['name', '-name', 'code', '-code'],
  summaries: {
    list: 'The products that customers are interested in',
    create: 'Add a product',
    change: 'Rename a product, or switch it off and on',
    remove: 'Delete a product that nothing refers to',
  },
})
