// Reads a voucher (or, with the word `preview` as the second argument, any picture) from standard input, its media type as the first argument, opens it as whoever looks at it would, and writes to its descriptor 3 (decoders
// talk on the usual ones) a line of JSON, { size } or { fault }, and then the bytes that are kept: a PDF as it is, a picture drawn anew, so that nothing of the file is kept but what one sees. A process of
// its own, because a hostile file can hang or fill any decoder: read-voucher.ts limits its memory and kills it after a time. JavaScript and not TypeScript,
// so that plain node runs it from the sources as from the bundle.
import { createWriteStream } from 'node:fs'
import { buffer } from 'node:stream/consumers'

/** More than the cameras of phones make of a receipt; a small file can claim billions. */
const mostPixels = 64_000_000
const mediaType = process.argv[2] ?? ''
const isPreview = process.argv[3] === 'preview'
/** Enough to read the smallest print of a receipt; as a preview, to fill a screen. */
const longestSide = isPreview ? 2000 : 6000

/** @typedef {'damaged' | 'protected' | 'too-many-pixels'} Fault */

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array | Fault>} */
async function openPdf(bytes) {
  const { getDocumentProxy } = await import('unpdf')
  try {
    // A copy: the reader takes what it is given.
    const pdf = await getDocumentProxy(new Uint8Array(bytes), { isEvalSupported: false, stopAtErrors: true, verbosity: 0 })
    await (await pdf.getPage(1)).getTextContent()
    return bytes
  } catch (error) {
    return error instanceof Error && error.name === 'PasswordException' ? 'protected' : 'damaged'
  }
}

/** @param {Uint8Array} bytes @param {string} mediaType @returns {Promise<Uint8Array | Fault>} */
async function drawAnew(bytes, mediaType) {
  const { default: sharp } = await import('sharp')
  /** @param {number} width @param {number} height */
  const isTooLarge = (width, height) => !(width * height <= mostPixels)
  const options = { limitInputPixels: mostPixels, failOn: /** @type {const} */ ('error') }
  let picture
  if (mediaType === 'image/heic') {
    const { default: decode } = await import('heic-decode')
    const [first] = await decode.all({ buffer: bytes })
    if (!first) return 'damaged'
    if (isTooLarge(first.width, first.height)) return 'too-many-pixels'
    const { width, height, data } = await first.decode()
    picture = sharp(data, { ...options, raw: { width, height, channels: 4 } }).flatten()
  } else {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata()
    if (isTooLarge(width, height)) return 'too-many-pixels'
    picture = sharp(bytes, options).autoOrient()
  }
  picture = picture.resize({ width: longestSide, height: longestSide, fit: 'inside', withoutEnlargement: true })
  if (isPreview) return picture.webp({ quality: 82 }).toBuffer()
  if (mediaType === 'image/png') return picture.png().toBuffer()
  // Photographs of phones that not every desk can open become ones that it can.
  return mediaType === 'image/webp' ? picture.webp({ quality: 88 }).toBuffer() : picture.jpeg({ quality: 88 }).toBuffer()
}

const bytes = await buffer(process.stdin)
const read = await (mediaType === 'application/pdf' ? openPdf(bytes) : drawAnew(bytes, mediaType)).catch(
  () => /** @type {const} */ ('damaged'),
)
const answer = createWriteStream('', { fd: 3 })
answer.write(`${JSON.stringify(typeof read === 'string' ? { fault: read } : { size: read.length })}\n`)
answer.end(typeof read === 'string' ? '' : read)
