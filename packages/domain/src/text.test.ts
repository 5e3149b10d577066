import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanText, searchKey } from './text.ts'

describe('search keys', () => {
  test.each([
    ['Muñoz  Peña', 'munoz pena'],
    ['  ÁRBOL\t\nüber\u00a0Öl ', 'arbol uber ol'],
    ['munoz', 'munoz'],
    ['Ｃａｆé', 'cafe'],
    ['', ''],
  ])('%j is searched as %j', (text, key) => {
    expect(searchKey(text)).toBe(key)
  })

  test('composed and decomposed accents are the same', () => {
    expect(searchKey('Nu\u0301n\u0303ez')).toBe(searchKey('Núñez'))
  })

  test('a key is its own key, and case does not matter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const key = searchKey(text)
        expect(searchKey(key)).toBe(key)
        expect(searchKey(`  ${text}  `)).toBe(key)
      }),
      { numRuns: 500 },
    )
  })
})

describe('stored text', () => {
  test('loses NUL and the blanks at its ends, nothing else', () => {
    expect(cleanText('  a\0b  c ')).toBe('ab  c')
    expect(cleanText('\0 ')).toBe('')
    expect(cleanText('¿Pagó? 👍🏽 \u202e')).toBe('¿Pagó? 👍🏽 \u202e')
  })

  test('lone surrogates are refused', () => {
    expect(cleanText('a\ud83d')).toBeNull()
    expect(cleanText('\udc4da')).toBeNull()
  })

  test('what is accepted survives UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = cleanText(text)
        if (clean === null) return
        expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(clean))).toBe(clean)
        expect(clean).not.toContain('\0')
      }),
    )
  })
})
