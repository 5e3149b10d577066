import { expect, it } from 'vitest'
import { read, utils } from 'xlsx'
import { type WorkbookCell, type WorkbookColumn, workbookStream, writeWorkbook } from './write-workbook.ts'

const timeZone = 'America/Guatemala'
const sheetOf = async (columns: WorkbookColumn[], rows: WorkbookCell[][]) => {
  const file = read(await writeWorkbook([{ name: 'Hoja', columns, rows }], { timeZone }), { cellDates: true, cellNF: true })
  const sheet = file.Sheets.Hoja
  if (!sheet) throw new Error('no sheet')
  return sheet
}

it('keeps text as text: formula starts, long ids, leading zeros, markup, controls and what looks like an escape', async () => {
  const texts = [
    '=1+1',
    '+503 7777-0000',
    '-2',
    '@SUM(A1)',
    '=HYPERLINK("http://evil.example","x")',
    '00012',
    '123456789012345678901234567890',
    '1e5',
    '2026-01-02',
    'TRUE',
    '<b>&amp;"\'</b>',
    '  blanks  ',
    'a\tb\nc',
    'a\u000bb',
    '_x0041_',
    'ñandú 😀 \u202e',
  ]
  const sheet = await sheetOf(
    [{ header: '=Encabezado', type: 'text' }],
    texts.map((text) => [text]),
  )
  expect(sheet.A1).toMatchObject({ t: 's', v: '=Encabezado' })
  texts.forEach((text, index) => {
    const cell = sheet[`A${index + 2}`]
    expect({ t: cell.t, v: cell.v, f: cell.f, z: cell.z }).toEqual({ t: 's', v: text, f: undefined, z: '@' })
  })
})

it("writes amounts as numbers with their currency's decimals, and as exact text where a number would lose digits", async () => {
  const money = (amount: string, currency: string): WorkbookCell[] => [{ amount, currency }]
  const sheet = await sheetOf(
    [{ header: 'Saldo', type: 'money' }],
    [
      money('1250.50', 'GTQ'),
      money('-3', 'CLP'),
      money('0.001', 'KWD'),
      money('1.2345', 'CLF'),
      money('99999999999999.99', 'USD'),
      money('0.00', 'USD'),
    ],
  )
  expect(sheet.A2).toMatchObject({ t: 'n', v: 1250.5, z: '#,##0.00' })
  expect(sheet.A3).toMatchObject({ t: 'n', v: -3, z: '#,##0' })
  expect(sheet.A4).toMatchObject({ t: 'n', v: 0.001, z: '#,##0.000' })
  expect(sheet.A5).toMatchObject({ t: 'n', v: 1.2345, z: '#,##0.0000' })
  expect(sheet.A6).toMatchObject({ t: 's', v: '99999999999999.99' })
  expect(sheet.A7).toMatchObject({ t: 'n', v: 0, z: '#,##0.00' })
})

it("writes days as dates and instants as the company's wall clock", async () => {
  const file = read(
    await writeWorkbook(
      [
        {
          name: 'Hoja',
          columns: [
            { header: 'Día', type: 'day' },
            { header: 'Hora', type: 'instant' },
            { header: 'Cuántos', type: 'integer' },
          ],
          rows: [
            ['2026-02-28', '2026-03-01T03:30:00.000Z', 7],
            ['1900-01-15', new Date('2026-03-01T18:00:00Z'), null],
            ['9998-12-31', null, -1],
          ],
        },
      ],
      { timeZone },
    ),
  )
  const sheet = file.Sheets.Hoja
  // Raw serials: 46081 is 2026-02-28 in Excel.
  expect(sheet?.A2).toMatchObject({ t: 'n', v: 46081 })
  expect(sheet?.B2).toMatchObject({ t: 'n', v: 46081 + 21.5 / 24 })
  expect(sheet?.B3.v).toBeCloseTo(46082.5, 9)
  expect(sheet?.C2).toMatchObject({ t: 'n', v: 7 })
  expect(sheet?.A3).toMatchObject({ t: 's', v: '1900-01-15' })
  expect(sheet?.C3).toBeUndefined()
  expect(sheet?.A4.t).toBe('n')
})

it('makes several sheets with names that Excel takes, header rows frozen and widths set', async () => {
  const columns: WorkbookColumn[] = [{ header: 'Nombre', type: 'text', width: 40 }]
  const bytes = await writeWorkbook(
    [
      { name: 'Retenidos [1/2]: *?', columns, rows: [['a']] },
      { name: 'retenidos  1 2', columns, rows: [] },
      { name: 'x'.repeat(50), columns, rows: [] },
      { name: 'X'.repeat(50), columns, rows: [] },
      { name: '&<', columns, rows: [] },
    ],
    { timeZone },
  )
  const file = read(bytes, { cellStyles: true, bookFiles: true }) as ReturnType<typeof read> & {
    files: Record<string, { content: Uint8Array }>
  }
  expect(file.SheetNames).toHaveLength(5)
  expect(new Set(file.SheetNames.map((name) => name.toLowerCase())).size).toBe(5)
  for (const name of file.SheetNames) expect(name.length).toBeLessThanOrEqual(31)
  expect(file.SheetNames[4]).toBe('&<')
  const xml = Buffer.from(file.files['xl/worksheets/sheet1.xml']?.content ?? []).toString()
  expect(xml).toContain('state="frozen"')
  expect(xml).toContain('<col min="1" max="1" width="40"')
})

it('writes 20,000 rows, pulls them only as they are read, and stops pulling when the reader goes away', async () => {
  let pulled = 0
  async function* rows(): AsyncGenerator<WorkbookCell[]> {
    for (; pulled < 20_000; ) {
      pulled++
      yield [`CLI-${pulled}`, { amount: `${pulled}.25`, currency: 'USD' }, '2026-01-31']
    }
  }
  const columns: WorkbookColumn[] = [
    { header: 'Cliente', type: 'text' },
    { header: 'Saldo', type: 'money' },
    { header: 'Vence', type: 'day' },
  ]
  const chunks: Buffer[] = []
  const stream = workbookStream([{ name: 'Cola', columns, rows: rows() }], { timeZone })
  let early = -1
  for await (const chunk of stream) {
    if (early === -1) early = pulled
    chunks.push(chunk as Buffer)
  }
  expect(early).toBeLessThan(5_000)
  const read20k = utils.sheet_to_json<Record<string, unknown>>(read(Buffer.concat(chunks)).Sheets.Cola ?? {})
  expect(read20k).toHaveLength(20_000)
  expect(read20k.at(-1)).toEqual({ Cliente: 'CLI-20000', Saldo: 20000.25, Vence: 46053 })

  pulled = 0
  const left = workbookStream([{ name: 'Cola', columns, rows: rows() }], { timeZone })
  for await (const _ of left) break
  expect(pulled).toBeLessThan(20_000)
})

it('passes on the failure of a row source instead of a cut file', async () => {
  // biome-ignore lint/correctness/useYield: it fails before its first row
  async function* rows(): AsyncGenerator<WorkbookCell[]> {
    throw new Error('database gone')
  }
  await expect(
    writeWorkbook([{ name: 'Cola', columns: [{ header: 'a', type: 'text' }], rows: rows() }], { timeZone }),
  ).rejects.toThrow('database gone')
})
