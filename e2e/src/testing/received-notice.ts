import PostalMime from 'postal-mime'
import type { LedgerMail } from './smtp-ledger.ts'

/** A mail of the ledger, read as a mail program reads it. */
export interface ReceivedNotice {
  raw: Buffer
  envelope: { from: string; to: string[] }
  from: { name: string; address: string }
  to: string[]
  subject: string
  messageId: string
  text: string
  /** What a reader of the HTML part sees: tags and entities gone. */
  htmlText: string
}

export async function readNotice(mail: LedgerMail): Promise<ReceivedNotice> {
  const parsed = await PostalMime.parse(mail.raw)
  return {
    raw: mail.raw,
    envelope: { from: mail.from, to: mail.to },
    from: { name: parsed.from?.name ?? '', address: parsed.from?.address ?? '' },
    to: (parsed.to ?? []).map(({ address }) => address ?? ''),
    subject: parsed.subject ?? '',
    messageId: parsed.messageId ?? '',
    text: parsed.text ?? '',
    htmlText: visibleText(parsed.html ?? ''),
  }
}

function visibleText(html: string): string {
  return html
    .replaceAll(/<(style|head|script)\b[\s\S]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&nbsp;', '\u00a0')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/&#x([0-9a-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
}

/** What is wrong with the bytes of a mail by RFC 5322 and MIME; an empty list when nothing is. */
export function complaintsAbout(raw: Buffer): string[] {
  const complaints: string[] = []
  const text = raw.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return ['no empty line between head and body']
  if (/(?<!\r)\n|\r(?!\n)/.test(text)) complaints.push('a line that does not end with CR LF')
  if (text.split('\r\n').some((line) => line.length > 998)) complaints.push('a line longer than 998 bytes')
  const head = text.slice(0, end)
  if (/[^\t\r\n\u0020-\u007e]/.test(head)) complaints.push('a head that is not ASCII')
  const fields = head.replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')
  for (const name of ['From', 'To', 'Subject', 'Date', 'Message-ID', 'MIME-Version', 'Content-Type']) {
    const found = fields.filter((field) => field.toLowerCase().startsWith(`${name.toLowerCase()}:`))
    if (found.length !== 1) complaints.push(`${name} stands ${found.length} times`)
  }
  const messageId = fields.find((field) => /^message-id:/i.test(field)) ?? ''
  if (!/^message-id: <[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>$/i.test(messageId))
    complaints.push(`malformed ${messageId}`)
  if (!text.endsWith('\r\n')) complaints.push('the last line does not end')
  return complaints
}
