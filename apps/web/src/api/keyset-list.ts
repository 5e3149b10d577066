import { type EntryKey, useInfiniteQuery, useQueryCache } from '@pinia/colada'
import { computed, onScopeDispose, reactive, ref, shallowRef, watch } from 'vue'
import { comparePages } from './compare-pages.ts'
import { keepFromLive, onLiveChange } from './live.ts'
import { problemSentence } from './problem-sentence.ts'

export interface Page<Row> {
  items: readonly Row[]
  nextCursor: string | null
}

/** Rows that others added or took away since the list was read: told, and shown when the reader wants it. */
export interface ListNews {
  added: number
  gone: number
}

/** A list of more pages than this is not looked through again: the reader is told that there is news. */
const mostPagesAgain = 4
const noNews: ListNews = { added: 0, gone: 0 }

interface KeysetQuery<Row> {
  /** Begins with the feature's name; everything that changes the answer is in it. */
  key: EntryKey
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>
  /** False asks for nothing. */
  enabled?: boolean
}

/**
 * A list of the API, page by page (`{ items, nextCursor }`), ready for a DataTable: `<DataTable v-bind="list.table" ...>`.
 * While filters change, the rows before stay until the new ones are there. What others change appears in its row; rows that others add or take
 * away move nothing: they are counted (`news`) and shown by `showNews`.
 */
export function useKeysetList<Row extends { id: string }>(query: () => KeysetQuery<Row>) {
  const list = useInfiniteQuery<Page<Row>, Error, string>(() => {
    const { key, load, enabled = true } = query()
    return {
      key,
      enabled,
      initialPageParam: '',
      query: ({ pageParam, signal }) => load(pageParam === '' ? undefined : pageParam, signal),
      getNextPageParam: (page) => page.nextCursor,
    }
  })

  const cache = useQueryCache()
  const rows = shallowRef<readonly Row[]>([])
  const news = ref<ListNews>(noNews)
  let ownWrite = false
  watch(
    () => list.data.value,
    (data) => {
      if (!ownWrite) news.value = noNews
      ownWrite = false
      if (data) rows.value = data.pages.flatMap((page) => page.items)
      // A list that could not be read must not show the rows of other filters as its own.
      else if (list.error.value) rows.value = []
    },
    { immediate: true },
  )
  watch(
    () => list.error.value,
    (error) => {
      if (error && !list.data.value) rows.value = []
    },
  )

  const loadingMore = ref(false)
  async function loadMore(): Promise<void> {
    if (loadingMore.value || !list.hasNextPage.value) return
    loadingMore.value = true
    try {
      await list.loadNextPage({ cancelRefetch: false })
    } catch {
      // It waits for a reading under way, and a live event may cut that short. What fails for good stands in the list as its error.
    } finally {
      loadingMore.value = false
    }
  }

  const keyNow = computed(() => query().key)
  watch(keyNow, (key, _before, onCleanup) => onCleanup(keepFromLive(key)), { immediate: true })
  let looking: AbortController | null = null
  let lookAgainSoon: ReturnType<typeof setTimeout> | undefined
  let lookOnceRead = false
  watch(
    () => list.asyncStatus.value,
    (status) => {
      if (status !== 'idle' || !lookOnceRead) return
      lookOnceRead = false
      void lookAgain()
    },
  )
  onLiveChange((touches) => {
    if (!touches(keyNow.value[0])) return
    clearTimeout(lookAgainSoon)
    lookAgainSoon = setTimeout(() => void lookAgain(), 100)
  })
  onScopeDispose(() => {
    clearTimeout(lookAgainSoon)
    looking?.abort()
  })

  /** Reads the shown pages once more beside the list: what changed is replaced in its row, what came and went is counted. */
  async function lookAgain(): Promise<void> {
    const { key, load } = query()
    const shown = list.data.value
    if (!shown) return
    if (list.asyncStatus.value === 'loading') {
      // A deed of one's own is being read at this moment: at its end there may be nothing new.
      lookOnceRead = true
      return
    }
    if (shown.pages.length > mostPagesAgain || shown.pages.every((page) => page.items.length === 0)) {
      await list.refetch()
      return
    }
    looking?.abort()
    const mine = new AbortController()
    looking = mine
    const fresh: Page<Row>[] = []
    try {
      let cursor: string | null | undefined
      for (let n = 0; n < shown.pages.length && cursor !== null; n++) {
        const page: Page<Row> = await load(cursor, mine.signal)
        fresh.push(page)
        cursor = page.nextCursor
      }
    } catch {
      // What cannot be read now is read with the next change, or when the reader asks.
      return
    }
    if (mine.signal.aborted || list.data.value !== shown) return
    const compared = comparePages(shown.pages, fresh)
    if (compared.pages) {
      ownWrite = true
      cache.setQueryData(key, { ...shown, pages: compared.pages })
    }
    news.value = compared.news
  }

  const loading = computed(() => list.asyncStatus.value === 'loading' && !loadingMore.value)
  const error = computed(() => (list.error.value ? problemSentence(list.error.value) : null))

  const showNews = () => void list.refetch()

  return {
    rows,
    loading,
    error,
    news,
    showNews,
    refetch: () => list.refetch(),
    loadMore,
    /** The props and listeners of a DataTable that come from the list. */
    table: reactive({
      rows,
      loading,
      error,
      news,
      hasMore: computed(() => list.hasNextPage.value),
      loadingMore,
      onLoadMore: () => void loadMore(),
      onRetry: () => void list.refetch(),
      onShowNews: showNews,
    }),
  }
}
