import type { Querier } from '@cartera/db/connect'
import { company, companyLogo, mailAccounts, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { companyRefusal } from '@cartera/domain/company-rules'
import { Refusal } from '@cartera/domain/refusal'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { type Company, findCompany } from './company-settings.ts'

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
}

async function logoOnWire(db: Querier) {
  const [logo] = await db.select().from(companyLogo)
  if (!logo) return null
  return { source: `data:image/png;base64,${logo.content.toString('base64')}`, width: logo.width, height: logo.height }
}

async function shown(db: Querier, row: Company) {
  const [administrator] =
    row.administratorId === null
      ? []
      : await db
          .select({ id: users.id, name: users.name, mailAccount: mailAccounts.state })
          .from(users)
          .leftJoin(mailAccounts, eq(mailAccounts.userId, users.id))
          .where(eq(users.id, row.administratorId))
  return {
    name: row.name,
    taxId: row.taxId,
    country: row.country,
    timeZone: row.timeZone,
    currency: row.currency,
    locale: row.locale,
    businessWeekdays: row.businessWeekdays,
    opensAt: row.opensAt,
    closesAt: row.closesAt,
    administrator: administrator ? { ...administrator, mailAccount: administrator.mailAccount ?? ('missing' as const) } : null,
    followUpDefaultHours: row.followUpDefaultHours,
    renewalLeadDays: row.renewalLeadDays,
    postponeInBusinessHours: row.postponeInBusinessHours,
    creditToleranceDays: row.creditToleranceDays,
    catchUpDays: row.catchUpDays,
    reviewOverdue: row.reviewOverdue,
    logo: await logoOnWire(db),
    version: row.version,
  }
}

/** The settings of the company. Refuses `not-allowed`. */
export async function findCompanySettings(ctx: AppContext, viewer: Viewer) {
  requireSettings(viewer)
  return shown(ctx.db, await findCompany(ctx.db))
}

export interface CompanyChange {
  name?: string | undefined
  taxId?: string | null | undefined
  country?: string | null | undefined
  timeZone?: string | undefined
  currency?: string | undefined
  locale?: string | undefined
  businessWeekdays?: number[] | undefined
  opensAt?: string | undefined
  closesAt?: string | undefined
  administratorId?: string | null | undefined
  followUpDefaultHours?: number | undefined
  renewalLeadDays?: number | undefined
  postponeInBusinessHours?: boolean | undefined
  creditToleranceDays?: number | null | undefined
  catchUpDays?: number | undefined
  reviewOverdue?: boolean | undefined
  version: number
}

/**
 * Changes the settings. Refuses `not-allowed`, `changed-meanwhile`, `time-zone-unknown`, `currency-unknown`, `country-unknown`,
 * `closing-before-opening`, and `reference-unknown` for an administrator who is no active user.
 */
export async function changeCompany(ctx: AppContext, viewer: Viewer, input: CompanyChange) {
  requireSettings(viewer)
  const { version, ...given } = input
  const fields = {
    ...given,
    ...(given.businessWeekdays ? { businessWeekdays: [...new Set(given.businessWeekdays)].sort((a, b) => a - b) } : {}),
  }
  return ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(company).for('update')
    if (!before) throw new Refusal('not-found')
    if (before.version !== version) throw new Refusal('changed-meanwhile')
    if (fields.administratorId != null && fields.administratorId !== before.administratorId) {
      const [administrator] = await tx
        .select({ active: users.active })
        .from(users)
        .where(eq(users.id, fields.administratorId))
        .for('share')
      if (!administrator?.active) throw new Refusal('reference-unknown', { field: 'administratorId' })
    }
    const [after] = await tx
      .update(company)
      .set({ ...fields, version: version + 1 })
      .returning()
    if (!after) throw new Error('the locked company vanished')
    const refusal = companyRefusal(after)
    if (refusal) throw new Refusal(refusal.code, { field: refusal.field })
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'company',
      entityId: '1',
      changes: changesBetween(before, fields),
    })
    return shown(tx, after)
  })
}
