import type { Querier } from '@cartera/db/connect'
import { installationEpoch, noticeMessages } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import type { Sending } from './sending.ts'

/** Why this machine must not send. */
export type EpochProblem = 'epoch-mismatch' | 'epoch-missing' | 'database-restored'

/**
 * Whether this machine may send for this database. The first machine of a database writes itself down. A machine with another name, a
 * database without a name that this machine has sent for before, and a database that knows less than this machine (a restored backup)
 * wait for an administrator: what they would send may have been sent already.
 */
export async function epochProblem(ctx: AppContext, sending: Sending): Promise<EpochProblem | null> {
  // What is remembered first: another worker of this machine may move both on between the two looks.
  const seen = await sending.journal.seenBeat()
  const row = (await findEpoch(ctx.db)) ?? (await adoptEpoch(ctx, sending))
  if (!row) return 'epoch-missing'
  if (row.epoch !== sending.epoch) return 'epoch-mismatch'
  if (seen === null) return null
  // Confirmed since this machine last looked: an administrator knows.
  if (row.confirmedAt > seen.confirmedAt) return null
  return row.confirmedAt < seen.confirmedAt || row.beat < seen.beat ? 'database-restored' : null
}

interface EpochRow {
  epoch: string
  confirmedAt: string
  beat: number
}

export async function findEpoch(db: Querier): Promise<EpochRow | null> {
  const [row] = await db.select().from(installationEpoch)
  return row ? { epoch: row.epoch, confirmedAt: row.confirmedAt.toISOString(), beat: row.beat } : null
}

/** The first start of an installation, also of one that is older than this check. */
async function adoptEpoch(ctx: AppContext, sending: Sending): Promise<EpochRow | null> {
  const [sent] = await ctx.db
    .select({ id: noticeMessages.id })
    .from(noticeMessages)
    .where(sql`${noticeMessages.sentAt} is not null`)
    .limit(1)
  if (sent && (await sending.journal.seenBeat()) !== null) return null
  await ctx.db.execute(sql`
    insert into installation_epoch (id, epoch, confirmed_at) values (1, ${sending.epoch}, statement_timestamp()) on conflict do nothing`)
  return findEpoch(ctx.db)
}

/** Moves the beat on, in the database first: a machine never knows more than its database unless that was restored. */
export async function keepBeating(ctx: AppContext, sending: Sending): Promise<void> {
  const [row] = await ctx.db
    .update(installationEpoch)
    .set({ beat: sql`${installationEpoch.beat} + 1` })
    .where(sql`${installationEpoch.epoch} = ${sending.epoch}`)
    .returning({ beat: installationEpoch.beat, confirmedAt: installationEpoch.confirmedAt })
  if (row) await sending.journal.keepBeat({ beat: row.beat, confirmedAt: row.confirmedAt.toISOString() })
}

/** From now on the machine of this name sends, and no other. `viewer` is null on the command line. */
export async function confirmEpoch(ctx: AppContext, viewer: Pick<Viewer, 'userId'> | null, epoch: string): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const before = await findEpoch(tx)
    await tx.execute(sql`
      insert into installation_epoch (id, epoch, confirmed_at) values (1, ${epoch}, clock_timestamp())
      on conflict (id) do update set epoch = excluded.epoch, beat = installation_epoch.beat + 1,
        confirmed_at = greatest(excluded.confirmed_at, installation_epoch.confirmed_at + interval '1 millisecond')`)
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'installation-epoch',
      entityId: epoch,
      changes: { epoch: [before?.epoch ?? null, epoch] },
    })
  })
}
