import { logoHead, nameHead, noticeFrame, payButton } from './layout/notice-frame.ts'
import { type NoticeContent, oneLine, paymentMark, tableMark } from './notice-content.ts'
import type { NoticeTable } from './notice-lines.ts'
import { noticeWords } from './notice-words.ts'

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;', '[': '&#91;' }
/** Text as HTML; the bracket too, so that no value can look like a slot of the frame. */
const escapeHtml = (value: string) => value.replace(/[&<>"'[]/g, (sign) => escapes[sign] ?? sign)

type Slot = 'language' | 'title' | 'preheader' | 'head' | 'company' | 'logoSource' | 'logoWidth' | 'content' | 'footer'
const slots = (frame: string) => frame.split(/\[\[(\w+)\]\]/)
// Cut up once: text, slot, text, slot, ...
const frameWithLogo = slots(noticeFrame.replace('[[head]]', () => logoHead))
const frameWithName = slots(noticeFrame.replace('[[head]]', () => nameHead))

// In every cell, since Outlook hands no font down into tables: short, since there may be many.
const fonts = "'Segoe UI',Roboto,Arial,sans-serif"
const font = `font-family:-apple-system,${fonts}`

/** The HTML part: the compiled layout with the text, the table and the button in it. */
export function htmlOfNotice(content: NoticeContent, subject: string, paragraphs: readonly string[], table: NoticeTable): string {
  const words = noticeWords[content.language]
  const company = escapeHtml(oneLine(content.company.name))
  const values: Record<Slot, string> = {
    language: content.language,
    title: escapeHtml(subject),
    preheader: escapeHtml(preheaderOf(paragraphs)),
    head: '',
    company,
    logoSource: content.logo?.source ?? '',
    logoWidth: String(content.logo?.width ?? 0),
    content: paragraphs.map((paragraph) => partOf(content, paragraph, table)).join('\n'),
    footer: escapeHtml(words.automatic.replace('{company}', () => oneLine(content.company.name))),
  }
  return (content.logo === null ? frameWithName : frameWithLogo)
    .map((piece, index) => (index % 2 === 0 ? piece : values[piece as Slot]))
    .join('')
}

/** What a list of mails shows beside the subject: the first sentence after the greeting. */
function preheaderOf(paragraphs: readonly string[]): string {
  const said = paragraphs.filter((paragraph) => !paragraph.includes(tableMark) && !paragraph.includes(paymentMark))
  return (said[1] ?? said[0] ?? '').replace(/\s+/g, ' ').slice(0, 140)
}

function partOf(content: NoticeContent, paragraph: string, table: NoticeTable): string {
  const pieces = paragraph.split(aroundTable)
  return pieces
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
    .map((piece) => (piece === tableMark ? tableOf(table) : textOf(content, piece)))
    .join('\n')
}

const aroundTable = new RegExp(`(${tableMark})`)

const paragraphOf = (inner: string) =>
  `<p style="margin:0 0 16px;${font};font-size:15px;line-height:1.55;overflow-wrap:anywhere">${inner}</p>`

/** A currency and its amount stay in one line. */
const withMoneyWhole = (text: string) => text.replace(/\b([A-Z]{3}) (?=-?\d)/g, '$1&nbsp;')

function textOf(content: NoticeContent, text: string): string {
  const { url } = content.payment
  if (text === paymentMark && url !== null)
    return `${payButton
      .replace('[[buttonLink]]', () => escapeHtml(url))
      .replace('[[buttonText]]', () =>
        escapeHtml(noticeWords[content.language].pay),
      )}<div style="height:16px;line-height:16px">&nbsp;</div>`
  const link = url === null ? '' : `<a href="${escapeHtml(url)}" style="color:#1d4ed8">${escapeHtml(url)}</a>`
  return paragraphOf(
    withMoneyWhole(escapeHtml(text))
      .replaceAll('\n', '<br>')
      .replaceAll(paymentMark, () => link),
  )
}

function tableOf({ sections, sums: lines }: NoticeTable): string {
  // On a phone the issue date gives way, so that numbers and balances stay in one line.
  const wide = (column: number) => (column === 1 ? ' class="wide"' : '')
  const align = (column: number) => (column >= 3 ? 'right' : 'left')
  const cell = (text: string, column: number) =>
    `<td${wide(column)} align="${align(column)}" style="padding:8px 6px;font:13px/18px ${fonts};border-bottom:1px solid #e5e7eb;${column === 0 ? 'overflow-wrap:anywhere' : 'white-space:nowrap'}">${escapeHtml(text)}</td>`
  const headCell = (text: string, column: number) =>
    `<th${wide(column)} scope="col" align="${align(column)}" style="padding:8px 6px;font:600 13px/17px ${fonts};word-break:normal;border-bottom:2px solid #d1d5db">${escapeHtml(text)}</th>`
  const tables = sections.map(
    ({ title, head, rows }) =>
      `<table class="items" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;width:100%;margin:0 0 12px">${
        title === null
          ? ''
          : `<caption align="left" style="caption-side:top;text-align:left;padding:4px 6px;${font};font-size:14px;font-weight:600">${escapeHtml(title)}</caption>`
      }<thead><tr>${head.map(headCell).join('')}</tr></thead><tbody>
${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}
</tbody></table>`,
  )
  const sums = lines
    .map(({ label, amount, strong }) => {
      const weight = strong ? ';font-weight:600' : ''
      const style = `padding:3px 6px;${font};font-size:14px;line-height:1.4${weight}`
      return `<tr><td align="right" style="${style}">${escapeHtml(label)}</td><td align="right" width="1%" style="${style};white-space:nowrap">${escapeHtml(amount)}</td></tr>`
    })
    .join('\n')
  return `${tables.join('\n')}
<table class="items sums" role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;width:100%;margin:0 0 20px">
${sums}
</table>`
}
