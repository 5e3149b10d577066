import type { Querier } from '@cartera/db/connect'
import { fileChunks } from '@cartera/db/schema/receivables'
import { and, eq, sql } from 'drizzle-orm'

/** Small enough that many can be on their way at once, large enough that few statements carry a file. */
const chunkBytes = 1_048_576

/** Keeps the pieces of a file under an id, in their order; what was there under the id goes. Answers its size in bytes. */
export async function keepFile(
  db: Querier,
  fileId: string,
  keptAt: Date,
  content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<number> {
  await dropFile(db, fileId)
  let position = 0
  let size = 0
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  const write = async () => {
    if (waitingBytes === 0) return
    await db.insert(fileChunks).values({ fileId, position, content: Buffer.concat(waiting), keptAt })
    position += 1
    waiting = []
    waitingBytes = 0
  }
  for await (const piece of content) {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + chunkBytes - waitingBytes)
      waiting.push(part)
      waitingBytes += part.length
      size += part.length
      at += part.length
      if (waitingBytes >= chunkBytes) await write()
    }
  }
  await write()
  return size
}

/** The pieces of a kept file in their order; none where there is no such file. Memory holds one piece. */
export async function* readKeptFile(db: Querier, fileId: string): AsyncGenerator<Buffer> {
  for (let position = 0; ; position += 1) {
    const [row] = await db
      .select({ content: fileChunks.content })
      .from(fileChunks)
      .where(and(eq(fileChunks.fileId, fileId), eq(fileChunks.position, position)))
    if (!row) return
    yield row.content
  }
}

/** Forgets a kept file. */
export async function dropFile(db: Querier, fileId: string): Promise<void> {
  await db.delete(fileChunks).where(eq(fileChunks.fileId, fileId))
}

/** Forgets the files that were kept before an instant. */
export async function dropFilesBefore(db: Querier, before: Date): Promise<void> {
  await db.delete(fileChunks).where(sql`${fileChunks.keptAt} < ${before.toISOString()}::timestamptz`)
}
