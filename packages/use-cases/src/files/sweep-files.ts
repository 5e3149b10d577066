import { customerFiles } from '@cartera/db/schema/files'
import { and, eq, inArray, lt } from 'drizzle-orm'
import { z } from 'zod'
import type { AppContext } from '../app-context.ts'
import { defineJob } from '../jobs/job.ts'
import { forgetBytes } from './keep-file.ts'

/** No file takes so long to arrive: the server ends requests long before. */
const arrivesWithinMs = 3_600_000
/** Bytes that no row speaks of stay so long: a database that was restored from last night is found out before. */
const strayMs = 7 * 86_400_000
const isKey = /^([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.preview)?$/

/** When a uuid of version 7 was made. */
const madeAt = (uuid: string) => Number.parseInt(uuid.replaceAll('-', '').slice(0, 12), 16)

/**
 * Takes away what never became a file, since the process that received it was killed: rows that are still arriving, with their bytes, and bytes in this
 * machine's folder of arrivals whose row is not arriving (any more).
 */
export async function sweepArrivals(ctx: AppContext): Promise<{ rows: number; arrivals: number }> {
  const gone = await ctx.db
    .delete(customerFiles)
    .where(and(eq(customerFiles.state, 'arriving'), lt(customerFiles.createdAt, new Date(ctx.now().getTime() - arrivesWithinMs))))
    .returning({ id: customerFiles.id })
  for (const { id } of gone) await forgetBytes(ctx, id)
  const here = (await ctx.files.arriving()).filter((key) => isKey.test(key))
  const still = new Set<string>()
  for (let at = 0; at < here.length; at += 500) {
    const rows = await ctx.db
      .select({ id: customerFiles.id })
      .from(customerFiles)
      .where(and(inArray(customerFiles.id, here.slice(at, at + 500)), eq(customerFiles.state, 'arriving')))
    for (const { id } of rows) still.add(id)
  }
  const dead = here.filter((key) => !still.has(key))
  for (const key of dead) await ctx.files.forgetArriving(key)
  return { rows: gone.length, arrivals: dead.length }
}

/** Takes bytes out of the store that no row speaks of, once they are a week old: a process was killed between storing and taking back. */
export async function sweepStrayBytes(ctx: AppContext): Promise<{ keys: number }> {
  const before = ctx.now().getTime() - strayMs
  let waiting: string[] = []
  let keys = 0
  const settle = async () => {
    const ids = [...new Set(waiting.map((key) => key.slice(0, 36)))]
    const rows =
      ids.length === 0
        ? []
        : await ctx.db.select({ id: customerFiles.id }).from(customerFiles).where(inArray(customerFiles.id, ids))
    const known = new Set(rows.map(({ id }) => id))
    for (const key of waiting)
      if (!known.has(key.slice(0, 36))) {
        await ctx.files.remove(key)
        keys += 1
      }
    waiting = []
  }
  for await (const key of ctx.files.keys()) {
    // What is not named as we name is not ours to delete.
    const id = isKey.exec(key)?.[1]
    if (id === undefined || madeAt(id) > before) continue
    waiting.push(key)
    if (waiting.length >= 500) await settle()
  }
  await settle()
  return { keys }
}

/** Rung every half hour. */
export const sweepArrivalsJob = defineJob({
  name: 'sweep-file-arrivals',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    const swept = await sweepArrivals(ctx)
    if (swept.rows + swept.arrivals > 0) ctx.log.info(swept, 'files that never arrived were swept')
  },
})

/** Rung a few times a day: it walks through the whole store. */
export const sweepStrayBytesJob = defineJob({
  name: 'sweep-stray-file-bytes',
  payload: z.strictObject({}),
  attempts: 1,
  async run(ctx) {
    const swept = await sweepStrayBytes(ctx)
    if (swept.keys > 0) ctx.log.warn(swept, 'bytes that no file speaks of were swept')
  },
})
