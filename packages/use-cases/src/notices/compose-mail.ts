import { type MailFile, writeMail } from '../mime/write-mail.ts'
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

/**
 * The mail of a notice as bytes. It answers to no earlier mail: each notice stands by itself, since programs fold away what belongs to an
 * old conversation.
 */
export function composeMail(
  head: MailHead,
  notice: RenderedNotice,
  extra: { logo: MailLogo | null; files: readonly MailFile[] } = { logo: null, files: [] },
): Buffer {
  const from = { name: oneLine(head.fromName), address: head.fromAddress }
  const { logo, files } = extra
  return writeMail({
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
    picture:
      logo !== null && notice.html.includes(`cid:${logo.cid}`)
        ? { name: 'logo.png', mediaType: 'image/png', content: logo.content, cid: logo.cid }
        : null,
    files: files.map((file) => ({ ...file, name: oneLine(file.name) })),
  })
}
