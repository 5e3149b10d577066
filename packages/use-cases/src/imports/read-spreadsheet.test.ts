import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { readSpreadsheet, type SheetRow } from './read-spreadsheet.ts'

const fixture = (name: string) => readFile(new URL(`./fixtures/${name}`, import.meta.url))

describe.each(['xlsx', 'ods', 'xls'] as const)('a workbook of other programs (%s)', (format) => {
  test('locked with a password is refused with that reason', async () => {
    // ods and xls locked by LibreOffice 7.4, xlsx by officecrypto-tool the way Excel does it.
    await expect(readSpreadsheet(await fixture(`locked.${format}`), {}, () => undefined)).rejects.toMatchObject({
      code: 'file-encrypted',
      field: 'file',
    })
  })

  test('that was an export of ours, opened in LibreOffice 7.4 and saved again, says what it said', async () => {
    const rows: SheetRow[] = []
    const found = await readSpreadsheet(await fixture(`saved-by-libreoffice.${format}`), {}, (some) => void rows.push(...some))
    expect(found).toMatchObject({ format, sheet: 'Hoja', columns: ['Texto', 'Número', 'Saldo', 'Día', 'Momento'] })
    const texts = [
      '=1+1',
      '+503 7777-0000',
      '-2',
      '@SUM(A1)',
      '00012',
      '123456789012345678901234567890',
      '1e5',
      '2026-01-02',
      'TRUE',
      `<b>&amp;"'</b>`,
      '  blanks  ',
      'ñandú 😀',
    ]
    expect(rows.map(([, [text]]) => text)).toEqual(texts)
    expect(rows.map(([, [, number, balance]]) => [Number(number), Number(balance)])).toEqual(
      texts.map((_, index) => [index * 1000, Number(`${index * 1000}.5${index % 10}`)]),
    )
    expect(rows[1]?.[1].slice(3)).toEqual(['2026-02-11', '2026-03-02'])
  })
})
