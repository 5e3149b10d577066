import { z } from 'zod'
import { defineEndpoint } from './endpoint.ts'
import { day, flag, id, idParams, instant, optionalText, page, pageQuery, reference, version } from './shapes.ts'

const tag = 'Handovers'
const count = z.int().min(0).max(1_000_000_000)
const role = z.enum(['preferred', 'collections'])
const state = z.enum(['planned', 'done', 'covering', 'returned', 'undone', 'cancelled'])
/** An agent, also one who has left. */
const agent = z.strictObject({ id, name: z.string().max(300), active: flag })

const counts = {
  customers: count,
  followUps: count.meta({ description: 'Active follow-ups of these customers that the present agent owns' }),
  interactions: count.meta({ description: 'Open interactions of these customers that the present agent owns' }),
  opportunities: count.meta({ description: 'Open opportunities of these customers that the present agent owns' }),
  cases: count.meta({ description: 'Cases of these customers that are not resolved and that the present agent owns' }),
  quotes: count.meta({ description: 'Quotes of these customers, drafts or sent and undecided, that the present agent owns' }),
}

const move = z.strictObject({ from: agent, to: agent, ...counts })

const handover = z.strictObject({
  id,
  number: z.int().min(1).max(2147483647),
  role,
  state,
  startsOn: day,
  endsOn: day.nullable().meta({ description: 'The last day of a cover; null is for good' }),
  note: z.string().max(500).nullable(),
  movesFollowUps: flag,
  movesInteractions: flag,
  movesOpportunities: flag,
  movesCases: flag,
  movesQuotes: flag,
  problem: z.string().max(100).nullable().meta({ description: 'Why it waits although its day has come: a refusal code' }),
  moves: z.array(move).max(1000),
  createdBy: reference,
  createdAt: instant,
  carriedOutAt: instant.nullable(),
  endedAt: instant.nullable(),
  endedBy: reference.nullable(),
  version,
})

const moveInput = z.strictObject({ fromUserId: id, toUserId: id })
const moves = <S extends z.ZodType>(one: S) => z.array(one).min(1).max(500)
const what = { role, followUps: flag, interactions: flag, opportunities: flag, cases: flag, quotes: flag }

export const handoverEndpoints = {
  agents: defineEndpoint({
    method: 'GET',
    url: '/api/v1/handovers/agents',
    summary: 'Who is agent of some customer within sight, disabled people too, and of how many',
    tag,
    query: z.strictObject({ role }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            id,
            name: z.string().max(300),
            active: flag,
            branch: reference,
            customers: count,
            planned: z
              .array(z.strictObject({ id, number: z.int().min(1).max(2147483647), to: reference, startsOn: day }))
              .max(20)
              .meta({ description: 'Handovers of theirs that wait for their day' }),
          }),
        )
        .max(2000),
    }),
  }),
  preview: defineEndpoint({
    method: 'POST',
    url: '/api/v1/handovers/previews',
    summary: 'What a handover would move, and what follows the customers by itself',
    tag,
    body: z.strictObject({ role, moves: moves(moveInput) }),
    response: z.strictObject({
      items: z
        .array(
          z.strictObject({
            from: agent,
            to: agent,
            ...counts,
            notices: count.meta({ description: 'Notices not yet sent; they leave from the collections agent’s mailbox' }),
            promises: count.meta({ description: 'Open promises to pay' }),
            claims: count.meta({ description: 'Reported payments that wait for a decision' }),
            mailboxUsable: flag.meta({ description: 'Whether the new agent has a verified mailbox to send notices from' }),
          }),
        )
        .max(500),
    }),
  }),
  create: defineEndpoint({
    method: 'POST',
    url: '/api/v1/handovers',
    summary: 'Hand customers over, at once or on a day, for good or as cover until a day; the counts seen must still hold',
    tag,
    body: z.strictObject({
      ...what,
      startsOn: day.nullable().optional().meta({ description: 'Today or left out: at once' }),
      endsOn: day.nullable().optional(),
      note: optionalText(500).optional(),
      moves: moves(
        z.strictObject({
          fromUserId: id,
          toUserId: id,
          customers: count,
          followUps: count.optional(),
          interactions: count.optional(),
          opportunities: count.optional(),
          cases: count.optional(),
          quotes: count.optional(),
        }),
      ),
    }),
    response: handover,
    status: 201,
  }),
  list: defineEndpoint({
    method: 'GET',
    url: '/api/v1/handovers',
    summary: 'Handovers that the viewer or people in their reach made, the newest first',
    tag,
    query: pageQuery(['-number']).extend({ state: state.optional(), role: role.optional(), agentId: id.optional() }),
    response: page(handover),
  }),
  read: defineEndpoint({
    method: 'GET',
    url: '/api/v1/handovers/:id',
    summary: 'A handover, with how much still stands as it left it',
    tag,
    params: idParams,
    response: handover.extend({
      standing: z.strictObject(counts),
      changed: z.strictObject(counts).meta({ description: 'Changed by somebody since, or ended: it would stay, or has stayed' }),
    }),
  }),
  records: defineEndpoint({
    method: 'GET',
    url: '/api/v1/handovers/:id/records',
    summary: 'What a handover moved, of what the viewer sees',
    tag,
    params: idParams,
    query: pageQuery(['kind']).extend({ show: z.enum(['all', 'standing', 'changed']).optional() }),
    response: page(
      z.strictObject({
        kind: z.enum(['customer', 'follow-up', 'interaction', 'opportunity', 'case', 'quote']),
        id,
        name: z.string().max(300),
        customer: z.strictObject({ id, code: z.string().max(40), name: z.string().max(300) }),
        from: reference,
        to: reference,
        now: reference.nullable().meta({ description: 'Whose it is now' }),
        outcome: z.enum(['standing', 'changed', 'returned', 'kept']),
      }),
    ),
  }),
  change: defineEndpoint({
    method: 'PATCH',
    url: '/api/v1/handovers/:id',
    summary: 'Move the first day of a planned handover, or the last day of a cover; no last day: it stays for good',
    tag,
    params: idParams,
    body: z.strictObject({ startsOn: day.optional(), endsOn: day.nullable().optional(), version }),
    response: handover,
  }),
  cancel: defineEndpoint({
    method: 'POST',
    url: '/api/v1/handovers/:id/cancellations',
    summary: 'Cancel a handover before its day',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: handover,
    status: 201,
  }),
  undo: defineEndpoint({
    method: 'POST',
    url: '/api/v1/handovers/:id/undos',
    summary: 'Give back what still stands as the handover left it (a cover: before its day); what somebody changed since stays',
    tag,
    params: idParams,
    body: z.strictObject({ version }),
    response: handover,
    status: 201,
  }),
}
