import type { customFields } from '@cartera/db/schema/customers'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import type { CustomValues } from '@cartera/domain/customers/custom-fields'
import { chanceFrom } from './random.ts'

/** What a distributor of building materials notes of its customers beyond what every company does. */
export const demoCustomFields: readonly Omit<typeof customFields.$inferInsert, 'id' | 'createdAt'>[] = [
  {
    key: 'segmento',
    name: 'Segmento',
    kind: 'choice',
    listed: true,
    position: 1,
    choices: [
      { key: 'oro', label: 'Oro', active: true },
      { key: 'plata', label: 'Plata', active: true },
      { key: 'bronce', label: 'Bronce', active: true },
    ],
  },
  {
    key: 'ruta_de_entrega',
    name: 'Ruta de entrega',
    kind: 'text',
    help: 'La que usa el despacho, por ejemplo R-04.',
    position: 2,
  },
  { key: 'ultima_visita', name: 'Última visita', kind: 'date', position: 3 },
  { key: 'metros_de_bodega', name: 'Metros de bodega', kind: 'number', position: 4 },
  { key: 'firmo_pagare', name: 'Firmó pagaré', kind: 'yes-no', position: 5 },
]

/** The values of the n-th customer; they take nothing from the chance that makes everything else. */
export function demoCustomValues(index: number, today: CalendarDay): CustomValues {
  const chance = chanceFrom(9000 + index)
  return {
    ...(chance.happens(0.9) ? { segmento: chance.pick(['oro', 'plata', 'plata', 'bronce', 'bronce', 'bronce']) } : {}),
    ...(chance.happens(0.7) ? { ruta_de_entrega: `R-${String(chance.whole(1, 14)).padStart(2, '0')}` } : {}),
    ...(chance.happens(0.6) ? { ultima_visita: addDays(today, -chance.whole(2, 200)) } : {}),
    ...(chance.happens(0.5) ? { metros_de_bodega: chance.whole(4, 180) * 10 + (chance.happens(0.2) ? 0.5 : 0) } : {}),
    ...(chance.happens(0.8) ? { firmo_pagare: chance.happens(0.6) } : {}),
  }
}
