/** What a new installation finds in its catalogues, in the language chosen at set-up. Bodies are Liquid templates. */
export const installedTexts = {
  es: {
    mainBranch: 'Casa matriz',
    administration: 'Administración',
    administrator: 'Administrador',
    reminderRule: 'Recordatorio 7 días antes del vencimiento',
    overdueRule: 'Aviso 7 días después del vencimiento',
    followUpTypes: ['Cobranza', 'Pedidos', 'Visita comercial', 'Postventa'],
    noticeSubject: '{{ company.name }}: {% if kind == "preventive" %}próximos vencimientos{% else %}saldos vencidos{% endif %}',
    reminderBody:
      'Estimados señores de {{ customer.name }}:\n\nLes recordamos que los siguientes documentos están próximos a vencer.\n\n{{ receivables_table }}\n\nTotal por vencer: {{ totals }}\n\nSi ya realizaron el pago, por favor ignoren este mensaje.\n\nSaludos cordiales,\n{{ agent.name }}\n{{ company.name }}',
    overdueBody:
      'Estimados señores de {{ customer.name }}:\n\nSegún nuestros registros, los siguientes documentos están vencidos.\n\n{{ receivables_table }}\n\nTotal vencido: {{ totals }}\n\nLes agradecemos regularizar el pago o escribirnos si hay algún inconveniente.\n\nSaludos cordiales,\n{{ agent.name }}\n{{ company.name }}',
  },
  en: {
    mainBranch: 'Head office',
    administration: 'Administration',
    administrator: 'Administrator',
    reminderRule: 'Reminder 7 days before the due date',
    overdueRule: 'Notice 7 days after the due date',
    followUpTypes: ['Collections', 'Orders', 'Sales visit', 'After sales'],
    noticeSubject: '{{ company.name }}: {% if kind == "preventive" %}upcoming due dates{% else %}overdue balances{% endif %}',
    reminderBody:
      'Dear {{ customer.name }},\n\nThis is a reminder that the following documents fall due soon.\n\n{{ receivables_table }}\n\nTotal falling due: {{ totals }}\n\nIf you have already paid, please disregard this message.\n\nKind regards,\n{{ agent.name }}\n{{ company.name }}',
    overdueBody:
      'Dear {{ customer.name }},\n\nOur records show that the following documents are overdue.\n\n{{ receivables_table }}\n\nTotal overdue: {{ totals }}\n\nPlease arrange payment, or write to us if there is any problem.\n\nKind regards,\n{{ agent.name }}\n{{ company.name }}',
  },
} as const
