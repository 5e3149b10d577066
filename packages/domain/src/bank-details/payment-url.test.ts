import { expect, test } from 'vitest'
import { paymentUrlRefusal } from './payment-url.ts'

test('customers are only sent to https, to a host with a name, with nothing of a user or a line break in it', () => {
  expect(paymentUrlRefusal(null)).toBeNull()
  for (const address of ['https://pagos.andina.com', 'https://pay.example.com/a?b=c&d=%20#e'])
    expect(paymentUrlRefusal(address)).toBeNull()
  for (const address of [
    'http://pagos.andina.com',
    'javascript:alert(1)',
    'https://',
    'https://localhost/pay',
    'https://user:secret@pagos.andina.com',
    'https://pagos.andina.com@evil.com/',
    'https://pagos.andina.com/a b',
    'https://pagos.andina.com/\r\nBcc: x',
    'https://pаgos.andina.com',
    `https://pagos.andina.com/${'x'.repeat(500)}`,
  ])
    expect(paymentUrlRefusal(address), address).toBe('payment-url-invalid')
})
