import { call } from '../../api/client.ts'
import type { PaletteSource } from '../../palette-sources.ts'
import { paths } from '../../paths.ts'

/** Customers in Ctrl/Cmd+K. */
export const paletteSource: PaletteSource = {
  label: 'customers.title',
  first: true,
  async search(q, signal) {
    const { items } = await call('GET /api/v1/customers', { query: { q, limit: 8 } }, { signal })
    return items.map((one) => ({
      id: one.id,
      label: one.name,
      detail: one.code,
      icon: 'i-lucide-building-2',
      to: paths.customer(one.id),
    }))
  },
}
