import { nextTick, reactive, ref } from 'vue'
import { PortalProblem } from './api.ts'
import { t } from './words.ts'

/** A form's deed: one at a time, what is refused stands at its field, what was typed stays. */
export function useDeed() {
  const running = ref(false)
  const problem = ref('')
  const errors = reactive<Record<string, string>>({})
  async function run(work: () => Promise<void>): Promise<void> {
    if (running.value) return
    running.value = true
    problem.value = ''
    for (const field of Object.keys(errors)) delete errors[field]
    try {
      await work()
    } catch (error) {
      if (!(error instanceof PortalProblem)) throw error
      Object.assign(errors, error.fields)
      problem.value =
        Object.keys(error.fields).length > 0
          ? t('seeFields')
          : error.code === 'offline'
            ? t('offline')
            : error.message || t('failed')
      await nextTick()
      document.querySelector<HTMLElement>('[aria-invalid="true"], [role="alert"]')?.focus()
    } finally {
      running.value = false
    }
  }
  return { running, problem, errors, run }
}
