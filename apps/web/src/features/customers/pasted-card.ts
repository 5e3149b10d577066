import { taxIdTypes } from '@cartera/domain/customers/tax-id'
import type { Entity } from '../../ui/EntitySelect.vue'
import type { CustomerValues } from './customer-values.ts'
import { valuesOf } from './customer-values.ts'
import type { Customer } from './queries.ts'

/** What says that a text on the clipboard is a customer's card, and of which form. */
const mark = 'cartera/customer-card'
/** Longer than any card: what is pasted comes from anywhere. */
const mostCharacters = 50_000

/** The texts of a card and the most that the field takes. */
const texts = {
  name: 300,
  tradeName: 300,
  taxId: 40,
  contactPerson: 200,
  email: 254,
  phone: 60,
  mobile: 60,
  website: 300,
  address: 500,
  city: 120,
  state: 120,
  customerType: 100,
  economicActivity: 200,
  priceList: 100,
  creditDays: 4,
  creditLimit: 20,
  ledgerAccount: 60,
  supplierAccount: 60,
} as const
const choices = {
  kind: ['person', 'company'],
  taxIdType: taxIdTypes,
  priority: ['low', 'normal', 'high'],
  status: ['active', 'inactive', 'restricted', 'suspended'],
  language: ['es', 'en'],
  creditTerms: ['cash', 'credit'],
} as const
const codes = { country: /^[A-Z]{2}$/, creditCurrency: /^[A-Z]{3}$/ } as const
const flags = ['taxable', 'isSupplier'] as const
/** Records that are looked up anew: whoever pastes may not see them. */
export const cardReferences = ['branchId', 'groupId', 'preferredAgentId', 'collectionsAgentId'] as const

export type CardReference = (typeof cardReferences)[number]
export type CardField = keyof typeof texts | keyof typeof choices | keyof typeof codes | (typeof flags)[number] | CardReference
type Card = Partial<Pick<CustomerValues, CardField>>

/** A card that was read from the clipboard: what it says, and the fields that no customer can take so. */
export interface PastedCard {
  values: Card
  leftOut: CardField[]
}

/** The customer as the form of a new one pastes it back: without the keys, which are the customer's own. */
export function cardJson(customer: Customer): string {
  const values = valuesOf(customer, { currency: '', language: 'es' })
  const fields = [
    ...Object.keys(texts),
    ...Object.keys(choices),
    ...Object.keys(codes),
    ...flags,
    ...cardReferences,
  ] as CardField[]
  return JSON.stringify({ [mark]: 1, customer: Object.fromEntries(fields.map((field) => [field, values[field]])) }, null, 1)
}

/** Whether a text looks like a card, to take it before the field under the cursor does. */
export const looksLikeCard = (text: string): boolean => text.trimStart().startsWith('{') && text.slice(0, 200).includes(mark)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
// NUL cannot be stored, and line ends stand in no field of one line.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const controls = /[\u0000-\u001f\u007f]/

function entityOf(value: unknown): Entity | null {
  if (!isRecord(value) || typeof value.id !== 'string' || typeof value.name !== 'string') return null
  return value.id.length <= 36 && value.name.length <= 300 ? { id: value.id, name: value.name } : null
}

/** Reads a card from the clipboard; null where the text is none. Nothing of it is trusted: unknown fields are passed over, wrong ones named. */
export function readCard(text: string): PastedCard | null {
  if (text.length > mostCharacters || !looksLikeCard(text)) return null
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return null
  }
  if (!isRecord(parsed) || parsed[mark] !== 1 || !isRecord(parsed.customer)) return null
  const given = new Map(Object.entries(parsed.customer))
  const values: Record<string, unknown> = {}
  const leftOut: CardField[] = []
  const take = (field: CardField, sound: (value: unknown) => boolean) => {
    const value = given.get(field)
    if (value === undefined || value === null || value === '') return
    if (sound(value)) values[field] = value
    else leftOut.push(field)
  }
  for (const [field, most] of Object.entries(texts))
    take(field as CardField, (value) => typeof value === 'string' && value.length <= most && !controls.test(value))
  for (const [field, known] of Object.entries(choices))
    take(field as CardField, (value) => (known as readonly unknown[]).includes(value))
  for (const [field, shape] of Object.entries(codes))
    take(field as CardField, (value) => typeof value === 'string' && shape.test(value))
  for (const field of flags) take(field, (value) => typeof value === 'boolean')
  for (const field of cardReferences) take(field, (value) => entityOf(value) !== null)
  for (const field of cardReferences) if (field in values) values[field] = entityOf(values[field])
  return { values: values as Card, leftOut }
}

/**
 * What of a card goes into a form: fields that still stand as they stood at the start. What somebody typed stays, and is named where the card says
 * something else.
 */
export function cardInto(card: Card, now: CustomerValues, initial: CustomerValues): { taken: Card; kept: CardField[] } {
  const taken: Record<string, unknown> = {}
  const kept: CardField[] = []
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  for (const [field, value] of Object.entries(card) as [CardField, unknown][]) {
    if (same(now[field], initial[field])) taken[field] = value
    else if (!same(now[field], value)) kept.push(field)
  }
  return { taken: taken as Card, kept }
}
