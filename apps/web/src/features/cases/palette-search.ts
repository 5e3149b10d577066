import { call } from '../../api/client.ts'
import type { PaletteSource } from '../../palette-sources.ts'
import { paths } from '../../paths.ts'

/** Cases in Ctrl/Cmd+K, the resolved ones too, by number (#12), subject or customer. */
export const paletteSource: PaletteSource = {
  label: 'cases.title',
  async search(q, signal) {
    const { items } = await call('GET /api/v1/cases', { query: { q, state: 'all', sort: '-number', limit: '5' } }, { signal })
    return items.map((one) => ({
      id: one.id,
      label: `#${one.number} · ${one.subject}`,
      detail: one.customer.name,
      icon: 'i-lucide-life-buoy',
      to: paths.case(one.id),
    }))
  },
}
