import type { Transaction } from '@cartera/db/connect'
import { caseComments, cases, caseTypes } from '@cartera/db/schema/cases'
import { contacts, customers } from '@cartera/db/schema/customers'
import { addDays, type CalendarDay, instantOfLocal } from '@cartera/domain/calendar-day'
import { and, asc, isNotNull, isNull, ne } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { chanceFrom } from './random.ts'

const stories = [
  [
    'Entrega',
    'Llegaron dos cajas rotas',
    'El cliente mandó fotos. Pide que se repongan esta semana.',
    'Se repusieron las dos cajas.',
  ],
  [
    'Facturación',
    'Factura a nombre de la sucursal equivocada',
    'La necesita a nombre de la matriz.',
    'Se anuló y se emitió de nuevo.',
  ],
  [
    'Facturación',
    'Cobraron el flete dos veces',
    'Compara la factura con la orden de compra.',
    'Nota de crédito por el segundo flete.',
  ],
  ['Calidad', 'El lote no corresponde a la ficha técnica', null, 'El laboratorio confirmó el lote; se envió la ficha correcta.'],
  [
    'Devolución',
    'Quiere devolver lo que sobró de la promoción',
    'Son 14 unidades sin abrir.',
    'Se aceptó la devolución de 14 unidades.',
  ],
  ['Servicio', 'No contestan en la línea de soporte', 'Llamó tres veces el mismo día.', 'Se corrigió el desvío de la línea.'],
  ['Entrega', 'El pedido llegó incompleto', 'Faltan 20 unidades de la segunda línea.', 'Salió el faltante al día siguiente.'],
] as const
const remarks = [
  'Hablé con bodega, revisan hoy.',
  'El cliente envió las fotos.',
  'El transportista responde mañana.',
  'Quedó en confirmar la cantidad.',
]
const hours = ['09', '10', '11', '14', '15', '17'] as const
const zone = 'America/Bogota'
const hour = 3_600_000

/**
 * Cases of the customers' agents: new, under way, waiting, overdue and resolved. Chances of their own: what else the demo holds stays as it is.
 */
export async function fillCases(tx: Transaction, ctx: AppContext, today: CalendarDay): Promise<void> {
  const chance = chanceFrom(20_261_125)
  const types = await tx.select().from(caseTypes)
  const cast = await tx
    .select({ id: customers.id, preferred: customers.preferredAgentId, collector: customers.collectionsAgentId })
    .from(customers)
    .where(and(isNotNull(customers.preferredAgentId), ne(customers.status, 'inactive'), isNull(customers.deletedAt)))
    .orderBy(asc(customers.code))
  const people = await tx
    .select({ id: contacts.id, customerId: contacts.customerId })
    .from(contacts)
    .where(isNull(contacts.deletedAt))
    .orderBy(asc(contacts.nameKey), asc(contacts.id))
  const rows: (typeof cases.$inferInsert & { id: string })[] = []
  const said: (typeof caseComments.$inferInsert)[] = []
  for (const customer of cast.filter(() => chance.happens(0.28))) {
    const [type, subject, description, resolution] = stories[rows.length % stories.length] ?? stories[0]
    const ownerId = chance.happens(0.6) ? customer.preferred : (customer.collector ?? customer.preferred)
    if (ownerId === null) continue
    const state = chance.pick(['new', 'in-progress', 'in-progress', 'waiting', 'resolved', 'resolved'] as const)
    const id = v7()
    const openedMs = ctx.now().getTime() - chance.whole(state === 'new' ? 2 : 30, state === 'new' ? 40 : 400) * hour
    const createdAt = new Date(openedMs)
    const resolvedAt = new Date(openedMs + Math.floor((ctx.now().getTime() - openedMs) * 0.7))
    rows.push({
      id,
      customerId: customer.id,
      contactId: people.find((person) => person.customerId === customer.id)?.id ?? null,
      typeId: types.find((each) => each.name === type)?.id ?? null,
      ownerId,
      subject,
      description,
      state,
      priority: chance.pick(['low', 'normal', 'normal', 'high'] as const),
      channel: chance.pick(['call', 'email', 'message', 'visit'] as const),
      dueAt: instantOfLocal(addDays(today, chance.whole(-2, 8)), `${chance.pick(hours)}:00`, zone) ?? ctx.now(),
      ...(state === 'resolved' ? { resolution, resolvedAt, resolvedBy: ownerId } : {}),
      createdAt,
      createdBy: ownerId,
      // One was opened twice: the trash has something to show.
      ...(rows.length === 5 ? { deletedAt: new Date(ctx.now().getTime() - hour), deletedBy: ownerId } : {}),
    })
    if (state !== 'new' && chance.happens(0.8))
      said.push({
        id: v7(),
        caseId: id,
        body: chance.pick(remarks),
        writtenAt: new Date(openedMs + Math.floor((ctx.now().getTime() - openedMs) * 0.4)),
        authorId: ownerId,
      })
    if (state === 'resolved')
      said.push({ id: v7(), caseId: id, kind: 'resolution', body: resolution, writtenAt: resolvedAt, authorId: ownerId })
  }
  if (rows.length > 0) await tx.insert(cases).values(rows)
  if (said.length > 0) await tx.insert(caseComments).values(said)
}
