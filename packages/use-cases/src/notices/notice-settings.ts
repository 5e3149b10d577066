import type { Querier } from '@cartera/db/connect'
import { noticeSettings } from '@cartera/db/schema/notices'
import { company, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import {
  inheritedNoticeSettings,
  type NoticeSettings,
  type NoticeTone,
  noticeSettingsFields,
  type OwnNoticeSettings,
  ruleSelectionRefusal,
} from '@cartera/domain/notices/notice-settings'
import { typedPaymentDetails } from '@cartera/domain/notices/typed-payment-details'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { type Company, findCompany } from '../company/company-settings.ts'
import { findVisibleCustomer, lockVisibleCustomer } from '../customers/visible-customer.ts'
import { type CustomerFacts, defaultsOf, findCustomerFacts, loadNoticeWorld } from './notice-facts.ts'
import type { Language } from './notice-words.ts'
import { requireTemplate } from './render-notice.ts'

/** For the audit: account numbers and links that somebody typed into a text, past the details that two people confirm. */
export function typedIn(texts: readonly (string | null | undefined)[]): { typedPaymentDetails?: string } {
  const found = typedPaymentDetails(texts.filter((text) => text != null).join('\n')).map((each) => each.found)
  return found.length === 0 ? {} : { typedPaymentDetails: found.slice(0, 50).join(' · ') }
}

/** Refuses `not-allowed` without the permission to manage notice settings. */
export function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-notice-settings')
  if (refusal) throw new Refusal(refusal)
}

/** The language in which problems of a template are said to the person. */
export async function languageOfUser(db: Querier, userId: string): Promise<Language> {
  const [row] = await db.select({ language: users.language }).from(users).where(eq(users.id, userId))
  return row?.language === 'en' ? 'en' : 'es'
}

export type SettingsPatch = { [Field in keyof OwnNoticeSettings]?: OwnNoticeSettings[Field] | undefined }

/** Refuses rules of the other kind, unknown or newly chosen retired ones, and templates that cannot be rendered. */
export async function requireUsable(db: Querier, viewer: Viewer, input: SettingsPatch, before: SettingsPatch): Promise<void> {
  const { rules } = await loadNoticeWorld(db)
  for (const [kind, field] of [
    ['preventive', 'reminderRuleIds'],
    ['overdue', 'overdueRuleIds'],
  ] as const) {
    const chosen = input[field] ?? []
    const kept = new Set(before[field] ?? [])
    const refusal = ruleSelectionRefusal(
      kind,
      rules.filter((rule) => !rule.retired || kept.has(rule.id)),
      chosen,
    )
    if (refusal) throw new Refusal(refusal, { field })
    if (new Set(chosen).size !== chosen.length) throw new Refusal('duplicate-in-request', { field })
  }
  const language = await languageOfUser(db, viewer.userId)
  for (const field of ['subject', 'reminderBody', 'overdueBody'] as const) requireTemplate(input[field], field, language)
}

const defaultsOnWire = (row: Company) => {
  const { reminderRuleIds, overdueRuleIds, subject: _, reminderBody: __, overdueBody: ___, ...rest } = defaultsOf(row)
  return {
    ...rest,
    reminderRuleIds: [...reminderRuleIds],
    overdueRuleIds: [...overdueRuleIds],
    reviewOverdue: row.reviewOverdue,
    version: row.version,
  }
}

/** The company's notice defaults; everyone who signs in may read them, since customers show what they inherit. */
export async function findNoticeDefaults(ctx: AppContext, _viewer: Viewer) {
  return defaultsOnWire(await findCompany(ctx.db))
}

/** Replaces the company's notice defaults. Refuses `not-allowed`, `changed-meanwhile`, `reference-unknown`, `rule-kind-mismatch`, `template-invalid`. */
export async function changeNoticeDefaults(
  ctx: AppContext,
  viewer: Viewer,
  input: Omit<
    NoticeSettings,
    'reminderRuleIds' | 'overdueRuleIds' | 'tone' | 'attachStatement' | 'subject' | 'reminderBody' | 'overdueBody'
  > & {
    tone?: NoticeTone | undefined
    attachStatement?: boolean | undefined
    reminderRuleIds: string[]
    overdueRuleIds: string[]
    reviewOverdue: boolean
    version: number
  },
) {
  requireSettings(viewer)
  return ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(company).for('update')
    if (!before) throw new Refusal('not-found')
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    await requireUsable(tx, viewer, input, defaultsOf(before))
    const { version, active, sendToContacts, tone, attachStatement, ...same } = input
    const fields = {
      ...same,
      noticeActive: active,
      noticeSendToContacts: sendToContacts,
      noticeTone: tone ?? before.noticeTone,
      noticeAttachStatement: attachStatement ?? before.noticeAttachStatement,
    }
    const [after] = await tx
      .update(company)
      .set({ ...fields, version: version + 1 })
      .returning()
    if (!after) throw new Error('the locked company vanished')
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'notice-defaults',
      entityId: '1',
      changes: changesBetween(before, fields),
    })
    return defaultsOnWire(after)
  })
}

export const listed = (ids: readonly string[] | null) => (ids === null ? null : [...ids])

/** Own settings as the contract says them. */
export const ownOnWire = ({ reminderRuleIds, overdueRuleIds, ...own }: OwnNoticeSettings) => ({
  ...own,
  reminderRuleIds: listed(reminderRuleIds),
  overdueRuleIds: listed(overdueRuleIds),
})

function settingsOnWire(facts: CustomerFacts) {
  const { origins, reminderRuleIds, overdueRuleIds, ...effective } = facts.settings
  return {
    customerId: facts.id,
    group: facts.group && { ...facts.group, own: ownOnWire(facts.groupOwn ?? inheritedNoticeSettings) },
    own: ownOnWire(facts.own),
    effective: { ...effective, reminderRuleIds: [...reminderRuleIds], overdueRuleIds: [...overdueRuleIds] },
    origins,
    sender: facts.sender,
    recipients: facts.recipients.slice(0, 1000),
    version: facts.settingsVersion,
  }
}

async function factsOf(db: Querier, customerId: string): Promise<CustomerFacts> {
  const facts = (await findCustomerFacts(db, await loadNoticeWorld(db), [customerId])).get(customerId)
  if (!facts) throw new Refusal('not-found')
  return facts
}

/** A customer's notice settings: own, effective with origin, sender and recipients. Refuses `not-found`. */
export async function findNoticeSettings(ctx: AppContext, viewer: Viewer, customerId: string) {
  await findVisibleCustomer(ctx.db, viewer, customerId)
  return settingsOnWire(await factsOf(ctx.db, customerId))
}

/** Own settings as the contract takes them. */
export type OwnInput = Omit<OwnNoticeSettings, 'reminderRuleIds' | 'overdueRuleIds'> & {
  reminderRuleIds: string[] | null
  overdueRuleIds: string[] | null
}

/**
 * Replaces a customer's own notice settings; null inherits. Refuses `not-found`, `not-allowed`, `changed-meanwhile`,
 * `reference-unknown`, `rule-kind-mismatch`, `template-invalid`.
 */
export async function changeNoticeSettings(
  ctx: AppContext,
  viewer: Viewer,
  customerId: string,
  input: Omit<OwnInput, 'tone' | 'attachStatement'> & Partial<Pick<OwnInput, 'tone' | 'attachStatement'>> & { version: number },
) {
  return ctx.db.transaction(async (tx) => {
    // The lock on the customer keeps two first writers apart.
    await lockVisibleCustomer(tx, viewer, customerId)
    requireSettings(viewer)
    const { version, ...given } = input
    const before = await factsOf(tx, customerId)
    const { tone, attachStatement } = before.own
    const own = { tone, attachStatement, ...given }
    if (before.settingsVersion !== version) throw new Refusal('changed-meanwhile')
    await requireUsable(tx, viewer, own, before.own)
    const changes = changesBetween({ ...before.own }, own)
    const clears = noticeSettingsFields.filter((field) => before.own[field] !== null && own[field] === null)
    for (const field of clears) changes[field] = [before.own[field], null]
    if (Object.keys(changes).length > 0) {
      const values = { ...own, updatedAt: ctx.now() }
      await tx
        .insert(noticeSettings)
        .values({ customerId, ...values })
        .onConflictDoUpdate({ target: noticeSettings.customerId, set: { ...values, version: version + 1 } })
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'notice-settings',
        entityId: customerId,
        changes: { ...changes, ...typedIn([own.subject, own.reminderBody, own.overdueBody]) },
      })
    }
    return settingsOnWire(await factsOf(tx, customerId))
  })
}
