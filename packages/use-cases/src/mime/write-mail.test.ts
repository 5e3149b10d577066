import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { describe, expect, test } from 'vitest'
import { type Mail, writeMail } from './write-mail.ts'

const mail = (over: Partial<Mail> = {}): Mail => ({
  from: { name: 'Cobranza', address: 'cobranza@andina.test' },
  to: [{ name: 'Ana', address: 'ana@cliente.test' }],
  subject: 'Saldo',
  messageId: '<019a-7f@andina.test>',
  date: new Date('2026-03-11T15:00:00Z'),
  headers: { 'Auto-Submitted': 'auto-generated' },
  text: 'Hola\n',
  html: '<p>Hola</p>\n',
  ...over,
})
const linesOf = (source: Buffer) => source.toString('latin1').split('\r\n')
const readBack = (over: Partial<Mail>) => PostalMime.parse(writeMail(mail(over)))

const withoutEnd = (text = '') => text.replace(/\n*$/, '')

/** What a line may hold: no controls, no lone surrogates, no blanks at its ends. */
const aLine = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
    fc.constantFrom(
      '=?UTF-8?Q?=41?=',
      'ñ'.repeat(200),
      '🙂'.repeat(90),
      'x'.repeat(299),
      '"\\" <a@b.test>, c',
      'a  b',
      '合計 Ñ = ? _ .',
    ),
  )
  .map((value) => value.replace(/[\p{Cc}\p{Cs}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim())
const aText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc.constantFrom('', ' ', 'x \t', '.', '..', '--', '=20', 'From x', '--=_019a7fandinatest_0', 'é'.repeat(120)),
    ),
    { maxLength: 8 },
  )
  .map((rows) => rows.map((row) => row.replace(/[\r\n\0\p{Cs}]/gu, '')).join('\n'))

describe('a mail', () => {
  test('is read back as it was written, whatever its names and texts are, and any server takes its lines', async () => {
    await fc.assert(
      fc.asyncProperty(aLine, aLine, aText, aText, async (name, subject, text, html) => {
        const source = writeMail(mail({ to: [{ name, address: 'ana@cliente.test' }], subject, text, html }))
        for (const line of linesOf(source)) {
          expect(line.length).toBeLessThanOrEqual(78)
          expect(line).not.toMatch(/[^\t -~]/)
        }
        const read = await PostalMime.parse(source)
        expect(read.subject ?? '').toBe(subject)
        expect(read.to).toEqual([{ name, address: 'ana@cliente.test' }])
        expect(withoutEnd(read.text)).toBe(withoutEnd(text))
        expect(withoutEnd(read.html)).toBe(withoutEnd(html))
      }),
      { numRuns: 300 },
    )
  })

  test('has one header of each kind, a date with its zone, and its text before its HTML', () => {
    const lines = linesOf(writeMail(mail({ replyTo: { name: '', address: 'luis@andina.test' } })))
    const head = lines.slice(0, lines.indexOf(''))
    expect(head.filter((line) => /^\S/.test(line)).map((line) => line.split(':')[0])).toEqual([
      'From',
      'Reply-To',
      'To',
      'Subject',
      'Message-ID',
      'Date',
      'Auto-Submitted',
      'MIME-Version',
      'Content-Type',
    ])
    expect(head).toContain('Date: Wed, 11 Mar 2026 15:00:00 +0000')
    expect(lines.findIndex((line) => line.startsWith('Content-Type: text/plain'))).toBeLessThan(
      lines.findIndex((line) => line.startsWith('Content-Type: text/html')),
    )
  })

  test('takes no line break from an address, a name or an id', () => {
    const evil = 'a@b.test>\r\nBcc: x@evil.test\r\n\r\n'
    const source = writeMail(
      mail({ from: { name: evil, address: evil }, to: [{ name: evil, address: evil }], subject: evil, messageId: evil }),
    )
    expect(linesOf(source).filter((line) => /^bcc/i.test(line))).toEqual([])
  })

  test('carries its picture beside the HTML and its files after both, byte for byte', async () => {
    const content = Buffer.from(Array.from({ length: 5000 }, (_, index) => (index * 7) % 256))
    const read = await readBack({
      html: '<img src="cid:logo@x.invalid">',
      picture: { name: 'logo.png', mediaType: 'image/png', content, cid: 'logo@x.invalid' },
      files: [
        { name: 'estado "C-1".pdf', mediaType: 'application/pdf', content: content.subarray(0, 57) },
        { name: 'Año ñandú €.pdf', mediaType: 'application/pdf', content: Buffer.alloc(0) },
      ],
    })
    expect(
      read.attachments.map(({ filename, mimeType, disposition, contentId, related }) => ({
        filename,
        mimeType,
        disposition,
        contentId,
        related,
      })),
    ).toEqual([
      { filename: 'logo.png', mimeType: 'image/png', disposition: 'inline', contentId: '<logo@x.invalid>', related: true },
      {
        filename: 'estado "C-1".pdf',
        mimeType: 'application/pdf',
        disposition: 'attachment',
        contentId: undefined,
        related: undefined,
      },
      {
        filename: 'Año ñandú €.pdf',
        mimeType: 'application/pdf',
        disposition: 'attachment',
        contentId: undefined,
        related: undefined,
      },
    ])
    expect(read.attachments.map(({ content: bytes }) => Buffer.from(bytes as ArrayBuffer).length)).toEqual([5000, 57, 0])
    expect(Buffer.from(read.attachments[0]?.content as ArrayBuffer).equals(content)).toBe(true)
  })

  test('one mail leaves nothing in the next, however long either is', async () => {
    const long = await readBack({ text: 'á'.repeat(400_000) })
    expect(long.text?.trim()).toBe('á'.repeat(400_000))
    expect((await readBack({ text: 'corto' })).text?.trim()).toBe('corto')
    const [first, second] = [writeMail(mail({ text: 'uno' })), writeMail(mail({ text: 'dos' }))]
    expect(first.toString('latin1')).toContain('uno')
    expect(second.toString('latin1')).not.toContain('uno')
  })
})
