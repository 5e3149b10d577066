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

/** The process that started another one; null when it is gone. */
function parentOf(pid: number): number | null {
  try {
    // The name in parentheses may itself hold blanks and parentheses: the fields are counted behind the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
  } catch {
    try {
      return Number(
        execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
      )
    } catch {
      return null
    }
  }
}

/** The chain from this process's parent up to the topmost npm, npx or pnpm that runs it; nothing above, and nothing without one. */
function launchers(): number[] {
  const chain: number[] = []
  let length = 0
  for (let pid: number | null = process.ppid; pid !== null && pid > 1; pid = parentOf(pid)) {
    chain.push(pid)
    if (/\b(?:npm|npx|pnpm)\b/.test(commandOf(pid) ?? '')) length = chain.length
  }
  return chain.slice(0, length)
}

/**
 * Calls `onGone` once when npx or pnpm, which run this process, are ended: they do not pass a signal on, and without this the
 * program would go on with nobody to stop it.
 */
export function watchLaunchers(onGone: () => void): void {
  const chain = launchers()
  const timer = setInterval(() => {
    // A process that waits for its parent to notice its end has no command any more.
    if (chain.every((pid) => commandOf(pid))) return
    clearInterval(timer)
    onGone()
  }, 500)
  timer.unref()
}
