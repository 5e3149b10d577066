/** Every address of the interface as a typed function: a page is linked by `paths.customer(id)`, never by a string. */
export const paths = {
  home: () => '/',
  signIn: () => '/sign-in',
  setUp: () => '/set-up',
  customers: () => '/customers',
  newCustomer: () => '/customers/new',
  duplicates: () => '/customers/duplicates',
  /** Two customers side by side; with one alone, the other is looked for there. */
  mergeCustomers: (survivor: string, merged?: string) =>
    merged ? `/customers/merge?survivor=${survivor}&merged=${merged}` : `/customers/merge?survivor=${survivor}`,
  /** The profile, on the tab that is named (`notes`, `notices`, ...) or the first. */
  customer: (id: string, tab?: string) => (tab ? `/customers/${id}/${tab}` : `/customers/${id}`),
  contacts: () => '/contacts',
  /** The directory with the card of one open. */
  contact: (customerId: string, id: string) => `/contacts?of=${customerId}&contact=${id}`,
  /** A file, opened on its customer's profile. */
  file: (customerId: string, id: string) => `/customers/${customerId}/files?file=${id}`,
  /** The profile opened from the list, whose filters and sort stay in the address: for the one before and after. */
  listedCustomer: (id: string, list: Readonly<Record<string, string | undefined>>) => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(list)) if (value) query.set(name, value)
    return `/customers/${id}?list=${encodeURIComponent(query.toString())}`
  },
  notes: () => '/notes',
  interactions: () => '/interactions',
  newInteraction: () => '/interactions/new',
  interaction: (id: string) => `/interactions/${id}`,
  interactionReport: () => '/interactions/by-entry-name',
  cases: () => '/cases',
  /** Opens one of the customer, or from the interaction, that is named. */
  newCase: (from: { customer?: string; interaction?: string } = {}) => {
    const query = new URLSearchParams(from).toString()
    return query ? `/cases/new?${query}` : '/cases/new'
  },
  case: (id: string) => `/cases/${id}`,
  caseTypes: () => '/case-types',
  interactionTopics: () => '/interaction-topics',
  products: () => '/products',
  priceLists: () => '/price-lists',
  customFields: () => '/custom-fields',
  agenda: () => '/agenda',
  myDay: () => '/my-day',
  followUps: () => '/follow-ups',
  followUp: (id: string) => `/follow-ups/${id}`,
  followUpReports: () => '/follow-ups/reports',
  followUpTypes: () => '/follow-up-types',
  followUpSituations: () => '/follow-up-situations',
  followUpActivities: () => '/follow-up-activities',
  followUpDocuments: () => '/follow-up-documents',
  receivables: () => '/receivables',
  portfolio: () => '/portfolio',
  promises: () => '/promises',
  interests: () => '/interests',
  renewals: () => '/renewals',
  opportunities: () => '/opportunities',
  opportunity: (id: string) => `/opportunities/${id}`,
  /** The board with the form of a new one open; from an interaction, whose contact and products come along. */
  newOpportunity: (interactionId?: string) =>
    interactionId ? `/opportunities?new=1&interaction=${interactionId}` : '/opportunities?new=1',
  opportunityStages: () => '/opportunity-stages',
  opportunityLossReasons: () => '/opportunity-loss-reasons',
  quotes: () => '/quotes',
  /** A new quote, of the customer where one is named, for the opportunity where that is. */
  newQuote: (customerId?: string, opportunityId?: string) =>
    `/quotes/new${customerId ? `?customer=${customerId}${opportunityId ? `&opportunity=${opportunityId}` : ''}` : ''}`,
  quote: (id: string) => `/quotes/${id}`,
  handovers: () => '/handovers',
  handover: (id: string) => `/handovers/${id}`,
  /** What customers say they paid; one customer's with its id. */
  paymentClaims: (customerId?: string) => (customerId ? `/payment-claims?state=all&customerId=${customerId}` : '/payment-claims'),
  files: () => '/files',
  exports: () => '/exports',
  imports: () => '/imports',
  newImport: () => '/imports/new',
  import: (id: string) => `/imports/${id}`,
  noticePlan: () => '/notices/plan',
  noticeQueue: () => '/notices',
  noticeReview: () => '/notices/review',
  notice: (id: string) => `/notices/${id}`,
  noticeDefaults: () => '/notices/defaults',
  noticeRules: () => '/notice-rules',
  noticeTexts: () => '/notice-texts',
  noticePolicy: () => '/notice-policy',
  customerGroups: () => '/customer-groups',
  groupNotices: (id: string) => `/customer-groups/${id}/notices`,
  company: () => '/company',
  finance: () => '/company/finance',
  branches: () => '/branches',
  departments: () => '/departments',
  users: () => '/users',
  accessProfiles: () => '/access-profiles',
  mailAccounts: () => '/mail-accounts',
  trash: (kind?: string) => (kind ? `/trash?kind=${kind}` : '/trash'),
  audit: () => '/audit',
  account: () => '/account',
}
