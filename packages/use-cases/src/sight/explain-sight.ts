import type { SightEntity } from '@cartera/contract/sight'
import type { Querier } from '@cartera/db/connect'
import { type AccessLevel, accessScopeOf, type Placement, type Viewer } from '@cartera/domain/access/access-scope'
import { type SightRule, sightRuleOf } from '@cartera/domain/access/sight'
import { Refusal } from '@cartera/domain/refusal'
import { type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { requireVisibleRecord } from '../live/visible-changes.ts'

const mostShown = 200

type Owning = 'author' | 'owner' | 'recorder' | 'collections-agent'

const ofCustomer = (table: string): { as: null; select: SQL } => ({
  as: null,
  select: sql`select id, customer_id, null::uuid as owner_id from ${sql.identifier(table)}`,
})
const owned = (table: string, column: string, as: Owning): { as: Owning; select: SQL } => ({
  as,
  select: sql`select id, customer_id, ${sql.identifier(column)} as owner_id from ${sql.identifier(table)}`,
})

/** Whose each record is, as its rule of visibility takes it; null `as` for what belongs to the customer alone. */
const kinds: Record<SightEntity, { as: Owning | null; select: SQL }> = {
  contact: ofCustomer('contacts'),
  interest: ofCustomer('interests'),
  document: ofCustomer('documents'),
  payment: ofCustomer('payments'),
  'payment-claim': ofCustomer('payment_claims'),
  promise: ofCustomer('promises'),
  receivable: ofCustomer('receivables'),
  customer: { as: null, select: sql`select id, id as customer_id, null::uuid as owner_id from customers` },
  note: owned('notes', 'author_id', 'author'),
  'follow-up': owned('follow_ups', 'owner_id', 'owner'),
  file: owned('customer_files', 'owner_id', 'owner'),
  case: owned('cases', 'owner_id', 'owner'),
  opportunity: owned('opportunities', 'owner_id', 'owner'),
  renewal: owned('renewals', 'owner_id', 'owner'),
  quote: owned('quotes', 'owner_id', 'owner'),
  interaction: owned('interactions', 'owner_id', 'owner'),
  'contact-attempt': owned('contact_attempts', 'recorded_by', 'recorder'),
  notice: {
    as: 'collections-agent',
    select: sql`select m.id, m.customer_id, coalesce(k.collections_agent_id, (select administrator_id from company)) as owner_id
      from notice_messages m join customers k on k.id = m.customer_id`,
  },
}

interface Person extends Placement {
  name: string
  branchName: string
  departmentName: string | null
  active: boolean
  level: AccessLevel
  customerLevel: AccessLevel
}

/** Everybody who may look on, and whose the record is although they left. */
async function findPeople(db: Querier, also: readonly string[]): Promise<Person[]> {
  const { rows } = await db.execute<{
    id: string
    name: string
    branch_id: string
    branch: string
    department_id: string | null
    department: string | null
    active: boolean
    level: AccessLevel
    customer_level: AccessLevel
  }>(sql`
    select u.id, u.name, u.branch_id, b.name as branch, u.department_id, d.name as department, u.active, p.level, p.customer_level
    from users u join access_profiles p on p.id = u.profile_id join branches b on b.id = u.branch_id
    left join departments d on d.id = u.department_id
    where u.active or u.id = any(${sql.param([...also])}::uuid[])
    order by p.level, u.name, u.id`)
  return rows.map((row) => ({
    userId: row.id,
    name: row.name,
    branchId: row.branch_id,
    branchName: row.branch,
    departmentId: row.department_id,
    departmentName: row.department,
    active: row.active,
    level: row.level,
    customerLevel: row.customer_level,
  }))
}

const shown = (person: Person) => ({
  id: person.userId,
  name: person.name,
  branch: { id: person.branchId, name: person.branchName },
  department:
    person.departmentId === null || person.departmentName === null
      ? null
      : { id: person.departmentId, name: person.departmentName },
})

/**
 * Why the viewer sees a record: the rule over whose it is, as that person stands now, and the rule over the customer's agents; and for whoever sees more
 * than their own records, who else sees it (product.md section 14.13). Refuses `not-found` alike for a missing, a deleted and an out-of-scope one.
 */
export async function explainSight(ctx: AppContext, viewer: Viewer, { entity, id }: { entity: SightEntity; id: string }) {
  await requireVisibleRecord(ctx.db, viewer, entity, id)
  const { as, select } = kinds[entity]
  const { rows } = await ctx.db.execute<{ owner_id: string | null; preferred: string | null; collections: string | null }>(sql`
    select r.owner_id, c.preferred_agent_id as preferred, c.collections_agent_id as collections
    from (${select}) r join customers c on c.id = r.customer_id where r.id = ${id}`)
  const [found] = rows
  if (!found) throw new Refusal('not-found')
  const named = [found.owner_id, found.preferred, found.collections].filter((each) => each !== null)
  const people = await findPeople(ctx.db, named)
  const personOf = new Map(people.map((person) => [person.userId, person]))
  const known = (userId: string | null) => (userId === null ? null : (personOf.get(userId) ?? null))
  const owner = known(found.owner_id)
  const agents = [known(found.preferred), known(found.collections)]

  const rulesOf = (person: Placement & { level: AccessLevel; customerLevel: AccessLevel }) => {
    const rule: SightRule | null = as === null ? null : sightRuleOf(person, [owner])
    const customerRule = sightRuleOf({ ...person, level: person.customerLevel }, agents)
    return (as !== null && rule === null) || customerRule === null ? null : { rule, customerRule }
  }
  const own = rulesOf(viewer)
  // The question above has said that they see it: a move in between is all that can say otherwise.
  if (!own) throw new Refusal('not-found')
  const others = people.flatMap((person) => {
    const rules = person.active && person.userId !== viewer.userId ? rulesOf(person) : null
    return rules ? [{ ...shown(person), level: person.level, ...rules }] : []
  })
  const [preferred, collections] = agents
  return {
    record:
      as === null || own.rule === null
        ? null
        : {
            rule: own.rule,
            as: as === 'collections-agent' && found.collections === null ? ('administrator' as const) : as,
            owner: owner && shown(owner),
          },
    customer: {
      rule: own.customerRule,
      agents: [
        ...(preferred ? [{ ...shown(preferred), as: 'preferred' as const }] : []),
        ...(collections ? [{ ...shown(collections), as: 'collections' as const }] : []),
      ],
    },
    others: accessScopeOf(viewer).kind === 'own' ? null : { count: others.length, items: others.slice(0, mostShown) },
  }
}
