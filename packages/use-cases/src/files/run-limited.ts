import { spawn } from 'node:child_process'
import { type FileHandle, open } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

/**
 * What a script of ours writes to its descriptor 3, run in a process of its own with little memory and killed after a time, because a hostile file can
 * hang or fill any reader. It is handed bytes, or a file by its path, as its standard input, and nothing of this process's secrets and loaders.
 */
export async function runLimited(
  script: string,
  args: readonly string[],
  input: Buffer | { path: string },
  limits: { timeoutMs: number; megabytes?: number },
): Promise<Buffer> {
  let file: FileHandle | undefined
  try {
    if (!Buffer.isBuffer(input)) file = await open(input.path, 'r')
    const child = spawn(process.execPath, [`--max-old-space-size=${limits.megabytes ?? 512}`, script, ...args], {
      stdio: [file?.fd ?? 'pipe', 'ignore', 'ignore', 'pipe'],
      env: {},
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), limits.timeoutMs)
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve())
      child.once('error', () => resolve())
    })
    // A child that ends before it has read everything must not take this process along.
    child.stdin?.on('error', () => undefined)
    if (Buffer.isBuffer(input)) child.stdin?.end(input)
    const answer = await buffer(child.stdio[3] as Readable).catch(() => Buffer.alloc(0))
    await ended
    clearTimeout(timer)
    return answer
  } finally {
    await file?.close()
  }
}
