import { randomInt, randomUUID, timingSafeEqual } from 'node:crypto'
import { mailAccounts } from '@cartera/db/schema/organisation'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { Refusal } from '@cartera/domain/refusal'
import { and, eq, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { recordAudit } from '../audit.ts'
import { type ProofMail, tryWithMail } from './my-mail-account.ts'
import type { MailAccount } from './open-transport.ts'

const codeMinutes = 30
const mostTries = 5

const words = {
  es: (code: string, company: string, link: string | null): ProofMail => ({
    subject: `${code} es su código para verificar la cuenta de correo`,
    text: [
      `Código: ${code}`,
      `Escríbalo en Mi cuenta antes de ${codeMinutes} minutos. Con él se comprueba que los mensajes de esta cuenta llegan: desde ella saldrán los avisos a los clientes que usted tiene a su cargo en ${company}.`,
      ...(link === null ? [] : [link]),
      'Si usted no lo pidió, ignore este mensaje.',
    ].join('\n\n'),
  }),
  en: (code: string, company: string, link: string | null): ProofMail => ({
    subject: `${code} is your code to verify the mail account`,
    text: [
      `Code: ${code}`,
      `Type it in My account within ${codeMinutes} minutes. It proves that messages of this account arrive: the notices to the customers in your charge at ${company} will leave from it.`,
      ...(link === null ? [] : [link]),
      'If you did not ask for it, ignore this message.',
    ].join('\n\n'),
  }),
}

const digestOf = (ctx: AppContext, userId: string, messageId: string, code: string) =>
  ctx.secrets.digest('mail handshake', `${userId} ${messageId} ${code}`)

/**
 * Signs in at the server and mails the account's own address a code; the account is verified once the code is typed, or the mail is seen in
 * the mailbox where that is read. An account that was proven before and whose way has not changed is verified at once. Refuses as
 * `tryWithMail` does.
 */
export async function startHandshake(ctx: AppContext, viewer: Pick<Viewer, 'userId'>): Promise<void> {
  const code = String(randomInt(0, 1_000_000)).padStart(6, '0')
  let messageId = ''
  await tryWithMail(
    ctx,
    viewer,
    viewer,
    (account, language, company) => {
      messageId = `<${randomUUID()}.handshake@${account.address.split('@')[1] ?? 'localhost'}>`
      const { publicUrl } = ctx.settings
      const link = publicUrl === null ? null : `${publicUrl.replace(/\/$/, '')}/account`
      return { ...words[language](code, company, link), messageId }
    },
    (account) =>
      account.verifiedAt === null
        ? {
            set: {
              handshakeCode: digestOf(ctx, account.userId, messageId, code),
              handshakeMessageId: messageId,
              handshakeSentAt: ctx.now(),
              handshakeTries: 0,
            },
            changes: { verification: 'sent' },
          }
        : { set: { state: 'verified', verifiedAt: ctx.now() }, changes: { state: [account.state, 'verified'] } },
  )
}

/** Takes the code of the mail. Refuses `mail-account-missing`, `mail-code-expired` (also after too many wrong ones), `mail-code-wrong`. */
export async function confirmHandshake(ctx: AppContext, viewer: Pick<Viewer, 'userId'>, code: string): Promise<void> {
  const right = await ctx.db.transaction(async (tx) => {
    const [account] = await tx.select().from(mailAccounts).where(eq(mailAccounts.userId, viewer.userId)).for('update')
    if (!account) throw new Refusal('mail-account-missing')
    const { handshakeCode, handshakeMessageId, handshakeSentAt, handshakeTries } = account
    const expired =
      handshakeCode === null ||
      handshakeSentAt === null ||
      ctx.now().getTime() - handshakeSentAt.getTime() > codeMinutes * 60_000 ||
      handshakeTries >= mostTries
    if (expired) throw new Refusal('mail-code-expired', { field: 'code' })
    const given = Buffer.from(digestOf(ctx, account.userId, handshakeMessageId ?? '', code))
    const wanted = Buffer.from(handshakeCode)
    const matches = given.length === wanted.length && timingSafeEqual(given, wanted)
    await tx
      .update(mailAccounts)
      .set(matches ? proven(ctx, account) : { handshakeTries: handshakeTries + 1 })
      .where(eq(mailAccounts.userId, viewer.userId))
    if (matches) await auditProof(tx, ctx, viewer, account)
    return matches
  })
  // Counted above: a refusal inside would undo the count.
  if (!right) throw new Refusal('mail-code-wrong', { field: 'code' })
}

/** The handshake's mail lies in the mailbox that is read: proof without a person. */
export async function confirmByArrival(ctx: AppContext, account: MailAccount): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const [now] = await tx
      .select()
      .from(mailAccounts)
      .where(and(eq(mailAccounts.userId, account.userId), eq(mailAccounts.handshakeMessageId, account.handshakeMessageId ?? '')))
      .for('update')
    if (now?.state !== 'unverified' || now.handshakeCode === null) return
    await tx.update(mailAccounts).set(proven(ctx, now)).where(eq(mailAccounts.userId, account.userId))
    await auditProof(tx, ctx, null, now)
  })
}

const proven = (ctx: AppContext, account: MailAccount) => ({
  ...(account.state === 'unverified' ? { state: 'verified' as const } : {}),
  verifiedAt: ctx.now(),
  lastError: null,
  handshakeCode: null,
  handshakeMessageId: null,
  version: sql`${mailAccounts.version} + 1`,
})

async function auditProof(
  tx: Parameters<typeof recordAudit>[0],
  ctx: AppContext,
  viewer: Pick<Viewer, 'userId'> | null,
  account: MailAccount,
): Promise<void> {
  await recordAudit(tx, ctx, viewer, {
    action: 'change',
    entity: 'mail-account',
    entityId: account.userId,
    changes: { state: [account.state, 'verified'] },
  })
}
