import type { RefusalCode } from '../refusal.ts'

/** RFC 5321: the longest path without its angle brackets. */
export const longestMailAddress = 254

const localPart = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const domainLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i

/**
 * Whether the text is one plain mail address (reliability.md section 4: one address per field, strict form, no controls):
 * ASCII, no quotes, comments, display name, blanks, line breaks, commas or address literals; at most 64 characters
 * before the @ and 254 in all; a domain of two labels or more whose last is no number. International domains are written in punycode.
 */
export function isMailAddress(text: string): boolean {
  if (text.length > longestMailAddress) return false
  const at = text.indexOf('@')
  const local = text.slice(0, Math.max(at, 0))
  const labels = text.slice(at + 1).split('.')
  return (
    local.length <= 64 &&
    localPart.test(local) &&
    labels.length >= 2 &&
    labels.every((label) => domainLabel.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  )
}

/** `mail-address-invalid` unless the text is one plain mail address. */
export function mailAddressRefusal(text: string): Extract<RefusalCode, 'mail-address-invalid'> | null {
  return isMailAddress(text) ? null : 'mail-address-invalid'
}
