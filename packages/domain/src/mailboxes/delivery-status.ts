import { isMailAddress } from '../notices/mail-address.ts'

/** One recipient whom a mail did not reach. */
export interface DeliveryFailure {
  /** Lower case; the one that was written to, and where the server says so the one that it became. */
  addresses: string[]
  /** `failed`: it will not arrive. `delayed`: the server goes on trying. */
  action: 'failed' | 'delayed'
  /** Whether the address itself is no good, so that writing there again is of no use. */
  permanent: boolean
  /** Enhanced status, 5.1.1; null where the server did not say. */
  status: string | null
  /** What the server said, one line. */
  diagnostic: string
}

const mostRecipients = 200
const longestDiagnostic = 500

/** One line without controls, cut to what is kept. */
export function oneLine(text: string, longest: number = longestDiagnostic): string {
  const line = text
    .slice(0, longest * 4)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
  // Never half of a character that takes two places: no database stores that.
  return line.length > longest ? `${line.slice(0, longest - 1).replace(/\p{Cs}$/u, '')}…` : line
}

/** The recipients that a message/delivery-status part (RFC 3464) says were not reached; others (delivered, relayed, expanded) are left out. */
export function readDeliveryStatus(text: string): DeliveryFailure[] {
  const failures: DeliveryFailure[] = []
  for (const group of groupsOf(text.slice(0, 131_072))) {
    const addresses = [group.get('original-recipient'), group.get('final-recipient')]
      .map((value) => addressOf(value ?? ''))
      .filter((address) => isMailAddress(address))
    const action = (group.get('action') ?? '').trim().toLowerCase()
    if (addresses.length === 0 || (action !== 'failed' && action !== 'delayed')) continue
    const status = statusIn(group.get('status') ?? '')
    const diagnostic = oneLine((group.get('diagnostic-code') ?? group.get('status') ?? '').replace(/^[a-z-]{1,20};/i, ''))
    failures.push({
      addresses: [...new Set(addresses)],
      action,
      permanent: action === 'failed' && failsForGood(status ?? statusIn(diagnostic), diagnostic),
      status,
      diagnostic,
    })
    if (failures.length >= mostRecipients) break
  }
  return failures
}

/** Groups of fields, separated by empty lines; a line that begins with a blank goes on with the field before. */
function groupsOf(text: string): Map<string, string>[] {
  const groups: Map<string, string>[] = []
  let group: Map<string, string> | null = null
  let last = ''
  for (const line of text.split(/\r\n|\n|\r/)) {
    if (line.trim() === '') {
      group = null
      continue
    }
    if (group === null) {
      group = new Map()
      groups.push(group)
    }
    if (/^[ \t]/.test(line)) {
      if (last !== '') group.set(last, `${group.get(last) ?? ''} ${line.trim()}`.slice(0, 4000))
      continue
    }
    const colon = line.indexOf(':')
    last = colon > 0 ? line.slice(0, colon).trim().toLowerCase() : ''
    if (last !== '' && !group.has(last)) group.set(last, line.slice(colon + 1).trim())
  }
  return groups
}

/** `rfc822; <ana@tienda.example>` says ana@tienda.example. */
function addressOf(value: string): string {
  const plain = value.includes(';') ? value.slice(value.indexOf(';') + 1) : value
  return plain
    .replace(/[<>"\s]/g, '')
    .toLowerCase()
    .slice(0, 320)
}

/** The first enhanced status code (RFC 3463) in a text. */
export function statusIn(text: string): string | null {
  return /(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)/.exec(text.slice(0, 4000))?.[1] ?? null
}

const unknownUser = [
  'user unknown',
  'unknown user',
  'no such user',
  'no such recipient',
  'no such mailbox',
  'recipient unknown',
  'unknown recipient',
  'recipientnotfound',
  'recipient not found',
  'user not found',
  'mailbox not found',
  'mailbox unavailable',
  'address rejected: user',
  'does not exist',
  "doesn't exist",
  'account is disabled',
  'account has been disabled',
  'host or domain name not found',
  'domain not found',
  'unrouteable address',
  'unroutable address',
  'no existe',
  'usuario desconocido',
]
const passing = [
  'mailbox full',
  'mailbox is full',
  'over quota',
  'overquota',
  'quota exceeded',
  'exceeded storage',
  'spam',
  'greylist',
]

/** Refusals of class 5 that say nothing against the address: full, too large, loops, time-outs, content and policy. */
const passingStatus = /^5\.(?:2\.[23]|3\.\d{1,3}|4\.(?:3|5|6|7|14)|5\.\d{1,3}|6\.\d{1,3}|7\.\d{1,3})$/

/**
 * Whether an address is no good, by enhanced status and words. Full mailboxes, quotas, spam filters, policies, loops and time-outs are
 * passing, whatever the class of the code: there is nothing to correct in the address.
 */
export function failsForGood(status: string | null, words: string): boolean {
  const said = words.toLowerCase()
  const unknown = unknownUser.some((phrase) => said.includes(phrase))
  if (status?.startsWith('4.') || status?.startsWith('2.')) return false
  if (passing.some((phrase) => said.includes(phrase))) return false
  if (status !== null) return unknown || !passingStatus.test(status)
  return unknown || /(?:^|\D)5\d\d(?:\D|$)/.test(said.slice(0, 4000))
}
