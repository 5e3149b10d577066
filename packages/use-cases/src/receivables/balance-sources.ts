import type { Transaction } from '@cartera/db/connect'
import { balanceSources, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { asc, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'

const msPerHour = 3_600_000
/** Clocks of two machines differ by less. */
const toleratedMs = 5 * 60_000

function requireManage(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
}

function onWire(ctx: AppContext, freshnessHours: number | null, source: { name: string; asOf: Date }) {
  const age = Math.max(0, ctx.now().getTime() - source.asOf.getTime())
  return {
    name: source.name,
    asOf: source.asOf.toISOString(),
    hours: Math.floor(age / msPerHour),
    silent: freshnessHours !== null && age > freshnessHours * msPerHour,
  }
}

/** Every source of balances. Refuses `not-allowed`. */
export async function listBalanceSources(ctx: AppContext, viewer: Viewer) {
  requireManage(viewer)
  const { noticeFreshnessHours } = await findCompany(ctx.db)
  const sources = await ctx.db.select().from(balanceSources).orderBy(asc(balanceSources.name)).limit(1000)
  return {
    freshnessHours: noticeFreshnessHours,
    items: sources.map((source) => onWire(ctx, noticeFreshnessHours, source)),
  }
}

/** Says as of when the balances of a source are; creates it. Refuses `not-allowed`, `as-of-in-future`. */
export async function speakForBalances(ctx: AppContext, viewer: Viewer, name: string, input: { asOf: string }) {
  requireManage(viewer)
  return ctx.db.transaction(async (tx) => {
    const source = await writeBalanceSource(tx, ctx, viewer, { name, asOf: new Date(input.asOf) }, 'asOf')
    const { noticeFreshnessHours } = await findCompany(tx)
    return onWire(ctx, noticeFreshnessHours, source)
  })
}

/** Forgets a source; its receivables are kept by hand from then on. Refuses `not-allowed`, `not-found`. */
export async function removeBalanceSource(ctx: AppContext, viewer: Viewer, name: string): Promise<void> {
  requireManage(viewer)
  await ctx.db.transaction(async (tx) => {
    const [source] = await tx.select().from(balanceSources).where(eq(balanceSources.name, name)).for('update')
    if (!source) throw new Refusal('not-found')
    await tx.update(receivables).set({ sourceName: null }).where(eq(receivables.sourceName, name))
    await tx.delete(balanceSources).where(eq(balanceSources.name, name))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'balance-source',
      entityId: name,
      changes: { asOf: source.asOf.toISOString() },
    })
  })
}

/**
 * Moves a source on to an instant, never back: what arrives late changes nothing. Refuses `as-of-in-future` at `field`. Sources speak many
 * times a day: only the first word of one stands in the audit log.
 */
async function writeBalanceSource(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer | null,
  source: { name: string; asOf: Date },
  field: string,
): Promise<{ name: string; asOf: Date }> {
  const now = ctx.now()
  if (source.asOf.getTime() > now.getTime() + toleratedMs) throw new Refusal('as-of-in-future', { field })
  const [known] = await tx.select().from(balanceSources).where(eq(balanceSources.name, source.name)).for('update')
  const [written] = await tx
    .insert(balanceSources)
    .values({ ...source, updatedAt: now })
    .onConflictDoUpdate({
      target: balanceSources.name,
      set: { asOf: sql`greatest(${balanceSources.asOf}, excluded.as_of)`, updatedAt: now },
    })
    .returning({ name: balanceSources.name, asOf: balanceSources.asOf })
  if (!known)
    await recordAudit(tx, ctx, viewer, {
      action: 'create',
      entity: 'balance-source',
      entityId: source.name,
      changes: { asOf: source.asOf.toISOString() },
    })
  return written ?? source
}

/** Says in the transaction of a bulk write whose word these receivables are, and as of when (now unless told). Refuses `as-of-in-future`. */
export async function attributeBalances(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer | null,
  source: { name: string; asOf?: string | undefined },
  externalIds: readonly string[],
): Promise<void> {
  const asOf = source.asOf === undefined ? ctx.now() : new Date(source.asOf)
  await writeBalanceSource(tx, ctx, viewer, { name: source.name, asOf }, 'source.asOf')
  await tx.execute(sql`
    update receivables set source_name = ${source.name}
    where external_id = any(${sql.param([...externalIds])}::text[]) and source_name is distinct from ${source.name}`)
}
