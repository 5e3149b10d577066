import type { AppContext } from '@cartera/use-cases/app-context'
import { findWorkerHealth, type WorkerHealth } from '@cartera/use-cases/notices/notice-sending'
import type { FastifyInstance } from 'fastify'

/**
 * `/healthz`: the process answers. `/readyz`: the database and the queue do too; 503 with what is missing otherwise. Beside it stands how the
 * workers are: without one nothing leaves, but the API can do its work, so that changes no status.
 */
export function healthRoutes(app: FastifyInstance, ctx: AppContext): void {
  app.get('/healthz', { schema: { hide: true }, config: { rateLimit: false } }, async () => ({ status: 'alive' }))
  app.get('/readyz', { schema: { hide: true }, config: { rateLimit: false } }, async (_request, reply) => {
    const check = async (work: () => Promise<unknown>) => {
      try {
        await Promise.race([
          work(),
          new Promise((_, reject) => {
            setTimeout(() => reject(new Error('too slow')), 2500).unref()
          }),
        ])
        return 'ok'
      } catch {
        return 'unavailable'
      }
    }
    let worker: WorkerHealth | null = null
    const [database, queue] = await Promise.all([
      check(() => ctx.pool.query('select 1')),
      check(() => ctx.queue.ping()),
      check(async () => {
        worker = await findWorkerHealth(ctx)
      }),
    ])
    const ready = database === 'ok' && queue === 'ok'
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', database, queue, worker })
  })
}
