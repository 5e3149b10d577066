import { expect, it } from 'vitest'
import { comparePages } from './compare-pages.ts'

const row = (id: string, text = id) => ({ id, text })
const page = (ids: string[], nextCursor: string | null = null) => ({ items: ids.map((id) => row(id)), nextCursor })

it('a row that changed is replaced where it stands, and nothing is news', () => {
  const shown = [page(['a', 'b', 'c'])]
  const fresh = [{ items: [row('a'), row('b', 'new words'), row('c')], nextCursor: null }]
  expect(comparePages(shown, fresh)).toEqual({ pages: fresh, news: { added: 0, gone: 0 } })
})

it('a row that moved to another place stays where the reader saw it', () => {
  const shown = [page(['a', 'b', 'c'])]
  const fresh = [{ items: [row('c', 'now first'), row('a'), row('b')], nextCursor: null }]
  const { pages, news } = comparePages(shown, fresh)
  expect(pages?.[0]?.items.map((each) => each.text)).toEqual(['a', 'b', 'now first'])
  expect(news).toEqual({ added: 0, gone: 0 })
})

it('rows that came and went are counted and move nothing', () => {
  expect(comparePages([page(['a', 'b', 'c'])], [page(['x', 'y', 'a', 'c'])])).toEqual({
    pages: null,
    news: { added: 2, gone: 1 },
  })
})

it('rows that slid over the edge to the next page are neither new nor gone', () => {
  expect(comparePages([page(['a', 'b', 'c'], '1')], [page(['x', 'a', 'b'], '2')]).news).toEqual({ added: 1, gone: 0 })
  expect(comparePages([page(['a', 'b', 'c'], '1')], [page(['b', 'c', 'd'], '2')]).news).toEqual({ added: 0, gone: 1 })
})

it('nothing changed is nothing to do', () => {
  expect(comparePages([page(['a']), page(['b'])], [page(['a']), page(['b'])])).toEqual({
    pages: null,
    news: { added: 0, gone: 0 },
  })
})
