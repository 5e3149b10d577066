import type { BankAccount } from '@cartera/db/schema/finance'
import { accountNumberShown } from '@cartera/domain/bank-details/account-number'

/** An account as a customer reads it, on one line, in whatever language. */
export function sayBankAccount(account: BankAccount): string {
  const kind = account.kind === 'account' ? '' : `${account.kind.toUpperCase()} `
  const parts = [account.bank, account.currency, `${kind}${accountNumberShown(account.kind, account.number)}`, account.holder]
  if (account.swift !== null) parts.push(`SWIFT ${account.swift}`)
  if (account.note !== null) parts.push(account.note)
  return parts.join(' · ')
}
