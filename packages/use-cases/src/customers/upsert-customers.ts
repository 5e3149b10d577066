import type { customerEndpoints } from '@cartera/contract/customers'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { Transaction } from '@cartera/db/connect'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import { branches, users } from '@cartera/db/schema/organisation'
import { visibleCustomerTo } from '@cartera/db/visible-to'
import { customerScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal, type RefusalCode, type RefusedField } from '@cartera/domain/refusal'
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudits } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { nextCustomerCodes } from './customer-codes.ts'
import { findCustomerFacts } from './customer-facts.ts'
import { customerChanges, storedFields } from './customer-fields.ts'
import type { Customer } from './visible-customer.ts'
import { customerKeysTaken } from './write-customer.ts'

type Item = EndpointCall<typeof customerEndpoints.upsert>['body']['items'][number]

const named = (values: readonly (string | null | undefined)[]) => [
  ...new Set(values.filter((value) => typeof value === 'string').map((value) => value.toLowerCase())),
]

/** The ids of active branches by code, active groups by name and active users by e-mail, as far as the items name them; case does not matter. */
async function findNamed(tx: Transaction, items: readonly Item[]) {
  const codes = named(items.map((item) => item.branchCode))
  const emails = named(items.flatMap((item) => [item.preferredAgentEmail, item.collectionsAgentEmail]))
  const branchRows =
    codes.length === 0
      ? []
      : await tx
          .select({ id: branches.id, key: sql<string>`lower(${branches.code})` })
          .from(branches)
          .where(and(eq(branches.active, true), inArray(sql`lower(${branches.code})`, codes)))
  const groups = named(items.map((item) => item.group))
  const groupRows =
    groups.length === 0
      ? []
      : await tx
          .select({ id: customerGroups.id, key: sql<string>`lower(${customerGroups.name})` })
          .from(customerGroups)
          .where(and(eq(customerGroups.active, true), inArray(sql`lower(${customerGroups.name})`, groups)))
          .for('share')
  const userRows =
    emails.length === 0
      ? []
      : await tx
          .select({ id: users.id, key: sql<string>`lower(${users.email})` })
          .from(users)
          .where(and(eq(users.active, true), inArray(sql`lower(${users.email})`, emails)))
  const branchIds = new Map(branchRows.map((row) => [row.key, row.id]))
  const groupIds = new Map(groupRows.map((row) => [row.key, row.id]))
  const userIds = new Map(userRows.map((row) => [row.key, row.id]))
  return {
    /** undefined: not named; null: named as none; 'unknown': named and not there. */
    branch: (code: string | null | undefined) => look(branchIds, code),
    group: (name: string | null | undefined) => look(groupIds, name),
    user: (email: string | null | undefined) => look(userIds, email),
  }
}

function look(ids: ReadonlyMap<string, string>, key: string | null | undefined): { id: string | null } | undefined | 'unknown' {
  if (key === undefined) return undefined
  if (key === null) return { id: null }
  const id = ids.get(key.toLowerCase())
  return id === undefined ? 'unknown' : { id }
}

/**
 * Writes customers by external id, all of them or none: new ones are added, others get what is given and keep what is left out;
 * one that was deleted here comes back, and one that was merged stays as its survivor is: who came under its own external id is whose word counts. The same items again change nothing. Every error is named at once as `items.3.email`.
 * Refuses `not-allowed`, `items-refused`.
 */
export async function upsertCustomers(ctx: AppContext, viewer: Viewer, input: { items: readonly Item[] }) {
  const refusal = permissionRefusal(viewer, 'import')
  if (refusal) throw new Refusal(refusal)
  const { items } = input
  return refuseDuplicates(customerKeysTaken, () =>
    ctx.db.transaction(async (tx) => {
      // One bulk writer at a time: two that bring the same new customer would otherwise collide instead of agreeing.
      await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera customers upsert'))`)
      const facts = await findCustomerFacts(ctx, tx)
      const known = await findNamed(tx, items)
      const externalIds = items.map((item) => item.externalId)
      const found = await tx
        .select({
          customer: customers,
          visible: sql<boolean>`coalesce(${visibleCustomerTo(customerScopeOf(viewer), customers) ?? sql`true`}, false)`,
        })
        .from(customers)
        .where(inArray(customers.externalId, externalIds))
        .for('update')
      const existing = new Map(found.map((row) => [row.customer.externalId, row]))
      const givenCodes = items.flatMap((item) => (item.code === undefined ? [] : [item.code]))
      const codeOwners = new Map(
        givenCodes.length === 0
          ? []
          : (
              await tx
                .select({ code: customers.code, externalId: customers.externalId })
                .from(customers)
                .where(inArray(customers.code, givenCodes))
            ).map((row) => [row.code, row.externalId]),
      )

      const errors: RefusedField[] = []
      let unchanged = 0
      const seen = new Map<string, string>()
      const codesSeen = new Map<string, string>()
      const plans: { item: Item; before: Customer | null; columns: Partial<typeof customers.$inferInsert> }[] = []
      for (const [index, item] of items.entries()) {
        const refuse = (field: string, code: RefusalCode) => errors.push({ field: `items.${index}.${field}`, code })
        const earlier = seen.get(item.externalId)
        const written = JSON.stringify(item)
        if (earlier !== undefined) {
          if (earlier !== written) refuse('externalId', 'duplicate-in-request')
          unchanged += 1
          continue
        }
        seen.set(item.externalId, written)
        const row = existing.get(item.externalId)
        if (row && !row.visible) {
          refuse('externalId', 'external-id-taken')
          continue
        }
        if (row && row.customer.mergedIntoId !== null) {
          unchanged += 1
          continue
        }
        const before = row?.customer ?? null
        const { externalId, code, branchCode, group: groupName, preferredAgentEmail, collectionsAgentEmail, ...fields } = item
        if (code !== undefined) {
          if (codeOwners.has(code) && codeOwners.get(code) !== externalId) refuse('code', 'code-taken')
          else if (codesSeen.has(code)) refuse('code', 'duplicate-in-request')
          codesSeen.set(code, externalId)
        }
        const stored = storedFields(fields, before, facts)
        for (const error of stored.errors) errors.push({ ...error, field: `items.${index}.${error.field}` })
        const columns = stored.columns
        const branch = known.branch(branchCode)
        const group = known.group(groupName)
        const preferred = known.user(preferredAgentEmail)
        const collections = known.user(collectionsAgentEmail)
        if (branch === 'unknown') refuse('branchCode', 'reference-unknown')
        else if (branch) columns.branchId = branch.id
        if (group === 'unknown') refuse('group', 'reference-unknown')
        else if (group) columns.groupId = group.id
        if (preferred === 'unknown') refuse('preferredAgentEmail', 'reference-unknown')
        else if (preferred) columns.preferredAgentId = preferred.id
        if (collections === 'unknown') refuse('collectionsAgentEmail', 'reference-unknown')
        else if (collections) columns.collectionsAgentId = collections.id
        plans.push({ item, before, columns: { ...columns, ...(code === undefined ? {} : { code }) } })
      }
      if (errors.length > 0) throw new Refusal('items-refused', { params: { count: errors.length }, errors })

      const now = ctx.now()
      const audits: { id: string; action: 'create' | 'change' | 'restore'; changes: Record<string, unknown> }[] = []
      const audit = (action: 'create' | 'change' | 'restore', id: string, changes: Record<string, unknown>) =>
        audits.push({ id, action, changes })

      const fresh = plans.filter((plan) => plan.before === null)
      const codes = await nextCustomerCodes(tx, fresh.filter((plan) => plan.columns.code === undefined).length)
      if (fresh.length > 0) {
        // As in createCustomer: what a narrow level brings stays in its sight, else the same items again would be refused.
        const own = customerScopeOf(viewer).kind === 'company' ? null : viewer.userId
        const rows = fresh.map((plan) => ({
          ...plan.columns,
          preferredAgentId: plan.columns.preferredAgentId ?? (plan.columns.collectionsAgentId ? null : own),
          name: plan.item.name,
          externalId: plan.item.externalId,
          code: plan.columns.code ?? codes.shift() ?? '',
          createdAt: now,
          updatedAt: now,
          createdBy: viewer.userId,
        }))
        const made = await tx.insert(customers).values(rows).returning({ id: customers.id, externalId: customers.externalId })
        const ids = new Map(made.map((row) => [row.externalId, row.id]))
        for (const { createdAt, updatedAt, createdBy, ...row } of rows)
          audit('create', ids.get(row.externalId) ?? '', customerChanges(null, row).changes)
      }

      let changed = 0
      for (const { before, columns } of plans) {
        if (before === null) continue
        const { changes, columns: next } = customerChanges(before, columns)
        const restored = before.deletedAt !== null
        if (Object.keys(changes).length === 0 && !restored) {
          unchanged += 1
          continue
        }
        changed += 1
        await tx
          .update(customers)
          .set({
            ...next,
            deletedAt: null,
            deletedBy: null,
            version: before.version + 1,
            updatedAt: now,
          })
          .where(eq(customers.id, before.id))
        audit(restored ? 'restore' : 'change', before.id, changes)
      }
      await recordAudits(tx, ctx, viewer, 'customer', audits)
      return { created: fresh.length, changed, unchanged }
    }),
  )
}
