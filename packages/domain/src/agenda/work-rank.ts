/** What of an item of work decides its place among the day's work. Money is that of the customer, overdue. */
export interface WorkFacts {
  kind: 'follow-up' | 'message'
  /** Whole days since it was due; 0 on its day. */
  daysLate: number
  /** Its time has come. */
  due: boolean
  priority: 'low' | 'normal' | 'high'
  overdue: readonly { currency: string; amountMinor: bigint }[]
  promiseBroken: boolean
  /** Days until the nearest open promise of the customer is due; null for none. */
  promiseInDays: number | null
  creditHold: boolean
}

export type WorkReason =
  | 'late'
  | 'due-today'
  | 'high-priority'
  | 'low-priority'
  | 'overdue-money'
  | 'promise-broken'
  | 'promise-due'
  | 'message-waits'
  | 'credit-hold'

/** One of the reasons for an item's place: what it adds, and the days that belong to it. */
export interface WorkPoints {
  reason: WorkReason
  points: number
  days: number | null
}

const mostLatePoints = 30

/**
 * How large each customer's overdue money is among that of the day's work: 4 for the largest quarter of those with any in that
 * currency, 1 for the smallest, 0 for none. Currencies are never added up, so each one is ranked by itself and the best counts.
 */
export function moneyRanks(work: readonly Pick<WorkFacts, 'overdue'>[]): number[] {
  const byCurrency = new Map<string, bigint[]>()
  for (const { overdue } of work)
    for (const { currency, amountMinor } of overdue)
      if (amountMinor > 0n) byCurrency.set(currency, [...(byCurrency.get(currency) ?? []), amountMinor])
  const rankOf = (currency: string, amountMinor: bigint): number => {
    if (amountMinor <= 0n) return 0
    const all = byCurrency.get(currency) ?? []
    const larger = all.filter((other) => other > amountMinor).length
    return 4 - Math.min(3, Math.floor((larger * 4) / all.length))
  }
  return work.map(({ overdue }) => Math.max(0, ...overdue.map((each) => rankOf(each.currency, each.amountMinor))))
}

/** Why an item stands where it stands, the weightiest reason first. `moneyRank` as `moneyRanks` says it. */
export function workReasons(facts: WorkFacts, moneyRank: number): WorkPoints[] {
  const reasons: WorkPoints[] = []
  const add = (reason: WorkReason, points: number, days: number | null = null) => reasons.push({ reason, points, days })
  if (facts.kind === 'message') add('message-waits', 35, facts.daysLate)
  else if (facts.daysLate > 0) add('late', Math.min(10 + 2 * facts.daysLate, mostLatePoints), facts.daysLate)
  else if (facts.due) add('due-today', 8)
  if (facts.promiseBroken) add('promise-broken', 25)
  else if (facts.promiseInDays !== null && facts.promiseInDays <= 1) add('promise-due', 15, Math.max(facts.promiseInDays, 0))
  if (moneyRank > 0) add('overdue-money', 7 * moneyRank)
  if (facts.priority === 'high') add('high-priority', 20)
  if (facts.priority === 'low') add('low-priority', -15)
  if (facts.creditHold) add('credit-hold', 5)
  return reasons.sort((a, b) => b.points - a.points)
}

/**
 * The day's work, what is best done first at the front: by the points of its reasons, then by its due time, then by its id, so that the
 * order is the same however the work was read (product.md sections 6 and 10).
 */
export function rankWork<Item extends { id: string; dueAt: Date; facts: WorkFacts }>(
  work: readonly Item[],
): (Item & { reasons: WorkPoints[] })[] {
  const ranks = moneyRanks(work.map((item) => item.facts))
  const points = (reasons: readonly WorkPoints[]) => reasons.reduce((sum, each) => sum + each.points, 0)
  return work
    .map((item, index) => ({ ...item, reasons: workReasons(item.facts, ranks[index] ?? 0) }))
    .sort(
      (a, b) =>
        points(b.reasons) - points(a.reasons) ||
        a.dueAt.getTime() - b.dueAt.getTime() ||
        (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    )
}
