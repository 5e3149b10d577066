import type { Querier, Transaction } from '@cartera/db/connect'
import { unaccented } from '@cartera/db/schema/columns'
import type { Viewer } from '@cartera/domain/access/access-scope'
import { permissionRefusal } from '@cartera/domain/access/permissions'
import { Refusal } from '@cartera/domain/refusal'
import { searchKey } from '@cartera/domain/text'
import { and, eq, getTableName, or, type SQL, sql } from 'drizzle-orm'
import type { PgColumn, PgTable } from 'drizzle-orm/pg-core'
import type { AppContext } from '../app-context.ts'
import { changesBetween, recordAudit } from '../audit.ts'
import { defaultPageSize, encodeCursor, keysetAfter, orderOf, type PageInput, pageOf } from '../paging.ts'
import { refuseDuplicates, violatedConstraint } from '../refuse-duplicates.ts'

/** What people know an entry by: unique whatever its capitals, searched, and a sort of the list. */
type Word = 'name' | 'code'
type Words<W extends Word> = Record<W, string>
type CatalogueTable<W extends Word> = PgTable & Record<'id' | 'active' | 'version' | 'createdAt' | W, PgColumn>
/** What an entry says besides its words, typed in as it is. */
type Fields<T extends PgTable, C extends string> = Pick<T['$inferSelect'], C & keyof T['$inferSelect']>
type Change<W extends Word, X> = { [K in W]?: string | undefined } & { [K in keyof X]?: X[K] | undefined } & {
  active?: boolean | undefined
  version: number
}
/** What was not given is as the table has it by default. */
type Given<X> = { [K in keyof X]?: X[K] | undefined }
type Item<W extends Word, X, F> = { id: string; active: boolean; version: number } & Words<W> & X & F

interface Definition<T extends CatalogueTable<W>, W extends Word, C extends string, F, B> {
  /** Its unique indexes are called `<table>_<word>_unique`. */
  table: T
  /** As the audit calls an entry. */
  entity: string
  words: readonly W[]
  /** Columns that are written as they are given, with the words. */
  columns?: readonly C[]
  /** Of these, a whole number by which its entries are in order: a sort of the list besides the words. */
  order?: C
  /** Refuses what must not be written; on a change only what changes is there. */
  check?(db: Querier, viewer: Viewer, fields: Partial<Words<W> & Fields<T, C>>): Promise<void> | void
  /** Fields in the one form in which they are compared and stored, where there is more than one way to say the same. */
  normal?(fields: Given<Fields<T, C>>): Given<Fields<T, C>>
  /** Writes what an entry keeps outside its row, and answers what that changed, for the audit. `before` is null for a new entry. */
  beside?(
    tx: Transaction,
    ctx: AppContext,
    viewer: Viewer,
    entry: { id: string; before: T['$inferSelect'] | null },
    input: { [K in W]?: string | undefined } & Given<Fields<T, C>> & B,
  ): Promise<Record<string, unknown>>
  /** Whether something refers to it in a way that the database does not know. */
  referred?(tx: Transaction, entry: T['$inferSelect']): Promise<boolean>
  /**
   * What an entry says besides, as the viewer may know it. The entry's own id is written out (`branches.id`), and conditions are built
   * with `and` and `eq`: in a select from one table Drizzle leaves the table's name away from the columns of an expression.
   */
  facts(viewer: Viewer): { [K in keyof F]: SQL<F[K]> }
}

function requireCatalogues(viewer: Viewer): void {
  const refusal = permissionRefusal(viewer, 'manage-catalogues')
  if (refusal) throw new Refusal(refusal)
}

/**
 * A simple catalogue of the company (branches, types of follow-ups, ...): everyone who signs in reads it, `manage-catalogues` writes
 * it. An entry that something refers to is not deleted, it is switched off: it stays where it stands and is not offered any more.
 */
export function defineCatalogue<
  T extends CatalogueTable<W>,
  W extends Word,
  F extends Record<string, unknown>,
  C extends string = never,
  B = unknown,
>({ table, entity, words, columns = [], order, check, normal, beside, referred, facts }: Definition<T, W, C, F, B>) {
  type X = Fields<T, C>
  const tableName = getTableName(table)
  const keyOf = (word: W) => unaccented(`"${tableName}"."${word}"`)
  const taken = Object.fromEntries(
    words.map((word) => [`${tableName}_${word}_unique`, { code: `${word}-taken` as const, field: word }]),
  )
  const written: readonly string[] = [...words, ...columns]
  const fieldsIn = (from: object) =>
    Object.fromEntries(written.map((field) => [field, (from as Record<string, unknown>)[field]])) as Words<W> & X
  const normalIn = (from: object) => {
    const fields = fieldsIn(from)
    return normal ? { ...fields, ...normal(fields) } : fields
  }

  const entries = (db: Querier, viewer: Viewer, sortKey: SQL) =>
    db
      .select({
        id: table.id,
        active: table.active,
        version: table.version,
        ...fieldsIn(table),
        ...facts(viewer),
        sortKey,
      } as Record<string, PgColumn | SQL>)
      .from(table as PgTable)
      .$dynamic()

  const itemOf = ({ sortKey: _, ...item }: Record<string, unknown>) => item as Item<W, X, F>

  async function find(tx: Transaction, viewer: Viewer, id: string): Promise<Item<W, X, F>> {
    const [row] = await entries(tx, viewer, sql`null`).where(eq(table.id, id))
    if (!row) throw new Refusal('not-found')
    return itemOf(row)
  }

  async function lock(tx: Transaction, id: string): Promise<Words<W> & X & { active: boolean; version: number }> {
    const [row] = await tx
      .select()
      .from(table as PgTable)
      .where(eq(table.id, id))
      .for('update')
    if (!row) throw new Refusal('not-found')
    return row as Words<W> & X & { active: boolean; version: number }
  }

  return {
    /** A page of the entries, by `name` unless told. */
    async list(ctx: AppContext, viewer: Viewer, input: PageInput & { active?: boolean | undefined }) {
      const sort = input.sort ?? 'name'
      const descending = sort.startsWith('-')
      const by = sort.replace('-', '')
      const inOrder = by === order
      const sortKey = inOrder ? sql`${sql.identifier(by)}` : sql`${keyOf(by as W)} collate "C"`
      const keys = [
        { column: sortKey, type: inOrder ? 'integer' : 'text' },
        { column: table.id, type: 'uuid' },
      ] as const
      const limit = input.limit ?? defaultPageSize
      const rows = await entries(ctx.db, viewer, sortKey)
        .where(
          and(
            input.active === undefined ? undefined : eq(table.active, input.active),
            input.q ? or(...words.map((word) => sql`strpos(${keyOf(word)}, ${searchKey(input.q ?? '')}) > 0`)) : undefined,
            keysetAfter(input.cursor, sort, keys, descending),
          ),
        )
        .orderBy(...orderOf(keys, descending))
        .limit(limit + 1)
      return pageOf(rows, limit, itemOf, (row) => encodeCursor(sort, [String(row.sortKey), String(row.id)]))
    },

    /** Adds an entry. Refuses `not-allowed`, `name-taken`, `code-taken`. */
    async create(ctx: AppContext, viewer: Viewer, input: Words<W> & Given<X> & B): Promise<Item<W, X, F>> {
      requireCatalogues(viewer)
      return refuseDuplicates(taken, () =>
        ctx.db.transaction(async (tx) => {
          await check?.(tx, viewer, fieldsIn(input))
          const [made] = await tx
            .insert(table as PgTable)
            .values({ ...normalIn(input), createdAt: ctx.now() })
            .returning({ id: table.id })
          if (!made) throw new Error(`the ${entity} was not written`)
          const id = String(made.id)
          const more = await beside?.(tx, ctx, viewer, { id, before: null }, input)
          await recordAudit(tx, ctx, viewer, {
            action: 'create',
            entity,
            entityId: id,
            changes: { ...normalIn(input), ...more },
          })
          return find(tx, viewer, id)
        }),
      )
    },

    /** Renames an entry, or switches it off and on. Refuses `not-allowed`, `not-found`, `changed-meanwhile`, `name-taken`, `code-taken`. */
    async change(ctx: AppContext, viewer: Viewer, id: string, input: Change<W, X> & B): Promise<Item<W, X, F>> {
      requireCatalogues(viewer)
      const { version, active } = input
      return refuseDuplicates(taken, () =>
        ctx.db.transaction(async (tx) => {
          const before = await lock(tx, id)
          if (before.version !== version) throw new Refusal('changed-meanwhile')
          await check?.(tx, viewer, fieldsIn(input))
          const fields = { ...normalIn(input), active }
          const more = await beside?.(tx, ctx, viewer, { id, before: before as unknown as T['$inferSelect'] }, input)
          const changes = { ...changesBetween({ ...before, ...normalIn(before) }, fields), ...more }
          if (Object.keys(changes).length > 0) {
            await tx
              .update(table as PgTable)
              .set({ ...fields, version: version + 1 })
              .where(eq(table.id, id))
            await recordAudit(tx, ctx, viewer, { action: 'change', entity, entityId: id, changes })
          }
          return find(tx, viewer, id)
        }),
      )
    },

    /** Deletes an entry that nothing refers to, deleted customers included. Refuses `not-allowed`, `not-found`, `in-use`. */
    async remove(ctx: AppContext, viewer: Viewer, id: string): Promise<void> {
      requireCatalogues(viewer)
      await ctx.db.transaction(async (tx) => {
        const before = await lock(tx, id)
        if (await referred?.(tx, before as unknown as T['$inferSelect'])) throw new Refusal('in-use')
        try {
          await tx.delete(table as PgTable).where(eq(table.id, id))
        } catch (error) {
          // The database knows everything that refers to it, also what is written at this moment and what comes with later versions.
          if (violatedConstraint(error) !== null) throw new Refusal('in-use')
          throw error
        }
        await recordAudit(tx, ctx, viewer, { action: 'delete', entity, entityId: id, changes: normalIn(before) })
      })
    },
  }
}
