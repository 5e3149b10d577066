import type { Permission } from '@cartera/domain/access/permissions'
import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

declare module 'vue-router' {
  interface RouteMeta {
    /** Message key of the page's title in the browser tab. */
    title?: string
    /** Whoever holds any of these may enter; without it everyone who is signed in may. */
    permission?: Permission | Permission[]
    /** Only people of this access level may enter. */
    level?: 1
    /** Shown without a session. */
    public?: boolean
  }
}

type PageModule = { default: Component }
const pages = import.meta.glob<PageModule>(['./features/*/*Page.vue', './features/*/*/*Page.vue'])

/** A route for a page of a feature, loaded when it is first visited; none while its file is not written yet. */
function page(path: string, name: string, file: string, meta: NonNullable<RouteRecordRaw['meta']>): RouteRecordRaw[] {
  const component = pages[`./features/${file}.vue`]
  return component ? [{ path, name, component, meta }] : []
}

/** All addresses of the interface, by feature. The file of a page decides whether its route exists, and so its place in the menu. */
export const routes: RouteRecordRaw[] = [
  ...page('/sign-in', 'sign-in', 'session/SignInPage', { title: 'session.signIn.title', public: true }),
  ...page('/set-up', 'set-up', 'session/SetUpPage', { title: 'session.setUp.title', public: true }),
  {
    path: '/',
    component: () => import('./shell/AppShell.vue'),
    children: [
      ...page('', 'home', 'home/HomePage', { title: 'home.title' }),

      ...page('customers', 'customers', 'customers/CustomersPage', { title: 'shell.nav.customers' }),
      ...page('customers/new', 'new-customer', 'customers/NewCustomerPage', {
        title: 'shell.nav.newCustomer',
        permission: 'manage-customers',
      }),
      ...page('customers/duplicates', 'duplicates', 'merges/DuplicatesPage', {
        title: 'merges.title',
        permission: 'manage-customers',
      }),
      ...page('customers/merge', 'merge-customers', 'merges/MergePage', {
        title: 'merges.mergeTitle',
        permission: 'manage-customers',
      }),
      ...page('customers/:id/:tab?', 'customer', 'customers/CustomerPage', { title: 'shell.nav.customers' }),

      ...page('contacts', 'contacts', 'contacts/ContactsPage', { title: 'contacts.directory' }),

      ...page('files', 'files', 'files/FilesPage', { title: 'files.title' }),

      ...page('notes', 'notes', 'notes/NotesPage', { title: 'shell.nav.notes' }),

      ...page('follow-ups', 'follow-ups', 'follow-ups/FollowUpsPage', { title: 'shell.nav.followUps' }),
      ...page('follow-ups/reports', 'follow-up-reports', 'follow-ups/FollowUpReportsPage', {
        title: 'followUps.reports.title',
      }),
      ...page('agenda', 'agenda', 'follow-ups/agenda/AgendaPage', { title: 'agenda.title' }),
      ...page('my-day', 'my-day', 'follow-ups/agenda/MyDayPage', { title: 'agenda.myDay.title' }),
      ...page('follow-ups/:id', 'follow-up', 'follow-ups/FollowUpPage', { title: 'shell.nav.followUps' }),

      ...page('follow-up-types', 'follow-up-types', 'follow-ups/FollowUpTypesPage', {
        title: 'followUps.types.title',
        permission: 'manage-catalogues',
      }),
      ...page('follow-up-situations', 'follow-up-situations', 'follow-ups/FollowUpKindsPage', {
        title: 'followUps.situations.title',
        permission: 'manage-catalogues',
      }),
      ...page('follow-up-activities', 'follow-up-activities', 'follow-ups/FollowUpKindsPage', {
        title: 'followUps.activities.title',
        permission: 'manage-catalogues',
      }),
      ...page('follow-up-documents', 'follow-up-documents', 'follow-ups/FollowUpDocumentsPage', {
        title: 'followUps.documents.title',
        permission: 'manage-catalogues',
      }),

      ...page('interactions', 'interactions', 'interactions/InteractionsPage', { title: 'interactions.title' }),
      ...page('interactions/new', 'new-interaction', 'interactions/NewInteractionPage', { title: 'interactions.new' }),
      ...page('interactions/by-entry-name', 'interaction-report', 'interactions/InteractionReportPage', {
        title: 'interactions.report.title',
      }),
      // Where deleted interactions stood before the trash had every kind.
      { path: 'interactions/deleted', redirect: (to) => ({ path: '/trash', query: { ...to.query, kind: 'interaction' } }) },
      ...page('interactions/:id', 'interaction', 'interactions/InteractionPage', { title: 'interactions.title' }),
      ...page('interaction-topics', 'interaction-topics', 'interactions/InteractionTopicsPage', {
        title: 'interactions.topics.title',
        permission: 'manage-catalogues',
      }),
      ...page('cases', 'cases', 'cases/CasesPage', { title: 'cases.title' }),
      ...page('cases/new', 'new-case', 'cases/NewCasePage', { title: 'cases.new' }),
      ...page('cases/:id', 'case', 'cases/CasePage', { title: 'cases.title' }),
      ...page('case-types', 'case-types', 'cases/CaseTypesPage', {
        title: 'cases.types.title',
        permission: 'manage-catalogues',
      }),
      ...page('custom-fields', 'custom-fields', 'custom-fields/CustomFieldsPage', {
        title: 'customFields.title',
        permission: 'manage-catalogues',
      }),
      ...page('price-lists', 'price-lists', 'products/PriceListsPage', {
        title: 'products.lists.title',
        permission: 'manage-catalogues',
      }),
      ...page('products', 'products', 'products/ProductsPage', { title: 'products.title', permission: 'manage-catalogues' }),

      ...page('receivables', 'receivables', 'receivables/ReceivablesPage', { title: 'shell.nav.receivables' }),
      ...page('portfolio', 'portfolio', 'portfolio/PortfolioPage', { title: 'shell.nav.portfolio' }),
      ...page('promises', 'promises', 'promises/PromisesPage', { title: 'shell.nav.promises' }),
      ...page('payment-claims', 'payment-claims', 'payment-claims/PaymentClaimsPage', { title: 'shell.nav.paymentClaims' }),
      ...page('interests', 'interests', 'interests/InterestsPage', { title: 'interests.title' }),
      ...page('renewals', 'renewals', 'renewals/RenewalsPage', { title: 'renewals.title' }),
      ...page('opportunities', 'opportunities', 'opportunities/OpportunitiesPage', { title: 'opportunities.title' }),
      ...page('opportunities/:id', 'opportunity', 'opportunities/OpportunityPage', { title: 'opportunities.title' }),
      ...page('opportunity-stages', 'opportunity-stages', 'opportunities/OpportunityStagesPage', {
        title: 'opportunities.stages.title',
        permission: 'manage-catalogues',
      }),
      ...page('opportunity-loss-reasons', 'opportunity-loss-reasons', 'opportunities/OpportunityLossReasonsPage', {
        title: 'opportunities.lossReasons.title',
        permission: 'manage-catalogues',
      }),
      ...page('quotes', 'quotes', 'quotes/QuotesPage', { title: 'quotes.title' }),
      ...page('quotes/new', 'new-quote', 'quotes/NewQuotePage', { title: 'quotes.new' }),
      ...page('quotes/:id', 'quote', 'quotes/QuotePage', { title: 'quotes.title' }),
      ...page('handovers', 'handovers', 'handovers/HandoversPage', { title: 'handovers.title', permission: 'change-agents' }),
      ...page('handovers/:id', 'handover', 'handovers/HandoverPage', { title: 'handovers.title', permission: 'change-agents' }),
      ...page('exports', 'exports', 'exports/ExportsPage', { title: 'exports.title', permission: 'export' }),
      ...page('imports', 'imports', 'imports/ImportsPage', { title: 'shell.nav.imports', permission: 'import' }),
      ...page('imports/new', 'new-import', 'imports/NewImportPage', { title: 'shell.nav.imports', permission: 'import' }),
      ...page('imports/:id', 'import', 'imports/ImportPage', {
        title: 'shell.nav.imports',
        // Customers chosen in their list are changed the same way.
        permission: ['import', 'manage-customers'],
      }),

      ...page('notices/plan', 'notice-plan', 'notices/NoticePlanPage', {
        title: 'shell.nav.noticePlan',
        permission: 'see-notices',
      }),
      ...page('notices', 'notice-queue', 'notices/NoticeQueuePage', {
        title: 'shell.nav.noticeQueue',
        permission: 'see-notices',
      }),
      ...page('notices/review', 'notice-review', 'notices/NoticeReviewPage', {
        title: 'finance.review.title',
        permission: 'see-notices',
      }),
      ...page('notices/defaults', 'notice-defaults', 'notices/NoticeDefaultsPage', {
        title: 'shell.nav.noticeDefaults',
        permission: 'manage-notice-settings',
      }),
      ...page('notices/:id', 'notice', 'notices/NoticePage', { title: 'shell.nav.noticeQueue', permission: 'see-notices' }),
      ...page('notice-texts', 'notice-texts', 'notices/NoticeTextsPage', {
        title: 'shell.nav.noticeTexts',
        permission: 'manage-notice-settings',
      }),
      ...page('notice-rules', 'notice-rules', 'notices/NoticeRulesPage', {
        title: 'shell.nav.noticeRules',
        permission: 'manage-notice-rules',
      }),

      ...page('notice-policy', 'notice-policy', 'notice-policy/NoticePolicyPage', {
        title: 'shell.nav.noticePolicy',
        permission: 'company-settings',
      }),
      ...page('customer-groups', 'customer-groups', 'customer-groups/CustomerGroupsPage', {
        title: 'shell.nav.customerGroups',
        permission: ['manage-catalogues', 'manage-notice-settings'],
      }),
      ...page('customer-groups/:id/notices', 'group-notices', 'notices/GroupNoticesPage', {
        title: 'shell.nav.customerGroups',
        permission: ['manage-catalogues', 'manage-notice-settings'],
      }),

      ...page('company', 'company', 'company/CompanyPage', { title: 'shell.nav.company', permission: 'company-settings' }),
      ...page('company/finance', 'finance', 'finance/FinancePage', {
        title: 'finance.title',
        permission: 'company-settings',
      }),
      ...page('branches', 'branches', 'branches/BranchesPage', { title: 'shell.nav.branches', permission: 'manage-catalogues' }),
      ...page('departments', 'departments', 'departments/DepartmentsPage', {
        title: 'shell.nav.departments',
        permission: 'manage-catalogues',
      }),
      ...page('users', 'users', 'users/UsersPage', { title: 'shell.nav.users', permission: 'manage-users' }),
      ...page('access-profiles', 'access-profiles', 'access-profiles/AccessProfilesPage', {
        title: 'shell.nav.accessProfiles',
        permission: 'manage-users',
      }),

      ...page('mail-accounts', 'mail-accounts', 'mail-accounts/MailAccountsPage', {
        title: 'mailAccounts.title',
        permission: 'company-settings',
      }),
      ...page('trash', 'trash', 'trash/TrashPage', { title: 'trash.title', level: 1 }),
      ...page('audit', 'audit', 'audit/AuditPage', { title: 'audit.title', level: 1 }),

      ...page('account', 'account', 'my-account/AccountPage', { title: 'shell.nav.account' }),

      {
        path: 'not-allowed',
        name: 'not-allowed',
        component: () => import('./shell/NotAllowedPage.vue'),
        meta: { title: 'shell.notAllowed.title' },
      },
      {
        path: ':rest(.*)*',
        name: 'not-found',
        component: () => import('./shell/NotFoundPage.vue'),
        meta: { title: 'shell.notFound.title' },
      },
    ],
  },
]
