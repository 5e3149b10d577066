import type { customFieldEndpoints } from '@cartera/contract/custom-fields'
import type { EndpointCall } from '@cartera/contract/endpoint'
import type { Querier, Transaction } from '@cartera/db/connect'
import { customers, customFields } from '@cartera/db/schema/customers'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { type CustomFieldChoice, customKeyOf, mostCustomFields } from '@cartera/domain/customers/custom-fields'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { asc, eq, type SQL, sql } from 'drizzle-orm'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { refuseDuplicates } from '../refuse-duplicates.ts'

type NewField = EndpointCall<typeof customFieldEndpoints.create>['body']
type FieldChange = EndpointCall<typeof customFieldEndpoints.change>['body']
type Row = typeof customFields.$inferSelect

const taken = {
  custom_fields_key_unique: { code: 'code-taken', field: 'key' },
  custom_fields_name_unique: { code: 'name-taken', field: 'name' },
} as const

/** What a form of a customer asks is for level 1 to say (product.md section 2). */
function requireDefine(viewer: Viewer): void {
  const refusal = viewer.level === 1 ? permissionRefusal(viewer, 'manage-catalogues') : 'not-allowed'
  if (refusal) throw new Refusal(refusal)
}

const toItem = ({ createdAt: _, position: __, ...field }: Row) => ({ ...field, choices: [...field.choices] })

/** The company's own fields in their order, also those that are switched off. */
export async function findCustomFields(db: Querier): Promise<Row[]> {
  return db.select().from(customFields).orderBy(asc(customFields.position), asc(customFields.id))
}

/** The same for forms, lists and imports; everyone who signs in reads them. */
export async function listCustomFields(ctx: AppContext, _viewer: Viewer) {
  return { items: (await findCustomFields(ctx.db)).map(toItem) }
}

/** Whoever defines fields waits for the other: positions and keys are given out of what is there. */
const oneAtATime = (tx: Transaction) => tx.execute(sql`select pg_advisory_xact_lock(hashtext('cartera custom fields'))`)

/** Choices with their keys: those that had one keep it. Refuses two of the same label, and none at all. */
function choicesOf(
  given: readonly { key?: string | undefined; label: string; active?: boolean | undefined }[],
  before: readonly CustomFieldChoice[],
): CustomFieldChoice[] {
  if (given.length === 0) throw new Refusal('custom-choice-missing', { field: 'choices' })
  const known = new Set(before.map((choice) => choice.key))
  const keys = new Set(known)
  const labels = new Set<string>()
  const seen = new Set<string>()
  return given.map((choice, index) => {
    const label = searchKey(choice.label)
    if (labels.has(label)) throw new Refusal('name-taken', { field: `choices.${index}.label` })
    labels.add(label)
    if (choice.key !== undefined && (!known.has(choice.key) || seen.has(choice.key)))
      throw new Refusal('reference-unknown', { field: `choices.${index}.key` })
    const key = choice.key ?? customKeyOf(choice.label, keys)
    keys.add(key)
    seen.add(key)
    return { key, label: choice.label, active: choice.active ?? true }
  })
}

/** Whether any customer, deleted ones included, answers the condition. */
async function isUsed(tx: Transaction, where: SQL): Promise<boolean> {
  const [row] = await tx.select({ id: customers.id }).from(customers).where(where).limit(1)
  return row !== undefined
}

/** Adds a field. Refuses `not-allowed`, `name-taken`, `code-taken`, `too-many-custom-fields`, `custom-choice-missing`. */
export async function createCustomField(ctx: AppContext, viewer: Viewer, input: NewField) {
  requireDefine(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      await oneAtATime(tx)
      const all = await findCustomFields(tx)
      if (all.length >= mostCustomFields) throw new Refusal('too-many-custom-fields', { params: { max: mostCustomFields } })
      const values = {
        key: input.key ?? customKeyOf(input.name, new Set(all.map((field) => field.key))),
        name: input.name,
        kind: input.kind,
        help: input.help ?? null,
        required: input.required ?? false,
        listed: input.listed ?? false,
        choices: input.kind === 'choice' ? choicesOf(input.choices ?? [], []) : [],
      }
      const position = (all.at(-1)?.position ?? 0) + 1
      const [made] = await tx
        .insert(customFields)
        .values({ ...values, position, createdAt: ctx.now() })
        .returning()
      if (!made) throw new Error('the custom field was not written')
      await recordAudit(tx, ctx, viewer, {
        action: 'create',
        entity: 'custom-field',
        entityId: made.id,
        changes: changesBetween({}, values),
      })
      return toItem(made)
    }),
  )
}

async function lockField(tx: Transaction, id: string): Promise<Row> {
  const [row] = await tx.select().from(customFields).where(eq(customFields.id, id)).for('update')
  if (!row) throw new Refusal('not-found')
  return row
}

/**
 * Changes a field; what is left out stays. A choice that some customer has is not taken away, it is switched off. Refuses
 * `not-allowed`, `not-found`, `changed-meanwhile`, `name-taken`, `in-use`, `custom-choice-missing`, `reference-unknown`.
 */
export async function changeCustomField(ctx: AppContext, viewer: Viewer, id: string, input: FieldChange) {
  requireDefine(viewer)
  return refuseDuplicates(taken, () =>
    ctx.db.transaction(async (tx) => {
      const before = await lockField(tx, id)
      const { version, choices, ...rest } = input
      if (before.version !== version) throw new Refusal('changed-meanwhile')
      const next = choices === undefined || before.kind !== 'choice' ? undefined : choicesOf(choices, before.choices)
      for (const { key } of next === undefined ? [] : before.choices.filter((old) => !next.some((each) => each.key === old.key)))
        if (await isUsed(tx, sql`${customers.custom} @> ${JSON.stringify({ [before.key]: key })}::jsonb`))
          throw new Refusal('in-use', { field: 'choices' })
      const changes = changesBetween(before, { ...rest, choices: next })
      if (Object.keys(changes).length === 0) return toItem(before)
      const [after] = await tx
        .update(customFields)
        .set({ ...rest, ...(next ? { choices: next } : {}), version: version + 1 })
        .where(eq(customFields.id, id))
        .returning()
      if (!after) throw new Error('the custom field was not written')
      await recordAudit(tx, ctx, viewer, { action: 'change', entity: 'custom-field', entityId: id, changes })
      return toItem(after)
    }),
  )
}

/** Puts the fields into another order. Refuses `not-allowed`, and `changed-meanwhile` unless every field is named once. */
export async function orderCustomFields(ctx: AppContext, viewer: Viewer, input: { ids: readonly string[] }) {
  requireDefine(viewer)
  return ctx.db.transaction(async (tx) => {
    await oneAtATime(tx)
    const all = await findCustomFields(tx)
    const wanted = new Map(input.ids.map((id, index) => [id, index + 1]))
    if (wanted.size !== input.ids.length || wanted.size !== all.length || all.some((field) => !wanted.has(field.id)))
      throw new Refusal('changed-meanwhile')
    for (const field of all) {
      const position = wanted.get(field.id) ?? 0
      if (position !== field.position) await tx.update(customFields).set({ position }).where(eq(customFields.id, field.id))
    }
    const [first] = all
    if (first && all.some((field, index) => field.id !== input.ids[index]))
      await recordAudit(tx, ctx, viewer, {
        action: 'change',
        entity: 'custom-field',
        entityId: first.id,
        changes: { order: [all.map((field) => field.key), input.ids.map((id) => all.find((field) => field.id === id)?.key)] },
      })
    return { items: (await findCustomFields(tx)).map(toItem) }
  })
}

/** Deletes a field of which no customer has a value. Refuses `not-allowed`, `not-found`, `in-use`. */
export async function removeCustomField(ctx: AppContext, viewer: Viewer, id: string): Promise<void> {
  requireDefine(viewer)
  await ctx.db.transaction(async (tx) => {
    const before = await lockField(tx, id)
    if (await isUsed(tx, sql`jsonb_exists(${customers.custom}, ${before.key})`)) throw new Refusal('in-use')
    await tx.delete(customFields).where(eq(customFields.id, id))
    await recordAudit(tx, ctx, viewer, {
      action: 'delete',
      entity: 'custom-field',
      entityId: id,
      changes: { key: before.key, name: before.name, kind: before.kind },
    })
  })
}
