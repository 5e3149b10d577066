import type { AccessLevel } from '@cartera/domain/access/access-scope'
import { readCustomer } from '@cartera/use-cases/customers/customer-row'
import { findNeighbours, listCustomers } from '@cartera/use-cases/customers/list-customers'
import { listNotesOfCustomer } from '@cartera/use-cases/notes/list-notes'
import { customerTimeline } from '@cartera/use-cases/timeline/customer-timeline'
import pg from 'pg'
import { benchContext, viewerOfLevel } from './context.ts'
import { customerId, sizesOf } from './data.ts'
import { scaleOf, withGeneratedDatabase } from './database.ts'
import { compare, print, type Side } from './measure.ts'

// Customer list, search, notes and profile of one customer under each level, against the same rows fetched by prepared raw SQL without any scope.

const levels: readonly AccessLevel[] = [1, 2, 3, 4]
const turns = 60
const rawList = `select c.*, b.name as branch_name, p.name as preferred_name, a.name as collections_name,
    (select coalesce(json_agg(o order by o.currency), '[]') from (
      select currency, sum(balance_minor)::text as balance, sum(balance_minor) filter (where due_on < '2026-03-04')::text as overdue, min(due_on)::text as oldest
      from receivables r where r.customer_id = c.id and balance_minor > 0 group by currency) o) as balances
  from customers c left join branches b on b.id = c.branch_id
  left join users p on p.id = c.preferred_agent_id left join users a on a.id = c.collections_agent_id
  where c.deleted_at is null and (c.name_key, c.id) > ($1, $2) order by c.name_key, c.id limit 51`
const rawOne = `select c.*, (select coalesce(json_agg(o), '[]') from (select currency, sum(balance_minor)::text as balance
    from receivables r where r.customer_id = c.id and balance_minor > 0 group by currency) o) as balances from customers c where c.id = $1`
const rawNotes = `select n.*, u.name as author, b.name as branch, d.name as department
  from notes n join users u on u.id = n.author_id join branches b on b.id = u.branch_id left join departments d on d.id = u.department_id
  where n.customer_id = $1 and n.deleted_at is null order by n.created_at desc, n.id desc limit 51`

const sizes = sizesOf(scaleOf(process.argv))
await withGeneratedDatabase(sizes, async (url) => {
  const { ctx, close } = benchContext(url)
  const raw = new pg.Pool({ connectionString: url, max: 2 })
  // The database may stop before the last connection has noticed that it is done.
  raw.on('error', () => undefined)
  raw.on('connect', (client) => client.on('error', () => undefined))
  try {
    const first = ['', '00000000-0000-0000-0000-000000000000']
    const { rows } = await raw.query(
      `select name_key, id from customers where deleted_at is null order by name_key, id offset ${Math.floor(sizes.customers * 0.6)} limit 1`,
    )
    const deep = [rows[0].name_key, rows[0].id]
    const cursorAt = (keys: string[]) => Buffer.from(JSON.stringify(['name', ...keys])).toString('base64url')

    const side = async (level: AccessLevel, cursor: string | undefined): Promise<Side> => {
      const viewer = await viewerOfLevel(ctx, level)
      return { name: `level ${level}`, work: () => listCustomers(ctx, viewer, { limit: 50, cursor }) }
    }
    const rawSide = (keys: unknown[]): Side => ({
      name: 'raw SQL',
      work: () => raw.query({ name: 'list', text: rawList, values: keys }),
    })
    print(
      'Customer list, first page of 50 by name',
      await compare([rawSide(first), ...(await Promise.all(levels.map((level) => side(level, undefined))))], turns),
    )
    print(
      'Customer list, page at 60 % of the table',
      await compare([rawSide(deep), ...(await Promise.all(levels.map((level) => side(level, cursorAt(deep)))))], turns),
    )
    const manager = await viewerOfLevel(ctx, 1)
    const { rows: found } = await raw.query(
      `select split_part(name, ' ', -1) as word from customers where name like 'Muñoz%' order by id offset 50 limit 1`,
    )
    const word: string = found[0].word
    print(
      `Search without accents ("muñoz ${word}")`,
      await compare(
        [
          {
            name: 'raw index query',
            work: () =>
              raw.query({
                name: 'search',
                text: `select * from customers where search_text like $1 and search_text like $2 and deleted_at is null order by name_key, id limit 51`,
                values: ['%munoz%', `%${word}%`],
              }),
          },
          { name: 'listCustomers q', work: () => listCustomers(ctx, manager, { limit: 50, q: `Muñoz ${word}` }) },
          {
            name: 'sequential',
            work: () =>
              raw.query(
                `select * from customers where search_text || '' like '%munoz%' and search_text || '' like '%${word}%' order by name_key, id limit 51`,
              ),
          },
        ],
        20,
      ),
    )

    for (const [title, offset] of [
      ['Notes of a customer with ten', 299],
      [`Notes of a customer with ${Math.round(sizes.notes / 400)}`, 99],
    ] as const) {
      const sides: Side[] = [
        { name: 'raw SQL', work: () => raw.query({ name: 'notes', text: rawNotes, values: [customerId(offset + 1)] }) },
      ]
      for (const level of levels) {
        const viewer = await viewerOfLevel(ctx, level)
        // The customer whose preferred agent they are.
        const id = customerId(offset + level)
        sides.push({ name: `level ${level}`, work: () => listNotesOfCustomer(ctx, viewer, id, { limit: 50 }) })
      }
      print(title, await compare(sides, turns))
    }

    // What the profile asks for when it is opened: the record, who stands beside it in the list, and the first page of what happened.
    for (const [title, offset] of [
      ['Profile of a customer with ten notes', 299],
      [`Profile of a customer with ${Math.round(sizes.notes / 400)}`, 99],
    ] as const) {
      const sides: Side[] = [
        {
          name: 'raw SQL: the row, its balances, its notes',
          work: () =>
            Promise.all([
              raw.query({ name: 'one', text: rawOne, values: [customerId(offset + 1)] }),
              raw.query({ name: 'notes', text: rawNotes, values: [customerId(offset + 1)] }),
            ]),
        },
      ]
      for (const level of levels) {
        const viewer = await viewerOfLevel(ctx, level)
        const id = customerId(offset + level)
        sides.push(
          { name: `level ${level}: the record`, work: () => readCustomer(ctx, viewer, id) },
          { name: `level ${level}: its neighbours`, work: () => findNeighbours(ctx, viewer, id, {}) },
          { name: `level ${level}: the timeline`, work: () => customerTimeline(ctx, viewer, id, { limit: 30 }) },
        )
      }
      print(title, await compare(sides, turns))
    }
    // A typing error: nothing holds the word, so what is near is looked for.
    print(
      'Search with a typing error',
      await compare(
        [
          {
            name: 'raw similarity',
            work: () =>
              raw.query(
                `select * from customers where search_text %> 'muñoz ferretria' and deleted_at is null order by search_text <->> 'munoz ferretria' limit 50`,
              ),
          },
          { name: 'listCustomers q', work: () => listCustomers(ctx, manager, { limit: 50, q: 'ferretria andna' }) },
          {
            name: 'listCustomers q, level 4',
            work: async () => listCustomers(ctx, await viewerOfLevel(ctx, 4), { limit: 50, q: 'ferretria andna' }),
          },
        ],
        10,
      ),
    )
  } finally {
    await raw.end()
    await close()
  }
})
