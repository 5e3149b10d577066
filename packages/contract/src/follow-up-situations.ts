import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const followUpSituationEndpoints = catalogueEndpoints({
  url: '/api/v1/follow-up-situations',
  tag: 'Follow-up situations',
  words: {
    name: text(100),
    kind: z.enum(['ongoing', 'setback']).meta({ description: 'Why a follow-up goes on, or what went wrong with it' }),
  },
  // Follow-ups in the situation that the reader sees.
  facts: { followUpCount: z.int().min(0).max(10_000_000) },
  sorts: ['name', '-name'],
  summaries: {
    list: 'Why follow-ups go on, and what goes wrong with them',
    create: 'Add a situation of follow-ups',
    change: 'Change a situation of follow-ups, or switch it off and on',
    remove: 'Delete a situation that no follow-up has',
  },
})
