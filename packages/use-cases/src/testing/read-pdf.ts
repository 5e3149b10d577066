import { inflateSync } from 'node:zlib'

interface PdfObject {
  dictionary: string
  stream: Buffer | null
}

/** The objects of a PDF as pdfkit writes them: plain dictionaries, streams deflated. */
function objectsOf(pdf: Buffer): Map<number, PdfObject> {
  const objects = new Map<number, PdfObject>()
  const latin = pdf.toString('latin1')
  let at = 0
  for (;;) {
    const start = latin.indexOf(' 0 obj\n', at)
    if (start < 0) return objects
    const number = Number(latin.slice(latin.lastIndexOf('\n', start) + 1, start))
    const bodyStart = start + ' 0 obj\n'.length
    const streamStart = latin.indexOf('stream\n', bodyStart)
    const plainEnd = latin.indexOf('endobj', bodyStart)
    if (streamStart >= 0 && streamStart < plainEnd) {
      const dictionary = latin.slice(bodyStart, streamStart)
      const length = Number(/\/Length (\d+)/.exec(dictionary)?.[1])
      const raw = pdf.subarray(streamStart + 'stream\n'.length, streamStart + 'stream\n'.length + length)
      objects.set(number, {
        dictionary,
        stream: dictionary.includes('/FlateDecode') && !dictionary.includes('/Image') ? inflateSync(raw) : raw,
      })
      at = streamStart + length
    } else {
      objects.set(number, { dictionary: latin.slice(bodyStart, plainEnd), stream: null })
      at = plainEnd
    }
  }
}

const textOfHex = (hex: string) => {
  let text = ''
  for (let at = 0; at < hex.length; at += 4) text += String.fromCharCode(Number.parseInt(hex.slice(at, at + 4), 16))
  return text
}

/** Glyph -> text, from a font's ToUnicode map. */
function glyphsOf(map: string): Map<string, string> {
  const glyphs = new Map<string, string>()
  for (const range of map.matchAll(/<([0-9a-f]{4})> <([0-9a-f]{4})> \[([^\]]*)\]/g)) {
    let glyph = Number.parseInt(range[1] ?? '', 16)
    // A ligature stands for several letters, with blanks between their codes.
    for (const hex of (range[3] ?? '').matchAll(/<([0-9a-f ]*)>/g)) {
      glyphs.set(glyph.toString(16).padStart(4, '0'), textOfHex((hex[1] ?? '').replaceAll(' ', '')))
      glyph += 1
    }
  }
  return glyphs
}

/** What a person reads in a PDF of ours, page by page, one line per line of text. For tests: it reads what pdfkit writes and nothing else. */
export function readPdfPages(pdf: Buffer): string[] {
  const objects = objectsOf(pdf)
  const pages = [...objects.values()].filter((each) => each.dictionary.includes('/Type /Page\n'))
  return pages.map((page) => {
    const reference = (of: PdfObject | undefined, name: string) =>
      objects.get(Number(new RegExp(`/${name} (\\d+) 0 R`).exec(of?.dictionary ?? '')?.[1]))
    const resources = reference(page, 'Resources') ?? page
    const fonts = new Map(
      [...resources.dictionary.matchAll(/\/(F\d+) (\d+) 0 R/g)].map((font) => [
        font[1] ?? '',
        glyphsOf(reference(objects.get(Number(font[2])), 'ToUnicode')?.stream?.toString('latin1') ?? ''),
      ]),
    )
    const content = reference(page, 'Contents')?.stream?.toString('latin1') ?? ''
    const lines: string[] = []
    let glyphs = new Map<string, string>()
    for (const line of content.split('\n')) {
      const font = /^\/(F\d+) /.exec(line)?.[1]
      if (font !== undefined) glyphs = fonts.get(font) ?? new Map()
      if (!line.endsWith('] TJ')) continue
      let text = ''
      for (const piece of line.matchAll(/<([0-9a-f]*)>/g))
        for (let at = 0; at < (piece[1] ?? '').length; at += 4) text += glyphs.get((piece[1] ?? '').slice(at, at + 4)) ?? '\ufffd'
      // A line is written word by word, each with the blank after it.
      if (lines.at(-1)?.endsWith(' ')) lines.push(`${lines.pop()}${text}`)
      else lines.push(text)
    }
    return lines.join('\n')
  })
}
