import { randomUUID } from 'node:crypto'
import { auditLog } from '@cartera/db/schema/audit'
import { users } from '@cartera/db/schema/organisation'
import { aBranch, aCompany, aCustomer, aDepartment, aNote, aUser } from '@cartera/db/testing/builders'
import { readPdfPages } from '@cartera/use-cases/testing/read-pdf'
import { and, eq } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { read, utils } from 'xlsx'
import { exportedList } from '../testing/exported-list.ts'
import { bytes, testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => {
  await aCompany(api.database.db)
})

type Headers = Record<string, string>
const get = (path: string, headers: Headers) => api.request().get(path).set(headers)
const idsOf = (body: { items: { id: string }[] }) => body.items.map((each) => each.id)

describe('recording notes', () => {
  test('a note is kept with author, present place and time, newest first', async () => {
    const { headers, user } = await api.signedIn({ level: 4, permissions: [] })
    const customer = await aCustomer(api.database.db)
    const path = `/api/v1/customers/${customer.id}/notes`
    const first = await api.request().post(path).set(headers).send({ body: ' Llamé, no contestan ' }).expect(201)
    expect(first.body).toMatchObject({
      body: 'Llamé, no contestan',
      location: null,
      treatment: null,
      author: { id: user.id },
      branch: { id: user.branchId },
      department: { id: user.departmentId },
      customer: { id: customer.id, code: customer.code },
      createdAt: '2026-03-02T15:00:00.000Z',
    })
    const second = await api
      .request()
      .post(path)
      .set(headers)
      .send({ body: 'Visita', location: 'Local del centro', treatment: 'Volver el lunes' })
      .expect(201)
    const { body } = await get(path, headers).expect(200)
    expect(idsOf(body)).toEqual([second.body.id, first.body.id])
    expect(body.items[0]).toEqual(second.body)
  })

  test('without a department nothing is recorded, with a clear sentence', async () => {
    const { headers } = await api.signedIn({ departmentId: null })
    const customer = await aCustomer(api.database.db)
    const path = `/api/v1/customers/${customer.id}/notes`
    const answer = await api.request().post(path).set(headers).send({ body: 'x' }).expect(409)
    expect(answer.body.code).toBe('note-needs-department')
    expect((await get(path, headers).expect(200)).body.items).toEqual([])
  })

  test('an empty, huge or misspelt note is refused at its field', async () => {
    const { headers } = await api.signedIn()
    const customer = await aCustomer(api.database.db)
    const post = (body: object) => api.request().post(`/api/v1/customers/${customer.id}/notes`).set(headers).send(body)
    for (const body of [{}, { body: ' \n ' }, { body: null }, { body: 'x'.repeat(10_001) }, { body: 'x\u0000' }])
      expect((await post(body).expect(400)).body.errors[0].field).toBe('body')
    expect((await post({ body: 'x', author: 'y' }).expect(400)).body.errors[0].field).toBe('author')
    await post({ body: 'ñ'.repeat(10_000) }).expect(201)
    await api.request().post(`/api/v1/customers/${randomUUID()}/notes`).set(headers).send({ body: 'x' }).expect(404)
  })
})

describe('who sees and deletes notes', () => {
  test('levels 1 to 4: lists, report, counts, single read and delete agree, and out of scope is as missing', async () => {
    const db = api.database.db
    const [branch, elsewhere, department, other] = [
      await aBranch(db),
      await aBranch(db),
      await aDepartment(db),
      await aDepartment(db),
    ]
    const mine = { branchId: branch.id, departmentId: department.id }
    const customer = await aCustomer(db)
    const authors = [
      await aUser(db, mine),
      await aUser(db, { branchId: branch.id, departmentId: other.id }),
      await aUser(db, { branchId: elsewhere.id, departmentId: department.id }),
    ]
    const notes = []
    for (const author of authors) notes.push(await aNote(db, { customerId: customer.id, authorId: author.id }))
    for (const level of [4, 3, 2, 1] as const) {
      const { headers, user } = await api.signedIn({ ...mine, level })
      const own = await aNote(db, { customerId: customer.id, authorId: user.id })
      const all = [own, ...notes]
      const seen = all.slice(0, { 1: 4, 2: 3, 3: 2, 4: 1 }[level])
      const expectedIds = seen.map((each) => each.id)
      const visible = async (path: string) => {
        const ids = idsOf((await get(path, headers).expect(200)).body)
        return all.filter((each) => ids.includes(each.id)).map((each) => each.id)
      }
      expect(await visible(`/api/v1/customers/${customer.id}/notes?limit=200`)).toEqual(expectedIds)
      expect(await visible('/api/v1/notes?limit=200')).toEqual(expectedIds)
      expect(await visible(`/api/v1/notes?customerId=${customer.id}&latest=20&limit=200`)).toEqual(expectedIds)
      const missing = await get(`/api/v1/notes/${randomUUID()}`, headers).expect(404)
      for (const each of seen) await get(`/api/v1/notes/${each.id}`, headers).expect(200)
      for (const each of all.slice(seen.length)) {
        const read = await get(`/api/v1/notes/${each.id}`, headers).expect(404)
        expect({ ...read.body, requestId: '' }).toEqual({ ...missing.body, requestId: '' })
        await api.request().delete(`/api/v1/notes/${each.id}`).set(headers).expect(404)
      }
      const counts = await get(`/api/v1/notes/departments?authorId=${authors[2]?.id}`, headers).expect(200)
      expect(counts.body.items).toHaveLength(level === 1 ? 1 : 0)
      if (level > 1) {
        for (const each of seen) {
          const refused = await api.request().delete(`/api/v1/notes/${each.id}`).set(headers).expect(403)
          expect(refused.body.code).toBe('not-allowed')
        }
      } else {
        await api.request().delete(`/api/v1/notes/${own.id}`).set(headers).expect(204)
        await api.request().delete(`/api/v1/notes/${own.id}`).set(headers).expect(404)
        expect(await visible(`/api/v1/customers/${customer.id}/notes?limit=200`)).toEqual(expectedIds.slice(1))
        const [audited] = await db.select().from(auditLog).where(eq(auditLog.entityId, own.id))
        expect(audited).toMatchObject({ action: 'delete', entity: 'note', actorId: user.id, changes: { body: own.body } })
      }
    }
  })

  test('a moved author’s past notes move along, at once', async () => {
    const db = api.database.db
    const branch = await aBranch(db)
    const { headers } = await api.signedIn({ branchId: branch.id, level: 2 })
    const author = await aUser(db)
    const note = await aNote(db, { authorId: author.id })
    await get(`/api/v1/notes/${note.id}`, headers).expect(404)
    await db.update(users).set({ branchId: branch.id }).where(eq(users.id, author.id))
    expect((await get(`/api/v1/notes/${note.id}`, headers).expect(200)).body.branch.id).toBe(branch.id)
  })

  test('the note of a customer out of the reader’s customer level does not exist for them', async () => {
    const { headers, user } = await api.signedIn({ level: 1, customerLevel: 4 })
    const note = await aNote(api.database.db, { authorId: user.id })
    await get(`/api/v1/notes/${note.id}`, headers).expect(404)
    await api.request().delete(`/api/v1/notes/${note.id}`).set(headers).expect(404)
    expect(idsOf((await get('/api/v1/notes?limit=200', headers).expect(200)).body)).not.toContain(note.id)
    expect(idsOf((await get('/api/v1/notes?latest=3&limit=200', headers).expect(200)).body)).not.toContain(note.id)
  })
})

describe('the report', () => {
  test('filters by customer, branch, department, author and by days as the company’s calendar shows them', async () => {
    const db = api.database.db
    const { headers } = await api.signedIn()
    const author = await aUser(db)
    const customer = await aCustomer(db)
    // Bogotá is five hours behind UTC: 04:59Z is still the day before.
    const at = (instant: string) =>
      aNote(db, { customerId: customer.id, authorId: author.id, createdAt: new Date(instant), body: 'Pagó con cheque' })
    const before = await at('2026-01-10T04:59:59.999Z')
    const first = await at('2026-01-10T05:00:00Z')
    const last = await at('2026-01-11T04:59:59.999Z')
    const ask = async (query: string) => idsOf((await get(`/api/v1/notes?${query}`, headers).expect(200)).body)
    expect(await ask(`authorId=${author.id}&from=2026-01-10&to=2026-01-10`)).toEqual([last.id, first.id])
    expect(await ask(`branchId=${author.branchId}&to=2026-01-09`)).toEqual([before.id])
    expect(await ask(`departmentId=${author.departmentId}&sort=createdAt`)).toEqual([before.id, first.id, last.id])
    expect(await ask(`customerId=${customer.id}&q=PAGO%20chéque`)).toHaveLength(3)
    expect(await ask(`customerId=${customer.id}&q=efectivo`)).toEqual([])
    const groups = await get(`/api/v1/notes/departments?customerId=${customer.id}`, headers).expect(200)
    expect(groups.body.items).toMatchObject([{ department: { id: author.departmentId }, notes: 3 }])
    for (const query of ['from=2026-02-30', 'from=ayer', 'latest=0', 'latest=21', 'authorId=1', 'sort=body'])
      expect([query, (await get(`/api/v1/notes?${query}`, headers)).status]).toEqual([query, 400])
  })

  test('a period may end with the last day there is', async () => {
    const { headers, user } = await api.signedIn()
    const note = await aNote(api.database.db, { authorId: user.id })
    for (const path of ['/api/v1/notes?', '/api/v1/notes?latest=3&']) {
      const { body } = await get(`${path}authorId=${user.id}&from=1900-01-01&to=9998-12-31`, headers).expect(200)
      expect(idsOf(body)).toEqual([note.id])
    }
    await get(`/api/v1/notes/departments?to=9998-12-31`, headers).expect(200)
  })

  test('pages go on after customers with the longest names in any letters', async () => {
    const { headers, user } = await api.signedIn()
    const made: string[] = []
    for (const letter of ['漢', '字']) {
      const customer = await aCustomer(api.database.db, { name: letter.repeat(300) })
      made.push((await aNote(api.database.db, { customerId: customer.id, authorId: user.id })).id)
    }
    const found: string[] = []
    for (let cursor = '', n = 0; n < 3 && cursor !== 'end'; n++) {
      const { body } = await get(`/api/v1/notes?latest=3&limit=1&authorId=${user.id}${cursor}`, headers).expect(200)
      found.push(...idsOf(body))
      cursor = body.nextCursor === null ? 'end' : `&cursor=${body.nextCursor}`
    }
    expect(found.sort()).toEqual(made.sort())
  })

  test('the last three of each customer, by name, page after page', async () => {
    const db = api.database.db
    const { headers, user } = await api.signedIn({ level: 4 })
    const expected: string[] = []
    for (const name of ['Ana', 'Ana', 'Beto']) {
      const customer = await aCustomer(db, { name: `${name} ${user.id}` })
      const ids = []
      for (const day of [1, 2, 3, 4, 5])
        ids.push(
          (await aNote(db, { customerId: customer.id, authorId: user.id, createdAt: new Date(Date.UTC(2026, 0, day)) })).id,
        )
      expected.push(...ids.reverse().slice(0, 3))
    }
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const answer: Awaited<ReturnType<typeof get>> = await get(
        `/api/v1/notes?latest=3&limit=2${cursor && `&cursor=${cursor}`}`,
        headers,
      ).expect(200)
      seen.push(...idsOf(answer.body))
      cursor = answer.body.nextCursor
    }
    expect(seen).toEqual(expected)
    const groups = await get('/api/v1/notes/departments?latest=3', headers).expect(200)
    expect(groups.body.items).toMatchObject([{ notes: 9 }])
    for (const forged of ['["latest","a","b","c","d"]', '["latest"]', '["-createdAt","x","y"]'])
      await get(`/api/v1/notes?latest=3&cursor=${Buffer.from(forged).toString('base64url')}`, headers).expect(400)
  })

  test('grouped by department it has the same notes, section by section, also where only the last of each customer stand', async () => {
    const db = api.database.db
    const branch = await aBranch(db)
    const { headers, user } = await api.signedIn({ level: 2, branchId: branch.id })
    const [legal, sales] = [await aDepartment(db, { name: 'Legal' }), await aDepartment(db, { name: 'Ventas' })]
    const lawyer = await aUser(db, { branchId: branch.id, departmentId: legal.id })
    const seller = await aUser(db, { branchId: branch.id, departmentId: sales.id })
    const nowhere = await aUser(db, { branchId: branch.id, departmentId: null })
    const foreign = await aUser(db, { departmentId: legal.id })
    const customer = await aCustomer(db, { name: 'Bodega Única' })
    const write = async (author: { id: string }, day: number, body: string) =>
      (await aNote(db, { customerId: customer.id, authorId: author.id, createdAt: new Date(Date.UTC(2026, 0, day)), body })).id
    const oldest = await write(lawyer, 1, '=HYPERLINK("x")')
    const second = await write(seller, 2, 'Pide plazo')
    const third = await write(lawyer, 3, 'Demanda')
    const fourth = await write(nowhere, 4, 'Visita')
    await write(foreign, 5, 'De otra sucursal')
    const of = async (query: string) =>
      idsOf((await get(`/api/v1/notes?customerId=${customer.id}&${query}`, headers).expect(200)).body)
    expect(await of(`section=${legal.id}`)).toEqual([third, oldest])
    expect(await of('section=none')).toEqual([fourth])
    // Filters choose before the last ones are taken, sections after.
    expect(await of(`latest=3&section=${legal.id}`)).toEqual([third])
    expect(await of(`latest=3&departmentId=${legal.id}`)).toEqual([third, oldest])
    await get(`/api/v1/notes?section=otro`, headers).expect(400)
    expect(second).toBeTruthy()

    const exported = (filters: Record<string, string>) =>
      exportedList(api, headers, { list: 'notes', filters: { customerId: customer.id, ...filters } })
    const paperOf = (query: string) =>
      api.request().get(`/api/v1/notes.pdf?customerId=${customer.id}&${query}`).set(headers).buffer(true).parse(bytes)
    const book = read(await exported({ grouped: 'true' }))
    const sheet = utils.sheet_to_json<Record<string, unknown>>(book.Sheets.Notas ?? {})
    expect(sheet.map((row) => [row.Departamento, row.Nota, row.Notas])).toEqual([
      ['Legal', 'Demanda', undefined],
      ['Legal', '=HYPERLINK("x")', undefined],
      ['Subtotal Legal', undefined, 2],
      ['Ventas', 'Pide plazo', undefined],
      ['Subtotal Ventas', undefined, 1],
      ['Sin departamento', 'Visita', undefined],
      ['Subtotal Sin departamento', undefined, 1],
    ])
    expect(JSON.stringify(book.Sheets.Notas)).not.toContain('"f":')
    const plain = read(await exported({ latest: '1' }))
    expect(utils.sheet_to_json(plain.Sheets.Notas ?? {})).toMatchObject([{ Nota: 'Visita', Cliente: 'Bodega Única' }])
    expect(utils.sheet_to_json(plain.Sheets['Por departamento'] ?? {})).toMatchObject([
      { Notas: 1 },
      { Departamento: 'Total', Notas: 1 },
    ])
    const paper = readPdfPages((await paperOf('grouped=true&q=demanda').expect(200)).body).join('\n')
    expect(paper).toContain('Legal: 1')
    expect(paper).toContain('Demanda')
    expect(paper).not.toContain('Visita')
    expect(paper).toContain('Bodega Única')
    expect(
      await db
        .select()
        .from(auditLog)
        .where(and(eq(auditLog.entity, 'notes'), eq(auditLog.actorId, user.id))),
    ).toHaveLength(3)
    const without = await api.signedIn({ permissions: [] })
    await get('/api/v1/notes.pdf', without.headers).expect(403)
    await api.request().post('/api/v1/exports').set(without.headers).send({ list: 'notes', format: 'xlsx' }).expect(403)
  })

  test('a PDF of more notes than anyone reads on paper is refused with both figures, and a long note goes over pages', async () => {
    const db = api.database.db
    const { headers, user } = await api.signedIn({ level: 4 })
    const customer = await aCustomer(db)
    await aNote(db, { customerId: customer.id, authorId: user.id, body: `${'palabra '.repeat(1200)}final` })
    const answer = await api.request().get('/api/v1/notes.pdf').set(headers).buffer(true).parse(bytes).expect(200)
    const pages = readPdfPages(answer.body)
    expect(pages.length).toBeGreaterThan(1)
    expect(pages.join(' ')).toContain('final')
    await api.database.pool.query(
      `insert into notes (id, customer_id, author_id, body) select gen_random_uuid(), $1, $2, 'x' from generate_series(1, 2000)`,
      [customer.id, user.id],
    )
    const refused = await get('/api/v1/notes.pdf', headers).expect(422)
    expect(refused.body).toMatchObject({ code: 'report-too-long' })
    expect(refused.body.detail).toContain('2001')
  })

  test('notes of the same moment are neither lost nor repeated between pages', async () => {
    const db = api.database.db
    const { headers, user } = await api.signedIn({ level: 4 })
    const customer = await aCustomer(db)
    const createdAt = new Date('2026-02-01T10:00:00.123Z')
    for (let index = 0; index < 5; index += 1) await aNote(db, { customerId: customer.id, authorId: user.id, createdAt })
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const path: string = `/api/v1/customers/${customer.id}/notes?limit=2${cursor && `&cursor=${cursor}`}`
      const answer = await get(path, headers).expect(200)
      seen.push(...idsOf(answer.body))
      cursor = answer.body.nextCursor
    }
    expect([seen.length, new Set(seen).size]).toEqual([5, 5])
  })
})
