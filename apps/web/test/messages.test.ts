import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { i18n, type Messages } from '../src/i18n.ts'

const src = join(import.meta.dirname, '../src')
const modules = import.meta.glob<{ messages: Messages }>('../src/**/messages.ts', { eager: true })

function flat(tree: object, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'object') for (const [inner, text] of flat(value, `${prefix}${key}.`)) found.set(inner, text)
    else found.set(`${prefix}${key}`, value)
  }
  return found
}

const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort()

describe.each(Object.entries(modules))('%s', (file, { messages }) => {
  const es = flat(messages.es)
  const en = flat(messages.en)

  it('says the same keys in Spanish and in English', () => {
    expect([...es.keys()].sort()).toEqual([...en.keys()].sort())
  })

  it('leaves no text empty, and uses the same placeholders in both languages', () => {
    for (const [key, text] of [...es, ...en]) expect(text.trim(), key).not.toBe('')
    for (const [key, text] of es) expect(placeholders(text), key).toEqual(placeholders(en.get(key) ?? ''))
  })

  it('keeps to the words of its own feature', () => {
    const folder = file.split('/').at(-2) ?? ''
    const own = folder.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
    expect(Object.keys(messages.es)).toEqual([own])
  })
})

it('has a text for every key that the source names', () => {
  const missing: string[] = []
  for (const entry of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    // The portal's words are typed by their keys.
    if (!/\.(vue|ts)$/.test(entry) || entry.endsWith('.test.ts') || entry.startsWith('portal/')) continue
    const text = readFileSync(join(src, entry), 'utf8')
    for (const match of text.matchAll(/\b(?:t|translate)\(\s*'([\w.-]+)'/g)) {
      const key = match[1] ?? ''
      if (!i18n.global.te(key, 'es')) missing.push(`${entry}: ${key}`)
    }
  }
  expect(missing).toEqual([])
})

it('has every word of a catalogue that the source uses', () => {
  const textOf = (folder: string) =>
    readdirSync(join(src, folder), { recursive: true, encoding: 'utf8' })
      .filter((entry) => entry.endsWith('.vue'))
      .map((entry) => readFileSync(join(src, folder, entry), 'utf8'))
      .join('\n')
  const keys = [...textOf('catalogue').matchAll(/\$\{(?:props\.)?words\}\.(\w+)`/g)].map((match) => match[1])
  const prefixes = [...textOf('features').matchAll(/(?:<CataloguePage\s[^>]*?\swords="|\bwords: ')([\w.]+)/g)].map(
    (match) => match[1],
  )
  expect([keys.includes('emptyText'), prefixes.includes('branches')]).toEqual([true, true])
  const named = prefixes.flatMap((prefix) => keys.map((key) => `${prefix}.${key}`))
  expect(named.filter((key) => !i18n.global.te(key, 'es'))).toEqual([])
})
