import { formatAmount, parseAmount } from '@cartera/domain/money'

interface Total {
  currency: string
  amount: string
}

/** Adds amounts exactly, currency by currency. */
export function addTotals(totals: readonly Total[]): Total[] {
  const sums = new Map<string, bigint>()
  for (const { currency, amount } of totals) {
    const parsed = parseAmount(amount, currency)
    if ('amountMinor' in parsed) sums.set(currency, (sums.get(currency) ?? 0n) + parsed.amountMinor)
  }
  return [...sums].map(([currency, minor]) => ({ currency, amount: formatAmount(minor, currency) }))
}
