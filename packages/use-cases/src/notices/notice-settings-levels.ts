import type { Querier } from '@cartera/db/connect'
import { customerGroups, customers } from '@cartera/db/schema/customers'
import { noticeGroupSettings, noticeReceivableSettings } from '@cartera/db/schema/notices'
import { receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import {
  effectiveNoticeSettings,
  inheritedNoticeSettings,
  inheritedSwitches,
  type NoticeSwitches,
  noticeSettingsFields,
  noticeSwitches,
  type OwnNoticeSettings,
  type OwnReceivableSwitches,
  receivableSwitches,
} from '@cartera/domain/notices/notice-settings'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { visibleCustomer } from '../customers/visible-customer.ts'
import { defaultsOf, findCustomerFacts, findReceivableSwitches, loadNoticeWorld } from './notice-facts.ts'
import { listed, type OwnInput, ownOnWire, requireSettings, requireUsable, typedIn } from './notice-settings.ts'

async function readGroupSettings(db: Querier, groupId: string) {
  const [row] = await db
    .select({ group: customerGroups, settings: noticeGroupSettings })
    .from(customerGroups)
    .leftJoin(noticeGroupSettings, eq(noticeGroupSettings.groupId, customerGroups.id))
    .where(eq(customerGroups.id, groupId))
  if (!row) throw new Refusal('not-found')
  const own: OwnNoticeSettings = { ...inheritedNoticeSettings }
  if (row.settings) for (const field of noticeSettingsFields) Object.assign(own, { [field]: row.settings[field] })
  const { origins: _, ...effective } = effectiveNoticeSettings(defaultsOf(await findCompany(db)), own, null)
  return {
    group: { id: row.group.id, name: row.group.name },
    own,
    effective,
    version: row.settings?.version ?? 0,
  }
}

const groupOnWire = (settings: Awaited<ReturnType<typeof readGroupSettings>>) => ({
  ...settings,
  own: ownOnWire(settings.own),
  effective: {
    ...settings.effective,
    reminderRuleIds: [...settings.effective.reminderRuleIds],
    overdueRuleIds: [...settings.effective.overdueRuleIds],
  },
})

/** A customer group's notice settings; a catalogue, so everyone who signs in may read them. Refuses `not-found`. */
export async function findGroupSettings(ctx: AppContext, _viewer: Viewer, groupId: string) {
  return groupOnWire(await readGroupSettings(ctx.db, groupId))
}

/**
 * Replaces a customer group's notice settings; null inherits from the company. Refuses `not-allowed`, `not-found`,
 * `changed-meanwhile`, `reference-unknown`, `rule-kind-mismatch`, `template-invalid`.
 */
export async function changeGroupSettings(
  ctx: AppContext,
  viewer: Viewer,
  groupId: string,
  input: OwnInput & { version: number },
) {
  requireSettings(viewer)
  return ctx.db.transaction(async (tx) => {
    // The lock on the group keeps two first writers apart.
    const [locked] = await tx
      .select({ id: customerGroups.id })
      .from(customerGroups)
      .where(eq(customerGroups.id, groupId))
      .for('update')
    if (!locked) throw new Refusal('not-found')
    const { version, ...own } = input
    const before = await readGroupSettings(tx, groupId)
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    await requireUsable(tx, viewer, own, before.own)
    const changes = changesBetween({ ...before.own }, own)
    if (Object.keys(changes).length > 0) {
      const values = { ...own, updatedAt: ctx.now() }
      await tx
        .insert(noticeGroupSettings)
        .values({ groupId, ...values })
        .onConflictDoUpdate({ target: noticeGroupSettings.groupId, set: { ...values, version: version + 1 } })
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'notice-group-settings',
        entityId: groupId,
        changes: { ...changes, ...typedIn([own.subject, own.reminderBody, own.overdueBody]) },
      })
    }
    return groupOnWire(await readGroupSettings(tx, groupId))
  })
}

const switchesOnWire = (values: NoticeSwitches) => ({
  active: values.active,
  reminderOn: values.reminderOn,
  reminderRuleIds: [...values.reminderRuleIds],
  overdueOn: values.overdueOn,
  overdueRuleIds: [...values.overdueRuleIds],
})

async function readReceivableSettings(db: Querier, receivable: { id: string; customerId: string }) {
  const facts = (await findCustomerFacts(db, await loadNoticeWorld(db), [receivable.customerId])).get(receivable.customerId)
  if (!facts) throw new Refusal('not-found')
  const stored = (await findReceivableSwitches(db, [receivable.id])).get(receivable.id)
  const own: OwnReceivableSwitches = { ...inheritedSwitches }
  if (stored) for (const field of noticeSwitches) Object.assign(own, { [field]: stored[field] })
  const { origins, ...effective } = receivableSwitches(facts.settings, own)
  return {
    receivableId: receivable.id,
    customerId: receivable.customerId,
    group: facts.group,
    own: { ...own, reminderRuleIds: listed(own.reminderRuleIds), overdueRuleIds: listed(own.overdueRuleIds) },
    inherited: switchesOnWire(facts.settings),
    effective: switchesOnWire(effective),
    origins,
    version: stored?.version ?? 0,
  }
}

const selectVisibleReceivable = (db: Querier, viewer: Viewer, receivableId: string) =>
  db
    .select({ id: receivables.id, customerId: receivables.customerId })
    .from(receivables)
    .innerJoin(customers, eq(customers.id, receivables.customerId))
    .where(and(eq(receivables.id, receivableId), visibleCustomer(viewer)))

/** A receivable's notice settings: own, inherited, and what holds with its origin. Refuses `not-found`. */
export async function findReceivableSettings(ctx: AppContext, viewer: Viewer, receivableId: string) {
  const [receivable] = await selectVisibleReceivable(ctx.db, viewer, receivableId)
  if (!receivable) throw new Refusal('not-found')
  return readReceivableSettings(ctx.db, receivable)
}

/**
 * Replaces a receivable's own switches; null inherits from its customer. Refuses `not-found`, `not-allowed`, `changed-meanwhile`,
 * `reference-unknown`, `rule-kind-mismatch`.
 */
export async function changeReceivableSettings(
  ctx: AppContext,
  viewer: Viewer,
  receivableId: string,
  input: Pick<OwnInput, (typeof noticeSwitches)[number]> & { version: number },
) {
  return ctx.db.transaction(async (tx) => {
    const [receivable] = await selectVisibleReceivable(tx, viewer, receivableId).for('no key update', { of: receivables })
    if (!receivable) throw new Refusal('not-found')
    requireSettings(viewer)
    const { version, ...own } = input
    const before = await readReceivableSettings(tx, receivable)
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    await requireUsable(tx, viewer, own, before.own)
    const changes = changesBetween({ ...before.own }, own)
    if (Object.keys(changes).length > 0) {
      const values = { ...own, updatedAt: ctx.now() }
      await tx
        .insert(noticeReceivableSettings)
        .values({ receivableId, ...values })
        .onConflictDoUpdate({ target: noticeReceivableSettings.receivableId, set: { ...values, version: version + 1 } })
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'notice-receivable-settings',
        entityId: receivableId,
        changes,
      })
    }
    return readReceivableSettings(tx, receivable)
  })
}
