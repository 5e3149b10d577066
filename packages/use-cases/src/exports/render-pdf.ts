import { renderInThread } from './pdf-thread.ts'

/** A column of a table: `fit` takes what its texts need, `rest` shares what is left, a number is points. */
export interface PdfColumn {
  title: string
  width?: 'fit' | 'rest' | number
  align?: 'left' | 'right' | 'center'
}

export type PdfBlock =
  | { kind: 'heading'; text: string }
  | { kind: 'text'; text: string; tone?: 'plain' | 'muted' | 'strong' | 'small' | 'letter' }
  /** Label and value, in as many columns as told (2 unless told). */
  | { kind: 'facts'; rows: readonly (readonly [label: string, value: string])[]; columns?: 1 | 2 | 3 }
  | {
      kind: 'table'
      columns: readonly PdfColumn[]
      rows: readonly (readonly string[])[]
      /** Rows at the end that stand out; they have as many cells as columns. */
      totals?: readonly (readonly string[])[]
      /** What stands there when there are no rows. */
      empty?: string
    }
  | { kind: 'page-break' }

/** A document for print. Everything in it is text: there is no way to name a file, an address or a picture by its place. */
export interface PdfDocument {
  title: string
  subtitle?: string
  language: 'es' | 'en'
  company: { name: string; taxId?: string | null; lines?: readonly string[] }
  /** PNG or JPEG. */
  logo?: Buffer | null
  /** What the foot of each page says, such as when it was made and by whom. */
  foot?: string
  madeAt: Date
  orientation?: 'portrait' | 'landscape'
  blocks: readonly PdfBlock[]
}

/** More rows than this in one document take longer than anyone waits; callers refuse or split before. */
export const mostPdfRows = 5000

const unbroken = 28

/** A text as a node: control characters say nothing on paper, and a word wider than its cell is broken rather than cut. */
function words(text: string): { text: string; wordBreak?: 'break-all' } {
  let said = ''
  let run = 0
  let longest = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const isBlank = code <= 32 || code === 0xa0
    if (code < 32 && code !== 10) {
      if (code === 9) said += ' '
    } else if (code !== 127) said += character
    run = isBlank ? 0 : run + 1
    if (run > longest) longest = run
  }
  return longest > unbroken ? { text: said, wordBreak: 'break-all' } : { text: said }
}

const tones = {
  plain: {},
  muted: { color: '#475569' },
  strong: { bold: true },
  small: { fontSize: 8, color: '#475569' },
  letter: { fontSize: 10.5, lineHeight: 1.25, margin: [0, 4, 0, 6] },
} as const

/** So many letters stand on one page even in a narrow column. */
const longestUnbrokenCell = 500
const lettersOfLine = 25
const fitsUnbroken = (text: string): boolean => text.length + lettersOfLine * (text.split('\n').length - 1) <= longestUnbrokenCell

function contentOf(block: PdfBlock): object {
  switch (block.kind) {
    case 'heading':
      return { ...words(block.text), fontSize: 11, bold: true, margin: [0, 10, 0, 4] }
    case 'text':
      return { margin: [0, 0, 0, 4], ...words(block.text), ...tones[block.tone ?? 'plain'] }
    case 'page-break':
      return { text: '', pageBreak: 'after' }
    case 'facts': {
      const columns = block.columns ?? 2
      const perColumn = Math.ceil(block.rows.length / columns)
      return {
        columns: Array.from({ length: columns }, (_, index) => ({
          stack: block.rows.slice(index * perColumn, (index + 1) * perColumn).map(([label, value]) => ({
            columns: [
              { ...words(label), width: 95, color: '#475569' },
              { ...words(value), width: '*' },
            ],
            columnGap: 6,
            margin: [0, 0, 0, 2],
          })),
        })),
        columnGap: 16,
        margin: [0, 2, 0, 6],
      }
    }
    case 'table': {
      const cellOf = (text: string, index: number, more: object = {}) => ({
        ...words(text),
        alignment: block.columns[index]?.align ?? 'left',
        ...more,
      })
      const row = (cells: readonly string[], more: object = {}) =>
        block.columns.map((_, index) => cellOf(cells[index] ?? '', index, more))
      const body = [
        block.columns.map((column, index) => cellOf(column.title, index, { bold: true, color: '#334155' })),
        ...block.rows.map((cells) => row(cells)),
        ...(block.rows.length === 0 && block.empty !== undefined
          ? [
              [
                { ...words(block.empty), colSpan: block.columns.length, color: '#475569', italics: true },
                ...block.columns.slice(1).map(() => ({ text: '' })),
              ],
            ]
          : []),
        ...(block.totals ?? []).map((cells) => row(cells, { bold: true, fillColor: '#f1f5f9' })),
      ]
      return {
        table: {
          headerRows: 1,
          // What is not broken and taller than a page would be lost.
          dontBreakRows: block.rows.every((cells) => cells.every(fitsUnbroken)),
          widths: block.columns.map((column) =>
            column.width === 'fit' || column.width === undefined ? 'auto' : column.width === 'rest' ? '*' : column.width,
          ),
          body,
        },
        layout: 'rows',
        fontSize: 8,
        margin: [0, 2, 0, 8],
      }
    }
  }
}

/** The picture as data: PNG and JPEG are what a PDF can hold. Anything else is left out. */
function pictureOf(logo: Buffer | null | undefined): string | null {
  if (!logo) return null
  if (logo.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47]))) return `data:image/png;base64,${logo.toString('base64')}`
  if (logo.subarray(0, 2).equals(Buffer.from([0xff, 0xd8]))) return `data:image/jpeg;base64,${logo.toString('base64')}`
  return null
}

/**
 * Makes a PDF with the company's head, page numbers and embedded fonts (Roboto: Latin letters with every accent, Greek and Cyrillic). The same document
 * gives the same bytes. It is laid out in a thread, so it blocks nobody; a document of more than `mostPdfRows` rows of tables is an error of the caller.
 */
export async function renderPdf(document: PdfDocument): Promise<Buffer> {
  const rows = document.blocks.reduce((sum, block) => sum + (block.kind === 'table' ? block.rows.length : 0), 0)
  if (rows > mostPdfRows) throw new Error(`a PDF of ${rows} rows is more than ${mostPdfRows}`)
  const picture = pictureOf(document.logo)
  const company = [document.company.taxId ?? '', ...(document.company.lines ?? [])].filter((line) => line !== '')
  const head = {
    columns: [
      ...(picture === null ? [] : [{ image: picture, fit: [120, 44], width: 'auto' }]),
      {
        width: '*',
        stack: [
          { ...words(document.company.name), fontSize: 12, bold: true },
          ...company.map((line) => ({ ...words(line), fontSize: 8, color: '#475569' })),
        ],
      },
      {
        width: '*',
        stack: [
          { ...words(document.title), fontSize: 14, bold: true, alignment: 'right' },
          ...(document.subtitle === undefined
            ? []
            : [{ ...words(document.subtitle), fontSize: 9, color: '#475569', alignment: 'right' }]),
        ],
      },
    ],
    columnGap: 14,
    margin: [0, 0, 0, 12],
  }
  return renderInThread(
    {
      info: {
        title: document.title,
        author: document.company.name,
        creator: 'Cartera',
        producer: 'Cartera',
        creationDate: document.madeAt,
        modDate: document.madeAt,
      },
      language: document.language,
      displayTitle: true,
      pageSize: 'A4',
      pageOrientation: document.orientation ?? 'portrait',
      pageMargins: [40, 48, 40, 44],
      defaultStyle: { font: 'Roboto', fontSize: 9, color: '#0f172a' },
      content: [head, ...document.blocks.map(contentOf)],
    },
    {
      company: document.company.name,
      title: document.title,
      foot: document.foot ?? '',
      page: document.language === 'es' ? 'Página {page} de {pages}' : 'Page {page} of {pages}',
    },
  )
}
