import fc from 'fast-check'
import { expect, test } from 'vitest'
import { safeFileName } from './file-name.ts'

test('a name stays readable, and leads to no other folder', () => {
  expect(safeFileName('C-000012')).toBe('C-000012')
  expect(safeFileName('Almacén Peña & Hijos')).toBe('Almacen-Pena-Hijos')
  expect(safeFileName('../../etc/passwd')).toBe('etc-passwd')
  expect(safeFileName('..\\x')).toBe('x')
  expect(safeFileName('…')).toBe('x')
  expect(safeFileName('')).toBe('x')
})

test('whatever the text: only plain characters, never hidden, never empty, never too long', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(safeFileName(text)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,59}$/)
    }),
  )
})
