import { call } from '../../api/client.ts'
import type { PaletteSource } from '../../palette-sources.ts'
import { paths } from '../../paths.ts'

/** Opportunities in Ctrl/Cmd+K, by number (#12), name or customer; open and closed. */
export const paletteSource: PaletteSource = {
  label: 'opportunities.title',
  async search(q, signal) {
    const { items } = await call(
      'GET /api/v1/opportunities',
      { query: { q, state: 'all', sort: '-number', limit: 5 } },
      { signal },
    )
    return items.map((one) => ({
      id: one.id,
      label: one.name,
      detail: one.customer.name,
      icon: 'i-lucide-target',
      to: paths.opportunity(one.id),
    }))
  },
}
