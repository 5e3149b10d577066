import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { useUrlFilters } from './use-url-filters.ts'

async function list(address: string) {
  const router = createRouter({ history: createMemoryHistory(), routes: [{ path: '/', component: { render: () => null } }] })
  await router.push(address)
  let filters = null as ReturnType<typeof useUrlFilters<'q' | 'age' | 'view' | 'sort'>> | null
  mount(
    defineComponent({
      setup() {
        filters = useUrlFilters({ q: '', age: '', view: 'list', sort: 'name' }, ['view'])
        return () => h('div')
      },
    }),
    { global: { plugins: [router] } },
  )
  if (!filters) throw new Error('nothing was mounted')
  return { router, filters: filters as NonNullable<typeof filters> }
}

it('a filter that is set while another one is still on its way into the address loses none of them', async () => {
  const { router, filters } = await list('/')
  let letThrough: () => void = () => undefined
  const slow = new Promise<void>((resolve) => {
    letThrough = resolve
  })
  router.beforeEach(() => slow.then(() => true))
  filters.refs.age.value = 'over90'
  await Promise.resolve()
  filters.refs.q.value = 'Ferretería'
  const settled = filters.settled()
  letThrough()
  await settled
  expect(router.currentRoute.value.query).toEqual({ age: 'over90', q: 'Ferretería' })
  expect(filters.values.value).toMatchObject({ age: 'over90', q: 'Ferretería' })
})

it('clearing leaves the order and the way of showing, which narrow nothing', async () => {
  const { router, filters } = await list('/?view=agent&sort=-name')
  expect(filters.filtered.value).toBe(false)
  filters.refs.q.value = 'x'
  await filters.settled()
  expect(filters.filtered.value).toBe(true)
  filters.clear()
  await filters.settled()
  expect(router.currentRoute.value.query).toEqual({ view: 'agent', sort: '-name' })
})
