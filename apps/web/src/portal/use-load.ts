import { onBeforeUnmount, onMounted, type Ref, ref } from 'vue'
import { PortalProblem } from './api.ts'

/** What a page shows: loaded when it opens and asked again when the person comes back to it, without blinking. */
export function useLoad<T>(read: () => Promise<T>): {
  data: Ref<T | null>
  problem: Ref<PortalProblem | null>
  load: () => Promise<void>
} {
  const data = ref<T | null>(null) as Ref<T | null>
  const problem = ref<PortalProblem | null>(null)
  async function load(): Promise<void> {
    try {
      data.value = await read()
      problem.value = null
    } catch (error) {
      if (!(error instanceof PortalProblem)) throw error
      problem.value = error
    }
  }
  const again = () => {
    if (document.visibilityState === 'visible') void load()
  }
  onMounted(() => {
    void load()
    document.addEventListener('visibilitychange', again)
    window.addEventListener('focus', again)
  })
  onBeforeUnmount(() => {
    document.removeEventListener('visibilitychange', again)
    window.removeEventListener('focus', again)
  })
  return { data, problem, load }
}
