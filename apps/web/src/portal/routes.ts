import type { RouteRecordRaw } from 'vue-router'
import AccountPage from './AccountPage.vue'
import ClaimPage from './ClaimPage.vue'
import ConversationPage from './ConversationPage.vue'
import DisputePage from './DisputePage.vue'
import EnterPage from './EnterPage.vue'
import HomePage from './HomePage.vue'
import MessagesPage from './MessagesPage.vue'
import PaymentsPage from './PaymentsPage.vue'
import PromisePage from './PromisePage.vue'
import WrongPersonPage from './WrongPersonPage.vue'

declare module 'vue-router' {
  interface RouteMeta {
    /** Shown without a session. */
    open?: boolean
    /** Which of the sections it belongs to. */
    section?: 'home' | 'account' | 'payments' | 'messages'
  }
}

/** All addresses of the portal, below /portal. */
export const portalRoutes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: HomePage, meta: { section: 'home' } },
  { path: '/enter', name: 'enter', component: EnterPage, meta: { open: true } },
  { path: '/account/:tab(open|statement|documents)?', name: 'account', component: AccountPage, meta: { section: 'account' } },
  { path: '/account/:id/dispute', name: 'dispute', component: DisputePage, meta: { section: 'account' } },
  { path: '/payments', name: 'payments', component: PaymentsPage, meta: { section: 'payments' } },
  { path: '/payments/report', name: 'claim', component: ClaimPage, meta: { section: 'payments' } },
  { path: '/payments/promise', name: 'promise', component: PromisePage, meta: { section: 'payments' } },
  { path: '/messages', name: 'messages', component: MessagesPage, meta: { section: 'messages' } },
  { path: '/messages/:id', name: 'conversation', component: ConversationPage, meta: { section: 'messages' } },
  { path: '/wrong-person', name: 'wrong-person', component: WrongPersonPage },
  { path: '/:rest(.*)*', redirect: '/' },
]
