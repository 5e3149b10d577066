import type { Querier, Transaction } from '@cartera/db/connect'
import { contacts, type customers, mailAddressFlags } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { lockVisibleCustomer } from '../customers/visible-customer.ts'

/** Why an address is not written to until a person has looked at it. */
export interface AddressFlag {
  /** Lower case. */
  address: string
  reason: 'bounced' | 'refused'
  /** What the server said. */
  detail: string | null
  flaggedAt: Date
  /** The notice that could not be delivered. */
  noticeMessageId: string | null
}

/** Under which an address is flagged: servers in practice do not tell upper from lower case, and whoever types it does not either. */
export const flaggedAs = (address: string): string => address.trim().toLowerCase()

/**
 * Flags an address as undeliverable, in the transaction of what proved it: no notice goes there until somebody corrects the address or
 * clears the flag. A flag that stands already keeps its time and takes the newer words. Says whether it is new.
 */
export async function flagAddress(
  tx: Querier,
  ctx: AppContext,
  flag: { address: string; reason: AddressFlag['reason']; detail: string | null; noticeMessageId: string | null },
): Promise<boolean> {
  const detail = flag.detail === null ? null : flag.detail.slice(0, 500)
  const address = flaggedAs(flag.address)
  const { rows } = await tx.execute<{ fresh: boolean }>(sql`
    insert into mail_address_flags as f (address, reason, detail, flagged_at, notice_message_id)
    values (${address}, ${flag.reason}, ${detail}, ${ctx.now().toISOString()}, ${flag.noticeMessageId}::uuid)
    on conflict (address) do update set reason = excluded.reason, detail = excluded.detail
    returning (f.xmax = 0) as fresh`)
  const fresh = rows[0]?.fresh ?? false
  if (fresh)
    await recordAudit(tx, ctx, null, {
      action: 'create',
      entity: 'mail-address-flag',
      entityId: address,
      changes: { reason: flag.reason, detail, noticeMessageId: flag.noticeMessageId },
    })
  return fresh
}

/** The flags that stand on the addresses, by the address in lower case. */
export async function findFlags(db: Querier, addresses: readonly string[]): Promise<Map<string, AddressFlag>> {
  const wanted = [...new Set(addresses.map(flaggedAs))].filter((address) => address !== '')
  const flags = new Map<string, AddressFlag>()
  for (let from = 0; from < wanted.length; from += 5000) {
    const rows = await db
      .select()
      .from(mailAddressFlags)
      .where(inArray(mailAddressFlags.address, wanted.slice(from, from + 5000)))
    for (const row of rows) flags.set(row.address, row)
  }
  return flags
}

/**
 * A person has looked at the address and says that it is right: notices go there again. It must be an address of the customer or of one of
 * its contacts, whom the viewer sees. Refuses `not-found`, `not-allowed`.
 */
export async function clearAddressFlag(ctx: AppContext, viewer: Viewer, customerId: string, address: string): Promise<void> {
  const wanted = flaggedAs(address)
  await ctx.db.transaction(async (tx) => {
    const customer = await lockVisibleCustomer(tx, viewer, customerId)
    const refusal = permissionRefusal(viewer, 'manage-customers')
    if (refusal) throw new Refusal(refusal)
    if (!(await isAddressOf(tx, customer, wanted))) throw new Refusal('not-found')
    const [cleared] = await tx.delete(mailAddressFlags).where(eq(mailAddressFlags.address, wanted)).returning()
    // Two who looked at it at once both get what they wanted.
    if (!cleared) return
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'mail-address-flag',
      entityId: wanted,
      changes: { customerId, reason: cleared.reason, detail: cleared.detail },
    })
  })
}

async function isAddressOf(tx: Transaction, customer: typeof customers.$inferSelect, address: string): Promise<boolean> {
  if (customer.email !== null && flaggedAs(customer.email) === address) return true
  const [contact] = await tx
    .select({ id: contacts.id })
    .from(contacts)
    .where(
      and(eq(contacts.customerId, customer.id), isNull(contacts.deletedAt), sql`lower(trim(${contacts.email})) = ${address}`),
    )
    .limit(1)
  return contact !== undefined
}
