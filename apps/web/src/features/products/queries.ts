import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'

/** All price lists, by name; those that are switched off too, since products keep their prices on them. */
export function usePriceLists() {
  return useQuery({
    key: ['price-lists', 'all'],
    async query({ signal }) {
      const { items } = await call('GET /api/v1/price-lists', { query: { limit: '200' } }, { signal })
      return items
    },
  })
}
