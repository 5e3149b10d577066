import type { Pinia } from 'pinia'
import { type Router, START_LOCATION } from 'vue-router'
import { onSignedOut } from '../api/client.ts'
import { paths } from '../paths.ts'
import { useSession } from './session-store.ts'

/** A wanted address that may be followed after signing in: within this site only, so that a link cannot lead elsewhere. */
export function safeReturnAddress(wanted: unknown): string {
  return typeof wanted === 'string' && /^\/(?![/\\])/.test(wanted) ? wanted : paths.home()
}

/** Who may enter which page: set-up first, then sign-in, then the permission of the page. */
export function guardRoutes(router: Router, pinia: Pinia): void {
  const session = useSession(pinia)

  router.beforeEach(async (to) => {
    await session.start()
    if (session.setUpNeeded) return to.name === 'set-up' ? true : { name: 'set-up' }
    if (to.name === 'set-up') return { name: 'home' }
    if (to.meta.public) return session.signedIn && to.name === 'sign-in' ? safeReturnAddress(to.query.to) : true
    if (!session.signedIn) return { name: 'sign-in', query: to.fullPath === '/' ? {} : { to: to.fullPath } }
    if (to.meta.permission && !session.can(to.meta.permission)) return { name: 'not-allowed' }
    if (to.meta.level && session.me?.level !== to.meta.level) return { name: 'not-allowed' }
    return true
  })

  onSignedOut(() => {
    const wasSignedIn = session.signedIn
    session.forget()
    const here = router.currentRoute.value
    // During the first navigation the guard above decides, and on public pages there is nothing to leave.
    if (!wasSignedIn || here === START_LOCATION || here.meta.public) return
    void router.replace({ name: 'sign-in', query: { to: here.fullPath, ended: '1' } })
  })
}
