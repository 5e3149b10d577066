import { contacts } from '@cartera/db/schema/customers'
import { documents, promiseItems, promises, receivables } from '@cartera/db/schema/receivables'
import type { PortalContact } from '@cartera/domain/access/portal-contact'
import { dayOfInstant } from '@cartera/domain/calendar-day'
import { formatAmount } from '@cartera/domain/money'
import type { DisputeCategory } from '@cartera/domain/receivables/dispute'
import { Refusal } from '@cartera/domain/refusal'
import { and, desc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { findCompany } from '../company/company-settings.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { sayDay, sayMoney } from '../notices/notice-words.ts'
import { type RecordPromiseInput, writePromise } from '../promises/write-promise.ts'
import { writeDispute } from '../receivables/dispute-receivable.ts'
import { ledgerTransaction } from '../receivables/ledger-transaction.ts'
import { countAttempts } from './count-attempts.ts'
import { endPortalAccess } from './portal-access.ts'
import { findPortalReceivable } from './portal-account.ts'

/** What a person does in a quarter of an hour, generously: more is a machine. */
const deedsPerQuarter = 60

/** Counts a deed of a contact on the portal; refuses `too-many-attempts`. */
export const countDeed = (ctx: AppContext, contact: PortalContact): Promise<void> =>
  countAttempts(ctx, [{ key: `portal-deed:${contact.contactId}`, limit: deedsPerQuarter }])

const mostPromises = 100

/** The newest promises of the contact's customer, whoever took them; what the house wrote about them stays in the house. */
export async function portalPromises(ctx: AppContext, contact: PortalContact) {
  const rows = await ctx.db
    .select()
    .from(promises)
    .where(eq(promises.customerId, contact.customerId))
    .orderBy(desc(promises.createdAt), desc(promises.id))
    .limit(mostPromises)
  const items =
    rows.length === 0
      ? []
      : await ctx.db
          .select({ item: promiseItems, number: documents.number, instalment: receivables.instalment })
          .from(promiseItems)
          .innerJoin(receivables, eq(receivables.id, promiseItems.receivableId))
          .innerJoin(documents, eq(documents.id, receivables.documentId))
          .where(
            inArray(
              promiseItems.promiseId,
              rows.map((row) => row.id),
            ),
          )
          .orderBy(receivables.dueOn, receivables.id)
  return {
    items: rows.map((row) => ({
      id: row.id,
      promisedOn: row.promisedOn,
      dueOn: row.dueOn,
      currency: row.currency,
      amount: formatAmount(row.amountMinor, row.currency),
      state: row.state,
      items: items
        .filter(({ item }) => item.promiseId === row.id)
        .map(({ item, number, instalment }) => ({ number, instalment, amount: formatAmount(item.amountMinor, row.currency) })),
    })),
  }
}

/** A contact promises by themselves, under the rules of every promise; a follow-up tells the agent. Refuses as `recordPromise`. */
export async function promiseOnPortal(
  ctx: AppContext,
  contact: PortalContact,
  input: Pick<RecordPromiseInput, 'dueOn' | 'comment' | 'items'>,
) {
  await countDeed(ctx, contact)
  await ledgerTransaction(ctx, async (tx) => {
    const promiseId = await writePromise(tx, ctx, null, {
      ...input,
      customerId: contact.customerId,
      contactId: contact.contactId,
      source: 'portal',
    })
    const [made] = await tx.select().from(promises).where(eq(promises.id, promiseId))
    if (!made) throw new Error('the promise was not written')
    const { locale } = await findCompany(tx)
    const english = locale.startsWith('en')
    const amount = sayMoney(made.amountMinor, made.currency, english ? 'en' : 'es', locale)
    await openFollowUp(tx, ctx, {
      originKey: `portal-promise:${promiseId}`,
      customerId: contact.customerId,
      subject: english
        ? `Promised on the portal: ${amount} for ${sayDay(made.dueOn, 'en')}`
        : `Promesa en el portal: ${amount} para el ${sayDay(made.dueOn, 'es')}`,
      description: [
        english ? `${contact.name} promised by themselves on the portal.` : `${contact.name} la registró en el portal.`,
        ...(made.comment === null ? [] : [made.comment]),
      ].join('\n'),
      receivableIds: input.items.map((item) => item.receivableId),
    })
  })
  return portalPromises(ctx, contact)
}

/**
 * A contact contests a receivable: its notices are held, and a follow-up tells the agent. What is disputed already stays as it is. Refuses `not-found`,
 * `receivable-settled`, `receivable-disputed`.
 */
export async function disputeOnPortal(
  ctx: AppContext,
  contact: PortalContact,
  receivableId: string,
  input: { category: DisputeCategory; reason: string },
) {
  await countDeed(ctx, contact)
  return ctx.db.transaction(async (tx) => {
    const company = await findCompany(tx)
    const today = dayOfInstant(ctx.now(), company.timeZone)
    const shown = await findPortalReceivable(tx, contact, receivableId, today)
    const [before] = await tx.select().from(receivables).where(eq(receivables.id, receivableId)).for('no key update')
    if (!before) throw new Refusal('not-found')
    if (before.balanceMinor <= 0n) throw new Refusal('receivable-settled')
    if (before.disputedAt !== null) throw new Refusal('receivable-disputed')
    const disputeId = await writeDispute(tx, ctx, null, before, { ...input, contact: contact.name })
    const english = company.locale.startsWith('en')
    await openFollowUp(tx, ctx, {
      originKey: `portal-dispute:${disputeId ?? receivableId}`,
      customerId: contact.customerId,
      subject: english ? `Disputed on the portal: ${shown.number}` : `Disputa en el portal: ${shown.number}`,
      description: `${contact.name}: ${input.reason}`,
      receivableIds: [receivableId],
    })
    return findPortalReceivable(tx, contact, receivableId, today)
  })
}

/**
 * "I am not the right person": ends every link and session of the contact at once; no notice and no link goes to their address until somebody has looked,
 * which a follow-up asks of the agent.
 */
export async function sayWrongPerson(
  ctx: AppContext,
  contact: PortalContact,
  input: { note?: string | null | undefined },
): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const now = ctx.now()
    const [row] = await tx
      .update(contacts)
      .set({ wrongPersonAt: now, wrongPersonNote: input.note ?? null, version: sql`${contacts.version} + 1` })
      .where(and(eq(contacts.id, contact.contactId), isNull(contacts.wrongPersonAt)))
      .returning()
    if (!row) return
    await endPortalAccess(tx, ctx, contact.contactId)
    const english = (await findCompany(tx)).locale.startsWith('en')
    await openFollowUp(tx, ctx, {
      originKey: `wrong-person:${contact.contactId}:${now.toISOString()}`,
      customerId: contact.customerId,
      subject: english ? `Not the right person: ${row.name}` : `No es la persona indicada: ${row.name}`,
      description: [
        english
          ? `${row.name} (${row.email ?? '-'}) said on the portal that they are not the right person. Nothing more is sent there until somebody corrects the contact or clears the sign.`
          : `${row.name} (${row.email ?? '-'}) indicó en el portal que no es la persona indicada. No se le envía nada más hasta que alguien corrija el contacto o quite la señal.`,
        ...(input.note ? [input.note] : []),
      ].join('\n'),
    })
    await recordAudit(tx, ctx, null, {
      action: 'change',
      entity: 'contact',
      entityId: contact.contactId,
      changes: { wrongPerson: [false, true], wrongPersonNote: [null, input.note ?? null], contact: row.name },
    })
  })
}
