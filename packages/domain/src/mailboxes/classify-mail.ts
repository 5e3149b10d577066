import { isAutoReply } from './auto-reply.ts'
import { readBounceText } from './bounce-text.ts'
import { type DeliveryFailure, readDeliveryStatus } from './delivery-status.ts'

/** What is read of a mail that arrived: written by strangers, cut to size by whoever parsed it. */
export interface IncomingMail {
  /** Names in lower case, values unfolded, in the order of the mail. */
  headers: readonly { name: string; value: string }[]
  /** The address that it says it is from, lower case. */
  from: string | null
  subject: string
  /** The part for people. */
  text: string
  /** A part message/delivery-status (RFC 3464). */
  deliveryStatus: string | null
  /** The beginning of the returned mail, its header first. */
  returned: string | null
}

type MailKind =
  /** Somebody's server could not deliver. `originals` are the Message-IDs that it may speak of. */
  | { kind: 'bounce'; failures: DeliveryFailure[]; originals: string[] }
  /** An answer by a person, to one of `originals`. */
  | { kind: 'reply'; originals: string[] }
  /** A machine's answer: out of office, a receipt. It is no contact with the customer. */
  | { kind: 'auto-reply' }
  | { kind: 'other' }

const mostOriginals = 100

/** The first value of a header; empty where there is none. */
export function headerOf(mail: Pick<IncomingMail, 'headers'>, name: string): string {
  return mail.headers.find((header) => header.name === name)?.value ?? ''
}

/** Message-IDs in a text, angle brackets included, each once. */
function messageIdsIn(text: string): string[] {
  const ids = text.slice(0, 65_536).match(/<[^<>\s@]{1,250}@[^<>\s@]{1,250}>/g) ?? []
  return [...new Set(ids)].slice(0, mostOriginals)
}

/** What the mail answers, by its own header: the Message-IDs of In-Reply-To and References. */
export function answeredBy(mail: Pick<IncomingMail, 'headers'>): string[] {
  return messageIdsIn(`${headerOf(mail, 'in-reply-to')} ${headerOf(mail, 'references')}`)
}

/** Lines that name the Message-ID of a mail copied into the text. */
function namedIn(text: string): string[] {
  const ids: string[] = []
  for (const line of text.slice(0, 262_144).split('\n')) {
    const at = line.search(/message-id:/i)
    if (at >= 0 && at < 40) ids.push(...messageIdsIn(line.slice(at)))
    // A folded header has its value on the next line; ids stand alone there.
    else if (/^\s{1,8}</.test(line)) ids.push(...messageIdsIn(line))
    if (ids.length > mostOriginals) break
  }
  return ids
}

const daemons = ['mailer-daemon', 'postmaster', 'mail-daemon', 'maildaemon', 'mdaemon', 'mail.daemon']

/** Whether it comes from a mail server: the null sender, or a name that only servers use. */
function isFromMailServer(mail: Pick<IncomingMail, 'headers' | 'from'>): boolean {
  const local = (mail.from ?? '').split('@')[0] ?? ''
  const microsoft = local.startsWith('microsoftexchange')
  return (
    daemons.includes(local) ||
    microsoft ||
    headerOf(mail, 'return-path').replace(/\s/g, '') === '<>' ||
    headerOf(mail, 'x-failed-recipients') !== ''
  )
}

const contentTypeOf = (mail: Pick<IncomingMail, 'headers'>) => headerOf(mail, 'content-type').toLowerCase()

/** Whether the header alone calls for a look at the whole mail, as what may be a bounce. */
export function mayBeBounce(mail: Pick<IncomingMail, 'headers' | 'from'>): boolean {
  return contentTypeOf(mail).includes('delivery-status') || isFromMailServer(mail)
}

/** What a mail in an agent's mailbox is. Pure: it looks nothing up, so a bounce or a reply may still be about somebody else's mail. */
export function classifyMail(mail: IncomingMail): MailKind {
  const bounce = readBounce(mail)
  if (bounce) return bounce
  const answered = answeredBy(mail)
  if (isAutoReply(mail) || contentTypeOf(mail).startsWith('multipart/report')) return { kind: 'auto-reply' }
  return answered.length > 0 ? { kind: 'reply', originals: answered } : { kind: 'other' }
}

function readBounce(mail: IncomingMail): MailKind | null {
  const originals = [
    ...new Set([...(mail.returned === null ? [] : namedIn(mail.returned)), ...answeredBy(mail), ...namedIn(mail.text)]),
  ].slice(0, mostOriginals)
  if (mail.deliveryStatus !== null) {
    const failures = readDeliveryStatus(mail.deliveryStatus)
    // A report that says "delivered" or "relayed" is no bounce and no answer either.
    return failures.length > 0 ? { kind: 'bounce', failures, originals } : { kind: 'auto-reply' }
  }
  if (!isFromMailServer(mail)) return null
  const failures = readBounceText(mail.text, headerOf(mail, 'x-failed-recipients'))
  return failures.length > 0 ? { kind: 'bounce', failures, originals } : null
}
