import { mailAccounts } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { likeEscaped } from '../customers/search-customers.ts'
import { defaultPageSize, encodeCursor, keysetAfter, type PageInput, pageOf } from '../paging.ts'
import type { MailAccount } from './open-transport.ts'

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
}

interface Row extends Record<string, unknown> {
  id: string
  name: string
  active: boolean
  administrator: boolean
  customers: string
  address: string | null
  host: string
  state: MailAccount['state']
  verified_at: string | null
  last_error: string | null
  paused_by: string | null
  daily_cap: number | null
  sent_today: string
  imap_host: string | null
  read_at: string | null
  imap_error: string | null
  stopped: boolean
}

const utc = (column: string) => sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`)

/**
 * From whose accounts notices leave and how those stand: everyone who has an account, collects from a customer, or stands in for those without
 * a collections agent. Refuses `not-allowed` without the permission for the company's settings.
 */
export async function listMailAccounts(
  ctx: AppContext,
  viewer: Viewer,
  input: PageInput & { state?: 'missing' | 'unverified' | 'verified' | 'paused' | undefined },
) {
  requireSettings(viewer)
  const company = await findCompany(ctx.db)
  const sort = input.sort ?? 'name'
  const descending = sort.startsWith('-')
  const direction = sql.raw(descending ? 'desc' : 'asc')
  const limit = input.limit ?? defaultPageSize
  const q = searchKey(input.q ?? '')
  const after = keysetAfter(
    input.cursor,
    sort,
    [
      { column: sql`name collate "C"`, type: 'text' },
      { column: sql`id`, type: 'uuid' },
    ],
    descending,
  )
  const { rows } = await ctx.db.execute<Row>(sql`
    select * from (
      select u.id, u.name, u.active, u.id is not distinct from ${company.administratorId}::uuid as administrator,
        coalesce(c.count, 0) as customers, a.address, a.host, a.state, ${utc('a.verified_at')} as verified_at, a.last_error,
        a.paused_by, a.daily_cap, a.imap_host, ${utc('a.imap_read_at')} as read_at, a.imap_error,
        a.imap_stopped_at is not null as stopped,
        (select count(*) from notice_messages m where m.sender_id = u.id
          and m.sent_at >= date_trunc('day', ${ctx.now().toISOString()}::timestamptz at time zone ${company.timeZone}) at time zone ${company.timeZone}
          and m.sent_at <= ${ctx.now().toISOString()}::timestamptz) as sent_today
      from users u
      left join mail_accounts a on a.user_id = u.id
      left join (
        select collections_agent_id, count(*) as count from customers
        where deleted_at is null and collections_agent_id is not null group by collections_agent_id) c on c.collections_agent_id = u.id
      where (a.user_id is not null or c.count > 0 or u.id = ${company.administratorId}::uuid)) each
    where ${input.state === undefined ? sql`true` : input.state === 'missing' ? sql`address is null` : sql`state = ${input.state}`}
      and ${q === '' ? sql`true` : sql`lower(name || ' ' || coalesce(address, '')) like ${`%${likeEscaped(q)}%`}`}
      and ${after ?? sql`true`}
    order by name collate "C" ${direction}, id ${direction}
    limit ${limit + 1}`)
  return pageOf(rows, limit, toRow, (row) => encodeCursor(sort, [row.name, row.id]))
}

const toRow = (row: Row) => ({
  user: { id: row.id, name: row.name },
  active: row.active,
  administrator: row.administrator,
  customers: Number(row.customers),
  account:
    row.address === null
      ? null
      : {
          address: row.address,
          host: row.host,
          state: row.state,
          verifiedAt: row.verified_at,
          lastError: row.last_error,
          pausedByPerson: row.state === 'paused' && row.paused_by !== null,
          dailyCap: row.daily_cap,
          sentToday: Number(row.sent_today),
          reading: row.imap_host === null ? null : { readAt: row.read_at, error: row.imap_error, stopped: row.stopped },
        },
})

/** Stops all sending from a person's account, whatever they change in it, until it is resumed. Refuses `not-allowed`, `not-found`. */
export function pauseMailAccount(ctx: AppContext, viewer: Viewer, userId: string): Promise<void> {
  return change(ctx, viewer, userId, (account) =>
    account.state === 'paused' && account.pausedBy !== null ? null : { state: 'paused', pausedBy: viewer.userId },
  )
}

/** The account sends again, if it was verified; else it is still to be. Refuses `not-allowed`, `not-found`. */
export function resumeMailAccount(ctx: AppContext, viewer: Viewer, userId: string): Promise<void> {
  return change(ctx, viewer, userId, (account) =>
    account.state === 'paused' ? { state: account.verifiedAt === null ? 'unverified' : 'verified', pausedBy: null } : null,
  )
}

async function change(
  ctx: AppContext,
  viewer: Viewer,
  userId: string,
  next: (account: MailAccount) => Pick<MailAccount, 'state' | 'pausedBy'> | null,
): Promise<void> {
  requireSettings(viewer)
  await ctx.db.transaction(async (tx) => {
    const [account] = await tx.select().from(mailAccounts).where(eq(mailAccounts.userId, userId)).for('update')
    if (!account) throw new Refusal('not-found')
    const set = next(account)
    // Two who pause the same account both get what they wanted.
    if (set === null) return
    await tx
      .update(mailAccounts)
      .set({ ...set, version: account.version + 1 })
      .where(eq(mailAccounts.userId, userId))
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'mail-account',
      entityId: userId,
      changes: { state: [account.state, set.state] },
    })
  })
}
