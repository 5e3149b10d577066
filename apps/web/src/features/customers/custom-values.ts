import type { CustomValue } from '@cartera/domain/customers/custom-fields'
import type { Format } from '../../ui/format.ts'
import { writtenAmount } from '../../ui/written-amount.ts'
import type { CustomerChange, CustomField } from './queries.ts'

/** What a form holds of custom fields: one text for each, '' where there is none; flat, so that two who edit different ones meet. */
export type CustomFormValues = { [field: `custom.${string}`]: string }
export const formKey = (field: Pick<CustomField, 'key'>): `custom.${string}` => `custom.${field.key}`

/** The values of a customer as its form starts with them. */
export function customFormValues(values: Readonly<Record<string, CustomValue>> | undefined): CustomFormValues {
  return Object.fromEntries(Object.entries(values ?? {}).map(([key, value]) => [formKey({ key }), String(value)]))
}

/** A number as people write it (1.250,5 and 1,250.5); undefined where it is none. */
export function writtenNumber(typed: string): number | undefined {
  const text = writtenAmount(typed)
  return /^-?\d{1,13}(\.\d{1,6})?$/.test(text) ? Number(text) : undefined
}

function apiValue(field: CustomField, typed: string): CustomValue | null {
  if (typed.trim() === '') return null
  if (field.kind === 'yes-no') return typed === 'true'
  // What is no number goes as it is, so that the API says so at the field.
  return field.kind === 'number' ? (writtenNumber(typed) ?? typed) : typed
}

/** The values as the API takes them: those of every field that is in use. */
export function customBody(values: CustomFormValues, fields: readonly CustomField[]): NonNullable<CustomerChange['custom']> {
  return Object.fromEntries(
    fields.filter((field) => field.active).map((field) => [field.key, apiValue(field, values[formKey(field)] ?? '')]),
  )
}

/** What is wrong before anything is sent: sentences by field. */
export function checkCustom(
  values: CustomFormValues,
  fields: readonly CustomField[],
  t: (key: string) => string,
): Partial<Record<string, string>> {
  const errors: Partial<Record<string, string>> = {}
  for (const field of fields.filter((each) => each.active)) {
    const typed = values[formKey(field)]?.trim() ?? ''
    if (typed === '') {
      if (field.required) errors[formKey(field)] = t('ui.field.required')
    } else if (field.kind === 'number' && writtenNumber(typed) === undefined)
      errors[formKey(field)] = t('customers.custom.number')
  }
  return errors
}

/** A value as people read it; null for none. */
export function customText(
  field: CustomField,
  value: CustomValue | undefined,
  format: Format,
  t: (key: string) => string,
): string | null {
  if (value === undefined) return null
  if (field.kind === 'yes-no') return t(value === true ? 'ui.yes' : 'ui.no')
  if (field.kind === 'date') return format.day(String(value))
  if (field.kind === 'choice') return field.choices.find((choice) => choice.key === value)?.label ?? String(value)
  return field.kind === 'number'
    ? new Intl.NumberFormat(format.locale, { maximumFractionDigits: 6 }).format(Number(value))
    : String(value)
}
