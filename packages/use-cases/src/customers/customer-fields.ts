import type { customerEndpoints } from '@cartera/contract/customers'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { customers } from '@cartera/db/schema/customers'
import { customValuesAfter } from '@cartera/domain/customers/custom-fields'
import { normalTaxId, type TaxIdType, taxIdRefusal, taxIdTypes } from '@cartera/domain/customers/tax-id'
import { parseAmount } from '@cartera/domain/money'
import type { RefusedField } from '@cartera/domain/refusal'
import { changesBetween } from '../audit.ts'
import { isPhone } from '../phones/phone.ts'
import type { CustomerFacts } from './customer-facts.ts'
import type { Customer } from './visible-customer.ts'

type UpsertItem = EndpointCall<typeof customerEndpoints.upsert>['body']['items'][number]
/** What a form or an integrator writes of a customer, apart from its keys and who it belongs to. */
export type WrittenFields = Omit<
  UpsertItem,
  'externalId' | 'code' | 'name' | 'branchCode' | 'group' | 'preferredAgentEmail' | 'collectionsAgentEmail'
> & { name?: string | undefined }

type Columns = Partial<typeof customers.$inferInsert>

const without = <T extends object>(value: T): Partial<T> =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>

/**
 * Fields as they are stored: the tax id in its one form, the limit in minor units of its currency (the company's unless told).
 * `before` fills in what a change leaves out. Custom fields become the values that the customer has afterwards. What is wrong comes as errors at the fields.
 */
export function storedFields(
  input: WrittenFields,
  before: Pick<
    Customer,
    'taxIdType' | 'taxId' | 'country' | 'creditLimitMinor' | 'creditCurrency' | 'custom' | 'phone' | 'mobile'
  > | null,
  {
    company,
    customFields,
  }: Pick<CustomerFacts, 'customFields'> & { company: Pick<CustomerFacts['company'], 'currency' | 'country'> },
): { columns: Columns; errors: RefusedField[] } {
  const errors: RefusedField[] = []
  const { creditLimit, creditCurrency, taxId, taxIdType, custom, ...same } = input
  const columns: Columns = without(same)
  const country = (input.country === undefined ? before?.country : input.country) ?? company.country

  if (taxId !== undefined || taxIdType !== undefined || input.country !== undefined) {
    const type = taxIdType === undefined ? (before?.taxIdType ?? null) : taxIdType
    const known: TaxIdType | null = taxIdTypes.find((each) => each === type) ?? null
    const number = taxId === undefined ? (before?.taxId ?? null) : taxId
    const isNew = number !== (before?.taxId ?? null) || type !== (before?.taxIdType ?? null)
    if (number !== null && known !== null && isNew) {
      const refusal = taxIdRefusal(known, country, number)
      if (refusal) errors.push({ field: 'taxId', code: refusal })
    }
    if (taxIdType !== undefined) columns.taxIdType = taxIdType
    if (taxId !== undefined || taxIdType !== undefined)
      columns.taxId = number === null ? null : normalTaxId(known, country, number)
  }

  for (const field of ['phone', 'mobile'] as const) {
    const written = input[field]
    // What stood before there was a check may stay.
    if (written && written !== before?.[field] && !isPhone(written, country)) errors.push({ field, code: 'phone-invalid' })
  }

  if (creditLimit !== undefined || creditCurrency !== undefined) {
    const currency = creditCurrency ?? before?.creditCurrency ?? company.currency
    if (creditLimit === null) {
      columns.creditLimitMinor = null
      columns.creditCurrency = creditCurrency ?? null
    } else if (creditLimit !== undefined) {
      const parsed = parseAmount(creditLimit, currency)
      if ('refusal' in parsed) errors.push({ field: 'creditLimit', code: parsed.refusal })
      else columns.creditLimitMinor = parsed.amountMinor
      columns.creditCurrency = currency
    } else if (creditCurrency !== undefined && creditCurrency !== (before?.creditCurrency ?? null)) {
      // A limit is an amount of its currency: the one does not change without the other.
      if (before?.creditLimitMinor == null) columns.creditCurrency = creditCurrency
      else errors.push({ field: 'creditLimit', code: 'value-missing' })
    }
  }

  if (custom !== undefined || before === null) {
    const after = customValuesAfter(customFields, custom ?? {}, before?.custom ?? null)
    errors.push(...after.errors)
    columns.custom = after.values
  }
  return { columns, errors }
}

/** What differs, as the audit tells it: a custom field by its own name (`custom.segmento`), and the columns to write. */
export function customerChanges(before: Customer | null, after: { [Field in keyof Columns]: Columns[Field] | undefined }) {
  const { custom, ...columns } = after
  const changes = changesBetween(before ?? {}, columns)
  if (custom !== undefined) {
    const was = before?.custom ?? {}
    const keys = [...new Set([...Object.keys(was), ...Object.keys(custom)])]
    const all = (values: typeof custom) => Object.fromEntries(keys.map((key) => [`custom.${key}`, values[key] ?? null]))
    Object.assign(changes, changesBetween(all(was), all(custom)))
  }
  const changed = (field: string) =>
    field in changes || (field === 'custom' && Object.keys(changes).some((each) => each.startsWith('custom.')))
  return { changes, columns: Object.fromEntries(Object.entries(after).filter(([field]) => changed(field))) as Columns }
}
