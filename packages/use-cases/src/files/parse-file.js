// Looks at a file that somebody uploaded, read from standard input, and writes to its descriptor 3 a line of JSON, and then bytes where bytes were asked
// for. First argument: `look` (what it is by its content), `eml` or `msg` (the e-mail in it); for an e-mail the number of an attachment may follow, and that
// is what is written. A process of its own, because a hostile file can hang or fill any parser: run-limited.ts limits its memory and kills it after a time.
// JavaScript and not TypeScript, so that plain node runs it from the sources as from the bundle.
import { createWriteStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'

const longestText = 262_144
const longestHtml = 1_048_576
const mostRecipients = 200
const mostAttachments = 100
/** Pictures inside an e-mail are shown in it up to so many bytes each, and in all. */
const largestInline = 400_000
const mostInline = 2_000_000

/** Characters that show nothing, or that turn the direction of what follows. @param {string} text */
const plain = (text) => text.replace(/\r\n?/g, '\n').replace(/[^\P{C}\n\t]/gu, '')
/** @param {unknown} text @param {number} longest */
const line = (text, longest) => (typeof text === 'string' ? plain(text) : '').replace(/\s+/g, ' ').trim().slice(0, longest)
/** @param {unknown} told */
const instant = (told) => {
  const at = typeof told === 'string' || typeof told === 'number' ? new Date(told) : null
  // Before there was e-mail, or beyond what a calendar writes: no date.
  return at && at.getTime() > 0 && at.getTime() < 4_102_444_800_000 ? at.toISOString() : null
}

/** Text as people write it holds no control but white space, whatever its encoding. @param {Buffer} bytes */
function readsAsText(bytes) {
  const isUtf16 = bytes.length > 1 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
  for (let at = isUtf16 ? 2 : 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte === 0 && isUtf16) continue
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 13 && byte !== 12 && byte !== 27 && byte !== 26) return false
  }
  return true
}

/** @param {Buffer} bytes */
async function look(bytes) {
  const { fileTypeFromBuffer } = await import('file-type')
  const found = await fileTypeFromBuffer(bytes).catch(() => undefined)
  return { mediaType: found?.mime.split(';')[0] ?? null, isText: readsAsText(bytes) }
}

/**
 * @typedef {{ name: string, address: string, as: 'to' | 'cc' | 'bcc' }} Person
 * @typedef {{ name: string, mediaType: string, contentId: string, content: () => Uint8Array }} Attachment
 * @typedef {{ from: { name: string, address: string }, recipients: Person[], subject: string, sentAt: string | null, html: string | null, text: string, attachments: Attachment[] }} Mail
 */

/** @param {Buffer} bytes @returns {Promise<Mail>} */
async function readEml(bytes) {
  const { default: PostalMime } = await import('postal-mime')
  const mail = await PostalMime.parse(bytes, {
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
    maxNestingDepth: 20,
    maxHeadersSize: 1_048_576,
  })
  if (mail.headers.length === 0) throw new Error('no header')
  /** @param {import('postal-mime').Address[] | undefined} addresses @param {Person['as']} as @returns {Person[]} */
  const people = (addresses, as) =>
    (addresses ?? []).flatMap((one) => (one.group ?? [one]).map(({ name, address }) => ({ name, address: address ?? '', as })))
  return {
    from: { name: mail.from?.name ?? '', address: mail.from?.address ?? '' },
    recipients: [...people(mail.to, 'to'), ...people(mail.cc, 'cc'), ...people(mail.bcc, 'bcc')],
    subject: mail.subject ?? '',
    sentAt: instant(mail.date),
    html: mail.html?.trim() ? mail.html : null,
    text: mail.text ?? '',
    attachments: mail.attachments.map((one) => ({
      name: one.filename ?? (one.mimeType === 'message/rfc822' ? 'mensaje.eml' : ''),
      mediaType: one.mimeType,
      contentId: (one.contentId ?? '').replace(/^<|>$/g, ''),
      content: () => (typeof one.content === 'string' ? Buffer.from(one.content) : new Uint8Array(one.content)),
    })),
  }
}

/** The names of code pages as TextDecoder knows them. @param {string | number} codepage */
function decoderOf(codepage) {
  const number = String(codepage).replace(/^cp/i, '')
  const named = /** @type {Record<string, string>} */ ({
    932: 'shift_jis',
    936: 'gbk',
    949: 'euc-kr',
    950: 'big5',
    1200: 'utf-16le',
    10000: 'macintosh',
    20127: 'windows-1252',
    20866: 'koi8-r',
    28591: 'windows-1252',
    28592: 'iso-8859-2',
    28605: 'iso-8859-15',
    65001: 'utf-8',
  })
  try {
    return new TextDecoder(named[number] ?? (/^125[0-8]$/.test(number) ? `windows-${number}` : number))
  } catch {
    return new TextDecoder('windows-1252')
  }
}

/** The text of rich text that hides no HTML: read once from the left, without what is not shown. @param {string} rtf */
function textOfRtf(rtf) {
  const unshown = new Set([
    'fonttbl',
    'colortbl',
    'stylesheet',
    'info',
    'pict',
    'object',
    'header',
    'footer',
    'generator',
    'themedata',
  ])
  const decoder = decoderOf(/\\ansicpg(\d{3,5})/.exec(rtf.slice(0, 2000))?.[1] ?? '1252')
  const breaks = /** @type {Record<string, string>} */ ({
    par: '\n',
    line: '\n',
    tab: '\t',
    emdash: '—',
    endash: '–',
    rquote: '’',
    lquote: '‘',
    ldblquote: '“',
    rdblquote: '”',
    bullet: '•',
    row: '\n',
    cell: '\t',
  })
  /** @type {{ hidden: boolean, skip: number }[]} */
  const groups = []
  let state = { hidden: false, skip: 1 }
  let out = ''
  let passing = 0
  const token = /\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\([^a-z])|([{}])|([^\\{}\r\n]+)|[\r\n]+/gi
  for (const [, word, argument, hex, symbol, brace, written] of rtf.matchAll(token)) {
    if (out.length > longestText) break
    if (brace === '{') groups.push({ ...state })
    else if (brace === '}') state = groups.pop() ?? { hidden: false, skip: 1 }
    else if (symbol === '*' || (word !== undefined && unshown.has(word))) state.hidden = true
    else if (state.hidden) continue
    else if (word === 'uc') state.skip = Math.min(Number(argument ?? 1), 8)
    else if (word === 'u') {
      out += String.fromCharCode(Number(argument ?? 63) & 0xffff)
      passing = state.skip
    } else if (word !== undefined) out += breaks[word] ?? ''
    else if (passing > 0 && (hex !== undefined || written !== undefined)) {
      // What stands after a letter is its stand-in for readers without it.
      const cut = hex === undefined ? Math.min(passing, written?.length ?? 0) : 1
      passing -= cut
      if (written !== undefined) out += written.slice(cut)
    } else if (hex !== undefined) out += decoder.decode(Uint8Array.of(Number.parseInt(hex, 16)))
    else if (symbol !== undefined) out += symbol === '~' ? ' ' : '{}\\'.includes(symbol) ? symbol : ''
    else if (written !== undefined) out += written
  }
  return out
}

/** @param {Buffer} bytes @returns {Promise<Mail>} */
async function readMsg(bytes) {
  const { default: msgReader } = await import('@kenjiuno/msgreader')
  const MsgReader = /** @type {typeof msgReader} */ (
    /** @type {{ default?: unknown }} */ (/** @type {unknown} */ (msgReader)).default ?? msgReader
  )
  const reader = new MsgReader(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
  // Of programs that write no Unicode: as Windows wrote where Spanish is spoken.
  reader.parserConfig = { ansiEncoding: 'windows-1252' }
  const data = reader.getFileData()
  if (data.error || data.dataType !== 'msg') throw new Error('no message')
  let html = data.bodyHtml ?? (data.html ? decoderOf(data.internetCodepage ?? 65001).decode(data.html) : null)
  let text = data.body ?? ''
  if (data.compressedRtf && !html?.trim()) {
    const { decompressRTF } = await import('@kenjiuno/decompressrtf')
    const rtf = Buffer.from(decompressRTF([...data.compressedRtf]))
    try {
      const { deEncapsulateSync } = await import('rtf-stream-parser')
      const inside = deEncapsulateSync(rtf, {
        mode: 'either',
        decode: (/** @type {Buffer} */ part, /** @type {string} */ codepage) => decoderOf(codepage).decode(part),
      })
      if (inside.mode === 'html') html = String(inside.text)
      else if (text.trim() === '') text = String(inside.text)
    } catch {
      if (text.trim() === '') text = textOfRtf(rtf.toString('latin1'))
    }
  }
  /** Within one organisation Outlook writes a directory's path where an address should be. @param {...(string | undefined)} told */
  const address = (...told) => told.find((each) => each?.includes('@')) ?? ''
  const headerDate = /^date:(.*)$/im.exec(data.headers ?? '')?.[1]?.trim()
  return {
    from: {
      name: data.senderName ?? '',
      address: address(data.senderSmtpAddress, data.sentRepresentingSmtpAddress, data.senderEmail, data.creatorSMTPAddress),
    },
    recipients: (data.recipients ?? []).map((one) => ({
      name: one.name ?? '',
      address: address(one.smtpAddress, one.email),
      as: one.recipType ?? 'to',
    })),
    subject: data.subject ?? '',
    sentAt: instant(data.clientSubmitTime) ?? instant(headerDate) ?? instant(data.messageDeliveryTime),
    html: html?.trim() ? html : null,
    text,
    attachments: (data.attachments ?? []).map((one, index) => ({
      name: one.innerMsgContent
        ? `${one.name ?? one.fileName ?? 'mensaje'}.msg`
        : (one.fileName ?? one.fileNameShort ?? one.name ?? ''),
      mediaType: one.attachMimeTag ?? '',
      contentId: (one.pidContentId ?? '').replace(/^<|>$/g, ''),
      content: () => reader.getAttachment(index).content,
    })),
  }
}

/** What a picture is by its first bytes; only these are shown inside an e-mail. @param {Uint8Array} bytes */
function pictureType(bytes) {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  if (head.startsWith('\x89PNG')) return 'image/png'
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg'
  if (head.startsWith('GIF8')) return 'image/gif'
  return head.startsWith('RIFF') && head.slice(8) === 'WEBP' ? 'image/webp' : null
}

const size = /^\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|%)?$/
const sizes = /^(?:(?:\d{1,4}(?:\.\d{1,3})?(?:px|pt|em|rem|%)?|auto) ?){1,4}$/
const colour = /^(?:#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d., %]{1,40}\))$/i
const shown = {
  color: [colour],
  'background-color': [colour],
  background: [colour],
  'text-align': [/^(?:left|right|center|justify)$/],
  'vertical-align': [/^[a-z-]{1,12}$/],
  'font-weight': [/^(?:bold|normal|bolder|lighter|[1-9]00)$/],
  'font-style': [/^(?:italic|normal)$/],
  'font-size': [size],
  'font-family': [/^[\w ,'"-]{1,120}$/],
  'line-height': [size],
  'text-decoration': [/^[a-z -]{1,30}$/],
  'white-space': [/^[a-z-]{1,12}$/],
  margin: [sizes],
  'margin-top': [size],
  'margin-bottom': [size],
  'margin-left': [size],
  padding: [sizes],
  'padding-left': [size],
  border: [/^[\w #().,%-]{1,60}$/],
  'border-left': [/^[\w #().,%-]{1,60}$/],
  'border-top': [/^[\w #().,%-]{1,60}$/],
  'border-collapse': [/^[a-z]{1,10}$/],
  width: [size],
  'max-width': [size],
}

/** HTML that asks for nothing from outside and runs nothing: what may stay is named, the rest goes. @param {Mail} mail @param {Attachment[]} kept */
async function safeHtml(mail, kept) {
  if (mail.html === null) return { html: null, blockedImages: 0 }
  const { default: sanitize } = await import('sanitize-html')
  let blockedImages = 0
  let inline = 0
  /** @param {string} source */
  const pictureOf = (source) => {
    const id = decodeURIComponent(source.slice(4))
    const found = kept.find((one) => one.contentId !== '' && one.contentId === id)
    const bytes = found?.content()
    const type = bytes && bytes.length <= largestInline && inline + bytes.length <= mostInline ? pictureType(bytes) : null
    if (!bytes || type === null) return null
    inline += bytes.length
    return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`
  }
  const html = sanitize(mail.html.slice(0, longestHtml * 2), {
    allowedTags: [
      ...[
        'p',
        'div',
        'span',
        'br',
        'hr',
        'b',
        'strong',
        'i',
        'em',
        'u',
        's',
        'small',
        'sub',
        'sup',
        'font',
        'center',
        'blockquote',
      ],
      ...['pre', 'code', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'a', 'img'],
      ...['table', 'thead', 'tbody', 'tfoot', 'tr', 'td', 'th', 'caption', 'colgroup', 'col'],
    ],
    // Named, so that what a style sheet or a title says is not read as text.
    nonTextTags: ['style', 'script', 'textarea', 'option', 'noscript', 'title', 'head', 'xml', 'template', 'svg', 'math'],
    allowedAttributes: {
      '*': ['style', 'align', 'valign', 'dir', 'lang', 'bgcolor', 'width', 'height'],
      a: ['href', 'target', 'rel'],
      img: ['src', 'alt'],
      font: ['color', 'size', 'face'],
      table: ['border', 'cellpadding', 'cellspacing'],
      td: ['colspan', 'rowspan'],
      th: ['colspan', 'rowspan'],
      ol: ['start', 'type'],
    },
    allowedStyles: { '*': shown },
    allowedSchemes: ['http', 'https', 'mailto', 'tel'],
    allowedSchemesByTag: { img: ['data'] },
    allowProtocolRelative: false,
    nestingLimit: 200,
    transformTags: {
      a: (_, { href }) => ({
        tagName: 'a',
        attribs: { ...(href === undefined ? {} : { href }), target: '_blank', rel: 'noopener noreferrer' },
      }),
      img: (_, { src = '', alt = '', width, height }) => {
        const picture = /^cid:/i.test(src) ? pictureOf(src) : null
        if (/^(?:https?:)?\/\//i.test(src)) blockedImages += 1
        return {
          tagName: picture === null ? 'span' : 'img',
          attribs: picture === null ? {} : { src: picture, alt, ...(width ? { width } : {}), ...(height ? { height } : {}) },
          ...(picture === null && alt ? { text: `[${alt.slice(0, 200)}]` } : {}),
        }
      },
    },
  })
  return { html: html.length > longestHtml + mostInline * 1.4 ? null : html, blockedImages }
}

/** The text of safe HTML, for searching and for the timeline. @param {string} html */
async function textOf(html) {
  const { default: sanitize } = await import('sanitize-html')
  const broken = html.slice(0, longestHtml).replace(/<(?:br|\/p|\/div|\/tr|\/li|\/h[1-6])\b[^<>]{0,2000}>/gi, '$&\n')
  const text = sanitize(broken, { allowedTags: [], allowedAttributes: {} })
  const entities = /** @type {Record<string, string>} */ ({ amp: '&', lt: '<', gt: '>', quot: '"', nbsp: ' ' })
  return text
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name) => entities[name] ?? '')
    .split('\n')
    .map((each) => each.replace(/\s+/g, ' ').trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
}

/** @param {Buffer} bytes @param {string} form @param {number | null} attachment */
async function readMail(bytes, form, attachment) {
  const mail = await (form === 'msg' ? readMsg(bytes) : readEml(bytes))
  const kept = mail.attachments.slice(0, mostAttachments)
  if (attachment !== null) {
    const one = kept[attachment]
    if (!one) return { said: { fault: 'missing' }, content: null }
    const content = one.content()
    return { said: { name: line(one.name, 300), size: content.length }, content }
  }
  const { html, blockedImages } = await safeHtml(mail, kept)
  const text = plain(mail.text).trim() || (html === null ? '' : (await textOf(html)).trim())
  const found = {
    from: { name: line(mail.from.name, 300), address: line(mail.from.address, 320).toLowerCase() },
    recipients: mail.recipients
      .slice(0, mostRecipients)
      .map(({ name, address, as }) => ({ name: line(name, 300), address: line(address, 320).toLowerCase(), as })),
    subject: line(mail.subject, 1000),
    sentAt: mail.sentAt,
    html,
    text: text.slice(0, longestText),
    blockedImages,
    attachments: kept.map((one, index) => ({ index, name: line(one.name, 300), size: one.content().length })),
  }
  // Neither a person nor a word of it: whatever this is, it is no e-mail.
  if (!found.from.address && !found.from.name && !found.subject && !found.sentAt) throw new Error('no mail')
  return { said: found, content: null }
}

const [, , form = '', told] = process.argv
const bytes = await buffer(process.stdin)
const read = await (form === 'look'
  ? look(bytes).then((said) => ({ said, content: null }))
  : readMail(bytes, form, told === undefined ? null : Number(told))
).catch(() => ({ said: { fault: 'damaged' }, content: null }))
const answer = createWriteStream('', { fd: 3 })
answer.write(`${JSON.stringify(read.said)}\n`)
answer.end(read.content ?? '')
