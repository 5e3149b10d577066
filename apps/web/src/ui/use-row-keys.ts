import { onBeforeUnmount, onMounted } from 'vue'

/**
 * Keys for a list: j and k go from row to row unless they are named too, any other named key is a deed on the row that has the focus. A deed that answers
 * false had nothing to do, and the key stays free. A listener of its own: the shell's shortcuts know `g` and a letter, and that
 * letter must not also be a deed here.
 */
export function useRowKeys<Row>(rows: () => readonly Row[], deeds: Record<string, (row: Row | null) => unknown>): void {
  let afterG = false

  function openers(): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>('[data-row] [data-row-opener]')]
  }
  function indexOfFocus(): number {
    const row = document.activeElement?.closest('[data-row]')
    return row ? openers().findIndex((opener) => row.contains(opener)) : -1
  }
  function handle(event: KeyboardEvent): void {
    const follows = afterG
    afterG = event.key === 'g'
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || follows) return
    const target = event.target as HTMLElement
    if (target.isContentEditable || target.closest('input, textarea, select, [role="textbox"], [role="spinbutton"]')) return
    if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]')) return
    const at = indexOfFocus()
    if ((event.key === 'j' || event.key === 'k') && !(event.key in deeds)) {
      const all = openers()
      const next = all[event.key === 'j' ? at + 1 : Math.max(at - 1, 0)]
      next?.focus()
      next?.scrollIntoView({ block: 'nearest' })
      event.preventDefault()
      return
    }
    const done = deeds[event.key]?.(at < 0 ? null : (rows()[at] ?? null)) ?? false
    if (done === false) return
    event.preventDefault()
    event.stopPropagation()
  }
  // While the event comes down, so before the shell's keys: one key can mean a deed on this row here and something else elsewhere.
  onMounted(() => window.addEventListener('keydown', handle, { capture: true }))
  onBeforeUnmount(() => window.removeEventListener('keydown', handle, { capture: true }))
}
