import type { Querier, Transaction } from '@cartera/db/connect'
import { noticeItems } from '@cartera/db/schema/notices'
import { isMailAddress } from '@cartera/domain/notices/mail-address'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { openFollowUp } from '../follow-ups/open-follow-up.ts'
import { type AddressFlag, findFlags, flagAddress, flaggedAs } from './flag-address.ts'

const words = {
  es: {
    subject: (address: string) => `Corregir la dirección de correo ${address}`,
    text: (address: string, detail: string) =>
      `Un aviso a ${address} no se pudo entregar${detail === '' ? '.' : `: ${detail}`}\nHasta que alguien la corrija o la dé por revisada, no se le escribe más.`,
    others: (list: string) => `Otras direcciones de este cliente:\n${list}`,
    noOther: 'Este cliente no tiene otra dirección de correo: pida una por teléfono.',
  },
  en: {
    subject: (address: string) => `Correct the mail address ${address}`,
    text: (address: string, detail: string) =>
      `A notice to ${address} could not be delivered${detail === '' ? '.' : `: ${detail}`}\nUntil somebody corrects it or says that it is right, nothing more is sent there.`,
    others: (list: string) => `Other addresses of this customer:\n${list}`,
    noOther: 'This customer has no other mail address: ask for one by phone.',
  },
} as const

/**
 * An address that a server refuses for good, in the transaction of what proved it: it is flagged, and once per flag a follow-up opens to
 * correct it, with the customer's other addresses as a proposal. Says whether the flag is new.
 */
export async function reportUndeliverable(
  tx: Transaction,
  ctx: AppContext,
  failure: {
    customerId: string
    address: string
    reason: AddressFlag['reason']
    detail: string | null
    noticeMessageId: string | null
  },
): Promise<boolean> {
  const address = flaggedAs(failure.address)
  const fresh = await flagAddress(tx, ctx, { ...failure, address })
  if (!fresh) return false
  const { locale } = await findCompany(tx)
  const say = locale.startsWith('en') ? words.en : words.es
  const others = await otherAddresses(tx, failure.customerId, address)
  const receivables =
    failure.noticeMessageId === null
      ? []
      : await tx
          .selectDistinct({ id: noticeItems.receivableId })
          .from(noticeItems)
          .where(and(eq(noticeItems.messageId, failure.noticeMessageId), isNull(noticeItems.droppedReason)))
          .limit(200)
  await openFollowUp(tx, ctx, {
    originKey: `address:${address}:${failure.noticeMessageId ?? ctx.now().toISOString()}`,
    customerId: failure.customerId,
    subject: say.subject(address),
    description: [
      say.text(address, failure.detail ?? ''),
      others.length === 0
        ? say.noOther
        : say.others(others.map(({ name, email }) => (name === '' ? `- ${email}` : `- ${name}: ${email}`)).join('\n')),
    ].join('\n\n'),
    receivableIds: receivables.map(({ id }) => id),
  })
  return true
}

/** The customer's other addresses that can be written to: those marked for notices first. */
async function otherAddresses(
  db: Querier,
  customerId: string,
  failed: string,
): Promise<{ name: string; email: string; contactId: string | null }[]> {
  const { rows } = await db.execute<{ name: string; email: string; contact_id: string | null }>(sql`
    select name, email, contact_id from (
      select coalesce(contact_person, name) as name, trim(email) as email, null::uuid as contact_id, 0 as place
      from customers where id = ${customerId}
      union all
      select name, trim(email), id, case when receives_notices then 1 else 2 end
      from contacts where customer_id = ${customerId} and deleted_at is null) each
    where email is not null and lower(email) <> ${flaggedAs(failed)}
    order by place, name, email
    limit 20`)
  const usable = rows.filter(({ email }) => isMailAddress(email))
  const flags = await findFlags(
    db,
    usable.map(({ email }) => email),
  )
  return usable
    .filter(({ email }, index) => !flags.has(flaggedAs(email)) && usable.findIndex((each) => each.email === email) === index)
    .slice(0, 5)
    .map(({ name, email, contact_id }) => ({ name, email, contactId: contact_id }))
}
