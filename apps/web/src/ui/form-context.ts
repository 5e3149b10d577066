import { type InjectionKey, inject, onBeforeUnmount, onMounted, provide } from 'vue'

/** What a field needs to know of its form; `useForm` (src/forms) makes it, `FormPanel` hands it down. */
export interface FormContext {
  /** The sentence to show at a field, by the field's path in the contract ('dueOn', 'lines.3.amount'). */
  errorOf(field: string): string | undefined
  /** The field was changed by hand: its error speaks of something that is no longer there. */
  clearError(field: string): void
  readonly saving: boolean
}

const key: InjectionKey<FormContext> = Symbol('form')

let openForms = 0

/** Whether a form is on the screen: what it was filled from must not change under it. */
export const hasOpenForm = (): boolean => openForms > 0

export function provideForm(form: FormContext): void {
  provide(key, form)
  onMounted(() => {
    openForms += 1
  })
  onBeforeUnmount(() => {
    openForms -= 1
  })
}

export function useFormContext(): FormContext | null {
  return inject(key, null)
}
