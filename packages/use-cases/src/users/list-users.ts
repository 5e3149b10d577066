import type { Querier } from '@cartera/db/connect'
import { accessProfiles, branches, departments, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { can } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, isNull, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'

const selectUsers = (db: Querier) =>
  db
    .select({
      user: users,
      branch: { id: branches.id, name: branches.name },
      department: { id: departments.id, name: departments.name },
      profile: { id: accessProfiles.id, name: accessProfiles.name },
    })
    .from(users)
    .innerJoin(branches, eq(branches.id, users.branchId))
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .leftJoin(departments, eq(departments.id, users.departmentId))

type UserRow = Awaited<ReturnType<typeof selectUsers>>[number]

/** Who works here and where is for everyone; what they sign in with and may do, only for those who manage users. */
function shownTo(viewer: Viewer, { user, branch, department, profile }: UserRow) {
  const details = can(viewer, 'manage-users')
  return {
    id: user.id,
    name: user.name,
    active: user.active,
    branch,
    department,
    email: details ? user.email : null,
    profile: details ? profile : null,
    language: details ? (user.language === 'en' ? ('en' as const) : ('es' as const)) : null,
    lastSignInAt: details ? (user.lastSignInAt?.toISOString() ?? null) : null,
    version: details ? user.version : null,
  }
}

const folded = (column: SQL) => sql`translate(lower(${column}), 'áàäâãåéèëêíìïîóòöôõúùüûñç', 'aaaaaaeeeeiiiiooooouuuunc')`

/**
 * The users, for choosing agents; with e-mail, profile and the like for those who manage users. Refuses `not-allowed` at
 * `profileId` for others: a filter would tell what the list hides. For the same reason their search looks at names only.
 */
export async function listUsers(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & {
    active?: 'true' | 'false' | undefined
    branchId?: string | undefined
    departmentId?: string | undefined
    profileId?: string | undefined
  },
) {
  const details = can(viewer, 'manage-users')
  if (input.profileId !== undefined && !details) throw new Refusal('not-allowed', { field: 'profileId' })
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const keys = [
    { column: users.name, type: 'text' },
    { column: users.id, type: 'uuid' },
  ] as const
  const limit = input.limit ?? defaultPageSize
  const searched = details ? sql`${users.name} || ' ' || ${users.email}` : sql`${users.name}`
  const rows = await selectUsers(ctx.db)
    .where(
      and(
        input.active === undefined ? undefined : eq(users.active, input.active === 'true'),
        input.branchId === undefined ? undefined : eq(users.branchId, input.branchId),
        input.departmentId === undefined
          ? undefined
          : input.departmentId === 'none'
            ? isNull(users.departmentId)
            : eq(users.departmentId, input.departmentId),
        input.profileId === undefined ? undefined : eq(users.profileId, input.profileId),
        input.q ? sql`strpos(${folded(searched)}, ${searchKey(input.q)}) > 0` : undefined,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => shownTo(viewer, row),
    (row) => encodeCursor(sort, [row.user.name, row.user.id]),
  )
}

/** One user as the viewer may see them. Refuses `not-found`. */
export async function findUser(db: Querier, viewer: Viewer, userId: string) {
  const [row] = await selectUsers(db).where(eq(users.id, userId))
  if (!row) throw new Refusal('not-found')
  return shownTo(viewer, row)
}
