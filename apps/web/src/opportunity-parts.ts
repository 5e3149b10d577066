import { defineAsyncComponent } from 'vue'

/**
 * What several features show of a sale. They stand here, because a feature imports no other: the quotes for an opportunity (props `customerId`,
 * `opportunityId`), and the form by which one is won or lost (props `opportunity`, `deed`, `open`).
 */
export const OpportunityQuotes = defineAsyncComponent(() => import('./features/quotes/OpportunityQuotes.vue'))
export const CloseOpportunityDialog = defineAsyncComponent(() => import('./features/opportunities/CloseDialog.vue'))
