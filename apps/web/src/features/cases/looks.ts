import type { StateTone } from '../../ui/StateBadge.vue'

/** How the state of a case looks, beside its words. */
export const stateLooks = {
  new: { tone: 'primary', icon: 'i-lucide-sparkle' },
  'in-progress': { tone: 'info', icon: 'i-lucide-loader' },
  waiting: { tone: 'warning', icon: 'i-lucide-hourglass' },
  resolved: { tone: 'success', icon: 'i-lucide-circle-check' },
} as const satisfies Record<string, { tone: StateTone; icon: string }>
