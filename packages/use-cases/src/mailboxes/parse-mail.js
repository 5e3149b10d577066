// Reads mails from standard input, each after its length in four bytes, and writes what is needed of each as a line of JSON: { mail } or
// { failed }. A process of its own, because a hostile mail can hang or fill any parser: read-mails.ts limits its memory and kills it after a
// time. JavaScript and not TypeScript, so that plain node runs it from the sources as from the bundle.
import PostalMime from 'postal-mime'

const mostHeaders = 300
const longestHeader = 8192
const longestText = 65_536
const longestPart = 131_072

/** Characters that show nothing, or that turn the direction of what follows. @param {string} text */
const plain = (text) => text.replace(/\r\n?/g, '\n').replace(/[^\P{C}\n\t]/gu, '')

const entities = /** @type {Record<string, string>} */ ({
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  aacute: 'á',
  eacute: 'é',
  iacute: 'í',
  oacute: 'ó',
  uacute: 'ú',
  ntilde: 'ñ',
})

/** HTML as the text that a person reads: scanned once from the left, so that no markup can make it slow. @param {string} html */
function textOfHtml(html) {
  const pieces = []
  const lower = html.toLowerCase()
  let at = 0
  let length = 0
  while (at < html.length && length < longestText) {
    const open = html.indexOf('<', at)
    const upTo = open < 0 ? html.length : open
    pieces.push(html.slice(at, upTo).replace(/[ \t\r\n]+/g, ' '))
    length += upTo - at
    if (open < 0) break
    const close = html.indexOf('>', open)
    if (close < 0) break
    const tag = /^<\/?([a-z0-9]{1,12})/i.exec(html.slice(open, open + 16))?.[1]?.toLowerCase() ?? ''
    at = close + 1
    if ((tag === 'style' || tag === 'script' || tag === 'head') && html[open + 1] !== '/') {
      const end = lower.indexOf(`</${tag}`, at)
      // Without an end nothing more is shown; so the search never runs twice over the rest.
      at = end < 0 ? html.length : end
    }
    if (['br', 'p', 'div', 'tr', 'li', 'h1', 'h2', 'h3', 'blockquote'].includes(tag)) pieces.push('\n')
  }
  return pieces
    .join('')
    .replace(/&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,8});/gi, (whole, name) => {
      if (name[0] !== '#') return entities[name.toLowerCase()] ?? whole
      const code = name[1].toLowerCase() === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
      return code > 31 && code < 0x110000 && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : ' '
    })
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
}

/** @param {{ content: string | ArrayBuffer | Uint8Array }} part */
const partText = (part) => {
  const bytes =
    typeof part.content === 'string' ? Buffer.from(part.content) : Buffer.from(/** @type {ArrayBuffer} */ (part.content))
  return plain(bytes.subarray(0, longestPart).toString('utf8'))
}

/** @param {Buffer} bytes */
async function read(bytes) {
  const mail = await PostalMime.parse(bytes, {
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
    maxNestingDepth: 20,
    maxHeadersSize: 1_048_576,
  })
  const { attachments } = mail
  const report = attachments.find(
    ({ mimeType }) => mimeType === 'message/delivery-status' || mimeType === 'message/global-delivery-status',
  )
  const returned = attachments.find(({ mimeType }) =>
    ['message/rfc822', 'text/rfc822-headers', 'message/global', 'message/global-headers'].includes(mimeType),
  )
  const text = mail.text?.trim() ? mail.text : textOfHtml((mail.html ?? '').slice(0, 524_288))
  return {
    headers: mail.headers
      .slice(0, mostHeaders)
      .map(({ key, value }) => ({ name: key.toLowerCase(), value: plain(value).slice(0, longestHeader) })),
    from: mail.from?.address ? plain(mail.from.address).toLowerCase().slice(0, 320) : null,
    fromName: plain(mail.from?.name ?? '').slice(0, 200),
    messageId: plain(mail.messageId ?? '').slice(0, 400),
    subject: plain(mail.subject ?? '').slice(0, 1000),
    text: plain(text.slice(0, longestText)).trim(),
    deliveryStatus: report ? partText(report) : null,
    returned: returned ? partText(returned) : null,
  }
}

let waiting = Buffer.alloc(0)
for await (const chunk of process.stdin) {
  waiting = Buffer.concat([waiting, chunk])
  while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE(0)) {
    const end = 4 + waiting.readUInt32BE(0)
    const bytes = waiting.subarray(4, end)
    waiting = waiting.subarray(end)
    let line
    try {
      line = JSON.stringify({ mail: await read(bytes) })
    } catch {
      line = '{"failed":true}'
    }
    if (!process.stdout.write(`${line}\n`)) await new Promise((resolve) => process.stdout.once('drain', () => resolve(undefined)))
  }
}
