import type { Transaction } from '@cartera/db/connect'
import { contacts } from '@cartera/db/schema/customers'
import {
  customerMails,
  interactionEntries,
  interactionProducts,
  interactions,
  interactionTopics,
  products,
} from '@cartera/db/schema/interactions'
import type { EntryKind } from '@cartera/domain/interactions/interaction-rules'
import { inArray } from 'drizzle-orm'
import { v7 } from 'uuid'
import { chanceFrom } from './random.ts'
import type { WorkingHours } from './working-hours.ts'

const catalogue = [
  ['CEM-50', 'Cemento gris 50 kg', 'bulto'],
  ['VAR-38', 'Varilla corrugada 3/8"', 'unidad'],
  ['PIN-GL', 'Pintura vinílica galón', 'galón'],
  ['TUB-PVC', 'Tubería PVC 4"', 'tubo'],
  ['CAB-12', 'Cable eléctrico calibre 12', 'metro'],
  ['CER-60', 'Cerámica 60 × 60', 'm²'],
  ['TEJ-ZN', 'Teja de zinc', 'lámina'],
  ['HER-KIT', 'Juego de herramientas', 'juego'],
] as const

type Line = readonly [kind: EntryKind, text: string]

/** What is said between a distributor and those who buy on credit; the topic by its place in the installed ones. */
const conversations: readonly { topic: string; lines: readonly Line[] }[] = [
  {
    topic: 'Cobranza',
    lines: [
      ['outgoing', 'Le recordé por teléfono las dos facturas vencidas y le leí el saldo.'],
      ['incoming', 'Dice que el contador está de viaje y que programan el pago para el viernes.'],
      ['internal', 'Es la segunda vez que dicen lo mismo. Si el viernes no llega, pasar a retención.'],
    ],
  },
  {
    topic: 'Cobranza',
    lines: [
      ['incoming', 'Pide el detalle de la cuenta porque sus números no coinciden con los nuestros.'],
      ['outgoing', 'Le enviamos el estado de cuenta con corte a hoy. Quedamos atentos a sus comentarios.'],
    ],
  },
  {
    topic: 'Pedido',
    lines: [
      ['incoming', 'Pregunta si podemos despachar otra vez mientras cancela la cuota de este mes.'],
      ['internal', 'Tiene cupo disponible. Consultado con ventas: se puede hasta la mitad del pedido.'],
      ['outgoing', 'Podemos despacharle la primera mitad esta semana y el resto al recibir el abono.'],
    ],
  },
  {
    topic: 'Reclamo',
    lines: [
      ['incoming', 'La última entrega llegó con cuatro cajas rotas y quiere una nota de crédito.'],
      ['outgoing', 'Recibimos las fotos. Calidad responde mañana y la factura queda sin cobro mientras tanto.'],
    ],
  },
  {
    topic: 'Consulta',
    lines: [
      ['incoming', 'Quiere saber los precios por volumen y si hay descuento por pronto pago.'],
      ['outgoing', 'Le enviamos la lista vigente. El descuento por pago a ocho días es del 2 %.'],
    ],
  },
  {
    topic: 'Visita',
    lines: [
      ['outgoing', 'Visita al local: bodega llena y buena rotación. Firmaron el acuerdo de pagos.'],
      ['internal', 'El dueño quiere abrir otra sede el próximo año. Vale la pena revisar el cupo.'],
    ],
  },
]

/** What customers write on the portal by themselves; the last one still waits. */
const fromPortal: readonly (readonly Line[])[] = [
  [
    ['incoming', 'Buenos días. ¿Me confirman si recibieron la transferencia de ayer?'],
    ['outgoing', 'Buenos días. Sí, ya está aplicada. Gracias por su pago.'],
  ],
  [['incoming', 'Necesito la factura de este mes en PDF para contabilidad, por favor.']],
  [['incoming', 'No reconocemos la última factura: el pedido lo cancelamos antes del despacho. ¿Con quién lo vemos?']],
  [
    ['incoming', '¿Es posible pagar la cuota en dos partes?'],
    ['internal', 'Cumple siempre. Por mí se puede.'],
    ['outgoing', 'Claro que sí: la mitad esta semana y la otra a fin de mes.'],
    ['incoming', 'Muchas gracias. ¿Me lo confirman por escrito?'],
  ],
]

interface Party {
  id: string
  contactPerson: string | null
  phone: string | null
  email: string | null
  preferredAgentId: string | null
  collectionsAgentId: string | null
}
interface Person {
  id: string
  name: string
}

/**
 * Products, and conversations of every kind: calls, visits, mails that left and one that did not, and messages of the portal of which some wait for
 * an answer. Chances of its own: what else the demo holds stays as it is.
 */
export async function fillInteractions(
  tx: Transaction,
  facts: { customers: readonly Party[]; staff: readonly Person[]; now: Date; hours: WorkingHours },
): Promise<number> {
  const chance = chanceFrom(20_261_123)
  const { now, hours } = facts
  const offered = await tx
    .insert(products)
    .values(catalogue.map(([code, name, unit]) => ({ code, name, unit, taxPercent: '19' })))
    .returning({ id: products.id })
  const topics = await tx.select().from(interactionTopics)
  const topicId = (name: string) => (topics.find((topic) => topic.name === name) ?? topics[0])?.id ?? ''
  const nameOf = (id: string) => facts.staff.find((person) => person.id === id)?.name ?? 'Distribuidora Andina'
  const owned = facts.customers.flatMap((customer) => {
    const ownerId = customer.collectionsAgentId ?? customer.preferredAgentId
    return ownerId === null ? [] : [{ customer, ownerId }]
  })
  const people = await tx
    .select()
    .from(contacts)
    .where(
      inArray(
        contacts.customerId,
        owned.map(({ customer }) => customer.id),
      ),
    )
  const personOf = (customerId: string) => people.find((person) => person.customerId === customerId && person.email !== null)

  const rows: (typeof interactions.$inferInsert & { id: string })[] = []
  const entries: (typeof interactionEntries.$inferInsert & { id: string })[] = []
  const interest: (typeof interactionProducts.$inferInsert)[] = []
  const mails: (typeof customerMails.$inferInsert)[] = []
  const readers = new Set<string>()

  const record = (
    { customer, ownerId }: (typeof owned)[number],
    lines: readonly Line[],
    startedAt: Date,
    over: Partial<typeof interactions.$inferInsert> & { topicId: string },
  ) => {
    const id = v7()
    const contact = personOf(customer.id)
    const portal = over.source === 'portal'
    let at = startedAt.getTime()
    let name = ''
    let unansweredSince: Date | null = null
    for (const [kind, body] of lines) {
      const byCustomer = portal && kind === 'incoming'
      name = byCustomer
        ? (contact?.name ?? '')
        : kind === 'incoming'
          ? (customer.contactPerson ?? nameOf(ownerId))
          : nameOf(ownerId)
      const entryId = v7()
      const writtenAt = new Date(Math.min(at, now.getTime() - 60_000))
      entries.push({
        id: entryId,
        interactionId: id,
        kind,
        entryName: name,
        body,
        writtenAt,
        authorId: byCustomer ? null : ownerId,
        portalContactId: byCustomer ? (contact?.id ?? null) : null,
      })
      if (byCustomer) unansweredSince ??= writtenAt
      if (kind === 'outgoing') {
        unansweredSince = null
        if (!portal && customer.email !== null && chance.happens(0.3))
          mails.push(mailOf(entryId, { customer, ownerId }, writtenAt))
      }
      at += chance.whole(5, 40) * 60_000
    }
    rows.push({
      id,
      customerId: customer.id,
      ownerId,
      happenedAt: startedAt,
      contactId: contact?.id ?? null,
      contactName: contact?.name ?? customer.contactPerson,
      contactPhone: contact?.phone ?? customer.phone,
      contactEmail: contact?.email ?? customer.email,
      salespersonId: customer.preferredAgentId,
      reference: chance.happens(0.3) ? `OC-${chance.whole(1000, 9999)}` : null,
      unansweredSince,
      lastEntryAt: new Date(Math.min(at, now.getTime() - 60_000)),
      lastEntryName: name,
      createdAt: startedAt,
      createdBy: portal ? null : ownerId,
      ...over,
    })
    if (chance.happens(0.4)) interest.push({ interactionId: id, productId: chance.pick(offered).id })
  }
  const mailOf = (entryId: string, of: (typeof owned)[number], writtenAt: Date): typeof customerMails.$inferInsert => {
    const failed = chance.happens(0.15)
    return {
      kind: 'interaction',
      customerId: of.customer.id,
      aboutId: entryId,
      senderId: of.ownerId,
      toAddress: of.customer.email ?? '',
      state: failed ? 'failed' : 'sent',
      messageId: `<${v7()}@demo.cartera.test>`,
      response: failed ? '550 5.1.1 mailbox unavailable' : '250 2.0.0 Ok: queued',
      attempt: 1,
      sentAt: failed ? null : new Date(writtenAt.getTime() + 20_000),
      createdAt: writtenAt,
      createdBy: of.ownerId,
    }
  }

  for (let n = 0; n < 90; n++) {
    const one = chance.pick(owned)
    const { topic, lines } = chance.pick(conversations)
    const startedAt = hours.near(new Date(now.getTime() - chance.whole(1, 60 * 24) * 3_600_000 - chance.whole(0, 59) * 60_000))
    const old = now.getTime() - startedAt.getTime() > 20 * 86_400_000
    record(one, lines, startedAt, { topicId: topicId(topic), state: old && chance.happens(0.8) ? 'closed' : 'open' })
  }
  // Two of each collections agent, so that every agent of the demo finds messages of their own customers.
  const agents = [...new Set(owned.flatMap(({ customer }) => customer.collectionsAgentId ?? []))]
  for (const [index, agentId] of agents.entries()) {
    const known = owned.filter(({ customer, ownerId }) => ownerId === agentId && personOf(customer.id))
    for (const [n, one] of known.slice(0, 2).entries()) {
      readers.add(personOf(one.customer.id)?.id ?? '')
      const startedAt = hours.near(new Date(now.getTime() - (n * 20 + index + 2) * 3_600_000))
      const lines = fromPortal[(index + n * 2) % fromPortal.length] ?? []
      record(one, lines, startedAt, { topicId: topicId('Portal'), source: 'portal' })
    }
  }
  readers.delete('')
  if (readers.size > 0)
    await tx
      .update(contacts)
      .set({ portalAccess: true })
      .where(inArray(contacts.id, [...readers]))
  await tx.insert(interactions).values(rows.sort((one, other) => one.happenedAt.getTime() - other.happenedAt.getTime()))
  for (let at = 0; at < entries.length; at += 500) await tx.insert(interactionEntries).values(entries.slice(at, at + 500))
  if (interest.length > 0) await tx.insert(interactionProducts).values(interest)
  if (mails.length > 0) await tx.insert(customerMails).values(mails)
  return rows.length
}
