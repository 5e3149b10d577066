import MailComposer from 'nodemailer/lib/mail-composer'
import type { RenderedNotice } from './render-notice.ts'

export interface MailHead {
  fromName: string
  fromAddress: string
  to: readonly { address: string; name: string | null }[]
  messageId: string
  date: Date
}

const oneLine = (value: string) => value.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ').trim()

/** The mail as bytes, exactly as handed to the server: line ends are CRLF and the last line is ended. */
export async function composeMail(head: MailHead, notice: RenderedNotice): Promise<Buffer> {
  const from = { name: oneLine(head.fromName), address: head.fromAddress }
  const mail = new MailComposer({
    from,
    replyTo: from,
    to: head.to.map(({ address, name }) => ({ address, name: oneLine(name ?? '') })),
    subject: oneLine(notice.subject),
    messageId: head.messageId,
    date: head.date,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    text: notice.text,
    html: notice.html,
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const built = await mail.compile().build()
  const normal = built.toString('latin1').replace(/\r?\n|\r/g, '\r\n')
  return Buffer.from(normal.endsWith('\r\n') ? normal : `${normal}\r\n`, 'latin1')
}
