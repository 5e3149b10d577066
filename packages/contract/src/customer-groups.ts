import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { flag, text } from './shapes.ts'

export const customerGroupEndpoints = catalogueEndpoints({
  url: '/api/v1/customer-groups',
  tag: 'Customer groups',
  words: { name: text(100) },
  facts: {
    // Customers of the group that the reader sees.
    customerCount: z.int().min(0).max(1_000_000_000),
    // Whether the group has notice settings of its own.
    hasNoticeSettings: flag,
  },
  sorts: ['name', '-name'],
  summaries: {
    list: 'The groups of customers that are treated alike',
    create: 'Add a customer group',
    change: 'Rename a customer group, or switch it off and on: one that is off keeps its customers and is not offered',
    remove: 'Delete a customer group that no customer belongs to',
  },
})
