import type { Querier } from '@cartera/db/connect'
import { mailAccounts } from '@cartera/db/schema/organisation'
import { type CalendarDay, dayOfInstant } from '@cartera/domain/calendar-day'
import type { NoticeState } from '@cartera/domain/notices/notice-states'
import { attemptsOfNotice } from '@cartera/domain/notices/retry-delay'
import { inArray, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import type { MailAccount } from '../mail-accounts/open-transport.ts'
import { namedStatements } from '../named-statement.ts'
import { type Claim, giveBack } from './claim-notices.ts'
import { TemplateProblem } from './liquid-text.ts'
import { makeNoticeMails, type NoticeMail } from './message-content.ts'
import { loadNoticeWorld, type NoticeWorld } from './notice-facts.ts'
import { applyRecheck, findMessageFacts, type MessageFacts, secondsUntilOpen, stateOfVerdict } from './recheck-notice.ts'
import type { Sending } from './sending.ts'
import { findSettingsStamps } from './settings-stamp.ts'
import { type Outcome, whileClaimed, writeOutcome } from './write-outcome.ts'

/** The state in which a message was left; `again`: look at it again; null: it was not ours any more. */
export type Sent = NoticeState | 'again' | null

/** May leave; its mail is to be made. */
interface Cleared {
  claim: Claim
  facts: MessageFacts
  account: MailAccount
  /** The settings by which it was looked at, and the company's day of the look. */
  stamp: string
  lookedOn: CalendarDay
  timeZone: string
}

/** A claimed message with its mail, ready for its server. */
export interface Prepared extends Cleared {
  mail: NoticeMail
}

/** Mails made together: the first ones can leave while the others are made. */
const mailsAtOnce = 8
/** A message whose mail cannot be made for a reason that is not its own steps aside for so long. */
const asideSeconds = 30

/** What came of claimed messages besides those that are ready. */
interface Looked {
  decided: Map<string, Sent>
  /** What `stopping` or an error left: to be given back. */
  left: Claim[]
  error?: unknown
}

/**
 * Looks at claimed messages again, all together: what may not leave gets its state, what may is made into a mail and handed to `ready` as
 * soon as it is. Never throws.
 */
export async function prepareNotices(
  ctx: AppContext,
  sending: Sending,
  claims: readonly Claim[],
  ready: (prepared: Prepared) => void,
  options: { day?: CalendarDay | undefined; stopping?: () => boolean } = {},
): Promise<Looked> {
  const decided = new Map<string, Sent>()
  const open = new Map(claims.map((claim) => [claim.id, claim]))
  const decide = (claim: Claim, state: Sent) => {
    open.delete(claim.id)
    decided.set(claim.id, state)
  }
  try {
    const { world, cleared } = await clear(ctx, claims, options.day ?? null, decide)
    for (let from = 0; from < cleared.length && !options.stopping?.(); from += mailsAtOnce)
      for (const [each, mail] of await makeMails(ctx, sending, world, cleared.slice(from, from + mailsAtOnce))) {
        if (mail === null) open.delete(each.claim.id)
        else if (mail instanceof TemplateProblem) {
          const failed: Outcome = { state: 'failed', reason: 'template-invalid', detail: mail.es, burnsAttempt: false }
          decide(each.claim, await finish(ctx, each.claim, failed))
        } else {
          open.delete(each.claim.id)
          ready({ ...each, mail })
        }
      }
    return { decided, left: [...open.values()] }
  } catch (error) {
    return { decided, left: [...open.values()], error }
  }
}

/** Everything again, as it is now: what may not leave is decided at once. */
async function clear(
  ctx: AppContext,
  claims: readonly Claim[],
  day: CalendarDay | null,
  decide: (claim: Claim, state: Sent) => void,
): Promise<{ world: NoticeWorld; cleared: Cleared[] }> {
  const ids = claims.map((each) => each.id)
  const db = namedStatements(ctx)
  const stamps = await findSettingsStamps(db, ids)
  const world = await loadNoticeWorld(db)
  const { timeZone } = world.company
  const lookedOn = dayOfInstant(ctx.now(), timeZone)
  const allFacts = new Map((await findMessageFacts(db, ctx, world, ids, day)).map((each) => [each.message.id, each]))
  const stored = await findStored(db, ids)
  const senders = [...new Set([...allFacts.values()].flatMap((each) => each.customer.sender.user?.id ?? []))]
  const accounts = senders.length === 0 ? [] : await db.select().from(mailAccounts).where(inArray(mailAccounts.userId, senders))
  const accountOf = new Map(accounts.map((each) => [each.userId, each]))
  const cleared: Cleared[] = []
  for (const claim of claims) {
    const facts = allFacts.get(claim.id)
    if (!facts) continue
    const account = accountOf.get(facts.customer.sender.user?.id ?? '')
    const result = await clearOne(ctx, claim, facts, stored.get(claim.id), account)
    if (result !== null && typeof result === 'object')
      cleared.push({ ...result, stamp: stamps.get(claim.id) ?? '', lookedOn, timeZone })
    else decide(claim, result)
  }
  return { world, cleared }
}

async function clearOne(
  ctx: AppContext,
  claim: Claim,
  facts: MessageFacts,
  stored: Stored | undefined,
  account: MailAccount | undefined,
): Promise<Pick<Cleared, 'claim' | 'facts' | 'account'> | Sent> {
  const { verdict } = facts.check
  if (verdict.kind !== 'send') {
    // A message that waits for its hour is looked at again when that comes, not at once.
    const pause = verdict.kind === 'wait' ? { retryInSeconds: secondsUntilOpen(facts.check, ctx.now()) } : {}
    return finish(ctx, claim, { ...stateOfVerdict(facts.check), burnsAttempt: false, ...pause }, facts)
  }
  if (facts.message.attempt > attemptsOfNotice) return finish(ctx, claim, { state: 'failed', reason: 'too-many-attempts' })
  if (account?.state !== 'verified') return finish(ctx, claim, { state: 'held', reason: 'no-sender', burnsAttempt: false }, facts)
  if (stored && stored.senderId !== null && stored.senderId !== account.userId) {
    // Claimed under the caps of somebody else's account.
    const outcome: Outcome = { state: 'planned', reason: null, because: 'sender-changed', burnsAttempt: false }
    return (await finish(ctx, claim, outcome, facts)) === null ? null : 'again'
  }
  if (!isAsStored(facts, stored)) {
    const ours = await whileClaimed(ctx, claim, ['claimed'], (tx) => applyRecheck(tx, ctx, facts))
    if (!ours) return null
  }
  return { claim, facts, account }
}

async function finish(ctx: AppContext, claim: Claim, outcome: Outcome, facts?: MessageFacts): Promise<Sent> {
  const ours = await whileClaimed(ctx, claim, ['claimed'], async (tx, from) => {
    if (facts) await applyRecheck(tx, ctx, facts)
    await writeOutcome(tx, ctx, claim.id, from, outcome)
  })
  return ours ? outcome.state : null
}

/** One whose mail cannot be made must not keep the others back: it steps aside (null), and is looked at again later. */
async function makeMails(
  ctx: AppContext,
  sending: Sending,
  world: NoticeWorld,
  cleared: readonly Cleared[],
): Promise<[Cleared, NoticeMail | TemplateProblem | null][]> {
  const make = sending.makeMails ?? makeNoticeMails
  try {
    const mails = await make({ ...ctx, db: namedStatements(ctx) }, world, cleared)
    return cleared.map((each): [Cleared, NoticeMail | TemplateProblem] => {
      const mail = mails.get(each.claim.id)
      if (mail === undefined) throw new Error('no mail was made')
      return [each, mail]
    })
  } catch (error) {
    const [first] = cleared
    if (cleared.length === 1 && first) {
      ctx.log.error({ err: error, noticeId: first.claim.id }, 'the mail of a notice could not be made')
      await giveBack(ctx, [first.claim], 'given-back', asideSeconds)
      return [[first, null]]
    }
    const apart: [Cleared, NoticeMail | TemplateProblem | null][] = []
    for (const each of cleared) apart.push(...(await makeMails(ctx, sending, world, [each])))
    return apart
  }
}

interface Stored {
  senderId: string | null
  senderAddress: string | null
  senderIsFallback: boolean
  addresses: string[]
  items: Map<string, string>
}

/** What stands in the database of claimed messages, for many at once. */
async function findStored(db: Querier, ids: readonly string[]): Promise<Map<string, Stored>> {
  const { rows } = await db.execute<{
    id: string
    sender_id: string | null
    sender_address: string | null
    sender_is_fallback: boolean
    addresses: string[]
    items: [string, string, string, string][] | null
  }>(sql`
    select m.id, m.sender_id, m.sender_address, m.sender_is_fallback,
      coalesce((select array_agg(r.address) from notice_recipients r where r.message_id = m.id), '{}') as addresses,
      (select json_agg(json_build_array(i.id, i.due_on::text, i.matures_on::text, i.balance_minor::text))
        from notice_items i where i.message_id = m.id and i.dropped_reason is null) as items
    from notice_messages m where m.id = any(${sql.param([...ids])}::uuid[])`)
  return new Map(
    rows.map((row) => [
      row.id,
      {
        senderId: row.sender_id,
        senderAddress: row.sender_address,
        senderIsFallback: row.sender_is_fallback,
        addresses: row.addresses,
        items: new Map((row.items ?? []).map(([id, ...rest]) => [id, rest.join(' ')])),
      },
    ]),
  )
}

/** Whether a recheck would change nothing: the usual case, which then costs no writing. */
function isAsStored(facts: MessageFacts, stored: Stored | undefined): boolean {
  if (!stored) return false
  const { check, customer, items, message } = facts
  if (check.drops.length > 0 || check.setAside.length > 0 || check.freedOn !== null) return false
  if (check.kind !== message.kind || check.level !== message.level || message.reasonParams !== null) return false
  if (message.messageId.endsWith('@cartera.invalid>')) return false
  const { sender } = customer
  if (
    stored.senderId !== (sender.user?.id ?? null) ||
    stored.senderAddress !== sender.address ||
    stored.senderIsFallback !== sender.fallback
  )
    return false
  const addresses = customer.recipients.filter((each) => each.usable).map((each) => each.address)
  if (addresses.length !== stored.addresses.length || !addresses.every((each) => stored.addresses.includes(each))) return false
  const receivableOf = new Map(items.map((item) => [item.id, item.receivable]))
  return (
    check.stands.length === stored.items.size &&
    check.stands.every(({ id, maturesOn }) => {
      const receivable = receivableOf.get(id)
      return receivable && stored.items.get(id) === `${receivable.dueOn} ${maturesOn} ${receivable.balanceMinor}`
    })
  )
}
