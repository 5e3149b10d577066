import { accessProfiles } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { grantOf } from './profile-grant.ts'

/** The access profiles, for those who manage users. Refuses `not-allowed`. */
export async function listAccessProfiles(ctx: AppContext, viewer: Viewer, input: PageInput) {
  const refusal = permissionRefusal(viewer, 'manage-users')
  if (refusal) throw new Refusal(refusal)
  const sort = input.sort ?? 'level'
  const descending = sort.startsWith('-')
  const byLevel = sort.endsWith('level')
  const keys = [
    ...(byLevel ? [{ column: accessProfiles.level, type: 'integer' } as const] : []),
    { column: accessProfiles.name, type: 'text' } as const,
    { column: accessProfiles.id, type: 'uuid' } as const,
  ]
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({
      profile: accessProfiles,
      // Written out: in a select from one table Drizzle leaves the table's name away, and `id` would be the user's own.
      userCount: sql<number>`(select count(*) from users where users.profile_id = access_profiles.id)`.mapWith(Number),
    })
    .from(accessProfiles)
    .where(
      and(
        input.q
          ? sql`strpos(translate(lower(${accessProfiles.name}), 'áéíóúüñ', 'aeiouun'), ${searchKey(input.q)}) > 0`
          : undefined,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    ({ profile, userCount }) => ({
      id: profile.id,
      name: profile.name,
      ...grantOf(profile),
      permissions: [...grantOf(profile).permissions],
      userCount,
      version: profile.version,
    }),
    ({ profile }) => encodeCursor(sort, [...(byLevel ? [profile.level] : []), profile.name, profile.id]),
  )
}
