/** One side of a comparison: what is done once per turn. */
export interface Side {
  name: string
  work(): Promise<unknown>
  /** Puts things back before each turn, outside the measured time. */
  before?(): Promise<unknown>
}

/** The value in the middle. */
export const median = (values: readonly number[]) => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/**
 * Runs the sides in turn (A B C A B C ...) and answers their medians in milliseconds with the ratio to the first, which is the raw
 * limit. The machine's noise hits all sides of one run alike, so the ratio is what counts.
 */
export async function compare(
  sides: readonly Side[],
  turns: number,
): Promise<{ name: string; medianMs: number; ratio: number }[]> {
  const times = sides.map(() => [] as number[])
  for (let turn = -1; turn < turns; turn++)
    for (const [index, side] of sides.entries()) {
      await side.before?.()
      const start = performance.now()
      await side.work()
      // The first turn warms caches and prepares statements.
      if (turn >= 0) times[index]?.push(performance.now() - start)
    }
  const limit = median(times[0] ?? [])
  return sides.map((side, index) => {
    const medianMs = median(times[index] ?? [])
    return { name: side.name, medianMs, ratio: medianMs / limit }
  })
}

/** Prints a comparison as a table. */
export function print(title: string, rows: readonly { name: string; medianMs: number; ratio: number }[]): void {
  process.stdout.write(`\n${title}\n`)
  const width = Math.max(...rows.map((row) => row.name.length))
  for (const row of rows)
    process.stdout.write(
      `  ${row.name.padEnd(width)}  ${row.medianMs.toFixed(3).padStart(12)} ms  ${row.ratio.toFixed(2).padStart(7)}x\n`,
    )
}
