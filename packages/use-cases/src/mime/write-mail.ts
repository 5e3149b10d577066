// Writes a mail as bytes in one pass, without streams: making notices is most of what sending them costs. What it writes is plain MIME
// (RFC 5322, 2045-2047, 2231) of ASCII alone, so that any server takes it, with CRLF ends and lines of at most 78 characters.

export interface Mailbox {
  name: string
  /** One plain ASCII address (`isMailAddress`). */
  address: string
}

export interface MailFile {
  name: string
  mediaType: string
  content: Buffer
}

export interface Mail {
  from: Mailbox
  replyTo?: Mailbox
  to: readonly Mailbox[]
  subject: string
  messageId: string
  date: Date
  /** Further headers: ASCII, ours alone. */
  headers: Readonly<Record<string, string>>
  text: string
  html: string
  /** A picture that the HTML shows as `cid:...`. */
  picture?: (MailFile & { cid: string }) | null
  files?: readonly MailFile[]
}

/** The mail as bytes, exactly as handed to the server. */
export function writeMail(mail: Mail): Buffer {
  // No part can hold this: in quoted-printable "=" is followed by two digits, in base64 by nothing.
  const boundary = (depth: number) => `=_${mail.messageId.replace(/[^0-9A-Za-z]/g, '').slice(0, 48)}_${depth}`
  const bytes = new Bytes()
  bytes.ascii(headOf(mail))
  const { picture, files = [] } = mail
  const inner = files.length > 0 ? 1 : 0
  if (files.length > 0) bytes.ascii(`Content-Type: multipart/mixed; boundary="${boundary(0)}"\r\n\r\n--${boundary(0)}\r\n`)
  bytes.ascii(`Content-Type: multipart/alternative; boundary="${boundary(inner)}"\r\n\r\n--${boundary(inner)}\r\n`)
  bytes.text('text/plain', mail.text)
  bytes.ascii(`\r\n--${boundary(inner)}\r\n`)
  if (picture) {
    bytes.ascii(
      `Content-Type: multipart/related; type="text/html";\r\n boundary="${boundary(inner + 1)}"\r\n\r\n--${boundary(inner + 1)}\r\n`,
    )
    bytes.text('text/html', mail.html)
    bytes.ascii(`\r\n--${boundary(inner + 1)}\r\n`)
    bytes.file(picture, 'inline', picture.cid)
    bytes.ascii(`\r\n--${boundary(inner + 1)}--\r\n`)
  } else bytes.text('text/html', mail.html)
  bytes.ascii(`\r\n--${boundary(inner)}--\r\n`)
  for (const file of files) {
    bytes.ascii(`\r\n--${boundary(0)}\r\n`)
    bytes.file(file, 'attachment', null)
  }
  if (files.length > 0) bytes.ascii(`\r\n--${boundary(0)}--\r\n`)
  return bytes.taken()
}

function headOf({ from, replyTo, to, subject, messageId, date, headers }: Mail): string {
  const lines = [
    `From: ${mailboxOf(from)}`,
    ...(replyTo ? [`Reply-To: ${mailboxOf(replyTo)}`] : []),
    `To: ${to.map(mailboxOf).join(',\r\n ')}`,
    `Subject: ${words(subject, 9)}`,
    `Message-ID: ${bare(messageId)}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'MIME-Version: 1.0',
  ]
  return `${lines.join('\r\n')}\r\n`
}

/** The last guard: no address brings in a line or a blank. */
const bare = (value: string) => value.replace(/[^\x21-\x7e]/g, '')

/** What may stand in quotes as it is; also not too long for a line. */
const quotable = /^[\x20-\x7e]{1,60}$/

function mailboxOf({ name, address }: Mailbox): string {
  if (name === '') return bare(address)
  const said = quotable.test(name) && !name.includes('=?') ? `"${name.replace(/["\\]/g, '\\$&')}"` : encodedWords(name, 10)
  const folds = said.length - (said.lastIndexOf('\n') + 1) + address.length > 60
  return `${said}${folds ? '\r\n' : ''} <${bare(address)}>`
}

/** A header's text: as it is where it can be, folded at blanks; else as encoded words. `column` is where it begins. */
function words(value: string, column: number): string {
  const plain = /^[\x21-\x7e]{1,60}(?: [\x21-\x7e]{1,60})*$/.test(value) && !value.includes('=?')
  if (!plain) return encodedWords(value, column)
  let line = column
  return value
    .split(' ')
    .map((word, index) => {
      const folds = index > 0 && line + 1 + word.length > 76
      line = folds ? 1 + word.length : line + word.length + (index > 0 ? 1 : 0)
      return `${index === 0 ? '' : folds ? '\r\n ' : ' '}${word}`
    })
    .join('')
}

// What stands for itself in an encoded word, also in the name of an address.
const plainInWord = /[0-9A-Za-z!*+/-]/

/** RFC 2047, by characters: no word is longer than 75 and none cuts a character in two. */
function encodedWords(value: string, column: number): string {
  const found: string[] = []
  let word = ''
  let room = 75 - 12 - column
  for (const character of value) {
    const said = plainInWord.test(character)
      ? character
      : character === ' '
        ? '_'
        : [...Buffer.from(character, 'utf8')].map((byte) => `=${hex(byte)}`).join('')
    if (said.length > room && word !== '') {
      found.push(word)
      word = ''
      room = 75 - 12 - 1
    }
    word += said
    room -= said.length
  }
  found.push(word)
  return found.map((each) => `=?UTF-8?Q?${each}?=`).join('\r\n ')
}

const hex = (byte: number) => byte.toString(16).toUpperCase().padStart(2, '0')

/** A file's name: plain for old programs, and exact where it has more than ASCII. */
function namesOf(name: string): string {
  const short = [...name].slice(0, 80).join('')
  const ascii = short.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '_')
  if (ascii === short) return `filename="${ascii}"`
  const exact = [...Buffer.from(short, 'utf8')]
    .map((byte) => (/[0-9A-Za-z._-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${hex(byte)}`))
    .join('')
  return `filename="${ascii}";\r\n filename*=UTF-8''${exact}`
}

// Pictures are the same for many mails.
const encodedFiles = new WeakMap<Buffer, string>()
function base64Of(content: Buffer, kept: boolean): string {
  const known = encodedFiles.get(content)
  if (known !== undefined) return known
  const said = content.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')
  if (kept) encodedFiles.set(content, said)
  return said
}

const blank = 32
const tab = 9
const lineFeed = 10
const carriageReturn = 13
const equals = 61
const digits = Buffer.from('0123456789ABCDEF', 'latin1')
/** How many bytes stand for a byte of quoted-printable. */
const widths = new Uint8Array(256).fill(3)
for (let byte = 33; byte < 127; byte += 1) if (byte !== equals) widths[byte] = 1
widths[blank] = 1
widths[tab] = 1

// One mail is written at a time, from its first byte to its last without a pause, so one piece of memory serves all.
let desk = Buffer.allocUnsafe(1 << 16)
const largestDesk = 1 << 21

class Bytes {
  #at = 0

  #reserve(more: number): void {
    if (this.#at + more <= desk.length) return
    const larger = Buffer.allocUnsafe(Math.max(desk.length * 2, this.#at + more))
    desk.copy(larger, 0, 0, this.#at)
    desk = larger
  }

  ascii(value: string): void {
    this.#reserve(value.length)
    this.#at += desk.write(value, this.#at, 'latin1')
  }

  text(type: 'text/plain' | 'text/html', value: string): void {
    this.ascii(`Content-Type: ${type}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n`)
    this.#quotedPrintable(Buffer.from(value, 'utf8'))
  }

  file(file: MailFile, disposition: 'inline' | 'attachment', cid: string | null): void {
    this.ascii(
      `Content-Type: ${file.mediaType}\r\nContent-Disposition: ${disposition};\r\n ${namesOf(file.name)}\r\n${
        cid === null ? '' : `Content-ID: <${cid}>\r\n`
      }Content-Transfer-Encoding: base64\r\n\r\n`,
    )
    this.ascii(base64Of(file.content, cid !== null))
  }

  #quotedPrintable(source: Buffer): void {
    const { length } = source
    // Three bytes for each at most, and a soft break after every 60.
    this.#reserve(length * 3 + Math.ceil((length * 3) / 60) * 3 + 16)
    const out = desk
    let at = this.#at
    let index = 0
    while (index < length) {
      const found = source.indexOf(lineFeed, index)
      const next = found === -1 ? length : found
      const end = next > index && source[next - 1] === carriageReturn ? next - 1 : next
      // Blanks at the end of a line would be lost on the way.
      const last = end > index ? source[end - 1] : 0
      const plainEnd = last === blank || last === tab ? end - 1 : end
      let column = 0
      while (index < end) {
        const stop = Math.min(plainEnd, index + 75 - column)
        const from = index
        while (index < stop) {
          const byte = source[index] as number
          if (widths[byte] !== 1) break
          out[at++] = byte
          index += 1
        }
        column += index - from
        if (index >= end) break
        const byte = source[index] as number
        // A character of several bytes stays in one line.
        if (column + (byte < 0xc0 ? 3 : byte < 0xe0 ? 6 : byte < 0xf0 ? 9 : 12) > 75) {
          out[at++] = equals
          out[at++] = carriageReturn
          out[at++] = lineFeed
          column = 0
          if (widths[byte] === 1 && index < plainEnd) continue
        }
        out[at++] = equals
        out[at++] = digits[byte >> 4] as number
        out[at++] = digits[byte & 15] as number
        column += 3
        index += 1
      }
      index = next + 1
      if (found === -1) break
      out[at++] = carriageReturn
      out[at++] = lineFeed
    }
    this.#at = at
  }

  taken(): Buffer {
    const mail = Buffer.from(desk.subarray(0, this.#at))
    if (desk.length > largestDesk) desk = Buffer.allocUnsafe(1 << 16)
    return mail
  }
}
