import { call } from '../../api/client.ts'
import type { PaletteSource } from '../../palette-sources.ts'
import { paths } from '../../paths.ts'

/** Quotes in Ctrl/Cmd+K, by number, subject or customer. */
export const paletteSource: PaletteSource = {
  label: 'quotes.title',
  async search(q, signal) {
    const { items } = await call('GET /api/v1/quotes', { query: { q, limit: 5 } }, { signal })
    return items.map((one) => ({
      id: one.id,
      label: `${one.label} · ${one.subject}`,
      detail: one.customer.name,
      icon: 'i-lucide-file-pen-line',
      to: paths.quote(one.id),
    }))
  },
}
