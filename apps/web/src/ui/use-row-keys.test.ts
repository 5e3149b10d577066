import { mount } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { useRowKeys } from './use-row-keys.ts'

const close = vi.fn((row: string | null) => row !== null)
const shell = vi.fn()

function list() {
  // As the shell does it: on the window, before the list is there, and swallowing the key.
  const onKey = (event: KeyboardEvent) => {
    shell(event.key)
    event.preventDefault()
  }
  window.addEventListener('keydown', onKey)
  const mounted = mount(
    defineComponent({
      setup() {
        useRowKeys(() => ['first', 'second'], { c: close })
        const row = (name: string) => h('tr', { 'data-row': '' }, [h('td', h('a', { href: '#', 'data-row-opener': '' }, name))])
        return () => h('table', h('tbody', [row('first'), row('second'), h('tr', h('td', h('input')))]))
      },
    }),
    { attachTo: document.body },
  )
  leave = () => {
    mounted.unmount()
    window.removeEventListener('keydown', onKey)
  }
  return mounted
}
let leave: () => void = () => undefined

afterEach(() => {
  leave()
  vi.clearAllMocks()
})

const press = (key: string) =>
  (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))

it('does its deed on the focused row, and the shell does not get the key', () => {
  const mounted = list()
  mounted.findAll('a')[1]?.element.focus()
  press('c')
  expect(close).toHaveBeenCalledWith('second')
  expect(shell).not.toHaveBeenCalled()
})

it('leaves the key to the shell where the deed had nothing to do', () => {
  list()
  press('c')
  expect(close).toHaveBeenCalledWith(null)
  expect(shell).toHaveBeenCalledWith('c')
})

it('is silent while somebody types and after g', () => {
  const mounted = list()
  mounted.find('input').element.focus()
  press('c')
  mounted.find('a').element.focus()
  press('g')
  press('c')
  expect(close).not.toHaveBeenCalled()
  expect(shell).toHaveBeenCalledTimes(3)
})
