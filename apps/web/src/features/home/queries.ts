import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'

/** The notices of the day and what stands in the queue, whatever its day. */
export function useNoticesToday(today: () => string) {
  const ofToday = useQuery(() => ({
    key: ['notices', 'home-today', today()],
    query: ({ signal }) => call('GET /api/v1/notices/summary', { query: { from: today(), to: today() } }, { signal }),
  }))
  const standing = useQuery({
    key: ['notices', 'home-standing'],
    query: ({ signal }) => call('GET /api/v1/notices/summary', {}, { signal }),
  })
  return { today: ofToday, standing }
}

/** Messages from the portal that wait for an answer: how many, and the newest. */
export function useUnansweredMessages() {
  const counts = useQuery({
    key: ['interactions', 'home-counts'],
    query: ({ signal }) => call('GET /api/v1/interaction-counts', {}, { signal }),
  })
  const newest = useQuery({
    key: ['interactions', 'home-unanswered'],
    query: ({ signal }) => call('GET /api/v1/interactions', { query: { unanswered: 'true', limit: '5' } }, { signal }),
  })
  return { counts, newest }
}

/** The viewer's own day: what is overdue, what falls due today, and how much is left for later. */
export function useMyDay(today: () => string) {
  const counts = useQuery({
    key: ['follow-ups', 'my-counts'],
    query: ({ signal }) => call('GET /api/v1/follow-up-counts', { query: { mine: 'true' } }, { signal }),
  })
  const due = useQuery(() => ({
    key: ['follow-ups', 'my-day', today()],
    query: ({ signal }) =>
      call('GET /api/v1/follow-ups', { query: { mine: 'true', dueTo: today(), sort: 'dueAt', limit: '12' } }, { signal }),
  }))
  return { counts, due }
}
