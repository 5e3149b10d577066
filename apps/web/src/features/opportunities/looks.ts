import type { StateTone } from '../../ui/StateBadge.vue'

export const stateTones: Record<'open' | 'won' | 'lost', StateTone> = { open: 'info', won: 'success', lost: 'neutral' }
