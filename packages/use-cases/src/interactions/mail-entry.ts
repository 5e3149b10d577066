import type { Transaction } from '@cartera/db/connect'
import { customerMails, interactionEntries } from '@cartera/db/schema/interactions'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { type EntryKind, mailEntryRefusal } from '@cartera/domain/interactions/interaction-rules'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { queueCustomerMail, ringCustomerMails, sendCustomerMailAgain } from '../customer-mails/customer-mails.ts'
import { readInteraction } from './read-interaction.ts'
import { lockVisibleInteraction } from './visible-interaction.ts'

/**
 * Puts the mail that tells the customer of an entry in the queue, from the viewer's own account, in the caller's transaction. Refuses
 * `entry-internal` whatever asks for it, and what `queueCustomerMail` refuses, all at `field`.
 */
export async function mailEntry(
  tx: Transaction,
  ctx: AppContext,
  viewer: Viewer,
  interaction: { customerId: string; contactName: string | null; contactEmail: string | null },
  entry: { id: string; kind: EntryKind },
  mailTo: string,
  field: string,
): Promise<void> {
  const refusal = mailEntryRefusal(entry.kind)
  if (refusal) throw new Refusal(refusal, { field })
  const sameAddress = interaction.contactEmail?.toLowerCase() === mailTo.toLowerCase()
  try {
    const mailId = await queueCustomerMail(
      tx,
      ctx,
      {
        kind: 'interaction',
        customerId: interaction.customerId,
        aboutId: entry.id,
        senderId: viewer.userId,
        toAddress: mailTo,
        toName: sameAddress ? interaction.contactName : null,
        createdBy: viewer.userId,
      },
      field,
    )
    await recordAudit(tx, ctx, viewer, {
      action: 'send',
      entity: 'interaction-entry',
      entityId: entry.id,
      changes: { mailId, mailTo },
    })
  } catch (error) {
    if (error instanceof Refusal && error.field === undefined) throw new Refusal(error.code, { field, params: error.params })
    throw error
  }
}

/** Tells an address of an entry that stands already. Refuses `not-found`, `entry-internal`, and as `queueCustomerMail` does at `mailTo`. */
export async function mailStandingEntry(
  ctx: AppContext,
  viewer: Viewer,
  interactionId: string,
  entryId: string,
  input: { mailTo: string },
) {
  const told = await ctx.db.transaction(async (tx) => {
    const interaction = await lockVisibleInteraction(tx, viewer, interactionId)
    const [entry] = await tx
      .select()
      .from(interactionEntries)
      .where(and(eq(interactionEntries.id, entryId), eq(interactionEntries.interactionId, interactionId)))
    if (!entry) throw new Refusal('not-found')
    await mailEntry(tx, ctx, viewer, interaction, entry, input.mailTo, 'mailTo')
    return readInteraction(tx, viewer, interactionId)
  })
  await ringCustomerMails(ctx)
  return told
}

/** Sends a mail about an entry of the interaction again. Refuses `not-found`, and as `sendCustomerMailAgain` does. */
export async function mailEntryAgain(ctx: AppContext, viewer: Viewer, interactionId: string, mailId: string) {
  const told = await ctx.db.transaction(async (tx) => {
    await lockVisibleInteraction(tx, viewer, interactionId)
    const [mail] = await tx
      .select({ id: customerMails.id })
      .from(customerMails)
      .innerJoin(interactionEntries, eq(interactionEntries.id, customerMails.aboutId))
      .where(
        and(
          eq(customerMails.id, mailId),
          eq(customerMails.kind, 'interaction'),
          eq(interactionEntries.interactionId, interactionId),
        ),
      )
    if (!mail) throw new Refusal('not-found')
    await sendCustomerMailAgain(tx, ctx, viewer, mailId)
    return readInteraction(tx, viewer, interactionId)
  })
  await ringCustomerMails(ctx)
  return told
}
