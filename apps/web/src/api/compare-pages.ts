import type { ListNews, Page } from './keyset-list.ts'

/**
 * The shown pages against the same pages read again. Rows that are in both are replaced where they stand (`pages`, null where none
 * differs); `news` counts what came and went. What only slid over the edge between the last page and the next is neither.
 */
export function comparePages<Row extends { id: string }>(
  shown: readonly Page<Row>[],
  fresh: readonly Page<Row>[],
): { pages: Page<Row>[] | null; news: ListNews } {
  const before = shown.flatMap((page) => page.items)
  const now = fresh.flatMap((page) => page.items)
  const byId = new Map(now.map((row) => [row.id, row]))
  const known = new Set(before.map((row) => row.id))

  let differs = false
  const pages = shown.map((page) => ({
    ...page,
    items: page.items.map((row) => {
      const next = byId.get(row.id)
      if (!next || JSON.stringify(next) === JSON.stringify(row)) return row
      differs = true
      return next
    }),
  }))

  const goesOn = fresh.at(-1)?.nextCursor !== null
  const edgeBefore = goesOn ? before.findLastIndex((row) => byId.has(row.id)) : before.length
  const edgeNow = goesOn ? now.findLastIndex((row) => known.has(row.id)) : now.length
  return {
    pages: differs ? pages : null,
    news: {
      added: now.filter((row, index) => index < edgeNow && !known.has(row.id)).length,
      gone: before.filter((row, index) => index < edgeBefore && !byId.has(row.id)).length,
    },
  }
}
