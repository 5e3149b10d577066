import { ref, watch } from 'vue'

interface Foldable {
  key: string
  daily?: true
}

const storageKey = 'cartera:menu'

/** What this browser's person folded (false) or unfolded (true) by hand. */
function remembered(): Record<string, boolean> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(storageKey) ?? 'null')
    return typeof kept === 'object' && kept !== null
      ? Object.fromEntries(Object.entries(kept).filter(([, open]) => typeof open === 'boolean'))
      : {}
  } catch {
    return {}
  }
}

/**
 * Which sections of the side bar are open: as the person left them; the section of the present page opens by itself, without that being
 * remembered, and may still be folded.
 */
export function useOpenSections(current: () => string | undefined) {
  const chosen = ref(remembered())
  const visited = ref<string>()
  watch(
    current,
    (key) => {
      visited.value = key
    },
    { immediate: true },
  )

  const isOpen = ({ key, daily }: Foldable) => visited.value === key || (chosen.value[key] ?? daily ?? false)

  function toggle(section: Foldable): void {
    const open = !isOpen(section)
    if (visited.value === section.key) visited.value = undefined
    chosen.value = { ...chosen.value, [section.key]: open }
    try {
      localStorage.setItem(storageKey, JSON.stringify(chosen.value))
    } catch {
      // Without a store the choice holds until the page is left.
    }
  }
  return { isOpen, toggle }
}
