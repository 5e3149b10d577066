import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const followUpTypeEndpoints = catalogueEndpoints({
  url: '/api/v1/follow-up-types',
  tag: 'Follow-up types',
  words: { name: text(100) },
  // Follow-ups of the type that the reader sees.
  facts: { followUpCount: z.int().min(0).max(10_000_000) },
  sorts: ['name', '-name'],
  summaries: {
    list: 'The types of follow-ups: collections, orders, ...',
    create: 'Add a type of follow-up',
    change: 'Rename a type of follow-up, or switch it off and on',
    remove: 'Delete a type that no follow-up has',
  },
})
