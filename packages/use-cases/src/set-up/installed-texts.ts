/** What a new installation finds in its catalogues, in the language chosen at set-up. */
export const installedTexts = {
  es: {
    mainBranch: 'Casa matriz',
    administration: 'Administración',
    administrator: 'Administrador',
    reminderRule: 'Recordatorio 7 días antes del vencimiento',
    overdueRule: 'Aviso 7 días después del vencimiento',
    followUpTypes: ['Cobranza', 'Pedidos', 'Visita comercial', 'Postventa'],
    opportunityStages: [
      ['Prospecto', 10],
      ['Calificada', 25],
      ['Propuesta', 50],
      ['Negociación', 75],
    ],
    opportunityLossReasons: ['Precio', 'Eligió a la competencia', 'Sin presupuesto', 'Ya no lo necesita', 'Sin respuesta'],
    portalTopic: 'Portal',
    interactionTopics: ['Cobranza', 'Pedido', 'Consulta', 'Reclamo', 'Visita'],
    caseTypes: ['Entrega', 'Facturación', 'Calidad', 'Devolución', 'Servicio'],
    followUpSituations: [
      ['Sin respuesta', 'ongoing'],
      ['Pendiente de pago', 'ongoing'],
      ['Pago en trámite', 'ongoing'],
      ['Espera documentos', 'ongoing'],
      ['En disputa', 'setback'],
      ['Promesa incumplida', 'setback'],
      ['Datos de contacto incorrectos', 'setback'],
      ['Problemas de liquidez', 'setback'],
    ],
    followUpActivities: [
      ['Fecha de pago acordada', 'progress'],
      ['Comprobante de pago recibido', 'progress'],
      ['Saldo conciliado', 'progress'],
      ['Documentos enviados', 'neutral'],
      ['Mensaje dejado', 'neutral'],
      ['No contestó', 'setback'],
      ['Pidió más plazo', 'setback'],
      ['Se negó a pagar', 'setback'],
    ],
    followUpDocuments: [
      {
        name: 'Circular de cobro',
        title: 'Circular de cobro',
        lists: 'overdue',
        body: `Estimados señores de {{ customer.name }}:

{% if count == 0 %}Nuestros registros no muestran cuentas vencidas a su nombre. Agradecemos su puntualidad.{% else %}Según nuestros registros, al {{ today | long_date }} se encuentran vencidas las siguientes cuentas por cobrar:

{{ receivables_table }}

El total vencido es de {{ totals }}. La cuenta más antigua venció hace {{ oldestDays }} días.

Le agradecemos cancelar este saldo o comunicarnos la fecha en que lo hará. Si ya realizó el pago, por favor envíenos el comprobante y no tome en cuenta esta circular.{% endif %}

{% if company.bankDetails %}Puede pagar en:
{{ company.bankDetails }}

{% endif %}Atentamente,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}`,
      },
      {
        name: 'Confirmación de saldo',
        title: 'Confirmación de saldo',
        lists: 'open',
        body: `Estimados señores de {{ customer.name }}:

Con el fin de conciliar nuestras cuentas, les presentamos las cuentas por cobrar que registramos al {{ today | long_date }}:

{{ receivables_table }}

Les agradecemos confirmarnos si están de acuerdo con el saldo de {{ totals | default: "0" }} o indicarnos las diferencias.

Atentamente,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}`,
      },
    ],
  },
  en: {
    mainBranch: 'Head office',
    administration: 'Administration',
    administrator: 'Administrator',
    reminderRule: 'Reminder 7 days before the due date',
    overdueRule: 'Notice 7 days after the due date',
    followUpTypes: ['Collections', 'Orders', 'Sales visit', 'After sales'],
    opportunityStages: [
      ['Prospect', 10],
      ['Qualified', 25],
      ['Proposal', 50],
      ['Negotiation', 75],
    ],
    opportunityLossReasons: ['Price', 'Chose a competitor', 'No budget', 'No longer needed', 'No answer'],
    portalTopic: 'Portal',
    interactionTopics: ['Collections', 'Order', 'Enquiry', 'Complaint', 'Visit'],
    caseTypes: ['Delivery', 'Billing', 'Quality', 'Return', 'Service'],
    followUpSituations: [
      ['No answer', 'ongoing'],
      ['Awaiting payment', 'ongoing'],
      ['Payment being processed', 'ongoing'],
      ['Waiting for documents', 'ongoing'],
      ['In dispute', 'setback'],
      ['Broken promise', 'setback'],
      ['Wrong contact details', 'setback'],
      ['Liquidity problems', 'setback'],
    ],
    followUpActivities: [
      ['Payment date agreed', 'progress'],
      ['Proof of payment received', 'progress'],
      ['Balance reconciled', 'progress'],
      ['Documents sent', 'neutral'],
      ['Message left', 'neutral'],
      ['Did not answer', 'setback'],
      ['Asked for more time', 'setback'],
      ['Refused to pay', 'setback'],
    ],
    followUpDocuments: [
      {
        name: 'Collection circular',
        title: 'Collection letter',
        lists: 'overdue',
        body: `Dear {{ customer.name }},

{% if count == 0 %}Our records show no overdue receivables in your name. Thank you for paying on time.{% else %}According to our records, the following receivables are overdue as of {{ today | long_date }}:

{{ receivables_table }}

The overdue total is {{ totals }}. The oldest one fell due {{ oldestDays }} days ago.

Please settle this balance, or tell us when you will. If you have already paid, send us the proof of payment and disregard this letter.{% endif %}

{% if company.bankDetails %}You can pay to:
{{ company.bankDetails }}

{% endif %}Kind regards,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}`,
      },
      {
        name: 'Balance confirmation',
        title: 'Balance confirmation',
        lists: 'open',
        body: `Dear {{ customer.name }},

To reconcile our accounts, these are the receivables that we have on record as of {{ today | long_date }}:

{{ receivables_table }}

Please confirm that you agree with the balance of {{ totals | default: "0" }}, or tell us of any difference.

Kind regards,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}`,
      },
    ],
  },
} as const
