import { customerStatuses } from './customer-status.ts'

/** What is chosen as one when two customers are merged, and the fields that belong to it: a number with its type, a limit with its currency. */
export const mergeParts = {
  name: ['name'],
  code: ['code'],
  externalId: ['externalId'],
  kind: ['kind'],
  tradeName: ['tradeName'],
  taxId: ['taxIdType', 'taxId'],
  contactPerson: ['contactPerson'],
  email: ['email'],
  phone: ['phone'],
  mobile: ['mobile'],
  website: ['website'],
  address: ['address'],
  city: ['city'],
  state: ['state'],
  country: ['country'],
  customerType: ['customerType'],
  priority: ['priority'],
  economicActivity: ['economicActivity'],
  priceList: ['priceList'],
  taxable: ['taxable'],
  status: ['status'],
  branch: ['branchId'],
  group: ['groupId'],
  preferredAgent: ['preferredAgentId'],
  collectionsAgent: ['collectionsAgentId'],
  language: ['language'],
  creditTerms: ['creditTerms'],
  creditDays: ['creditDays'],
  creditLimit: ['creditLimitMinor', 'creditCurrency'],
  creditHold: ['creditHoldReason', 'creditHoldBy', 'creditHoldAt'],
  ledgerAccount: ['ledgerAccount'],
  isSupplier: ['isSupplier'],
  supplierAccount: ['supplierAccount'],
} as const

export type MergePart = keyof typeof mergeParts
export type MergeSide = 'survivor' | 'merged'
type Fields = Readonly<Record<string, unknown>>

const isEmpty = (value: unknown) => value === null || value === undefined || (typeof value === 'string' && value.trim() === '')

/** The field of a part that says whether it is filled. */
const deciding = (fields: readonly string[]) => fields.find((field) => field !== 'taxIdType' && field !== 'creditCurrency') ?? ''

/**
 * Whose value stays where nobody chose: the survivor's, the other's where the survivor has none. What protects the company stays whoever has it: the
 * stricter status, and a credit hold.
 */
function usualSide(part: string, survivor: Fields, merged: Fields): MergeSide {
  if (part === 'status') {
    const strictness = (customer: Fields) => customerStatuses.findIndex((status) => status === customer.status)
    return strictness(merged) > strictness(survivor) ? 'merged' : 'survivor'
  }
  const field = fieldsOf(part)
  return isEmpty(survivor[deciding(field)]) && !isEmpty(merged[deciding(field)]) ? 'merged' : 'survivor'
}

/** The fields of a part; a custom field is one of its own, as `custom.key`. */
export const fieldsOf = (part: string): readonly string[] =>
  part.startsWith('custom.') ? [part] : (mergeParts[part as MergePart] ?? [])

/** One part of two customers that are to be merged, with whose value would stay. */
export interface ComparedPart {
  part: string
  side: MergeSide
}

/** The parts in which two customers differ, each with whose value stays: as chosen, else as usual. Fields are given by name, custom ones as `custom.key`. */
export function compareForMerge(
  survivor: Fields,
  merged: Fields,
  customKeys: readonly string[],
  chosen: Readonly<Record<string, MergeSide>> = {},
): ComparedPart[] {
  return [...Object.keys(mergeParts), ...customKeys.map((key) => `custom.${key}`)].flatMap((part) => {
    const differs = fieldsOf(part).some((field) => !sameValue(survivor[field], merged[field]))
    return differs ? [{ part, side: chosen[part] ?? usualSide(part, survivor, merged) }] : []
  })
}

const plain = (value: unknown) =>
  isEmpty(value) ? null : value instanceof Date ? value.toISOString() : typeof value === 'bigint' ? value.toString() : value

/** Whether two values of a field say the same; nothing and blank do. */
export const sameValue = (one: unknown, other: unknown): boolean => JSON.stringify(plain(one)) === JSON.stringify(plain(other))
