import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { useQuery } from '@pinia/colada'
import { call } from '../../api/client.ts'
import { useKeysetList } from '../../api/keyset-list.ts'
import { useRefresh } from '../../api/use-refresh.ts'
import type { Entity } from '../../ui/EntitySelect.vue'

export type PresentAgent = EndpointOutput<Api['GET /api/v1/handovers/agents']>['items'][number]
export type Handover = EndpointOutput<Api['GET /api/v1/handovers']>['items'][number]
export type HandoverRecord = EndpointOutput<Api['GET /api/v1/handovers/:id/records']>['items'][number]
export type HandoverFilters = NonNullable<EndpointInput<Api['GET /api/v1/handovers']>['query']>
export type Role = Handover['role']
export type NewHandover = EndpointInput<Api['POST /api/v1/handovers']>['body']
/** What moves along where it is chosen, in the order in which it is shown. */
export const alongKinds = ['followUps', 'interactions', 'opportunities', 'cases', 'quotes'] as const
export const movedKinds = ['customers', ...alongKinds] as const
export type MovedKind = (typeof movedKinds)[number]
export interface Move {
  fromUserId: string
  toUserId: string
}

const everything = ['handovers']

export function usePresentAgents(role: () => Role | null) {
  return useQuery(() => {
    const asked = role()
    return {
      key: [...everything, 'agents', asked ?? ''],
      enabled: asked !== null,
      query: ({ signal }) => call('GET /api/v1/handovers/agents', { query: { role: asked ?? 'preferred' } }, { signal }),
    }
  })
}

/** What a handover of these moves would bring along now; nothing is asked without moves. */
export function usePreview(asked: () => { role: Role; moves: Move[] } | null) {
  return useQuery(() => {
    const body = asked()
    return {
      key: [
        ...everything,
        'preview',
        body?.role ?? '',
        ...(body?.moves.map((move) => `${move.fromUserId} ${move.toUserId}`) ?? []),
      ],
      enabled: body !== null,
      query: ({ signal }) =>
        call('POST /api/v1/handovers/previews', { body: body ?? { role: 'preferred', moves: [] } }, { signal }),
    }
  })
}

export function useHandovers(filters: () => HandoverFilters) {
  return useKeysetList<Handover>(() => {
    const query = filters()
    return {
      key: [...everything, 'list', { ...query }],
      load: (cursor, signal) => call('GET /api/v1/handovers', { query: { ...query, cursor } }, { signal }),
    }
  })
}

export function useHandover(id: () => string) {
  return useQuery(() => ({
    key: [...everything, 'one', id()],
    query: ({ signal }) => call('GET /api/v1/handovers/:id', { params: { id: id() } }, { signal }),
  }))
}

export function useHandoverRecords(id: () => string, show: () => 'all' | 'standing' | 'changed') {
  return useKeysetList<HandoverRecord>(() => {
    const query = { show: show() }
    return {
      key: [...everything, 'records', id(), query],
      load: (cursor, signal) =>
        call('GET /api/v1/handovers/:id/records', { params: { id: id() }, query: { ...query, cursor } }, { signal }),
    }
  })
}

/** The active users: any of them can be a customer's agent. */
export const findAgents = async (q: string): Promise<Entity[]> =>
  (await call('GET /api/v1/customers/agents', { query: { q } })).items.map(({ id, name, branch }) => ({
    id,
    name,
    detail: branch.name,
  }))

/** The deeds of the feature; whose customers and tasks are shows in many lists. */
export function useHandoverActions() {
  const refresh = useRefresh()
  const changed = () => refresh(everything, ['customers'], ['follow-ups'], ['interactions'], ['notices'], ['portfolio'])
  return {
    lookAgain: () => refresh(everything),
    async create(body: NewHandover): Promise<Handover> {
      const made = await call('POST /api/v1/handovers', { body })
      await changed()
      return made
    },
    async change(
      handover: Pick<Handover, 'id' | 'version'>,
      fields: { startsOn?: string; endsOn?: string | null },
    ): Promise<void> {
      await call('PATCH /api/v1/handovers/:id', { params: { id: handover.id }, body: { ...fields, version: handover.version } })
      await refresh(everything)
    },
    async cancel({ id, version }: Pick<Handover, 'id' | 'version'>): Promise<void> {
      await call('POST /api/v1/handovers/:id/cancellations', { params: { id }, body: { version } })
      await refresh(everything)
    },
    async undo({ id, version }: Pick<Handover, 'id' | 'version'>): Promise<void> {
      await call('POST /api/v1/handovers/:id/undos', { params: { id }, body: { version } })
      await changed()
    },
  }
}
