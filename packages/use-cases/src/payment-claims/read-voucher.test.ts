import { deflateRawSync, deflateSync } from 'node:zlib'
import { Refusal } from '@cartera/domain/refusal'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { renderPdf } from '../exports/render-pdf.ts'
import { readVoucher } from './read-voucher.ts'

const read = (bytes: Buffer, name = 'pago.pdf', timeoutMs?: number) =>
  readVoucher({ name, content: bytes.toString('base64') }, timeoutMs === undefined ? {} : { timeoutMs })
const refused = async (bytes: Buffer, timeoutMs?: number) => {
  const error: unknown = await read(bytes, 'pago.pdf', timeoutMs).catch((thrown: unknown) => thrown)
  return error instanceof Refusal ? [error.code, error.field] : error
}
const photo = () =>
  sharp({
    create: { width: 320, height: 200, channels: 3, background: '#0e5f6b', noise: { type: 'gaussian', mean: 90, sigma: 40 } },
  })
const aPdf = () =>
  renderPdf({
    title: 'Comprobante',
    language: 'es',
    company: { name: 'Banco' },
    madeAt: new Date('2026-03-02T15:00:00Z'),
    blocks: [{ kind: 'text', text: 'Transferencia' }],
  })

/** A PNG that claims a size in its head and holds as few bytes as it can. */
function pngBomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const length = Buffer.alloc(4)
    length.writeUInt32BE(data.length)
    const sum = Buffer.alloc(4)
    let crc = 0xffffffff
    for (const byte of body) {
      crc ^= byte
      for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
    }
    sum.writeUInt32BE((crc ^ 0xffffffff) >>> 0)
    return Buffer.concat([length, body, sum])
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([1, 0, 0, 0, 0], 8)
  const rows = deflateSync(Buffer.alloc(Math.ceil(width / 8) * 1000 + 1000))
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

describe('a voucher is opened before it is kept', () => {
  test('a PDF stays as it is, whatever its name', async () => {
    const pdf = await aPdf()
    expect(await read(pdf, '../../pago.exe')).toEqual({ name: '../../pago.pdf', mediaType: 'application/pdf', content: pdf })
  })

  test.each(['jpeg', 'png', 'webp'] as const)(
    'a picture is drawn anew as %s: what was hidden behind or in it is gone',
    async (format) => {
      const original = await photo()
        .withExif({ IFD0: { Copyright: 'secreto' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '4/1 36/1 0/1' } })
        .toFormat(format)
        .toBuffer()
      const polyglot = Buffer.concat([original, Buffer.from('<html><script>alert(1)</script>'), deflateRawSync('PK')])
      const kept = await read(polyglot, 'foto.html')
      expect([kept.name, kept.mediaType]).toEqual([`foto.${format === 'jpeg' ? 'jpg' : format}`, `image/${format}`])
      const { width, height, exif } = await sharp(kept.content).metadata()
      expect([width, height, exif]).toEqual([320, 200, undefined])
      expect(kept.content.includes('script')).toBe(false)
    },
  )

  test('a picture that was taken upright stands upright', async () => {
    const { content } = await read(await photo().withMetadata({ orientation: 6 }).jpeg().toBuffer())
    const { width, height, orientation } = await sharp(content).metadata()
    expect([width, height, orientation ?? 1]).toEqual([200, 320, 1])
  })

  test.each(['jpeg', 'png', 'webp'] as const)('a %s that was cut off on its way is refused at the field', async (format) => {
    const whole = await photo().toFormat(format).toBuffer()
    expect(await refused(whole.subarray(0, Math.floor(whole.length * 0.6)))).toEqual(['voucher-damaged', 'voucher'])
    expect(await refused(whole.subarray(0, 60))).toEqual(['voucher-damaged', 'voucher'])
  })

  test('what only begins like a PDF, a HEIC or another picture is refused', async () => {
    for (const text of [
      '%PDF-1.4\n% comprobante\n',
      '%PDF-1.7\n<html><body><script>alert(1)</script></body></html>',
      '\xff\xd8\xff\xe0<script>alert(1)</script>',
      'RIFF\x10\x00\x00\x00WEBPVP8 ',
      `\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic${'x'.repeat(500)}`,
    ])
      expect([text, await refused(Buffer.from(text, 'latin1'))]).toEqual([text, ['voucher-damaged', 'voucher']])
    const pdf = await aPdf()
    expect(await refused(pdf.subarray(0, 400))).toEqual(['voucher-damaged', 'voucher'])
    for (const text of ['', '<html>%PDF-1.4', '<svg xmlns="http://www.w3.org/2000/svg"/>', 'GIF89a', 'PK\x03\x04'])
      expect([text, await refused(Buffer.from(text, 'latin1'))]).toEqual([text, ['voucher-unreadable', 'voucher']])
  })

  test('a PDF with a password is refused by its own sentence', async () => {
    const locked = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj
4 0 obj<</Filter/Standard/V 1/R 2/O<${'ab'.repeat(32)}>/U<${'cd'.repeat(32)}>/P -4>>endobj
trailer<</Root 1 0 R/Encrypt 4 0 R/ID[<00><00>]/Size 5>>
%%EOF`
    expect(await refused(Buffer.from(locked))).toEqual(['voucher-protected', 'voucher'])
  })

  test('a small file that claims a huge picture is refused unpacked', async () => {
    const bomb = pngBomb(60_000, 60_000)
    expect(bomb.length).toBeLessThan(100_000)
    expect(await refused(bomb)).toEqual(['voucher-too-many-pixels', 'voucher'])
  })

  test('what takes too long, or more than 10 MiB, is refused, and the next one is read', async () => {
    expect(await refused(await aPdf(), 1)).toEqual(['voucher-damaged', 'voucher'])
    expect(await refused(Buffer.concat([await aPdf(), Buffer.alloc(10 * 1_048_576)]))).toEqual(['file-too-large', 'voucher'])
    expect((await read(await aPdf())).mediaType).toBe('application/pdf')
  })
})
