import {
  type CustomerFieldType,
  type CustomerImportField,
  customerImportFields,
  fieldsOfMany,
} from '@cartera/domain/imports/customer-import-fields'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Entity } from '../../ui/EntitySelect.vue'
import { writtenAmount } from '../../ui/written-amount.ts'
import { type Customer, type CustomerChange, useCustomFields } from './queries.ts'

/** One field of a customer that can be changed by itself: in a row of the list, or of many at once. */
export interface ChangeableField {
  /** As imports name it; a field of the company's own is `custom.<key>`. */
  name: string
  label: string
  type: CustomerFieldType
  max: number
  /** It cannot be empty. */
  kept: boolean
  choices: readonly { value: string; label: string }[]
}

/** What an input holds: text, '' for none; a record where one is chosen. */
export type FieldValue = string | Entity | null

const choiceGroups: Partial<Record<CustomerFieldType, [group: string, values: readonly string[]]>> = {
  status: ['statuses', ['active', 'inactive', 'restricted', 'suspended']],
  priority: ['priorities', ['low', 'normal', 'high']],
  terms: ['terms', ['cash', 'credit']],
  language: ['languages', ['es', 'en']],
}

const longest: Partial<Record<CustomerFieldType, number>> = { currency: 3, mail: 254, integer: 4, amount: 20 }

/** What can be changed in the list: of one customer besides what can be said of many. */
const ofOneAlone = ['tradeName', 'contactPerson', 'email', 'phone', 'mobile', 'website', 'address']

/** The fields that can be changed of many customers, and those that can be changed of one in its row. */
export function useChangeableFields() {
  const { t } = useI18n()
  const custom = useCustomFields()
  const yesNo = computed(() => [
    { value: 'true', label: t('ui.yes') },
    { value: 'false', label: t('ui.no') },
  ])
  const own = computed(() =>
    (custom.data.value?.items ?? [])
      .filter((field) => field.active)
      .map(
        (field): ChangeableField => ({
          name: `custom.${field.key}`,
          label: field.name,
          type: field.kind,
          max: field.kind === 'number' ? 24 : 500,
          kept: field.required,
          choices:
            field.kind === 'yes-no'
              ? yesNo.value
              : field.choices.filter((choice) => choice.active).map(({ key, label }) => ({ value: key, label })),
        }),
      ),
  )
  const known = (names: readonly string[]) =>
    names.flatMap((name): ChangeableField[] => {
      const field: CustomerImportField | undefined = customerImportFields.find((each) => each.name === name)
      if (!field) return []
      const [group, values] = choiceGroups[field.type] ?? ['', []]
      return [
        {
          name,
          label: t(`customers.${name}`),
          type: field.type,
          max: field.max ?? longest[field.type] ?? 300,
          kept: field.kept === true,
          choices:
            field.type === 'yes-no' ? yesNo.value : values.map((value) => ({ value, label: t(`customers.${group}.${value}`) })),
        },
      ]
    })
  const ofMany = computed(() => [...known(fieldsOfMany), ...own.value])
  return { ofMany, ofOne: computed(() => [...known(ofOneAlone), ...ofMany.value]) }
}

const isEntity = (field: ChangeableField) => ['branch', 'group', 'agent'].includes(field.type)
const isNumber = (field: ChangeableField) => ['amount', 'number', 'integer'].includes(field.type)

/** An input's start, where nothing is said yet. */
export const blankValue = (field: ChangeableField): FieldValue => (isEntity(field) ? null : '')

/** A value as many customers take it: a text, null to clear. */
export function textOfMany(field: ChangeableField, value: FieldValue): string | null {
  if (value === null) return null
  if (typeof value !== 'string') return value.id
  const text = value.trim()
  if (text === '') return null
  return isNumber(field) ? writtenAmount(text) : field.type === 'currency' ? text.toUpperCase() : text
}

/** What a customer has in a field, as its input holds it. */
export function valueOfOne(field: ChangeableField, customer: Customer): FieldValue {
  const value = field.name.startsWith('custom.') ? customer.custom[field.name.slice(7)] : customer[field.name as keyof Customer]
  if (isEntity(field)) return (value ?? null) as Entity | null
  return value === null || value === undefined ? '' : String(value)
}

/** The field's name in the API's customer, where its refusals stand. */
export const pathOfOne = (field: ChangeableField): string => (isEntity(field) ? `${field.name}Id` : field.name)

/** The change of one field as the API takes it. */
export function changeOfOne(field: ChangeableField, value: FieldValue): Omit<CustomerChange, 'version'> {
  if (isEntity(field)) return { [pathOfOne(field)]: typeof value === 'string' ? null : (value?.id ?? null) }
  const text = textOfMany(field, value)
  const number = (said: string) => (Number.isFinite(Number(said)) ? Number(said) : said)
  const typed = text === null ? null : field.type === 'yes-no' ? text === 'true' : text
  const said = typeof typed === 'string' && (field.type === 'number' || field.type === 'integer') ? number(typed) : typed
  return field.name.startsWith('custom.') ? { custom: { [field.name.slice(7)]: said } } : { [field.name]: said }
}
