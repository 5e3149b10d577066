import type { EndpointCall } from '@cartera/contract/endpoint'
import type { noticePolicyEndpoints } from '@cartera/contract/notice-policy'
import type { Querier } from '@cartera/db/connect'
import { noticeAmounts } from '@cartera/db/schema/notices'
import { company } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { formatAmount, parseAmount } from '@cartera/domain/money'
import { parseContactPolicy } from '@cartera/domain/notices/contact-policy'
import { noticePolicyFaults } from '@cartera/domain/notices/notice-policy'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { type Company, findCompany } from '../company/company-settings.ts'

type Policy = EndpointCall<typeof noticePolicyEndpoints.changePolicy>['body']

/** As stored, or one that nothing can be: a policy that cannot be read must not look like none. */
function contactPolicyOf(row: Company): Policy['contactPolicy'] {
  if (row.contactPolicy === null) return null
  const { hours, channels, oneChannelPerWeek = false, ...same } = parseContactPolicy(row.contactPolicy)
  return { ...same, hours: hours.map((each) => ({ ...each })), channels: [...channels], oneChannelPerWeek }
}

async function onWire(db: Querier, row: Company): Promise<Policy> {
  const amounts = await db.select().from(noticeAmounts).orderBy(noticeAmounts.currency)
  return {
    tone: row.noticeTone,
    combined: row.noticeCombined,
    attachStatement: row.noticeAttachStatement,
    reviewOverdue: row.reviewOverdue,
    catchUpDays: row.catchUpDays,
    intervalDays: row.noticeIntervalDays,
    sendFrom: row.noticeSendFrom,
    sendUntil: row.noticeSendUntil,
    freshnessHours: row.noticeFreshnessHours,
    promiseGraceDays: row.promiseGraceDays,
    domainHourlyCap: row.noticeDomainHourlyCap,
    amounts: amounts.map((each) => ({
      currency: each.currency,
      tolerance: formatAmount(each.toleranceMinor, each.currency),
      least: formatAmount(each.leastMinor, each.currency),
    })),
    contactPolicy: contactPolicyOf(row),
    version: row.version,
  }
}

/** The company's policy for notices; everyone who signs in may read it, since it explains what does not leave. */
export async function findNoticePolicy(ctx: AppContext, _viewer: Viewer) {
  return onWire(ctx.db, await findCompany(ctx.db))
}

const minorOf = (amount: string, currency: string): bigint => {
  const parsed = parseAmount(amount, currency)
  if ('refusal' in parsed) throw new Refusal(parsed.refusal, { field: 'amounts' })
  return parsed.amountMinor
}

/**
 * Replaces the company's policy for notices. Refuses `not-allowed`, `changed-meanwhile`, and at their fields what
 * `noticePolicyFaults` finds (several at once: `items-refused`).
 */
export async function changeNoticePolicy(ctx: AppContext, viewer: Viewer, input: Policy) {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
  const faults = noticePolicyFaults(input)
  const [first] = faults
  if (first && faults.length === 1)
    throw new Refusal(first.code, { field: first.field, ...(first.params ? { params: first.params } : {}) })
  if (first) throw new Refusal('items-refused', { params: { count: faults.length }, errors: faults })
  return ctx.db.transaction(async (tx) => {
    const [before] = await tx.select().from(company).for('update')
    if (!before) throw new Refusal('not-found')
    if (before.version !== input.version) throw new Refusal('changed-meanwhile')
    const { version, amounts, ...told } = input
    const was = await onWire(tx, before)
    const [after] = await tx
      .update(company)
      .set({
        noticeTone: told.tone,
        noticeCombined: told.combined,
        noticeAttachStatement: told.attachStatement,
        reviewOverdue: told.reviewOverdue,
        catchUpDays: told.catchUpDays,
        noticeIntervalDays: told.intervalDays,
        noticeSendFrom: told.sendFrom,
        noticeSendUntil: told.sendUntil,
        noticeFreshnessHours: told.freshnessHours,
        promiseGraceDays: told.promiseGraceDays,
        noticeDomainHourlyCap: told.domainHourlyCap,
        contactPolicy: told.contactPolicy,
        version: version + 1,
      })
      .returning()
    if (!after) throw new Error('the locked company vanished')
    await tx.delete(noticeAmounts)
    if (amounts.length > 0)
      await tx.insert(noticeAmounts).values(
        amounts.map(({ currency, tolerance, least }) => ({
          currency,
          toleranceMinor: minorOf(tolerance, currency),
          leastMinor: minorOf(least, currency),
        })),
      )
    const now = await onWire(tx, after)
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'notice-policy',
      entityId: '1',
      changes: changesBetween(was, { ...now, version: undefined }),
    })
    return now
  })
}
