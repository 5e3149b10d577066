import type { Querier } from '@cartera/db/connect'
import { cases } from '@cartera/db/schema/cases'
import { opportunities } from '@cartera/db/schema/opportunities'
import { quotes } from '@cartera/db/schema/quotes'
import { visibleTo } from '@cartera/db/visible-to'
import { accessScopeOf, type Viewer } from '@cartera/domain/access/access-scope'
import { quoteLabel } from '@cartera/domain/quotes/quote-state'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, isNull } from 'drizzle-orm'

/** What a follow-up is the next step of: at most one of them is told on screen, the first. */
export interface AboutIds {
  opportunityId?: string | null | undefined
  caseId?: string | null | undefined
  quoteId?: string | null | undefined
}

interface About {
  kind: 'opportunity' | 'case' | 'quote'
  id: string
  label: string
  name: string
  customerId: string
}

/** The records of those ids that the viewer sees; that they see the customer is known already. */
async function findAbout(db: Querier, viewer: Viewer, { opportunityId, caseId, quoteId }: AboutIds): Promise<About[]> {
  const scope = accessScopeOf(viewer)
  const found: About[] = []
  if (opportunityId) {
    const [one] = await db
      .select()
      .from(opportunities)
      .where(and(eq(opportunities.id, opportunityId), isNull(opportunities.deletedAt), visibleTo(scope, opportunities.ownerId)))
    if (one)
      found.push({ kind: 'opportunity', id: one.id, label: String(one.number), name: one.name, customerId: one.customerId })
  }
  if (caseId) {
    const [one] = await db
      .select()
      .from(cases)
      .where(and(eq(cases.id, caseId), isNull(cases.deletedAt), visibleTo(scope, cases.ownerId)))
    if (one) found.push({ kind: 'case', id: one.id, label: String(one.number), name: one.subject, customerId: one.customerId })
  }
  if (quoteId) {
    const [one] = await db
      .select({
        id: quotes.id,
        number: quotes.number,
        revision: quotes.revision,
        subject: quotes.subject,
        customerId: quotes.customerId,
      })
      .from(quotes)
      .where(and(eq(quotes.id, quoteId), isNull(quotes.deletedAt), visibleTo(scope, quotes.ownerId)))
    if (one)
      found.push({
        kind: 'quote',
        id: one.id,
        label: quoteLabel(one.number, one.revision),
        name: one.subject,
        customerId: one.customerId,
      })
  }
  return found
}

/** Refuses `reference-unknown` at the field unless it is the same customer's, and the viewer sees it. */
export async function requireAbout(db: Querier, viewer: Viewer, customerId: string, ids: AboutIds): Promise<void> {
  const found = await findAbout(db, viewer, ids)
  for (const kind of ['opportunity', 'case', 'quote'] as const) {
    const field = `${kind}Id` as const
    if (ids[field] && !found.some((one) => one.kind === kind && one.customerId === customerId))
      throw new Refusal('reference-unknown', { field })
  }
}

/** What a follow-up is the next step of, if the viewer sees it. */
export async function readAbout(db: Querier, viewer: Viewer, ids: AboutIds) {
  const [one] = await findAbout(db, viewer, ids)
  return one === undefined ? null : { kind: one.kind, id: one.id, label: one.label, name: one.name }
}
