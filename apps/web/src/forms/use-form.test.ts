import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { defineComponent, h, nextTick } from 'vue'
import { ApiProblem } from '../api/api-problem.ts'

const toasts = vi.hoisted(() => ({ problem: vi.fn(), done: vi.fn() }))
vi.mock('../api/use-report.ts', () => ({ useReport: () => toasts }))

const { useForm } = await import('./use-form.ts')
const { conflictQuestion } = await import('./ask-conflict.ts')
type Settings = Parameters<typeof useForm<{ name: string; lines: { amount: string }[] }>>[0]

function formWith(over: Partial<Settings> = {}) {
  toasts.problem.mockClear()
  const holder = {} as { form: ReturnType<typeof useForm<{ name: string; lines: { amount: string }[] }>> }
  mount(
    defineComponent({
      setup() {
        holder.form = useForm({
          initial: () => ({ name: 'Quito', lines: [{ amount: '1' }] }),
          submit: () => Promise.resolve(),
          guardLeaving: false,
          ...over,
        })
        // What FormField does: asking for an error is what makes a field known.
        return () => [h('p', holder.form.errorOf('name')), h('p', holder.form.errorOf('lines'))]
      },
    }),
  )
  return holder.form
}

const refused = (errors: { field: string; code: string; detail: string }[], code = 'validation-failed') =>
  Promise.reject(new ApiProblem({ code, status: 400, errors }))

describe('a record that others changed meanwhile', () => {
  /** A record of two lines of which somebody else changes one. */
  function conflicting(choice: 'mine' | 'theirs' | 'stay') {
    const record = { name: 'Quito', lines: [{ amount: '1' }], version: 1 }
    /** As of when the form knows it. */
    const known = { version: 1 }
    const sent: unknown[] = []
    const form = formWith({
      initial: () => ({ name: record.name, lines: record.lines }),
      submit: async (values) => {
        if (known.version !== record.version) throw new ApiProblem({ code: 'changed-meanwhile', status: 409 })
        sent.push(values)
      },
      conflict: {
        entity: 'follow-up',
        id: () => 'an id',
        version: () => known.version,
        renew: async () => {
          known.version = record.version
        },
      },
    })
    const answered = (async () => {
      await vi.waitFor(() => expect(conflictQuestion.value).not.toBeNull())
      const asked = conflictQuestion.value
      asked?.answer(choice)
      return asked
    })()
    return { form, record, known, sent, answered }
  }

  it('keeps mine on top of theirs: what was not touched here stays as they left it', async () => {
    const { form, record, sent, answered } = conflicting('mine')
    form.values.name = 'Loja'
    Object.assign(record, { name: 'Cuenca', lines: [{ amount: '9' }], version: 2 })
    expect(await form.submit()).toBe(true)
    expect((await answered)?.changedHere).toEqual(['name'])
    expect(sent).toEqual([{ name: 'Loja', lines: [{ amount: '9' }] }])
  })

  it('takes theirs and saves nothing', async () => {
    const { form, record, sent } = conflicting('theirs')
    form.values.name = 'Loja'
    Object.assign(record, { name: 'Cuenca', version: 2 })
    expect(await form.submit()).toBe(false)
    expect(form.values.name).toBe('Cuenca')
    expect([form.dirty, sent]).toEqual([false, []])
  })

  it('stays as it is: what was typed is kept, and the next saving asks again', async () => {
    const { form, record, sent } = conflicting('stay')
    form.values.name = 'Loja'
    Object.assign(record, { name: 'Cuenca', version: 2 })
    expect(await form.submit()).toBe(false)
    expect([form.values.name, form.dirty, sent]).toEqual(['Loja', true, []])
  })

  it('asks before it sends where the record was read anew under the form', async () => {
    const { form, record, known, sent, answered } = conflicting('mine')
    form.values.name = 'Loja'
    Object.assign(record, { lines: [{ amount: '9' }], version: 2 })
    known.version = 2
    expect(await form.submit()).toBe(true)
    expect(await answered).not.toBeNull()
    expect(sent).toEqual([{ name: 'Loja', lines: [{ amount: '9' }] }])
  })
})

describe('useForm', () => {
  it('is dirty while its values differ from the saved ones, in any depth, and clean again when they agree', () => {
    const form = formWith()
    expect(form.dirty).toBe(false)
    const line = form.values.lines[0]
    if (line) line.amount = '2'
    expect(form.dirty).toBe(true)
    if (line) line.amount = '1'
    expect(form.dirty).toBe(false)
  })

  it('sends a copy, tells when it is done and is clean then', async () => {
    const done = vi.fn()
    const submit = vi.fn(() => Promise.resolve())
    const form = formWith({ submit, done })
    form.values.name = 'Loja'
    expect(await form.submit()).toBe(true)
    expect(submit).toHaveBeenCalledWith({ name: 'Loja', lines: [{ amount: '1' }] })
    expect(form.dirty).toBe(false)
    expect(done).toHaveBeenCalledOnce()
  })

  it('puts a refusal at its field, and says it nowhere else', async () => {
    const form = formWith({ submit: () => refused([{ field: 'name', code: 'name-taken', detail: '' }], 'name-taken') })
    expect(await form.submit()).toBe(false)
    await nextTick()
    expect(form.errorOf('name')).toMatch(/nombre|name/)
    expect(toasts.problem).not.toHaveBeenCalled()
  })

  it('puts an error of a part at the nearest field around it', async () => {
    const form = formWith({ submit: () => refused([{ field: 'lines.3.amount', code: 'amount-invalid', detail: '' }]) })
    await form.submit()
    expect(form.errorOf('lines')).toBeTruthy()
    expect(toasts.problem).not.toHaveBeenCalled()
  })

  it('says what has no field as one toast', async () => {
    const form = formWith({ submit: () => refused([], 'changed-meanwhile') })
    await form.submit()
    expect(form.errorOf('name')).toBeUndefined()
    expect(toasts.problem).toHaveBeenCalledOnce()
  })

  it('checks before it sends', async () => {
    const submit = vi.fn(() => Promise.resolve())
    const form = formWith({ submit, check: (values) => (values.name === '' ? { name: 'missing' } : {}) })
    form.values.name = ''
    expect(await form.submit()).toBe(false)
    expect(form.errorOf('name')).toBe('missing')
    expect(submit).not.toHaveBeenCalled()
  })

  it('sends once, however often it is pressed', async () => {
    const submit = vi.fn(() => new Promise((resolve) => setTimeout(resolve, 10)))
    const form = formWith({ submit })
    await Promise.all([form.submit(), form.submit(), form.submit()])
    expect(submit).toHaveBeenCalledOnce()
  })

  it('goes back to the initial values, without errors', async () => {
    const form = formWith({ submit: () => refused([{ field: 'name', code: 'name-taken', detail: '' }]) })
    form.values.name = 'Loja'
    await form.submit()
    form.reset()
    expect(form.values.name).toBe('Quito')
    expect(form.errorOf('name')).toBeUndefined()
    expect(form.dirty).toBe(false)
  })
})
