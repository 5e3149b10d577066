import type { Api } from '@cartera/contract/api'
import type { EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { onBeforeUnmount, onMounted } from 'vue'
import { call } from '../../api/client.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import { paths } from '../../paths.ts'

export type Reminder = EndpointOutput<Api['GET /api/v1/reminders']>['items'][number]
const everything = ['reminders']
const everyMs = 60_000

/** The unread reminders, newest first. Bell and watch share the one answer. */
export function useUnreadReminders() {
  return useQuery({
    key: [...everything, 'unread'],
    query: ({ signal }) => call('GET /api/v1/reminders', { query: { unread: 'true', limit: '20' } }, { signal }),
  })
}

/** Live events tell of new ones at once; this asks besides, every minute while the page is in sight, for when there are none. */
export function useReminderPolling(refetch: () => unknown): void {
  let timer: ReturnType<typeof setInterval> | undefined
  function look(): void {
    if (document.visibilityState === 'visible') void refetch()
  }
  onMounted(() => {
    timer = setInterval(look, everyMs)
    document.addEventListener('visibilitychange', look)
  })
  onBeforeUnmount(() => {
    clearInterval(timer)
    document.removeEventListener('visibilitychange', look)
  })
}

/** The viewer's own overdue follow-ups, as an address of the list. */
export const myOverdue = (followUps: string) => `${followUps}?period=overdue&owner=mine`

export function useReminderActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything)
  return {
    /** What fell due changes what the lists of follow-ups show: they are asked again. */
    refreshFollowUps: () => refresh(['follow-ups']),
    /** Marks it as read on the way and answers where it leads: reading is a courtesy, opening must not wait for it or fail with it. */
    follow(reminder: Reminder): string {
      void call('PUT /api/v1/reminders/:id/reading', { params: { id: reminder.id } }).then(changed, () => undefined)
      return paths.followUp(reminder.followUp.id)
    },
    async readAll(): Promise<void> {
      await call('POST /api/v1/reminders/readings')
      await changed()
    },
  }
}
