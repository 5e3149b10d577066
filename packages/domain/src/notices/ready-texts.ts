import type { NoticeKind, NoticeTone } from './notice-settings.ts'
import type { NoticeLanguage, NoticeText, NoticeTextPlace } from './notice-text.ts'

/**
 * Whose words a ready text takes where Spanish differs: Latin American unless told, and countries where it says something else
 * (Argentina and Uruguay address with vos; what proves a payment has another name in Chile, Colombia and Spain).
 */
export const readyTextCountries = ['AR', 'CL', 'CO', 'ES', 'UY'] as const
export type ReadyTextCountry = (typeof readyTextCountries)[number]

interface Part {
  subject: string
  opening: string
  ask: string
}
interface Wording {
  greeting: string
  pay: string
  statement: string
  closing: string
  /** By level, 1 to 4. */
  preventive: readonly [Part, Part, Part, Part]
  overdue: readonly [Part, Part, Part, Part]
}

const signature = '{{ agent.name }}\n{{ company.name }}'

// What is said of an amount stays singular ("saldo", "balance"), so that one document and forty read alike.
const sets: Record<NoticeLanguage, Record<NoticeTone, Wording>> = {
  es: {
    formal: {
      greeting: 'Estimado cliente {{ customer.name }}:',
      pay: 'Si lo desea, puede pagar en línea:',
      statement: 'Adjuntamos su estado de cuenta.',
      closing: `Saludos cordiales,\n${signature}`,
      preventive: [
        {
          subject: '{{ company.name }}: próximos vencimientos de su cuenta',
          opening:
            'Le saludamos de {{ company.name }}. Para que pueda programarlo con tiempo, le compartimos el detalle de su saldo por vencer, de {{ upcomingTotals }}:',
          ask: 'Si ya realizó el pago, no tiene que hacer nada más. Cualquier consulta, con gusto la atendemos en {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: recordatorio de vencimiento',
          opening: 'Le recordamos que su cuenta tiene un saldo por vencer de {{ upcomingTotals }}. Este es el detalle:',
          ask: 'Si ya realizó el pago, por favor no tome en cuenta este mensaje. Si tiene alguna consulta, puede responder a este correo.',
        },
        {
          subject: '{{ company.name }}: su saldo vence el {{ firstDueOn | date }}',
          opening:
            'Le recordamos que su cuenta tiene un saldo de {{ upcomingTotals }} con vencimiento a partir del {{ firstDueOn | long_date }}:',
          ask: 'Le agradecemos programar el pago para esa fecha. Si prevé algún inconveniente, le pedimos avisarnos antes del vencimiento en {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: último recordatorio antes del vencimiento',
          opening:
            'Este es el último recordatorio antes del vencimiento. Su cuenta tiene un saldo de {{ upcomingTotals }} que vence a partir del {{ firstDueOn | long_date }}:',
          ask: 'Le pedimos realizar el pago a más tardar en la fecha indicada, para mantener su crédito al día. Si ya lo hizo, envíenos por favor el [comprobante] a {{ agent.email }}.',
        },
      ],
      overdue: [
        {
          subject: '{{ company.name }}: saldo pendiente de su cuenta',
          opening:
            'Quizá se trate de un olvido: según nuestros registros, su cuenta tiene un saldo vencido de {{ overdueTotals }}. Este es el detalle:',
          ask: 'Le agradecemos realizar el pago en los próximos días. Si ya lo hizo, disculpe la molestia y envíenos por favor el [comprobante] a {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: su cuenta tiene un saldo vencido',
          opening:
            'A la fecha, {{ today | date }}, no hemos registrado el pago de su saldo vencido, de {{ overdueTotals }}. Este es el detalle:',
          ask: 'Le agradecemos regularizar el pago o indicarnos en qué fecha lo realizará. Si hay algún inconveniente, escríbanos a {{ agent.email }} y lo resolvemos.',
        },
        {
          subject: '{{ company.name }}: requerimos el pago de su saldo vencido',
          opening:
            'Su cuenta mantiene un saldo vencido de {{ overdueTotals }}, con hasta {{ oldestDays }} días de atraso, y no hemos recibido el pago ni una respuesta. Este es el detalle:',
          ask: 'Le pedimos realizar el pago [brevedad] o comunicarnos una fecha de pago concreta en {{ agent.email }}. Mientras el saldo siga pendiente, sus próximas compras a crédito podrían quedar detenidas.',
        },
        {
          subject: '{{ company.name }}: último aviso por su saldo vencido',
          opening:
            'Este es nuestro último aviso. Su cuenta mantiene un saldo vencido de {{ overdueTotals }}, con hasta {{ oldestDays }} días de atraso:',
          ask: 'Le pedimos pagar el total o acordar con nosotros un plan de pago de inmediato, en {{ agent.email }}. De no recibir respuesta, suspenderemos el crédito y la cuenta seguirá el proceso de cobranza que corresponda.\n\nSi ya realizó el pago, envíenos el [comprobante] para actualizar su cuenta.',
        },
      ],
    },
    informal: {
      greeting: 'Hola, {{ customer.contactPerson | default: customer.name }}:',
      pay: 'Si quieres, puedes pagar en línea:',
      statement: 'Te adjuntamos tu estado de cuenta.',
      closing: `Un saludo,\n${signature}`,
      preventive: [
        {
          subject: '{{ company.name }}: tus próximos vencimientos',
          opening:
            'Para que lo tengas presente con tiempo, este es el detalle de tu saldo por vencer con {{ company.name }}, de {{ upcomingTotals }}:',
          ask: 'Si ya pagaste, no tienes que hacer nada. Y si tienes alguna duda, escríbenos a {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: recordatorio de vencimiento',
          opening: 'Te recordamos que tienes un saldo por vencer de {{ upcomingTotals }}. Este es el detalle:',
          ask: 'Si ya pagaste, ignora este mensaje. Si tienes alguna duda, responde a este correo.',
        },
        {
          subject: '{{ company.name }}: tu saldo vence el {{ firstDueOn | date }}',
          opening: 'Tienes un saldo de {{ upcomingTotals }} que vence a partir del {{ firstDueOn | long_date }}:',
          ask: 'Por favor, programa el pago para esa fecha. Si ves que no vas a llegar, avísanos antes en {{ agent.email }} y lo vemos juntos.',
        },
        {
          subject: '{{ company.name }}: último recordatorio antes del vencimiento',
          opening:
            'Este es el último recordatorio antes del vencimiento: tienes un saldo de {{ upcomingTotals }} que vence a partir del {{ firstDueOn | long_date }}.',
          ask: 'Te pedimos que pagues a más tardar en esa fecha, para mantener tu crédito al día. Si ya pagaste, envíanos el [comprobante] a {{ agent.email }}.',
        },
      ],
      overdue: [
        {
          subject: '{{ company.name }}: tienes un saldo pendiente',
          opening: 'Seguramente se te pasó: vemos que tienes un saldo vencido de {{ overdueTotals }}. Este es el detalle:',
          ask: 'Si ya pagaste, disculpa la molestia y envíanos el [comprobante] a {{ agent.email }}. Si no, ¿nos ayudas con el pago en estos días?',
        },
        {
          subject: '{{ company.name }}: tu saldo vencido',
          opening:
            'A la fecha, {{ today | date }}, no vemos el pago de tu saldo vencido, de {{ overdueTotals }}. Este es el detalle:',
          ask: 'Por favor, ponte al día o dinos qué día vas a pagar. Si tienes algún inconveniente, escríbenos a {{ agent.email }} y lo vemos juntos.',
        },
        {
          subject: '{{ company.name }}: necesitamos el pago de tu saldo vencido',
          opening:
            'Tu saldo vencido sigue pendiente: son {{ overdueTotals }}, con hasta {{ oldestDays }} días de atraso, y no hemos tenido respuesta. Este es el detalle:',
          ask: 'Necesitamos que pagues [brevedad] o que nos des una fecha de pago concreta en {{ agent.email }}. Mientras siga pendiente, tus próximas compras a crédito podrían quedar detenidas.',
        },
        {
          subject: '{{ company.name }}: último aviso por tu saldo vencido',
          opening:
            'Este es el último aviso: mantienes un saldo vencido de {{ overdueTotals }}, con hasta {{ oldestDays }} días de atraso.',
          ask: 'Te pedimos que pagues el total o que acuerdes con nosotros un plan de pago de inmediato, en {{ agent.email }}. Si no tenemos respuesta, suspenderemos el crédito y la cuenta seguirá el proceso de cobranza que corresponda.\n\nSi ya pagaste, envíanos el [comprobante] y actualizamos tu cuenta.',
        },
      ],
    },
    neutral: {
      greeting: 'Cliente: {{ customer.name }}',
      pay: 'El pago puede realizarse en línea:',
      statement: 'Se adjunta el estado de cuenta.',
      closing: `Atentamente,\n${signature}`,
      preventive: [
        {
          subject: '{{ company.name }}: próximos vencimientos',
          opening: 'Se comparte, con la debida anticipación, el detalle del saldo por vencer, de {{ upcomingTotals }}:',
          ask: 'Si el pago ya fue realizado, no es necesaria ninguna otra acción. Consultas: {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: recordatorio de vencimiento',
          opening: 'Se recuerda que la cuenta tiene un saldo por vencer de {{ upcomingTotals }}. Detalle:',
          ask: 'Si el pago ya fue realizado, este mensaje puede ignorarse. Las consultas se atienden respondiendo a este correo.',
        },
        {
          subject: '{{ company.name }}: saldo con vencimiento el {{ firstDueOn | date }}',
          opening: 'La cuenta tiene un saldo de {{ upcomingTotals }} con vencimiento a partir del {{ firstDueOn | long_date }}:',
          ask: 'Se agradece programar el pago para esa fecha. De existir algún inconveniente, conviene comunicarlo antes del vencimiento a {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: último recordatorio antes del vencimiento',
          opening:
            'Último recordatorio antes del vencimiento. La cuenta tiene un saldo de {{ upcomingTotals }} que vence a partir del {{ firstDueOn | long_date }}:',
          ask: 'Se solicita realizar el pago a más tardar en la fecha indicada, para mantener el crédito al día. Si ya fue realizado, se agradece enviar el [comprobante] a {{ agent.email }}.',
        },
      ],
      overdue: [
        {
          subject: '{{ company.name }}: saldo pendiente',
          opening: 'Según los registros, la cuenta tiene un saldo vencido de {{ overdueTotals }}. Detalle:',
          ask: 'Se agradece realizar el pago en los próximos días. Si ya fue realizado, basta con enviar el [comprobante] a {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: saldo vencido',
          opening:
            'A la fecha, {{ today | date }}, no se ha registrado el pago del saldo vencido, de {{ overdueTotals }}. Detalle:',
          ask: 'Se solicita regularizar el pago o indicar la fecha en que se realizará. Los inconvenientes pueden comunicarse a {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: se requiere el pago del saldo vencido',
          opening:
            'La cuenta mantiene un saldo vencido de {{ overdueTotals }}, con hasta {{ oldestDays }} días de atraso, sin que se haya recibido el pago ni una respuesta. Detalle:',
          ask: 'Se requiere el pago [brevedad], o una fecha de pago concreta, comunicada a {{ agent.email }}. Mientras el saldo siga pendiente, las próximas ventas a crédito podrían quedar detenidas.',
        },
        {
          subject: '{{ company.name }}: último aviso por saldo vencido',
          opening:
            'Último aviso. La cuenta mantiene un saldo vencido de {{ overdueTotals }}, con hasta {{ oldestDays }} días de atraso:',
          ask: 'Se requiere el pago total o el acuerdo inmediato de un plan de pago, en {{ agent.email }}. De no recibirse respuesta, se suspenderá el crédito y la cuenta seguirá el proceso de cobranza que corresponda.\n\nSi el pago ya fue realizado, se solicita enviar el [comprobante] para actualizar la cuenta.',
        },
      ],
    },
  },
  en: {
    formal: {
      greeting: 'Dear {{ customer.name }},',
      pay: 'You may also pay online:',
      statement: 'Your statement of account is attached.',
      closing: `Kind regards,\n${signature}`,
      preventive: [
        {
          subject: '{{ company.name }}: upcoming due dates on your account',
          opening:
            'So that you can plan ahead, please find below the details of your balance falling due with {{ company.name }}, {{ upcomingTotals }} in total:',
          ask: 'If you have already paid, no further action is needed. We will gladly answer any question at {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: payment reminder',
          opening:
            'This is a reminder that your account has a balance of {{ upcomingTotals }} falling due. The details are as follows:',
          ask: 'If you have already paid, please disregard this message. For any question, simply reply to this e-mail.',
        },
        {
          subject: '{{ company.name }}: your balance is due on {{ firstDueOn | date }}',
          opening:
            'We would like to remind you that your account has a balance of {{ upcomingTotals }}, due from {{ firstDueOn | long_date }}:',
          ask: 'We would be grateful if you scheduled the payment for that date. Should you foresee any difficulty, please let us know before the due date at {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: final reminder before the due date',
          opening:
            'This is our final reminder before the due date. Your account has a balance of {{ upcomingTotals }}, due from {{ firstDueOn | long_date }}:',
          ask: 'Please make the payment by that date at the latest, so that your credit stays in good standing. If you have already paid, please send us the proof of payment at {{ agent.email }}.',
        },
      ],
      overdue: [
        {
          subject: '{{ company.name }}: outstanding balance on your account',
          opening:
            'This may be an oversight: according to our records, your account has an overdue balance of {{ overdueTotals }}. The details are as follows:',
          ask: 'We would be grateful for your payment within the next few days. If you have already paid, please accept our apologies and send us the proof of payment at {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: your account is overdue',
          opening:
            'As of {{ today | date }} we have not received payment of your overdue balance of {{ overdueTotals }}. The details are as follows:',
          ask: 'Please settle the balance, or let us know on which date you will pay. If there is any problem, write to {{ agent.email }} and we will sort it out.',
        },
        {
          subject: '{{ company.name }}: payment of your overdue balance required',
          opening:
            'Your account still has an overdue balance of {{ overdueTotals }}, up to {{ oldestDays }} days late, and we have received neither payment nor an answer. The details are as follows:',
          ask: 'Please pay without further delay, or give us a definite payment date at {{ agent.email }}. While the balance is outstanding, further purchases on credit may be put on hold.',
        },
        {
          subject: '{{ company.name }}: last notice on your overdue balance',
          opening:
            'This is our last notice. Your account still has an overdue balance of {{ overdueTotals }}, up to {{ oldestDays }} days late:',
          ask: 'Please pay the full amount or agree a payment plan with us immediately, at {{ agent.email }}. If we do not hear from you, we will suspend the credit and the account will follow the applicable collection process.\n\nIf you have already paid, please send us the proof of payment so that we can update your account.',
        },
      ],
    },
    informal: {
      greeting: 'Hi {{ customer.contactPerson | default: customer.name }},',
      pay: 'You can also pay online:',
      statement: "We've attached your statement of account.",
      closing: `Best wishes,\n${signature}`,
      preventive: [
        {
          subject: '{{ company.name }}: your upcoming due dates',
          opening: "Just a heads-up: here's what is falling due with {{ company.name }}, {{ upcomingTotals }} in total:",
          ask: "If you've already paid, there's nothing else to do. Any questions? Write to {{ agent.email }}.",
        },
        {
          subject: '{{ company.name }}: payment reminder',
          opening: "A quick reminder that you have a balance of {{ upcomingTotals }} falling due. Here's the detail:",
          ask: "If you've already paid, just ignore this message. Any questions? Reply to this e-mail.",
        },
        {
          subject: '{{ company.name }}: your balance is due on {{ firstDueOn | date }}',
          opening: 'You have a balance of {{ upcomingTotals }}, due from {{ firstDueOn | long_date }}:',
          ask: "Please schedule the payment for that date. If you won't make it, let us know beforehand at {{ agent.email }} and we'll find a way.",
        },
        {
          subject: '{{ company.name }}: last reminder before the due date',
          opening:
            'This is the last reminder before the due date: you have a balance of {{ upcomingTotals }}, due from {{ firstDueOn | long_date }}.',
          ask: "Please pay by that date, so that your credit stays in good standing. If you've already paid, send us the proof of payment at {{ agent.email }}.",
        },
      ],
      overdue: [
        {
          subject: '{{ company.name }}: you have an outstanding balance',
          opening: "It probably slipped your mind: you have an overdue balance of {{ overdueTotals }}. Here's the detail:",
          ask: "If you've already paid, sorry for the trouble, and please send us the proof of payment at {{ agent.email }}. If not, could you take care of it in the next few days?",
        },
        {
          subject: '{{ company.name }}: your overdue balance',
          opening:
            "As of {{ today | date }} we haven't seen the payment of your overdue balance of {{ overdueTotals }}. Here's the detail:",
          ask: "Please settle it, or tell us which day you'll pay. If there's any problem, write to {{ agent.email }} and we'll sort it out together.",
        },
        {
          subject: '{{ company.name }}: we need the payment of your overdue balance',
          opening:
            "Your overdue balance is still open: {{ overdueTotals }}, up to {{ oldestDays }} days late, and we haven't heard from you. Here's the detail:",
          ask: 'We need you to pay as soon as possible, or to give us a definite payment date at {{ agent.email }}. While it is open, further purchases on credit may be put on hold.',
        },
        {
          subject: '{{ company.name }}: last notice on your overdue balance',
          opening:
            'This is the last notice: you still have an overdue balance of {{ overdueTotals }}, up to {{ oldestDays }} days late.',
          ask: "Please pay the full amount or agree a payment plan with us right away, at {{ agent.email }}. If we don't hear from you, we'll suspend the credit and the account will follow the applicable collection process.\n\nIf you've already paid, send us the proof of payment and we'll update your account.",
        },
      ],
    },
    neutral: {
      greeting: 'Customer: {{ customer.name }}',
      pay: 'Payment can be made online:',
      statement: 'The statement of account is attached.',
      closing: `Regards,\n${signature}`,
      preventive: [
        {
          subject: '{{ company.name }}: upcoming due dates',
          opening: 'For planning purposes, these are the details of the balance falling due, {{ upcomingTotals }} in total:',
          ask: 'If payment has already been made, no action is needed. Questions: {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: payment reminder',
          opening: 'The account has a balance of {{ upcomingTotals }} falling due. Details:',
          ask: 'If payment has already been made, this message can be disregarded. Questions are answered by replying to this e-mail.',
        },
        {
          subject: '{{ company.name }}: balance due on {{ firstDueOn | date }}',
          opening: 'The account has a balance of {{ upcomingTotals }}, due from {{ firstDueOn | long_date }}:',
          ask: 'Payment should be scheduled for that date. Any difficulty should be reported before the due date to {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: final reminder before the due date',
          opening:
            'Final reminder before the due date. The account has a balance of {{ upcomingTotals }}, due from {{ firstDueOn | long_date }}:',
          ask: 'Payment is requested by that date at the latest, to keep the credit in good standing. If it has already been made, the proof of payment can be sent to {{ agent.email }}.',
        },
      ],
      overdue: [
        {
          subject: '{{ company.name }}: outstanding balance',
          opening: 'According to the records, the account has an overdue balance of {{ overdueTotals }}. Details:',
          ask: 'Payment within the next few days would be appreciated. If it has already been made, sending the proof of payment to {{ agent.email }} is enough.',
        },
        {
          subject: '{{ company.name }}: overdue balance',
          opening:
            'As of {{ today | date }}, no payment of the overdue balance of {{ overdueTotals }} has been recorded. Details:',
          ask: 'Settlement of the balance is requested, or the date on which it will be paid. Any problem can be reported to {{ agent.email }}.',
        },
        {
          subject: '{{ company.name }}: payment of the overdue balance required',
          opening:
            'The account still has an overdue balance of {{ overdueTotals }}, up to {{ oldestDays }} days late, and neither payment nor an answer has been received. Details:',
          ask: 'Payment is required without further delay, or a definite payment date, reported to {{ agent.email }}. While the balance is outstanding, further sales on credit may be put on hold.',
        },
        {
          subject: '{{ company.name }}: last notice on the overdue balance',
          opening:
            'Last notice. The account still has an overdue balance of {{ overdueTotals }}, up to {{ oldestDays }} days late:',
          ask: 'Full payment, or an immediate agreement on a payment plan, is required at {{ agent.email }}. Without an answer, the credit will be suspended and the account will follow the applicable collection process.\n\nIf payment has already been made, the proof of payment is needed to update the account.',
        },
      ],
    },
  },
}

const bankTitle = { es: 'Cuentas para el pago:', en: 'Accounts for your payment:' } as const

const words: Record<ReadyTextCountry | 'other', { proof: string; soon: string }> = {
  AR: { proof: 'comprobante de pago', soon: 'a la brevedad' },
  CL: { proof: 'comprobante de transferencia', soon: 'a la brevedad' },
  CO: { proof: 'soporte de pago', soon: 'a la mayor brevedad' },
  ES: { proof: 'justificante de pago', soon: 'cuanto antes' },
  UY: { proof: 'comprobante de pago', soon: 'a la brevedad' },
  other: { proof: 'comprobante de pago', soon: 'a la brevedad' },
}

/** How the informal texts address with vos, word by word; every verb of theirs that differs is here. */
const vos: readonly (readonly [string, string])[] = [
  ['avísanos', 'avisanos'],
  ['Avísanos', 'Avisanos'],
  ['dinos', 'decinos'],
  ['disculpa', 'disculpá'],
  ['envíanos', 'envianos'],
  ['escríbenos', 'escribinos'],
  ['ignora', 'ignorá'],
  ['mantienes', 'mantenés'],
  ['ponte', 'ponete'],
  ['programa', 'programá'],
  ['puedes', 'podés'],
  ['quieres', 'querés'],
  ['responde', 'respondé'],
  ['tienes', 'tenés'],
  ['Tienes', 'Tenés'],
]

function withVos(text: string): string {
  // By words, so that "tienes" in a longer word would stay.
  return vos.reduce(
    (said, [tu, ours]) =>
      said
        .split(/(?<![\p{L}])(?=[\p{L}])/u)
        .map((piece) => replaceWord(piece, tu, ours))
        .join(''),
    text,
  )
}

function replaceWord(piece: string, word: string, by: string): string {
  return piece.startsWith(word) && !/^\p{L}/u.test(piece.slice(word.length)) ? by + piece.slice(word.length) : piece
}

/** The ready text of a place, to start from: every place has one. A country changes words of the Spanish ones. */
export function readyText(place: NoticeTextPlace, country: ReadyTextCountry | null = null): NoticeText {
  const set = sets[place.language][place.tone]
  const part = set[place.kind][Math.min(Math.max(Math.trunc(place.level), 1), 4) - 1] ?? set[place.kind][0]
  const { proof, soon } = words[country ?? 'other']
  const local = (text: string) => {
    const said = text.replaceAll('[comprobante]', proof).replaceAll('[brevedad]', soon)
    return place.tone === 'informal' && (country === 'AR' || country === 'UY') ? withVos(said) : said
  }
  const body = [
    set.greeting,
    part.opening,
    '{{ receivables_table }}',
    part.ask,
    `{% if company.bankDetails %}${bankTitle[place.language]}\n{{ company.bankDetails }}\n\n{% endif %}{% if company.paymentLink %}${set.pay}\n\n{{ company.paymentLink }}\n\n{% endif %}{% if statementAttached %}${set.statement}{% endif %}`,
    set.closing,
  ].join('\n\n')
  return { subject: local(part.subject), body: local(body) }
}

/** The places of the catalogue, in the order in which it is read. */
export function noticeTextPlaces(): NoticeTextPlace[] {
  const places: NoticeTextPlace[] = []
  for (const language of ['es', 'en'] as const)
    for (const tone of ['formal', 'informal', 'neutral'] as const)
      for (const kind of ['preventive', 'overdue'] as const satisfies readonly NoticeKind[])
        for (const level of [1, 2, 3, 4]) places.push({ kind, level, language, tone })
  return places
}
