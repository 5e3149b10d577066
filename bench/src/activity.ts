import type { AccessLevel } from '@cartera/domain/access/access-scope'
import { addDays } from '@cartera/domain/calendar-day'
import { findAgenda } from '@cartera/use-cases/agenda/find-agenda'
import { findMyDay } from '@cartera/use-cases/agenda/find-my-day'
import { workbookStream } from '@cartera/use-cases/exports/write-workbook'
import { followUpRegister, followUpTasks } from '@cartera/use-cases/follow-ups/follow-up-reports'
import { countFollowUps, listFollowUps } from '@cartera/use-cases/follow-ups/list-follow-ups'
import { listInteractions } from '@cartera/use-cases/interactions/find-interactions'
import { countNotesByDepartment, reportNotes } from '@cartera/use-cases/notes/list-notes'
import { noteColumns as columnsOfNotes, noteRows } from '@cartera/use-cases/notes/note-report-files'
import pg from 'pg'
import { benchContext, viewerOfLevel } from './context.ts'
import { planDay, sizesOf } from './data.ts'
import { scaleOf, withGeneratedDatabase } from './database.ts'
import { compare, print, type Side } from './measure.ts'

// Lists of follow-ups, notes and interactions, the agenda and the reports under each level, against the same rows fetched by prepared raw SQL without any scope.

const levels: readonly AccessLevel[] = [1, 2, 3, 4]
const turns = 40
const now = `${planDay}T15:00:00Z`
const followUpColumns = `f.id, f.number, f.subject, f.description, f.state, f.priority, f.channel, f.due_at, f.end_reason, f.ended_at, f.version, f.created_at,
    c.id as customer_id, c.name as customer_name, c.code, t.id as type_id, t.name as type_name, u.id as owner_id, u.name as owner_name,
    k.id as contact_id, k.name as contact_name,
    (select count(*) from postponements p where p.follow_up_id = f.id) as postponed,
    coalesce((select p.from_due_at from postponements p where p.follow_up_id = f.id order by p.postponed_at, p.id limit 1), f.due_at) as first_due_at
  from follow_ups f join customers c on c.id = f.customer_id join follow_up_types t on t.id = f.type_id join users u on u.id = f.owner_id
  left join contacts k on k.id = f.contact_id`
const rawActive = `select ${followUpColumns} where f.state = 'active' and (f.due_at, f.id) > ($1, $2) order by f.due_at, f.id limit 51`
const rawCounts = `select count(*) filter (where due_at <= '${now}') as overdue, count(*) filter (where due_at > '${now}' and due_at < '${now}'::timestamptz + interval '14 hours') as today,
    count(*) filter (where due_at >= '${now}'::timestamptz + interval '14 hours') as later from follow_ups where state = 'active'`
const week = { from: planDay, to: addDays(planDay, 6) }
const month = { dueFrom: planDay, dueTo: addDays(planDay, 29) }
/** Days of the company, which keeps the time of Bogotá. */
const between = (from: string, to: string) => `>= '${from}T05:00:00Z' and %s < '${addDays(to, 1)}T05:00:00Z'`
const dueBetween = (from: string, to: string) => `f.due_at ${between(from, to).replace('%s', 'f.due_at')}`
const rawRegister = `select ${followUpColumns} where ${dueBetween(month.dueFrom, month.dueTo)} order by f.due_at, f.id limit 51`
const rawTasks = `select u.id, u.name, count(*) filter (where f.state = 'active' and ${dueBetween(month.dueFrom, month.dueTo)}) as open,
    count(*) filter (where f.state = 'closed') as closed, count(*) filter (where f.state = 'discarded') as discarded
  from follow_ups f join users u on u.id = f.owner_id
  where (f.state = 'active' and ${dueBetween(month.dueFrom, month.dueTo)})
    or (f.state <> 'active' and f.ended_at ${between(month.dueFrom, month.dueTo).replace('%s', 'f.ended_at')}) group by u.id`
/** As many rows as the agenda shows of a full week, and what is overdue, with both counts. */
const rawAgenda = `with of_week as (select f.id, (f.due_at at time zone 'America/Bogota')::date as day, count(*) over (partition by (f.due_at at time zone 'America/Bogota')::date),
      row_number() over (partition by (f.due_at at time zone 'America/Bogota')::date order by f.due_at, f.id) as place
    from follow_ups f where f.state = 'active' and ${dueBetween(week.from, week.to)})
  select ${followUpColumns} where f.id in (select id from of_week where place <= 100)
  union all (select ${followUpColumns} where f.state = 'active' and f.due_at <= '${now}' order by f.due_at, f.id limit 50)`
const rawMyDay = `select ${followUpColumns} where f.owner_id = $1 and f.state = 'active' and f.due_at < '${addDays(planDay, 1)}T05:00:00Z' order by f.due_at, f.id limit 200`
const rawInteractions = `select i.*, c.name as customer_name, c.code, t.name as topic, u.name as owner,
    (select count(*) from interaction_entries e where e.interaction_id = i.id) as entries,
    (select left(body, 400) from interaction_entries e where e.interaction_id = i.id order by written_at desc, id desc limit 1) as last_entry
  from interactions i join customers c on c.id = i.customer_id join interaction_topics t on t.id = i.topic_id join users u on u.id = i.owner_id
  where i.deleted_at is null and (i.last_entry_at, i.id) < ($1, $2) order by i.last_entry_at desc, i.id desc limit 51`
const noteColumns = `n.id, n.body, n.location, n.treatment, n.created_at, c.id as customer_id, c.name as customer_name, c.code, c.name_key,
    u.id as author_id, u.name as author, b.id as branch_id, b.name as branch, d.id as department_id, d.name as department`
const notePlaces = `join users u on u.id = n.author_id join branches b on b.id = u.branch_id left join departments d on d.id = u.department_id`
const rawNotes = `select ${noteColumns} from notes n join customers c on c.id = n.customer_id ${notePlaces}
  where n.deleted_at is null and (n.created_at, n.id) < ($1, $2) order by n.created_at desc, n.id desc limit 51`
const rawLatest = (limit: number) => `select ${noteColumns} from customers c
  cross join lateral (select * from notes where customer_id = c.id and deleted_at is null order by created_at desc, id desc limit 3) n ${notePlaces}
  where c.deleted_at is null and (c.name_key, c.id) > ($1, $2) order by c.name_key, c.id, n.created_at desc, n.id desc limit ${limit}`
const rawByDepartment = `select d.id, d.name, count(*) from notes n join users u on u.id = n.author_id left join departments d on d.id = u.department_id
  where n.deleted_at is null group by d.id`

const nowhere = '00000000-0000-0000-0000-000000000000'
const cursorOf = (keys: readonly unknown[]) => Buffer.from(JSON.stringify(keys)).toString('base64url')

const sizes = sizesOf(scaleOf(process.argv))
await withGeneratedDatabase(sizes, async (url) => {
  const { ctx, close } = benchContext(url)
  const raw = new pg.Pool({ connectionString: url, max: 2 })
  // The database may stop before the last connection has noticed that it is done.
  raw.on('error', () => undefined)
  raw.on('connect', (client) => client.on('error', () => undefined))
  const side = (name: string, text: string, values: unknown[] = []): Side => ({
    name: 'raw SQL',
    work: () => raw.query({ name, text, values }),
  })
  const byLevel = async (work: (viewer: Awaited<ReturnType<typeof viewerOfLevel>>) => Promise<unknown>): Promise<Side[]> =>
    Promise.all(
      levels.map(async (level) => {
        // As profiles are unless told: everyone sees all customers, and the level decides over what was done.
        const viewer = { ...(await viewerOfLevel(ctx, level)), customerLevel: 1 as const }
        return { name: `level ${level}`, work: () => work(viewer) }
      }),
    )
  const at = async (text: string) => (await raw.query(text)).rows[0]
  try {
    print(
      'Active follow-ups, first page of 50 by due time',
      await compare(
        [
          side('active', rawActive, ['2000-01-01', nowhere]),
          ...(await byLevel((viewer) => listFollowUps(ctx, viewer, { limit: 50 }))),
        ],
        turns,
      ),
    )
    const deep = await at(
      `select to_char(due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as due, id from follow_ups where state = 'active' order by due_at, id offset ${Math.floor(sizes.followUps * 0.12)} limit 1`,
    )
    print(
      'Active follow-ups, page at 60 %',
      await compare(
        [
          side('active', rawActive, [deep.due, deep.id]),
          ...(await byLevel((viewer) =>
            listFollowUps(ctx, viewer, { limit: 50, cursor: cursorOf(['dueAt', deep.due, deep.id]) }),
          )),
        ],
        turns,
      ),
    )
    print(
      'Counts of active follow-ups',
      await compare([side('counts', rawCounts), ...(await byLevel((viewer) => countFollowUps(ctx, viewer, {})))], turns),
    )
    print(
      'Register of a month, first page of 50',
      await compare(
        [side('register', rawRegister), ...(await byLevel((viewer) => followUpRegister(ctx, viewer, { ...month, limit: 50 })))],
        turns,
      ),
    )
    print(
      'Report of tasks of a month, by owner',
      await compare(
        [
          side('tasks', rawTasks),
          ...(await byLevel((viewer) => followUpTasks(ctx, viewer, { from: month.dueFrom, to: month.dueTo }))),
        ],
        10,
      ),
    )
    print(
      'Agenda of a week: active, 100 of each day, and what is overdue',
      await compare(
        [side('agenda', rawAgenda), ...(await byLevel((viewer) => findAgenda(ctx, viewer, { ...week, state: 'active' })))],
        10,
      ),
    )
    const agent = await viewerOfLevel(ctx, 4)
    print(
      'My day, ranked, of one agent',
      await compare([side('my-day', rawMyDay, [agent.userId]), { name: 'findMyDay', work: () => findMyDay(ctx, agent) }], turns),
    )
    print(
      'Interactions, first page of 50, newest entry first',
      await compare(
        [
          side('interactions', rawInteractions, ['2100-01-01', nowhere]),
          ...(await byLevel((viewer) => listInteractions(ctx, viewer, { limit: 50 }))),
        ],
        turns,
      ),
    )
    const past = await at(
      `select to_char(last_entry_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, id from interactions order by last_entry_at desc, id desc offset ${Math.floor(sizes.interactions * 0.6)} limit 1`,
    )
    print(
      'Interactions, page at 60 %',
      await compare(
        [
          side('interactions', rawInteractions, [past.at, past.id]),
          ...(await byLevel((viewer) =>
            listInteractions(ctx, viewer, { limit: 50, cursor: cursorOf(['-lastEntryAt', past.at, past.id]) }),
          )),
        ],
        turns,
      ),
    )
    print(
      'Report of notes, first page of 50, newest first',
      await compare(
        [
          side('notes', rawNotes, ['2100-01-01', nowhere]),
          ...(await byLevel((viewer) => reportNotes(ctx, viewer, { limit: 50 }))),
        ],
        turns,
      ),
    )
    const old = await at(
      `select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, id from notes order by created_at desc, id desc offset ${Math.floor(sizes.notes * 0.6)} limit 1`,
    )
    print(
      'Report of notes, page at 60 %',
      await compare(
        [
          side('notes', rawNotes, [old.at, old.id]),
          ...(await byLevel((viewer) =>
            reportNotes(ctx, viewer, { limit: 50, cursor: cursorOf(['-createdAt', old.at, old.id]) }),
          )),
        ],
        turns,
      ),
    )
    print(
      'The last three of each customer, first page of 50',
      await compare(
        [
          side('latest', rawLatest(51), ['', nowhere]),
          ...(await byLevel((viewer) => reportNotes(ctx, viewer, { limit: 50, latest: 3 }))),
        ],
        turns,
      ),
    )
    print(
      'How many notes in which department',
      await compare(
        [side('departments', rawByDepartment), ...(await byLevel((viewer) => countNotesByDepartment(ctx, viewer, {})))],
        5,
      ),
    )
    const all: Side = {
      name: 'raw SQL',
      async work() {
        for (let after = ['', nowhere]; ; ) {
          // Whole customers: a page ends with the last note of its last customer but one.
          const { rows } = await raw.query({ name: 'latest-all', text: rawLatest(600), values: after })
          if (rows.length < 600) return
          const last = rows.at(-4)
          after = [last.name_key, last.customer_id]
        }
      },
    }
    const manager = await viewerOfLevel(ctx, 1)
    print(
      `The last three of each of ${sizes.customers} customers, the whole report as Excel`,
      await compare(
        [
          all,
          {
            name: 'noteRows',
            async work() {
              const rows = noteRows(ctx, async () => manager, { latest: 3 }, 'es')
              const stream = workbookStream([{ name: 'Notas', columns: columnsOfNotes('es', false), rows }], { timeZone: 'UTC' })
              for await (const _chunk of stream);
            },
          },
        ],
        1,
      ),
    )
    process.stdout.write(`\nPeak memory of this process: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`)
  } finally {
    await raw.end()
    await close()
  }
})
