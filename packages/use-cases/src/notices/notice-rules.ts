import type { Transaction } from '@cartera/db/connect'
import { noticeRules, noticeRuleVersions } from '@cartera/db/schema/notices'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { type NoticeKind, type NoticeRuleInput, noticeRuleProblems } from '@cartera/domain/notices/notice-settings'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, desc, eq, isNotNull, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'

type RuleRow = typeof noticeRules.$inferSelect

function requireRules(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-notice-rules')
  if (refusal) throw new Refusal(refusal)
}

function requireSound(rule: NoticeRuleInput): void {
  const problems = noticeRuleProblems(rule)
  const [first] = problems
  if (!first) return
  if (problems.length > 1) throw new Refusal('items-refused', { params: { count: problems.length }, errors: problems })
  throw new Refusal(first.code, { field: first.field, ...(first.params ? { params: first.params } : {}) })
}

const taken = { notice_rules_days_unique: { code: 'rule-duplicate', field: 'days' } } as const

// A notice was planned under it, or somebody's settings name it. Named in full: drizzle leaves the table out where there is only one.
const used = sql<boolean>`(exists (select 1 from notice_items i where i.rule_id = notice_rules.id)
  or exists (select 1 from notice_settings s where notice_rules.id = any(s.reminder_rule_ids) or notice_rules.id = any(s.overdue_rule_ids))
  or exists (select 1 from notice_group_settings g where notice_rules.id = any(g.reminder_rule_ids) or notice_rules.id = any(g.overdue_rule_ids))
  or exists (select 1 from notice_receivable_settings r where notice_rules.id = any(r.reminder_rule_ids) or notice_rules.id = any(r.overdue_rule_ids))
  or exists (select 1 from company c where notice_rules.id = any(c.reminder_rule_ids) or notice_rules.id = any(c.overdue_rule_ids)))`

const onWire = (row: RuleRow, isUsed: boolean) => ({
  id: row.id,
  code: row.code,
  kind: row.kind,
  description: row.description,
  days: row.days,
  level: row.level,
  repeatEveryDays: row.repeatEveryDays,
  repeatTimes: row.repeatTimes,
  retiredAt: row.retiredAt?.toISOString() ?? null,
  used: isUsed,
  version: row.version,
})

async function findRule(tx: Transaction, id: string) {
  const [row] = await tx.select({ rule: noticeRules, used }).from(noticeRules).where(eq(noticeRules.id, id))
  if (!row) throw new Refusal('not-found')
  return onWire(row.rule, row.used)
}

/** The catalogue of notice rules; everyone who signs in may read it. */
export async function listNoticeRules(
  ctx: AppContext,
  _viewer: Viewer,
  input: PageInput & { kind?: NoticeKind | undefined; retired?: boolean | undefined },
) {
  const sort = input.sort ?? 'days'
  const descending = sort.startsWith('-')
  const keys = sort.endsWith('code')
    ? ([
        { column: noticeRules.code, type: 'text' },
        { column: noticeRules.id, type: 'uuid' },
      ] as const)
    : ([
        { column: noticeRules.days, type: 'integer' },
        { column: noticeRules.id, type: 'uuid' },
      ] as const)
  const limit = input.limit ?? defaultPageSize
  const rows = await ctx.db
    .select({ rule: noticeRules, used })
    .from(noticeRules)
    .where(
      and(
        input.kind === undefined ? undefined : eq(noticeRules.kind, input.kind),
        input.retired === undefined
          ? undefined
          : input.retired
            ? isNotNull(noticeRules.retiredAt)
            : isNull(noticeRules.retiredAt),
        input.q
          ? sql`strpos(translate(lower(${noticeRules.code} || ' ' || ${noticeRules.description}), 'áéíóúüñ', 'aeiouun'), ${searchKey(input.q)}) > 0`
          : undefined,
        keysetAfter(input.cursor, sort, keys, descending),
      ),
    )
    .orderBy(...orderOf(keys, descending))
    .limit(limit + 1)
  return pageOf(
    rows,
    limit,
    (row) => onWire(row.rule, row.used),
    (row) => encodeCursor(sort, [sort.endsWith('code') ? row.rule.code : row.rule.days, row.rule.id]),
  )
}

/** `preventive-7`, or with a number behind it where a retired rule has that code. */
async function freeCode(tx: Transaction, kind: NoticeKind, days: number, ownId: string | null): Promise<string> {
  const base = `${kind}-${days}`
  const rows = await tx
    .select({ id: noticeRules.id, code: noticeRules.code })
    .from(noticeRules)
    .where(sql`${noticeRules.code} = ${base} or ${noticeRules.code} like ${`${base}-%`}`)
  const codes = new Set(rows.filter((row) => row.id !== ownId).map((row) => row.code))
  for (let n = 1; ; n += 1) {
    const code = n === 1 ? base : `${base}-${n}`
    if (!codes.has(code)) return code
  }
}

// Codes are chosen by looking at the others: one writer at a time.
const lockCatalogue = (tx: Transaction) => tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera notice rules'))`)

/**
 * Adds a rule to the catalogue. Refuses `not-allowed`, `rule-duplicate`, and at their fields what `noticeRuleProblems` finds
 * (several at once: `items-refused`).
 */
export async function createNoticeRule(
  ctx: AppContext,
  viewer: Viewer,
  given: {
    description: string
    days: number
    kind: NoticeKind
    level?: number | undefined
    repeatEveryDays?: number | null | undefined
    repeatTimes?: number | null | undefined
  },
) {
  requireRules(viewer)
  const input = {
    ...given,
    level: given.level ?? 1,
    repeatEveryDays: given.repeatEveryDays ?? null,
    repeatTimes: given.repeatTimes ?? null,
  }
  requireSound(input)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      await lockCatalogue(tx)
      const code = await freeCode(tx, input.kind, input.days, null)
      const [rule] = await tx
        .insert(noticeRules)
        .values({ ...input, code, createdAt: ctx.now() })
        .returning()
      if (!rule) throw new Error('the rule was not written')
      await tx.insert(noticeRuleVersions).values({
        ruleId: rule.id,
        version: 1,
        description: rule.description,
        days: rule.days,
        level: rule.level,
        repeatEveryDays: rule.repeatEveryDays,
        repeatTimes: rule.repeatTimes,
        createdAt: ctx.now(),
        createdBy: viewer.userId,
      })
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'notice-rule',
        entityId: rule.id,
        changes: { ...input, code },
      })
      return onWire(rule, false)
    }),
  )
}

/**
 * Changes a rule by a new immutable version under the same identity: what has been noticed under it is not noticed again. The code
 * follows the days. Refuses `not-found`, `changed-meanwhile` and what `createNoticeRule` refuses.
 */
export async function changeNoticeRule(
  ctx: AppContext,
  viewer: Viewer,
  ruleId: string,
  input: {
    description?: string | undefined
    days?: number | undefined
    level?: number | undefined
    repeatEveryDays?: number | null | undefined
    repeatTimes?: number | null | undefined
    version: number
  },
) {
  requireRules(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      await lockCatalogue(tx)
      const [before] = await tx.select().from(noticeRules).where(eq(noticeRules.id, ruleId)).for('update')
      if (!before) throw new Refusal('not-found')
      if (before.version !== input.version) throw new Refusal('changed-meanwhile')
      const description = input.description ?? before.description
      const days = input.days ?? before.days
      const level = input.level ?? before.level
      const repeatEveryDays = input.repeatEveryDays === undefined ? before.repeatEveryDays : input.repeatEveryDays
      const repeatTimes = input.repeatTimes === undefined ? before.repeatTimes : input.repeatTimes
      requireSound({ kind: before.kind, days, level, repeatEveryDays, repeatTimes })
      const code = days === before.days ? before.code : await freeCode(tx, before.kind, days, ruleId)
      const next = { description, days, code, level, repeatEveryDays, repeatTimes }
      const changes = changesBetween(before, next)
      if (Object.keys(changes).length === 0) return findRule(tx, ruleId)
      const version = before.version + 1
      await tx
        .update(noticeRules)
        .set({ ...next, version })
        .where(eq(noticeRules.id, ruleId))
      await tx.insert(noticeRuleVersions).values({
        ruleId,
        version,
        description,
        days,
        level,
        repeatEveryDays,
        repeatTimes,
        createdAt: ctx.now(),
        createdBy: viewer.userId,
      })
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'notice-rule', entityId: ruleId, changes })
      return findRule(tx, ruleId)
    }),
  )
}

/** Every version that a rule has had, the newest first; they are never changed. Refuses `not-found`. */
export async function listNoticeRuleVersions(ctx: AppContext, _viewer: Viewer, ruleId: string) {
  const rows = await ctx.db
    .select({ version: noticeRuleVersions, name: users.name })
    .from(noticeRuleVersions)
    .leftJoin(users, eq(users.id, noticeRuleVersions.createdBy))
    .where(eq(noticeRuleVersions.ruleId, ruleId))
    .orderBy(desc(noticeRuleVersions.version))
    .limit(200)
  if (rows.length === 0) throw new Refusal('not-found')
  return {
    items: rows.map(({ version, name }) => ({
      version: version.version,
      description: version.description,
      days: version.days,
      level: version.level,
      repeatEveryDays: version.repeatEveryDays,
      repeatTimes: version.repeatTimes,
      createdAt: version.createdAt.toISOString(),
      createdBy: version.createdBy === null || name === null ? null : { id: version.createdBy, name },
    })),
  }
}

/** Deletes a rule that nothing has ever used. Refuses `not-allowed`, `not-found`, `rule-in-use`. */
export async function removeNoticeRule(ctx: AppContext, viewer: Viewer, ruleId: string): Promise<void> {
  requireRules(viewer)
  await ctx.db.transaction(async (tx) => {
    // Planning takes the same lock, so no notice is planned under it in between.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera notice plan'))`)
    const [locked] = await tx.select().from(noticeRules).where(eq(noticeRules.id, ruleId)).for('update')
    if (!locked) throw new Refusal('not-found')
    if ((await findRule(tx, ruleId)).used) throw new Refusal('rule-in-use')
    await tx.delete(noticeRuleVersions).where(eq(noticeRuleVersions.ruleId, ruleId))
    await tx.delete(noticeRules).where(eq(noticeRules.id, ruleId))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'notice-rule',
      entityId: ruleId,
      changes: { code: locked.code, kind: locked.kind, days: locked.days },
    })
  })
}

/** Retires a rule, or brings it back: retired rules make no new notices. Refuses `not-allowed`, `not-found`, `rule-duplicate`. */
export async function retireNoticeRule(ctx: AppContext, viewer: Viewer, ruleId: string, retired: boolean) {
  requireRules(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const [before] = await tx.select().from(noticeRules).where(eq(noticeRules.id, ruleId)).for('update')
      if (!before) throw new Refusal('not-found')
      if ((before.retiredAt !== null) === retired) return findRule(tx, ruleId)
      const retiredAt = retired ? ctx.now() : null
      await tx.update(noticeRules).set({ retiredAt }).where(eq(noticeRules.id, ruleId))
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'notice-rule',
        entityId: ruleId,
        changes: { retired: [!retired, retired] },
      })
      return findRule(tx, ruleId)
    }),
  )
}
