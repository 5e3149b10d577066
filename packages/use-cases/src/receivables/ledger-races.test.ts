import { promiseItems, promises, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer, aFollowUpType, aReceivable, aUser } from '@cartera/db/testing/builders'
import { testDatabase } from '@cartera/db/testing/test-database'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { eq, sql } from 'drizzle-orm'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { applyPayment, reversePayment, undoMovement } from '../payments/change-payment.ts'
import { recordPayment } from '../payments/record-payment.ts'
import { upsertPayments } from '../payments/upsert-payments.ts'
import { openFollowUps } from '../portfolio/open-follow-ups.ts'
import { recordPromise, withdrawPromise } from '../promises/write-promise.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { testContext } from '../testing/test-context.ts'
import { recordDocument, voidDocument } from './documents.ts'
import { ledgerTransaction } from './ledger-transaction.ts'
import { readReceivable } from './read-receivable.ts'
import { upsertReceivables } from './upsert-receivables.ts'
import { writeOff } from './write-off.ts'

// Nothing here depends on luck: a session of its own holds a lock until the others are seen waiting, so each stands exactly where a race would hurt.

const database = testDatabase()
const warnings: string[] = []
const ctx = testContext(database, {
  log: { info: () => undefined, warn: (_, message) => void warnings.push(message), error: () => undefined },
})
let viewer: Viewer
let serial = 0

beforeAll(async () => {
  await aCompany(database.db)
  const user = await aUser(database.db)
  const found = await findViewerByUser(ctx, user.id)
  if (!found) throw new Error('no viewer')
  viewer = found
})
beforeEach(() => {
  warnings.length = 0
})

/** A customer with open receivables of 100.00 each, by ids in their order. */
async function debtor(count = 1) {
  serial += 1
  const externalId = `C-${serial}`
  const customer = await aCustomer(database.db, { externalId })
  const made = []
  for (let at = 0; at < count; at++)
    made.push(await aReceivable(database.db, { customerId: customer.id, externalId: `${externalId}-${at}` }))
  made.sort((a, b) => (a.id < b.id ? -1 : 1))
  return { customer, externalId, receivables: made, ids: made.map((row) => row.id) }
}

async function waiting(count: number): Promise<'waiting'> {
  for (;;) {
    const { rows } = await database.pool.query(
      `select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    if (rows[0].n >= count) return 'waiting'
  }
}

/** Until somebody waits for a lock that this session holds. Waiting alone says little: a session that was let go is still listed so until it runs again. */
async function waitingFor(client: { query(text: string): Promise<{ rows: { pid: number }[] }> }): Promise<'waiting'> {
  const pid = (await client.query('select pg_backend_pid() as pid')).rows[0]?.pid
  for (;;) {
    const { rows } = await database.pool.query(
      'select 1 from pg_stat_activity where datname = current_database() and $1 = any(pg_blocking_pids(pid))',
      [pid],
    )
    if (rows.length > 0) return 'waiting'
  }
}

const outcomeOf = (result: PromiseSettledResult<unknown>) =>
  result.status === 'fulfilled' ? 'done' : result.reason instanceof Refusal ? result.reason.code : String(result.reason)

/**
 * Starts everything while a session of its own holds a lock, lets go once so many of them wait, and answers how each ended: done, the code of its refusal, or
 * the error that nobody expected.
 */
async function whileLocked(
  lock: string,
  id: string,
  waiters: number,
  start: () => Promise<unknown>[],
  meanwhile: (seen: 'waiting' | 'ended') => Promise<void> = async () => undefined,
): Promise<string[]> {
  const holder = await database.pool.connect()
  try {
    await holder.query('begin')
    await holder.query(lock, [id])
    const ended = Promise.allSettled(start())
    await meanwhile(await Promise.race([waiting(waiters), ended.then(() => 'ended' as const)]))
    await holder.query('rollback')
    return (await ended).map(outcomeOf)
  } finally {
    holder.release(true)
  }
}

const aReceivableIsHeld = 'select 1 from receivables where id = $1 for update'
const balanceOf = async (id: string) =>
  (await database.db.select().from(receivables).where(eq(receivables.id, id)))[0]?.balanceMinor
const payment = (customerId: string, amount: string, over: object = {}) => ({
  customerId,
  paidOn: '2026-03-02',
  currency: 'USD',
  amount,
  reference: null,
  ...over,
})

describe('two at once', () => {
  test('reverse a payment: one does, the other is told that it is reversed', async () => {
    const { customer, ids } = await debtor()
    const paid = await recordPayment(ctx, viewer, payment(customer.id, '40.00'))
    const reverse = () => reversePayment(ctx, viewer, paid.id, { reason: 'Cheque devuelto' })
    const outcomes = await whileLocked(aReceivableIsHeld, ids[0] ?? '', 2, () => [reverse(), reverse()])
    expect(outcomes.sort()).toEqual(['done', 'payment-reversed'])
    expect(await balanceOf(ids[0] ?? '')).toBe(10_000n)
  })

  test('apply what is left of a payment: it is given away once', async () => {
    const { customer, ids } = await debtor(2)
    const paid = await recordPayment(ctx, viewer, payment(customer.id, '50.00', { applications: [], keepRest: true }))
    const apply = (receivableId: string) =>
      applyPayment(ctx, viewer, paid.id, { applications: [{ receivableId, amount: '50.00' }] })
    const holder = await database.pool.connect()
    try {
      await holder.query('begin')
      await holder.query('select 1 from receivables where id = any($1) for update', [ids])
      const ended = Promise.allSettled(ids.map(apply))
      await Promise.race([waiting(2), ended])
      await holder.query('rollback')
      expect((await ended).map(outcomeOf).sort()).toEqual(['applications-over-amount', 'done'])
    } finally {
      holder.release(true)
    }
  })

  test('undo an application: it is undone once', async () => {
    const { customer, ids } = await debtor()
    await recordPayment(ctx, viewer, payment(customer.id, '40.00'))
    const [, applied] = (await readReceivable(ctx, viewer, ids[0] ?? '')).movements
    const undo = () => undoMovement(ctx, viewer, applied?.id ?? '', { reason: 'Error' })
    const outcomes = await whileLocked(aReceivableIsHeld, ids[0] ?? '', 2, () => [undo(), undo()])
    expect(outcomes.sort()).toEqual(['application-undone', 'done'])
  })

  test('undo a write-off: it is undone once', async () => {
    const { ids } = await debtor()
    await writeOff(ctx, viewer, ids[0] ?? '', { amount: '40.00', reason: 'Incobrable' })
    const [, off] = (await readReceivable(ctx, viewer, ids[0] ?? '')).movements
    const undo = () => undoMovement(ctx, viewer, off?.id ?? '', { reason: 'Error' })
    const outcomes = await whileLocked(aReceivableIsHeld, ids[0] ?? '', 2, () => [undo(), undo()])
    expect(outcomes.sort()).toEqual(['application-undone', 'done'])
    expect(await balanceOf(ids[0] ?? '')).toBe(10_000n)
  })

  test('record the same payment by hand: the second press is asked whether it is another one', async () => {
    const { customer, ids } = await debtor()
    const record = () => recordPayment(ctx, viewer, payment(customer.id, '10.00'))
    const outcomes = await whileLocked(aReceivableIsHeld, ids[0] ?? '', 2, () => [record(), record()])
    expect(outcomes.sort()).toEqual(['done', 'payment-looks-repeated'])
  })

  test('pay one balance by hand and by another system: it is never paid twice', async () => {
    const { customer, externalId, ids } = await debtor()
    const application = { amount: '100.00' }
    const outcomes = await whileLocked(aReceivableIsHeld, ids[0] ?? '', 2, () => [
      recordPayment(
        ctx,
        viewer,
        payment(customer.id, '100.00', { applications: [{ receivableId: ids[0] ?? '', ...application }] }),
      ),
      upsertPayments(ctx, viewer, {
        items: [
          {
            externalId: `P-${externalId}`,
            customerExternalId: externalId,
            paidOn: '2026-03-02',
            currency: 'USD',
            amount: '100.00',
            applications: [{ receivableExternalId: `${externalId}-0`, ...application }],
          },
        ],
      }),
    ])
    expect(outcomes.sort()).toEqual(['amount-over-balance', 'done'])
    expect(await balanceOf(ids[0] ?? '')).toBe(0n)
  })

  test('write off a balance: no more than it is', async () => {
    const { ids } = await debtor()
    const off = () => writeOff(ctx, viewer, ids[0] ?? '', { amount: '100.00', reason: 'Incobrable' })
    const outcomes = await whileLocked(aReceivableIsHeld, ids[0] ?? '', 2, () => [off(), off()])
    expect(outcomes.sort()).toEqual(['amount-over-balance', 'done'])
  })

  test('state the same new receivables: the second finds them and changes nothing', async () => {
    const { customer, externalId } = await debtor()
    const item = { customerExternalId: externalId, issuedOn: '2026-02-01', dueOn: '2026-03-03', currency: 'USD', amount: '90.00' }
    // None that is there already: its row would keep them apart.
    const items = ['new', 'newer'].map((number) => ({ ...item, externalId: `${externalId}-${number}` }))
    const counts: object[] = []
    const state = async () => void counts.push(await upsertReceivables(ctx, viewer, { items }))
    // Both would have found nothing by the time they write what refers to the customer.
    const held = 'select 1 from customers where id = $1 for update'
    const outcomes = await whileLocked(held, customer.id, 2, () => [state(), state()])
    expect(outcomes).toEqual(['done', 'done'])
    expect(counts).toEqual([
      { created: 2, changed: 0, unchanged: 0 },
      { created: 0, changed: 0, unchanged: 2 },
    ])
  })

  test('void a document and pay it: one of them finds what the other did', async () => {
    const { customer } = await debtor(0)
    const made = await recordDocument(ctx, viewer, {
      customerId: customer.id,
      type: 'invoice',
      number: 'F-1',
      issuedOn: '2026-02-01',
      currency: 'USD',
      total: '10.00',
      instalments: [{ dueOn: '2026-03-01', amount: '10.00' }],
    })
    const id = made.receivables[0]?.id ?? ''
    const outcomes = await whileLocked(aReceivableIsHeld, id, 2, () => [
      voidDocument(ctx, viewer, made.id, { reason: 'Duplicada' }),
      recordPayment(ctx, viewer, payment(customer.id, '10.00', { applications: [{ receivableId: id, amount: '10.00' }] })),
    ])
    expect([
      ['done', 'amount-over-balance'],
      ['document-settled', 'done'],
    ]).toContainEqual(outcomes)
  })

  test('start the follow-ups of one selection: each customer gets one', async () => {
    const { customer } = await debtor()
    const type = await aFollowUpType(database.db)
    let opened = 0
    const open = async () => {
      const done = await openFollowUps(
        ctx,
        viewer,
        {
          filter: { customerId: customer.id },
          typeId: type.id,
          subject: 'Llamar',
          dueOn: '2026-03-03',
          dueTime: '09:00',
          owners: { mode: 'spread', userIds: [viewer.userId] },
        },
        { dryRun: false },
      )
      opened += done.opened
    }
    // Both would have looked for active follow-ups by the time they refer to the customer.
    const outcomes = await whileLocked('select 1 from customers where id = $1 for update', customer.id, 2, () => [open(), open()])
    expect(outcomes).toEqual(['done', 'done'])
    expect(opened).toBe(1)
  })
})

describe('the order of locks', () => {
  /** A promise on all receivables of a debtor, far ahead. */
  const promised = async (customerId: string, ids: readonly string[], amount = '100.00') =>
    recordPromise(ctx, viewer, {
      customerId,
      dueOn: '2026-03-20',
      items: ids.map((receivableId) => ({ receivableId, amount })),
    })
  const isFree = async (id: string) => {
    const { rows } = await database.pool.query('select 1 from receivables where id = $1 for update skip locked', [id])
    return rows.length === 1
  }

  test('whoever changes a receivable takes those promised along first, by id: nobody waits for a lower one with a higher one in hand', async () => {
    const { customer, externalId, receivables: rows, ids } = await debtor(2)
    const [first = '', second = ''] = ids
    await promised(customer.id, ids)
    const own = rows[1]?.externalId ?? ''
    const restate = () =>
      upsertReceivables(ctx, viewer, {
        items: [
          {
            externalId: own,
            customerExternalId: externalId,
            issuedOn: '2026-02-01',
            dueOn: '2026-03-03',
            currency: 'USD',
            amount: '80.00',
          },
        ],
      })
    const pay = () =>
      recordPayment(ctx, viewer, payment(customer.id, '5.00', { applications: [{ receivableId: second, amount: '5.00' }] }))
    const voided = () => voidDocument(ctx, viewer, rows[1]?.documentId ?? '', { reason: 'Duplicada' })
    for (const work of [restate, pay, voided]) {
      let free: boolean | null = null
      await whileLocked(
        aReceivableIsHeld,
        first,
        1,
        () => [work()],
        async (seen) => {
          free = seen === 'waiting' && (await isFree(second))
        },
      )
      expect(free, work.name).toBe(true)
    }
  })

  test('a promise that is recorded while a payment waits ties in its other receivables', async () => {
    const { customer, ids } = await debtor(2)
    const [first = '', second = ''] = ids
    const holder = await database.pool.connect()
    const other = await database.pool.connect()
    try {
      await other.query('begin')
      await other.query('select 1 from receivables where id = $1 for no key update', [first])
      await holder.query('begin')
      await holder.query('select 1 from receivables where id = $1 for no key update', [second])
      const paying = recordPayment(
        ctx,
        viewer,
        payment(customer.id, '5.00', { applications: [{ receivableId: second, amount: '5.00' }] }),
      )
      await waitingFor(holder)
      const made = await holder.query(
        `insert into promises (id, customer_id, promised_on, due_on, grace_until, currency, amount_minor)
         values (gen_random_uuid(), $1, '2026-03-02', '2026-03-20', '2026-03-24', 'USD', 20000) returning id`,
        [customer.id],
      )
      for (const id of ids)
        await holder.query('insert into promise_items (promise_id, receivable_id, amount_minor) values ($1, $2, 10000)', [
          made.rows[0].id,
          id,
        ])
      await holder.query('commit')
      expect(await Promise.race([paying.then(() => 'paid'), waitingFor(other)])).toBe('waiting')
      expect(await isFree(second)).toBe(true)
      await other.query('rollback')
      await paying
    } finally {
      holder.release(true)
      other.release(true)
    }
  })

  test('notices and follow-ups may refer to a receivable while a payment has it in hand, and the other way round', async () => {
    const { customer, ids } = await debtor()
    const outcomes = await whileLocked('select 1 from receivables where id = $1 for key share', ids[0] ?? '', 1, () => [
      recordPayment(ctx, viewer, payment(customer.id, '5.00')),
    ])
    expect(outcomes).toEqual(['done'])
    let paid = false
    const holder = await database.pool.connect()
    try {
      await holder.query('begin')
      await holder.query('select 1 from receivables where id = $1 for key share', [ids[0]])
      await recordPayment(ctx, viewer, payment(customer.id, '6.00'))
      paid = true
      await holder.query('rollback')
    } finally {
      holder.release(true)
    }
    expect(paid).toBe(true)
  })

  test('a transaction that deadlocks with somebody who locks otherwise is done again from the start', async () => {
    const { ids } = await debtor(2)
    const [first = '', second = ''] = ids
    const holder = await database.pool.connect()
    try {
      await holder.query('begin')
      // Whoever waits longer than its own patience looks for the circle, and is the one to give way.
      await holder.query(`set local deadlock_timeout = '1min'`)
      await holder.query(aReceivableIsHeld, [second])
      let tries = 0
      let held: Promise<unknown> = Promise.resolve()
      const work = ledgerTransaction(ctx, async (tx) => {
        tries += 1
        // On a busy machine the one who waited gets its lock later than this begins again, and would be overtaken.
        if (tries > 1) await held
        await tx.execute(sql`set local deadlock_timeout = '10ms'`)
        await tx.execute(sql`select 1 from receivables where id = ${first} for update`)
        if (tries === 1) {
          held = holder.query(aReceivableIsHeld, [first])
          await waiting(1)
        }
        await tx.execute(sql`select 1 from receivables where id = ${second} for update`)
      })
      await Promise.race([work, waiting(1)])
      await held
      await holder.query('commit')
      await work
      expect(tries).toBe(2)
      expect(warnings).toHaveLength(1)
    } finally {
      holder.release(true)
    }
  })

  test('payments, statements of another system, promises and voiding all at once, many times: nothing deadlocks, and every balance is the sum of its movements', async () => {
    const { customer, externalId, receivables: rows, ids } = await debtor(5)
    const state = (shift: number) =>
      upsertReceivables(ctx, viewer, {
        items: rows.map((row, index) => ({
          externalId: row.externalId ?? '',
          customerExternalId: externalId,
          issuedOn: '2026-02-01',
          dueOn: '2026-03-03',
          currency: 'USD',
          amount: `${300 + ((index + shift) % 7)}.00`,
        })),
      })
    const allowed = new Set([
      'done',
      'promise-standing',
      'items-refused',
      'promise-not-open',
      'changed-meanwhile',
      'document-settled',
      'document-voided',
      'amount-over-balance',
      'receivable-settled',
      'amount-below-paid',
    ])
    const met = new Map<string, number>()
    for (let round = 0; round < 25; round++) {
      const open = await database.db.select().from(promises).where(eq(promises.customerId, customer.id))
      const standing = open.find((one) => one.state === 'open')
      const backwards = [...ids].reverse()
      const ended = await Promise.allSettled([
        state(round),
        recordPayment(
          ctx,
          viewer,
          payment(customer.id, '2.00', {
            reference: `${round}`,
            applications: [ids[4] ?? '', ids[0] ?? ''].map((receivableId) => ({ receivableId, amount: '1.00' })),
          }),
        ),
        promised(customer.id, round % 2 === 0 ? backwards.slice(0, 3) : [ids[2] ?? '', ids[0] ?? ''], '1.00'),
        standing === undefined
          ? promised(customer.id, [ids[1] ?? ''], '1.00')
          : withdrawPromise(ctx, viewer, standing.id, { reason: 'Otra', version: standing.version }),
        upsertPayments(ctx, viewer, {
          items: [
            {
              externalId: `P-${externalId}-${round}`,
              customerExternalId: externalId,
              paidOn: '2026-03-02',
              currency: 'USD',
              amount: '2.00',
              applications: [3, 1].map((at) => ({ receivableExternalId: rows[at]?.externalId ?? '', amount: '1.00' })),
            },
          ],
        }),
        voidDocument(ctx, viewer, rows[round % 5]?.documentId ?? '', { reason: 'Error' }),
        writeOff(ctx, viewer, ids[round % 5] ?? '', { amount: '0.50', reason: 'Redondeo' }),
      ])
      for (const outcome of ended.map(outcomeOf)) met.set(outcome, (met.get(outcome) ?? 0) + 1)
    }
    expect([...met.keys()].filter((outcome) => !allowed.has(outcome))).toEqual([])
    expect(met.get('done')).toBeGreaterThan(60)
    expect(warnings).toEqual([])
    const { rows: wrong } = await database.db.execute(sql`
      select r.id from receivables r where r.customer_id = ${customer.id}
        and r.balance_minor <> (select sum(m.amount_minor) from receivable_movements m where m.receivable_id = r.id)`)
    expect(wrong).toEqual([])
  }, 120_000)
})

describe('the database has the last word', () => {
  test.each([
    ['receivables_instalment_unique', 'receivables', 'document_id, instalment'],
    ['receivables_external_id_unique', 'receivables', 'external_id'],
    ['documents_number_unique', 'documents', 'customer_id, type, number'],
    ['documents_external_id_unique', 'documents', 'external_id'],
    ['payments_external_id_unique', 'payments', 'external_id'],
    ['receivable_movements_reversed_once', 'receivable_movements', 'reverses_id'],
    ['promise_items_promise_id_receivable_id_pk', 'promise_items', 'promise_id, receivable_id'],
    ['disputes_standing', 'disputes', 'receivable_id'],
  ])('%s: no two rows share it', async (name, table, columns) => {
    const { rows } = await database.pool.query(
      `select pg_get_indexdef(i.indexrelid) as definition from pg_index i join pg_class c on c.oid = i.indexrelid
       where c.relname = $1 and i.indisunique and i.indrelid = $2::regclass`,
      [name, table],
    )
    expect(rows[0]?.definition ?? 'missing').toContain(`(${columns})`)
  })

  test('a promise names a receivable once', async () => {
    const { customer, ids } = await debtor()
    const made = await recordPromise(ctx, viewer, {
      customerId: customer.id,
      dueOn: '2026-03-20',
      items: [{ receivableId: ids[0] ?? '', amount: '1.00' }],
    })
    await expect(
      database.db.insert(promiseItems).values({ promiseId: made.id, receivableId: ids[0] ?? '', amountMinor: 1n }),
    ).rejects.toThrow()
  })
})
