import { describe, expect, test } from 'vitest'
import { valuesOf } from './customer-values.ts'
import { cardInto, cardJson, looksLikeCard, readCard } from './pasted-card.ts'
import type { Customer } from './queries.ts'

const initial = valuesOf(null, { currency: 'USD', language: 'es' })
const branch = { id: '0190a2b4-0000-7000-8000-000000000001', name: 'Matriz' }
const customer = {
  code: 'C-000001',
  externalId: 'ERP-1',
  kind: 'company',
  name: 'Almacén Ñandú',
  tradeName: null,
  taxIdType: 'ruc',
  taxId: '1790016919001',
  email: 'a@x.test',
  taxable: false,
  status: 'active',
  priority: 'high',
  language: 'es',
  creditTerms: 'credit',
  creditDays: 30,
  creditLimit: '500.00',
  creditCurrency: 'USD',
  isSupplier: false,
  branch,
  custom: {},
} as unknown as Customer
const card = (over: Record<string, unknown>) => JSON.stringify({ 'cartera/customer-card': 1, customer: over })

describe('the card of a customer on the clipboard', () => {
  test('comes back into a form as it was, without code and external id', () => {
    const text = cardJson(customer)
    expect(text).not.toMatch(/C-000001|ERP-1/)
    const read = readCard(text)
    expect(read?.leftOut).toEqual([])
    expect(read?.values).toMatchObject({
      name: 'Almacén Ñandú',
      taxId: '1790016919001',
      taxable: false,
      creditDays: '30',
      branchId: branch,
    })
  })

  test.each([
    'hola',
    '',
    '{}',
    '[]',
    'null',
    '{"cartera/customer-card":1}',
    '{"cartera/customer-card":2,"customer":{}}',
    '{"cartera/customer-card":1,"customer":[1]}',
    `{"cartera/customer-card":1,"customer":{"name":"${'x'.repeat(60_000)}"}}`,
    '{"cartera/customer-card":1,"customer":{"name":"sin cerrar',
  ])('%.60s is none', (text) => expect(readCard(text)).toBeNull())

  test('what no field can take is left out and named, and what the form does not know is passed over', () => {
    const read = readCard(
      card({
        name: 'x'.repeat(301),
        phone: 5,
        city: 'a\nb',
        country: 'Ecuador',
        kind: 'robot',
        taxable: 'yes',
        branchId: 'all',
        code: 'C-1',
        __proto__: { admin: true },
        constructor: 'x',
        email: 'a@x.test',
      }),
    )
    expect(read?.values).toEqual({ email: 'a@x.test' })
    expect(read?.leftOut.sort()).toEqual(['branchId', 'city', 'country', 'kind', 'name', 'phone', 'taxable'])
  })

  test('what was typed stays and is named; what stands as at the start is filled', () => {
    const now = { ...initial, name: 'Lo que escribí', city: 'Quito' }
    const { taken, kept } = cardInto({ name: 'Otro', city: 'Quito', state: 'Pichincha', taxable: false }, now, initial)
    expect(taken).toEqual({ state: 'Pichincha', taxable: false })
    expect(kept).toEqual(['name'])
  })

  test('a text that is no card is left to the field under the cursor', () => {
    expect(looksLikeCard('Almacén cartera/customer-card')).toBe(false)
    expect(looksLikeCard(cardJson(customer))).toBe(true)
  })
})
