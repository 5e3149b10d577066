import { classifyMail } from '@cartera/domain/mailboxes/classify-mail'
import { describe, expect, test } from 'vitest'
import {
  autoReply,
  exchangeBounce,
  eximBounce,
  gmailBounce,
  postfixBounce,
  privateMail,
  qmailBounce,
  reply,
} from '../testing/arriving-mails.ts'
import { readMails } from './read-mails.ts'

const about = { agent: 'diego@agency.example', customer: 'lucia@shop.example', notice: '<n1.abc@agency.example>' }
const kindOf = async (source: Buffer) => {
  const [mail] = await readMails([source])
  if (!mail) throw new Error('not read')
  return classifyMail(mail)
}

describe('a bounce', () => {
  test.each([
    ['Postfix', postfixBounce(about), '5.1.1'],
    ['Exchange', exchangeBounce(about), '5.1.10'],
    ['Gmail', gmailBounce(about), '5.1.1'],
    ['Exim', eximBounce(about), null],
    ['qmail', qmailBounce(about), '5.1.1'],
  ])('of %s names the recipient, that it is for good, and the notice', async (_, source, status) => {
    const kind = await kindOf(source)
    if (kind.kind !== 'bounce') throw new Error(kind.kind)
    expect(kind.failures.filter((failure) => failure.addresses.includes(about.customer))).toMatchObject([
      { action: 'failed', permanent: true, status },
    ])
    expect(kind.originals).toContain(about.notice)
    expect(kind.failures[0]?.diagnostic).toMatch(/550|5\.1/)
  })

  test.each([
    ['4.4.7', '451 4.4.7 delivery time expired'],
    ['5.2.2', '552 5.2.2 mailbox full'],
    ['5.7.1', '550 5.7.1 message looks like spam'],
    ['5.3.4', '552 5.3.4 message size exceeds limit'],
    ['5.4.6', '554 5.4.6 too many hops'],
  ])('with status %s says nothing against the address', async (status, diagnostic) => {
    expect(await kindOf(postfixBounce(about, { status, diagnostic }))).toMatchObject({
      kind: 'bounce',
      failures: [{ action: 'failed', permanent: false }],
    })
  })

  test('that refuses by policy an address that does not exist is for good all the same', async () => {
    expect(await kindOf(postfixBounce(about, { status: '5.7.1', diagnostic: '550 5.7.1 no such user' }))).toMatchObject({
      failures: [{ permanent: true }],
    })
  })

  test('of a server that goes on trying is a delay, and a receipt of delivery is no bounce', async () => {
    expect(await kindOf(postfixBounce(about, { action: 'delayed', status: '4.4.1' }))).toMatchObject({
      failures: [{ action: 'delayed', permanent: false }],
    })
    expect(await kindOf(postfixBounce(about, { action: 'delivered', status: '2.0.0' }))).toEqual({ kind: 'auto-reply' })
  })
})

describe('an answer', () => {
  test('by a person is a reply to what it names, as plain text', async () => {
    expect(await kindOf(reply(about))).toEqual({ kind: 'reply', originals: [about.notice] })
    const [mail] = await readMails([
      reply(about, {
        html: '<style>b{}</style><script>alert(1)</script><p>Buenos d&iacute;as<br>pago <b>hoy</b> &lt;b&gt;</p>\u202edoc',
      }),
    ])
    expect(mail?.text).toBe('Buenos días\npago hoy <b>\ndoc')
  })

  test.each(['auto-submitted', 'subject-es', 'subject-en', 'precedence', 'x-autoreply'] as const)(
    'of a machine, told by %s, is none',
    async (by) => expect(await kindOf(autoReply(about, by))).toEqual({ kind: 'auto-reply' }),
  )

  test('a mail about something else is nothing to us', async () => {
    expect(await kindOf(privateMail(about))).toEqual({ kind: 'other' })
  })
})

describe('hostile mails', () => {
  test('a deep, a huge and a broken one are cut or given up, and the others are read', async () => {
    const deep = Array.from(
      { length: 2000 },
      (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}\r\n`,
    ).join('')
    const huge = Buffer.concat([reply({ ...about, own: 'huge' }), Buffer.alloc(30_000_000, 'x ')])
    const [broken, cut, fine] = await readMails([Buffer.from(deep), huge, reply(about)])
    expect(broken).toBeNull()
    expect(cut?.text.length).toBeLessThanOrEqual(65_536)
    expect(fine?.messageId).toBe('<reply-1@shop.example>')
  })

  test('what takes longer than the limit is given up, not waited for', async () => {
    expect(await readMails([reply(about)], { timeoutMs: 1 })).toEqual([null])
  })

  test('many tags without an end, many addresses and many ids are read within the limit', async () => {
    const many = Buffer.from(
      `From: MAILER-DAEMON@x.example\r\nReturn-Path: <>\r\nContent-Type: text/html\r\n\r\n${'<style>'.repeat(60_000)}${'<a@b.cc>'.repeat(5000)}`,
    )
    const [mail] = await readMails([many])
    expect(mail && classifyMail({ ...mail, text: '<a@b.cc> '.repeat(7000) })).toMatchObject({ kind: 'bounce' })
  })
})
