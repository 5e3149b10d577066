/**
 * What a search compares (product.md section 2: accents and case do not matter): compatibility-decomposed without
 * combining marks (ñ becomes n, ﬁ becomes fi), lower case, runs of white space one space, none at the ends. The search
 * columns of PostgreSQL store what this function answers, so that column and query never differ. Applying it again
 * changes nothing.
 */
export function searchKey(text: string): string {
  let key = foldOnce(text)
  // Folding can set free another mark or capital (rare compatibility letters): until it stands still.
  for (let next = foldOnce(key); next !== key; next = foldOnce(key)) key = next
  return key
}

function foldOnce(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\s+/gu, ' ')
    .trim()
}

/**
 * Text as it is stored: without NUL, without white space at the ends, otherwise as written. Null when it holds a lone
 * surrogate, which no UTF-8 column can keep. Blank text becomes ''.
 */
export function cleanText(text: string): string | null {
  return /\p{Cs}/u.test(text) ? null : text.replaceAll('\0', '').trim()
}
