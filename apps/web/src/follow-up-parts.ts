import { defineAsyncComponent } from 'vue'

/**
 * What ties follow-ups to other features. They stand here, because a feature imports no other: the next steps of an opportunity, a case or a quote
 * (props `kind`, `id`, `customer`, `contact`, `subject`), and the renewal that a follow-up was opened for (prop `followUpId`).
 */
export const NextSteps = defineAsyncComponent(() => import('./features/follow-ups/NextSteps.vue'))
export const FollowUpRenewal = defineAsyncComponent(() => import('./features/renewals/FollowUpRenewal.vue'))
