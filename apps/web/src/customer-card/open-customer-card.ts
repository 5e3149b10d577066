import { shallowReadonly, shallowRef } from 'vue'

/** What the panel shows: a customer, `search` to look one up first, or nothing. */
const shown = shallowRef<{ id: string } | 'search' | null>(null)
export const shownCustomerCard = shallowReadonly(shown)

/** Shows a customer's card beside the page, whatever page it is; without an id one is looked up first. */
export function openCustomerCard(id?: string): void {
  shown.value = id === undefined ? 'search' : { id }
}
export function closeCustomerCard(): void {
  shown.value = null
}

/** The customer to whom a link leads, or null. */
function customerOf(element: Element | null | undefined): string | null {
  const href = element?.closest('a')?.getAttribute('href') ?? ''
  return /^\/customers\/([0-9a-f-]{36})(?:[/?#]|$)/.exec(href)?.[1] ?? null
}

/** The customer on whom the person is: of what has the focus (a link, a row, or inside a `data-customer`), else of the page. */
export function customerAtHand(): string | undefined {
  const focused = document.activeElement
  const marked = focused?.closest<HTMLElement>('[data-customer]')?.dataset.customer
  if (marked) return marked
  const row = focused?.closest('[data-row]')
  const ofRow = row?.querySelector('a[href^="/customers/"]')
  return customerOf(focused) ?? customerOf(ofRow) ?? /^\/customers\/([0-9a-f-]{36})/.exec(location.pathname)?.[1] ?? undefined
}

/** Alt and a click on any link to a customer shows the card instead of leaving the page. */
export function openOnAltClick(event: MouseEvent): void {
  if (!event.altKey || !(event.target instanceof Element)) return
  const id = customerOf(event.target)
  if (id === null) return
  event.preventDefault()
  event.stopPropagation()
  openCustomerCard(id)
}
