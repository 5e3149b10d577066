import { isCalendarDay } from '../calendar-day.ts'
import type { RefusalCode, RefusedField } from '../refusal.ts'
import { cleanText } from '../text.ts'

/** What a field of the company's own can hold (product.md section 2). */
export const customFieldKinds = ['text', 'number', 'date', 'choice', 'yes-no'] as const
export type CustomFieldKind = (typeof customFieldKinds)[number]

/** One of the values that a field offers: stored and written by its key, shown by its label. */
export interface CustomFieldChoice {
  key: string
  label: string
  /** Offered; one that is not stays with whoever has it. */
  active: boolean
}

export interface CustomField {
  /** What the API, imports and stored values call it; never changes. */
  key: string
  kind: CustomFieldKind
  required: boolean
  active: boolean
  choices: readonly CustomFieldChoice[]
}

/** A text, a day as YYYY-MM-DD, the key of a choice, a number, or yes and no. */
export type CustomValue = string | number | boolean
export type CustomValues = Readonly<Record<string, CustomValue>>

/** A customer's form with more fields than these is no form any more. */
export const mostCustomFields = 60
export const mostChoices = 200
export const longestCustomText = 500

const keyForm = /^[a-z][a-z0-9_]{0,39}$/

/** Whether a text can be the key of a field or choice: small letters, digits and underscores, a letter first, at most 40. */
export const isCustomKey = (text: string): boolean => keyForm.test(text)

/** A key out of a name, different from those taken: "Línea de crédito" becomes `linea_de_credito`, then `linea_de_credito_2`. */
export function customKeyOf(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+/, '')
  const base = plain.slice(0, 34).replace(/_$/, '') || 'campo'
  let key = base
  for (let next = 2; taken.has(key); next += 1) key = `${base}_${next}`
  return key
}

/** As it is stored, or why it cannot be. `before` is what the customer has: it may stay although it is not offered any more. */
function storedValue(
  field: CustomField,
  given: CustomValue,
  before: CustomValue | undefined,
): { value: CustomValue | null } | { refusal: RefusalCode } {
  if (field.kind === 'yes-no') return typeof given === 'boolean' ? { value: given } : { refusal: 'value-invalid' }
  if (field.kind === 'number') {
    if (typeof given !== 'number' || !Number.isFinite(given) || Math.abs(given) > 1e12) return { refusal: 'value-invalid' }
    // Minus nought is nought; more decimals than anybody types are a slip of arithmetic.
    return Number(given.toFixed(6)) === given ? { value: given + 0 } : { refusal: 'value-invalid' }
  }
  if (typeof given !== 'string') return { refusal: 'value-invalid' }
  const text = cleanText(given)
  if (text === null) return { refusal: 'value-invalid' }
  if (text === '') return { value: null }
  if (field.kind === 'text') return text.length > longestCustomText ? { refusal: 'text-too-long' } : { value: text }
  if (field.kind === 'date')
    return isCalendarDay(text) && text >= '1900-01-01' && text <= '2199-12-31' ? { value: text } : { refusal: 'value-invalid' }
  const choice = field.choices.find((each) => each.key === text)
  return choice && (choice.active || before === text) ? { value: text } : { refusal: 'value-invalid' }
}

/**
 * The values that a customer has after writing `given` over `before` (null: a new customer): null or a blank takes a value away, what is
 * left out stays. A new customer must have every required field, a change may not take one away. A field that is switched off takes
 * no other value. Errors stand at `custom.<key>`: `custom-field-unknown`, `value-missing`, `value-invalid`, `text-too-long`.
 */
export function customValuesAfter(
  fields: readonly CustomField[],
  given: Readonly<Record<string, CustomValue | null>>,
  before: CustomValues | null,
): { values: CustomValues; errors: RefusedField[] } {
  const errors: RefusedField[] = []
  const values = new Map(Object.entries(before ?? {}))
  const known = new Map(fields.map((field) => [field.key, field]))
  for (const [key, value] of Object.entries(given)) {
    const refuse = (code: RefusalCode) => errors.push({ field: `custom.${key}`, code })
    const field = known.get(key)
    if (!field) {
      refuse('custom-field-unknown')
      continue
    }
    const stored = value === null ? { value: null } : storedValue(field, value, before?.[key])
    if ('refusal' in stored) refuse(stored.refusal)
    else if (!field.active && stored.value !== (before?.[key] ?? null)) refuse('custom-field-unknown')
    else if (stored.value !== null) values.set(key, stored.value)
    else if (field.required && field.active) refuse('value-missing')
    else values.delete(key)
  }
  if (before === null)
    for (const field of fields)
      if (field.required && field.active && !(field.key in given))
        errors.push({ field: `custom.${field.key}`, code: 'value-missing' })
  return { values: Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1))), errors }
}
