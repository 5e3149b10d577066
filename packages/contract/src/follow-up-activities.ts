import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const followUpActivityEndpoints = catalogueEndpoints({
  url: '/api/v1/follow-up-activities',
  tag: 'Follow-up activities',
  words: {
    name: text(100),
    direction: z.enum(['progress', 'setback', 'neutral']).meta({ description: 'A step ahead, a step back, or neither' }),
  },
  // Times it was noted in follow-ups that the reader sees.
  facts: { useCount: z.int().min(0).max(10_000_000) },
  sorts: ['name', '-name'],
  summaries: {
    list: 'What is done in follow-ups: agreed a date, sent the statement, ...',
    create: 'Add an activity of follow-ups',
    change: 'Change an activity of follow-ups, or switch it off and on',
    remove: 'Delete an activity that was never noted',
  },
})
