import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const caseTypeEndpoints = catalogueEndpoints({
  url: '/api/v1/case-types',
  tag: 'Case types',
  words: { name: text(100) },
  // Cases of the type that the reader sees.
  facts: { caseCount: z.int().min(0).max(10_000_000) },
  sorts: ['name', '-name'],
  summaries: {
    list: 'What cases are about: complaints, returns, billing, ...',
    create: 'Add a type of cases',
    change: 'Rename a type, or switch it off and on',
    remove: 'Delete a type that no case has',
  },
})
