/** What a card of the address book says; what is not known is left out. */
export interface Card {
  /** Stays the same however often it is exported, so that an address book replaces instead of doubling. */
  uid: string
  name: string
  organisation?: string | null
  department?: string | null
  title?: string | null
  email?: string | null
  phone?: string | null
  mobile?: string | null
  categories?: readonly string[]
  /** The card of a firm, not of a person. */
  isFirm?: boolean
  website?: string | null
  address?: { street: string | null; city: string | null; state: string | null; country: string | null }
  note?: string | null
  /** A JPEG, in base64. */
  photo?: string | null
}

/** What is understood of a card that somebody else wrote. */
export interface ReadCard {
  name: string
  department: string | null
  title: string | null
  email: string | null
  phone: string | null
  mobile: string | null
  categories: string[]
}

const longestLine = 75
const bytesOf = (character: string) => {
  const point = character.codePointAt(0) ?? 0
  return point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
}

/** A line of at most 75 bytes, its rest on lines that begin with a blank; no character is cut. */
function folded(line: string): string {
  let text = ''
  let length = 0
  for (const character of line) {
    const bytes = bytesOf(character)
    if (length + bytes > longestLine) {
      text += '\r\n '
      length = 1
    }
    text += character
    length += bytes
  }
  return text
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it takes out
const controls = /[\u0000-\u0008\u000b-\u001f\u007f]/g
const escaped = (text: string) =>
  text
    .replace(/\r\n?/g, '\n')
    .replace(controls, '')
    .replace(/[\\;,]/g, (sign) => `\\${sign}`)
    .replace(/\n/g, '\\n')

/**
 * A card as vCard 3.0, the version that Outlook, Google and the phones all read. Nothing in a value can begin another property: line ends, commas and
 * semicolons are escaped.
 */
export function writeCard(card: Card): string {
  const { address } = card
  const parts = (...values: (string | null | undefined)[]) => values.map((value) => escaped(value ?? '')).join(';')
  const lines = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:urn:uuid:${card.uid}`,
    `FN:${escaped(card.name)}`,
    card.isFirm ? 'N:;;;;' : `N:${parts('', card.name, '', '', '')}`,
    ...(card.organisation ? [`ORG:${parts(card.organisation, ...(card.department ? [card.department] : []))}`] : []),
    ...(card.isFirm ? ['X-ABShowAs:COMPANY'] : []),
    ...(card.title ? [`TITLE:${escaped(card.title)}`] : []),
    ...(card.email ? [`EMAIL;TYPE=INTERNET,WORK:${escaped(card.email)}`] : []),
    ...(card.phone ? [`TEL;TYPE=WORK,VOICE:${escaped(card.phone)}`] : []),
    ...(card.mobile ? [`TEL;TYPE=CELL,VOICE:${escaped(card.mobile)}`] : []),
    ...(address && (address.street || address.city || address.state || address.country)
      ? [`ADR;TYPE=WORK:${parts('', '', address.street, address.city, address.state, '', address.country)}`]
      : []),
    ...(card.website ? [`URL:${escaped(card.website)}`] : []),
    ...(card.categories && card.categories.length > 0 ? [`CATEGORIES:${card.categories.map(escaped).join(',')}`] : []),
    ...(card.photo ? [`PHOTO;ENCODING=b;TYPE=JPEG:${card.photo}`] : []),
    ...(card.note ? [`NOTE:${escaped(card.note)}`] : []),
    'END:VCARD',
  ]
  return `${lines.map(folded).join('\r\n')}\r\n`
}

interface Property {
  name: string
  /** Upper case, as `TYPE=CELL` and the bare `CELL` of old cards. */
  types: string[]
  value: string
}

/** Quoted-printable as old phones write it: bytes of UTF-8, or of the charset that is named. */
function unquoted(value: string, charset: string | undefined): string {
  const bytes: number[] = []
  for (let at = 0; at < value.length; at += 1) {
    const hex = value[at] === '=' ? value.slice(at + 1, at + 3) : ''
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      bytes.push(Number.parseInt(hex, 16))
      at += 2
    } else bytes.push(value.charCodeAt(at) & 0xff)
  }
  const text = String.fromCharCode(...bytes.slice(0, mostOfValue))
  if (charset !== undefined && !/^utf-?8$/i.test(charset)) return text
  try {
    return decodeURIComponent(text.replace(/[^A-Za-z0-9]/g, (sign) => `%${sign.charCodeAt(0).toString(16).padStart(2, '0')}`))
  } catch {
    return text
  }
}

/** What is longer than any field is cut before it is looked at. */
const mostOfValue = 4000

function propertyOf(line: string): Property | null {
  // A colon inside quotes belongs to a parameter.
  let quoted = false
  let colon = -1
  for (let at = 0; at < line.length && colon === -1; at += 1) {
    if (line[at] === '"') quoted = !quoted
    else if (line[at] === ':' && !quoted) colon = at
  }
  if (colon < 1) return null
  const [first = '', ...params] = line.slice(0, colon).split(';')
  const name = (first.split('.').at(-1) ?? '').toUpperCase()
  const types: string[] = []
  let charset: string | undefined
  let quotedPrintable = false
  for (const param of params) {
    const [key = '', given] = param.toUpperCase().split('=', 2)
    const word = given ?? key
    if (given === undefined || key === 'TYPE') types.push(...word.replace(/"/g, '').split(','))
    if (key === 'PREF') types.push('PREF')
    if (key === 'CHARSET') charset = given
    if (word === 'QUOTED-PRINTABLE') quotedPrintable = true
  }
  const raw = line.slice(colon + 1, colon + 1 + mostOfValue)
  return { name, types, value: quotedPrintable ? unquoted(raw, charset) : raw }
}

/** The parts of a value between unescaped separators, unescaped. */
function partsOf(value: string, separator: ';' | ','): string[] {
  const parts = ['']
  for (let at = 0; at < value.length; at += 1) {
    const sign = value[at] ?? ''
    if (sign === '\\' && at + 1 < value.length) {
      at += 1
      const next = value[at] ?? ''
      parts[parts.length - 1] += next === 'n' || next === 'N' ? '\n' : next
    } else if (sign === separator) parts.push('')
    else parts[parts.length - 1] += sign
  }
  return parts.map((part) => part.replace(controls, '').trim())
}
/** A value that has no parts: a separator in it is only a sign. */
const whole = (value: string) => partsOf(value, ';').join(';')

/** `tel:+593-2;ext=12` of vCard 4.0 as people write it. */
function phoneOf(value: string): string {
  const text = whole(value)
  if (!/^tel:/i.test(text)) return text
  const [number = '', ...params] = text.slice(4).split(';')
  const extension = params.find((param) => /^ext=/i.test(param))?.slice(4)
  return extension ? `${number} ext. ${extension}` : number
}

/** Lines of a file, continued ones put together: a blank begins the rest of a line, `=` ends a part of a quoted-printable one. */
function linesOf(text: string): string[] {
  // Parts are joined once at the end: text that grows line by line would be copied with every one.
  const lines: string[][] = []
  let open = false
  let quotedPrintable = false
  for (const line of text.split(/\r\n|\r|\n/)) {
    const last = lines.at(-1)
    if (last && open) last.push(line)
    else if (last && (line.startsWith(' ') || line.startsWith('\t'))) last.push(line.slice(1))
    else {
      quotedPrintable = /;(ENCODING=)?QUOTED-PRINTABLE[;:]/i.test(line.slice(0, 200))
      lines.push([line])
    }
    open = quotedPrintable && line.endsWith('=')
    if (open) {
      const parts = lines.at(-1)
      if (parts) parts[parts.length - 1] = (parts.at(-1) ?? '').slice(0, -1)
    }
  }
  return lines.map((parts) => parts.join(''))
}

function cardOf(properties: readonly Property[]): ReadCard {
  const all = (name: string) => properties.filter((property) => property.name === name && property.value.trim() !== '')
  const preferred = (found: readonly Property[]) => found.find((one) => one.types.includes('PREF')) ?? found[0]
  const [family = '', given = '', middle = ''] = partsOf(all('N')[0]?.value ?? '', ';')
  const organisation = partsOf(all('ORG')[0]?.value ?? '', ';')
  const fullName = whole(all('FN')[0]?.value ?? '')
  const composed = [given, middle, family].filter((part) => part !== '').join(' ')
  const phones = all('TEL').filter((one) => !one.types.some((type) => ['FAX', 'PAGER', 'MODEM'].includes(type)))
  const mobile = preferred(phones.filter((one) => one.types.includes('CELL')))
  const phone = preferred(phones.filter((one) => one !== mobile))
  const email = preferred(all('EMAIL'))
  const title = all('TITLE')[0] ?? all('ROLE')[0]
  const textOf = (property: Property | undefined) => (property ? whole(property.value) || null : null)
  return {
    name: fullName || composed || (organisation[0] ?? ''),
    department: organisation[1] || null,
    title: textOf(title),
    email: textOf(email)?.replace(/^mailto:/i, '') ?? null,
    phone: phone ? phoneOf(phone.value) || null : null,
    mobile: mobile ? phoneOf(mobile.value) || null : null,
    categories: all('CATEGORIES').flatMap((one) => partsOf(one.value, ',').filter((part) => part !== '')),
  }
}

/**
 * The cards of a file (vCard 2.1, 3.0 and 4.0, one or many); null where there is none. What is not understood is passed over, pictures among it; at most
 * `most` cards are read, and a card that does not end is none.
 */
export function readCards(text: string, most: number): ReadCard[] | null {
  const cards: ReadCard[] = []
  let open: Property[] | null = null
  for (const line of linesOf(text.replace(/^\uFEFF/, ''))) {
    const property = propertyOf(line)
    if (!property) continue
    const word = property.value.trim().toUpperCase()
    if (property.name === 'BEGIN' && word === 'VCARD') open = []
    else if (property.name === 'END' && word === 'VCARD') {
      if (open) cards.push(cardOf(open))
      open = null
      if (cards.length >= most) break
    } else open?.push(property)
  }
  return cards.length === 0 ? null : cards
}
