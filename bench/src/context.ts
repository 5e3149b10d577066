import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AccessLevel, Viewer } from '@cartera/domain/access/access-scope'
import type { AppContext } from '@cartera/use-cases/app-context'
import { openContext } from '@cartera/use-cases/open-context'
import { findViewerByUser } from '@cartera/use-cases/session/find-viewer'
import { planDay, userId } from './data.ts'

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }

/** The product's own context over the generated database, its clock at the benchmark's day. */
export function benchContext(url: string): { ctx: AppContext; close(): Promise<void> } {
  return openContext({
    databaseUrl: url,
    redisUrl: null,
    secret: 'benchmarks sign nothing of value with this secret',
    formerSecrets: [],
    startsAt: new Date(`${planDay}T15:00:00Z`),
    allowPrivateMailHosts: true,
    demoSmtpUrl: null,
    publicUrl: null,
    files: { dir: join(tmpdir(), 'cartera-bench-files'), mostBytes: 1, s3: null },
    log: quiet,
  })
}

/** A generated person of the level. */
export async function viewerOfLevel(ctx: AppContext, level: AccessLevel): Promise<Viewer> {
  const viewer = await findViewerByUser(ctx, userId(100 + level))
  if (viewer?.level !== level) throw new Error(`no person of level ${level}`)
  return viewer
}
