import { describe, expect, test } from 'vitest'
import { type CustomField, customKeyOf, customValuesAfter, isCustomKey } from './custom-fields.ts'

const field = (key: string, kind: CustomField['kind'], more: Partial<CustomField> = {}): CustomField => ({
  key,
  kind,
  required: false,
  active: true,
  choices: [],
  ...more,
})
const fields = [
  field('zona', 'text'),
  field('metros', 'number'),
  field('visita', 'date'),
  field('socio', 'yes-no'),
  field('segmento', 'choice', {
    choices: [
      { key: 'oro', label: 'Oro', active: true },
      { key: 'cobre', label: 'Cobre', active: false },
    ],
  }),
  field('viejo', 'text', { active: false }),
  field('ruta', 'text', { required: true }),
]
const errorsOf = (given: Parameters<typeof customValuesAfter>[1], before: Parameters<typeof customValuesAfter>[2] = {}) =>
  customValuesAfter(fields, given, before).errors.map((error) => [error.field, error.code])

describe('values of custom fields', () => {
  test('each kind keeps what it can hold; blanks around a text go, a blank and null take the value away', () => {
    const { values, errors } = customValuesAfter(
      fields,
      { zona: '  Norte ', metros: -0, visita: '2026-02-28', socio: false, segmento: 'oro', ruta: 'R1' },
      null,
    )
    expect(errors).toEqual([])
    expect(values).toEqual({ zona: 'Norte', metros: 0, visita: '2026-02-28', socio: false, segmento: 'oro', ruta: 'R1' })
    expect(Object.is(values.metros, 0)).toBe(true)
    expect(customValuesAfter(fields, { zona: ' ', metros: null }, values).values).toEqual({
      visita: '2026-02-28',
      socio: false,
      segmento: 'oro',
      ruta: 'R1',
    })
  })

  test('what is not of the kind is refused at the field', () => {
    for (const [key, value] of [
      ['zona', 7],
      ['zona', true],
      ['zona', 'x\ud800'],
      ['metros', '12'],
      ['metros', Number.NaN],
      ['metros', Number.POSITIVE_INFINITY],
      ['metros', 1e13],
      ['metros', 0.12345678],
      ['visita', '2026-02-29'],
      ['visita', '28/02/2026'],
      ['visita', '1800-01-01'],
      ['socio', 'true'],
      ['segmento', 'plata'],
      ['segmento', 'Oro'],
    ] as const)
      expect([key, value, errorsOf({ [key]: value })]).toEqual([key, value, [[`custom.${key}`, 'value-invalid']]])
    expect(errorsOf({ zona: 'x'.repeat(501) })).toEqual([['custom.zona', 'text-too-long']])
    expect(errorsOf({ nada: 'x', constructor: 'x' })).toEqual([
      ['custom.nada', 'custom-field-unknown'],
      ['custom.constructor', 'custom-field-unknown'],
    ])
  })

  test('a new customer has every required field; a change leaves it out but does not take it away', () => {
    expect(customValuesAfter(fields, {}, null).errors).toEqual([{ field: 'custom.ruta', code: 'value-missing' }])
    expect(customValuesAfter(fields, { ruta: ' ' }, null).errors).toEqual([{ field: 'custom.ruta', code: 'value-missing' }])
    expect(errorsOf({ zona: 'x' })).toEqual([])
    expect(errorsOf({ ruta: null }, { ruta: 'R1' })).toEqual([['custom.ruta', 'value-missing']])
  })

  test('a field or choice that is switched off stays where it is and takes nothing new', () => {
    expect(errorsOf({ viejo: 'x' })).toEqual([['custom.viejo', 'custom-field-unknown']])
    expect(errorsOf({ viejo: 'x' }, { viejo: 'x' })).toEqual([])
    expect(errorsOf({ segmento: 'cobre' })).toEqual([['custom.segmento', 'value-invalid']])
    expect(errorsOf({ segmento: 'cobre' }, { segmento: 'cobre' })).toEqual([])
  })
})

test('keys come from names, differ from those taken, and are keys whatever the name', () => {
  expect(customKeyOf('Línea de crédito', new Set())).toBe('linea_de_credito')
  expect(customKeyOf('Línea de crédito', new Set(['linea_de_credito', 'linea_de_credito_2']))).toBe('linea_de_credito_3')
  for (const name of ['1', '___', '日本', 'x'.repeat(300), ' ¿? ', '9 vidas', '__proto__', `${'a'.repeat(33)} b`])
    expect([name, isCustomKey(customKeyOf(name, new Set()))]).toEqual([name, true])
})
