import { bankDetails } from '@cartera/db/schema/finance'
import { users } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { accountNumberShown } from '@cartera/domain/bank-details/account-number'
import { eq } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { findCompany } from '../company/company-settings.ts'
import { type MailBlock, type MailContent, renderMailBlocks } from '../outbox/compose-single-mail.ts'

const words = {
  es: {
    proposed: 'Se propusieron otros datos de pago para los clientes',
    confirmed: 'Cambiaron los datos de pago para los clientes',
    proposedText:
      '{name} propuso estos datos. No se usan hasta que otra persona los confirme. Compruébelos por otro medio, por ejemplo por teléfono con el banco, antes de confirmar.',
    confirmedText:
      '{name} los propuso y {decider} los confirmó. Desde ahora los clientes ven estos datos. Si no lo esperaba, avise de inmediato y proponga los anteriores.',
    none: 'Sin cuentas bancarias.',
    paymentUrl: 'Enlace de pago',
    noPaymentUrl: 'ninguno',
    reason: 'Motivo',
    link: 'Ver los datos de pago',
    kinds: { iban: 'IBAN', clabe: 'CLABE', account: 'Cuenta' },
  },
  en: {
    proposed: 'Other payment details for customers were proposed',
    confirmed: 'The payment details for customers changed',
    proposedText:
      '{name} proposed these. They are not used until another person confirms them. Check them by other means, for instance by telephone with the bank, before you confirm.',
    confirmedText:
      '{name} proposed them and {decider} confirmed. From now on customers see these details. If you did not expect this, tell your colleagues at once and propose the former ones.',
    none: 'No bank accounts.',
    paymentUrl: 'Payment link',
    noPaymentUrl: 'none',
    reason: 'Reason',
    link: 'See the payment details',
    kinds: { iban: 'IBAN', clabe: 'CLABE', account: 'Account' },
  },
} as const

/** The news of a proposal (`<id>:proposed`) or confirmation (`<id>:confirmed`); null where it was taken back before it could be told. */
export async function bankDetailsMail(
  ctx: AppContext,
  about: string,
  viewer: Viewer,
  language: 'es' | 'en',
): Promise<MailContent | null> {
  const [id = '', event] = about.split(':')
  const [row] = await ctx.db.select().from(bankDetails).where(eq(bankDetails.id, id))
  if (!row || (event === 'proposed' && row.state === 'withdrawn')) return null
  const nameOf = async (userId: string | null) => {
    if (userId === null) return ''
    const [user] = await ctx.db.select({ name: users.name }).from(users).where(eq(users.id, userId))
    return user?.name ?? ''
  }
  const w = words[language]
  const names: Record<string, string> = { name: await nameOf(row.proposedBy), decider: await nameOf(row.decidedBy) }
  const title = event === 'confirmed' ? w.confirmed : w.proposed
  const company = await findCompany(ctx.db)
  const blocks: MailBlock[] = [
    { kind: 'title', text: title },
    {
      kind: 'warning',
      text: (event === 'confirmed' ? w.confirmedText : w.proposedText).replace(
        /\{(\w+)\}/g,
        (_, key: string) => names[key] ?? '',
      ),
    },
    row.accounts.length === 0
      ? { kind: 'text', text: w.none }
      : {
          kind: 'facts',
          rows: row.accounts.map((account) => [
            `${account.bank} (${account.currency})`,
            `${w.kinds[account.kind]} ${accountNumberShown(account.kind, account.number)} · ${account.holder}`,
          ]),
        },
    { kind: 'facts', rows: [[w.paymentUrl, row.paymentUrl ?? w.noPaymentUrl]] },
    ...(row.reason === null ? [] : [{ kind: 'text', text: `${w.reason}: ${row.reason}` } as const]),
    ...(ctx.settings.publicUrl === null
      ? []
      : [{ kind: 'link', text: w.link, url: new URL('/company/finance', ctx.settings.publicUrl).toString() } as const]),
  ]
  return { subject: `${title} (${company.name})`, ...renderMailBlocks(blocks, `${company.name} · ${viewer.name}`) }
}
