import { type EntryKey, useInfiniteQuery } from '@pinia/colada'
import { computed, reactive, ref, shallowRef, watch } from 'vue'
import { problemSentence } from './problem-sentence.ts'

interface Page<Row> {
  items: readonly Row[]
  nextCursor: string | null
}

interface KeysetQuery<Row> {
  /** Begins with the feature's name; everything that changes the answer is in it. */
  key: EntryKey
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>
  /** False asks for nothing. */
  enabled?: boolean
}

/**
 * A list of the API, page by page (`{ items, nextCursor }`), ready for a DataTable: `<DataTable v-bind="list.table" ...>`.
 * While filters change, the rows before stay until the new ones are there.
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

  const rows = shallowRef<readonly Row[]>([])
  watch(
    () => list.data.value,
    (data) => {
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
    } finally {
      loadingMore.value = false
    }
  }

  const loading = computed(() => list.asyncStatus.value === 'loading' && !loadingMore.value)
  const error = computed(() => (list.error.value ? problemSentence(list.error.value) : null))

  return {
    rows,
    loading,
    error,
    refetch: () => list.refetch(),
    loadMore,
    /** The props and listeners of a DataTable that come from the list. */
    table: reactive({
      rows,
      loading,
      error,
      hasMore: computed(() => list.hasNextPage.value),
      loadingMore,
      onLoadMore: () => void loadMore(),
      onRetry: () => void list.refetch(),
    }),
  }
}
