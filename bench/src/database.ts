import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedDatabase } from '@cartera/infra/embedded-database'
import { generate, type Sizes } from './data.ts'

/**
 * A generated database for as long as `work` takes: BENCH_DATABASE_URL when it is set (an empty database, or one that was generated
 * before: BENCH_KEEP=1), else an embedded one in a temporary folder.
 */
export async function withGeneratedDatabase(sizes: Sizes, work: (url: string) => Promise<void>): Promise<void> {
  const given = process.env.BENCH_DATABASE_URL
  if (given) {
    if (process.env.BENCH_KEEP !== '1') await generate(given, sizes)
    return work(given)
  }
  const dataDir = mkdtempSync(join(tmpdir(), 'cartera-bench-'))
  const database = await startEmbeddedDatabase({
    dataDir,
    settings: { shared_buffers: '1GB', max_wal_size: '4GB', synchronous_commit: 'off' },
  })
  try {
    await generate(database.url, sizes)
    await work(database.url)
  } finally {
    await database.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** `--scale 0.1` of the command line: a tenth of the full sizes. */
export function scaleOf(args: readonly string[]): number {
  const at = args.indexOf('--scale')
  const scale = at < 0 ? 1 : Number(args[at + 1])
  if (!(scale > 0 && scale <= 10)) throw new Error('--scale takes a number above 0 and up to 10')
  return scale
}
