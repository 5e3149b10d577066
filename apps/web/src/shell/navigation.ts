import type { Permission } from '@cartera/domain/access/permissions'
import { paths } from '../paths.ts'

export interface NavigationItem {
  /** The route's name; an item without a route (its page is not written yet) is not shown. */
  route: string
  /** Message key. */
  label: string
  icon: string
  to: string
  permission?: Permission
  /** Only for people of this access level. */
  level?: 1
  /** The second key after g. */
  key?: string
}

export interface NavigationSection {
  /** What its being open is remembered by. */
  key: string
  /** Message key of the heading. */
  label: string
  /** Stands for the folded section where the side bar is narrow. */
  icon: string
  /** Open until a person folds it: what people work in all day. The rest is unfolded when it is wanted. */
  daily?: true
  items: NavigationItem[]
}

/** The side bar, the command palette and the shortcuts, all from one list. */
export const navigation: NavigationSection[] = [
  {
    key: 'day',
    label: 'shell.nav.day',
    icon: 'i-lucide-sun',
    daily: true,
    items: [
      { route: 'home', label: 'shell.nav.home', icon: 'i-lucide-house', to: paths.home(), key: 'h' },
      { route: 'my-day', label: 'agenda.myDay.title', icon: 'i-lucide-list-ordered', to: paths.myDay(), key: 'w' },
      { route: 'agenda', label: 'agenda.title', icon: 'i-lucide-calendar', to: paths.agenda(), key: 'e' },
      { route: 'follow-ups', label: 'shell.nav.followUps', icon: 'i-lucide-list-checks', to: paths.followUps(), key: 'f' },
      {
        route: 'interactions',
        label: 'interactions.title',
        icon: 'i-lucide-messages-square',
        to: paths.interactions(),
        key: 't',
      },
      { route: 'notes', label: 'shell.nav.notes', icon: 'i-lucide-notebook-pen', to: paths.notes(), key: 'n' },
    ],
  },
  {
    key: 'customers',
    label: 'shell.nav.customers',
    icon: 'i-lucide-building-2',
    daily: true,
    items: [
      { route: 'customers', label: 'shell.nav.customers', icon: 'i-lucide-building-2', to: paths.customers(), key: 'c' },
      { route: 'contacts', label: 'contacts.directory', icon: 'i-lucide-contact', to: paths.contacts(), key: 'l' },
      { route: 'files', label: 'files.title', icon: 'i-lucide-paperclip', to: paths.files() },
      {
        route: 'duplicates',
        label: 'merges.title',
        icon: 'i-lucide-copy',
        to: paths.duplicates(),
        permission: 'manage-customers',
      },
      {
        route: 'handovers',
        label: 'handovers.title',
        icon: 'i-lucide-arrow-right-left',
        to: paths.handovers(),
        permission: 'change-agents',
      },
    ],
  },
  {
    key: 'collections',
    label: 'shell.nav.collections',
    icon: 'i-lucide-wallet',
    daily: true,
    items: [
      { route: 'receivables', label: 'shell.nav.receivables', icon: 'i-lucide-wallet', to: paths.receivables(), key: 'r' },
      {
        route: 'portfolio',
        label: 'shell.nav.portfolio',
        icon: 'i-lucide-chart-no-axes-column',
        to: paths.portfolio(),
        key: 'o',
      },
      { route: 'promises', label: 'shell.nav.promises', icon: 'i-lucide-handshake', to: paths.promises(), key: 'm' },
      { route: 'payment-claims', label: 'shell.nav.paymentClaims', icon: 'i-lucide-receipt', to: paths.paymentClaims() },
    ],
  },
  {
    key: 'sales',
    label: 'shell.nav.sales',
    icon: 'i-lucide-target',
    daily: true,
    items: [
      { route: 'opportunities', label: 'opportunities.title', icon: 'i-lucide-target', to: paths.opportunities(), key: 'j' },
      { route: 'quotes', label: 'quotes.title', icon: 'i-lucide-file-pen-line', to: paths.quotes() },
      { route: 'interests', label: 'interests.title', icon: 'i-lucide-sparkles', to: paths.interests() },
      { route: 'renewals', label: 'renewals.title', icon: 'i-lucide-refresh-cw', to: paths.renewals() },
      { route: 'cases', label: 'cases.title', icon: 'i-lucide-life-buoy', to: paths.cases(), key: 's' },
    ],
  },
  {
    key: 'notices',
    label: 'shell.nav.notices',
    icon: 'i-lucide-mails',
    daily: true,
    items: [
      {
        route: 'notice-plan',
        label: 'shell.nav.noticePlan',
        icon: 'i-lucide-calendar-clock',
        to: paths.noticePlan(),
        permission: 'see-notices',
        key: 'p',
      },
      {
        route: 'notice-queue',
        label: 'shell.nav.noticeQueue',
        icon: 'i-lucide-mails',
        to: paths.noticeQueue(),
        permission: 'see-notices',
        key: 'q',
      },
      {
        route: 'notice-review',
        label: 'finance.review.title',
        icon: 'i-lucide-mail-check',
        to: paths.noticeReview(),
        permission: 'see-notices',
        key: 'v',
      },
      {
        route: 'notice-rules',
        label: 'shell.nav.noticeRules',
        icon: 'i-lucide-list-ordered',
        to: paths.noticeRules(),
        permission: 'manage-notice-rules',
      },
      {
        route: 'notice-texts',
        label: 'shell.nav.noticeTexts',
        icon: 'i-lucide-text-quote',
        to: paths.noticeTexts(),
        permission: 'manage-notice-settings',
      },
      {
        route: 'notice-defaults',
        label: 'shell.nav.noticeDefaults',
        icon: 'i-lucide-file-pen-line',
        to: paths.noticeDefaults(),
        permission: 'manage-notice-settings',
      },
      {
        route: 'notice-policy',
        label: 'shell.nav.noticePolicy',
        icon: 'i-lucide-shield-check',
        to: paths.noticePolicy(),
        permission: 'company-settings',
      },
    ],
  },
  {
    key: 'reports',
    label: 'shell.nav.reports',
    icon: 'i-lucide-chart-bar-stacked',
    items: [
      {
        route: 'follow-up-reports',
        label: 'followUps.reports.title',
        icon: 'i-lucide-chart-bar-stacked',
        to: paths.followUpReports(),
      },
      {
        route: 'exports',
        label: 'exports.title',
        icon: 'i-lucide-folder-down',
        to: paths.exports(),
        permission: 'export',
      },
      {
        route: 'imports',
        label: 'shell.nav.imports',
        icon: 'i-lucide-file-up',
        to: paths.imports(),
        permission: 'import',
        key: 'i',
      },
    ],
  },
  {
    key: 'catalogues',
    label: 'shell.nav.catalogues',
    icon: 'i-lucide-library',
    items: [
      {
        route: 'customer-groups',
        label: 'shell.nav.customerGroups',
        icon: 'i-lucide-group',
        to: paths.customerGroups(),
        permission: 'manage-catalogues',
      },
      {
        route: 'custom-fields',
        label: 'customFields.title',
        icon: 'i-lucide-text-cursor-input',
        to: paths.customFields(),
        permission: 'manage-catalogues',
      },
      {
        route: 'products',
        label: 'products.title',
        icon: 'i-lucide-package',
        to: paths.products(),
        permission: 'manage-catalogues',
      },
      {
        route: 'price-lists',
        label: 'products.lists.title',
        icon: 'i-lucide-badge-dollar-sign',
        to: paths.priceLists(),
        permission: 'manage-catalogues',
      },
      {
        route: 'follow-up-types',
        label: 'followUps.types.title',
        icon: 'i-lucide-tags',
        to: paths.followUpTypes(),
        permission: 'manage-catalogues',
      },
      {
        route: 'follow-up-situations',
        label: 'followUps.situations.title',
        icon: 'i-lucide-signpost',
        to: paths.followUpSituations(),
        permission: 'manage-catalogues',
      },
      {
        route: 'follow-up-activities',
        label: 'followUps.activities.title',
        icon: 'i-lucide-footprints',
        to: paths.followUpActivities(),
        permission: 'manage-catalogues',
      },
      {
        route: 'follow-up-documents',
        label: 'followUps.documents.title',
        icon: 'i-lucide-file-text',
        to: paths.followUpDocuments(),
        permission: 'manage-catalogues',
      },
      {
        route: 'interaction-topics',
        label: 'interactions.topics.title',
        icon: 'i-lucide-message-square-text',
        to: paths.interactionTopics(),
        permission: 'manage-catalogues',
      },
      {
        route: 'case-types',
        label: 'cases.types.title',
        icon: 'i-lucide-life-buoy',
        to: paths.caseTypes(),
        permission: 'manage-catalogues',
      },
      {
        route: 'opportunity-stages',
        label: 'opportunities.stages.title',
        icon: 'i-lucide-columns-3',
        to: paths.opportunityStages(),
        permission: 'manage-catalogues',
      },
      {
        route: 'opportunity-loss-reasons',
        label: 'opportunities.lossReasons.title',
        icon: 'i-lucide-circle-x',
        to: paths.opportunityLossReasons(),
        permission: 'manage-catalogues',
      },
    ],
  },
  {
    key: 'administration',
    label: 'shell.nav.administration',
    icon: 'i-lucide-landmark',
    items: [
      {
        route: 'company',
        label: 'shell.nav.company',
        icon: 'i-lucide-landmark',
        to: paths.company(),
        permission: 'company-settings',
      },
      {
        route: 'finance',
        label: 'finance.title',
        icon: 'i-lucide-hand-coins',
        to: paths.finance(),
        permission: 'company-settings',
      },
      {
        route: 'branches',
        label: 'shell.nav.branches',
        icon: 'i-lucide-store',
        to: paths.branches(),
        permission: 'manage-catalogues',
        key: 'b',
      },
      {
        route: 'departments',
        label: 'shell.nav.departments',
        icon: 'i-lucide-network',
        to: paths.departments(),
        permission: 'manage-catalogues',
        key: 'd',
      },
      {
        route: 'users',
        label: 'shell.nav.users',
        icon: 'i-lucide-users',
        to: paths.users(),
        permission: 'manage-users',
        key: 'u',
      },
      {
        route: 'access-profiles',
        label: 'shell.nav.accessProfiles',
        icon: 'i-lucide-shield-check',
        to: paths.accessProfiles(),
        permission: 'manage-users',
      },
      {
        route: 'mail-accounts',
        label: 'mailAccounts.title',
        icon: 'i-lucide-at-sign',
        to: paths.mailAccounts(),
        permission: 'company-settings',
      },
      { route: 'trash', label: 'trash.title', icon: 'i-lucide-trash-2', to: paths.trash(), level: 1 },
      { route: 'audit', label: 'audit.title', icon: 'i-lucide-scroll-text', to: paths.audit(), level: 1 },
    ],
  },
]

/** Reached from the user menu rather than the side bar. */
export const accountItem: NavigationItem = {
  route: 'account',
  label: 'shell.nav.account',
  icon: 'i-lucide-user-round-cog',
  to: paths.account(),
  key: 'a',
}
