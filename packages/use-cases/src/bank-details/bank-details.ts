import type { Querier } from '@cartera/db/connect'
import { type BankAccount, bankDetails } from '@cartera/db/schema/finance'
import { accessProfiles, users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import {
  accountNumberKey,
  accountNumberRefusal,
  accountNumberShown,
  confirmRefusal,
} from '@cartera/domain/bank-details/account-number'
import { paymentUrlRefusal } from '@cartera/domain/bank-details/payment-url'
import { isCurrency } from '@cartera/domain/money'
import { Refusal, type RefusedField } from '@cartera/domain/refusal'
import { and, desc, eq, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import { v7 } from 'uuid'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'
import { queueStaffMails } from '../staff-mails/queue-staff-mails.ts'

/** Where customers pay to: what is confirmed, never a proposal. For mails, statements and the portal. */
export async function findPaymentData(db: Querier): Promise<{ accounts: BankAccount[]; paymentUrl: string | null }> {
  const [row] = await db
    .select({ accounts: bankDetails.accounts, paymentUrl: bankDetails.paymentUrl })
    .from(bankDetails)
    .where(eq(bankDetails.state, 'confirmed'))
  return row ?? { accounts: [], paymentUrl: null }
}

function requireSettings(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'company-settings')
  if (refusal) throw new Refusal(refusal)
}

const proposers = alias(users, 'proposers')
const deciders = alias(users, 'deciders')

/** The confirmed list, the one that waits, and those before, newest first. Refuses `not-allowed`. */
export async function listBankDetails(ctx: AppContext, viewer: Viewer) {
  requireSettings(viewer)
  const rows = await ctx.db
    .select({ row: bankDetails, proposer: proposers.name, decider: deciders.name })
    .from(bankDetails)
    .leftJoin(proposers, eq(proposers.id, bankDetails.proposedBy))
    .leftJoin(deciders, eq(deciders.id, bankDetails.decidedBy))
    .orderBy(desc(bankDetails.proposedAt), desc(bankDetails.id))
    .limit(200)
  return {
    items: rows.map(({ row, proposer, decider }) => ({
      id: row.id,
      state: row.state,
      accounts: row.accounts.map((account) => ({ ...account, shown: accountNumberShown(account.kind, account.number) })),
      paymentUrl: row.paymentUrl,
      reason: row.reason,
      adopted: row.adopted,
      proposedBy: row.proposedBy === null ? null : { id: row.proposedBy, name: proposer ?? '' },
      proposedAt: row.proposedAt.toISOString(),
      decidedBy: row.decidedBy === null ? null : { id: row.decidedBy, name: decider ?? '' },
      decidedAt: row.decidedAt?.toISOString() ?? null,
      replacedAt: row.replacedAt?.toISOString() ?? null,
      /** Whether this viewer may confirm it: it waits, and somebody else proposed it. */
      mayConfirm: row.state === 'proposed' && confirmRefusal(row.proposedBy ?? '', viewer.userId) === null,
    })),
  }
}

export interface BankAccountInput {
  bank: string
  holder: string
  kind: BankAccount['kind']
  number: string
  currency: string
  swift?: string | null | undefined
  note?: string | null | undefined
}

/**
 * Proposes accounts and payment link anew (a link that is left out stays as it is); what is confirmed stays in force until another person
 * confirms. Refuses `not-allowed`, `account-number-invalid`, `currency-unknown`, `duplicate-in-request`, `payment-url-invalid`, and
 * `proposal-waiting` while another one waits.
 */
export async function proposeBankDetails(
  ctx: AppContext,
  viewer: Viewer,
  input: { accounts: readonly BankAccountInput[]; paymentUrl?: string | null | undefined; reason?: string | null | undefined },
) {
  requireSettings(viewer)
  const errors: RefusedField[] = []
  const seen = new Set<string>()
  const accounts = input.accounts.map((account, index): BankAccount => {
    const number = accountNumberKey(account.kind, account.number)
    const refusal = accountNumberRefusal(account.kind, number)
    if (refusal) errors.push({ field: `accounts.${index}.number`, code: refusal })
    if (!isCurrency(account.currency)) errors.push({ field: `accounts.${index}.currency`, code: 'currency-unknown' })
    const key = `${account.bank.toLowerCase()} ${number} ${account.currency}`
    if (seen.has(key)) errors.push({ field: `accounts.${index}.number`, code: 'duplicate-in-request' })
    seen.add(key)
    return {
      bank: account.bank,
      holder: account.holder,
      kind: account.kind,
      number,
      currency: account.currency,
      swift: account.swift ?? null,
      note: account.note ?? null,
    }
  })
  const badLink = paymentUrlRefusal(input.paymentUrl ?? null)
  if (badLink) errors.push({ field: 'paymentUrl', code: badLink })
  if (errors.length > 0) throw new Refusal('items-refused', { params: { count: errors.length }, errors })
  const id = v7()
  await refuseDuplicates({ bank_details_one_proposed: { code: 'proposal-waiting', field: 'accounts' } }, () =>
    ctx.db.transaction(async (tx) => {
      const before = await findPaymentData(tx)
      const paymentUrl = input.paymentUrl === undefined ? before.paymentUrl : input.paymentUrl
      await tx.insert(bankDetails).values({
        id,
        accounts,
        paymentUrl,
        state: 'proposed',
        reason: input.reason ?? null,
        proposedBy: viewer.userId,
        proposedAt: ctx.now(),
      })
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'bank-details',
        entityId: id,
        changes: { ...changesBetween(before, { accounts, paymentUrl }), ...(input.reason ? { reason: input.reason } : {}) },
      })
      await tellAdministrators(tx, ctx, `${id}:proposed`)
    }),
  )
  return listBankDetails(ctx, viewer)
}

async function tellAdministrators(tx: Querier, ctx: AppContext, about: string): Promise<void> {
  const people = await tx
    .select({ id: users.id })
    .from(users)
    .innerJoin(accessProfiles, eq(accessProfiles.id, users.profileId))
    .where(and(eq(users.active, true), sql`'company-settings' = any(${accessProfiles.permissions})`))
  await queueStaffMails(tx, ctx, { kind: 'bank-details', about, userIds: people.map((person) => person.id) })
}

/**
 * Confirms a proposal, which replaces what was confirmed. Refuses `not-allowed`, `not-found`, `proposal-decided`, and
 * `second-person-needed` to whoever proposed it.
 */
export async function confirmBankDetails(ctx: AppContext, viewer: Viewer, id: string) {
  requireSettings(viewer)
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx.select().from(bankDetails).where(eq(bankDetails.id, id)).for('update')
    if (!row) throw new Refusal('not-found')
    if (row.state !== 'proposed') throw new Refusal('proposal-decided')
    const refusal = confirmRefusal(row.proposedBy ?? '', viewer.userId)
    if (refusal) throw new Refusal(refusal)
    const before = await findPaymentData(tx)
    const { accounts, paymentUrl } = row
    const decided = { decidedBy: viewer.userId, decidedAt: ctx.now() }
    await tx.update(bankDetails).set({ state: 'replaced', replacedAt: ctx.now() }).where(eq(bankDetails.state, 'confirmed'))
    await tx
      .update(bankDetails)
      .set({ state: 'confirmed', ...decided })
      .where(eq(bankDetails.id, id))
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'bank-details',
      entityId: id,
      changes: { ...changesBetween(before, { accounts, paymentUrl }), state: ['proposed', 'confirmed'] },
    })
    await tellAdministrators(tx, ctx, `${id}:confirmed`)
  })
  return listBankDetails(ctx, viewer)
}

/** Takes a proposal back, whoever made it. Refuses `not-allowed`, `not-found`, `proposal-decided`. */
export async function withdrawBankDetails(
  ctx: AppContext,
  viewer: Viewer,
  id: string,
  input: { reason?: string | null | undefined },
) {
  requireSettings(viewer)
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx.select().from(bankDetails).where(eq(bankDetails.id, id)).for('update')
    if (!row) throw new Refusal('not-found')
    if (row.state !== 'proposed') throw new Refusal('proposal-decided')
    await tx
      .update(bankDetails)
      .set({ state: 'withdrawn', decidedBy: viewer.userId, decidedAt: ctx.now(), reason: input.reason ?? row.reason })
      .where(eq(bankDetails.id, id))
    await recordAudit(tx, ctx, viewer, {
      action: 'discard',
      entity: 'bank-details',
      entityId: id,
      changes: { state: ['proposed', 'withdrawn'], ...(input.reason ? { reason: input.reason } : {}) },
    })
  })
  return listBankDetails(ctx, viewer)
}
