import type { LiveChange } from '@cartera/contract/live'
import { listenTo } from '@cartera/db/listen'
import type { AppContext } from '../app-context.ts'
import { liveChannel, readLive } from './notify-live.ts'

/** Hears of every committed change, whoever made it and in whichever process, on a connection of its own. */
export function listenForChanges(
  ctx: AppContext,
  on: { changes(changes: readonly LiveChange[] | 'many'): void; connected(): void },
) {
  return listenTo(ctx.pool, liveChannel, {
    message(payload) {
      const changes = readLive(payload)
      if (changes) on.changes(changes)
    },
    connected: on.connected,
    lost: (error) => ctx.log.warn({ err: error }, 'live changes: the listening connection was lost'),
  })
}
