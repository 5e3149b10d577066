import './main.css'
import ui from '@nuxt/ui/vue-plugin'
import { PiniaColada } from '@pinia/colada'
import { createPinia } from 'pinia'
import { createApp, nextTick, watch } from 'vue'
import { createRouter, createWebHistory } from 'vue-router'
import App from './App.vue'
import { ApiProblem } from './api/api-problem.ts'
import { i18n, language, translate } from './i18n.ts'
import { routes } from './routes.ts'
import { guardRoutes } from './session/guards.ts'

const pinia = createPinia()
const router = createRouter({
  history: createWebHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

const app = createApp(App)
app.use(pinia)
// Data counts as fresh for five seconds: going back and forth between pages asks anew, a re-render does not.
app.use(PiniaColada, { queryOptions: { staleTime: 5_000, refetchOnWindowFocus: true } })
guardRoutes(router, pinia)
app.use(router)
app.use(i18n)
app.use(ui)

function nameTab(): void {
  const title = router.currentRoute.value.meta.title
  document.title = title ? `${translate(title)} · Cartera` : 'Cartera'
}
router.afterEach((to, from) => {
  nameTab()
  // A new page is announced by moving to its top; a changed filter or tab of the same page moves nothing.
  if (to.name !== from.name && from.matched.length > 0) {
    void nextTick(() => document.getElementById('content')?.focus({ preventScroll: true }))
  }
})
watch(language, nameTab)

// A page whose file is gone (a new version was installed meanwhile) is loaded anew, once.
router.onError((error, to) => {
  if (/dynamically imported module|Importing a module script failed|preload CSS/i.test(String(error?.message)))
    window.location.assign(to.fullPath)
})

app.config.errorHandler = (error) => {
  // Refusals that nobody caught are told by the queries' own error slots; the rest is a fault of ours.
  if (!(error instanceof ApiProblem)) console.error(error)
}

app.mount('#app')
