import { type Component, defineAsyncComponent } from 'vue'

/** A tab of the customer's profile. Its component takes the prop `customerId: string`. */
export interface CustomerTab {
  /** Stands in the address: /customers/:id/notes. */
  id: string
  /** Message key of its name. */
  label: string
  icon: string
  component: Component
  /** It fills the page and scrolls by itself (a DataTable); the others get margins. */
  fill: boolean
}

const files = import.meta.glob<{ default: Component }>('./features/*/Customer*Tab.vue')

function tab(id: string, file: string, icon: string, fill = false): CustomerTab[] {
  const load = files[`./features/${file}.vue`]
  return load ? [{ id, label: `shell.customerTabs.${id}`, icon, component: defineAsyncComponent(load), fill }] : []
}

/**
 * The tabs of the customer's profile in their order. They stand here and not in features/customers, because each belongs
 * to another feature and a feature imports no other; a tab appears as soon as its file exists.
 */
export const customerTabs: CustomerTab[] = [
  ...tab('summary', 'customers/CustomerSummaryTab', 'i-lucide-id-card'),
  ...tab('activity', 'timeline/CustomerTimelineTab', 'i-lucide-history'),
  ...tab('notes', 'notes/CustomerNotesTab', 'i-lucide-notebook-pen'),
  ...tab('interactions', 'interactions/CustomerInteractionsTab', 'i-lucide-messages-square', true),
  ...tab('cases', 'cases/CustomerCasesTab', 'i-lucide-life-buoy', true),
  ...tab('follow-ups', 'follow-ups/CustomerFollowUpsTab', 'i-lucide-list-checks', true),
  ...tab('receivables', 'receivables/CustomerReceivablesTab', 'i-lucide-wallet', true),
  ...tab('statement', 'statements/CustomerStatementTab', 'i-lucide-scroll-text'),
  ...tab('promises', 'promises/CustomerPromisesTab', 'i-lucide-handshake', true),
  ...tab('notices', 'notices/CustomerNoticesTab', 'i-lucide-mail'),
  ...tab('opportunities', 'opportunities/CustomerOpportunitiesTab', 'i-lucide-target', true),
  ...tab('interests', 'interests/CustomerInterestsTab', 'i-lucide-sparkles', true),
  ...tab('files', 'files/CustomerFilesTab', 'i-lucide-paperclip', true),
  ...tab('renewals', 'renewals/CustomerRenewalsTab', 'i-lucide-refresh-cw', true),
  ...tab('quotes', 'quotes/CustomerQuotesTab', 'i-lucide-file-pen-line', true),
  ...tab('contacts', 'contacts/CustomerContactsTab', 'i-lucide-contact'),
]
