import { spawn } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { repositoryRoot } from './data-dir.ts'
import { explainFileError, OperatorError } from './operator-error.ts'
import { endWithThisProcess } from './process-life.ts'

/** A process of Cartera that runs until it is stopped, with its output in a file. */
export interface SupervisedProcess {
  name: string
  pid: number
  /** Resolves when the process has ended, with what it ended with. */
  ended: Promise<string>
  hasEnded(): boolean
  lastLines(): string
  /** Asks it to end (SIGTERM) and waits; after `patienceMs` (30 s unless told: the worker finishes its jobs) it is killed. */
  stop(patienceMs?: number): Promise<void>
  kill(): void
}

const keptLogBytes = 10_000_000

/** Starts `node <args>` in the repository's root, in a process group of its own, so that Ctrl-C reaches us alone and the order of the end is ours. */
export function superviseNode(name: string, args: string[], env: NodeJS.ProcessEnv, logFile: string): SupervisedProcess {
  let log: number
  try {
    mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 })
    const isLarge = (statSync(logFile, { throwIfNoEntry: false })?.size ?? 0) > keptLogBytes
    log = openSync(logFile, isLarge ? 'w' : 'a', 0o600)
  } catch (error) {
    throw explainFileError(error, logFile)
  }
  const logStart = statSync(logFile).size
  const child = spawn(process.execPath, args, { cwd: repositoryRoot, env, stdio: ['ignore', log, log], detached: true })
  closeSync(log)
  const { pid } = child
  if (pid === undefined)
    throw new OperatorError('not-started', `The ${name} could not be started: ${process.execPath} does not run.`)

  let hasEnded = false
  const callOffWatch = endWithThisProcess(pid, 'TERM')
  const endAtExit = () => child.kill('SIGTERM')
  process.once('exit', endAtExit)
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => {
      hasEnded = true
      callOffWatch()
      process.off('exit', endAtExit)
      resolve(signal ? `signal ${signal}` : `exit code ${code}`)
    })
  })
  return {
    name,
    pid,
    ended,
    hasEnded: () => hasEnded,
    lastLines: () => readFileSync(logFile).subarray(logStart).toString('utf8').trim().split('\n').slice(-20).join('\n'),
    stop: async (patienceMs = 30_000) => {
      if (hasEnded) return
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child.kill('SIGKILL'), patienceMs)
      await ended
      clearTimeout(impatience)
    },
    kill: () => {
      child.kill('SIGKILL')
    },
  }
}

/** Runs a command to its end; on failure an OperatorError shows its last lines. */
export async function runToEnd(what: string, command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const child = spawn(command, args, { cwd: repositoryRoot, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-200_000)
    })
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  if (code === 0) return output
  const lines = output.trim().split('\n').slice(-40).join('\n')
  if (/ENOSPC|No space left on device/.test(output)) {
    throw new OperatorError('disk-full', `${what} failed: no space is left on the disk. Free some and start again.\n${lines}`)
  }
  throw new OperatorError('step-failed', `${what} failed:\n${lines}`)
}
