import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { repositoryRoot } from './data-dir.ts'
import { guidePictures, mostPictureBytes } from './guide-pictures.ts'

const guide = join(repositoryRoot, 'docs', 'guide')
const languages = ['es', 'en'] as const
const pagesOf = (language: string) =>
  readdirSync(join(guide, language))
    .filter((name) => name.endsWith('.md'))
    .sort()
const picturesOf = (language: string) => readdirSync(join(guide, 'images', language)).sort()

/** Links and pictures of a page: `[text](where)` and `![text](where)`. */
function referencesOf(language: string, page: string) {
  const text = readFileSync(join(guide, language, page), 'utf8')
  return [...text.matchAll(/(!?)\[([^\]\n]{0,300})\]\(([^)\s]{1,300})\)/g)].map(([, mark, words = '', where = '']) => ({
    picture: mark === '!',
    words,
    where,
  }))
}

test('each page of the guide stands in both languages, and the index leads to all of them', () => {
  expect(pagesOf('en')).toEqual(pagesOf('es'))
  for (const language of languages) {
    const led = referencesOf(language, 'index.md').map((one) => one.where)
    expect(led.sort()).toEqual(pagesOf(language).filter((page) => page !== 'index.md'))
  }
})

test('a page shows the same pictures in both languages, each with words for who does not see it', () => {
  for (const page of pagesOf('es')) {
    const [es, en] = languages.map((language) => referencesOf(language, page).filter((one) => one.picture))
    const names = (of: typeof es, language: string) => of?.map((one) => one.where.replace(`../images/${language}/`, ''))
    expect([page, names(en, 'en')]).toEqual([page, names(es, 'es')])
    for (const one of [...(es ?? []), ...(en ?? [])]) expect(one.words.trim().length, `${page} ${one.where}`).toBeGreaterThan(10)
  }
})

describe.each(languages)('in %s', (language) => {
  test('what a page leads to is there', () => {
    const missing = pagesOf(language).flatMap((page) =>
      referencesOf(language, page)
        .filter((one) => !one.where.includes('://'))
        .filter((one) => !statSync(join(guide, language, one.where.split('#')[0] ?? ''), { throwIfNoEntry: false })?.isFile())
        .map((one) => `${page}: ${one.where}`),
    )
    expect(missing).toEqual([])
  })

  test('there are the pictures that `pnpm screenshots --guide` takes and no others; each is used, and small', () => {
    const taken = guidePictures.map((picture) => `${picture.name}.webp`).sort()
    expect(picturesOf(language)).toEqual(taken)
    const used = new Set(pagesOf(language).flatMap((page) => referencesOf(language, page).map((one) => one.where)))
    for (const name of taken) {
      expect(used, name).toContain(`../images/${language}/${name}`)
      expect(statSync(join(guide, 'images', language, name)).size, name).toBeLessThan(mostPictureBytes)
    }
  })
})
