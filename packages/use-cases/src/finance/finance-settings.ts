import type { Querier } from '@cartera/db/connect'
import { digestRecipients, financeSettings, staffMails } from '@cartera/db/schema/finance'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'

export type FinanceSettings = typeof financeSettings.$inferSelect

/** Read by every minute's jobs, so the row is made by whoever first changes it, not by who reads it. */
export async function readFinanceSettings(db: Querier): Promise<FinanceSettings> {
  const [row] = await db.select().from(financeSettings)
  return row ?? { id: 1, digestOn: true, digestAt: '07:30', silentMinutes: 60, workerMinutes: 5, failedCount: 10, version: 1 }
}

/** The people to whom digests and alarms go now: chosen, active, and still allowed to see notices. */
export async function findDigestReaders(db: Querier): Promise<string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(digestRecipients)
    .innerJoin(users, eq(users.id, digestRecipients.userId))
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(and(eq(users.active, true), sql`'see-notices' = any(${accessProfiles.permissions})`))
    .orderBy(asc(users.id))
  return rows.map((row) => row.id)
}

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
}

async function shown(db: Querier) {
  const settings = await readFinanceSettings(db)
  const recipients = await db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      active: users.active,
      mayRead: sql<boolean>`'see-notices' = any(${accessProfiles.permissions})`,
    })
    .from(digestRecipients)
    .innerJoin(users, eq(users.id, digestRecipients.userId))
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .orderBy(asc(users.name), asc(users.id))
  const mails = await db
    .select({
      id: staffMails.id,
      kind: staffMails.kind,
      userId: staffMails.userId,
      name: users.name,
      state: staffMails.state,
      response: staffMails.response,
      sentAt: staffMails.sentAt,
      createdAt: staffMails.createdAt,
    })
    .from(staffMails)
    .innerJoin(users, eq(users.id, staffMails.userId))
    // People's own follow-ups are none of finance's news.
    .where(ne(staffMails.kind, 'reminder'))
    .orderBy(desc(staffMails.createdAt), desc(staffMails.id))
    .limit(20)
  return {
    digestOn: settings.digestOn,
    digestAt: settings.digestAt,
    silentMinutes: settings.silentMinutes,
    workerMinutes: settings.workerMinutes,
    failedCount: settings.failedCount,
    recipients: recipients.map(({ id, name, email, active, mayRead }) => ({ id, name, email, reads: active && mayRead })),
    lastMails: mails.flatMap(({ id, kind, userId, name, state, response, sentAt, createdAt }) =>
      kind === 'reminder'
        ? []
        : [
            {
              id,
              kind,
              user: { id: userId, name },
              state,
              response,
              sentAt: sentAt?.toISOString() ?? null,
              createdAt: createdAt.toISOString(),
            },
          ],
    ),
    version: settings.version,
  }
}

/** Who in finance is told of what, and what was lately mailed to whom. Refuses `not-allowed`. */
export async function findFinanceSettings(ctx: AppContext, viewer: Viewer) {
  requireSettings(viewer)
  return shown(ctx.db)
}

export interface FinanceSettingsInput {
  digestOn: boolean
  digestAt: string
  silentMinutes: number
  workerMinutes: number
  failedCount: number
  recipientIds: string[]
  version: number
}

/** Changes them. Refuses `not-allowed`, `changed-meanwhile`, and `reference-unknown` for who is no active user with the permission to see notices. */
export async function changeFinanceSettings(ctx: AppContext, viewer: Viewer, input: FinanceSettingsInput) {
  requireSettings(viewer)
  const { recipientIds, version, ...fields } = input
  return ctx.db.transaction(async (tx) => {
    await tx.insert(financeSettings).values({ id: 1 }).onConflictDoNothing()
    const [before] = await tx.select().from(financeSettings).for('update')
    if (!before) throw new Error('the row of finance settings vanished')
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    const wanted = [...new Set(recipientIds)]
    const standing = (await tx.select({ id: digestRecipients.userId }).from(digestRecipients)).map((row) => row.id)
    const added = wanted.filter((id) => !standing.includes(id))
    if (added.length > 0) {
      const able = await tx
        .select({ id: users.id })
        .from(users)
        .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
        .where(and(inArray(users.id, added), eq(users.active, true), sql`'see-notices' = any(${accessProfiles.permissions})`))
      if (able.length !== added.length) throw new Refusal('reference-unknown', { field: 'recipientIds' })
      await tx
        .insert(digestRecipients)
        .values(added.map((userId) => ({ userId })))
        .onConflictDoNothing()
    }
    const removed = standing.filter((id) => !wanted.includes(id))
    if (removed.length > 0) await tx.delete(digestRecipients).where(inArray(digestRecipients.userId, removed))
    await tx.update(financeSettings).set({ ...fields, version: version + 1 })
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'finance-settings',
      entityId: '1',
      changes: changesBetween({ ...before, recipientIds: standing.sort() }, { ...fields, recipientIds: wanted.sort() }),
    })
    return shown(tx)
  })
}
