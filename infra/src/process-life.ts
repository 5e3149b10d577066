import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** Whether a process with this id exists (also one of another user). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The command line of a process, or null when it is gone: tells a process from another one that got its number later. */
export function commandOf(pid: number): string | null {
  if (!isAlive(pid)) return null
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    try {
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim()
    } catch {
      return null
    }
  }
}

/**
 * Ends `pid` with `signal` as soon as this process is gone, even when it was killed with -9: a small shell waits for the end of its
 * standard input. Answers the function that calls the watch off.
 */
export function endWithThisProcess(pid: number, signal: 'INT' | 'TERM'): () => void {
  if (process.platform === 'win32') return () => undefined
  const watch: ChildProcess = spawn('/bin/sh', ['-c', `read -r line; kill -${signal} ${pid} 2>/dev/null`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    cwd: '/',
  })
  watch.on('error', () => undefined)
  watch.unref()
  const pipe = watch.stdin as (NodeJS.WritableStream & { unref?: () => void }) | null
  pipe?.unref?.()
  pipe?.on('error', () => undefined)
  return () => {
    watch.kill('SIGKILL')
  }
}
