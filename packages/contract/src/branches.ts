import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const branchEndpoints = catalogueEndpoints({
  url: '/api/v1/branches',
  tag: 'Branches',
  words: { code: text(20), name: text(100) },
  facts: { userCount: z.int().min(0).max(1_000_000) },
  sorts: ['name', '-name', 'code', '-code'],
  summaries: {
    list: 'The branches of the company',
    create: 'Add a branch',
    change: 'Rename a branch, or switch it off and on',
    remove: 'Delete a branch that nobody uses',
  },
})
