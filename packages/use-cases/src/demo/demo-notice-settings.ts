import type { Transaction } from '@cartera/db/connect'
import { contactAttempts, customerGroups, customers } from '@cartera/db/schema/customers'
import {
  noticeAmounts,
  noticeGroupSettings,
  noticePauses,
  noticeReceivableSettings,
  noticeRules,
  noticeRuleVersions,
} from '@cartera/db/schema/notices'
import { company } from '@cartera/db/schema/organisation'
import { receivables } from '@cartera/db/schema/receivables'
import { addDays, type CalendarDay } from '@cartera/domain/calendar-day'
import { eq, inArray } from 'drizzle-orm'
import type { WorkingHours } from './working-hours.ts'

interface House {
  customers: readonly { id: string; customerType: string | null; collectionsAgentId: string | null }[]
  receivables: readonly { id: string; customerId: string; balanceMinor: bigint }[]
  today: CalendarDay
  now: Date
  hours: WorkingHours
}

const outcomes = [
  'Confirma que recibió la factura; paga el viernes.',
  'No contestó. Dejé mensaje con recepción.',
  'Pide el estado de cuenta por correo.',
  'Dice que el pago está programado para fin de mes.',
  'La persona de pagos está de vacaciones; vuelve el lunes.',
]

/**
 * Groups with settings of their own, a sequence of rules of which one repeats, a pause, contacts and amounts: what the settings'
 * screens show. The company's own defaults stay as they were installed.
 */
export async function fillNoticeSettings(tx: Transaction, house: House): Promise<void> {
  const { today, now } = house
  const [wholesale, institutions, key] = await tx
    .insert(customerGroups)
    .values([{ name: 'Mayoristas' }, { name: 'Gobierno e instituciones' }, { name: 'Cuentas clave' }])
    .returning()
  if (!wholesale || !institutions || !key) throw new Error('the groups were not written')
  const idsOf = (type: string) => house.customers.filter((one) => one.customerType === type).map((one) => one.id)
  for (const [type, group] of [
    ['Mayorista', wholesale],
    ['Institucional', institutions],
  ] as const)
    if (idsOf(type).length > 0)
      await tx
        .update(customers)
        .set({ groupId: group.id })
        .where(inArray(customers.id, idsOf(type)))

  const made = await tx
    .insert(noticeRules)
    .values([
      {
        code: 'overdue-15',
        kind: 'overdue',
        description: 'Segundo aviso, y se repite',
        days: 15,
        level: 2,
        repeatEveryDays: 15,
        repeatTimes: 2,
        createdAt: now,
      },
      { code: 'overdue-60', kind: 'overdue', description: 'Aviso de cobro', days: 60, level: 3, createdAt: now },
    ])
    .returning()
  await tx.insert(noticeRuleVersions).values(
    made.map((rule) => ({
      ruleId: rule.id,
      version: 1,
      description: rule.description,
      days: rule.days,
      level: rule.level,
      repeatEveryDays: rule.repeatEveryDays,
      repeatTimes: rule.repeatTimes,
      createdAt: now,
    })),
  )
  const [defaults] = await tx.select({ overdueRuleIds: company.overdueRuleIds }).from(company)
  await tx.insert(noticeGroupSettings).values([
    {
      groupId: wholesale.id,
      overdueRuleIds: [...(defaults?.overdueRuleIds ?? []), ...made.map((rule) => rule.id)],
      attachStatement: true,
      updatedAt: now,
    },
    { groupId: institutions.id, tone: 'formal', sendToContacts: true, updatedAt: now },
  ])
  await tx.insert(noticeAmounts).values([
    { currency: 'COP', toleranceMinor: 100_000n, leastMinor: 500_000n },
    { currency: 'USD', toleranceMinor: 100n, leastMinor: 500n },
  ])

  // Somebody in the middle of the list: the first ones are what people open to try things.
  const last = house.customers.slice(-40)
  const agreed = last.find((one) => one.collectionsAgentId !== null)
  if (agreed) {
    const untilOn = addDays(today, 12)
    await tx.insert(noticePauses).values([
      {
        customerId: agreed.id,
        untilOn: addDays(today, -20),
        reason: 'Revisión de facturas duplicadas',
        pausedBy: agreed.collectionsAgentId,
        createdAt: new Date(now.getTime() - 30 * 86_400_000),
        endedAt: new Date(now.getTime() - 22 * 86_400_000),
        endedBy: agreed.collectionsAgentId,
      },
      {
        customerId: agreed.id,
        untilOn,
        reason: 'Acuerdo de pago en tres cuotas',
        pausedBy: agreed.collectionsAgentId,
        createdAt: new Date(now.getTime() - 2 * 86_400_000),
      },
    ])
    await tx.update(customers).set({ noticesPausedUntil: untilOn }).where(eq(customers.id, agreed.id))
  }
  const members = new Set(last.filter((one) => one.id !== agreed?.id).map((one) => one.id))
  const single = house.receivables.find((one) => members.has(one.customerId) && one.balanceMinor > 0n)
  if (single) {
    const untilOn = addDays(today, 5)
    await tx.insert(noticePauses).values({
      customerId: single.customerId,
      receivableId: single.id,
      untilOn,
      reason: 'Nota de crédito en camino',
      createdAt: now,
    })
    await tx.update(receivables).set({ noticesPausedUntil: untilOn }).where(eq(receivables.id, single.id))
    await tx.insert(noticeReceivableSettings).values({ receivableId: single.id, reminderOn: false, updatedAt: now })
  }

  const called = house.customers.filter((one, index) => index % 5 === 0 && one.collectionsAgentId !== null)
  await tx.insert(contactAttempts).values(
    called.map((one, index) => ({
      customerId: one.id,
      channel: (['call', 'call', 'message', 'visit'] as const)[index % 4] ?? 'call',
      at: house.hours.near(new Date(now.getTime() - (index + 1) * 5 * 3_600_000)),
      outcome: outcomes[index % outcomes.length] ?? '',
      recordedBy: one.collectionsAgentId,
    })),
  )
}
