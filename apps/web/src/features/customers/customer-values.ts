import type { Entity } from '../../ui/EntitySelect.vue'
import { writtenAmount } from '../../ui/written-amount.ts'
import { type CustomFormValues, customBody, customFormValues } from './custom-values.ts'
import type { Customer, CustomerChange, CustomField } from './queries.ts'

/** What the form holds: text is '' where there is none. */
export interface CustomerValues extends CustomFormValues {
  code: string
  externalId: string
  kind: Customer['kind']
  name: string
  tradeName: string
  taxIdType: string
  taxId: string
  contactPerson: string
  email: string
  phone: string
  mobile: string
  website: string
  address: string
  city: string
  state: string
  country: string
  customerType: string
  priority: Customer['priority']
  economicActivity: string
  priceList: string
  taxable: boolean
  status: Customer['status']
  language: Customer['language']
  branchId: Entity | null
  groupId: Entity | null
  preferredAgentId: Entity | null
  collectionsAgentId: Entity | null
  creditTerms: Customer['creditTerms']
  creditDays: string
  creditLimit: string
  creditCurrency: string
  ledgerAccount: string
  isSupplier: boolean
  supplierAccount: string
}

export function valuesOf(customer: Customer | null, defaults: { currency: string; language: 'es' | 'en' }): CustomerValues {
  return {
    code: customer?.code ?? '',
    externalId: customer?.externalId ?? '',
    kind: customer?.kind ?? 'company',
    name: customer?.name ?? '',
    tradeName: customer?.tradeName ?? '',
    taxIdType: customer?.taxIdType ?? '',
    taxId: customer?.taxId ?? '',
    contactPerson: customer?.contactPerson ?? '',
    email: customer?.email ?? '',
    phone: customer?.phone ?? '',
    mobile: customer?.mobile ?? '',
    website: customer?.website ?? '',
    address: customer?.address ?? '',
    city: customer?.city ?? '',
    state: customer?.state ?? '',
    country: customer?.country ?? '',
    customerType: customer?.customerType ?? '',
    priority: customer?.priority ?? 'normal',
    economicActivity: customer?.economicActivity ?? '',
    priceList: customer?.priceList ?? '',
    taxable: customer?.taxable ?? true,
    status: customer?.status ?? 'active',
    language: customer?.language ?? defaults.language,
    branchId: customer?.branch ?? null,
    groupId: customer?.group ?? null,
    preferredAgentId: customer?.preferredAgent ?? null,
    collectionsAgentId: customer?.collectionsAgent ?? null,
    creditTerms: customer?.creditTerms ?? 'credit',
    creditDays: customer?.creditDays === null || customer === null ? '' : String(customer.creditDays),
    creditLimit: customer?.creditLimit ?? '',
    creditCurrency: customer?.creditCurrency ?? defaults.currency,
    ledgerAccount: customer?.ledgerAccount ?? '',
    isSupplier: customer?.isSupplier ?? false,
    supplierAccount: customer?.supplierAccount ?? '',
    ...customFormValues(customer?.custom),
  }
}

/** Without the fields that the company defines itself. */
type OwnValues = {
  [Field in keyof CustomerValues as string extends Field
    ? never
    : Field extends `custom.${string}`
      ? never
      : Field]: CustomerValues[Field]
}

/** The values as the API takes them. A number that is none goes as it is, so that the API says so at the field. */
export function bodyOf(
  values: CustomerValues,
  fields: readonly CustomField[],
): Omit<CustomerChange, 'version' | 'code'> & { name: string } {
  const { code: _code, creditDays, creditLimit, creditCurrency, ...rest } = values
  const same = Object.fromEntries(Object.entries(rest).filter(([field]) => !field.startsWith('custom.'))) as unknown as OwnValues
  return {
    ...same,
    custom: customBody(values, fields),
    taxIdType: (values.taxIdType || null) as Customer['taxIdType'],
    country: values.country || null,
    branchId: values.branchId?.id ?? null,
    groupId: values.groupId?.id ?? null,
    preferredAgentId: values.preferredAgentId?.id ?? null,
    collectionsAgentId: values.collectionsAgentId?.id ?? null,
    creditDays: creditDays.trim() === '' ? null : Number(creditDays),
    creditLimit: creditLimit.trim() === '' ? null : writtenAmount(creditLimit),
    ...(creditLimit.trim() === '' ? {} : { creditCurrency: creditCurrency.toUpperCase() }),
  }
}
