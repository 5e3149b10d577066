import type { NoticeState } from '@cartera/domain/notices/notice-states'
import type { BulkDeed } from './queries.ts'

/** In which states a deed makes sense; the server decides again, row by row. */
const states: Record<BulkDeed, readonly NoticeState[]> = {
  release: ['held'],
  retry: ['failed', 'deferred'],
  'mark-sent': ['uncertain'],
  'send-again': ['uncertain'],
  cancel: ['held', 'planned', 'deferred', 'failed'],
}
export const deeds = Object.keys(states) as BulkDeed[]
export const deedFits = (deed: BulkDeed, state: NoticeState): boolean => states[deed].includes(state)
export const deedIcons: Record<BulkDeed, string> = {
  release: 'i-lucide-circle-play',
  retry: 'i-lucide-refresh-cw',
  'mark-sent': 'i-lucide-check-check',
  'send-again': 'i-lucide-send',
  cancel: 'i-lucide-ban',
}
