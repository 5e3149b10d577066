import type { Transaction } from '@cartera/db/connect'
import { disputes, promiseItems, promises, receivableExtensions, receivables } from '@cartera/db/schema/receivables'
import { addDays, type CalendarDay, daysBetween } from '@cartera/domain/calendar-day'
import { graceUntilOf } from '@cartera/domain/promises/promise'
import { disputeCategories } from '@cartera/domain/receivables/dispute'
import { eq, inArray } from 'drizzle-orm'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { sayDay } from '../notices/notice-words.ts'
import { chanceFrom } from './random.ts'

interface Owed {
  id: string
  customerId: string
  issuedOn: CalendarDay
  dueOn: CalendarDay
  currency: string
  amountMinor: bigint
  balanceMinor: bigint
  disputedAt?: Date | null | undefined
  disputeReason?: string | null | undefined
}

const comments = ['Paga el viernes por transferencia', 'Espera un abono de su cliente', 'Lo confirmó el contador', null]
const extensionReasons = ['Acuerdo por pedido grande', 'Retraso en la entrega', 'Cierre de fin de año del cliente']

/**
 * Promises of every state, extensions and disputes with their facts, so that the screens of the demo company have something to say. Chances of its
 * own: what else the demo holds stays as it is.
 */
export async function fillAgreements(
  tx: Transaction,
  ctx: AppContext,
  facts: {
    owed: readonly Owed[]
    paidOn: ReadonlyMap<string, CalendarDay>
    agentOf: ReadonlyMap<string, string>
    fallbackAgentId: string
    today: CalendarDay
  },
): Promise<void> {
  const { owed, paidOn, agentOf, fallbackAgentId, today } = facts
  const chance = chanceFrom(20_261_122)
  const calendar = { businessWeekdays: [1, 2, 3, 4, 5], holidays: new Set<string>() }
  const agent = (one: Owed) => agentOf.get(one.customerId) ?? fallbackAgentId
  const at = (day: CalendarDay) => new Date(Math.min(Date.parse(`${day}T15:00:00Z`), ctx.now().getTime()))
  const free = owed.filter((one) => !one.disputedAt)

  const made: { promise: typeof promises.$inferInsert & { id: string }; of: Owed }[] = []
  const promise = (of: Owed, promisedOn: CalendarDay, dueOn: CalendarDay, state: 'open' | 'kept' | 'broken' | 'withdrawn') => {
    const graceUntil = graceUntilOf(dueOn, 1, calendar)
    made.push({
      of,
      promise: {
        id: v7(),
        customerId: of.customerId,
        promisedOn,
        dueOn,
        graceUntil,
        currency: of.currency,
        amountMinor: state === 'kept' ? of.amountMinor : of.balanceMinor,
        source: chance.pick(['agent', 'agent', 'agent', 'reply'] as const),
        comment: chance.pick(comments),
        state,
        endReason: state === 'withdrawn' ? 'Se registró en la factura equivocada' : null,
        endedAt: state === 'open' ? null : at(addDays(graceUntil, 1)),
        endedBy: state === 'withdrawn' ? agent(of) : null,
        recordedBy: agent(of),
        createdAt: at(promisedOn),
      },
    })
  }
  const settled = free.filter((one) => one.balanceMinor === 0n && paidOn.has(one.id))
  for (const one of settled.filter(() => chance.happens(0.12)).slice(0, 36)) {
    const paid = paidOn.get(one.id) ?? one.dueOn
    promise(one, addDays(paid, -chance.whole(2, 8)), paid, 'kept')
  }
  // Untouched by payments, so that what was received says the same as the state.
  const late = free.filter((one) => one.balanceMinor === one.amountMinor && daysBetween(one.dueOn, today) > 30)
  for (const one of late.slice(0, 60)) {
    const kind = chance.pick(['broken', 'broken', 'open', 'withdrawn', null, null] as const)
    if (kind === 'open') promise(one, addDays(today, -chance.whole(0, 5)), addDays(today, chance.whole(1, 12)), 'open')
    else if (kind) {
      const dueOn = addDays(today, -chance.whole(6, 25))
      promise(one, addDays(dueOn, -chance.whole(2, 9)), dueOn, kind)
    }
  }
  if (made.length > 0) {
    await tx.insert(promises).values(made.map((one) => one.promise))
    await tx
      .insert(promiseItems)
      .values(made.map((one) => ({ promiseId: one.promise.id, receivableId: one.of.id, amountMinor: one.promise.amountMinor })))
  }
  for (const { promise: one, of } of made) {
    if (one.state === 'open') await tx.update(receivables).set({ promisedUntil: one.graceUntil }).where(eq(receivables.id, of.id))
    if (one.state === 'broken')
      await openFollowUp(tx, ctx, {
        originKey: `promise-broken:${one.id}`,
        customerId: of.customerId,
        subject: `Promesa incumplida para el ${sayDay(one.dueOn, 'es')}`,
        description: null,
        receivableIds: [of.id],
      })
  }

  const extended = free
    .filter((one) => one.balanceMinor > 0n && daysBetween(one.issuedOn, one.dueOn) > 20 && one.dueOn > today)
    .slice(0, 8)
  if (extended.length > 0) {
    await tx.insert(receivableExtensions).values(
      extended.map((one) => ({
        receivableId: one.id,
        number: 1,
        fromDueOn: addDays(one.dueOn, -15),
        toDueOn: one.dueOn,
        reason: chance.pick(extensionReasons),
        grantedBy: agent(one),
        createdAt: at(addDays(today, -3)),
      })),
    )
    await tx
      .update(receivables)
      .set({ extensions: 1 })
      .where(
        inArray(
          receivables.id,
          extended.map((one) => one.id),
        ),
      )
  }

  const contested = owed.filter((one) => one.disputedAt)
  const rows = [
    ...contested.map((one) => ({
      receivableId: one.id,
      category: chance.pick(disputeCategories),
      reason: one.disputeReason ?? 'Sin detalle',
      openedAt: one.disputedAt ?? ctx.now(),
      openedBy: agent(one),
    })),
    ...late.slice(60, 64).map((one) => ({
      receivableId: one.id,
      category: 'price' as const,
      reason: 'El precio no era el acordado',
      openedAt: at(addDays(today, -20)),
      openedBy: agent(one),
      result: 'not-valid' as const,
      resolution: 'Se mostró el pedido firmado con ese precio',
      endedAt: at(addDays(today, -12)),
      endedBy: fallbackAgentId,
    })),
  ]
  if (rows.length > 0) for (const row of rows) await tx.insert(disputes).values(row)
}
