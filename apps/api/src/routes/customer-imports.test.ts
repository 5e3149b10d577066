import { customerGroups, customers } from '@cartera/db/schema/customers'
import { importRows, imports } from '@cartera/db/schema/receivables'
import { aBranch, aCompany, aCustomer, aNote, aUser } from '@cartera/db/testing/builders'
import { workbookContentType, writeWorkbook } from '@cartera/use-cases/exports/write-workbook'
import { checkImportJob } from '@cartera/use-cases/imports/check-import'
import { resumeImportsJob, runImportJob } from '@cartera/use-cases/imports/run-import'
import { undoImportJob } from '@cartera/use-cases/imports/undo-import'
import { eq, inArray, like, sql } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))

type Headers = Record<string, string>
const url = (id: string, rest = '') => `/api/v1/imports/${id}${rest}`
const upload = (headers: Headers, bytes: Buffer | string, name = 'clientes.csv') =>
  api.request().post('/api/v1/imports?kind=customers').set(headers).attach('file', Buffer.from(bytes), name)

interface Row {
  rowNumber: number
  fate: string
  errors: { field: string; code: string }[]
  changes: { field: string; before: string; after: string }[]
  duplicateOf: { customer: { id: string; name: string } | null; rowNumber: number | null; alike: string[] } | null
  undo: { state: string; fields: string[]; code: string | null } | null
}

async function checked(headers: Headers, csv: string, options: object = {}, mapping: object = {}) {
  const made = (await upload(headers, csv).expect(201)).body
  await api
    .request()
    .put(url(made.id, '/mapping'))
    .set(headers)
    .send({ mapping: { ...made.mapping, ...mapping }, options })
    .expect(200)
  const record = (await api.request().post(url(made.id, '/checks')).set(headers).expect(200)).body
  return { id: made.id as string, record, rows: await rowsOf(headers, made.id) }
}
async function rowsOf(headers: Headers, id: string, query = ''): Promise<Row[]> {
  return (
    await api
      .request()
      .get(url(id, `/rows?limit=200${query}`))
      .set(headers)
      .expect(200)
  ).body.items
}
const said = (rows: Row[]) =>
  rows.map((row) => [row.fate, ...row.errors.map((error) => `${error.field} ${error.code}`)].join(', '))
async function ran(headers: Headers, id: string) {
  await api.request().post(url(id, '/runs')).set(headers).send({}).expect(202)
  await runImportJob.perform(api.ctx, { importId: id })
  return (await api.request().get(url(id)).set(headers).expect(200)).body
}
const byExternal = async (prefix: string) =>
  api.database.db
    .select()
    .from(customers)
    .where(like(customers.externalId, `${prefix}%`))
    .orderBy(customers.externalId)

describe('customers from a file as people write it', () => {
  test('every field is understood in both languages, titles above the headings are passed over, row numbers are those of the sheet', async () => {
    const { headers } = await api.signedIn()
    const agent = await aUser(api.database.db, { name: 'Lucía Peña', email: 'lucia.pena@example.test' })
    const branch = await aBranch(api.database.db, { name: 'Quito Norte', code: 'QN' })
    await api.database.db.insert(customerGroups).values({ name: 'Mayoristas' })
    const { rows, id, record } = await checked(
      headers,
      [
        'Listado de clientes;;',
        ';;',
        'Id externo;Razón social;Clase de persona;Tipo de identificación;Identificación;Correo electrónico;País;Estado;Paga impuestos;Límite de crédito;Días de crédito;Forma de pago;Vendedor;Agente de cobranza;Sucursal;Grupo;Idioma;Prioridad;Sitio web;Moneda del crédito',
        'F-1; Comercial Ñandú S.A. ;Jurídica;RUC;1790016919001;Compras@Nandu.test ;Ecuador;Activo;Sí;1.234,50;30 días;Crédito;lucia.pena@example.test;Lucía Peña;qn;mayoristas;Español;Alta;www.nandu.test;USD',
        ';;',
        'F-2;María Núñez;natural person;cédula;1710034065;;EC;suspended;no;$ 99;0;cash;;;Quito Norte;;english;low;;usd',
      ].join('\n'),
    )
    expect(record.reading).toMatchObject({ format: 'csv', headerRow: 3, encoding: 'utf-8', delimiter: ';' })
    expect(rows.map((row) => [row.rowNumber, ...said([row])])).toEqual([
      [4, 'create'],
      [6, 'create'],
    ])
    expect(await byExternal('F-')).toEqual([])
    expect(await ran(headers, id)).toMatchObject({ state: 'done', counts: { create: 2 }, undoable: true })
    const [first, second] = await byExternal('F-')
    expect(first).toMatchObject({
      name: 'Comercial Ñandú S.A.',
      kind: 'company',
      taxIdType: 'ruc',
      taxId: '1790016919001',
      email: 'Compras@Nandu.test',
      country: 'EC',
      status: 'active',
      taxable: true,
      creditLimitMinor: 123_450n,
      creditDays: 30,
      creditTerms: 'credit',
      preferredAgentId: agent.id,
      collectionsAgentId: agent.id,
      branchId: branch.id,
      language: 'es',
      priority: 'high',
      website: 'https://www.nandu.test',
      creditCurrency: 'USD',
      code: expect.stringMatching(/^C-\d{6}$/),
      version: 1,
    })
    expect(first?.groupId).not.toBeNull()
    expect(second).toMatchObject({
      kind: 'person',
      taxIdType: 'cedula',
      status: 'suspended',
      taxable: false,
      creditLimitMinor: 9900n,
      creditDays: 0,
      creditTerms: 'cash',
      language: 'en',
      priority: 'low',
    })
    const again = await checked(headers, 'Id externo;Nombre\nF-1;Comercial Ñandú S.A.\nF-2;María Núñez', {})
    expect(said(again.rows)).toEqual(['unchanged', 'unchanged'])
  })

  test('what is wrong is said at its cell, and nothing of the row goes in', async () => {
    const { headers } = await api.signedIn()
    await aUser(api.database.db, { name: 'Ana Ruiz', email: 'a1@example.test' })
    await aUser(api.database.db, { name: 'Ana Ruiz', email: 'a2@example.test' })
    const { rows } = await checked(
      headers,
      [
        'Id externo,Nombre,Tipo de identificación,Identificación,Correo,País,Estado,Límite de crédito,Días de crédito,Vendedor,Sucursal,Paga impuestos',
        'W-0,Cero,NIF,124,,,,,,,,',
        'W-1,Uno,RUC,123,no-es-correo,Nunca Jamás,dormido,mil,9999,Ana Ruiz,Marte,quizás',
        'W-2,,,,,EC,,-5,2.5,,,',
        `W-3,${'x'.repeat(301)},,,,,,1e9,,nadie@example.test,,`,
        'W-4,=1+1,,,,,,,,,,',
      ].join('\n'),
    )
    expect(said(rows.slice(0, 1))).toEqual(['refused, taxId tax-id-invalid'])
    const codes = rows[1]?.errors.map((error) => `${error.field} ${error.code}`) ?? []
    expect(codes).toEqual(
      expect.arrayContaining([
        'email mail-address-invalid',
        'country value-invalid',
        'status value-invalid',
        'creditLimit amount-invalid',
        'creditDays number-out-of-range',
        'preferredAgent reference-ambiguous',
        'branch reference-unknown',
        'taxable value-invalid',
      ]),
    )
    expect(said(rows.slice(2))).toEqual([
      'refused, creditDays value-invalid, creditLimit amount-invalid, name value-missing',
      'refused, name text-too-long, creditLimit amount-invalid, preferredAgent reference-unknown',
      'create',
    ])
  })
})

describe('keys, modes and duplicates', () => {
  test('create, change or both; what an empty cell means is chosen; changes are shown field by field', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'M-1', name: 'Antes', city: 'Lima', phone: '022345671' })
    const csv = 'Id externo,Nombre,Ciudad,Teléfono\nM-1,Después,,022345672\nM-2,Nueva,Cusco,022345673'
    expect(said((await checked(headers, csv, { mode: 'create' })).rows)).toEqual(['skipped, externalId record-exists', 'create'])
    expect(said((await checked(headers, csv, { mode: 'change' })).rows)).toEqual(['change', 'skipped, externalId record-missing'])
    const left = await checked(headers, csv, { mode: 'both', empty: 'leave' })
    expect(left.rows[0]?.changes).toEqual([
      { field: 'name', before: 'Antes', after: 'Después' },
      { field: 'phone', before: '022345671', after: '022345672' },
    ])
    const cleared = await checked(headers, csv, { mode: 'both', empty: 'clear' })
    expect(cleared.rows[0]?.changes).toContainEqual({ field: 'city', before: 'Lima', after: '' })
    await ran(headers, cleared.id)
    expect(await byExternal('M-')).toMatchObject([
      { name: 'Después', city: null, phone: '022345672', version: 2 },
      { name: 'Nueva', city: 'Cusco' },
    ])
  })

  test('a row that looks like somebody, in the base or above in the file, is left alone, made anyway or changes them, as chosen', async () => {
    const { headers } = await api.signedIn()
    const there = await aCustomer(api.database.db, { name: 'Café del Sur, S.A.', email: 'cafe@sur.test', taxId: '900123456' })
    const csv = [
      'Nombre,Identificación,Correo,Ciudad',
      'CAFE DEL SUR SA,,,Loja',
      'Otro nombre,900.123.456,CAFE@sur.test,Piura',
      'Gemela Uno,,gemela@uno.test,',
      'Gemela Dos,,gemela@uno.test,',
    ].join('\n')
    const options = { keys: [] }
    const skip = await checked(headers, csv, { ...options, duplicates: 'skip' })
    expect(said(skip.rows)).toEqual(['possible-duplicate', 'possible-duplicate', 'create', 'possible-duplicate'])
    expect(skip.rows.map((row) => row.duplicateOf)).toMatchObject([
      { customer: { id: there.id, name: 'Café del Sur, S.A.' }, alike: ['name'] },
      { customer: { id: there.id }, alike: ['taxId', 'email'] },
      null,
      { customer: null, rowNumber: 4, alike: ['email'] },
    ])
    expect(said((await checked(headers, csv, { ...options, duplicates: 'create' })).rows)).toEqual(Array(4).fill('create'))
    const change = await checked(headers, csv, { ...options, duplicates: 'change' })
    expect(said(change.rows)).toEqual(['change', 'change', 'create', 'possible-duplicate'])
    await ran(headers, change.id)
    const [after] = await api.database.db.select().from(customers).where(eq(customers.id, there.id))
    // Two rows mean the same one: the first changes them, the second is refused and not lost in silence.
    expect(after).toMatchObject({ city: 'Loja', version: 2 })
    expect(said(await rowsOf(headers, change.id))).toEqual([
      'change',
      'refused, code duplicate-in-request',
      'create',
      'possible-duplicate',
    ])
  })

  test('keys that several rows give are one row when alike and refused when not; one that several customers have is no key', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { name: 'Dos A', email: 'dos@key.test' })
    await aCustomer(api.database.db, { name: 'Dos B', email: 'dos@key.test' })
    const csv = 'Id externo,Nombre,Correo\nK-1,Igual,\nK-1,Igual,\nK-2,Una,\nK-2,Otra,\nK-3,Dos,dos@key.test'
    expect(said((await checked(headers, csv, { keys: ['externalId', 'email'] })).rows)).toEqual([
      'create',
      'duplicate',
      'refused, externalId duplicate-in-request',
      'refused, externalId duplicate-in-request',
      'refused, email key-ambiguous',
    ])
  })

  test('customers out of sight are neither found nor named, only their keys are taken; what a narrow level brings stays in its sight', async () => {
    const narrow = await api.signedIn({ level: 4, customerLevel: 4, permissions: ['import', 'manage-customers'] })
    const hidden = await aCustomer(api.database.db, { externalId: 'H-1', name: 'Escondida Total', taxId: '800777666' })
    const csv = 'Id externo,Nombre,Identificación\nH-1,Escondida Total,\nH-2,Escondida Total,800777666'
    const { rows, id } = await checked(narrow.headers, csv)
    expect(said(rows)).toEqual(['refused, externalId external-id-taken', 'create'])
    expect(JSON.stringify(rows)).not.toContain(hidden.id)
    await ran(narrow.headers, id)
    expect((await byExternal('H-2'))[0]).toMatchObject({ preferredAgentId: narrow.user.id })
    expect((await byExternal('H-1'))[0]).toMatchObject({ version: 1 })
    const without = await api.signedIn({ permissions: ['import'] })
    await upload(without.headers, csv).expect(403)
  })
})

describe('the file and its mapping', () => {
  test('sheet, headings, encoding and separator can be told; saved mappings come back for the same headings', async () => {
    const { headers } = await api.signedIn()
    const sheet = (name: string, rows: string[][]) => ({
      name,
      columns: (rows[0] ?? []).map((header) => ({ header, type: 'text' as const })),
      rows: rows.slice(1),
    })
    const book = await writeWorkbook(
      [
        sheet('Portada', [['Nota'], ['Nada']]),
        sheet('Datos', [
          ['Código raro', 'Quién'],
          ['0007', 'Ana'],
        ]),
      ],
      { timeZone: 'UTC' },
    )
    const made = (await upload(headers, book, 'a.xlsx').expect(201)).body
    expect(made.reading).toMatchObject({ sheets: ['Portada', 'Datos'], sheet: 'Portada' })
    const reread = (id: string, body: object) => api.request().put(url(id, '/reading')).set(headers).send(body)
    const read = (await reread(made.id, { sheet: 'Datos' }).expect(200)).body
    expect([read.columns, read.preview]).toEqual([['Código raro', 'Quién'], [['0007', 'Ana']]])
    expect((await reread(made.id, { sheet: 'Datos', headerRow: 2 }).expect(422)).body.code).toBe('file-empty')
    await reread(made.id, { sheet: 'Ninguna' }).expect(422)
    const mapping = { code: { column: 'Código raro' }, name: { column: 'Quién' } }
    await api
      .request()
      .put(url(made.id, '/mapping'))
      .set(headers)
      .send({ mapping, options: {}, saveAs: 'Del sistema viejo' })
      .expect(200)
    const next = (await upload(headers, 'Quién,CODIGO RARO\nBeto,0008').expect(201)).body
    expect(next.savedMappings).toMatchObject([{ name: 'Del sistema viejo' }])
    const saved = await api.request().get('/api/v1/import-mappings?kind=customers').set(headers).expect(200)
    expect(saved.body.items).toMatchObject([{ name: 'Del sistema viejo', mapping }])
    await api.request().delete(`/api/v1/import-mappings/${saved.body.items[0].id}`).set(headers).expect(204)

    const latin = (await upload(headers, Buffer.from('nombre;correo\nMuñoz;a@b.test', 'latin1')).expect(201)).body
    expect(latin.reading.encoding).toBe('windows-1252')
    expect((await reread(latin.id, { encoding: 'utf-8', delimiter: ',' }).expect(200)).body.columns).toEqual(['nombre;correo'])
    await reread(latin.id, { encoding: 'latin-9' }).expect(400)
    await api.request().delete(url(latin.id)).set(headers).expect(204)
    await api.request().get(url(latin.id)).set(headers).expect(404)
  })

  test('refused rows come back as a workbook whose corrected rows go in; formulas stay text', async () => {
    const { headers } = await api.signedIn()
    const { id } = await checked(headers, 'Id externo,Nombre,Correo\nE-1,=1+1,malo\nE-2,Bien,b@b.test')
    const book = await api
      .request()
      .get(url(id, '/errors.xlsx'))
      .set({ ...headers, 'accept-language': 'es' })
      .buffer(true)
      .parse((response, done) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () => done(null, Buffer.concat(parts)))
      })
      .expect(200)
    expect(book.headers['content-type']).toBe(workbookContentType)
    const back = (await upload(headers, book.body as Buffer, 'errors.xlsx').expect(201)).body
    expect(back.columns).toEqual(['Id externo', 'Nombre', 'Correo', 'Motivo'])
    expect(back.preview[0].slice(0, 3)).toEqual(['E-1', '=1+1', 'malo'])
    expect(back.preview[0][3]).toContain('Correo: ')
    expect(back.mapping).not.toHaveProperty('contactPerson')
  })
})

describe('the run, its end and the way back', () => {
  const lines = (prefix: string, count: number) =>
    ['Id externo,Nombre', ...Array.from({ length: count }, (_, n) => `${prefix}-${n},${prefix} cliente ${n}`)].join('\n')

  test('a run whose worker ended goes on where it was, writes nothing twice, and two workers share it', async () => {
    const { headers } = await api.signedIn()
    const made = (await upload(headers, lines('R', 2500)).expect(201)).body
    await api.request().put(url(made.id, '/mapping')).set(headers).send({ mapping: made.mapping, options: {} }).expect(200)
    expect((await api.request().post(url(made.id, '/checks')).set(headers).expect(200)).body.state).toBe('checking')
    await api.request().post(url(made.id, '/runs')).set(headers).send({}).expect(409)
    await Promise.all([
      checkImportJob.perform(api.ctx, { importId: made.id }),
      checkImportJob.perform(api.ctx, { importId: made.id }),
    ])
    expect((await api.request().get(url(made.id)).set(headers).expect(200)).body).toMatchObject({
      state: 'checked',
      counts: { create: 2500 },
    })
    await api.request().post(url(made.id, '/runs')).set(headers).send({}).expect(202)
    // The worker ends in the middle of the second batch.
    await api.database.pool.query(`alter table customers add constraint half check (external_id <> 'R-1700')`)
    await runImportJob.perform(api.ctx, { importId: made.id })
    await api.database.pool.query('alter table customers drop constraint half')
    const stopped = (await api.request().get(url(made.id)).set(headers).expect(200)).body
    expect(stopped).toMatchObject({ state: 'failed', rowsDone: 1000, resumable: true, undoable: true })
    expect(await byExternal('R-')).toHaveLength(1000)
    await api.request().post(url(made.id, '/runs')).set(headers).send({}).expect(202)
    await resumeImportsJob.perform(api.ctx, {})
    expect(api.ctx.rung.at(-1)).toMatchObject({ job: { name: 'run-import' }, payload: { importId: made.id } })
    await Promise.all([
      runImportJob.perform(api.ctx, { importId: made.id }),
      runImportJob.perform(api.ctx, { importId: made.id }),
    ])
    expect(await byExternal('R-')).toHaveLength(2500)
    expect((await api.request().get(url(made.id)).set(headers).expect(200)).body).toMatchObject({
      state: 'done',
      rowsDone: 2500,
      counts: { create: 2500 },
    })
  })

  test('a cancelled one writes nothing more, and goes on or is undone', async () => {
    const { headers } = await api.signedIn()
    const { id } = await checked(headers, lines('C', 5))
    await api.request().post(url(id, '/runs')).set(headers).send({}).expect(202)
    expect((await api.request().delete(url(id, '/runs')).set(headers).expect(200)).body.state).toBe('cancelled')
    await runImportJob.perform(api.ctx, { importId: id })
    expect(await byExternal('C-')).toHaveLength(0)
    await api.request().delete(url(id, '/runs')).set(headers).expect(409)
    expect(await ran(headers, id)).toMatchObject({ state: 'done' })
    expect(await byExternal('C-')).toHaveLength(5)
  })

  test('undoing removes what was made and nobody used, puts back what was changed field by field, and lists what somebody changed since', async () => {
    const { headers, user } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'U-0', name: 'Cero', city: 'Lima', phone: '022345670' })
    const { id } = await checked(
      headers,
      'Id externo,Nombre,Ciudad,Teléfono\nU-0,Cero bis,Cusco,022345679\nU-1,Uno,,\nU-2,Dos,,\nU-3,Tres,,',
    )
    await ran(headers, id)
    const [zero, , two, three] = await byExternal('U-')
    await aNote(api.database.db, { customerId: two?.id ?? '', authorId: user.id })
    await api
      .request()
      .patch(`/api/v1/customers/${zero?.id}`)
      .set(headers)
      .send({ city: 'Puno', version: zero?.version })
      .expect(200)
    await api.request().patch(`/api/v1/customers/${three?.id}`).set(headers).send({ city: 'Puno', version: 1 }).expect(200)
    expect((await api.request().post(url(id, '/undoings')).set(headers).expect(202)).body.state).toBe('undoing')
    await Promise.all([undoImportJob.perform(api.ctx, { importId: id }), undoImportJob.perform(api.ctx, { importId: id })])
    const record = (await api.request().get(url(id)).set(headers).expect(200)).body
    expect(record).toMatchObject({ state: 'undone', undone: { undone: 1, partly: 1, kept: 2 }, undoable: false })
    expect((await byExternal('U-')).map((row) => [row.externalId, row.name, row.city, row.phone])).toEqual([
      ['U-0', 'Cero', 'Puno', '022345670'],
      ['U-2', 'Dos', null, null],
      ['U-3', 'Tres', 'Puno', null],
    ])
    expect((await rowsOf(headers, id)).map((row) => row.undo)).toEqual([
      { state: 'partly', fields: ['city'], code: 'changed-meanwhile' },
      { state: 'undone', fields: [], code: null },
      { state: 'kept', fields: [], code: 'in-use' },
      { state: 'kept', fields: [], code: 'changed-meanwhile' },
    ])
    expect(await rowsOf(headers, id, '&undo=kept')).toHaveLength(2)
    await api.request().post(url(id, '/undoings')).set(headers).expect(409)
    // Made again, the key is free.
    expect(said((await checked(headers, 'Id externo,Nombre\nU-1,Uno')).rows)).toEqual(['create'])
  })

  test('who started it and may no longer import stops it; the rows of an import go with it', async () => {
    const author = await api.signedIn()
    const { id } = await checked(author.headers, lines('P', 3))
    await api.request().post(url(id, '/runs')).set(author.headers).send({}).expect(202)
    await api.database.pool.query('update users set active = false where id = $1', [author.user.id])
    await runImportJob.perform(api.ctx, { importId: id })
    expect(await byExternal('P-')).toHaveLength(0)
    const [row] = await api.database.db.select().from(imports).where(eq(imports.id, id))
    expect(row).toMatchObject({ state: 'failed', error: 'not-allowed' })
    await api.database.db.delete(imports).where(eq(imports.id, id))
    const [left] = await api.database.db
      .select({ rows: sql<number>`count(*)::int` })
      .from(importRows)
      .where(inArray(importRows.importId, [id]))
    expect(left?.rows).toBe(0)
  })
})
