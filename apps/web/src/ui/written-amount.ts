import { parseLocalizedAmount } from '@cartera/domain/money'

/**
 * An amount as people write it, as the API takes it: 1.250,50 and 1,250.50 as screens show them, 12,50 and 12.50. A sign that comes once is the
 * decimal one, so 1.250 is refused by a currency of two decimals rather than guessed. What cannot be read stays as it was typed, for the
 * refusal at the field.
 */
export function writtenAmount(typed: string): string {
  const text = typed.trim()
  const [dots, commas] = ['.', ','].map((sign) => text.split(sign).length - 1)
  const last = text.lastIndexOf(',') > text.lastIndexOf('.') ? ',' : '.'
  const other = last === ',' ? '.' : ','
  const read = parseLocalizedAmount(text, (last === ',' ? commas : dots) === 1 ? last : other)
  return 'text' in read ? read.text : text
}
