import { deflateRawSync } from 'node:zlib'
import { customers } from '@cartera/db/schema/customers'
import { importRows, imports, payments, receivables } from '@cartera/db/schema/receivables'
import { aCompany, aCustomer } from '@cartera/db/testing/builders'
import { readSpreadsheet, type SheetReading } from '@cartera/use-cases/imports/read-spreadsheet'
import { resumeImportsJob, runImportJob } from '@cartera/use-cases/imports/run-import'
import { count, eq, like } from 'drizzle-orm'
import { beforeAll, describe, expect, test } from 'vitest'
import { testApi } from '../testing/test-api.ts'

const api = testApi()
beforeAll(async () => void (await aCompany(api.database.db)))

type Headers = Record<string, string>
const upload = (headers: Headers, bytes: Buffer | string, name = 'cartera.csv') =>
  api.request().post('/api/v1/imports').set(headers).attach('file', Buffer.from(bytes), name)
const url = (id: string, rest = '') => `/api/v1/imports/${id}${rest}`
const heading = 'Id cliente;Factura;Fecha de emisión;Vencimiento;Importe;En disputa;Fecha de pago'

async function checked(headers: Headers, csv: string, options: object = {}, mapping: object = {}) {
  const made = (await upload(headers, csv).expect(201)).body
  await api
    .request()
    .put(url(made.id, '/mapping'))
    .set(headers)
    .send({ mapping: { ...made.mapping, ...mapping }, options })
    .expect(200)
  const answer = await api.request().post(url(made.id, '/checks')).set(headers).expect(200)
  const rows = await api.request().get(url(made.id, '/rows?limit=200')).set(headers).expect(200)
  return {
    id: made.id as string,
    record: answer.body,
    fates: rows.body.items.map((row: { fate: string }) => row.fate),
    errors: rows.body.items.map((row: { errors: { field: string; code: string }[] }) =>
      row.errors.map((error) => `${error.field} ${error.code}`).join(', '),
    ),
  }
}

/** A zip with these entries; `claimed` lies about the size of the first. */
function zip(entries: Record<string, Buffer | string>, claimed?: number): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [name, content] of Object.entries(entries)) {
    const raw = Buffer.from(content)
    const packed = deflateRawSync(raw)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(8, 8)
    head.writeUInt32LE(packed.length, 18)
    head.writeUInt32LE(claimed ?? raw.length, 22)
    head.writeUInt16LE(name.length, 26)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(20, 6)
    entry.writeUInt16LE(8, 10)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt32LE(claimed ?? raw.length, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(at, 42)
    locals.push(head, Buffer.from(name), packed)
    directory.push(entry, Buffer.from(name))
    at += 30 + name.length + packed.length
  }
  const central = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(entries).length, 8)
  end.writeUInt16LE(Object.keys(entries).length, 10)
  end.writeUInt32LE(central.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, central, end])
}

/** The least that is an xlsx, around the XML of one sheet. */
const xlsx = (sheet: string, styles = '') => ({
  '[Content_Types].xml':
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
  '_rels/.rels':
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
  'xl/workbook.xml':
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Hoja1" sheetId="1" r:id="rId1"/></sheets></workbook>',
  'xl/_rels/workbook.xml.rels':
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
  'xl/styles.xml': `<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="1"><numFmt numFmtId="164" formatCode="0000000000"/></numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs>${styles}</styleSheet>`,
  'xl/worksheets/sheet1.xml': `<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">${sheet}</worksheet>`,
})
const textCell = (at: string, value: string) => `<c r="${at}" t="inlineStr"><is><t>${value}</t></is></c>`

/** A file whole, as columns and rows. */
async function readWhole(bytes: Buffer, options: { timeoutMs?: number } = {}, reading: SheetReading = {}) {
  const rows: string[][] = []
  const { columns } = await readSpreadsheet(
    bytes,
    reading,
    (part) => {
      for (const [, cells] of part) rows.push(cells)
    },
    options,
  )
  return { columns, rows }
}

describe('reading a file', () => {
  test('what is no spreadsheet, is empty or has only headings is refused with its reason', async () => {
    const { headers } = await api.signedIn()
    const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')
    const random = Buffer.from(Array.from({ length: 5000 }, (_, n) => (n * 7919) % 256))
    const files: [string, Buffer | string, string][] = [
      ['a.png', png, 'file-not-a-spreadsheet'],
      ['a.xlsx', random, 'file-not-a-spreadsheet'],
      ['a.csv', '<!doctype html><html><body>a,b</body></html>', 'file-not-a-spreadsheet'],
      ['a.csv', '{"a":1,\n"b":2}', 'file-not-a-spreadsheet'],
      ['a.xlsx', zip({ 'word/document.xml': '<a/>' }), 'file-not-a-spreadsheet'],
      ['a.csv', '', 'file-empty'],
      ['a.csv', ' \n\n', 'file-empty'],
      ['a.csv', 'a,b\n', 'file-empty'],
    ]
    for (const [name, bytes, code] of files) {
      const answer = await upload(headers, bytes, name)
      expect([name, String(bytes).slice(0, 12), answer.body.code]).toEqual([name, String(bytes).slice(0, 12), code])
      expect(answer.body.errors[0].field).toBe('file')
    }
    await api.request().post('/api/v1/imports').set(headers).send({ file: 'x' }).expect(415)
    await upload(headers, Buffer.alloc(26 * 1_048_576, 'a')).expect(413)
    await upload((await api.signedIn({ permissions: [] })).headers, 'a,b\n1,2').expect(403)
  })

  test('a bomb by claimed or by hidden size, and a sheet of far coordinates, are refused in seconds', async () => {
    const claims = zip({ 'xl/workbook.xml': '<workbook/>' }, 0x7fffffff)
    await expect(readWhole(claims)).rejects.toMatchObject({ code: 'file-too-large' })
    const hidden = zip({ ...xlsx(''), 'xl/media/bomb.xml': Buffer.alloc(310 * 1_048_576) })
    await expect(readWhole(hidden)).rejects.toMatchObject({ code: 'file-too-large' })
    const far = `<dimension ref="A1:XFD1048576"/><sheetData><row r="1">${textCell('A1', 'a')}</row><row r="1048576">${textCell('XFD1048576', 'b')}</row></sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>`
    await expect(readWhole(zip(xlsx(far)), { timeoutMs: 8000 })).rejects.toMatchObject({
      code: expect.stringMatching(/^file-(too-large|parse-timeout)$/),
    })
    const claimedRange = `<dimension ref="A1:XFD1048576"/><sheetData><row r="1">${textCell('A1', 'a')}</row><row r="2">${textCell('A2', 'b')}</row></sheetData>`
    expect(await readWhole(zip(xlsx(claimedRange)))).toEqual({ columns: ['a'], rows: [['b']] })
  }, 90_000)

  test('a parser that hangs is killed', async () => {
    const rows = Array.from({ length: 60_000 }, (_, n) => `<row r="${n + 1}">${textCell(`A${n + 1}`, 'x')}</row>`).join('')
    await expect(readWhole(zip(xlsx(`<sheetData>${rows}</sheetData>`)), { timeoutMs: 60 })).rejects.toMatchObject({
      code: 'file-parse-timeout',
    })
  })

  test('cells stay as typed or shown: leading zeros, dates as days, decimals exact; any delimiter and encoding', async () => {
    const sheet = `<sheetData><row r="1">${textCell('A1', 'código')}${textCell('B1', 'fecha')}${textCell('C1', 'importe')}${textCell('D1', 'formato')}</row><row r="2">${textCell('A2', '0007')}<c r="B2" s="1"><v>46082</v></c><c r="C2"><v>55.940000000000005</v></c><c r="D2" s="2"><v>611365</v></c></row></sheetData>`
    expect(await readWhole(zip(xlsx(sheet)))).toEqual({
      columns: ['código', 'fecha', 'importe', 'formato'],
      rows: [['0007', '2026-03-01', '55.94', '0000611365']],
    })
    const expected = { columns: ['código', 'importe', 'importe (2)'], rows: [['0007', '1.234,56', 'a;b']] }
    expect(await readWhole(Buffer.from('\ufeffcódigo;importe;importe\r\n0007;1.234,56;"a;b"\r\n'))).toEqual(expected)
    expect(await readWhole(Buffer.from('código\timporte\timporte\n0007\t1.234,56\ta;b\n', 'latin1'))).toEqual(expected)
    expect(await readWhole(Buffer.from('\ufeffcódigo|importe|importe\n0007|1.234,56|a;b', 'utf16le'))).toEqual(expected)
    expect((await readWhole(Buffer.from('__proto__,constructor\n1,2\n'))).columns).toEqual(['__proto__', 'constructor'])
  })
})

describe('the mapping', () => {
  test('is guessed from Spanish headings, and a wrong one is refused at its place', async () => {
    const { headers } = await api.signedIn()
    const made = (await upload(headers, `${heading}\nX;1;01/02/2026;01/03/2026;5;no;`).expect(201)).body
    expect(made.mapping).toEqual({
      customerExternalId: { column: 'Id cliente' },
      number: { column: 'Factura' },
      issuedOn: { column: 'Fecha de emisión' },
      dueOn: { column: 'Vencimiento' },
      amount: { column: 'Importe' },
      disputed: { column: 'En disputa' },
      settledOn: { column: 'Fecha de pago' },
    })
    const put = (body: object) => api.request().put(url(made.id, '/mapping')).set(headers).send(body)
    const { dueOn: _, ...incomplete } = made.mapping
    expect((await put({ mapping: incomplete, options: {} }).expect(422)).body.code).toBe('columns-missing')
    const unknown = await put({ mapping: { ...made.mapping, dueOn: { column: 'Fin' } }, options: {} }).expect(422)
    expect(unknown.body).toMatchObject({ code: 'column-unknown', errors: [{ field: 'mapping.dueOn' }] })
    await put({ mapping: { ...made.mapping, customerEmail: { text: '{Nada}@x.test' } }, options: {} }).expect(422)
    await put({ mapping: made.mapping, options: { currency: 'XQX' } }).expect(422)
    await put({ mapping: { ...made.mapping, colour: { column: 'Factura' } }, options: {} }).expect(422)
    await put({ mapping: made.mapping, options: { asOf: '2026-02-30' } }).expect(400)
    await api.request().post(url(made.id, '/runs')).set(headers).send({}).expect(409)
    const wrongColumns = (await upload(headers, 'a,b\n1,2').expect(201)).body
    expect((await api.request().post(url(wrongColumns.id, '/checks')).set(headers).expect(422)).body.code).toBe('columns-missing')
  })
})

describe('the dry run and the run', () => {
  test('every row gets its fate and its reasons; nothing changes before the run', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'CHK' })
    const { id, record, fates, errors } = await checked(
      headers,
      [
        heading,
        'CHK;C-01;13/01/2026;13/02/2026;1.234,56;no;',
        'CHK;C-01;13/01/2026;13/02/2026;1.234,56;no;',
        'CHK;C-02;03/04/2025;05/04/2025;10;sí;',
        'nadie;C-03;13/01/2026;13/02/2026;1,00;no;',
        'CHK;C-04;29/02/2026;31/04/2026;1,00;no;',
        'CHK;C-05;13/01/2026;12/01/2026;1,00;tal vez;',
        'CHK;C-06;13/01/2026;13/02/2026;diez;no;',
        'CHK;C-07;13/01/2026;13/02/2026;1,00;no;',
        'CHK;C-07;13/01/2026;13/02/2026;2,00;no;',
        'CHK;C-08;03/03/2026;13/04/2026;1,00;no;',
        'CHK;;13/01/10000;13/02/2026;-1,00;no;',
        'CHK;C-09;13/01/2026;13/02/2026;1,00;sí;20/02/2026',
      ].join('\n'),
      { asOf: '2026-03-02', currency: 'USD' },
    )
    expect(fates).toEqual([
      'create',
      'duplicate',
      'create',
      'refused',
      'refused',
      'refused',
      'refused',
      'refused',
      'refused',
      'after-day',
      'refused',
      'create',
    ])
    expect(errors).toEqual([
      '',
      '',
      '',
      'customerExternalId customer-unknown',
      'issuedOn day-invalid, dueOn day-invalid',
      'disputed value-invalid, dueOn due-before-issue',
      'amount amount-invalid',
      'externalId duplicate-in-request',
      'externalId duplicate-in-request',
      '',
      'number value-missing, issuedOn day-invalid',
      '',
    ])
    expect(record.counts).toMatchObject({ create: 3, change: 0, unchanged: 0, duplicate: 1, refused: 7, 'after-day': 1 })
    const standing = () => api.database.db.select().from(receivables).where(like(receivables.externalId, 'C-0%'))
    expect(await standing()).toEqual([])

    const refusing = await api.request().post(url(id, '/runs')).set(headers).send({ refuseWhenErrors: true }).expect(409)
    expect(refusing.body.code).toBe('rows-refused')
    expect((await api.request().post(url(id, '/runs')).set(headers).send({}).expect(202)).body.state).toBe('running')
    expect(api.ctx.rung.at(-1)).toMatchObject({ job: { name: 'run-import' }, payload: { importId: id } })
    await runImportJob.perform(api.ctx, { importId: id })
    await runImportJob.perform(api.ctx, { importId: id })
    const after = await standing()
    expect(
      after.map((row) => [row.externalId, row.issuedOn, row.amountMinor, row.balanceMinor, row.disputedAt !== null]).sort(),
    ).toEqual([
      ['C-01', '2026-01-13', 123_456n, 123_456n, false],
      ['C-02', '2025-04-03', 1000n, 1000n, true],
      ['C-09', '2026-01-13', 100n, 0n, false],
    ])
    const [settled] = await api.database.db.select().from(payments).where(eq(payments.externalId, 'settled:C-09'))
    expect(settled).toMatchObject({ paidOn: '2026-02-20', amountMinor: 100n })
    const done = await api.request().get(url(id)).set(headers).expect(200)
    expect(done.body).toMatchObject({ state: 'done', rowsDone: 12, error: null })
    await api.request().post(url(id, '/runs')).set(headers).send({}).expect(409)

    const csv = await api.request().get(url(id, '/errors.csv')).set(headers).expect(200)
    expect(csv.headers['content-type']).toContain('text/csv')
    expect(csv.text.split('\r\n')[0]).toBe(`\ufeff${heading.replaceAll(';', ',')},Reason`)
    expect(csv.text).toContain('Id cliente: No customer has that external id.')
    const refused = await api.request().get(url(id, '/rows?fate=refused&limit=3')).set(headers).expect(200)
    expect(refused.body.items.map((row: { rowNumber: number }) => row.rowNumber)).toEqual([5, 6, 7])
    expect(refused.body.nextCursor).not.toBeNull()
  })

  test('03/04 that no row decides is refused with both readings, until an order is chosen', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'AMB' })
    const csv = `${heading}\nAMB;A-01;03/04/2013;05/06/2013;5.00;no;`
    const open = await checked(headers, csv, { dateOrder: 'auto' })
    expect(open.errors).toEqual(['issuedOn date-order-ambiguous, dueOn date-order-ambiguous'])
    const rows = await api.request().get(url(open.id, '/rows')).set(headers).expect(200)
    expect(rows.body.items[0].errors[0].params).toEqual({ value: '03/04/2013', first: '2013-04-03', second: '2013-03-04' })
    expect((await checked(headers, csv, { dateOrder: 'mdy' })).fates).toEqual(['create'])
  })

  test('1,234.56 and 1.234,56 are the same under their sign and refused under the other', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'DEC' })
    const csv = (amount: string) => `${heading}\nDEC;D-1;2026-01-13;2026-02-13;${amount};no;`
    const fate = async (amount: string, decimal: string) => (await checked(headers, csv(amount), { decimal })).errors[0]
    expect(await fate('1,234.56', '.')).toBe('')
    expect(await fate('1.234,56', ',')).toBe('')
    expect(await fate('1.234,56', '.')).toBe('amount amount-invalid')
    expect(await fate('1,234.56', ',')).toBe('amount amount-invalid')
    expect(await fate('1.234,56', 'auto')).toBe('')
    expect(await fate('$ 1.234,567', ',')).toBe('amount amount-too-precise')
  })

  test('unknown customers are created when asked, once each, with a code; notices are switched on; the next day brings only what is new', async () => {
    const { headers } = await api.signedIn()
    const csv = [
      'customerID,customerName,invoiceNumber,InvoiceDate,DueDate,InvoiceAmount,SettledDate',
      'NEW-1,Ana & Co,N-1,2026-01-13,2026-02-13,10.00,2026-03-05',
      'NEW-1,Ana & Co,N-2,2026-01-13,2026-02-13,20.00,2026-03-20',
      'NEW-2,,N-3,2026-03-04,2026-04-13,30.00,',
    ].join('\n')
    const options = { createCustomers: true, customerLanguage: 'en', activateNotices: true }
    const email = { customerEmail: { text: '{customerID}@example.test' } }
    const runAsOf = async (asOf: string) => {
      const { id, record } = await checked(headers, csv, { ...options, asOf }, email)
      await api.request().post(url(id, '/runs')).set(headers).send({ refuseWhenErrors: true }).expect(202)
      await runImportJob.perform(api.ctx, { importId: id })
      return record.counts
    }
    expect(await runAsOf('2026-03-02')).toMatchObject({ create: 2, 'after-day': 1 })
    const made = await api.database.db.select().from(customers).where(like(customers.externalId, 'NEW-%'))
    expect(made).toHaveLength(1)
    expect(made[0]).toMatchObject({
      name: 'Ana & Co',
      email: 'NEW-1@example.test',
      language: 'en',
      code: expect.stringMatching(/^C-\d{6}$/),
    })
    const on = await api.database.pool.query('select active from notice_settings where customer_id = $1', [made[0]?.id])
    expect(on.rows).toEqual([{ active: true }])
    expect(await runAsOf('2026-03-05')).toMatchObject({ create: 1, change: 1, unchanged: 1, 'after-day': 0 })
    expect(await runAsOf('2026-03-05')).toMatchObject({ create: 0, change: 0, unchanged: 3 })
    const reader = await api.signedIn({ permissions: ['import'] })
    const uploaded = (await upload(reader.headers, csv).expect(201)).body
    await api
      .request()
      .put(url(uploaded.id, '/mapping'))
      .set(reader.headers)
      .send({ mapping: uploaded.mapping, options: { createCustomers: true } })
      .expect(403)
  })

  test('a run that fails in the middle leaves nothing, and one whose worker ended is taken up again', async () => {
    const { headers } = await api.signedIn()
    await aCustomer(api.database.db, { externalId: 'HALF' })
    const lines = Array.from({ length: 1500 }, (_, n) => `HALF;H-${n};2026-01-13;2026-02-13;10.00;no;`)
    const { id } = await checked(headers, [heading, ...lines].join('\n'))
    await api.request().post(url(id, '/runs')).set(headers).send({}).expect(202)
    // The audit of the second thousand fails.
    await api.database.pool.query(`alter table audit_log add constraint half check (not changes @> '{"externalId": "H-1400"}')`)
    await runImportJob.perform(api.ctx, { importId: id })
    await api.database.pool.query('alter table audit_log drop constraint half')
    const [written] = await api.database.db.select({ n: count() }).from(receivables).where(like(receivables.externalId, 'H-%'))
    expect(written?.n).toBe(0)
    expect((await api.request().get(url(id)).set(headers).expect(200)).body).toMatchObject({
      state: 'failed',
      error: 'unexpected',
    })

    await api.database.db.update(imports).set({ state: 'running' }).where(eq(imports.id, id))
    await resumeImportsJob.perform(api.ctx, {})
    expect(api.ctx.rung.at(-1)).toMatchObject({ payload: { importId: id }, key: id })
    await Promise.all([runImportJob.perform(api.ctx, { importId: id }), runImportJob.perform(api.ctx, { importId: id })])
    const [all] = await api.database.db.select({ n: count() }).from(receivables).where(like(receivables.externalId, 'H-%'))
    expect(all?.n).toBe(1500)
  })

  test('imports are seen by those within whose scope their author stands; the rest do not exist', async () => {
    const author = await api.signedIn({ level: 4 })
    const made = (await upload(author.headers, 'a,b\n=1+1,2').expect(201)).body
    const other = await api.signedIn({ level: 4 })
    for (const rest of ['', '/rows', '/errors.csv']) await api.request().get(url(made.id, rest)).set(other.headers).expect(404)
    expect((await api.request().get('/api/v1/imports').set(other.headers).expect(200)).body.items).toEqual([])
    expect((await api.request().get('/api/v1/imports').set(author.headers).expect(200)).body.items).toHaveLength(1)
    await api
      .request()
      .get(url(made.id))
      .set((await api.signedIn({ level: 1 })).headers)
      .expect(200)
    await api
      .request()
      .get(url(made.id))
      .set((await api.signedIn({ permissions: [] })).headers)
      .expect(403)
    await api.database.db.update(importRows).set({ fate: 'refused' }).where(eq(importRows.importId, made.id))
    const csv = await api.request().get(url(made.id, '/errors.csv')).set(author.headers).expect(200)
    expect(csv.text).toContain("'=1+1,2,")
  })
})
