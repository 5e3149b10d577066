import { customers } from '@cartera/db/schema/customers'
import { noticeSettings } from '@cartera/db/schema/notices'
import { imports, receivables } from '@cartera/db/schema/receivables'
import { aCustomer, aUser } from '@cartera/db/testing/builders'
import { eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { planDay } from '../notices/plan-day.ts'
import { dispatchNotice } from '../notices/send-notices.ts'
import { recordPayment } from '../payments/record-payment.ts'
import { recordPromise } from '../promises/write-promise.ts'
import { extendDueDate } from '../receivables/extend-due-date.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { indebtedCompany } from '../testing/indebted-company.ts'
import { importFile } from './import-file.ts'
import { listImportRows, readImport } from './list-imports.ts'
import type { GivenOptions } from './map-import.ts'
import { startUndo, undoImportJob } from './undo-import.ts'

/** Wednesday 11 March 2026. */
const day = '2026-03-11'
const world = indebtedCompany(day)
const { ctx, database, db, smtp } = world

async function viewer() {
  const found = await findViewerByUser(ctx, (await aUser(db())).id)
  if (!found) throw new Error('nobody')
  return found
}
const heading = 'Id cliente;Nombre cliente;Factura;Fecha de emisión;Vencimiento;Importe;En disputa;Fecha de pago'
async function imported(lines: readonly string[], options: GivenOptions = {}) {
  const bytes = Buffer.from([heading, ...lines].join('\n'))
  const { importId, counts } = await importFile(ctx, {
    fileName: 'cartera.csv',
    bytes,
    mapping: {},
    options: { asOf: day, currency: 'USD', createCustomers: true, ...options },
    dryRun: false,
    skipRefused: false,
  })
  if (importId === null) throw new Error('nothing was imported')
  return { importId, counts }
}
async function undo(importId: string) {
  const who = await viewer()
  await startUndo(ctx, who, importId)
  // Rung for twice, as after a lost answer.
  await Promise.all([undoImportJob.perform(ctx, { importId }), undoImportJob.perform(ctx, { importId })])
  const { items } = await listImportRows(ctx, who, importId, { limit: 100 })
  return { record: await readImport(ctx, who, importId), rows: items.map((row) => row.undo) }
}
/** Everything that a file of receivables can touch, as it lies in the tables. */
async function ledger() {
  const tables = {
    customers: '*',
    documents: '*',
    receivables: "id, document_id, customer_id, due_on, amount_minor, balance_minor, source_name, disputed_at, 'x'",
    receivable_movements: '*',
    payments: '*',
    disputes: '*',
    notice_settings: '*',
    balance_sources: 'name, as_of',
  }
  const found: Record<string, unknown[]> = {}
  for (const [table, columns] of Object.entries(tables))
    found[table] = (await database.pool.query(`select ${columns} from ${table} order by 1, 2`)).rows
  return found
}
const byNumber = async (externalId: string) => {
  const [found] = await db().select().from(receivables).where(eq(receivables.externalId, externalId))
  if (!found) throw new Error(`no receivable ${externalId}`)
  return found
}
const facts = (externalId: string) =>
  byNumber(externalId).then(({ dueOn, amountMinor, balanceMinor, disputedAt }) => [
    dueOn,
    amountMinor,
    balanceMinor,
    disputedAt !== null,
  ])

describe('an import of receivables that is undone', () => {
  test('leaves the ledger as if the file had never come, and the corrected file comes in like a first one', async () => {
    await world.indebted()
    await imported(['ACME;Acme;A-0;2026-02-01;2026-03-20;5,00;no;'], { source: 'erp', asOf: '2026-03-09' })
    const before = await ledger()
    const lines = [
      'ACME;Acme;A-1;2026-02-01;2026-03-18;100,00;no;',
      'ACME;Acme;A-2;2026-02-01;2026-03-01;50,00;no;2026-03-05',
      'NUEVO;Nuevo S. A.;N-1;2026-02-01;2026-03-18;70,00;sí;',
    ]
    const { importId } = await imported(lines, { source: 'erp', activateNotices: true })
    expect(await readImport(ctx, await viewer(), importId)).toMatchObject({ state: 'done', undoable: true })
    const { record, rows } = await undo(importId)
    expect(record).toMatchObject({ state: 'undone', undoable: false, undone: { undone: 3, partly: 0, kept: 0 } })
    expect(rows.map((row) => row?.state)).toEqual(['undone', 'undone', 'undone'])
    expect(await ledger()).toEqual(before)
    const { rows: audited } = await database.pool.query<{ entity: string; count: number }>(
      "select entity, count(*)::int as count from audit_log where action = 'delete' and actor_id is not null group by entity order by entity",
    )
    expect(audited).toEqual([
      { entity: 'customer', count: 1 },
      { entity: 'payment', count: 1 },
      { entity: 'receivable', count: 3 },
    ])
    expect((await imported(lines)).counts).toMatchObject({ create: 3, change: 0, refused: 0 })
  })

  test('puts back what it changed, amounts from today on, and takes its settlement away; what somebody changed since stays', async () => {
    await imported([
      'ACME;Acme;B-1;2026-02-01;2026-03-18;100,00;no;',
      'ACME;Acme;B-2;2026-02-01;2026-03-18;200,00;no;',
      'ACME;Acme;B-3;2026-02-01;2026-03-18;300,00;no;',
    ])
    const { importId, counts } = await imported([
      'ACME;Acme;B-1;2026-02-01;2026-03-25;90,00;sí;',
      'ACME;Acme;B-2;2026-02-01;2026-03-18;200,00;no;2026-03-10',
      'ACME;Acme;B-3;2026-02-01;2026-03-19;310,00;no;',
    ])
    expect(counts).toMatchObject({ change: 3 })
    await extendDueDate(ctx, await viewer(), (await byNumber('B-3')).id, { dueOn: '2026-04-01', reason: 'Lo pidió' })
    const { record, rows } = await undo(importId)
    expect(record.undone).toEqual({ undone: 2, partly: 1, kept: 0 })
    expect(rows[2]).toEqual({ state: 'partly', fields: ['dueOn'], code: 'changed-meanwhile' })
    expect(await facts('B-1')).toEqual(['2026-03-18', 10_000n, 10_000n, false])
    expect(await facts('B-2')).toEqual(['2026-03-18', 20_000n, 20_000n, false])
    expect(await facts('B-3')).toEqual(['2026-04-01', 30_000n, 30_000n, false])
    const { rows: sums } = await database.pool.query<{ kind: string; sum: string }>(
      `select m.kind, sum(m.amount_minor)::text as sum from receivable_movements m join receivables r on r.id = m.receivable_id
       where r.external_id like 'B-%' group by m.kind order by m.kind`,
    )
    expect(sums).toEqual([
      { kind: 'charge', sum: '60000' },
      { kind: 'correction', sum: '0' },
    ])
  })

  test('what was paid, promised or told to the customer stays with its customer, and the list says so', async () => {
    const customer = await aCustomer(db(), { externalId: 'ACME', collectionsAgentId: world.agentId, email: 'pagos@acme.test' })
    const { importId } = await imported([
      'ACME;Acme;C-1;2026-02-01;2026-04-18;100,00;no;',
      'ACME;Acme;C-2;2026-02-01;2026-04-18;200,00;no;',
      'ACME;Acme;C-3;2026-02-01;2026-03-18;300,00;no;',
      'OTRO;Otro;C-4;2026-02-01;2026-04-18;400,00;no;',
      'OTRO;Otro;C-5;2026-02-01;2026-04-18;500,00;no;',
    ])
    const who = await viewer()
    const pay = async (externalId: string, amount: string) => {
      const { id, customerId } = await byNumber(externalId)
      const applications = [{ receivableId: id, amount }]
      await recordPayment(ctx, who, { customerId, paidOn: day, currency: 'USD', amount, applications })
    }
    await pay('C-1', '10.00')
    await pay('C-5', '10.00')
    await recordPromise(ctx, who, {
      customerId: customer.id,
      dueOn: '2026-03-20',
      items: [{ receivableId: (await byNumber('C-2')).id, amount: '200.00' }],
    })
    await planDay(ctx, day)
    await dispatchNotice(ctx, (await world.only()).id)
    expect(smtp.received).toHaveLength(1)
    const { record, rows } = await undo(importId)
    expect(record.undone).toEqual({ undone: 0, partly: 1, kept: 4 })
    expect(rows.map((row) => row?.code)).toEqual([
      'changed-meanwhile',
      'changed-meanwhile',
      'in-use',
      'in-use',
      'changed-meanwhile',
    ])
    expect(await facts('C-3')).toEqual(['2026-03-18', 30_000n, 30_000n, false])
    expect(await db().select().from(customers).where(eq(customers.externalId, 'OTRO'))).toHaveLength(1)
    expect(await db().select().from(receivables).where(eq(receivables.externalId, 'C-4'))).toEqual([])
  })

  test('a notice that waits for it never leaves, and one that speaks of more leaves without it', async () => {
    const one = await world.indebted()
    const [customer] = await db()
      .update(customers)
      .set({ externalId: 'ACME' })
      .where(eq(customers.id, one.customerId))
      .returning()
    await aCustomer(db(), { externalId: 'SOLO', collectionsAgentId: world.agentId })
    const { importId } = await imported([
      `ACME;${customer?.name};D-1;2026-02-01;2026-03-18;100,00;no;`,
      'SOLO;Solo;D-2;2026-02-01;2026-03-18;100,00;no;',
    ])
    await planDay(ctx, day)
    expect(await world.states()).toEqual(['planned', 'planned'])
    expect((await undo(importId)).record.undone).toEqual({ undone: 2, partly: 0, kept: 0 })
    expect((await world.states()).sort()).toEqual(['cancelled import-undone', 'planned'])
    await planDay(ctx, day)
    for (const message of await world.messages()) await dispatchNotice(ctx, message.id)
    expect((await world.states()).sort()).toEqual(['cancelled import-undone', 'sent'])
    expect(smtp.received).toHaveLength(1)
    expect(smtp.received[0]?.raw.toString()).not.toContain('D-1')
  })

  test('notices that somebody set since stay on, a source that spoke since keeps its word, and an older import says that it cannot', async () => {
    await aCustomer(db(), { externalId: 'ACME' })
    const { importId } = await imported(['ACME;Acme;E-1;2026-02-01;2026-03-18;100,00;no;'], {
      source: 'erp',
      asOf: '2026-03-09',
      activateNotices: true,
    })
    await db().update(noticeSettings).set({ reminderOn: false, version: 2 })
    const later = await imported(['ACME;Acme;E-2;2026-02-01;2026-03-18;100,00;no;'], { source: 'erp' })
    const spoken = (await ledger()).balance_sources
    await undo(importId)
    expect((await ledger()).balance_sources).toEqual(spoken)
    expect(await db().select().from(noticeSettings)).toMatchObject([{ active: true, reminderOn: false }])
    await db().update(imports).set({ options: {} }).where(eq(imports.id, later.importId))
    await expect(startUndo(ctx, await viewer(), later.importId)).rejects.toMatchObject({ code: 'import-not-ready' })
  })
})
