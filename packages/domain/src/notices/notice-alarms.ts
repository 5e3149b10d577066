/** What can be wrong with the sending as a whole; in the order in which it is shown. */
export const alarmKinds = [
  'worker-silent',
  'worker-blocked',
  'journal-unwritable',
  'nothing-sent',
  'left-behind',
  'account-paused',
  'many-failed',
  'uncertain-waiting',
] as const
export type AlarmKind = (typeof alarmKinds)[number]

export interface AlarmFacts {
  /** Whether any notice could be wanted: without it nobody misses a worker. */
  noticesWanted: boolean
  /** Minutes since a worker was last heard of; null when none ever was. */
  workerSilentMinutes: number | null
  /** Workers that were heard of lately and may not send, and how many may. */
  blockedWorkers: readonly { reason: string; count: number }[]
  sendingWorkers: number
  /** Messages that may leave now, and for how many minutes the oldest has been waiting. */
  due: { count: number; oldestMinutes: number }
  /** Minutes since the last notice left; null when none ever did. */
  lastSentMinutes: number | null
  /** Minutes since the sending hours of today began; null outside of them and on days without sending. */
  openForMinutes: number | null
  /** Messages of earlier days that nothing holds and that have not left. */
  leftBehind: { count: number; since: string | null }
  /** Accounts that a mail server refused, with how many notices they hold up and customers they send for. */
  pausedAccounts: readonly { userId: string; held: number; customers: number }[]
  failedLately: number
  uncertain: { count: number; oldestMinutes: number }
}

export interface AlarmLimits {
  silentMinutes: number
  workerMinutes: number
  failedCount: number
}

export interface AlarmFinding {
  kind: AlarmKind
  /** What it is about where one kind may ring for several: a user, a reason. */
  subject: string
  facts: Record<string, string | number | null>
}

/** Evidence settles most uncertain messages within minutes; only what is left waits for a person. */
const uncertainMinutes = 15

/** Everything that is wrong now, by the facts alone: what was told of before does not matter here. */
export function alarmsOf(facts: AlarmFacts, limits: AlarmLimits): AlarmFinding[] {
  const found: AlarmFinding[] = []
  const add = (kind: AlarmKind, values: AlarmFinding['facts'], subject = '') => found.push({ kind, subject, facts: values })
  const { due, uncertain, leftBehind } = facts

  const silent = facts.workerSilentMinutes
  const workerSilent =
    facts.noticesWanted &&
    (silent === null ? due.count > 0 && due.oldestMinutes >= limits.workerMinutes : silent >= limits.workerMinutes)
  if (workerSilent) add('worker-silent', { minutes: silent, waiting: due.count })

  if (facts.sendingWorkers === 0 && !workerSilent)
    // A journal that cannot be written is mended by whoever runs the machine; all other reasons ask whether it is the right one.
    for (const { reason, count } of facts.blockedWorkers)
      add(
        reason === 'journal-unwritable' ? 'journal-unwritable' : 'worker-blocked',
        { workers: count, waiting: due.count },
        reason,
      )

  const open = facts.openForMinutes
  if (
    due.count > 0 &&
    open !== null &&
    open >= limits.silentMinutes &&
    due.oldestMinutes >= limits.silentMinutes &&
    (facts.lastSentMinutes === null || facts.lastSentMinutes >= limits.silentMinutes)
  )
    add('nothing-sent', { waiting: due.count, minutes: Math.min(due.oldestMinutes, open) })

  // Yesterday's leave first thing in the morning: only when the day has been open for a while are they late.
  if (leftBehind.count > 0 && open !== null && open >= limits.silentMinutes)
    add('left-behind', { waiting: leftBehind.count, since: leftBehind.since })

  for (const { userId, held, customers } of facts.pausedAccounts)
    if (held + customers > 0) add('account-paused', { held, customers }, userId)

  if (facts.failedLately >= limits.failedCount) add('many-failed', { failed: facts.failedLately })
  if (uncertain.count > 0 && uncertain.oldestMinutes >= uncertainMinutes) add('uncertain-waiting', { uncertain: uncertain.count })
  return found
}
