import { ref } from 'vue'

const query = globalThis.matchMedia?.('(max-width: 767px)')
const phone = ref(query?.matches ?? false)
query?.addEventListener('change', (event) => {
  phone.value = event.matches
})

/** Whether the window is as narrow as a phone's: tables become cards there, filters fold away. */
export function usePhone() {
  return phone
}
