import { shallowRef } from 'vue'

export interface Confirmation {
  title: string
  /** What will happen, and whether it can be taken back. */
  text?: string
  /** The words of the button: the deed itself ("Eliminar"), not "Yes". */
  confirm: string
  cancel?: string
  /** Red, for what destroys something. */
  danger?: boolean
}

interface Pending extends Confirmation {
  answer: (yes: boolean) => void
}

export const pendingConfirmation = shallowRef<Pending | null>(null)

/** Asks a question in a dialog and answers true for yes. Escape and a click beside it are a no. */
export function askConfirmation(confirmation: Confirmation): Promise<boolean> {
  pendingConfirmation.value?.answer(false)
  return new Promise((resolve) => {
    pendingConfirmation.value = {
      ...confirmation,
      answer(yes) {
        pendingConfirmation.value = null
        resolve(yes)
      },
    }
  })
}

/** `const confirm = useConfirm()`, then `if (await confirm({ title, confirm })) ...`. */
export function useConfirm() {
  return askConfirmation
}
