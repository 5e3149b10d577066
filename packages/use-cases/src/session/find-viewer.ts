import type { AccessLevel, Viewer } from '@cartera/domain/access/access-scope'
import type { Permission } from '@cartera/domain/access/permissions'
import type { AppContext } from '../app-context.ts'

interface ViewerRow {
  id: string
  name: string
  email: string
  branch_id: string
  department_id: string | null
  level: AccessLevel
  customer_level: AccessLevel
  permissions: Permission[]
}

/**
 * The person behind a token as they stand now: level, place, permissions. Null when the user is disabled or the session ended,
 * so both take effect on the next request. Prepared, since every request asks.
 */
export async function findViewer(ctx: AppContext, userId: string, sessionId: string): Promise<Viewer | null> {
  const { rows } = await ctx.pool.query<ViewerRow>({
    name: 'find-viewer',
    text: `select u.id, u.name, u.email, u.branch_id, u.department_id, p.level, p.customer_level, p.permissions
           from users u
           join access_profiles p on p.id = u.profile_id
           join sessions s on s.id = $2 and s.user_id = u.id
           where u.id = $1 and u.active and s.revoked_at is null and s.expires_at > $3`,
    values: [userId, sessionId, ctx.now()],
  })
  return viewerOf(rows[0])
}

/** The same for many sessions at once, by the session's id: those that still stand. */
export async function findViewersOfSessions(ctx: AppContext, sessionIds: readonly string[]): Promise<Map<string, Viewer>> {
  const { rows } = await ctx.pool.query<ViewerRow & { session_id: string }>({
    name: 'find-viewers-of-sessions',
    text: `select s.id as session_id, u.id, u.name, u.email, u.branch_id, u.department_id, p.level, p.customer_level, p.permissions
           from sessions s
           join users u on u.id = s.user_id
           join access_profiles p on p.id = u.profile_id
           where s.id = any($1) and u.active and s.revoked_at is null and s.expires_at > $2`,
    values: [sessionIds, ctx.now()],
  })
  return new Map(
    rows.flatMap(({ session_id, ...row }) => {
      const viewer = viewerOf(row)
      return viewer ? [[session_id, viewer] as const] : []
    }),
  )
}

/** The viewer that a command line or a test acts as: an active user, by id, without a session. Null when there is none. */
export async function findViewerByUser(ctx: AppContext, userId: string): Promise<Viewer | null> {
  const { rows } = await ctx.pool.query<ViewerRow>({
    text: `select u.id, u.name, u.email, u.branch_id, u.department_id, p.level, p.customer_level, p.permissions
           from users u join access_profiles p on p.id = u.profile_id where u.id = $1 and u.active`,
    values: [userId],
  })
  return viewerOf(rows[0])
}

function viewerOf(row: ViewerRow | undefined): Viewer | null {
  if (!row) return null
  const { id, branch_id, department_id, customer_level, ...same } = row
  return { ...same, userId: id, branchId: branch_id, departmentId: department_id, customerLevel: customer_level }
}
