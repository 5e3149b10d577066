import type { Transaction } from '@cartera/db/connect'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import type { Permission } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'

const needed: Permission = 'manage-users'

/** Takes turns for the rest of the transaction with whoever else may take administrators away: each alone would still see the other. */
export async function lockAdministrators(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera administrators'))`)
}

/** Refuses `last-administrator` when, after what the transaction has written, no active user of level 1 manages users. */
export async function requireAdministrator(tx: Transaction, field: string): Promise<void> {
  const [left] = await tx
    .select({ id: users.id })
    .from(users)
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(and(eq(users.active, true), eq(accessProfiles.level, 1), sql`${needed} = any(${accessProfiles.permissions})`))
    .limit(1)
  if (!left) throw new Refusal('last-administrator', { field })
}
