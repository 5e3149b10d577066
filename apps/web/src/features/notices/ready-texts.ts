import type { NoticeKind } from '@cartera/domain/notices/notice-settings'

/** A body to start from. Its words are for customers, so they stand in the customer's language and not in the reader's. */
export interface ReadyText {
  id: string
  kind: NoticeKind
  /** How it is named in the menu. */
  name: { es: string; en: string }
  language: 'es' | 'en'
  body: string
}

const closingEs = 'Saludos cordiales,\n{{ agent.name }}\n{{ company.name }}'
const closingEn = 'Kind regards,\n{{ agent.name }}\n{{ company.name }}'

export const readyTexts: readonly ReadyText[] = [
  {
    id: 'reminder-usted',
    kind: 'preventive',
    language: 'es',
    name: { es: 'Cordial, de usted', en: 'Spanish, formal' },
    body: `Estimados señores de {{ customer.name }}:\n\nLes recordamos que los siguientes documentos están próximos a vencer:\n\n{{ receivables_table }}\n\nTotal por vencer: {{ totals }}\n\nSi ya realizaron el pago, por favor ignoren este mensaje. Para cualquier consulta puede escribirnos a {{ agent.email }}.\n\n${closingEs}`,
  },
  {
    id: 'reminder-tu',
    kind: 'preventive',
    language: 'es',
    name: { es: 'Cercano, de tú', en: 'Spanish, informal' },
    body: `Hola, {{ customer.name }}:\n\nTe recordamos que estos documentos están por vencer:\n\n{{ receivables_table }}\n\nTotal por vencer: {{ totals }}\n\nSi ya pagaste, no hace falta que hagas nada. Si tienes alguna duda, escríbenos a {{ agent.email }}.\n\nUn saludo,\n{{ agent.name }}\n{{ company.name }}`,
  },
  {
    id: 'reminder-en',
    kind: 'preventive',
    language: 'en',
    name: { es: 'Inglés, cordial', en: 'English, friendly' },
    body: `Dear {{ customer.name }},\n\nThis is a reminder that the following documents fall due soon:\n\n{{ receivables_table }}\n\nTotal falling due: {{ totals }}\n\nIf you have already paid, please disregard this message. For any question, write to {{ agent.email }}.\n\n${closingEn}`,
  },
  {
    id: 'overdue-usted',
    kind: 'overdue',
    language: 'es',
    name: { es: 'Cordial, de usted', en: 'Spanish, formal' },
    body: `Estimados señores de {{ customer.name }}:\n\nSegún nuestros registros, los siguientes documentos están vencidos:\n\n{{ receivables_table }}\n\nTotal vencido: {{ totals }}\n\nLes agradecemos regularizar el pago. Si hay algún inconveniente, escríbanos a {{ agent.email }} y lo resolvemos juntos.\n\n${closingEs}`,
  },
  {
    id: 'overdue-firm',
    kind: 'overdue',
    language: 'es',
    name: { es: 'Firme, de usted', en: 'Spanish, firm' },
    body: `Estimados señores de {{ customer.name }}:\n\nA la fecha ({{ today | date }}) no hemos recibido el pago de los siguientes documentos, vencidos desde el {{ firstDueOn | date }}:\n\n{{ receivables_table }}\n\nTotal vencido: {{ totals }}\n\nLes pedimos realizar el pago a la brevedad, o comunicarnos una fecha de pago a {{ agent.email }}. Si ya lo realizaron, envíennos el comprobante.\n\nAtentamente,\n{{ agent.name }}\n{{ company.name }}`,
  },
  {
    id: 'overdue-tu',
    kind: 'overdue',
    language: 'es',
    name: { es: 'Cercano, de tú', en: 'Spanish, informal' },
    body: `Hola, {{ customer.name }}:\n\nVemos que estos documentos ya vencieron:\n\n{{ receivables_table }}\n\nTotal vencido: {{ totals }}\n\nSi ya pagaste, envíanos el comprobante. Si tienes algún inconveniente, escríbenos a {{ agent.email }} y lo vemos juntos.\n\nUn saludo,\n{{ agent.name }}\n{{ company.name }}`,
  },
  {
    id: 'overdue-en',
    kind: 'overdue',
    language: 'en',
    name: { es: 'Inglés, cordial', en: 'English, friendly' },
    body: `Dear {{ customer.name }},\n\nOur records show that the following documents are overdue:\n\n{{ receivables_table }}\n\nTotal overdue: {{ totals }}\n\nPlease arrange payment, or write to {{ agent.email }} if there is any problem.\n\n${closingEn}`,
  },
  {
    id: 'overdue-en-firm',
    kind: 'overdue',
    language: 'en',
    name: { es: 'Inglés, firme', en: 'English, firm' },
    body: `Dear {{ customer.name }},\n\nAs of {{ today | date }} we have not received payment of the following documents, overdue since {{ firstDueOn | date }}:\n\n{{ receivables_table }}\n\nTotal overdue: {{ totals }}\n\nPlease pay without further delay, or tell us a payment date at {{ agent.email }}. If you have already paid, please send us the receipt.\n\nSincerely,\n{{ agent.name }}\n{{ company.name }}`,
  },
]
