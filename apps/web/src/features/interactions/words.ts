import type { EntryKind } from './queries.ts'

export const kindIcons: Record<EntryKind, string> = {
  internal: 'i-lucide-lock',
  incoming: 'i-lucide-message-circle',
  outgoing: 'i-lucide-send',
}
