import { computed } from 'vue'
import { useRouter } from 'vue-router'
import { useSession } from '../session/session-store.ts'
import { accountItem, type NavigationItem, navigation } from './navigation.ts'

/** The navigation as this person sees it: what is built, and what their profile allows. */
export function useNavigation() {
  const router = useRouter()
  const session = useSession()
  const shown = (item: NavigationItem) =>
    router.hasRoute(item.route) &&
    (!item.permission || session.can(item.permission)) &&
    (!item.level || session.me?.level === item.level)

  const sections = computed(() =>
    navigation
      .map((section) => ({ ...section, items: section.items.filter(shown) }))
      .filter((section) => section.items.length > 0),
  )
  const account = computed(() => (shown(accountItem) ? accountItem : null))
  const all = computed(() => [...sections.value.flatMap((section) => section.items), ...(account.value ? [account.value] : [])])
  return { sections, account, all }
}
