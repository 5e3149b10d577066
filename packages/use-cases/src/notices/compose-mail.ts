import MailComposer from 'nodemailer/lib/mail-composer'
import type Mail from 'nodemailer/lib/mailer'
import { oneLine } from './notice-content.ts'
import type { MailLogo } from './notice-material.ts'
import type { RenderedNotice } from './render-notice.ts'

export interface MailHead {
  fromName: string
  fromAddress: string
  to: readonly { address: string; name: string | null }[]
  messageId: string
  date: Date
  language: 'es' | 'en'
}

/** A file that goes along, made by us. */
export interface MailFile {
  name: string
  mediaType: 'application/pdf'
  content: Buffer
}

/**
 * The mail as bytes, exactly as handed to the server: line ends are CRLF and the last line is ended. It answers to no earlier mail: each
 * notice stands by itself, since programs fold away what belongs to an old conversation.
 */
export async function composeMail(
  head: MailHead,
  notice: RenderedNotice,
  extra: { logo: MailLogo | null; files: readonly MailFile[] } = { logo: null, files: [] },
): Promise<Buffer> {
  const from = { name: oneLine(head.fromName), address: head.fromAddress }
  const { logo, files } = extra
  const attachments: Mail.Attachment[] = [
    ...(logo !== null && notice.html.includes(`cid:${logo.cid}`)
      ? [
          {
            filename: 'logo.png',
            content: logo.content,
            contentType: 'image/png',
            contentDisposition: 'inline' as const,
            cid: logo.cid,
          },
        ]
      : []),
    ...files.map((file) => ({ filename: oneLine(file.name), content: file.content, contentType: file.mediaType })),
  ]
  const mail = new MailComposer({
    from,
    replyTo: from,
    to: head.to.map(({ address, name }) => ({ address, name: oneLine(name ?? '') })),
    subject: oneLine(notice.subject),
    messageId: head.messageId,
    date: head.date,
    headers: {
      'Auto-Submitted': 'auto-generated',
      // Not "All": that would keep Exchange from reporting what it could not deliver.
      'X-Auto-Response-Suppress': 'OOF, AutoReply',
      'Content-Language': head.language,
    },
    text: notice.text,
    html: notice.html,
    attachments,
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const built = await mail.compile().build()
  const normal = built.toString('latin1').replace(/\r?\n|\r/g, '\r\n')
  return Buffer.from(normal.endsWith('\r\n') ? normal : `${normal}\r\n`, 'latin1')
}
