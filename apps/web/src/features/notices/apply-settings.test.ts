import ui from '@nuxt/ui/vue-plugin'
import { PiniaColada } from '@pinia/colada'
import { flushPromises, mount } from '@vue/test-utils'
import { createPinia } from 'pinia'
import { expect, it, vi } from 'vitest'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n } from '../../i18n.ts'
import ApplySettingsDialog from './ApplySettingsDialog.vue'

// Whole components are mounted, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000 })
i18n.global.locale.value = 'es'
const router = createRouter({
  history: createMemoryHistory(),
  routes: [{ path: '/:rest(.*)*', component: { template: '<i/>' } }],
})

async function chosen(props: { ids?: string[]; where?: { groupId: string } }): Promise<string | undefined> {
  const wrapper = mount(ApplySettingsDialog, {
    props: { open: true, rules: [], ...props },
    global: { plugins: [createPinia(), PiniaColada, i18n, router, ui] },
    attachTo: document.body,
  })
  await flushPromises()
  const found = document.body.querySelector('[role="radio"][aria-checked="true"]')?.getAttribute('value') ?? undefined
  wrapper.unmount()
  return found
}

it('applies to those that were asked for, also when it is mounted open, and to everybody only when nobody was', async () => {
  expect(await chosen({ where: { groupId: 'g' } })).toBe('where')
  expect(await chosen({ ids: ['a', 'b'], where: { groupId: 'g' } })).toBe('ids')
  expect(await chosen({})).toBe('all')
})
