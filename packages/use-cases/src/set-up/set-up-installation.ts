import { caseTypes } from '@cartera/db/schema/cases'
import { interactionTopics } from '@cartera/db/schema/interactions'
import { noticeRules, noticeRuleVersions } from '@cartera/db/schema/notices'
import { accessProfiles, branches, company, departments, users } from '@cartera/db/schema/organisation'
import { permissions } from '@cartera/domain/access/permissions'
import { isTimeZone } from '@cartera/domain/calendar-day'
import { isCurrency } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { count, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { installReadyTexts } from '../notices/notice-templates.ts'
import { hashPassword, requireGoodPassword } from '../session/passwords.ts'
import { installFollowUpCatalogues } from './install-follow-up-catalogues.ts'
import { installOpportunityCatalogues } from './install-opportunity-catalogues.ts'
import { installedTexts } from './installed-texts.ts'

/** Whether there is no user yet, so that the first administrator is still to be created. */
export async function setUpNeeded(ctx: AppContext): Promise<boolean> {
  const [row] = await ctx.db.select({ users: count() }).from(users)
  return row?.users === 0
}

export interface SetUpInput {
  company: { name: string; timeZone: string; currency: string; language: 'es' | 'en' }
  administrator: { name: string; email: string; password: string }
}

/**
 * Makes the company, the installed catalogues (two notice rules: 7 days before and 7 days after, source 000) and the first
 * administrator, once and for all: refuses `set-up-done` when a user exists, also when two people try at the same time.
 * Answers the administrator's user id.
 */
export async function setUpInstallation(ctx: AppContext, input: SetUpInput): Promise<string> {
  const { name, timeZone, currency, language } = input.company
  if (!isTimeZone(timeZone)) throw new Refusal('time-zone-unknown', { field: 'company.timeZone' })
  if (!isCurrency(currency)) throw new Refusal('currency-unknown', { field: 'company.currency' })
  requireGoodPassword(input.administrator.password, 'administrator.password')
  const passwordHash = await hashPassword(input.administrator.password)
  const texts = installedTexts[language]
  return ctx.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera set-up'))`)
    const [existing] = await tx.select({ users: count() }).from(users)
    if (existing?.users !== 0) throw new Refusal('set-up-done')

    const [branch] = await tx.insert(branches).values({ code: '01', name: texts.mainBranch }).returning()
    const [department] = await tx.insert(departments).values({ code: 'ADM', name: texts.administration }).returning()
    const [profile] = await tx
      .insert(accessProfiles)
      .values({ name: texts.administrator, level: 1, customerLevel: 1, permissions: [...permissions] })
      .returning()
    if (!branch || !department || !profile) throw new Error('the catalogues were not written')
    const [administrator] = await tx
      .insert(users)
      .values({
        name: input.administrator.name,
        email: input.administrator.email.trim(),
        passwordHash,
        language,
        branchId: branch.id,
        departmentId: department.id,
        profileId: profile.id,
      })
      .returning({ id: users.id })
    if (!administrator) throw new Error('the administrator was not written')

    const rules = await tx
      .insert(noticeRules)
      .values([
        { code: 'preventive-7', kind: 'preventive', days: 7, description: texts.reminderRule },
        { code: 'overdue-7', kind: 'overdue', days: 7, description: texts.overdueRule },
      ])
      .returning()
    await tx.insert(noticeRuleVersions).values(
      rules.map((rule) => ({
        ruleId: rule.id,
        version: 1,
        description: rule.description,
        days: rule.days,
        createdBy: administrator.id,
      })),
    )
    await tx.insert(interactionTopics).values([texts.portalTopic, ...texts.interactionTopics].map((each) => ({ name: each })))
    await tx.insert(caseTypes).values(texts.caseTypes.map((each) => ({ name: each })))
    await installFollowUpCatalogues(tx, language)
    await installOpportunityCatalogues(tx, language)
    await tx.insert(company).values({
      name,
      timeZone,
      currency,
      locale: language === 'es' ? 'es' : 'en',
      administratorId: administrator.id,
      reminderRuleIds: rules.filter((rule) => rule.kind === 'preventive').map((rule) => rule.id),
      overdueRuleIds: rules.filter((rule) => rule.kind === 'overdue').map((rule) => rule.id),
    })
    await installReadyTexts(tx, ctx)
    await recordAudit(
      tx,
      ctx,
      { userId: administrator.id },
      { action: 'create', entity: 'company', entityId: '1', changes: { name } },
    )
    return administrator.id
  })
}
