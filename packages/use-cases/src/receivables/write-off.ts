import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { formatAmount } from '@cartera/domain/money'
import { readAmount } from '@cartera/domain/receivables/receivable-terms'
import { Refusal } from '@cartera/domain/refusal'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { companyToday } from '../company/company-settings.ts'
import { lockPayables } from '../payments/apply-money.ts'
import { ledgerTransaction } from './ledger-transaction.ts'
import { findReceivable } from './list-receivables.ts'
import { writeMovements } from './movements.ts'
import { readReceivable } from './read-receivable.ts'
import { refuseItems } from './refuse-items.ts'

/**
 * Writes off an amount of a receivable that will not be collected, from today on. Refuses `not-found`, `not-allowed`, `amount-...`,
 * `amount-over-balance`. It can be undone like an application.
 */
export async function writeOff(ctx: AppContext, viewer: Viewer, receivableId: string, input: { amount: string; reason: string }) {
  const today = await companyToday(ctx)
  const found = await findReceivable(ctx.db, viewer, receivableId, today)
  const refusal = permissionRefusal(viewer, 'manage-receivables')
  if (refusal) throw new Refusal(refusal)
  const money = readAmount(input.amount, found.currency)
  if ('errors' in money) refuseItems(money.errors)
  const amountMinor = 'amountMinor' in money ? money.amountMinor : 0n
  await ledgerTransaction(ctx, async (tx) => {
    const row = (await lockPayables(tx, [receivableId])).get(receivableId)
    if (!row) throw new Refusal('not-found')
    if (amountMinor > row.balanceMinor)
      throw new Refusal('amount-over-balance', {
        field: 'amount',
        params: { balance: formatAmount(row.balanceMinor, row.currency) },
      })
    await writeMovements(tx, ctx, viewer, [
      {
        receivableId,
        customerId: row.customerId,
        on: today,
        kind: 'write-off',
        currency: row.currency,
        amountMinor: -amountMinor,
        reason: input.reason,
      },
    ])
    await recordAudit(tx, ctx, viewer, {
      action: 'change',
      entity: 'receivable',
      entityId: receivableId,
      changes: { writtenOff: formatAmount(amountMinor, row.currency), reason: input.reason },
    })
  })
  return readReceivable(ctx, viewer, receivableId)
}
