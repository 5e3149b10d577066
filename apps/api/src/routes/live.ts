import { PassThrough } from 'node:stream'
import { liveEndpoints } from '@cartera/contract/live'
import type { AppContext } from '@cartera/use-cases/app-context'
import { recordChanges } from '@cartera/use-cases/live/record-changes'
import type { FastifyInstance } from 'fastify'
import { sendProblem } from '../error-handler.ts'
import { type LiveMessage, type LiveReader, openLiveHub } from '../live-hub.ts'
import { faultProblem } from '../problem.ts'
import { route } from '../route.ts'

/** A reader that does not read: rather than keep all that for them they are let go, and come back. */
const mostUnreadBytes = 65_536

const written = (message: LiveMessage): string => {
  if (message.event === 'pulse') return ': pulse\n\n'
  const data = message.event === 'changes' ? { items: message.items } : {}
  return `event: ${message.event}\ndata: ${JSON.stringify(data)}\n\n`
}

export function liveRoutes(app: FastifyInstance, ctx: AppContext): void {
  const hub = openLiveHub(ctx)
  // Before the server closes: it waits for its answers to end, and these would not.
  app.addHook('preClose', async () => hub.close())

  route(app, ctx, liveEndpoints.recordChanges, async ({ ctx, viewer, query }) => recordChanges(ctx, viewer, query))
  route(app, ctx, liveEndpoints.events, async ({ viewer, request, reply }) => {
    const stream = new PassThrough({ highWaterMark: mostUnreadBytes })
    const reader: LiveReader = {
      userId: viewer.userId,
      sessionId: request.sessionId ?? '',
      tokenEndsAt: request.tokenEndsAt,
      send(message) {
        if (!stream.writable) return
        stream.write(written(message))
        if (stream.writableLength + stream.readableLength > mostUnreadBytes) stream.destroy()
      },
      end: () => void stream.end(),
    }
    stream.on('close', () => hub.leave(reader))
    request.raw.on('close', () => stream.destroy())
    if (!hub.join(reader, viewer)) return sendProblem(reply.header('retry-after', '30'), faultProblem(request, 'rate-limited'))
    // A first byte now, so that proxies and the reader see an answer before anything happens.
    stream.write(': here\n\n')
    return (
      reply
        .type('text/event-stream; charset=utf-8')
        .header('cache-control', 'no-cache, no-transform')
        .header('x-accel-buffering', 'no')
        // Kept open for a next request it would hold up the server's closing.
        .header('connection', 'close')
        .send(stream)
    )
  })
}
