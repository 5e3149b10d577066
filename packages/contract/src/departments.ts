import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const departmentEndpoints = catalogueEndpoints({
  url: '/api/v1/departments',
  tag: 'Departments',
  words: { code: text(20), name: text(100) },
  facts: { userCount: z.int().min(0).max(1_000_000) },
  sorts: ['name', '-name', 'code', '-code'],
  summaries: {
    list: 'The departments of the company',
    create: 'Add a department',
    change: 'Rename a department, or switch it off and on',
    remove: 'Delete a department that nobody uses',
  },
})
