import { type NoticeContent, oneLine, paymentMark, tableMark } from './notice-content.ts'
import type { NoticeTable } from './notice-lines.ts'
import { noticeWords } from './notice-words.ts'

/** What plain text lines up to: the width that mail programs show without breaking. */
const widest = 76

/** The plain text part: good to read by itself, also where columns are not lined up. */
export function plainTextOfNotice(content: NoticeContent, paragraphs: readonly string[], lines: NoticeTable): string {
  const table = tableOf(lines)
  const said = paragraphs
    .map((paragraph) =>
      paragraph
        .replaceAll(tableMark, () => `\n\n${table}\n\n`)
        .replaceAll(paymentMark, () => content.payment.url ?? '')
        .trim(),
    )
    .join('\n\n')
  const footer = noticeWords[content.language].automatic.replace('{company}', () => oneLine(content.company.name))
  return `${said}\n\n-- \n${footer}\n`
}

function tableOf(table: NoticeTable): string {
  const { sections, sums } = table
  const lines = sections.flatMap(({ head, rows }) => [head, ...rows])
  const columns = sections[0]?.head.length ?? 0
  const widths = Array.from({ length: columns }, (_, column) => Math.max(0, ...lines.map((line) => (line[column] ?? '').length)))
  const width = widths.reduce((sum, each) => sum + each + 2, -2)
  if (width > widest) return listOf(table)
  // The last two columns are figures: they line up at their right.
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (column >= 3 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  const rule = '-'.repeat(width)
  return [
    ...sections.flatMap(({ title, head, rows }) => [
      ...(title === null ? [] : [title.toUpperCase(), '']),
      lineOf(head),
      rule,
      ...rows.map(lineOf),
      rule,
      ...(title === null ? [] : ['']),
    ]),
    ...sums.map(({ label, amount }) => `${label}  ${amount}`.padStart(width)),
  ].join('\n')
}

/** Long numbers or amounts: one receivable after the other instead of columns that break. */
function listOf({ sections, sums }: NoticeTable): string {
  const blocks = sections.map(({ title, head, rows }) => {
    const said = rows.map(
      ([number = '', , due = '', days = '', balance = '']) =>
        `* ${number}\n  ${head[2]}: ${due} · ${head[3]}: ${days}\n  ${head[4]}: ${balance}`,
    )
    return [...(title === null ? [] : [title.toUpperCase()]), ...said].join('\n')
  })
  return [...blocks, sums.map(({ label, amount }) => `${label}: ${amount}`).join('\n')].join('\n\n')
}
