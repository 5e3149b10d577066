import type { Messages } from '../../i18n.ts'

export const messages: Messages = {
  es: {
    home: {
      title: 'Inicio',
      greeting: 'Hola, {name}',
      ways: {
        followUps: 'Lo que vence hoy y lo que quedó pendiente',
        customers: 'Buscar, revisar y anotar',
        receivables: 'Lo que falta por cobrar, por antigüedad',
        noticePlan: 'Qué sale cada día, y por qué no sale lo demás',
        noticeQueue: 'Revisar, liberar, cancelar o reintentar',
        imports: 'Cargar clientes, documentos y pagos desde Excel',
        branches: 'Los lugares de la empresa',
        users: 'Quién entra y qué alcanza a ver',
      },
    },
  },
  en: {
    home: {
      title: 'Home',
      greeting: 'Hello, {name}',
      ways: {
        followUps: 'What falls due today and what was left open',
        customers: 'Search, review and take notes',
        receivables: 'What is still to be collected, by age',
        noticePlan: 'What leaves on each day, and why the rest does not',
        noticeQueue: 'Review, release, cancel or retry',
        imports: 'Load customers, documents and payments from Excel',
        branches: 'The places of the company',
        users: 'Who enters and what they can see',
      },
    },
  },
}
