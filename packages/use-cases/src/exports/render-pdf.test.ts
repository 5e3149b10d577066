import { expect, test } from 'vitest'
import { readPdfPages } from '../testing/read-pdf.ts'
import { mostPdfRows, type PdfDocument, renderPdf } from './render-pdf.ts'

const document: PdfDocument = {
  title: 'Estado de cuenta',
  subtitle: 'Al 2 mar 2026',
  language: 'es',
  company: { name: 'Señales & Cía. Ñandú', taxId: 'NIT 900.123.456-7', lines: ['Calle 10 # 5-51, Bogotá'] },
  foot: 'Hecho el 2 mar 2026',
  madeAt: new Date('2026-03-02T15:00:00Z'),
  blocks: [
    { kind: 'heading', text: 'Movimientos' },
    {
      kind: 'facts',
      rows: [
        ['Cliente', 'Almacén Güemes'],
        ['Código', 'C-1'],
      ],
    },
    {
      kind: 'table',
      columns: [
        { title: 'Número', width: 'rest' },
        { title: 'Importe', align: 'right' },
      ],
      rows: Array.from({ length: 120 }, (_, index) => [`FAC-${index}`, `${index}.00`]),
      totals: [['Total', '7,140.00']],
    },
    { kind: 'table', columns: [{ title: 'Nada' }], rows: [], empty: 'Sin partidas' },
  ],
}

test('every page has the number, the first the company, the others its name; Spanish letters, every row and the totals are read back', async () => {
  const pages = readPdfPages(await renderPdf(document))
  expect(pages.length).toBeGreaterThan(2)
  for (const [index, page] of pages.entries()) {
    expect(page).toContain(`Página ${index + 1} de ${pages.length}`)
    expect(page).toContain('Señales & Cía. Ñandú')
    expect(page).toContain('Hecho el 2 mar 2026')
  }
  const all = pages.join('\n')
  for (const text of [
    'NIT 900.123.456-7',
    'Calle 10 # 5-51, Bogotá',
    'Almacén Güemes',
    'Al 2 mar 2026',
    '7,140.00',
    'Sin partidas',
  ])
    expect(all).toContain(text)
  for (let index = 0; index < 120; index += 1) expect(all).toMatch(new RegExp(`FAC-${index}\\n`))
})

test('the same document gives the same bytes', async () => {
  const [first, second] = await Promise.all([renderPdf(document), renderPdf(document)])
  expect(first.equals(second)).toBe(true)
})

test('text that looks like a picture, a link or a file stays text; control characters and endless words do no harm', async () => {
  const odd = ['image:/etc/passwd', 'http://127.0.0.1:1/x.png', '{"image":"/etc/hostname"}', 'a\u0001b\u0000c', 'x'.repeat(400)]
  const pdf = await renderPdf({
    ...document,
    title: 'http://127.0.0.1:1/title',
    blocks: [
      ...odd.map((text) => ({ kind: 'text' as const, text })),
      { kind: 'table', columns: [{ title: 'A' }, { title: 'B' }], rows: [odd] },
    ],
  })
  // Long text wraps where it may: the lines are joined again.
  const text = readPdfPages(pdf).join('').replaceAll('\n', '')
  expect(text).toContain('image:/etc/passwd')
  expect(text).toContain('abc')
  expect(pdf.toString('latin1')).not.toContain('/Subtype /Image')
  expect(pdf.toString('latin1')).not.toContain('/URI')
  expect(text).toContain('x'.repeat(400))
})

test('a row that is taller than a page goes on over pages, and nothing of it is lost', async () => {
  const reasons = ['uno', 'dos', 'tres'].map((end) => `${'No contestó, llamar otra vez. '.repeat(33)}FIN${end}`).join('\n')
  const lines = `${'a\n'.repeat(200)}FINlíneas`
  for (const [cell, ends] of [
    [reasons, ['FINuno', 'FINdos', 'FINtres']],
    [lines, ['FINlíneas']],
  ] as const) {
    const columns = [
      { title: 'Cliente', width: 'rest' as const },
      { title: 'Motivos', width: 160 },
    ]
    const pdf = await renderPdf({
      ...document,
      orientation: 'landscape',
      blocks: [
        {
          kind: 'table',
          columns,
          rows: [
            ['Andina', cell],
            ['Sur', 'breve'],
          ],
        },
      ],
    })
    const text = readPdfPages(pdf).join('\n')
    for (const end of [...ends, 'Andina', 'Sur', 'breve']) expect(text).toContain(end)
  }
})

test('more rows than fit a document are refused rather than laid out for minutes', async () => {
  const rows = Array.from({ length: mostPdfRows + 1 }, () => ['x'])
  await expect(renderPdf({ ...document, blocks: [{ kind: 'table', columns: [{ title: 'A' }], rows }] })).rejects.toThrow('rows')
})

test('a PNG logo is embedded; anything else is left out', async () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
    'base64',
  )
  expect((await renderPdf({ ...document, blocks: [], logo: png })).toString('latin1')).toContain('/Subtype /Image')
  expect((await renderPdf({ ...document, blocks: [], logo: Buffer.from('<svg/>') })).toString('latin1')).not.toContain(
    '/Subtype /Image',
  )
})
