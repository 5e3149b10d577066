import './portal.css'
import { createApp, nextTick } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import PortalApp from './PortalApp.vue'
import { portalRoutes } from './routes.ts'

const router = createRouter({
  history: createWebHistory('/portal'),
  routes: portalRoutes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})
// A new page is announced by moving to its top.
router.afterEach((to, from) => {
  if (to.name !== from.name && from.matched.length > 0) void nextTick(() => document.getElementById('content')?.focus())
})

createApp(PortalApp).use(router).mount('#app')
