/**
 * A text as part of a file's name that every system takes: letters without accents, figures, dot, dash and underscore. It names no other folder: no
 * slash is left, no dot stands first. Never empty.
 */
export function safeFileName(text: string, longest = 60): string {
  let name = ''
  for (const character of text.normalize('NFKD')) {
    if (/[A-Za-z0-9._-]/.test(character)) name += character
    else if (/\s|[/\\:]/.test(character) && !name.endsWith('-')) name += '-'
  }
  const cut = name.slice(0, longest)
  let from = 0
  while (from < cut.length && (cut[from] === '.' || cut[from] === '-')) from += 1
  return cut.slice(from) || 'x'
}
