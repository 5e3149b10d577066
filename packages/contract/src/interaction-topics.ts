import { z } from 'zod'
import { catalogueEndpoints } from './catalogue.ts'
import { text } from './shapes.ts'

export const interactionTopicEndpoints = catalogueEndpoints({
  url: '/api/v1/interaction-topics',
  tag: 'Interaction topics',
  words: { name: text(100) },
  // Interactions of the topic that the reader sees.
  facts: { interactionCount: z.int().min(0).max(10_000_000) },
  sorts: ['name', '-name'],
  summaries: {
    list: 'What interactions are about: payments, orders, complaints, ...',
    create: 'Add a topic of interactions',
    change: 'Rename a topic, or switch it off and on',
    remove: 'Delete a topic that no interaction has',
  },
})
