import { buildApps } from '../instance.ts'

/** vitest global set-up of the browser journeys: they run what is built, so it is built from the present sources (turbo's cache makes it short). */
export async function setup(): Promise<void> {
  await buildApps()
}
