import { countryCodes } from '@cartera/domain/customers/country-codes'
import { taxIdTypes } from '@cartera/domain/customers/tax-id'
import { isCurrency } from '@cartera/domain/money'
import { isMailAddress } from '@cartera/domain/notices/mail-address'
import { z } from 'zod'
import { customInput, customValues } from './custom-fields.ts'
import { defineEndpoint } from './endpoint.ts'
import {
  amount,
  currency,
  day,
  flag,
  id,
  idParams,
  instant,
  language,
  optionalText,
  page,
  pageQuery,
  queryFlag,
  reference,
  text,
  total,
  version,
} from './shapes.ts'

const tag = 'Customers'

const kind = z.enum(['person', 'company'])
const status = z.enum(['active', 'inactive', 'restricted', 'suspended'])
const priority = z.enum(['low', 'normal', 'high'])
const creditTerms = z.enum(['cash', 'credit'])
const taxIdType = z.enum(taxIdTypes)
const creditHoldReason = z.enum(['manual', 'limit-passed', 'overdue'])

/** An e-mail that may be left out; what is given is one plain address, as notices need it. */
export const optionalMailAddress = optionalText(254).refine((value) => value === null || isMailAddress(value), {
  error: 'email',
})

function isWebAddress(value: string): boolean {
  try {
    return /^https?:$/.test(new URL(value).protocol)
  } catch {
    return false
  }
}

const country = z
  .string()
  .length(2)
  .regex(/^[A-Z]{2}$/)
  .refine((value) => countryCodes.includes(value), { error: 'choice' })
  .meta({ description: 'ISO 3166-1, two letters', example: 'EC' })
const creditDays = z.int().min(0).max(3650)
const creditLimit = amount.refine((value) => !value.startsWith('-'), { error: 'format' })
const knownCurrency = currency.refine(isCurrency, { error: 'choice' })

/** What can be written of a customer, apart from its keys and who it belongs to. */
const fields = {
  kind,
  tradeName: optionalText(300),
  taxIdType: taxIdType.nullable(),
  taxId: optionalText(40),
  contactPerson: optionalText(200),
  email: optionalMailAddress,
  phone: optionalText(60),
  mobile: optionalText(60),
  website: optionalText(300).refine((value) => value === null || isWebAddress(value), { error: 'format' }),
  address: optionalText(500),
  city: optionalText(120),
  state: optionalText(120),
  country: country.nullable(),
  customerType: optionalText(100),
  priority,
  economicActivity: optionalText(200),
  priceList: optionalText(100),
  taxable: flag,
  status,
  language,
  creditTerms,
  creditDays: creditDays.nullable(),
  creditLimit: creditLimit.nullable(),
  creditCurrency: knownCurrency.nullable(),
  ledgerAccount: optionalText(60),
  isSupplier: flag,
  supplierAccount: optionalText(60),
  custom: customInput,
}
const belonging = {
  branchId: id.nullable(),
  groupId: id.nullable(),
  preferredAgentId: id.nullable(),
  collectionsAgentId: id.nullable(),
}
const optionalFields = z.strictObject({ ...fields, ...belonging }).partial().shape

const creditHold = z.strictObject({
  onHold: flag,
  /** Null exactly when there is no hold. */
  reason: creditHoldReason.nullable(),
  /** The words of a hold set by hand. */
  note: z.string().max(500).nullable(),
})
const balance = z.strictObject({ currency, balance: total, overdue: total })

const shortText = (max: number) => z.string().max(max).nullable()

/** What a picture is known by: with it, it can be kept for good by whoever loaded it once. */
const imageHash = z
  .string()
  .length(64)
  .regex(/^[0-9a-f]{64}$/)

export const customerRow = z.strictObject({
  id,
  code: z.string().max(40),
  name: z.string().max(300),
  tradeName: shortText(300),
  kind,
  taxId: shortText(40),
  email: shortText(254),
  phone: shortText(60),
  mobile: shortText(60),
  city: shortText(120),
  customerType: shortText(100),
  custom: customValues,
  /** Of the picture or logo: null where there is none. */
  imageHash: imageHash.nullable(),
  status,
  branch: reference.nullable(),
  group: reference.nullable(),
  preferredAgent: reference.nullable(),
  collectionsAgent: reference.nullable(),
  creditHold,
  balances: z.array(balance).max(200),
})

export const customer = customerRow.extend({
  externalId: shortText(100),
  taxIdType: taxIdType.nullable(),
  contactPerson: shortText(200),
  website: shortText(300),
  address: shortText(500),
  state: shortText(120),
  country: z.string().max(2).nullable(),
  priority,
  economicActivity: shortText(200),
  priceList: shortText(100),
  taxable: flag,
  language,
  creditTerms,
  creditDays: creditDays.nullable(),
  creditLimit: total.nullable(),
  creditCurrency: currency.nullable(),
  ledgerAccount: shortText(60),
  isSupplier: flag,
  supplierAccount: shortText(60),
  /** Due date of the oldest receivable that is overdue. */
  oldestOverdueOn: day.nullable(),
  oldestOverdueDays: z.int().min(0).max(1_000_000),
  creditHoldBy: reference.nullable(),
  creditHoldAt: instant.nullable(),
  /** Notes within the reader's scope. */
  noteCount: z.int().min(0).max(1_000_000_000),
  contactCount: z.int().min(0).max(1_000_000_000),
  createdAt: instant,
  updatedAt: instant,
  version,
})

const possibleDuplicate = z.strictObject({
  id,
  code: z.string().max(40),
  name: z.string().max(300),
  taxId: shortText(40),
  email: shortText(254),
  city: shortText(120),
  /** What is alike. */
  alike: z.array(z.enum(['taxId', 'email', 'name'])).max(3),
})

const filters = z.strictObject({
  status: status.optional(),
  kind: kind.optional(),
  branchId: id.optional(),
  groupId: id.optional(),
  preferredAgentId: id.optional(),
  collectionsAgentId: id.optional(),
  city: z.string().max(120).optional(),
  customerType: z.string().max(100).optional(),
  onHold: queryFlag.optional(),
  custom: z.string().max(1500).optional().meta({
    description: 'Filters over custom fields, written like the query of an address: segmento=oro,plata&visita.from=2026-01-01',
  }),
})

/** What the list of customers is asked with. */
const listQuery = pageQuery(['name', '-name', 'code', '-code', 'createdAt', '-createdAt']).extend(filters.shape)
/** The same without order and page: all under it. */
export const customerFilters = filters.extend({ q: z.string().max(200).optional() })

export const customerEndpoints = {
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers',
    summary: 'The customers that the reader sees; with `q` that finds nothing, those that are nearest to it',
    tag,
    query: listQuery,
    response: page(customerRow),
  }),
  neighbours: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/neighbours',
    summary: 'Who stands before and after a customer in the list under the same filters and sort; null at its ends',
    tag,
    params: idParams,
    query: listQuery.omit({ limit: true, cursor: true }),
    response: z.strictObject({ previous: reference.nullable(), next: reference.nullable() }),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/customers',
    summary: 'Add a customer; the code is given by itself unless told',
    tag,
    body: z.strictObject({
      ...optionalFields,
      name: text(300),
      code: optionalText(40).optional(),
      externalId: optionalText(100).optional(),
    }),
    response: customer,
    status: 201,
  }),
  upsert: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/customers',
    summary:
      'Write customers by external id, all or none; sending the same twice changes nothing. What is left out stays as it is',
    tag,
    bodyLimit: 8 * 1_048_576,
    body: z.strictObject({
      items: z
        .array(
          z.strictObject({
            ...z.strictObject(fields).partial().shape,
            externalId: text(100),
            name: text(300),
            code: text(40).optional(),
            branchCode: optionalText(20).optional(),
            /** The name of an active customer group; null takes the customer out of its group. */
            group: optionalText(100).optional(),
            preferredAgentEmail: optionalText(254).optional(),
            collectionsAgentEmail: optionalText(254).optional(),
          }),
        )
        .min(1)
        .max(1000),
    }),
    response: z.strictObject({
      created: z.int().min(0).max(1000),
      changed: z.int().min(0).max(1000),
      unchanged: z.int().min(0).max(1000),
    }),
  }),
  duplicates: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/duplicates',
    summary: 'Customers that may be the same as one that is about to be added',
    tag,
    query: z.strictObject({
      taxId: z.string().max(40).optional(),
      email: z.string().max(254).optional(),
      name: z.string().max(300).optional(),
    }),
    response: z.strictObject({ items: z.array(possibleDuplicate).max(10) }),
  }),
  values: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/values',
    summary: 'The values that a field has among the customers that the reader sees, the most frequent first',
    tag,
    query: z.strictObject({
      field: z.enum(['city', 'state', 'customerType', 'economicActivity', 'priceList']),
      q: z.string().max(120).optional(),
    }),
    response: z.strictObject({
      items: z.array(z.strictObject({ value: z.string().max(300), customers: z.int().min(0).max(1_000_000_000) })).max(50),
    }),
  }),
  agents: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/agents',
    summary: 'The active users, any of whom can be the agent of a customer',
    tag,
    query: z.strictObject({ q: z.string().max(200).optional() }),
    response: z.strictObject({
      items: z.array(reference.extend({ branch: reference, department: reference.nullable() })).max(50),
    }),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id',
    summary: 'A customer with balances and credit hold',
    tag,
    params: idParams,
    response: customer,
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/customers/:id',
    summary: 'Change a customer; what is left out stays as it is',
    tag,
    params: idParams,
    body: z.strictObject({
      ...optionalFields,
      name: text(300).optional(),
      code: text(40).optional(),
      externalId: optionalText(100).optional(),
      version,
    }),
    response: customer,
  }),
  remove: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/customers/:id',
    summary: 'Delete a customer who owes nothing; level 1 only',
    tag,
    params: idParams,
  }),
  image: defineEndpoint({
    method: 'GET',
    url: '/api/v1/customers/:id/image',
    summary: 'The picture or logo of a customer (WebP, at most 256 pixels wide and high). Under its `hash` it never changes',
    tag,
    params: idParams,
    query: z.strictObject({ hash: imageHash.optional() }),
  }),
  changeImage: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/customers/:id/image',
    summary:
      'Set the picture or logo of a customer (multipart/form-data, field `file`; PNG, JPEG or WebP, at most 5 MiB); it is drawn anew, small',
    tag,
    params: idParams,
    response: customer,
  }),
  removeImage: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/customers/:id/image',
    summary: 'Remove the picture or logo of a customer',
    tag,
    params: idParams,
  }),
  hold: defineEndpoint({
    method: 'PUT',
    url: '/api/v1/customers/:id/credit-hold',
    summary: 'Put a customer on credit hold by hand',
    tag,
    params: idParams,
    body: z.strictObject({ reason: text(500) }),
    response: customer,
  }),
  release: defineEndpoint({
    method: 'DELETE',
    url: '/api/v1/customers/:id/credit-hold',
    summary: 'End a credit hold that was set by hand; an automatic one ends with its cause',
    tag,
    params: idParams,
    response: customer,
  }),
}
