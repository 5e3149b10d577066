import { migrateDatabase } from '@cartera/db/migrate'
import { permissions } from '@cartera/domain/access/permissions'
import pg from 'pg'

export interface Sizes {
  customers: number
  receivables: number
  notes: number
  followUps: number
  interactions: number
  branches: number
  departments: number
  users: number
}

/** The sizes of docs/performance.md times `scale` (people and places keep theirs). */
export function sizesOf(scale: number): Sizes {
  return {
    customers: Math.round(200_000 * scale),
    receivables: Math.round(1_000_000 * scale),
    notes: Math.round(2_000_000 * scale),
    followUps: Math.round(500_000 * scale),
    interactions: Math.round(200_000 * scale),
    branches: 20,
    departments: 5,
    users: 200,
  }
}

/** The day on which the benchmarks plan: a Wednesday, in the middle of the generated due dates. */
export const planDay = '2026-03-04'

/**
 * Fills an empty database, set-based and the same each time: users spread over branches and departments, levels 1 to 4 in turn;
 * names repeat; each customer has a preferred and a collections agent, about five receivables due within two years around the
 * plan's day (one in two open), ten notes (half of them by the preferred agent; four customers have 5,000 more) and two or three follow-ups, one in five still active,
 * and one interaction of three entries.
 */
export async function generate(url: string, sizes: Sizes): Promise<void> {
  await migrateDatabase(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const step = async (name: string, sql: string, values: unknown[] = []) => {
    const start = performance.now()
    await client.query(sql, values)
    process.stderr.write(`  ${name} ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  }
  const uuid = (kind: string, n: string) => `('00000000-0000-7000-8${kind}-' || lpad(to_hex(${n}), 12, '0'))::uuid`
  try {
    await client.query(`set synchronous_commit = off; set work_mem = '128MB'; set maintenance_work_mem = '512MB'`)
    await step(
      'places and people',
      `with b as (insert into branches (id, code, name) select ${uuid('001', 'n')}, 'B' || n, 'Sucursal ' || n from generate_series(1, ${sizes.branches}) n),
            d as (insert into departments (id, code, name) select ${uuid('002', 'n')}, 'D' || n, 'Departamento ' || n from generate_series(1, ${sizes.departments}) n)
       insert into access_profiles (id, name, level, customer_level, permissions)
       select ${uuid('003', 'n')}, 'Nivel ' || n, n, n, $1::text[] from generate_series(1, 4) n`,
      [[...permissions]],
    )
    await client.query(
      `insert into users (id, name, email, password_hash, branch_id, department_id, profile_id)
       select ${uuid('004', 'n')}, 'Persona ' || n, 'p' || n || '@bench.test', 'none',
              ${uuid('001', `1 + (n - 1) % ${sizes.branches}`)}, ${uuid('002', `1 + ((n - 1) / ${sizes.branches}) % ${sizes.departments}`)}, ${uuid('003', '1 + (n - 1) % 4')}
       from generate_series(1, ${sizes.users}) n`,
    )
    await client.query(
      `insert into notice_rules (id, code, kind, days, description) values
         (${uuid('005', '1')}, 'preventive-7', 'preventive', 7, '7 días antes'), (${uuid('005', '2')}, 'overdue-7', 'overdue', 7, '7 días después');
       insert into notice_rule_versions (rule_id, version, description, days) select id, 1, description, days from notice_rules;
       insert into company (name, time_zone, currency, locale, administrator_id, notice_active, reminder_rule_ids, overdue_rule_ids)
       values ('Bench', 'America/Bogota', 'USD', 'es', ${uuid('004', '1')}, true, array[${uuid('005', '1')}], array[${uuid('005', '2')}]);
       insert into mail_accounts (user_id, address, display_name, host, port, security, state) select id, email, name, '127.0.0.1', 2525, 'none', 'verified' from users`,
    )
    await step(
      `${sizes.customers} customers`,
      `insert into customers (id, code, external_id, name, email, tax_id, phone, city, branch_id, preferred_agent_id, collections_agent_id)
       select ${uuid('006', 'n')}, 'C-' || lpad(n::text, 6, '0'), 'E' || n,
              (array['Ferretería','Muñoz e Hijos','Distribuidora','Óptica','Panadería','Transportes','Clínica','Agropecuaria'])[1 + n % 8] || ' ' ||
              (array['Andina','El Roble','San José','La Unión','Pacífico','Peña','Núñez','Córdoba','Ibáñez'])[1 + (n / 8) % 9] || ' ' || (n::bigint * 7919 % ${sizes.customers}),
              'c' || n || '@cliente.test', (800000000 + n)::text, '300' || n, 'Ciudad ' || n % 40,
              ${uuid('001', `1 + n % ${sizes.branches}`)}, ${uuid('004', `1 + n % ${sizes.users}`)}, ${uuid('004', `1 + (n * 31) % ${sizes.users}`)}
       from generate_series(1, ${sizes.customers}) n`,
    )
    await step(
      `${sizes.receivables} documents`,
      `insert into documents (id, customer_id, number, issued_on, currency, total_minor)
       select ${uuid('007', 'n')}, ${uuid('006', `1 + n % ${sizes.customers}`)}, n::text, date '${planDay}' - 395 + n % 730, 'USD', 10000 + n % 90000
       from generate_series(1, ${sizes.receivables}) n`,
    )
    await step(
      `${sizes.receivables} receivables`,
      `insert into receivables (id, document_id, customer_id, external_id, issued_on, due_on, currency, amount_minor, balance_minor)
       select ${uuid('008', 'n')}, ${uuid('007', 'n')}, ${uuid('006', `1 + n % ${sizes.customers}`)}, 'R' || n,
              date '${planDay}' - 395 + n % 730, date '${planDay}' - 365 + n % 730, 'USD', 10000 + n % 90000, case when (n / 730) % 2 = 0 then 10000 + n % 90000 else 0 end
       from generate_series(1, ${sizes.receivables}) n`,
    )
    await step(
      `${sizes.receivables} receivables charged, half of them paid`,
      `insert into payments (id, customer_id, paid_on, currency, amount_minor, unapplied_minor)
       select ${uuid('00a', 'n')}, ${uuid('006', `1 + n % ${sizes.customers}`)}, date '${planDay}' - n % 60, 'USD',
              10000 + n % 90000 + case when n % 50 = 0 then 5000 else 0 end, case when n % 50 = 0 then 5000 else 0 end
       from generate_series(1, ${sizes.receivables}) n where (n / 730) % 2 = 1;
       insert into receivable_movements (id, receivable_id, customer_id, on_day, kind, currency, amount_minor, payment_id)
       select ${uuid('00b', 'n')}, ${uuid('008', 'n')}, ${uuid('006', `1 + n % ${sizes.customers}`)}, least(date '${planDay}' - 395 + n % 730, date '${planDay}' - 61),
              'charge', 'USD', 10000 + n % 90000, null::uuid
       from generate_series(1, ${sizes.receivables}) n
       union all
       select ${uuid('00c', 'n')}, ${uuid('008', 'n')}, ${uuid('006', `1 + n % ${sizes.customers}`)}, date '${planDay}' - n % 60, 'payment', 'USD',
              -(10000 + n % 90000), ${uuid('00a', 'n')}
       from generate_series(1, ${sizes.receivables}) n where (n / 730) % 2 = 1`,
    )
    await step(
      `${sizes.notes} notes`,
      `insert into notes (id, customer_id, author_id, body, created_at)
       select ${uuid('009', 'n')}, ${uuid('006', `case when n % 100 = 0 then 100 + (n / 100) % 4 else 1 + n % ${sizes.customers} end`)},
              ${uuid('004', `case when n % 2 = 0 then 1 + (n::bigint * 7919 / 13) % ${sizes.users} else 1 + (1 + n % ${sizes.customers}) % ${sizes.users} end`)},
              'Se llamó al cliente y se acordó volver a llamar la próxima semana.', timestamptz '2026-03-01' - n * interval '20 seconds'
       from generate_series(1, ${sizes.notes}) n`,
    )
    await client.query(
      `insert into follow_up_types (id, name) select ${uuid('00d', 'n')}, 'Tipo ' || n from generate_series(1, 6) n`,
    )
    await step(
      `${sizes.followUps} follow-ups, one in five active, one in ten postponed`,
      `insert into follow_ups (id, number, customer_id, type_id, owner_id, state, subject, due_at, created_at, created_by, ended_at, ended_by)
       select ${uuid('00e', 'n')}, n, ${uuid('006', `1 + n % ${sizes.customers}`)}, ${uuid('00d', '1 + n % 6')}, ${uuid('004', `1 + (n::bigint * 7919 / 13) % ${sizes.users}`)},
              case when n % 5 = 0 then 'active' when n % 7 = 0 then 'discarded' else 'closed' end, 'Llamar por la factura ' || n,
              timestamptz '${planDay}' + (n::bigint * 31 % 730 - case when n % 5 = 0 then 15 else 730 end) * interval '1 day' / 24, timestamptz '${planDay}' - n % 700 * interval '1 day',
              ${uuid('004', `1 + (n::bigint * 7919 / 13) % ${sizes.users}`)},
              case when n % 5 = 0 then null else timestamptz '${planDay}' - n % 700 * interval '1 day' end, case when n % 5 = 0 then null else ${uuid('004', `1 + (n::bigint * 7919 / 13) % ${sizes.users}`)} end
       from generate_series(1, ${sizes.followUps}) n;
       select setval(pg_get_serial_sequence('follow_ups', 'number'), ${sizes.followUps});
       insert into postponements (id, follow_up_id, hours, from_due_at, to_due_at, postponed_by, postponed_at)
       select ${uuid('00f', 'n')}, ${uuid('00e', 'n')}, 4, timestamptz '${planDay}' - interval '10 days', timestamptz '${planDay}' - interval '10 days' + interval '4 hours',
              ${uuid('004', `1 + (n::bigint * 7919 / 13) % ${sizes.users}`)}, timestamptz '${planDay}' - interval '10 days'
       from generate_series(1, ${sizes.followUps}) n where n % 10 = 0`,
    )
    await client.query(
      `insert into interaction_topics (id, name) select ${uuid('010', 'n')}, 'Tema ' || n from generate_series(1, 6) n`,
    )
    const owner = uuid('004', `1 + (n::bigint * 7919 / 13) % ${sizes.users}`)
    await step(
      `${sizes.interactions} interactions of three entries, one in four open`,
      `insert into interactions (id, number, customer_id, topic_id, owner_id, state, happened_at, created_at, created_by, last_entry_at, last_entry_name)
       select ${uuid('011', 'n')}, n, ${uuid('006', `1 + n % ${sizes.customers}`)}, ${uuid('010', '1 + n % 6')}, ${owner}, case when n % 4 = 0 then 'open' else 'closed' end,
              at, at, ${owner}, at + interval '2 hours', 'Registro ' || n % 40
       from generate_series(1, ${sizes.interactions}) n, lateral (select timestamptz '2026-03-01' - n * interval '3 minutes' as at) t;
       insert into interaction_entries (id, interaction_id, kind, entry_name, body, written_at, author_id)
       select ${uuid('012', '(n * 3 + k)')}, ${uuid('011', 'n')}, (array['internal', 'incoming', 'outgoing'])[k], 'Registro ' || n % 40,
              'El cliente pidió el estado de cuenta y confirmó que pagará la próxima semana.', timestamptz '2026-03-01' - n * interval '3 minutes' + (k - 1) * interval '1 hour', ${owner}
       from generate_series(1, ${sizes.interactions}) n, generate_series(1, 3) k;
       select setval(pg_get_serial_sequence('interactions', 'number'), ${sizes.interactions})`,
    )
    await step('statistics', 'vacuum analyze')
  } finally {
    await client.end()
  }
}

/** The generated user who is the n-th, 1 to 200. Level is 1 + (n - 1) % 4; preferred agent of the customers n - 1, n + 199, ... */
export const userId = (n: number) => `00000000-0000-7000-8004-${n.toString(16).padStart(12, '0')}`
export const customerId = (n: number) => `00000000-0000-7000-8006-${n.toString(16).padStart(12, '0')}`
