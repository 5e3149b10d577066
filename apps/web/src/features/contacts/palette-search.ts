import { call } from '../../api/client.ts'
import type { PaletteSource } from '../../palette-sources.ts'
import { paths } from '../../paths.ts'

/** Contacts in Ctrl/Cmd+K. */
export const paletteSource: PaletteSource = {
  label: 'contacts.title',
  async search(q, signal) {
    const { items } = await call('GET /api/v1/contacts', { query: { q, limit: 6 } }, { signal })
    return items.map((one) => ({
      id: one.id,
      label: one.name,
      detail: one.customer.name,
      icon: 'i-lucide-contact',
      to: paths.contact(one.customer.id, one.id),
    }))
  },
}
