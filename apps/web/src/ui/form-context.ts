import { type InjectionKey, inject, provide } from 'vue'

/** What a field needs to know of its form; `useForm` (src/forms) makes it, `FormPanel` hands it down. */
export interface FormContext {
  /** The sentence to show at a field, by the field's path in the contract ('dueOn', 'lines.3.amount'). */
  errorOf(field: string): string | undefined
  /** The field was changed by hand: its error speaks of something that is no longer there. */
  clearError(field: string): void
  readonly saving: boolean
}

const key: InjectionKey<FormContext> = Symbol('form')

export function provideForm(form: FormContext): void {
  provide(key, form)
}

export function useFormContext(): FormContext | null {
  return inject(key, null)
}
