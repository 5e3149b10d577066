import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayFileName, fileEnding, fileKindOf, renamedFile } from './file-kind.ts'

const found = (mediaType: string | null, isText = false) => ({ mediaType, isText })

describe('what a file is, by name and content together', () => {
  test.each([
    ['foto.JPG', found('image/jpeg'), 'image', 'image/jpeg'],
    ['contrato.pdf', found('application/pdf'), 'pdf', 'application/pdf'],
    ['correo.msg', found('application/x-cfb'), 'mail', 'application/vnd.ms-outlook'],
    ['correo.eml', found(null, true), 'mail', 'message/rfc822'],
    ['saldos.csv', found(null, true), 'spreadsheet', 'text/csv'],
    ['libro.xlsx', found('application/zip'), 'spreadsheet', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['sin ending', found('image/png'), 'image', 'image/png'],
    ['plano.dwg', found(null), 'other', 'application/octet-stream'],
  ] as const)('%s is kept as what it is', (name, content, kind, mediaType) => {
    expect(fileKindOf(name, content)).toEqual({ kind, mediaType })
  })

  test.each([
    ['foto.jpg', found(null, true)],
    ['foto.jpg', found('image/png')],
    ['contrato.pdf', found(null)],
    ['saldos.csv', found('application/zip')],
    ['nota.txt', found(null, false)],
    ['correo.eml', found('image/png')],
  ])('%s with another content is refused', (name, content) => {
    expect(fileKindOf(name, content)).toEqual({ refusal: 'file-not-what-it-says' })
  })

  test.each([
    ['factura.pdf', found('application/x-msdownload')],
    ['factura.pdf.exe', found('application/x-msdownload')],
    ['foto.scr', found('image/png')],
    ['abrir.js', found(null, true)],
    ['sin ending', found('application/x-elf')],
    ['libro.zip', found('application/java-archive')],
  ])('%s is a program, whatever else it says', (name, content) => {
    expect(fileKindOf(name, content)).toEqual({ refusal: 'file-is-program' })
  })

  test('what a browser could run is never served as a page', () => {
    for (const name of ['pagina.html', 'dibujo.svg', 'datos.xml'])
      expect(fileKindOf(name, found(null, true))).toEqual({ kind: 'other', mediaType: 'application/octet-stream' })
  })
})

describe('the name that is shown', () => {
  test.each([
    ['C:\\Users\\ana\\Contrato firmado.pdf', 'Contrato firmado.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['factura\u202Efdp.exe', 'facturafdp.exe'],
    ['  uno\n dos\u0000.txt ', 'uno dos.txt'],
    ['<b>"x"|?*.pdf', 'bx.pdf'],
    ['año ñandú 2026.pdf', 'año ñandú 2026.pdf'],
    ['.gitignore', 'gitignore'],
    ['acta. ', 'acta'],
  ])('%j is shown as %j', (told, shown) => {
    expect(displayFileName(told)).toBe(shown)
  })

  test.each(['', ' ', '...', '/', '\u200B\u202E', '???'])('of %j nothing is left', (told) => {
    expect(displayFileName(told)).toBeNull()
  })

  test('a long name is cut before its ending', () => {
    const name = displayFileName(`${'á'.repeat(400)}.pdf`)
    expect([name?.length, fileEnding(name ?? '')]).toEqual([180, 'pdf'])
  })

  test('whatever was told, it is one line without controls or marks, names no folder and is clean a second time too', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (told) => {
        const name = displayFileName(told)
        if (name === null) return
        expect(name).not.toMatch(/[\p{C}\\/<>:"|?*]/u)
        expect(name).not.toMatch(/^[ .]|[ ]$/)
        expect([...name].length).toBeLessThanOrEqual(180)
        expect(displayFileName(name)).toBe(name)
      }),
    )
  })

  test('a new name keeps the ending that was checked', () => {
    expect(renamedFile('a.pdf', 'Contrato')).toBe('Contrato.pdf')
    expect(renamedFile('a.pdf', 'Contrato.PDF')).toBe('Contrato.PDF')
    expect(renamedFile('a.pdf', 'Contrato.exe')).toBe('Contrato.exe.pdf')
    expect(renamedFile('sin', 'con.exe')).toBe('con.exe')
    expect(renamedFile('a.pdf', ' \u202E ')).toBeNull()
  })
})
