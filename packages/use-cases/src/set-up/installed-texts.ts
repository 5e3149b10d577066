/** What a new installation finds in its catalogues, in the language chosen at set-up. */
export const installedTexts = {
  es: {
    mainBranch: 'Casa matriz',
    administration: 'Administración',
    administrator: 'Administrador',
    reminderRule: 'Recordatorio 7 días antes del vencimiento',
    overdueRule: 'Aviso 7 días después del vencimiento',
    followUpTypes: ['Cobranza', 'Pedidos', 'Visita comercial', 'Postventa'],
    portalTopic: 'Portal',
    interactionTopics: ['Cobranza', 'Pedido', 'Consulta', 'Reclamo', 'Visita'],
  },
  en: {
    mainBranch: 'Head office',
    administration: 'Administration',
    administrator: 'Administrator',
    reminderRule: 'Reminder 7 days before the due date',
    overdueRule: 'Notice 7 days after the due date',
    followUpTypes: ['Collections', 'Orders', 'Sales visit', 'After sales'],
    portalTopic: 'Portal',
    interactionTopics: ['Collections', 'Order', 'Enquiry', 'Complaint', 'Visit'],
  },
} as const
