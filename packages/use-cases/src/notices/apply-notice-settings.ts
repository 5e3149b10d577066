import { createHash } from 'node:crypto'
import { customers } from '@cartera/db/schema/customers'
import { noticeSettings } from '@cartera/db/schema/notices'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { inheritedNoticeSettings, type NoticeSettingsField, noticeSettingsFields } from '@cartera/domain/notices/notice-settings'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCustomerFacts } from '../customers/customer-facts.ts'
import { type CustomerFilters, filteredCustomers } from '../customers/list-customers.ts'
import { matchingCustomer } from '../customers/search-customers.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { type OwnInput, requireSettings, requireUsable, typedIn } from './notice-settings.ts'

type OwnValue = OwnInput[NoticeSettingsField]

/** As many as are told of one by one. */
const mostShown = 200
const mostChanges = 500

const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

interface Change {
  field: NoticeSettingsField
  from: OwnValue
  to: OwnValue
  customers: number
}

/**
 * Applies some settings to many customers at once: those named, all in the viewer's reach, or those under the filters of the customer
 * list. With `dryRun` it says what would change and writes nothing: per field how many go from what to what, and which customers.
 * One transaction, one audit row. Refuses `not-allowed`, `reference-unknown`, `rule-kind-mismatch`, `template-invalid`, and
 * `changed-meanwhile` where other customers would change than the preview said, or from other values (`expected`, its `digest`).
 */
export async function applyNoticeSettings(
  ctx: AppContext,
  viewer: Viewer,
  input: {
    customerIds?: string[] | undefined
    filter?: 'all' | undefined
    where?: (CustomerFilters & { q?: string | undefined }) | undefined
    settings: { [Field in keyof OwnInput]?: OwnInput[Field] | undefined }
    dryRun: boolean
    expected?: string | undefined
  },
) {
  requireSettings(viewer)
  const fields = noticeSettingsFields.filter((field) => input.settings[field] !== undefined)
  return ctx.db.transaction(async (tx) => {
    await requireUsable(tx, viewer, input.settings, {})
    const wanted = input.customerIds === undefined ? undefined : [...new Set(input.customerIds)]
    const asked = tx
      .select({ id: customers.id, code: customers.code, name: customers.name, settings: noticeSettings })
      .from(customers)
      .leftJoin(noticeSettings, eq(noticeSettings.customerId, customers.id))
      .where(
        and(
          visibleCustomer(viewer),
          wanted === undefined ? undefined : inArray(customers.id, wanted),
          await underFilters(ctx, input.where),
        ),
      )
      .orderBy(customers.nameKey, customers.id)
    // The lock on the customers keeps a person who saves one of them apart.
    const found = input.dryRun ? await asked : await asked.for('update', { of: customers })
    const counts = new Map<string, Change>()
    const differing = found.flatMap((row) => {
      const own = row.settings ?? inheritedNoticeSettings
      const changed = fields.filter((field) => !same(own[field], input.settings[field]))
      if (changed.length === 0) return []
      for (const field of changed) {
        const key = `${field} ${JSON.stringify(own[field])}`
        const change = counts.get(key)
        if (change) change.customers += 1
        else counts.set(key, { field, from: ownValue(own[field]), to: ownValue(input.settings[field] ?? null), customers: 1 })
      }
      return [{ id: row.id, code: row.code, name: row.name, fields: changed, version: row.settings?.version ?? 0 }]
    })
    const digest = digestOf(differing)
    if (input.expected !== undefined && input.expected !== digest) throw new Refusal('changed-meanwhile')
    if (!input.dryRun && differing.length > 0) {
      const patch = Object.fromEntries(fields.map((field) => [field, input.settings[field]])) as Partial<OwnInput>
      for (let from = 0; from < differing.length; from += 2000)
        await tx
          .insert(noticeSettings)
          .values(differing.slice(from, from + 2000).map(({ id }) => ({ customerId: id, ...patch, updatedAt: ctx.now() })))
          .onConflictDoUpdate({
            target: noticeSettings.customerId,
            set: { ...patch, version: sql`${noticeSettings.version} + 1`, updatedAt: ctx.now() },
          })
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'notice-settings',
        entityId: 'many',
        changes: {
          settings: patch,
          customers: differing.length,
          ids: differing.slice(0, 5000).map((each) => each.id),
          ...typedIn([patch.subject, patch.reminderBody, patch.overdueBody]),
        },
      })
    }
    const changes = [...counts.values()].sort(
      (a, b) => noticeSettingsFields.indexOf(a.field) - noticeSettingsFields.indexOf(b.field) || b.customers - a.customers,
    )
    return {
      dryRun: input.dryRun,
      matched: found.length,
      changed: differing.length,
      digest,
      missing: wanted === undefined ? 0 : wanted.length - found.length,
      changes: changes.slice(0, mostChanges),
      moreChanges: changes.length > mostChanges,
      customers: differing.slice(0, mostShown).map(({ version: _, ...customer }) => customer),
    }
  })
}

/** Who would change, and from which version of their settings: another customer, or one that somebody has saved meanwhile, is another digest. */
function digestOf(customers: readonly { id: string; version: number; fields: readonly string[] }[]): string {
  const hash = createHash('sha256')
  for (const line of customers.map(({ id, version, fields }) => `${id} ${version} ${fields.join(',')}\n`).sort())
    hash.update(line)
  return hash.digest('base64url')
}

const ownValue = (value: unknown): OwnValue => (Array.isArray(value) ? [...(value as string[])] : (value as OwnValue)) ?? null

async function underFilters(
  ctx: AppContext,
  where: (CustomerFilters & { q?: string | undefined }) | undefined,
): Promise<SQL | undefined> {
  if (where === undefined) return undefined
  return and(filteredCustomers(where, await findCustomerFacts(ctx, ctx.db)), matchingCustomer(where.q))
}
