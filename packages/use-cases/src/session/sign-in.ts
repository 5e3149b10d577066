import { createHash, randomBytes } from 'node:crypto'
import { refreshTokens, sessions, users } from '@cartera/db/schema/organisation'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { passwordMatches } from './passwords.ts'
import { forgetFailures, recordFailure, requireFewFailures } from './sign-in-limits.ts'

export const accessTokenMinutes = 15
export const sessionDays = 30
/** A token that was just exchanged is honoured once more for this long: two tabs may ask at the same moment. */
const graceMs = 30_000

export interface SignedIn {
  userId: string
  sessionId: string
  /** For the httpOnly cookie; never stored, only its hash is. */
  refreshToken: string
}

const hashOf = (token: string) => createHash('sha256').update(token).digest('base64url')

/** Opens a session for a user who has just proven who they are. */
export async function openSession(ctx: AppContext, userId: string): Promise<SignedIn> {
  const refreshToken = randomBytes(32).toString('base64url')
  return ctx.db.transaction(async (tx) => {
    const [session] = await tx
      .insert(sessions)
      .values({
        userId,
        address: ctx.origin.address,
        userAgent: ctx.origin.userAgent?.slice(0, 300) ?? null,
        expiresAt: new Date(ctx.now().getTime() + sessionDays * 86_400_000),
        createdAt: ctx.now(),
      })
      .returning({ id: sessions.id })
    if (!session) throw new Error('the session was not written')
    await tx.insert(refreshTokens).values({ hash: hashOf(refreshToken), sessionId: session.id, createdAt: ctx.now() })
    await tx.update(users).set({ lastSignInAt: ctx.now() }).where(eq(users.id, userId))
    await recordAudit(tx, ctx, { userId }, { action: 'sign-in', entity: 'user', entityId: userId })
    return { userId, sessionId: session.id, refreshToken }
  })
}

/**
 * Signs in with e-mail and password. Refuses `credentials-wrong` alike for a wrong password, an unknown and a disabled account,
 * and after the same work; `too-many-attempts` after too many failures per account or address.
 */
export async function signIn(ctx: AppContext, input: { email: string; password: string }): Promise<SignedIn> {
  const email = input.email.trim()
  await requireFewFailures(ctx, email)
  const [user] = await ctx.db
    .select({ id: users.id, passwordHash: users.passwordHash, active: users.active })
    .from(users)
    .where(eq(sql`lower(${users.email})`, email.toLowerCase()))
  const matches = await passwordMatches(user?.passwordHash ?? null, input.password)
  if (!user || !matches || !user.active) {
    await recordFailure(ctx, email)
    throw new Refusal('credentials-wrong')
  }
  await forgetFailures(ctx, email)
  return openSession(ctx, user.id)
}

/**
 * Exchanges a refresh token for its successor. The successor is derived from the token, so a second request within the grace
 * gets the same one; a later reuse means that the token was stolen, and the whole session is revoked. Refuses `session-expired`.
 */
export async function refreshSession(ctx: AppContext, token: string): Promise<SignedIn> {
  const successor = ctx.secrets.digest('refresh-token', token)
  const outcome = await ctx.db.transaction(async (tx) => {
    const [found] = await tx
      .select({ hash: refreshTokens.hash, usedAt: refreshTokens.usedAt, sessionId: sessions.id, userId: sessions.userId })
      .from(refreshTokens)
      .innerJoin(sessions, eq(sessions.id, refreshTokens.sessionId))
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(
        and(
          eq(refreshTokens.hash, hashOf(token)),
          isNull(sessions.revokedAt),
          gt(sessions.expiresAt, ctx.now()),
          eq(users.active, true),
        ),
      )
      .for('update', { of: refreshTokens })
    if (!found) return null
    if (found.usedAt === null) {
      await tx.update(refreshTokens).set({ usedAt: ctx.now() }).where(eq(refreshTokens.hash, found.hash))
      await tx.insert(refreshTokens).values({ hash: hashOf(successor), sessionId: found.sessionId, createdAt: ctx.now() })
      return found
    }
    if (ctx.now().getTime() - found.usedAt.getTime() <= graceMs) return found
    await tx.update(sessions).set({ revokedAt: ctx.now() }).where(eq(sessions.id, found.sessionId))
    return null
  })
  if (!outcome) throw new Refusal('session-expired')
  return { userId: outcome.userId, sessionId: outcome.sessionId, refreshToken: successor }
}

/** Ends the session that a refresh token belongs to. An unknown token is no error: the aim is reached. */
export async function signOut(ctx: AppContext, token: string): Promise<void> {
  await ctx.db
    .update(sessions)
    .set({ revokedAt: ctx.now() })
    .where(
      and(
        isNull(sessions.revokedAt),
        eq(
          sessions.id,
          sql`(select ${refreshTokens.sessionId} from ${refreshTokens} where ${refreshTokens.hash} = ${hashOf(token)})`,
        ),
      ),
    )
}
