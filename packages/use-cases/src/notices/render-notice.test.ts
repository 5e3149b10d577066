import { noticeTextPlaces, readyText, readyTextCountries } from '@cartera/domain/notices/ready-texts'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TemplateProblem } from './liquid-text.ts'
import type { NoticeContent } from './notice-content.ts'
import { checkTemplate, renderNotice } from './render-notice.ts'

const line = (over: Partial<NoticeContent['receivables'][number]> = {}): NoticeContent['receivables'][number] => ({
  id: 'a',
  kind: 'overdue',
  number: 'F-1',
  issuedOn: '2026-02-01',
  dueOn: '2026-03-01',
  balanceMinor: 100_00n,
  currency: 'USD',
  ...over,
})
const content = (over: Partial<NoticeContent> = {}): NoticeContent => ({
  kind: 'overdue',
  level: 2,
  day: '2026-03-11',
  language: 'es',
  customer: { name: 'Textiles del Sur', contactPerson: 'Eva Ríos', code: 'C-000007' },
  agent: { name: 'Luis Mora', email: 'luis@example.com' },
  company: { name: 'Andina', taxId: null, locale: 'es-EC' },
  payment: { url: null, accounts: [] },
  receivables: [line()],
  covered: new Map(),
  owed: null,
  statementAttached: false,
  logo: null,
  ...over,
})
const body = (source: string, over: Partial<NoticeContent> = {}) => renderNotice(content(over), { subject: 'x', body: source })
const textOf = (source: string, over: Partial<NoticeContent> = {}) => body(source, over).text.split('\n\n-- \n')[0]
const problemOf = (source: string) => {
  try {
    checkTemplate(source)
    return null
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error
    return { kind: error.kind, place: error.place, es: error.es, en: error.en }
  }
}

describe('variables', () => {
  test('totals are net of what is covered, and credit is no more than that', () => {
    const receivables = [
      line({ id: 'a', balanceMinor: 100_00n }),
      line({ id: 'b', kind: 'preventive', dueOn: '2026-03-20', balanceMinor: 50_00n }),
      line({ id: 'c', balanceMinor: 7_00n, currency: 'EUR' }),
    ]
    const covered = new Map([
      ['a', 100_00n],
      ['b', 20_00n],
      ['of another message', 9_00n],
    ])
    const say = '{{ grossTotals }} | {{ credits }} | {{ totals }} | {{ overdueTotals }} | {{ upcomingTotals }}'
    expect(textOf(say, { receivables, covered })).toBe(
      'EUR 7,00 + USD 150,00 | USD 120,00 | EUR 7,00 + USD 30,00 | EUR 7,00 | USD 30,00',
    )
    expect(textOf(say, { receivables })).toBe(
      'EUR 7,00 + USD 150,00 |  | EUR 7,00 + USD 150,00 | EUR 7,00 + USD 100,00 | USD 50,00',
    )
    expect(textOf('{{ totals }}', { covered: new Map([['a', 999_00n]]) })).toBe('USD 0,00')
  })

  test('what is missing is nothing: conditions can ask for it, and default stands in', () => {
    expect(
      textOf('{% if company.paymentLink %}pay{% endif %}{% if credits %}credit{% endif %}{{ company.taxId | default: "-" }}'),
    ).toBe('-')
    const linked = { payment: { url: 'https://pay.example.com/?a=1&b=2', accounts: [] } }
    expect(textOf('Pay: {{ company.paymentLink }}', linked)).toBe('Pay: https://pay.example.com/?a=1&b=2')
    expect(body('{{ company.paymentLink }}', linked).html).toContain('href="https://pay.example.com/?a=1&amp;b=2"')
    expect(body('Or {{ company.paymentLink }}', linked).html).toContain('<a href="https://pay.example.com/?a=1&amp;b=2" style')
    expect(renderNotice(content(linked), { subject: '{{ company.paymentLink }}', body: 'x' }).subject).toBe(
      'https://pay.example.com/?a=1&b=2',
    )
  })

  test('level, days, counts and dates are said in the customer’s language', () => {
    const say = '{{ level }} {{ oldestDays }} {{ count }} {{ firstDueOn | long_date }} {{ statementTotal }}'
    const owed = [{ currency: 'USD', amountMinor: 1_234_56n }]
    expect(textOf(say, { owed })).toBe('2 10 1 1 de marzo de 2026 USD 1.234,56')
    expect(textOf(say, { owed, language: 'en' })).toBe('2 10 1 March 1, 2026 USD 1,234.56')
  })
})

describe('the table', () => {
  const both = [line({ number: 'F-1' }), line({ id: 'b', kind: 'preventive', number: 'F-2', dueOn: '2026-03-20' })]

  test('has a section for each kind only where a message has both, what is overdue first', () => {
    const { html, text } = body('{{ receivables_table }}', { receivables: [...both].reverse() })
    expect(html.match(/<caption[^>]*>([^<]*)/g)?.map((one) => one.replace(/.*>/, ''))).toEqual(['Vencido', 'Por vencer'])
    expect(text.indexOf('F-1')).toBeLessThan(text.indexOf('F-2'))
    expect(text).toMatch(/VENCIDO\n[\s\S]*Días vencido[\s\S]*POR VENCER\n[\s\S]*Días para vencer/)
    expect(body('{{ receivables_table }}').html).not.toContain('<caption')
  })

  test('ends with total, credit and what is to be paid, per currency', () => {
    const receivables = [line(), line({ id: 'b', currency: 'EUR', balanceMinor: 20_00n })]
    const { text } = body('{{ receivables_table }}', { receivables, covered: new Map([['a', 30_00n]]) })
    expect(
      text
        .split('\n')
        .filter((row) => /Total|crédito/.test(row))
        .map((row) => row.trim()),
    ).toEqual(['Total  EUR 20,00', 'Total  USD 100,00', 'Pagos y créditos por aplicar  USD -30,00', 'Total por pagar  USD 70,00'])
  })

  test('becomes a list in plain text where its columns would break', () => {
    const { text } = body('{{ receivables_table }}', { receivables: [line({ number: 'FACTURA-'.repeat(8) })] })
    expect(text).toContain('* FACTURA-FACTURA-')
    expect(Math.max(...text.split('\n').map((row) => row.length))).toBeLessThan(90)
  })

  test('is readable by a screen reader: language, scopes, and layout tables without meaning', () => {
    const { html } = body('{{ receivables_table }}', { logo: { source: 'cid:logo', width: 90 } })
    expect(html).toContain('<html lang="es"')
    expect(html.match(/<th [^>]*scope="col"/g)).toHaveLength(5)
    expect(html).toMatch(/<img\s+alt="Andina"/)
    for (const table of html.match(/<table[^>]*>/g) ?? [])
      if (!table.includes('class="items"')) expect(table).toContain('role="presentation"')
  })
})

describe('what people write and are called', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom(
      '<script>alert(1)</script>',
      '"><img src=x onerror=alert(1)>',
      '{{ agent.email }}{% for i in (1..9) %}x{% endfor %}',
      '=HYPERLINK("http://evil")',
      'a\r\nBcc: victim@example.com',
      '\u202Egnp.exe',
      '\u0000\u0007',
      '[[content]][[head]]',
      '\uE000\uE001',
      '👩‍👩‍👧‍👦 Ñandú',
      '\ud83d',
      '</title></head><body>',
      '<!-- --> ]]>',
      '$& $1 $`',
    ),
  )

  test('stay words: no markup, no Liquid, no line break in a line, no slot of the layout', () => {
    fc.assert(
      fc.property(nasty, nasty, nasty, (customer, number, company) => {
        const made = renderNotice(
          content({
            customer: { name: customer, contactPerson: number, code: 'C' },
            company: { ...content().company, name: company },
            receivables: [line({ number })],
          }),
          {
            subject: '{{ customer.name }} {{ company.name }}',
            body: '{{ customer.name }}\n\n{{ receivables_table }}\n\n{{ company.name }}',
          },
        )
        expect(made.subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u)
        expect(made.html).not.toMatch(/<script|<img|onerror=alert\(1\)>|\[\[/i)
        expect(made.html.match(/<body/g)).toHaveLength(1)
        expect(made.html.match(/<table class="items"/g)).toHaveLength(1)
        for (const mark of ['\uE000', '\uE001', '\u0000']) expect(made.html + made.text).not.toContain(mark)
        if (customer.includes('{{')) expect(made.text).toContain('{{ agent.email }}')
      }),
    )
  })

  test('a body of 20,000 characters is rendered, one more is refused', () => {
    const long = 'ñ'.repeat(19_989)
    expect(textOf(`${long}{{ count }}`)).toBe(`${long}1`)
    expect(problemOf('x'.repeat(20_001))).toMatchObject({ kind: 'limit' })
  })
})

describe('a text that cannot be used', () => {
  test('says what is wrong and where, in both languages', () => {
    expect(problemOf('Hola\n{{ customer.nombre }}')).toEqual({
      kind: 'unknown',
      place: { line: 2, column: 4 },
      es: 'no existe la variable «customer.nombre» (línea 2, columna 4)',
      en: 'there is no variable “customer.nombre” (line 2, column 4)',
    })
    expect(problemOf('{% if count == 1 %}uno')).toMatchObject({ kind: 'open', place: { line: 1, column: 1 } })
    expect(problemOf('{{ customer.name')).toMatchObject({ kind: 'open' })
    expect(problemOf('{{ customer.name | gritar }}')).toMatchObject({ kind: 'filter' })
    expect(problemOf('{% include "/etc/passwd" %}')).toMatchObject({ kind: 'tag' })
    expect(problemOf('{% render "x" %}')).toMatchObject({ kind: 'tag' })
    expect(problemOf('a\n{{ }}')).toMatchObject({ kind: 'syntax', place: { line: 2, column: 4 } })
    expect(problemOf('{% if kind == "nobody" %}{{ never.reached }}{% endif %}')).toMatchObject({ kind: 'unknown' })
    expect(problemOf('{% for one in receivables %}{{ one.price }}{% endfor %}')).toMatchObject({ kind: 'unknown' })
    expect(problemOf('{{ customer.constructor }}')).toMatchObject({ kind: 'unknown' })
    expect(problemOf('{{ "".constructor }}{{ __proto__ }}')).toMatchObject({ kind: 'unknown' })
  })

  test('endless, deep and huge ones end at a limit that does not depend on the clock', () => {
    for (const source of [
      '{% for i in (1..100000000) %}{% endfor %}',
      '{% for i in (1..900) %}{% for j in (1..900) %}{% for k in (1..900) %}x{% endfor %}{% endfor %}{% endfor %}',
      `{% for i in (1..10000) %}${'x'.repeat(1000)}{% endfor %}`,
      `{% assign a = "${'x'.repeat(100)}" %}{% for i in (1..60) %}{% assign a = a | append: a %}{% endfor %}{{ a }}`,
      `${'{% for i in (1..10) %}'.repeat(12)}x${'{% endfor %}'.repeat(12)}`,
      // Neither memory nor output: only its steps say what it is.
      `${'{% for one in receivables %}'.repeat(22)}${'{% endfor %}'.repeat(22)}`,
      '{% assign a = "" %}{% for i in (1..30000) %}{% assign a = a | append: "0123456789012345678901234567890123456789" %}{% endfor %}',
    ])
      expect(problemOf(source), source.slice(0, 60)).toMatchObject({ kind: 'limit' })
  })
})

describe('ready texts', () => {
  test('all of them render in every country, for one document and for forty, with and without link, statement and credit', () => {
    for (const place of noticeTextPlaces())
      for (const country of [null, ...readyTextCountries])
        for (const count of [1, 40]) {
          const ready = readyText(place, country)
          const { subject, text, html } = renderNotice(
            content({
              ...place,
              receivables: Array.from({ length: count }, (_, index) =>
                line({ id: String(index), kind: place.kind, dueOn: place.kind === 'overdue' ? '2026-03-01' : '2026-03-20' }),
              ),
              covered: new Map(count === 1 ? [] : [['0', 10_00n]]),
              statementAttached: count === 1,
              payment: { url: count === 1 ? 'https://pay.example.com' : null, accounts: [] },
            }),
            ready,
          )
          expect(subject).toMatch(/^Andina: /)
          expect(text).not.toMatch(/\{[{%]| , | \. |\(\)/)
          expect(text).toContain('Luis Mora')
          expect(html.includes('https://pay.example.com')).toBe(count === 1)
        }
  })
})
