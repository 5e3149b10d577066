import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Worker } from 'node:worker_threads'

/**
 * The thread's program. It is text and not a file because the apps are bundled into one file each, and CommonJS because pdfmake is. What it is sent
 * is a document definition of plain data; it adds the page frame, the fonts and the refusal of every address and file.
 */
const program = `
const { parentPort, workerData } = require('node:worker_threads')
const { readFileSync } = require('node:fs')
const pdfmake = require(workerData.pdfmake)
pdfmake.setUrlAccessPolicy(() => false)
pdfmake.setLocalAccessPolicy(() => false)
const fonts = {}
for (const [style, file] of Object.entries(workerData.fonts)) {
  pdfmake.virtualfs.writeFileSync('fonts/' + style + '.ttf', readFileSync(file))
  fonts[style] = 'fonts/' + style + '.ttf'
}
pdfmake.setFonts({ Roboto: fonts })
pdfmake.setTableLayouts({
  rows: {
    hLineWidth: (line, node) => (line === node.table.headerRows ? 0.8 : line === 0 ? 0 : 0.3),
    hLineColor: (line, node) => (line === node.table.headerRows ? '#475569' : '#cbd5e1'),
    vLineWidth: () => 0,
    paddingLeft: (column) => (column === 0 ? 2 : 5),
    paddingRight: () => 2,
    paddingTop: () => 3,
    paddingBottom: () => 3,
  },
})
const line = (page) => ({ canvas: [{ type: 'line', x1: 0, y1: 0, x2: page.width - 80, y2: 0, lineWidth: 0.5, lineColor: '#cbd5e1' }] })
parentPort.on('message', async ({ id, definition, frame }) => {
  try {
    const buffer = await pdfmake
      .createPdf({
        ...definition,
        header: (current, count, page) =>
          current === 1
            ? undefined
            : { margin: [40, 22, 40, 0], fontSize: 8, color: '#475569', stack: [
                { columns: [{ text: frame.company, width: 'auto' }, { text: frame.title, alignment: 'right' }], columnGap: 12 },
                { ...line(page), margin: [0, 4, 0, 0] } ] },
        footer: (current, count, page) => ({ margin: [40, 10, 40, 0], fontSize: 8, color: '#475569', stack: [
          { ...line(page), margin: [0, 0, 0, 4] },
          { columns: [{ text: frame.foot }, { text: frame.page.replace('{page}', current).replace('{pages}', count), alignment: 'right', width: 'auto' }], columnGap: 12 } ] }),
      })
      .getBuffer()
    parentPort.postMessage({ id, buffer })
  } catch (error) {
    parentPort.postMessage({ id, error: String((error && error.stack) || error) })
  }
})
`

/** What stands around the pages; {page} and {pages} are filled by the thread. */
export interface PdfFrame {
  company: string
  title: string
  foot: string
  page: string
}

interface Waiting {
  resolve(pdf: Buffer): void
  reject(error: Error): void
}

/** Longer than the longest document that a caller may ask for takes on a busy machine. */
const mostSeconds = 120
const waiting = new Map<number, Waiting>()
let thread: Worker | undefined
let lastId = 0

function startThread(): Worker {
  // Resolved from the running file: in a bundle that is the app's, which lists pdfmake for this.
  const require = createRequire(import.meta.url)
  const fonts = join(dirname(require.resolve('pdfmake/package.json')), 'fonts', 'Roboto')
  const made = new Worker(program, {
    eval: true,
    workerData: {
      pdfmake: require.resolve('pdfmake'),
      fonts: {
        normal: join(fonts, 'Roboto-Regular.ttf'),
        bold: join(fonts, 'Roboto-Medium.ttf'),
        italics: join(fonts, 'Roboto-Italic.ttf'),
        bolditalics: join(fonts, 'Roboto-MediumItalic.ttf'),
      },
    },
    // The options of the process (loaders of a test run) mean nothing to this program.
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 384 },
  })
  const end = (error: Error) => {
    if (thread !== made) return
    thread = undefined
    for (const one of waiting.values()) one.reject(error)
    waiting.clear()
  }
  made.on('error', end)
  made.on('exit', () => end(new Error('the thread that makes PDF files ended')))
  made.on('message', ({ id, buffer, error }: { id: number; buffer?: Uint8Array; error?: string }) => {
    const one = waiting.get(id)
    waiting.delete(id)
    // An idle thread holds no process open.
    if (waiting.size === 0) made.unref()
    if (buffer) one?.resolve(Buffer.from(buffer))
    else one?.reject(new Error(`the PDF could not be made: ${error}`))
  })
  return made
}

/** Lays a document out in a thread of its own, since it takes seconds of computing for hundreds of rows, during which nothing else would be served. */
export function renderInThread(definition: object, frame: PdfFrame): Promise<Buffer> {
  thread ??= startThread()
  const used = thread
  lastId += 1
  const id = lastId
  return new Promise<Buffer>((resolve, reject) => {
    const timer = setTimeout(() => void used.terminate(), mostSeconds * 1000)
    const settle =
      <T>(done: (value: T) => void) =>
      (value: T) => {
        clearTimeout(timer)
        done(value)
      }
    waiting.set(id, { resolve: settle(resolve), reject: settle(reject) })
    used.ref()
    used.postMessage({ id, definition, frame })
  })
}
