import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '../../session/session-store.ts'
import type { EntryKind } from './queries.ts'

export const kindIcons: Record<EntryKind, string> = {
  internal: 'i-lucide-lock',
  incoming: 'i-lucide-message-circle',
  outgoing: 'i-lucide-send',
}

/** Whose clock a time is on: said where the reader's own clock may show another. */
export function useClockHelp() {
  const { t } = useI18n()
  const session = useSession()
  return computed(() => {
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone
    return session.me?.company.timeZone === here ? '' : t('interactions.happenedHelp')
  })
}
