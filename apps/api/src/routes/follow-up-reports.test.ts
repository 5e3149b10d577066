import { followUpReportEndpoints } from '@cartera/contract/follow-up-reports'
import { auditLog } from '@cartera/db/schema/audit'
import { postponements } from '@cartera/db/schema/follow-ups'
import { users } from '@cartera/db/schema/organisation'
import { aBranch, aCompany, aCustomer, aDepartment, aFollowUp, aFollowUpType, aUser } from '@cartera/db/testing/builders'
import { readPdfPages } from '@cartera/use-cases/testing/read-pdf'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { read, utils } from 'xlsx'
import { bytes, testApi } from '../testing/test-api.ts'

// The company is in Bogotá, five hours behind UTC; it is Monday 2 March 2026, 10:00 there.
const api = testApi()
const db = () => api.database.db
beforeAll(() => aCompany(db()))

type Headers = Record<string, string>
const get = (headers: Headers, path: string) => api.request().get(`/api/v1${path}`).set(headers)
const file = (headers: Headers, path: string) => get(headers, path).buffer(true).parse(bytes)
const at = (instant: string) => new Date(instant)
const idsOf = (body: { items: { id: string }[] }) => body.items.map((each) => each.id)

const postponed = (followUpId: string, postponedBy: string, days: readonly string[], reasons: readonly (string | null)[] = []) =>
  db()
    .insert(postponements)
    .values(
      days.map((day, index) => ({
        followUpId,
        postponedBy,
        hours: 24,
        fromDueAt: at(`${day}T14:00:00Z`),
        toDueAt: at(`${day}T16:00:00Z`),
        postponedAt: at(`${day}T13:00:00Z`),
        reason: reasons[index] ?? null,
      })),
    )

describe('the register of follow-ups', () => {
  test('has what is due or ended on the company’s days of the period, and its counts agree with its rows', async () => {
    const { headers, user } = await api.signedIn({ level: 4 })
    const mine = { ownerId: user.id }
    // 04:59Z is still the day before in Bogotá.
    await aFollowUp(db(), { ...mine, dueAt: at('2026-02-10T04:59:59Z') })
    const first = await aFollowUp(db(), { ...mine, dueAt: at('2026-02-10T05:00:00Z') })
    const last = await aFollowUp(db(), {
      ...mine,
      dueAt: at('2026-02-12T04:59:59Z'),
      state: 'discarded',
      endedAt: at('2026-05-01T15:00:00Z'),
    })
    const ended = await aFollowUp(db(), {
      ...mine,
      dueAt: at('2026-04-01T15:00:00Z'),
      state: 'closed',
      endedAt: at('2026-02-11T15:00:00Z'),
    })
    await aFollowUp(db(), { ...mine, dueAt: at('2026-02-12T05:00:00Z') })
    const ask = async (query: string) => {
      const { body } = await get(headers, `/follow-up-register?${query}`).expect(200)
      const counts = (await get(headers, `/follow-up-register/counts?${query}`).expect(200)).body
      const rows = followUpReportEndpoints.register.response.parse(body).items
      const inState = (state: string) => rows.filter((row) => row.state === state).length
      expect(counts).toEqual({
        active: inState('active'),
        overdue: rows.filter((row) => row.overdue).length,
        closed: inState('closed'),
        discarded: inState('discarded'),
        total: rows.length,
      })
      return rows.map((row) => row.id)
    }
    expect(await ask('from=2026-02-10&to=2026-02-11')).toEqual([first.id, last.id, ended.id])
    expect(await ask('on=2026-02-11')).toEqual([last.id, ended.id])
    expect(await ask('on=2026-02-11&by=due')).toEqual([last.id])
    expect(await ask('on=2026-02-11&by=end')).toEqual([ended.id])
    expect(await ask('from=2026-02-10&to=2026-02-11&state=active')).toEqual([first.id])
    expect(await ask('to=2026-02-10&overdue=true')).toHaveLength(2)
    expect(await ask('by=end')).toEqual([last.id, ended.id])
    expect(await ask('')).toHaveLength(5)
    const newest = await get(headers, '/follow-up-register?sort=-number').expect(200)
    expect(idsOf(newest.body)[1]).toBe(ended.id)
    const reversed = await get(headers, '/follow-up-register?from=2026-02-11&to=2026-02-10').expect(422)
    expect(reversed.body).toMatchObject({ code: 'period-reversed', errors: [{ field: 'to' }] })
    for (const query of ['on=2026-02-30', 'from=ayer', 'by=x', 'ownerId=1', 'limit=0', 'limit=-5', 'limit=2.5'])
      expect([query, (await get(headers, `/follow-up-register?${query}`)).status]).toEqual([query, 400])
  })

  test('goes page by page without loss, also with both ends in the period', async () => {
    const { headers, user } = await api.signedIn({ level: 4 })
    for (let n = 0; n < 5; n += 1)
      await aFollowUp(db(), {
        ownerId: user.id,
        dueAt: at('2026-02-10T15:00:00Z'),
        state: 'closed',
        endedAt: at('2026-02-10T16:00:00Z'),
      })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const answer: Awaited<ReturnType<typeof get>> = await get(
        headers,
        `/follow-up-register?on=2026-02-10&limit=2${cursor && `&cursor=${cursor}`}`,
      ).expect(200)
      seen.push(...idsOf(answer.body))
      cursor = answer.body.nextCursor
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5])
  })
})

describe('who sees what', () => {
  test('levels 1 to 4 in all three reports and their counts, and a moved owner moves all of it at once', async () => {
    const [branch, elsewhere, department, other] = [
      await aBranch(db()),
      await aBranch(db()),
      await aDepartment(db()),
      await aDepartment(db()),
    ]
    const mine = { branchId: branch.id, departmentId: department.id }
    const type = await aFollowUpType(db())
    const customer = await aCustomer(db())
    const own = async (ownerId: string) => {
      const followUp = await aFollowUp(db(), { ownerId, typeId: type.id, customerId: customer.id })
      await postponed(followUp.id, ownerId, ['2026-02-01', '2026-02-02', '2026-02-03'])
      return followUp
    }
    const colleague = await aUser(db(), mine)
    const sameBranch = await aUser(db(), { branchId: branch.id, departmentId: other.id })
    const far = await aUser(db(), { branchId: elsewhere.id, departmentId: department.id })
    const there = [await own(colleague.id), await own(sameBranch.id), await own(far.id)]
    const check = async (headers: Headers, ids: string[]) => {
      const query = `typeId=${type.id}`
      for (const path of ['/follow-up-register', '/follow-up-postponements'])
        expect(idsOf((await get(headers, `${path}?${query}`).expect(200)).body).sort()).toEqual([...ids].sort())
      expect((await get(headers, `/follow-up-register/counts?${query}`).expect(200)).body.total).toBe(ids.length)
      const tasks = (await get(headers, `/follow-up-tasks?${query}`).expect(200)).body
      expect(tasks.total).toEqual({ open: ids.length, overdue: 0, closed: 0, discarded: 0, postponed: 3 * ids.length })
    }
    for (const level of [4, 3, 2, 1] as const) {
      const { headers, user } = await api.signedIn({ ...mine, level })
      const followUp = await own(user.id)
      await check(
        headers,
        [followUp, ...there].slice(0, { 1: 4, 2: 3, 3: 2, 4: 1 }[level]).map((each) => each.id),
      )
      await db()
        .update(users)
        .set({ branchId: (await aBranch(db())).id })
        .where(eq(users.id, user.id))
      await api.database.pool.query('delete from postponements where follow_up_id = $1', [followUp.id])
      await api.database.pool.query('delete from follow_ups where id = $1', [followUp.id])
    }
    const { headers } = await api.signedIn({ ...mine, level: 2 })
    await check(
      headers,
      there.slice(0, 2).map((each) => each.id),
    )
    await db().update(users).set({ branchId: branch.id }).where(eq(users.id, far.id))
    await check(
      headers,
      there.map((each) => each.id),
    )
    const moved = await get(headers, `/follow-up-register?typeId=${type.id}&departmentId=${department.id}&branchId=${branch.id}`)
    expect(idsOf(moved.body).sort()).toEqual([there[0]?.id, there[2]?.id].sort())
    expect(moved.body.items[0]).toMatchObject({ branch: { id: branch.id }, department: { id: department.id } })
    expect((await get(headers, `/follow-up-tasks?branchId=${elsewhere.id}`).expect(200)).body.branches).toEqual([])
  })

  test('files need the permission to export, and each is on record', async () => {
    const without = await api.signedIn({ permissions: [] })
    const { headers, user } = await api.signedIn({ level: 4 })
    for (const report of ['register', 'tasks', 'postponements'])
      for (const format of ['xlsx', 'pdf']) {
        expect((await get(without.headers, `/follow-up-${report}.${format}`).expect(403)).body.code).toBe('not-allowed')
        await file(headers, `/follow-up-${report}.${format}`).expect(200)
      }
    const logged = await db()
      .select()
      .from(auditLog)
      .where(and(eq(auditLog.entity, 'follow-ups'), eq(auditLog.action, 'export'), eq(auditLog.actorId, user.id)))
    expect(
      logged
        .map(({ changes }) =>
          Object.values(changes as Record<string, unknown>)
            .slice(0, 2)
            .join(' '),
        )
        .sort(),
    ).toHaveLength(6)
  })
})

describe('the report of tasks', () => {
  test('counts by owner within the period, with subtotals that add up, and agrees with the register', async () => {
    const branch = await aBranch(db(), { name: 'Sucursal de tareas' })
    const [legal, sales] = [await aDepartment(db(), { name: 'Legal tareas' }), await aDepartment(db(), { name: 'Ventas tareas' })]
    const { headers } = await api.signedIn({ level: 2, branchId: branch.id })
    const ana = await aUser(db(), { name: 'Ana Tareas', branchId: branch.id, departmentId: legal.id })
    const beto = await aUser(db(), { name: '=Beto()', branchId: branch.id, departmentId: sales.id })
    const eva = await aUser(db(), { name: 'Eva Tareas', branchId: branch.id, departmentId: legal.id })
    const due = at('2026-03-01T15:00:00Z')
    const late = await aFollowUp(db(), { ownerId: ana.id, dueAt: due })
    await aFollowUp(db(), { ownerId: ana.id, dueAt: at('2026-03-03T15:00:00Z') })
    await aFollowUp(db(), { ownerId: ana.id, dueAt: at('2026-04-03T15:00:00Z') })
    await aFollowUp(db(), { ownerId: beto.id, dueAt: due, state: 'closed', endedAt: at('2026-03-02T14:00:00Z') })
    await aFollowUp(db(), { ownerId: beto.id, dueAt: due, state: 'closed', endedAt: at('2026-02-02T14:00:00Z') })
    await aFollowUp(db(), { ownerId: eva.id, dueAt: due, state: 'discarded', endedAt: at('2026-03-02T14:00:00Z') })
    await postponed(late.id, beto.id, ['2026-02-01', '2026-03-01', '2026-03-02'])
    const query = `branchId=${branch.id}&from=2026-03-01&to=2026-03-05`
    const { body } = await get(headers, `/follow-up-tasks?${query}`).expect(200)
    const report = followUpReportEndpoints.tasks.response.parse(body)
    const none = { open: 0, overdue: 0, closed: 0, discarded: 0, postponed: 0 }
    expect(report.branches).toMatchObject([
      {
        branch: { id: branch.id },
        departments: [
          {
            department: { id: legal.id },
            open: 2,
            discarded: 1,
            owners: [
              { ...none, owner: { id: ana.id }, open: 2, overdue: 1, postponed: 2 },
              { ...none, owner: { id: eva.id }, discarded: 1 },
            ],
          },
          { department: { id: sales.id }, owners: [{ ...none, owner: { id: beto.id }, closed: 1 }] },
        ],
      },
    ])
    expect(report.total).toEqual({ open: 2, overdue: 1, closed: 1, discarded: 1, postponed: 2 })
    // What a figure leads to in the register.
    for (const [more, count] of [
      ['state=active&by=due', 2],
      ['state=active&by=due&overdue=true', 1],
      ['state=closed&by=end', 1],
      ['state=discarded&by=end', 1],
    ] as const)
      expect([more, (await get(headers, `/follow-up-register/counts?${query}&${more}`)).body.total]).toEqual([more, count])

    const book = read((await file(headers, `/follow-up-tasks.xlsx?${query}`).expect(200)).body)
    const sheet = utils.sheet_to_json<Record<string, unknown>>(book.Sheets['Informe de tareas'] ?? {})
    expect(sheet.map((row) => [row.Departamento ?? row.Sucursal, row.Responsable, row.Abiertas, row.Cerradas])).toEqual([
      ['Legal tareas', 'Ana Tareas', 2, 0],
      ['Legal tareas', 'Eva Tareas', 0, 0],
      ['Subtotal Legal tareas', undefined, 2, 0],
      ['Ventas tareas', '=Beto()', 0, 1],
      ['Subtotal Ventas tareas', undefined, 0, 1],
      ['Subtotal Sucursal de tareas', undefined, 2, 1],
      ['Total', undefined, 2, 1],
    ])
    expect(JSON.stringify(book.Sheets)).not.toContain('"f":')
    const paper = readPdfPages((await file(headers, `/follow-up-tasks.pdf?${query}`).expect(200)).body).join('\n')
    for (const word of ['Sucursal de tareas', 'Ana Tareas', '=Beto()', '01/03/2026', 'Total']) expect(paper).toContain(word)
  })
})

describe('the managers’ view of postponements', () => {
  test('three times or more, by count or delay, with the last three reasons; the period says which postponements count', async () => {
    const { headers, user } = await api.signedIn({ level: 4 })
    const twice = await aFollowUp(db(), { ownerId: user.id })
    const thrice = await aFollowUp(db(), { ownerId: user.id, subject: '=1+1' })
    const often = await aFollowUp(db(), { ownerId: user.id })
    const ended = await aFollowUp(db(), { ownerId: user.id, state: 'closed', endedAt: at('2026-02-11T15:00:00Z') })
    await postponed(twice.id, user.id, ['2026-02-01', '2026-02-02'])
    await postponed(thrice.id, user.id, ['2026-02-01', '2026-02-02', '2026-02-03'], ['No contestó', null, '@vacaciones'])
    await postponed(often.id, user.id, ['2026-01-01', '2026-02-01', '2026-02-02', '2026-02-03'], ['uno', 'dos', 'tres', 'cuatro'])
    await postponed(ended.id, user.id, ['2026-02-01', '2026-02-02', '2026-02-03'])
    const ask = async (query: string) => {
      const { body } = await get(headers, `/follow-up-postponements?${query}`).expect(200)
      return followUpReportEndpoints.postponements.response.parse(body).items
    }
    const items = await ask('')
    expect(items.map(({ id, times, delayMinutes }) => [id, times, delayMinutes])).toEqual([
      [often.id, 4, 480],
      [thrice.id, 3, 360],
    ])
    expect(items[0]?.last.map((one) => one.reason)).toEqual(['cuatro', 'tres', 'dos'])
    expect(items[1]?.last).toMatchObject([
      { reason: '@vacaciones', by: { id: user.id } },
      { reason: null },
      { reason: 'No contestó' },
    ])
    expect((await ask('sort=times')).map((one) => one.id)).toEqual([thrice.id, often.id])
    expect((await ask('state=all')).map((one) => one.id).sort()).toEqual([often.id, thrice.id, ended.id].sort())
    expect((await ask('times=2')).map((one) => one.id)).toContain(twice.id)
    expect((await ask('from=2026-02-01&times=4')).map((one) => one.id)).toEqual([])
    expect((await ask('from=2026-02-01&sort=-delay')).map((one) => one.times)).toEqual([3, 3])
    for (const sort of ['-times', 'times', '-delay', 'delay']) {
      const page = await get(headers, `/follow-up-postponements?limit=1&sort=${sort}`).expect(200)
      const next = await get(headers, `/follow-up-postponements?limit=1&sort=${sort}&cursor=${page.body.nextCursor}`).expect(200)
      expect([...idsOf(page.body), ...idsOf(next.body)].sort()).toEqual([often.id, thrice.id].sort())
      expect(next.body.nextCursor).toBeNull()
    }
    const forged = Buffer.from('["-times","x","y"]').toString('base64url')
    for (const query of ['times=0', 'times=-5', 'times=1e9', 'times=2.5', `cursor=${forged}`])
      expect([query, (await get(headers, `/follow-up-postponements?${query}`)).status]).toEqual([query, 400])
    const book = read((await file(headers, '/follow-up-postponements.xlsx').expect(200)).body)
    const sheet = utils.sheet_to_json<Record<string, unknown>>(book.Sheets['Seguimientos pospuestos'] ?? {})
    expect(sheet.map((row) => [row.Asunto, row['Veces pospuesto'], row['Horas de retraso']])).toEqual([
      [often.subject, 4, 8],
      ['=1+1', 3, 6],
    ])
    expect(String(sheet[1]?.['Últimos motivos'])).toContain('@vacaciones')
    expect(JSON.stringify(book.Sheets)).not.toContain('"f":')
    const paper = readPdfPages((await file(headers, '/follow-up-postponements.pdf').expect(200)).body).join('\n')
    expect(paper).toContain('No contestó')
  })
})

describe('the register on file', () => {
  test('a workbook has the rows of the list under its filters, as text, and counts them; a PDF of too many is refused', async () => {
    const { headers, user } = await api.signedIn({ level: 4 })
    const mine = { ownerId: user.id }
    const followUp = await aFollowUp(db(), {
      ...mine,
      subject: '=HYPERLINK("x")',
      priority: 'high',
      dueAt: at('2026-03-02T14:00:00Z'),
    })
    await aFollowUp(db(), { ...mine, state: 'closed', endedAt: at('2026-03-01T15:00:00Z'), endReason: '+pagó' })
    const book = read((await file(headers, '/follow-up-register.xlsx').expect(200)).body)
    const sheet = utils.sheet_to_json<Record<string, unknown>>(book.Sheets.Seguimientos ?? {})
    expect(sheet).toMatchObject([
      { Asunto: '=HYPERLINK("x")', Condición: 'Activo', Vencido: 'Sí', Prioridad: 'Alta', Responsable: user.name },
      { Condición: 'Cerrado con éxito', 'Resultado o motivo': '+pagó' },
    ])
    expect(utils.sheet_to_json(book.Sheets.Resumen ?? {})).toMatchObject([
      { Seguimientos: 1 },
      { Seguimientos: 1 },
      { Seguimientos: 0 },
      { Condición: 'Total', Seguimientos: 2 },
    ])
    expect(JSON.stringify(book.Sheets)).not.toContain('"f":')
    const listed = read((await file(headers, '/follow-up-register.xlsx?state=active&priority=high&mine=true').expect(200)).body)
    expect(utils.sheet_to_json(listed.Sheets.Seguimientos ?? {})).toHaveLength(1)
    const paper = readPdfPages((await file(headers, '/follow-up-register.pdf').expect(200)).body).join('\n')
    expect(paper).toContain('HYPERLINK')
    await api.database.pool.query(
      `insert into follow_ups (id, customer_id, type_id, owner_id, subject, due_at)
       select gen_random_uuid(), customer_id, type_id, owner_id, 'x', due_at from follow_ups, generate_series(1, 1999) where id = $1`,
      [followUp.id],
    )
    const refused = await get(headers, '/follow-up-register.pdf').expect(422)
    expect(refused.body).toMatchObject({ code: 'report-too-long' })
    expect(refused.body.detail).toContain('2001')
    const long = read((await file(headers, '/follow-up-register.xlsx').expect(200)).body)
    expect(utils.sheet_to_json(long.Sheets.Seguimientos ?? {})).toHaveLength(2001)
  })
})
