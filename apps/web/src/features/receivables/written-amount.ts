/** 12,50 is how half of the readers write it; with thousands in it nothing is guessed. */
export function writtenAmount(amount: string): string {
  const trimmed = amount.trim()
  return /^\d+,\d{1,4}$/.test(trimmed) ? trimmed.replace(',', '.') : trimmed
}
