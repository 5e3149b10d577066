import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import mjml2html from 'mjml'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/**
 * The module `notice-frame.ts` as it must stand: the MJML layout as HTML with `[[slots]]`, its variants cut out. MJML runs here alone,
 * when somebody changes the layout, never while mails are made (docs/decisions/0020-mail-layout-compiled-ahead.md).
 */
export async function compileLayout(): Promise<string> {
  const source = await readFile(here('./notice-layout.mjml'), 'utf8')
  const { html, errors } = await mjml2html(source, { fonts: {}, validationLevel: 'strict', keepComments: true })
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'))
  const lines = html
    .replaceAll('<!-- part', '\n<!-- part')
    .replaceAll('<!-- /part -->', '\n<!-- /part -->\n')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    // The logo's width stands for a slot.
    .map((line) => line.replaceAll('"177"', '"[[logoWidth]]"').replaceAll('177px', '[[logoWidth]]px'))
  const parts = { logo: '', name: '', button: '' }
  const frame: string[] = []
  let part: keyof typeof parts | null = null
  for (const line of lines) {
    const start = /^<!-- part (logo|name|button) -->$/.exec(line)?.[1]
    if (start !== undefined) {
      part = start as keyof typeof parts
      if (part === 'logo') frame.push('[[head]]')
    } else if (line === '<!-- /part -->') part = null
    else if (part === null) frame.push(line)
    else parts[part] += `${line}\n`
  }
  // The button stands within a text, so only its own table is of use.
  const button = parts.button
    .slice(parts.button.indexOf('<table'), parts.button.lastIndexOf('</table>') + '</table>'.length)
    .replace('<td', '<td class="button"')
    .replace('<a', '<a class="button"')
  const text = (value: string) => `\`${value.replaceAll('\\', '\\\\').replaceAll('`', '\\`').replaceAll('${', '\\${')}\``
  return `// Made from notice-layout.mjml by \`pnpm --filter @cartera/use-cases layout\`; a test compares them. Not to be edited by hand.

/** The mail around the text, with \`[[slots]]\`; \`[[head]]\` takes \`logoHead\` or \`nameHead\`. */
export const noticeFrame = ${text(frame.join('\n'))}

export const logoHead = ${text(parts.logo.trim())}

export const nameHead = ${text(parts.name.trim())}

export const payButton = ${text(button)}
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(here('./notice-frame.ts'), await compileLayout())
