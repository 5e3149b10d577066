import { defineShortcuts } from '@nuxt/ui/composables/defineShortcuts'
import { computed } from 'vue'
import { useRouter } from 'vue-router'
import { customerAtHand, openCustomerCard } from '../customer-card/open-customer-card.ts'
import { useNavigation } from './use-navigation.ts'

/** The keys that work everywhere: the palette, help, `g` and a letter, `/` for the list's search, `c` to create. */
export function useShortcuts(open: { search: () => void; help: () => void }): void {
  const router = useRouter()
  const { all } = useNavigation()

  defineShortcuts(
    computed(() => ({
      meta_k: { usingInput: true, handler: open.search },
      '?': open.help,
      v: () => openCustomerCard(customerAtHand()),
      // A page marks its search field and its "new" button; the keys need to know no more of it.
      '/': () => document.querySelector<HTMLElement>('[data-page-search] input, input[data-page-search]')?.focus(),
      c: () => document.querySelector<HTMLElement>('[data-page-new]')?.click(),
      ...Object.fromEntries(
        all.value.filter((item) => item.key).map((item) => [`g-${item.key}`, () => void router.push(item.to)]),
      ),
    })),
  )
}
