import type { RefusalCode } from '../refusal.ts'

/** Whether customers may be sent to an address: https, a host with a name, nothing of a user in it, nothing that is not printable. */
function isPaymentUrl(address: string): boolean {
  if (address.length > 500 || !/^https:\/\/[!-~]+$/.test(address)) return false
  try {
    const { protocol, hostname, username, password } = new URL(address)
    return protocol === 'https:' && hostname.includes('.') && username === '' && password === ''
  } catch {
    return false
  }
}

/** `payment-url-invalid` where customers may not be sent to the address; none at all is fine. */
export function paymentUrlRefusal(address: string | null): Extract<RefusalCode, 'payment-url-invalid'> | null {
  return address === null || isPaymentUrl(address) ? null : 'payment-url-invalid'
}
