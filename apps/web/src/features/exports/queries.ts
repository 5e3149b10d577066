import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'

const everything = ['exports']

/** What the person has exported, newest first. */
export function useOwnExports() {
  return useQuery(() => ({
    key: [...everything, 'list'],
    query: ({ signal }) => call('GET /api/v1/exports', {}, { signal }),
  }))
}

export function useExportActions() {
  const refresh = useRefresh()
  return {
    refresh: () => refresh(everything),
    async remove(id: string): Promise<void> {
      await call('DELETE /api/v1/exports/:id', { params: { id } })
      await refresh(everything)
    },
  }
}
