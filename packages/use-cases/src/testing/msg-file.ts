import CFB from 'cfb'

type Value = string | number | Buffer | Date | boolean

/** MAPI properties of a message as Outlook writes them: name -> tag and type. */
const tags = {
  messageClass: 0x001a001f,
  subject: 0x0037001f,
  clientSubmitTime: 0x00390040,
  senderName: 0x0c1a001f,
  senderAddressType: 0x0c1e001f,
  senderEmail: 0x0c1f001f,
  senderSmtpAddress: 0x5d01001f,
  headers: 0x007d001f,
  body: 0x1000001f,
  html: 0x10130102,
  compressedRtf: 0x10090102,
  internetCodepage: 0x3fde0003,
  recipientType: 0x0c150003,
  displayName: 0x3001001f,
  addressType: 0x3002001f,
  emailAddress: 0x3003001f,
  smtpAddress: 0x39fe001f,
  attachData: 0x37010102,
  attachMethod: 0x37050003,
  attachExtension: 0x3703001f,
  attachFilename: 0x3704001f,
  attachLongFilename: 0x3707001f,
  attachMimeTag: 0x370e001f,
  attachContentId: 0x3712001f,
} as const
type Properties = Partial<Record<keyof typeof tags, Value>>

export interface MsgParts {
  message: Properties
  recipients?: Properties[]
  attachments?: Properties[]
}

/** The bytes of a property's stream; null for what stands in the property itself. */
function streamOf(type: number, value: Value): Buffer | null {
  if (type === 0x001f) return Buffer.from(String(value), 'utf16le')
  return type === 0x0102 ? (value as Buffer) : null
}

function fixedValue(type: number, value: Value): Buffer {
  const bytes = Buffer.alloc(8)
  if (type === 0x0040) {
    // A FILETIME: steps of 100 ns since 1601.
    bytes.writeBigUInt64LE((BigInt((value as Date).getTime()) + 11_644_473_600_000n) * 10_000n)
  } else bytes.writeInt32LE(Number(value))
  return bytes
}

/**
 * An Outlook message (.msg): a compound file with a stream of properties per object, and a stream of its own for each that has no fixed size
 * ([MS-OXMSG]; what Outlook 2016 and newer write).
 */
export function msgFile({ message, recipients = [], attachments = [] }: MsgParts): Buffer {
  const file = CFB.utils.cfb_new({ root: 'Root Entry' })
  const write = (folder: string, properties: Properties, header: Buffer) => {
    const entries = Object.entries(properties).map(([name, value]) => {
      const tag = tags[name as keyof typeof tags]
      const type = tag & 0xffff
      const content = streamOf(type, value)
      const entry = Buffer.alloc(16)
      entry.writeUInt32LE(tag >>> 0, 0)
      // Readable and writable.
      entry.writeUInt32LE(6, 4)
      if (content === null) fixedValue(type, value).copy(entry, 8)
      else {
        // A text's size counts the zero at its end, which its stream does not hold.
        entry.writeUInt32LE(content.length + (type === 0x001f ? 2 : 0), 8)
        CFB.utils.cfb_add(file, `${folder}__substg1.0_${tag.toString(16).padStart(8, '0').toUpperCase()}`, content)
      }
      return entry
    })
    CFB.utils.cfb_add(file, `${folder}__properties_version1.0`, Buffer.concat([header, ...entries]))
  }
  const header = Buffer.alloc(32)
  for (const [at, count] of [
    [8, recipients.length],
    [12, attachments.length],
    [16, recipients.length],
    [20, attachments.length],
  ] as const)
    header.writeUInt32LE(count, at)
  for (const stream of ['00020102', '00030102', '00040102'])
    CFB.utils.cfb_add(file, `/__nameid_version1.0/__substg1.0_${stream}`, Buffer.alloc(0))
  write('/', { messageClass: 'IPM.Note', ...message }, header)
  const numbered = (index: number) => index.toString(16).padStart(8, '0').toUpperCase()
  for (const [index, one] of recipients.entries()) write(`/__recip_version1.0_#${numbered(index)}/`, one, Buffer.alloc(8))
  for (const [index, one] of attachments.entries())
    write(`/__attach_version1.0_#${numbered(index)}/`, { attachMethod: 1, ...one }, Buffer.alloc(8))
  return Buffer.from(CFB.write(file, { type: 'buffer' }) as Uint8Array)
}

/** The checksum of compressed RTF: that of ZIP, begun with zero and not turned over. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1
  }
  return sum >>> 0
}

/** Rich text as Outlook packs it ([MS-OXRTFCP]): runs of eight letters, and the mark of the end. */
export function compressedRtf(rtf: string): Buffer {
  const raw = Buffer.from(rtf, 'latin1')
  const parts: Buffer[] = []
  let at = 0
  for (; at + 8 <= raw.length; at += 8) parts.push(Buffer.of(0), raw.subarray(at, at + 8))
  const rest = raw.subarray(at)
  // A reference to where the next letter would be written ends it; the dictionary begins with 207 letters.
  const end = (((207 + raw.length) % 4096) << 4) & 0xffff
  parts.push(Buffer.of(1 << rest.length), rest, Buffer.of(end >> 8, end & 0xff))
  const packed = Buffer.concat(parts)
  const header = Buffer.alloc(16)
  header.writeUInt32LE(packed.length + 12, 0)
  header.writeUInt32LE(raw.length, 4)
  header.write('LZFu', 8, 'latin1')
  header.writeUInt32LE(checksum(packed), 12)
  return Buffer.concat([header, packed])
}
