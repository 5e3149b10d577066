import { useToast } from '@nuxt/ui/composables/useToast'
import { ApiProblem } from './api-problem.ts'
import { problemSentence } from './problem-sentence.ts'

/** Tells what happened outside of forms: `done('Saved')`, `notDone('Why')` and `problem(error)` as toasts. A form shows its errors itself. */
export function useReport() {
  const toast = useToast()
  return {
    done(title: string, description?: string) {
      toast.add({ title, color: 'success', icon: 'i-lucide-circle-check', ...(description ? { description } : {}) })
    },
    /** Something was done that can be taken back: the toast offers it for a while. */
    undoable(title: string, label: string, undo: () => unknown) {
      toast.add({
        title,
        color: 'success',
        icon: 'i-lucide-circle-check',
        duration: 10_000,
        actions: [{ label, color: 'neutral', variant: 'outline', onClick: () => void undo() }],
      })
    },
    /** Nothing went wrong, and yet it was not done. */
    notDone(title: string) {
      toast.add({ title, color: 'warning', icon: 'i-lucide-triangle-alert', duration: 8000 })
    },
    problem(error: unknown) {
      if (error instanceof DOMException && error.name === 'AbortError') return
      // The session's end has its own screen, a toast besides would say it twice.
      if (error instanceof ApiProblem && error.status === 401 && error.code !== 'credentials-wrong') return
      if (!(error instanceof ApiProblem)) console.error(error)
      toast.add({ title: problemSentence(error), color: 'error', icon: 'i-lucide-circle-alert', duration: 8000 })
    },
  }
}
