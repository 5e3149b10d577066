import type { LiveEntity } from '@cartera/contract/live'
import { computed, nextTick, onBeforeUnmount, reactive, ref, shallowRef, toRaw, watch } from 'vue'
import { onBeforeRouteLeave, onBeforeRouteUpdate } from 'vue-router'
import { ApiProblem } from '../api/api-problem.ts'
import { call } from '../api/client.ts'
import { clearWaitingChange, hasWaitingChange } from '../api/live.ts'
import { fieldSentence } from '../api/problem-sentence.ts'
import { useReport } from '../api/use-report.ts'
import { translate } from '../i18n.ts'
import type { FormContext } from '../ui/form-context.ts'
import { askConfirmation } from '../ui/use-confirm.ts'
import { askConflict, type ConflictChoice } from './ask-conflict.ts'

interface FormSettings<Values extends object> {
  /** The values at the start, and those that `reset()` goes back to; called anew each time. */
  initial: () => Values
  /** Sends the values. A refusal that it throws lands at its fields, or as a toast where it names no field of the form. */
  submit: (values: Values) => Promise<unknown>
  /** What is wrong before anything is sent: sentences by field. */
  check?: (values: Values) => Partial<Record<string, string>>
  /** After success, with the form already clean (so that leaving asks nothing). */
  done?: () => unknown
  /** For records that others may change meanwhile: then the person sees who changed what, and chooses. */
  conflict?: {
    entity: LiveEntity
    /** Which one; null for a new one, which nobody can have changed. */
    id: () => string | null
    /** The version that `initial` and `submit` speak of at this moment. */
    version: () => number | null
    /** Reads the record anew: afterwards `initial`, `version` and `submit` speak of the newest one that could be read. */
    renew: () => Promise<void>
  }
  /** False in dialogs, which ask by themselves; a page asks before it is left with unsaved changes. */
  guardLeaving?: boolean
}

export interface Form<Values extends object> extends FormContext {
  readonly values: Values
  readonly dirty: boolean
  readonly saving: boolean
  /** Answers true when it was saved. */
  submit(): Promise<boolean>
  /** Back to the initial values, without errors. */
  reset(): void
  /** Sets an error at a field by hand. */
  setError(field: string, sentence: string): void
  /** Asks whether unsaved changes may go; true at once when there are none. */
  mayLeave(): Promise<boolean>
}

/** A plain comparison by content: form values are data, without functions or cycles. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function copy<T>(value: T): T {
  return structuredClone(deepRaw(value))
}

function deepRaw<T>(value: T): T {
  const raw = toRaw(value)
  if (Array.isArray(raw)) return raw.map(deepRaw) as T
  if (raw !== null && typeof raw === 'object' && Object.getPrototypeOf(raw) === Object.prototype) {
    return Object.fromEntries(Object.entries(raw).map(([key, one]) => [key, deepRaw(one)])) as T
  }
  return raw
}

/**
 * A form: its values, whether they differ from the saved ones, the sentences at its fields, and its sending. Errors of
 * known fields stand at the field, all others come as one toast; never both for the same thing.
 */
export function useForm<Values extends object>(settings: FormSettings<Values>): Form<Values> {
  const report = useReport()
  const values = reactive(copy(settings.initial())) as Values
  const saved = shallowRef(copy(settings.initial()))
  const saving = ref(false)
  const errors = reactive<Record<string, string | undefined>>({})
  const fields = new Set<string>()
  const dirty = computed(() => !same(values, saved.value))

  function clearErrors(): void {
    for (const field of Object.keys(errors)) delete errors[field]
  }

  function assign(next: Values): void {
    const target = values as Record<string, unknown>
    for (const key of Object.keys(target)) if (!(key in next)) delete target[key]
    Object.assign(target, copy(next))
  }

  function show(problem: ApiProblem): void {
    // `errorOf` is asked by every field on the screen, so `fields` knows which sentences have a place to stand.
    const homeless: string[] = []
    for (const error of problem.fieldErrors) {
      const field = placeOf(error.field)
      if (field) errors[field] ??= fieldSentence(error)
      else homeless.push(error.field)
    }
    if (problem.fieldErrors.length === 0 || homeless.length > 0) report.problem(problem)
    focusFirstError()
  }

  /** The field itself, or the nearest one around it: an error of 'lines.3.amount' may stand at 'lines'. */
  function placeOf(field: string): string | null {
    for (let path = field; path !== ''; path = path.slice(0, Math.max(0, path.lastIndexOf('.')))) {
      if (fields.has(path)) return path
    }
    return null
  }

  async function submit(): Promise<boolean> {
    if (saving.value) return false
    clearErrors()
    const wrong = Object.entries(settings.check?.(values) ?? {}).filter(([, sentence]) => sentence)
    if (wrong.length > 0) {
      for (const [field, sentence] of wrong) errors[field] = sentence
      focusFirstError()
      return false
    }
    // What is on the screen was taken from an older version than the one that saving would count on.
    if (isBehind() && (await settleConflict()) !== 'mine') return false
    saving.value = true
    const sent = copy(values)
    try {
      await settings.submit(sent)
      saved.value = sent
    } catch (error) {
      if (error instanceof ApiProblem && error.code === 'changed-meanwhile' && settings.conflict?.id()) {
        saving.value = false
        return (await settleConflict()) === 'mine' ? await submit() : false
      }
      if (error instanceof ApiProblem) show(error)
      else report.problem(error)
      return false
    } finally {
      saving.value = false
    }
    await settings.done?.()
    return true
  }

  /** The version from which the values were taken. */
  const baseVersion = ref(settings.conflict?.version() ?? null)
  const isBehind = () => {
    const { conflict } = settings
    return conflict !== undefined && conflict.id() !== null && conflict.version() !== baseVersion.value
  }

  /** Puts what was changed here on top of the newest values: what was not touched here is theirs. */
  function rebase(): void {
    const theirs = copy(settings.initial()) as Record<string, unknown>
    const before = saved.value as Record<string, unknown>
    const mine = copy(values) as Record<string, unknown>
    saved.value = copy(theirs) as Values
    for (const [field, value] of Object.entries(mine)) if (!same(value, before[field])) theirs[field] = value
    assign(theirs as Values)
    baseVersion.value = settings.conflict?.version() ?? null
  }

  /** Shows what others changed and does what the person chooses; answers what that was. */
  async function settleConflict(): Promise<ConflictChoice> {
    const { conflict } = settings
    const id = conflict?.id() ?? null
    if (!conflict || id === null) return 'stay'
    const before = saved.value as Record<string, unknown>
    const changedHere = Object.entries(values).flatMap(([field, value]) => (same(value, before[field]) ? [] : [field]))
    const choice = await askConflict({ entity: conflict.entity, id, changedHere })
    if (choice === 'stay') return choice
    await conflict.renew()
    await nextTick()
    // The refused version is still the newest that could be read: nothing to put one's own on top of.
    if (!isBehind()) {
      report.problem(new ApiProblem({ status: 0, code: 'offline' }))
      return 'stay'
    }
    clearWaitingChange(conflict.entity, id)
    if (choice === 'mine') rebase()
    else reset()
    return choice
  }

  function reset(): void {
    baseVersion.value = settings.conflict?.version() ?? null
    const next = copy(settings.initial())
    saved.value = next
    assign(next)
    clearErrors()
  }

  // Quietly above the fields: nothing that is being typed is touched by what others do.
  const changer = ref('')
  const behind = computed(() => {
    const { conflict } = settings
    const id = conflict?.id() ?? null
    return conflict !== undefined && id !== null && (isBehind() || hasWaitingChange(conflict.entity, id))
  })
  if (settings.conflict) {
    const { entity, id } = settings.conflict
    watch(behind, async (now) => {
      changer.value = ''
      if (!now) return
      const answer = await call('GET /api/v1/record-changes', { query: { entity, id: id() ?? '' } }).catch(() => null)
      changer.value = answer?.items[0]?.actor?.name ?? translate('forms.conflict.somebody')
    })
  }

  async function mayLeave(): Promise<boolean> {
    if (!dirty.value || saving.value) return true
    return await askConfirmation({
      title: translate('ui.unsaved.title'),
      text: translate('ui.unsaved.text'),
      confirm: translate('ui.unsaved.leave'),
      cancel: translate('ui.unsaved.stay'),
      danger: true,
    })
  }

  if (settings.guardLeaving !== false) {
    onBeforeRouteLeave(async () => await mayLeave())
    // Another tab or record of the same page takes the form away too; filters in the address do not.
    onBeforeRouteUpdate(async (to, from) => to.path === from.path || (await mayLeave()))
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    // The listener stands only while it has something to say: a standing one keeps the page out of the back-forward cache.
    watch(dirty, (now) =>
      now ? window.addEventListener('beforeunload', warn) : window.removeEventListener('beforeunload', warn),
    )
    onBeforeUnmount(() => window.removeEventListener('beforeunload', warn))
  }

  return {
    values,
    get dirty() {
      return dirty.value
    },
    get saving() {
      return saving.value
    },
    get news() {
      if (!behind.value || changer.value === '' || saving.value) return null
      return {
        sentence: translate('forms.conflict.news', { name: changer.value }),
        action: translate('forms.conflict.show'),
        show: () => void settleConflict(),
      }
    },
    errorOf(field) {
      fields.add(field)
      return errors[field]
    },
    clearError(field) {
      if (errors[field] !== undefined) delete errors[field]
    },
    setError(field, sentence) {
      errors[field] = sentence
    },
    submit,
    reset,
    mayLeave,
  }
}

/** Brings the person to the first wrong field, once it is drawn. */
function focusFirstError(): void {
  requestAnimationFrame(() => {
    const field = document.querySelector<HTMLElement>('[aria-invalid="true"]')
    field?.focus()
    field?.scrollIntoView?.({ block: 'nearest' })
  })
}
