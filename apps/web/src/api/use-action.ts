import { ref } from 'vue'
import { useReport } from './use-report.ts'

/**
 * One deed behind a button (retire, postpone, release ...): `running` while it is under way, its refusal as a toast, and
 * `done` as a toast when it is given. `run` answers true when it succeeded. Forms use `useForm` instead.
 */
export function useAction<Args extends unknown[]>(deed: (...args: Args) => Promise<unknown>, done?: () => string) {
  const report = useReport()
  const running = ref(false)
  async function run(...args: Args): Promise<boolean> {
    if (running.value) return false
    running.value = true
    try {
      await deed(...args)
      if (done) report.done(done())
      return true
    } catch (error) {
      report.problem(error)
      return false
    } finally {
      running.value = false
    }
  }
  return { run, running }
}
