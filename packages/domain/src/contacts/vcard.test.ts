import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readCards, writeCard } from './vcard.ts'

const uid = '0190a2b4-0000-7000-8000-000000000001'
const crlf = (...lines: string[]) => lines.join('\r\n')

describe('a card that is written', () => {
  test('is vCard 3.0 with its values escaped and its lines folded', () => {
    const text = writeCard({
      uid,
      name: 'Ana; Peña, hija',
      organisation: 'Almacén \\ Uno',
      department: 'Compras',
      email: 'ana@x.test',
      mobile: '+593991234567',
      categories: ['Paga', 'Recibe, firma'],
      note: 'una\r\ndos',
    })
    expect(text).toContain('FN:Ana\\; Peña\\, hija\r\n')
    expect(text).toContain('ORG:Almacén \\\\ Uno;Compras\r\n')
    expect(text).toContain('TEL;TYPE=CELL,VOICE:+593991234567\r\n')
    expect(text).toContain('CATEGORIES:Paga,Recibe\\, firma\r\n')
    expect(text).toContain('NOTE:una\\ndos\r\n')
    expect(text.startsWith('BEGIN:VCARD\r\nVERSION:3.0\r\n')).toBe(true)
    const long = writeCard({ uid, name: 'ñ'.repeat(300) })
    for (const line of long.split('\r\n')) expect(new TextEncoder().encode(line).length).toBeLessThanOrEqual(75)
  })

  test('carries a picture, folded like the rest', () => {
    const photo = '/9j/4AAQSkZJRg'.repeat(40)
    const lines = writeCard({ uid, name: 'Andina', photo }).split('\r\n')
    const at = lines.findIndex((line) => line.startsWith('PHOTO;ENCODING=b;TYPE=JPEG:'))
    const rest = lines.slice(at + 1)
    const end = rest.findIndex((line) => !line.startsWith(' '))
    expect(
      `${lines[at]?.slice(27)}${rest
        .slice(0, end)
        .map((line) => line.slice(1))
        .join('')}`,
    ).toBe(photo)
    expect(readCards(lines.join('\r\n'), 1)).toMatchObject([{ name: 'Andina' }])
  })

  test('no value begins another property or another card', () => {
    const text = writeCard({ uid, name: 'x\r\nEMAIL:spy@x.test\nEND:VCARD\rBEGIN:VCARD', title: '\u0000\u000bA' })
    expect(text.match(/^(EMAIL|BEGIN|END)/gm)).toEqual(['BEGIN', 'END'])
    expect(readCards(text, 10)).toMatchObject([{ title: 'A', email: null }])
  })

  test('comes back as it was, whatever stands in it', () => {
    const words = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 100 })
      .filter((text) => /^[^\p{C}\s](.*[^\p{C}\s])?$/u.test(text))
    void fc.assert(
      fc.property(words, words, words, (name, title, category) => {
        const [card] =
          readCards(writeCard({ uid, name, title, organisation: 'O', department: title, categories: [category] }), 1) ?? []
        expect(card).toMatchObject({ name, title, department: title, categories: [category] })
      }),
    )
  })
})

describe('cards that others wrote', () => {
  test('of old phones: quoted-printable over several lines, bare types', () => {
    const text = crlf(
      'BEGIN:VCARD',
      'VERSION:2.1',
      'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Mu=C3=B1oz;Jos=C3=A9;=',
      ';;',
      'TEL;CELL;PREF:099 123 4567',
      'TEL;WORK;FAX:02 111',
      'TEL;WORK:02 234 5678',
      'EMAIL;INTERNET:jose@x.test',
      'END:VCARD',
    )
    expect(readCards(text, 5)).toEqual([
      {
        name: 'José Muñoz',
        department: null,
        title: null,
        email: 'jose@x.test',
        phone: '02 234 5678',
        mobile: '099 123 4567',
        categories: [],
      },
    ])
  })

  test('of Apple and of vCard 4.0: groups, quoted parameters, tel: addresses, folded lines', () => {
    const text = crlf(
      '\uFEFFBEGIN:VCARD',
      'VERSION:4.0',
      'FN:Ana Pe',
      ' ña',
      'ORG:Firma;Tesorería',
      'item1.EMAIL;TYPE="work,home":otra@x.test',
      'item2.EMAIL;PREF=1:mailto:ana@x.test',
      'TEL;VALUE=uri;TYPE="voice,work":tel:+593-2-234-5678;ext=12',
      'PHOTO;ENCODING=b:AAAA',
      'END:VCARD',
    )
    expect(readCards(text, 5)).toMatchObject([
      { name: 'Ana Peña', department: 'Tesorería', email: 'ana@x.test', phone: '+593-2-234-5678 ext. 12' },
    ])
  })

  test.each(['', 'hola', 'BEGIN:VCARD', 'BEGIN:VCARD\nFN:Ana', '<html>', 'PK\u0003\u0004', 'END:VCARD\nEND:VCARD'])(
    '%j is no card',
    (text) => expect(readCards(text, 5)).toBeNull(),
  )

  test('no more than asked for are read', () => {
    const card = 'BEGIN:VCARD\nFN:A\nEND:VCARD\n'
    expect(readCards(card.repeat(100), 10)).toHaveLength(10)
  })

  test('lines that go on and on, and signs that escape nothing, are read in one go', () => {
    const folded = `NOTE:x\n${' y=\n'.repeat(200_000)}`
    const quoted = `FN;ENCODING=QUOTED-PRINTABLE:${'a=\n'.repeat(300_000)}x`
    const rest = `NOTE:${'\\'.repeat(200_000)}\n${'A;'.repeat(200_000)}:x`
    expect(readCards(['BEGIN:VCARD', folded, quoted, rest, 'END:VCARD'].join('\n'), 10)).toHaveLength(1)
  })
})
