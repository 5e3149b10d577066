import type { RefusalCode } from '../refusal.ts'

/** What a file is for whoever looks at it: decides its icon and whether it can be shown. */
export const fileKinds = ['image', 'pdf', 'mail', 'document', 'spreadsheet', 'text', 'archive', 'media', 'other'] as const
export type FileKind = (typeof fileKinds)[number]

/** What a file is about, as whoever added it says. */
export const fileCategories = ['contract', 'legal', 'financial', 'order', 'correspondence', 'image', 'other'] as const
export type FileCategory = (typeof fileCategories)[number]

/** What was found in a file's content. */
export interface FoundContent {
  /** By its signature; null where it has none that is known. */
  mediaType: string | null
  /** It reads as text: no byte of it is a control that text does not have. */
  isText: boolean
}

/** Endings that a machine runs or installs when it is opened, whatever is in them. */
const programEndings = new Set(
  'exe com scr pif bat cmd ps1 psm1 vbs vbe js jse mjs wsf wsh hta msi msp mst dll sys cpl drv ocx jar lnk url reg scf inf gadget app apk ipa deb rpm pkg dmg sh bash csh command desktop chm application appref-ms xll'.split(
    ' ',
  ),
)

/** Contents that a machine runs or installs, whatever their name says. */
const programContents = new Set([
  'application/x-msdownload',
  'application/x-elf',
  'application/x-mach-binary',
  'application/java-vm',
  'application/java-archive',
  'application/wasm',
  'application/vnd.android.package-archive',
  'application/x-deb',
  'application/x-rpm',
  'application/x.ms.shortcut',
  'application/x.apple.alias',
  'application/x-shockwave-flash',
  'application/x-google-chrome-extension',
])

const office = 'application/vnd.openxmlformats-officedocument'
const zipped = 'application/zip'
const compound = 'application/x-cfb'
const anything = ''
type Known = { kind: FileKind; mediaType: string; contents: readonly string[] }
const one = (kind: FileKind, mediaType: string, ...contents: string[]): Known => ({
  kind,
  mediaType,
  contents: contents.length > 0 ? contents : [mediaType],
})
/** Text has no signature: it only has to read as text. */
const written = (kind: FileKind, mediaType: string, ...contents: string[]): Known => ({
  kind,
  mediaType,
  contents: [anything, ...contents],
})

/** What each ending promises; whatever is not here is kept as it comes, and never opened by us. */
const endings = new Map<string, Known>([
  ['jpg', one('image', 'image/jpeg')],
  ['jpeg', one('image', 'image/jpeg')],
  ['png', one('image', 'image/png', 'image/png', 'image/apng')],
  ['gif', one('image', 'image/gif')],
  ['webp', one('image', 'image/webp')],
  ['heic', one('image', 'image/heic', 'image/heic', 'image/heif', 'image/heic-sequence')],
  ['heif', one('image', 'image/heic', 'image/heic', 'image/heif', 'image/heic-sequence')],
  ['avif', one('image', 'image/avif')],
  ['tif', one('image', 'image/tiff')],
  ['tiff', one('image', 'image/tiff')],
  ['bmp', one('image', 'image/bmp')],
  ['pdf', one('pdf', 'application/pdf')],
  ['eml', written('mail', 'message/rfc822')],
  ['msg', one('mail', 'application/vnd.ms-outlook', compound)],
  ['docx', one('document', `${office}.wordprocessingml.document`, `${office}.wordprocessingml.document`, zipped)],
  ['xlsx', one('spreadsheet', `${office}.spreadsheetml.sheet`, `${office}.spreadsheetml.sheet`, zipped)],
  ['pptx', one('document', `${office}.presentationml.presentation`, `${office}.presentationml.presentation`, zipped)],
  ['odt', one('document', 'application/vnd.oasis.opendocument.text', 'application/vnd.oasis.opendocument.text', zipped)],
  [
    'ods',
    one(
      'spreadsheet',
      'application/vnd.oasis.opendocument.spreadsheet',
      'application/vnd.oasis.opendocument.spreadsheet',
      zipped,
    ),
  ],
  ['doc', one('document', 'application/msword', compound, 'application/rtf')],
  ['xls', one('spreadsheet', 'application/vnd.ms-excel', compound)],
  ['ppt', one('document', 'application/vnd.ms-powerpoint', compound)],
  ['rtf', one('document', 'application/rtf')],
  ['csv', written('spreadsheet', 'text/csv')],
  ['txt', written('text', 'text/plain')],
  ['md', written('text', 'text/plain')],
  ['log', written('text', 'text/plain')],
  // Kept as bytes that no browser shows: both can carry scripts.
  ['html', written('other', 'application/octet-stream', 'text/html', 'application/xml')],
  ['htm', written('other', 'application/octet-stream', 'text/html', 'application/xml')],
  ['svg', written('other', 'application/octet-stream', 'image/svg+xml', 'application/xml')],
  ['xml', written('other', 'application/octet-stream', 'application/xml', 'image/svg+xml')],
  ['json', written('text', 'text/plain')],
  ['vcf', written('other', 'application/octet-stream', 'text/vcard')],
  ['ics', written('other', 'application/octet-stream', 'text/calendar')],
  // A workbook or a document is a ZIP too, for whoever calls it that.
  [
    'zip',
    one(
      'archive',
      zipped,
      zipped,
      `${office}.wordprocessingml.document`,
      `${office}.spreadsheetml.sheet`,
      `${office}.presentationml.presentation`,
    ),
  ],
  ['rar', one('archive', 'application/octet-stream', 'application/x-rar-compressed')],
  ['7z', one('archive', 'application/octet-stream', 'application/x-7z-compressed')],
  ['mp3', one('media', 'audio/mpeg')],
  ['wav', one('media', 'audio/wav', 'audio/wav', 'audio/vnd.wave')],
  ['m4a', one('media', 'audio/mp4', 'audio/mp4', 'audio/x-m4a', 'video/mp4')],
  ['ogg', one('media', 'audio/ogg', 'audio/ogg', 'application/ogg', 'audio/opus', 'video/ogg')],
  ['mp4', one('media', 'video/mp4', 'video/mp4', 'video/quicktime', 'video/x-m4v', 'audio/mp4')],
  ['mov', one('media', 'video/quicktime', 'video/quicktime', 'video/mp4')],
])

/** The ending of a name in lower case, without its dot; '' where it has none. */
export function fileEnding(name: string): string {
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : ''
}

/**
 * What a file is, by its name and its content together. Programs are refused by either (`file-is-program`), and so is a content that is not what the
 * ending promises (`file-not-what-it-says`). What has no known ending is kept: shown as what its content says where that is a picture or a PDF, and
 * else as bytes that are only ever downloaded.
 */
export function fileKindOf(
  name: string,
  found: FoundContent,
): { kind: FileKind; mediaType: string } | { refusal: Extract<RefusalCode, 'file-is-program' | 'file-not-what-it-says'> } {
  const ending = fileEnding(name)
  if (programEndings.has(ending) || programContents.has(found.mediaType ?? '')) return { refusal: 'file-is-program' }
  const promised = endings.get(ending)
  if (promised) {
    const holds =
      found.mediaType === null
        ? found.isText && promised.contents.includes(anything)
        : promised.contents.includes(found.mediaType)
    return holds ? { kind: promised.kind, mediaType: promised.mediaType } : { refusal: 'file-not-what-it-says' }
  }
  for (const { kind, mediaType, contents } of endings.values())
    if ((kind === 'image' || kind === 'pdf') && found.mediaType !== null && contents.includes(found.mediaType))
      return { kind, mediaType }
  return { kind: 'other', mediaType: 'application/octet-stream' }
}

const longestName = 180

/**
 * The name of a file as it is shown and given back: the last part of whatever path was told, in one line, without controls or the marks that turn the
 * direction of what follows (they make `cod.exe` read as `exe.doc`), and without what systems refuse in names. Its ending stays when it is cut. Null where
 * nothing is left.
 */
export function displayFileName(told: string): string | null {
  const base = told.slice(-2000).split(/[\\/]/).at(-1) ?? ''
  const clean = base
    .normalize('NFC')
    .replace(/[\p{Z}\t\r\n]+/gu, ' ')
    .replace(/[\p{C}<>:"|?*]/gu, '')
    .replace(/^[ .]+/, '')
    .trimEnd()
  const whole = clean.endsWith('.') ? clean.slice(0, -1).trimEnd() : clean
  if (whole === '') return null
  const characters = [...whole]
  if (characters.length <= longestName) return whole
  const ending = fileEnding(whole)
  const tail = ending !== '' && ending.length <= 12 ? `.${ending}` : ''
  return `${characters
    .slice(0, longestName - tail.length)
    .join('')
    .trimEnd()}${tail}`
}

/** A new name for a file that is kept: cleaned, and with the ending that it has, since that was checked against its content. */
export function renamedFile(before: string, told: string): string | null {
  const name = displayFileName(told)
  if (name === null) return null
  const ending = fileEnding(before)
  if (ending === '' || fileEnding(name) === ending) return name
  return displayFileName(`${name}.${ending}`)
}
