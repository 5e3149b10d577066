/** Attempts in all; after the last one a notice has failed and a person decides. */
export const attemptsOfNotice = 6

const delays = [1, 5, 15, 60, 240] as const

/** Minutes until the next attempt after `attempt` (1 for the first) ended without acceptance; null when there is none. */
export function retryDelayMinutes(attempt: number): number | null {
  return delays[Math.max(attempt, 1) - 1] ?? null
}

const connectDelays = [1, 1, 2, 3, 5, 10, 30, 60, 120] as const

/** Seconds for which a mail server is left alone after it could not be reached `failures` times in a row (1 for the first). */
export function connectDelaySeconds(failures: number): number {
  return connectDelays[Math.max(failures, 1) - 1] ?? 300
}
