// @vitest-environment happy-dom
import { beforeEach, expect, test } from 'vitest'
import { nextTick, ref } from 'vue'
import { useOpenSections } from './use-open-sections.ts'

const day = { key: 'day', daily: true } as const
const catalogues = { key: 'catalogues' }

beforeEach(() => localStorage.clear())

test('daily sections are open from the start, the others folded, and what is folded or unfolded by hand is remembered', () => {
  const first = useOpenSections(() => undefined)
  expect([first.isOpen(day), first.isOpen(catalogues)]).toEqual([true, false])
  first.toggle(day)
  first.toggle(catalogues)
  const later = useOpenSections(() => undefined)
  expect([later.isOpen(day), later.isOpen(catalogues)]).toEqual([false, true])
})

test('the section of the present page is open, can be folded, and folds again when another page is gone to', async () => {
  const current = ref<string>('catalogues')
  const { isOpen, toggle } = useOpenSections(() => current.value)
  expect(isOpen(catalogues)).toBe(true)
  current.value = 'day'
  await nextTick()
  expect(isOpen(catalogues)).toBe(false)

  current.value = 'catalogues'
  await nextTick()
  toggle(catalogues)
  expect(isOpen(catalogues)).toBe(false)
  toggle(catalogues)
  expect(isOpen(catalogues)).toBe(true)
})

test('what stands in the store and is no choice is passed over', () => {
  for (const kept of ['no json', '7', '{"day":"perhaps"}']) {
    localStorage.setItem('cartera:menu', kept)
    expect(useOpenSections(() => undefined).isOpen(day)).toBe(true)
  }
})
