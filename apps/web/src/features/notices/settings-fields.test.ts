import { inheritedNoticeSettings, type OwnNoticeSettings } from '@cartera/domain/notices/notice-settings'
import { noticeReasons, noticeStates } from '@cartera/domain/notices/notice-states'
import { noticeTemplateVariables } from '@cartera/domain/notices/template-variables'
import ui from '@nuxt/ui/vue-plugin'
import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { nextTick, reactive } from 'vue'
import { createMemoryHistory, createRouter } from 'vue-router'
import { i18n } from '../../i18n.ts'
import BulkResult from './BulkResult.vue'
import NoticeSettingsFields from './NoticeSettingsFields.vue'
import { offeredRules, ownPayload } from './own-settings.ts'
import type { BulkAnswer, NoticeRule } from './queries.ts'

const rule = (id: string, kind: NoticeRule['kind'], days: number, retiredAt: string | null = null): NoticeRule => ({
  id,
  code: `${kind}-${days}`,
  kind,
  description: `${kind} ${days}`,
  days,
  level: 1,
  repeatEveryDays: null,
  repeatTimes: null,
  retiredAt,
  used: true,
  version: 1,
})
const rules = [
  rule('p7', 'preventive', 7),
  rule('p2', 'preventive', 2),
  rule('pOld', 'preventive', 15, '2026-01-01T00:00:00.000Z'),
  rule('o7', 'overdue', 7),
  rule('o30', 'overdue', 30),
]
const company = {
  subject: 'De la empresa',
  active: false,
  sendToContacts: false,
  reminderOn: false,
  reminderRuleIds: ['p7'],
  overdueOn: false,
  overdueRuleIds: ['o7'],
  reminderBody: 'Recordatorio de la empresa',
  overdueBody: 'Aviso de la empresa',
  tone: 'formal' as const,
  attachStatement: false,
}

// Whole components are mounted, and the machine may be busy.
vi.setConfig({ testTimeout: 30_000 })
i18n.global.locale.value = 'es'
const router = createRouter({
  history: createMemoryHistory(),
  routes: [{ path: '/:rest(.*)*', component: { template: '<i/>' } }],
})
const global = { plugins: [i18n, router, ui] }

function fields(own: Partial<OwnNoticeSettings> = {}, withCompany: typeof company | null = company) {
  const values = reactive({ ...inheritedNoticeSettings, ...own }) as OwnNoticeSettings
  const wrapper = mount(NoticeSettingsFields, { props: { values, company: withCompany, rules }, global, attachTo: document.body })
  const control = (field: string) => wrapper.find(`[data-field="${field}"] [role], [data-field="${field}"][role]`)
  return { values, wrapper, control }
}

describe('the fields of notice settings', () => {
  it('switch the reminder on when Activo is marked, and leave it alone when it is unmarked', async () => {
    const { values, control } = fields()
    await control('active').trigger('click')
    expect(values).toMatchObject({ active: true, reminderOn: true, overdueOn: null })
    await control('active').trigger('click')
    expect(values).toMatchObject({ active: false, reminderOn: true })
  })

  it('keep a reminder that the person switched off when Activo is marked', async () => {
    const { values, control } = fields({ reminderOn: false })
    await control('active').trigger('click')
    expect(values).toMatchObject({ active: true, reminderOn: false })
  })

  it('offer preventive rules for the reminder and overdue ones for the notice after the due date, nothing else', () => {
    const { wrapper } = fields()
    const offered = (field: string) =>
      wrapper.findAll(`[data-field="${field}"] [data-rule]`).map((item) => item.attributes('data-rule'))
    expect(offered('reminderRuleIds')).toEqual(['p7', 'p2'])
    expect(offered('overdueRuleIds')).toEqual(['o7', 'o30'])
  })

  it('let several rules of a kind be chosen, as a sequence in the order of their days', async () => {
    const { values, wrapper } = fields()
    await wrapper.findAll('[data-field="overdueRuleIds"] li')[1]?.find('[role="checkbox"]').trigger('click')
    expect(values.overdueRuleIds).toEqual(['o7', 'o30'])
  })

  it('say of each field whether it is inherited, and go back to inherited with one click', async () => {
    const { values, wrapper } = fields({ subject: 'Propio', overdueOn: true })
    expect(wrapper.findAll('[data-origin="customer"]')).toHaveLength(2)
    expect(wrapper.findAll('[data-origin="company"]')).toHaveLength(9)
    await wrapper.find('button[aria-label="Volver a heredar: Asunto"]').trigger('click')
    expect(values.subject).toBeNull()
    await nextTick()
    expect(wrapper.findAll('[data-origin="customer"]')).toHaveLength(1)
    expect(wrapper.find<HTMLInputElement>('[data-field="subject"] input').element.value).toBe('De la empresa')
  })

  it('say that a value comes from the group, by its name', () => {
    const values = reactive({ ...inheritedNoticeSettings, active: true }) as OwnNoticeSettings
    const group = { name: 'Mayoristas', fields: ['tone', 'active'] as const }
    const wrapper = mount(NoticeSettingsFields, { props: { values, company, group, rules }, global, attachTo: document.body })
    expect(wrapper.findAll('[data-origin="group"]').map((mark) => mark.text())).toEqual(['Heredado de Grupo Mayoristas'])
    expect(wrapper.find('[data-origin="customer"]').text()).toContain('Grupo Mayoristas: apagado')
  })

  it('show no inheritance in the company defaults', () => {
    expect(fields(company, null).wrapper.findAll('[data-origin]')).toHaveLength(0)
  })
})

describe('what is sent of own settings', () => {
  it('is null for what is inherited and the value for what is own, false and an empty choice included', () => {
    expect(ownPayload({ ...inheritedNoticeSettings, active: false, reminderRuleIds: [], subject: 'Hola' })).toEqual({
      subject: 'Hola',
      active: false,
      sendToContacts: null,
      reminderOn: null,
      reminderRuleIds: [],
      overdueOn: null,
      overdueRuleIds: null,
      reminderBody: null,
      overdueBody: null,
      tone: null,
      attachStatement: null,
    })
  })

  it('inherits a text that was left empty', () => {
    expect(ownPayload({ ...inheritedNoticeSettings, subject: ' ', reminderBody: '' })).toEqual(inheritedNoticeSettings)
  })
})

it('offers a retired rule only where it is chosen already', () => {
  expect(offeredRules(rules, 'preventive', []).map((one) => one.id)).toEqual(['p7', 'p2'])
  expect(offeredRules(rules, 'preventive', ['pOld']).map((one) => one.id)).toEqual(['pOld', 'p7', 'p2'])
})

it('shows the result of a bulk deed row by row, refusals first with their sentence', () => {
  const answer: BulkAnswer = {
    done: 1,
    refused: 2,
    results: [
      { id: 'a', outcome: 'done', code: null, reason: null, params: {}, state: 'planned' },
      {
        id: 'b',
        outcome: 'refused',
        code: 'notice-not-releasable',
        reason: 'promised',
        params: { until: '2026-12-03' },
        state: 'held',
      },
      { id: 'c', outcome: 'refused', code: 'not-found', reason: null, params: {}, state: null },
    ],
  }
  const customer = (name: string) => ({ id: name, code: name, externalId: null, name })
  const wrapper = mount(BulkResult, {
    props: {
      answer,
      notices: [
        { id: 'a', customer: customer('Andina') },
        { id: 'b', customer: customer('Bolívar') },
      ],
    },
    global,
  })
  const rows = wrapper.findAll('[data-outcome]').map((row) => row.text().replace(/\s+/g, ' '))
  expect(wrapper.get('[role="status"]').text()).toContain('1 aviso hecho')
  expect(wrapper.get('[role="status"]').text()).toContain('2 no se pudieron')
  expect(rows[0]).toContain('Bolívar')
  expect(rows[0]).toContain('No se puede liberar.')
  expect(rows[0]).toMatch(/: Hasta el 3 .*2026\. Ahora: Retenido\./)
  expect(rows[1]).toContain('No existe')
  expect(rows[2]).toContain('Andina')
  expect(rows[2]).toContain('Ahora: Programado')
})

it('has words in both languages for every state and every reason', () => {
  for (const language of ['es', 'en'] as const) {
    for (const state of noticeStates) expect(i18n.global.te(`notices.state.${state}`, language), state).toBe(true)
    for (const reason of noticeReasons) {
      expect(i18n.global.te(`notices.reason.${reason}`, language), reason).toBe(true)
      expect(i18n.global.te(`notices.why.${reason}`, language), reason).toBe(true)
    }
    for (const name of noticeTemplateVariables) expect(i18n.global.te(`notices.variables.${name}`, language), name).toBe(true)
  }
})
