import type { RefusalCode } from '../refusal.ts'

export type AccountKind = 'iban' | 'clabe' | 'account'

/** As it is stored and compared: without blanks and, for IBAN and CLABE, hyphens; upper case. */
export function accountNumberKey(kind: AccountKind, number: string): string {
  const plain = number.replace(kind === 'account' ? /\s+/g : /[\s-]+/g, '').toUpperCase()
  return plain
}

/** As people read it: an IBAN in fours. */
export function accountNumberShown(kind: AccountKind, number: string): string {
  return kind === 'iban' ? number.replace(/(.{4})(?=.)/g, '$1 ') : number
}

/** ISO 13616: country, two check digits, the rest; the whole modulo 97 is 1. */
function isIban(iban: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(iban)) return false
  let rest = 0
  for (const sign of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(sign, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest === 1
}

/** Mexico's standard account number: 17 digits and one that checks them by the weights 3, 7, 1. */
function isClabe(clabe: string): boolean {
  if (!/^\d{18}$/.test(clabe)) return false
  let sum = 0
  for (let at = 0; at < 17; at++) sum += (Number(clabe[at]) * ([3, 7, 1][at % 3] ?? 0)) % 10
  return (10 - (sum % 10)) % 10 === Number(clabe[17])
}

/** `account-number-invalid` where the number (as of `accountNumberKey`) cannot be one of its kind, else null. */
export function accountNumberRefusal(kind: AccountKind, number: string): Extract<RefusalCode, 'account-number-invalid'> | null {
  const fits = kind === 'iban' ? isIban(number) : kind === 'clabe' ? isClabe(number) : /^[A-Z0-9][A-Z0-9./-]{2,33}$/.test(number)
  return fits ? null : 'account-number-invalid'
}

/** Whoever proposed payment data does not confirm it: two people stand for it. */
export function confirmRefusal(proposedBy: string, userId: string): Extract<RefusalCode, 'second-person-needed'> | null {
  return proposedBy === userId ? 'second-person-needed' : null
}
