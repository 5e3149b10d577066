import { computed } from 'vue'
import { createI18n } from 'vue-i18n'

export type Language = 'es' | 'en'
export const languages = ['es', 'en'] as const

interface MessageTree {
  [key: string]: string | MessageTree
}
export type Messages = Record<Language, MessageTree>

const storageKey = 'cartera-language'

// Each feature brings its own words; ui and shell bring theirs. Eager: a language switch must not wait for the network.
const modules = import.meta.glob<{ messages: Messages }>(
  [
    './ui/messages.ts',
    './catalogue/messages.ts',
    './customer-card/messages.ts',
    './contact-dialog/messages.ts',
    './saved-views/messages.ts',
    './sight/messages.ts',
    './shell/messages.ts',
    './forms/messages.ts',
    './features/*/messages.ts',
    './features/*/*/messages.ts',
  ],
  {
    eager: true,
  },
)

function mergedMessages(): Messages {
  const merged: Messages = { es: {}, en: {} }
  for (const module of Object.values(modules)) {
    for (const one of languages) Object.assign(merged[one], module.messages[one])
  }
  return merged
}

function storedLanguage(): Language | null {
  try {
    const stored = localStorage.getItem(storageKey)
    return stored === 'es' || stored === 'en' ? stored : null
  } catch {
    return null
  }
}

const browserLanguage: Language = globalThis.navigator?.language?.toLowerCase().startsWith('en') ? 'en' : 'es'

export const i18n = createI18n({
  legacy: false,
  locale: storedLanguage() ?? browserLanguage,
  fallbackLocale: 'es',
  messages: mergedMessages(),
  missingWarn: import.meta.env.DEV,
  fallbackWarn: false,
})

/** The language that the interface speaks now. */
export const language = computed<Language>(() => i18n.global.locale.value as Language)

/** A sentence outside of components; inside of them `useI18n()` does it. */
export function translate(key: string, params: Record<string, string | number> = {}): string {
  return i18n.global.t(key, params)
}

function speak(next: Language): void {
  i18n.global.locale.value = next
  document.documentElement.lang = next
}

/** The person's own choice: kept in this browser, stronger than anything else. */
export function chooseLanguage(next: Language): void {
  speak(next)
  try {
    localStorage.setItem(storageKey, next)
  } catch {
    // Without storage the choice holds until the page is closed.
  }
}

/** The language of the account, which counts where nobody has chosen another in this browser. */
export function preferLanguage(next: Language): void {
  if (storedLanguage() === null) speak(next)
}

if (typeof document !== 'undefined') document.documentElement.lang = language.value
