import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { type CalendarDay, localTimeOf } from '@cartera/domain/calendar-day'
import { useToast } from '@nuxt/ui/composables/useToast'
import { useQuery } from '@pinia/colada'
import { reactive, ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import { call } from '../../../api/client.ts'
import { useReport } from '../../../api/use-report.ts'
import { useSession } from '../../../session/session-store.ts'
import { useFormat } from '../../../ui/format.ts'
import { type FollowUp, useFollowUpActions } from '../queries.ts'

export type Agenda = EndpointOutput<Api['GET /api/v1/agenda']>
export type AgendaFilters = NonNullable<EndpointInput<Api['GET /api/v1/agenda']>['query']>
export type MyDay = EndpointOutput<Api['GET /api/v1/my-day']>
export type WorkItem = MyDay['items'][number]

export function useAgenda(filters: () => AgendaFilters) {
  return useQuery(() => {
    const query = filters()
    return {
      key: ['follow-ups', 'agenda', { ...query }],
      query: ({ signal }) => call('GET /api/v1/agenda', { query }, { signal }),
    }
  })
}

export function useMyDay() {
  return useQuery({ key: ['follow-ups', 'work'], query: ({ signal }) => call('GET /api/v1/my-day', {}, { signal }) })
}

/** Where a follow-up stands on the company's calendar. */
export interface Place {
  day: CalendarDay
  /** HH:MM */
  time: string
}

/** Instants as places on the company's calendar. */
export function usePlaces() {
  const session = useSession()
  const two = (n: number) => String(n).padStart(2, '0')
  return {
    placeOf(instant: string): Place {
      const { day, minutes } = localTimeOf(new Date(instant), session.me?.company.timeZone ?? 'UTC')
      return { day, time: `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}` }
    },
  }
}

/**
 * Moving a follow-up in the calendar: it stands at its new place at once, and goes back where that is refused. What was done can be undone
 * until the next one.
 */
export function useMoving(shown: () => unknown) {
  const { t } = useI18n()
  const toast = useToast()
  const report = useReport()
  const format = useFormat()
  const actions = useFollowUpActions()
  const { placeOf } = usePlaces()
  /** Where those stand that are being moved at this moment. */
  const moving = reactive(new Map<string, Place>())
  const said = ref('')
  // What the server says now is the truth again.
  watch(shown, () => moving.clear())

  async function change(followUp: FollowUp, to: Place): Promise<FollowUp | null> {
    moving.set(followUp.id, to)
    try {
      return await actions.change(followUp, { dueOn: to.day, dueTime: to.time })
    } catch (error) {
      moving.delete(followUp.id)
      report.problem(error)
      return null
    }
  }

  let undoLast: (() => Promise<FollowUp | null>) | null = null

  async function move(followUp: FollowUp, to: Place): Promise<void> {
    const from = placeOf(followUp.dueAt)
    if (followUp.state !== 'active' || (from.day === to.day && from.time === to.time)) return
    const moved = await change(followUp, to)
    if (!moved) return
    said.value = t('agenda.moved', { time: format.value.instant(moved.dueAt) })
    const takeBack = () => {
      if (undoLast === takeBack) undoLast = null
      toast.remove(id)
      return undo(moved, from)
    }
    undoLast = takeBack
    const { id } = toast.add({
      title: said.value,
      description: followUp.subject,
      color: 'success',
      icon: 'i-lucide-calendar-check',
      duration: 10_000,
      actions: [
        {
          label: t('agenda.undo'),
          color: 'neutral',
          variant: 'outline',
          onClick: () => void takeBack(),
        },
      ],
    })
  }

  async function undo(moved: FollowUp, from: Place): Promise<FollowUp | null> {
    const back = await change(moved, from)
    if (!back) return null
    said.value = t('agenda.movedBack', { time: format.value.instant(back.dueAt) })
    report.done(said.value)
    return back
  }

  return {
    move,
    moving,
    said,
    /** Takes the last move back; answers what stands where it was, or null where there was nothing to take back. */
    undoLast: async () => (await undoLast?.()) ?? null,
  }
}
