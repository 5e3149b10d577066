import { ref } from 'vue'

/** What was just done, said once and read by screen readers. */
export const notice = ref('')
let timer: ReturnType<typeof setTimeout> | undefined

export function tell(sentence: string): void {
  notice.value = sentence
  clearTimeout(timer)
  timer = setTimeout(() => {
    notice.value = ''
  }, 6000)
}
