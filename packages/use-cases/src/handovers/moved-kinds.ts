import { cases } from '@cartera/db/schema/cases'
import { followUps } from '@cartera/db/schema/follow-ups'
import { interactions } from '@cartera/db/schema/interactions'
import { opportunities } from '@cartera/db/schema/opportunities'
import { quotes } from '@cartera/db/schema/quotes'
import { type SQL, sql } from 'drizzle-orm'
import { agentColumns, type Handover } from './visible-handover.ts'

/** How many records of each kind: what moves of one agent, or of all. */
export type Moved = Record<'customers' | 'followUps' | 'interactions' | 'opportunities' | 'cases' | 'quotes', number>

/** What a handover moves: the customers, and along with them, where chosen, what is not finished of them and was the old agent's. */
export const movedTables = {
  customer: { table: sql.raw('customers'), count: 'customers' },
  'follow-up': { table: sql.raw('follow_ups'), count: 'followUps' },
  interaction: { table: sql.raw('interactions'), count: 'interactions' },
  opportunity: { table: sql.raw('opportunities'), count: 'opportunities' },
  case: { table: sql.raw('cases'), count: 'cases' },
  quote: { table: sql.raw('quotes'), count: 'quotes' },
} as const satisfies Record<string, { table: SQL; count: keyof Moved }>
export type MovedKind = keyof typeof movedTables
export const movedKinds = Object.keys(movedTables) as MovedKind[]

/** Every kind but the customers, with whether a handover takes it along, and while it may change hands. */
const along = {
  'follow-up': { moves: 'movesFollowUps', owner: sql`${followUps.ownerId}`, open: sql`${followUps.state} = 'active'` },
  interaction: {
    moves: 'movesInteractions',
    owner: sql`${interactions.ownerId}`,
    open: sql`${interactions.state} = 'open' and ${interactions.deletedAt} is null`,
  },
  opportunity: {
    moves: 'movesOpportunities',
    owner: sql`${opportunities.ownerId}`,
    open: sql`${opportunities.state} = 'open' and ${opportunities.deletedAt} is null`,
  },
  case: {
    moves: 'movesCases',
    owner: sql`${cases.ownerId}`,
    open: sql`${cases.state} <> 'resolved' and ${cases.deletedAt} is null`,
  },
  // Undecided ones: drafts, and what the customer has and has not answered.
  quote: {
    moves: 'movesQuotes',
    owner: sql`${quotes.ownerId}`,
    open: sql`${quotes.state} in ('draft', 'issued') and ${quotes.deletedAt} is null`,
  },
} as const satisfies Record<Exclude<MovedKind, 'customer'>, { moves: keyof Handover; owner: SQL; open: SQL }>
export type AlongKind = keyof typeof along
export const alongKinds = Object.entries(along) as [AlongKind, (typeof along)[AlongKind]][]

/** The counts of what moves along, which are also the names of its switches. */
export const alongCounts = alongKinds.map(([kind]) => movedTables[kind].count)

/** Whose a record that moves along is. */
export const ownerOf = (kind: AlongKind): SQL => along[kind].owner

/** Whether a record of this kind may still change hands by itself; a customer always may. */
export const stillOpen = (kind: MovedKind): SQL | undefined => (kind === 'customer' ? undefined : along[kind].open)

/** The column of a record that a handover of a role changes. */
export const movedColumn = (kind: MovedKind, role: Handover['role']): SQL =>
  sql.raw(kind === 'customer' ? agentColumns[role].name : 'owner_id')
/** The same as the audit row and the contract name it. */
export const movedField = (kind: MovedKind, role: Handover['role']): string =>
  kind === 'customer' ? agentColumns[role].field : 'ownerId'

/** How many of each kind. */
export const movedOf = (of: (count: keyof Moved, kind: MovedKind) => number): Moved =>
  Object.fromEntries(movedKinds.map((kind) => [movedTables[kind].count, of(movedTables[kind].count, kind)])) as Moved

/** Facts `h` of handovers counted by their kind, each under the name that is asked for. */
export const countMoved = (named: (kind: MovedKind) => SQL): SQL =>
  sql.join(
    movedKinds.map((kind) => sql`count(*) filter (where h.kind = ${kind})::integer as ${named(kind)}`),
    sql`, `,
  )
