import { type InjectionKey, inject, onBeforeUnmount, onMounted, provide } from 'vue'

/** What a field needs to know of its form; `useForm` (src/forms) makes it, `FormPanel` hands it down. */
export interface FormContext {
  /** The sentence to show at a field, by the field's path in the contract ('dueOn', 'lines.3.amount'). */
  errorOf(field: string): string | undefined
  /** The field was changed by hand: its error speaks of something that is no longer there. */
  clearError(field: string): void
  readonly saving: boolean
  /** Others changed meanwhile what the form was filled from. */
  readonly news?: { sentence: string; action: string; show(): void } | null
}

const key: InjectionKey<FormContext> = Symbol('form')

let openForms = 0
const waiters = new Set<() => void>()

/** Calls each time that the last form has left the screen. Answers the end of that. */
export function onNoForm(waiter: () => void): () => void {
  waiters.add(waiter)
  return () => waiters.delete(waiter)
}

/** Whether a form is on the screen: what it was filled from must not change under it. */
export const hasOpenForm = (): boolean => openForms > 0

/** `standing`: it is always on its page and filled from no record, so that what others do may come under it. */
export function provideForm(form: FormContext, standing = false): void {
  provide(key, form)
  if (standing) return
  onMounted(() => {
    openForms += 1
  })
  onBeforeUnmount(() => {
    openForms -= 1
    if (openForms === 0) for (const waiter of [...waiters]) waiter()
  })
}

export function useFormContext(): FormContext | null {
  return inject(key, null)
}
