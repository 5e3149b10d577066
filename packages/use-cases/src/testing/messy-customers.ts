import * as XLSX from 'xlsx'
import { chanceFrom } from '../demo/random.ts'

const first = ['Comercial', 'Distribuidora', 'Almacenes', 'Ferretería', 'Panadería', 'Taller', 'Óptica', 'Papelería']
const second = ['Ñandú', 'del Sur', 'Pérez & Hijos', 'San José', 'Güemes', 'La Unión', 'Águila', 'Ibáñez']
const cities = ['Quito', 'Bogotá', 'San José', 'Córdoba', 'Mérida', 'Ñuñoa']

/** What the rows of a messy workbook are made to become. */
interface MessyWorkbook {
  bytes: Buffer
  /** Rows that hold anything, below the headings. */
  rows: number
  create: number
  duplicate: number
  possibleDuplicate: number
  refused: number
}

/**
 * A workbook of customers as they come out of an old system: a title and empty rows, accents, trailing blanks, leading zeros, ids of twenty
 * figures, formulas with the value that they show, text that looks like a formula, repeated rows, look-alikes and wrong cells. The same every time.
 */
export function messyCustomers(count: number, seed = 7): MessyWorkbook {
  const chance = chanceFrom(seed)
  const headings = [
    'Id externo',
    'Razón social',
    'Clase',
    'Identificación',
    'Correo',
    'Teléfono',
    'Ciudad',
    'País',
    'Estado',
    'Límite de crédito',
    'Días de crédito',
    'Gravado',
    'Dirección',
  ]
  const sheet: XLSX.WorkSheet = { A1: { t: 's', v: 'Listado general de clientes' } }
  const put = (row: number, cells: readonly (string | number | XLSX.CellObject)[]) => {
    for (const [column, cell] of cells.entries()) {
      if (cell === '') continue
      sheet[XLSX.utils.encode_cell({ r: row, c: column })] =
        typeof cell === 'object' ? cell : { t: typeof cell === 'number' ? 'n' : 's', v: cell }
    }
  }
  put(2, headings)
  const made = { rows: 0, create: 0, duplicate: 0, possibleDuplicate: 0, refused: 0 }
  let row = 3
  let before: (string | number | XLSX.CellObject)[] | null = null
  for (let index = 0; index < count; index += 1) {
    if (index % 37 === 36) row += 1
    const name = `${chance.pick(first)} ${chance.pick(second)} ${index}`
    const kind = index % 50
    const cells: (string | number | XLSX.CellObject)[] = [
      // Leading zeros, as a text and as a number under a format of zeros; every tenth an id of twenty figures.
      index % 10 === 9
        ? `9${String(index).padStart(19, '0')}`
        : index % 3 === 0
          ? { t: 'n', v: index + 1, z: '00000000' }
          : String(index + 1).padStart(8, '0'),
      index % 4 === 0
        ? { t: 's', v: `${name}  `, f: `CONCATENATE("${chance.pick(cities)}",1)` }
        : index % 4 === 1
          ? `${name}   `
          : name,
      chance.pick(['Jurídica', 'persona natural', 'EMPRESA', '']),
      `0${String(90_000_000_000 + index)}`,
      index % 2 === 0 ? `cliente${index}@correo${index % 7}.test ` : '',
      `02${String(2_000_000 + index)}`,
      chance.pick(cities),
      chance.pick(['EC', 'Colombia', 'méxico', '']),
      chance.pick(['Activo', 'inactivo', 'SUSPENDIDO', '']),
      chance.pick([1500.5, '$ 2,300.00', '', 99]),
      chance.pick([30, '15 días', '']),
      chance.pick(['Sí', 'no', 'X', '']),
      index % 13 === 0
        ? '=HYPERLINK("x";"Calle 1")'
        : index % 17 === 0
          ? '+593 Calle @2'
          : `Calle ${index} "Norte", esq.\nPiso ${index % 9}`,
    ]
    if (kind === 20 && before) {
      put(row, before)
      made.duplicate += 1
    } else if (kind === 30) {
      cells[4] = 'no es un correo'
      put(row, cells)
      made.refused += 1
    } else if (kind === 40) {
      cells[7] = 'Nunca Jamás'
      put(row, cells)
      made.refused += 1
    } else if (kind === 45 && before) {
      // The same tax id under another id: may be the one above.
      cells[3] = before[3] ?? ''
      put(row, cells)
      made.possibleDuplicate += 1
    } else {
      put(row, cells)
      made.create += 1
      before = cells
    }
    made.rows += 1
    row += 1
  }
  sheet['!ref'] = XLSX.utils.encode_range({ s: { r: 0, c: 0 }, e: { r: row + 500, c: headings.length } })
  sheet['!merges'] = [{ s: { r: 0, c: 0 }, e: { r: 0, c: 4 } }]
  const book = XLSX.utils.book_new()
  XLSX.utils.book_append_sheet(book, sheet, 'Clientes')
  return { bytes: XLSX.write(book, { type: 'buffer', bookType: 'xlsx', compression: true }) as Buffer, ...made }
}
