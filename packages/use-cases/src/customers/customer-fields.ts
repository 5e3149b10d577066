import type { customerEndpoints } from '@cartera/contract/customers'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { customers } from '@cartera/db/schema/customers'
import { normalTaxId, type TaxIdType, taxIdRefusal, taxIdTypes } from '@cartera/domain/customers/tax-id'
import { parseAmount } from '@cartera/domain/money'
import type { RefusedField } from '@cartera/domain/refusal'
import type { Company } from '../company/company-settings.ts'
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
 * `before` fills in what a change leaves out. What is wrong comes as errors at the fields.
 */
export function storedFields(
  input: WrittenFields,
  before: Pick<Customer, 'taxIdType' | 'taxId' | 'country' | 'creditLimitMinor' | 'creditCurrency'> | null,
  company: Pick<Company, 'currency' | 'country'>,
): { columns: Columns; errors: RefusedField[] } {
  const errors: RefusedField[] = []
  const { creditLimit, creditCurrency, taxId, taxIdType, ...same } = input
  const columns: Columns = without(same)

  if (taxId !== undefined || taxIdType !== undefined || input.country !== undefined) {
    const type = taxIdType === undefined ? (before?.taxIdType ?? null) : taxIdType
    const known: TaxIdType | null = taxIdTypes.find((each) => each === type) ?? null
    const country = (input.country === undefined ? (before?.country ?? null) : input.country) ?? company.country
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
  return { columns, errors }
}
