import { isMailAddress } from '../notices/mail-address.ts'
import { type DeliveryFailure, failsForGood, oneLine, statusIn } from './delivery-status.ts'

/** Where the copy of the returned mail begins: what follows is the mail itself and not the server's words. */
const copyBegins = [
  '--- below this line is a copy of the message',
  '------ this is a copy of the message',
  '----- original message -----',
  '----- message header follows',
  '--- the header of the original message is following',
  '----- the following is a copy',
  'original message headers:',
  'reporting-mta:',
]
const stillTrying = [
  'will be retried',
  'will continue trying',
  'will retry',
  'still trying',
  'still being retried',
  'has been delayed',
  'no action is required',
  'seguirá intentando',
]
const gaveUp = [
  'permanent error',
  'failed permanently',
  'permanently failed',
  'permanent fatal errors',
  'error permanente',
  'de forma permanente',
]

/**
 * The recipients named by a bounce without a delivery status (qmail, old Exim, Exchange and Gmail): each address in the server's words,
 * with what it says after it. Addresses that were never written to are for the caller to drop.
 */
export function readBounceText(text: string, failedRecipients: string): DeliveryFailure[] {
  const words = beforeCopy(text.slice(0, 65_536))
  const lower = words.toLowerCase()
  const action = stillTrying.some((phrase) => lower.includes(phrase)) ? 'delayed' : 'failed'
  const forGood = gaveUp.some((phrase) => lower.includes(phrase))
  const failures: DeliveryFailure[] = []
  const found = addressesIn(words)
  for (const [index, { address, end }] of found.entries()) {
    if (failures.some((failure) => failure.addresses.includes(address))) continue
    const next = found.slice(index + 1).find((other) => other.address !== address)
    const said = oneLine(words.slice(end, next?.start ?? end + 2000).replace(/^[>:)\s]+/, ''))
    const status = statusIn(said)
    const known = status !== null || /(?:^|\D)[45]\d\d(?:\D|$)/.test(said)
    const permanent = action === 'failed' && (known ? failsForGood(status, said) : forGood || failsForGood(null, said))
    failures.push({ addresses: [address], action, permanent, status, diagnostic: said === '' ? oneLine(words) : said })
    if (failures.length >= 200) break
  }
  for (const { address } of addressesIn(failedRecipients.slice(0, 8192)))
    if (!failures.some((failure) => failure.addresses.includes(address)))
      failures.push({
        addresses: [address],
        action,
        permanent: action === 'failed' && (statusIn(words) === null ? forGood : failsForGood(statusIn(words), words)),
        status: statusIn(words),
        diagnostic: oneLine(words),
      })
  return failures
}

function beforeCopy(text: string): string {
  const lower = text.toLowerCase()
  const cuts = copyBegins.map((mark) => lower.indexOf(mark)).filter((at) => at >= 0)
  return cuts.length === 0 ? text : text.slice(0, Math.min(...cuts))
}

const inLocal = (letter: string | undefined) => letter !== undefined && /[a-z0-9!#$%&'*+/=?^_`{|}~.-]/i.test(letter)
const inDomain = (letter: string | undefined) => letter !== undefined && /[a-z0-9.-]/i.test(letter)

/** Letter by letter outwards from each `@`: hostile text costs no more than its length. */
function addressesIn(text: string): { address: string; start: number; end: number }[] {
  const found: { address: string; start: number; end: number }[] = []
  for (let at = text.indexOf('@'); at >= 0 && found.length < 500; at = text.indexOf('@', at + 1)) {
    let start = at
    while (at - start < 64 && inLocal(text[start - 1])) start -= 1
    let end = at + 1
    while (end - at < 254 && inDomain(text[end])) end += 1
    while (text[end - 1] === '.' || text[end - 1] === '-') end -= 1
    const address = text.slice(start, end).toLowerCase()
    if (isMailAddress(address)) found.push({ address, start, end })
  }
  return found
}
