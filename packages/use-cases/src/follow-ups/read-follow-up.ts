import type { Querier } from '@cartera/db/connect'
import { customers } from '@cartera/db/schema/customers'
import { followUpReceivables, followUps } from '@cartera/db/schema/follow-ups'
import { interactions, interactionTopics } from '@cartera/db/schema/interactions'
import { documents, receivables } from '@cartera/db/schema/receivables'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { formatAmount } from '@cartera/domain/money'
import { Refusal } from '@cartera/domain/refusal'
import { and, asc, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { visibleInteraction } from '../interactions/visible-interaction.ts'
import { readAbout } from './about.ts'
import { followUpItem, selectFollowUps, visibleFollowUp } from './visible-follow-ups.ts'

/** A follow-up whole: with its receivables, and of parent, children, interaction and what it is the next step of what the viewer sees. Refuses `not-found`. */
export async function readFollowUp(ctx: AppContext, viewer: Viewer, followUpId: string, db: Querier = ctx.db) {
  const [row] = await selectFollowUps(db).where(and(eq(followUps.id, followUpId), visibleFollowUp(viewer)))
  if (!row) throw new Refusal('not-found')

  const links = () =>
    db
      .select({ id: followUps.id, number: followUps.number, subject: followUps.subject, state: followUps.state })
      .from(followUps)
      .innerJoin(customers, eq(customers.id, followUps.customerId))
  const [parent] = row.parentId === null ? [] : await links().where(and(eq(followUps.id, row.parentId), visibleFollowUp(viewer)))
  const children = await links()
    .where(and(eq(followUps.parentId, followUpId), visibleFollowUp(viewer)))
    .orderBy(asc(followUps.number))
    .limit(50)
  const [interaction] =
    row.interactionId === null
      ? []
      : await db
          .select({ id: interactions.id, number: interactions.number, topic: interactionTopics.name })
          .from(interactions)
          .innerJoin(customers, eq(customers.id, interactions.customerId))
          .innerJoin(interactionTopics, eq(interactionTopics.id, interactions.topicId))
          .where(and(eq(interactions.id, row.interactionId), visibleInteraction(viewer)))
  const linked = await db
    .select({
      id: receivables.id,
      documentNumber: documents.number,
      instalment: receivables.instalment,
      dueOn: receivables.dueOn,
      balanceMinor: receivables.balanceMinor,
      currency: receivables.currency,
    })
    .from(followUpReceivables)
    .innerJoin(receivables, eq(receivables.id, followUpReceivables.receivableId))
    .innerJoin(documents, eq(documents.id, receivables.documentId))
    .where(eq(followUpReceivables.followUpId, followUpId))
    .orderBy(asc(receivables.dueOn), asc(receivables.id))
  return {
    ...followUpItem(row, ctx.now()),
    parent: parent ?? null,
    children,
    interaction: interaction ?? null,
    about: await readAbout(db, viewer, row),
    receivables: linked.map(({ balanceMinor, ...same }) => ({ ...same, balance: formatAmount(balanceMinor, same.currency) })),
  }
}
