import type { LiveChange } from '@cartera/contract/live'
import { listenTo } from '@cartera/db/listen'
import type { AppContext } from '../app-context.ts'
import { liveChannel, readLive } from './notify-live.ts'

/** Hears of every committed change, whoever made it and in whichever process, on a connection of its own. */
export function listenForChanges(ctx: AppContext, on: { change(change: LiveChange): void; connected(): void }) {
  return listenTo(ctx.pool, liveChannel, {
    message(payload) {
      const change = readLive(payload)
      if (change) on.change(change)
    },
    connected: on.connected,
    lost: (error) => ctx.log.warn({ err: error }, 'live changes: the listening connection was lost'),
  })
}
