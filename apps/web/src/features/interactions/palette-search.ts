import { call } from '../../api/client.ts'
import type { PaletteSource } from '../../palette-sources.ts'
import { paths } from '../../paths.ts'

/** Interactions in Ctrl/Cmd+K, by number (#12), reference, contact or customer. */
export const paletteSource: PaletteSource = {
  label: 'interactions.title',
  async search(q, signal) {
    const { items } = await call('GET /api/v1/interactions', { query: { q, limit: 5 } }, { signal })
    return items.map((one) => ({
      id: one.id,
      label: `#${one.number} · ${one.topic.name}`,
      detail: one.customer.name,
      icon: 'i-lucide-messages-square',
      to: paths.interaction(one.id),
    }))
  },
}
