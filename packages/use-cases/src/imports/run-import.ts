import type { Database, Transaction } from '@cartera/db/connect'
import { balanceSources, imports } from '@cartera/db/schema/receivables'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { addDays, dayOfInstant } from '@cartera/domain/calendar-day'
import { startOfLocalDay } from '@cartera/domain/notices/contact-policy'
import { Refusal } from '@cartera/domain/refusal'
import { eq, inArray, sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { recordAudit, recordAudits } from '../audit.ts'
import { companyToday, findCompany } from '../company/company-settings.ts'
import { nextCustomerCodes } from '../customers/customer-codes.ts'
import { defineJob } from '../jobs/job.ts'
import { dropFile, dropFilesBefore } from '../kept-files.ts'
import { enableNoticesForCustomers, type NoticesSwitchedOn } from '../notices/enable-notices.ts'
import { applyMoney, lockPayables } from '../payments/apply-money.ts'
import { writePayments } from '../payments/write-payments.ts'
import { attributeBalances } from '../receivables/balance-sources.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { lockBulkWriting, lockReceivables, statedChanges, writeReceivables } from '../receivables/write-receivables.ts'
import { findViewerByUser } from '../session/find-viewer.ts'
import { checkImportJob } from './check-import.ts'
import { runCustomers } from './customer-import.ts'
import {
  findImport,
  type ImportRow,
  importLock,
  lockImport,
  optionsOf,
  recordOf,
  requireImport,
  requireOptions,
} from './import-record.ts'
import { type ImportPlan, planImport, readImportRows, settlementOf } from './plan-import.ts'
import { storeFates } from './store-fates.ts'
import { undoImportJob } from './undo-import.ts'

const batch = 1000

/**
 * Marks a checked import as running; the job does it. Refuses `not-found`, `import-not-ready`, `not-allowed` where somebody else prepared it with
 * options that the viewer may not choose, and `rows-refused` at once where every row must be good and the dry run refused some.
 */
export async function markRunning(
  ctx: AppContext,
  viewer: Viewer | null,
  importId: string,
  input: { refuseWhenErrors?: boolean | undefined },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    // One of customers that stopped in the middle goes on from there; of receivables nothing was written then.
    const stopped =
      found.kind === 'customers' && (found.state === 'cancelled' || (found.state === 'failed' && found.resumeAfter > 0))
    if (found.state !== 'checked' && !stopped) throw new Refusal('import-not-ready')
    requireOptions(viewer, optionsOf(found), found.kind)
    const refused = Number(found.counts.refused ?? 0)
    if (input.refuseWhenErrors === true && refused > 0) throw new Refusal('rows-refused', { params: { count: refused } })
    await tx
      .update(imports)
      .set({
        state: 'running',
        rowsDone: stopped ? found.rowsDone : 0,
        error: null,
        options: { ...found.options, refuseWhenErrors: input.refuseWhenErrors === true, runBy: viewer?.userId ?? null },
      })
      .where(eq(imports.id, importId))
    // From here on the rows are what counts.
    await dropFile(tx, importId)
  })
}

/**
 * Stops an import of customers that runs; what is written stays, and it can go on or be undone. One of receivables writes all or nothing and is
 * not stopped. Refuses `not-found`, `import-not-ready`.
 */
export async function cancelImport(ctx: AppContext, viewer: Viewer, importId: string) {
  return ctx.db.transaction(async (tx) => {
    const found = await lockImport(tx, viewer, importId)
    if (found.kind !== 'customers' || found.state !== 'running') throw new Refusal('import-not-ready')
    const [stopped] = await tx
      .update(imports)
      .set({ state: 'cancelled', finishedAt: ctx.now() })
      .where(eq(imports.id, importId))
      .returning()
    if (!stopped) throw new Error('the locked import vanished')
    await recordAudit(tx, ctx, viewer, {
      action: 'cancel',
      entity: 'import',
      entityId: importId,
      changes: { fileName: found.fileName, rows: found.rowsDone },
    })
    return recordOf(tx, stopped)
  })
}

/** Starts a checked import in the worker. Refuses as `markRunning`. */
export async function startImport(
  ctx: AppContext,
  viewer: Viewer,
  importId: string,
  input: { refuseWhenErrors?: boolean | undefined },
) {
  await markRunning(ctx, viewer, importId, input)
  // Without the queue the import still stands as running, and the scheduled look finds it.
  await ctx.queue
    .add(runImportJob, { importId }, { key: importId })
    .catch((error: unknown) => ctx.log.warn({ err: error, importId }, 'could not ring for the import'))
  return recordOf(ctx.db, await findImport(ctx.db, viewer, importId))
}

/** Waits until no other process has the import in hand: its lock ends with its transaction, or with itself. */
export async function untilLetGo(ctx: AppContext, importId: string): Promise<void> {
  await ctx.db.transaction((tx) => tx.execute(sql`select pg_advisory_xact_lock(${importLock(importId)})`))
}

/**
 * Runs an import that stands as running: all rows that are not refused in one transaction, or none. Where it is done already, or another
 * process has it in hand, nothing happens; ended in the middle it has changed nothing and starts anew. `told` hears how many rows are done.
 */
export async function runImport(
  ctx: AppContext,
  importId: string,
  told: (rowsDone: number) => void = () => undefined,
): Promise<void> {
  const [found] = await ctx.db.select().from(imports).where(eq(imports.id, importId))
  if (found?.state !== 'running') return
  const options = optionsOf(found)
  try {
    if (found.kind === 'customers') {
      await runCustomers(ctx, importId, told)
      return
    }
    const viewer = options.runBy ? await findViewerByUser(ctx, options.runBy) : null
    if (options.runBy && !viewer) throw new Refusal('not-allowed')
    // As the person stands now: what they may may have changed since they started it.
    requireImport(viewer, options)
    requireOptions(viewer, options, found.kind)
    const rows = await readImportRows(ctx.db, found, options.asOf ?? (await companyToday(ctx)))
    await ledgerTransaction(ctx, async (tx) => {
      const { rows: locks } = await tx.execute<{ mine: boolean }>(
        sql`select pg_try_advisory_xact_lock(${importLock(importId)}) as mine`,
      )
      if (!locks[0]?.mine) return
      const [now] = await tx.select({ state: imports.state }).from(imports).where(eq(imports.id, importId))
      if (now?.state !== 'running') return
      await lockBulkWriting(tx)
      const plan = await planImport(tx, viewer, found, rows, true)
      if (options.refuseWhenErrors === true && plan.counts.refused > 0)
        throw new Refusal('rows-refused', { params: { count: plan.counts.refused } })
      await writePlan(ctx, tx, viewer, found, plan, told)
    })
  } catch (error) {
    const code = error instanceof Refusal ? error.code : 'unexpected'
    if (!(error instanceof Refusal)) ctx.log.error({ err: error, importId }, 'the import failed')
    await ctx.db
      .update(imports)
      .set({ state: 'failed', error: code, finishedAt: ctx.now(), ...(found.kind === 'customers' ? {} : { rowsDone: 0 }) })
      .where(sql`${imports.id} = ${importId} and ${imports.state} = 'running'`)
  }
}

async function writePlan(
  ctx: AppContext,
  tx: Transaction,
  viewer: Viewer | null,
  found: ImportRow,
  plan: ImportPlan,
  told: (rowsDone: number) => void,
) {
  await writeCustomers(ctx, tx, viewer, found, plan)
  // Told outside of the transaction, so that who watches sees it move.
  const progress = (done: number) =>
    ctx.db
      .update(imports)
      .set({ rowsDone: done })
      .where(eq(imports.id, found.id))
      .then(() => told(done))
  const { timeZone } = await findCompany(tx)
  const today = dayOfInstant(ctx.now(), timeZone)
  const idle = plan.rows.length - plan.toWrite.length
  const paymentOf = new Map<string, string>()
  for (let at = 0; at < plan.toWrite.length; at += batch) {
    const part = plan.toWrite.slice(at, at + batch)
    const written = part.filter((one) => one.write).map((one) => one.stated)
    await writeReceivables(tx, ctx, viewer, written, plan.standing)
    const settling = part.filter((one) => one.settledOn !== null)
    const receivables = await lockReceivables(
      tx,
      settling.map((one) => one.stated.externalId),
    )
    const payables = await lockPayables(
      tx,
      [...receivables.values()].map((one) => one.id),
    )
    // A settlement that a person reversed stays reversed: the file does not know better.
    const { rows: settled } = await tx.execute<{ external_id: string }>(
      sql`select external_id from payments where external_id = any(${sql.param(settling.map((one) => settlementOf(one.stated.externalId)))}::text[])`,
    )
    const done = new Set(settled.map((row) => row.external_id))
    await writePayments(
      tx,
      ctx,
      viewer,
      settling.flatMap(({ stated, settledOn }) => {
        const receivable = receivables.get(stated.externalId)
        const externalId = settlementOf(stated.externalId)
        if (!receivable || settledOn === null || receivable.balanceMinor <= 0n || done.has(externalId)) return []
        const id = v7()
        const { customerId, currency } = stated
        const amountMinor = receivable.balanceMinor
        const applications = [{ receivableId: receivable.id, amountMinor }]
        const money = { kind: 'payment' as const, id, customerId, currency, unappliedMinor: amountMinor, from: settledOn }
        const { postings } = applyMoney(money, applications, payables, today)
        paymentOf.set(stated.externalId, id)
        return [{ id, externalId, customerId, paidOn: settledOn, currency, amountMinor, reference: null, applications, postings }]
      }),
    )
    await progress(Math.min(found.rowCount, idle + at + part.length))
  }
  await keepOutcomes(tx, plan, paymentOf)
  const { source, asOf = today } = optionsOf(found)
  const spokeBefore = source === undefined ? null : await lastWordOf(tx, source)
  if (source !== undefined)
    await attributeBalances(
      tx,
      ctx,
      viewer,
      { name: source, ...(asOf < today ? { asOf: startOfLocalDay(addDays(asOf, 1), timeZone).toISOString() } : {}) },
      [...plan.toWrite.map((one) => one.stated.externalId), ...plan.standing.keys()],
    )
  if (optionsOf(found).activateNotices === true)
    // The same transaction: either the rows are there and their notices are on, or neither.
    keepSwitchedOn(
      plan,
      await enableNoticesForCustomers({ ...ctx, db: tx as unknown as Database }, [...plan.firstRowOf.keys()], viewer),
    )
  await storeFates(tx, found.id, plan.rows)
  const spoke = source === undefined ? undefined : { before: spokeBefore, after: (await lastWordOf(tx, source)) ?? '' }
  await tx
    .update(imports)
    .set({
      state: 'done',
      options: { ...found.options, undoable: true, ...(spoke && { spoke }) },
      counts: plan.counts,
      rowsDone: found.rowCount,
      error: null,
      finishedAt: ctx.now(),
    })
    .where(eq(imports.id, found.id))
  await recordAudit(tx, ctx, viewer, {
    action: 'import',
    entity: 'import',
    entityId: found.id,
    changes: { fileName: found.fileName, ...plan.counts, customers: plan.newCustomers.length },
  })
}

/** Says on every row what it did, so that it can be taken back: `undoReceivables` reads it. */
async function keepOutcomes(tx: Transaction, plan: ImportPlan, paymentOf: ReadonlyMap<string, string>): Promise<void> {
  const made = new Map(plan.newCustomers.map((customer) => [customer.id, customer.id]))
  for (let at = 0; at < plan.toWrite.length; at += batch) {
    const part = plan.toWrite.slice(at, at + batch)
    const { rows } = await tx.execute<{ id: string; external_id: string; version: number; source_name: string | null }>(sql`
      select id, external_id, version, source_name from receivables
      where external_id = any(${sql.param(part.map((one) => one.stated.externalId))}::text[])`)
    const written = new Map(rows.map((row) => [row.external_id, row]))
    for (const { row, stated } of part) {
      const now = written.get(stated.externalId)
      if (!now) throw new Error(`the receivable ${stated.externalId} that was just written is gone`)
      const before = plan.standing.get(stated.externalId)
      const paymentId = paymentOf.get(stated.externalId)
      const madeCustomerId = made.get(stated.customerId)
      made.delete(stated.customerId)
      row.outcome = {
        id: now.id,
        version: now.version,
        ...(before ? { changes: statedChanges(stated, before), sourceBefore: now.source_name } : { created: true }),
        ...(paymentId && { paymentId }),
        ...(madeCustomerId && { madeCustomerId }),
      }
    }
  }
}

/** The first row that names a customer says that its notices were switched on, and how they stood. */
function keepSwitchedOn(plan: ImportPlan, switched: readonly NoticesSwitchedOn[]): void {
  for (const noticesOn of switched) {
    const row = plan.firstRowOf.get(noticesOn.customerId)
    if (row) row.outcome = { ...row.outcome, noticesOn }
  }
}

async function lastWordOf(tx: Transaction, source: string): Promise<string | null> {
  const [known] = await tx.select({ asOf: balanceSources.asOf }).from(balanceSources).where(eq(balanceSources.name, source))
  return known?.asOf.toISOString() ?? null
}

async function writeCustomers(ctx: AppContext, tx: Transaction, viewer: Viewer | null, found: ImportRow, plan: ImportPlan) {
  const options = optionsOf(found)
  // What a narrow level brings stays in its sight: its next file must find it.
  const agentId = viewer === null || customerScopeOf(viewer).kind === 'company' ? null : viewer.userId
  for (let at = 0; at < plan.newCustomers.length; at += batch) {
    const part = plan.newCustomers.slice(at, at + batch)
    const codes = await nextCustomerCodes(tx, part.length)
    const rows = part.map((customer, index) => ({
      id: customer.id,
      code: codes[index],
      external_id: customer.externalId,
      name: customer.name,
      email: customer.email,
    }))
    await tx.execute(sql`
      insert into customers (id, code, external_id, name, email, language, credit_currency, preferred_agent_id, created_at, updated_at, created_by)
      select c.id, c.code, c.external_id, c.name, c.email, ${options.customerLanguage ?? 'es'}, ${options.currency ?? null}, ${agentId}::uuid,
             ${ctx.now().toISOString()}::timestamptz, ${ctx.now().toISOString()}::timestamptz, ${viewer?.userId ?? null}::uuid
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as c(id uuid, code text, external_id text, name text, email text)`)
    await recordAudits(
      tx,
      ctx,
      viewer,
      'customer',
      rows.map((row) => ({
        id: row.id,
        action: 'create',
        changes: {
          code: row.code,
          externalId: row.external_id,
          name: row.name,
          email: row.email,
          ...(agentId === null ? {} : { preferredAgentId: agentId }),
        },
      })),
    )
  }
}

/** Runs one import. Running it twice changes nothing. */
export const runImportJob = defineJob({
  name: 'run-import',
  payload: z.strictObject({ importId: z.uuid() }),
  attempts: 5,
  run: (ctx, { importId }) => runImport(ctx, importId),
})

/** How long the file of an import that nobody went on with is kept, to read it another way. */
const keptDays = 7

/** Rings for imports whose ring was lost or whose worker ended, and forgets files that nobody came back for. */
export const resumeImportsJob = defineJob({
  name: 'resume-imports',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    const waiting = await ctx.db
      .select({ id: imports.id, state: imports.state })
      .from(imports)
      .where(inArray(imports.state, ['running', 'checking', 'undoing']))
      .limit(100)
    for (const { id, state } of waiting) {
      const job = state === 'running' ? runImportJob : state === 'checking' ? checkImportJob : undoImportJob
      await ctx.queue.add(job, { importId: id }, { key: id })
    }
    await dropFilesBefore(ctx.db, new Date(ctx.now().getTime() - keptDays * 86_400_000))
  },
})
