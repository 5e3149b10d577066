import type { AppContext } from '../app-context.ts'

const sleepers = new WeakMap<AppContext, () => void>()

/** Wakes the sending of this process; false where it has none. */
export function wakeSending(ctx: AppContext): boolean {
  const wake = sleepers.get(ctx)
  wake?.()
  return wake !== undefined
}

/** From now on `wakeSending` calls this; null: nothing sends in the background any more. */
export function setWake(ctx: AppContext, wake: (() => void) | null): void {
  if (wake) sleepers.set(ctx, wake)
  else sleepers.delete(ctx)
}
