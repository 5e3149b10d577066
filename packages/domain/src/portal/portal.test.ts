import { expect, test } from 'vitest'
import { claimDayRefusal } from './payment-claim.ts'
import { portalExpiryStale, portalSessionExpiry } from './portal-session.ts'
import { voucherName, voucherTypeOf } from './voucher.ts'

const bytes = (text: string) => Uint8Array.from(text, (each) => each.charCodeAt(0))

test('a voucher is what its content says, never what its name says', () => {
  expect(voucherTypeOf(bytes('%PDF-1.7 ...'))).toBe('application/pdf')
  expect(voucherTypeOf(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0))).toBe('image/jpeg')
  expect(voucherTypeOf(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1))).toBe('image/png')
  expect(voucherTypeOf(bytes('RIFF1234WEBPVP8 '))).toBe('image/webp')
  expect(voucherTypeOf(bytes('\x00\x00\x00\x18ftypheic\x00'))).toBe('image/heic')
  for (const other of [
    '',
    '%PD',
    'MZ\x90',
    '<svg onload=alert(1)>',
    'PK\x03\x04',
    'RIFF1234WAVE',
    '\x00\x00\x00\x18ftypisom',
    ' %PDF-1.7',
  ])
    expect([other, voucherTypeOf(bytes(other))]).toEqual([other, null])
})

test('a voucher ends as its content deserves', () => {
  expect(voucherName('pago.exe', 'application/pdf')).toBe('pago.pdf')
  expect(voucherName('foto', 'image/jpeg')).toBe('foto.jpg')
  expect(voucherName('.png', 'image/png')).toBe('.png.png')
  expect(voucherName(`${'x'.repeat(300)}.heic`, 'image/heic')).toHaveLength(105)
})

test('a portal session lives seven days of rest and thirty in all', () => {
  const begun = new Date('2026-03-01T00:00:00Z')
  expect(portalSessionExpiry(begun, begun).toISOString()).toBe('2026-03-08T00:00:00.000Z')
  expect(portalSessionExpiry(begun, new Date('2026-03-29T00:00:00Z')).toISOString()).toBe('2026-03-31T00:00:00.000Z')
  expect(portalExpiryStale(new Date('2026-03-08T00:00:00Z'), new Date('2026-03-08T23:59:59Z'))).toBe(false)
  expect(portalExpiryStale(new Date('2026-03-08T00:00:00Z'), new Date('2026-03-09T00:00:00Z'))).toBe(true)
})

test('a payment is claimed for a day of the last year, not for tomorrow', () => {
  expect(claimDayRefusal('2026-03-02', '2026-03-02')).toBeNull()
  expect(claimDayRefusal('2026-03-03', '2026-03-02')).toBe('day-in-future')
  expect(claimDayRefusal('2025-03-01', '2026-03-02')).toBeNull()
  expect(claimDayRefusal('2025-02-28', '2026-03-02')).toBe('day-too-long-ago')
})
