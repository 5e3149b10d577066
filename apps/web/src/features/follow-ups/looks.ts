import type { StateTone } from '../../ui/StateBadge.vue'

interface Look {
  tone: StateTone
  icon: string
}

/** How the kind of a situation looks, beside its words. */
export const situationLooks = {
  ongoing: { tone: 'info', icon: 'i-lucide-hourglass' },
  setback: { tone: 'warning', icon: 'i-lucide-triangle-alert' },
} as const satisfies Record<string, Look>

/** How the direction of an activity looks, beside its words. */
export const activityLooks = {
  progress: { tone: 'success', icon: 'i-lucide-trending-up' },
  setback: { tone: 'warning', icon: 'i-lucide-trending-down' },
  neutral: { tone: 'neutral', icon: 'i-lucide-minus' },
} as const satisfies Record<string, Look>

/** How the condition of a follow-up looks, beside its words. */
export const stateTones = { active: 'info', closed: 'success', discarded: 'neutral' } as const satisfies Record<string, StateTone>
