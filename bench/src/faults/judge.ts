import type { World, WorldOptions } from './world.ts'

export interface Verdict {
  mails: number
  /** Receivables of which more than one mail speaks. */
  duplicates: number
  /** Open receivables of which no mail speaks, though their notice is neither waiting for a decision nor cancelled by a fact. */
  lost: number
  /** Mails that speak of a receivable whose payment was committed before. */
  afterPayment: number
  /** Messages of which nobody knows. */
  uncertain: number
  /** As many as lost replies and ends of processes can leave in doubt. */
  uncertainAllowed: number
  /** Messages that the database calls sent, and the ledger does not know. */
  onlyInDatabase: number
  states: Record<string, number>
  passed: boolean
}

/** The ledger of the mail server against what was owed, what was paid and when. */
export async function judge(world: World, options: WorldOptions): Promise<Verdict> {
  const ledger = world.ledger()
  const perReceivable = new Map<string, number>()
  for (const { numbers } of ledger) for (const number of numbers) perReceivable.set(number, (perReceivable.get(number) ?? 0) + 1)
  const duplicates = [...perReceivable.values()].filter((count) => count > 1).length

  const receivables = await world.ask<{ number: string; paid: number | null; state: string | null; message_id: string | null }>(`
    select r.external_id as number, extract(epoch from pg_xact_commit_timestamp(p.xmin)) * 1000 as paid, m.state, m.message_id
    from receivables r left join fault_payments p on p.receivable_id = r.id
    left join notice_items i on i.receivable_id = r.id and i.dropped_reason is null
    left join notice_messages m on m.id = i.message_id`)
  const paidAt = new Map(receivables.flatMap((row) => (row.paid === null ? [] : [[row.number, Number(row.paid)] as const])))
  const lost = receivables.filter(
    (row) => row.paid === null && !perReceivable.has(row.number) && row.state !== 'uncertain',
  ).length

  // The gate's commit, by PostgreSQL's own clock of commits; the control has none, so the beginning of its mail stands for it.
  const gates = await world.ask<{ message_id: string; at: number }>(`
    select m.message_id, max(extract(epoch from pg_xact_commit_timestamp(e.xmin)) * 1000) as at
    from notice_events e join notice_messages m on m.id = e.message_id where e.to_state = 'dispatching' group by m.message_id`)
  const gateOf = new Map(gates.map((row) => [row.message_id, Number(row.at)]))
  const afterPayment = ledger.filter(({ messageId, beganAt, numbers }) =>
    numbers.some((number) => {
      const paid = paidAt.get(number)
      return paid !== undefined && (paid < beganAt || paid < (gateOf.get(messageId) ?? 0))
    }),
  ).length

  const states = await world.ask<{ state: string; count: number; ids: string[] }>(
    'select state, count(*)::int as count, array_agg(message_id) as ids from notice_messages group by state order by state',
  )
  const uncertain = states.find((row) => row.state === 'uncertain')?.count ?? 0
  const known = new Set(ledger.map((line) => line.messageId))
  const onlyInDatabase = (states.find((row) => row.state === 'sent')?.ids ?? []).filter((id) => !known.has(id)).length
  const uncertainAllowed = world.lostReplies + world.cutOff * options.lanes
  return {
    mails: ledger.length,
    duplicates,
    lost,
    afterPayment,
    uncertain,
    uncertainAllowed,
    onlyInDatabase,
    states: Object.fromEntries(states.map((row) => [row.state, row.count])),
    passed:
      duplicates === 0 &&
      lost === 0 &&
      afterPayment === 0 &&
      onlyInDatabase === 0 &&
      uncertain <= uncertainAllowed &&
      ledger.length > 0,
  }
}
