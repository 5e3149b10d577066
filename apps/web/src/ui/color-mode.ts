import { ref } from 'vue'

export type ColorMode = 'system' | 'light' | 'dark'
const storageKey = 'cartera-theme'

function stored(): ColorMode {
  try {
    const value = localStorage.getItem(storageKey)
    return value === 'light' || value === 'dark' ? value : 'system'
  } catch {
    return 'system'
  }
}

/** What the person wants; `system` follows the operating system. public/theme.js says the same before the first paint. */
export const colorMode = ref<ColorMode>(stored())

const systemDark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')

function apply(): void {
  const dark = colorMode.value === 'dark' || (colorMode.value === 'system' && systemDark?.matches === true)
  document.documentElement.classList.toggle('dark', dark)
  document.documentElement.classList.toggle('light', !dark)
}

export function setColorMode(mode: ColorMode): void {
  colorMode.value = mode
  try {
    if (mode === 'system') localStorage.removeItem(storageKey)
    else localStorage.setItem(storageKey, mode)
  } catch {
    // Without storage the choice holds until the page is closed.
  }
  apply()
}

systemDark?.addEventListener('change', apply)
