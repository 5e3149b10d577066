-- Who was set up before these catalogues existed finds in them what a new installation finds: once, and not where somebody made or deleted one by hand.
insert into interaction_topics (id, name)
select gen_random_uuid(), each.name
from company
join (values
  ('es', 'Portal'),
  ('es', 'Cobranza'),
  ('es', 'Pedido'),
  ('es', 'Consulta'),
  ('es', 'Reclamo'),
  ('es', 'Visita'),
  ('en', 'Portal'),
  ('en', 'Collections'),
  ('en', 'Order'),
  ('en', 'Enquiry'),
  ('en', 'Complaint'),
  ('en', 'Visit')
) each(lang, name) on each.lang = case when company.locale like 'en%' then 'en' else 'es' end
where not exists (select from interaction_topics where lower(name) <> 'portal')
  and not exists (select from audit_log where entity = 'interaction-topic' and actor_id is not null)
on conflict do nothing;
--> statement-breakpoint
insert into follow_up_situations (id, name, kind)
select gen_random_uuid(), each.name, each.kind
from company
join (values
  ('es', 'Sin respuesta', 'ongoing'),
  ('es', 'Pendiente de pago', 'ongoing'),
  ('es', 'Pago en trámite', 'ongoing'),
  ('es', 'Espera documentos', 'ongoing'),
  ('es', 'En disputa', 'setback'),
  ('es', 'Promesa incumplida', 'setback'),
  ('es', 'Datos de contacto incorrectos', 'setback'),
  ('es', 'Problemas de liquidez', 'setback'),
  ('en', 'No answer', 'ongoing'),
  ('en', 'Awaiting payment', 'ongoing'),
  ('en', 'Payment being processed', 'ongoing'),
  ('en', 'Waiting for documents', 'ongoing'),
  ('en', 'In dispute', 'setback'),
  ('en', 'Broken promise', 'setback'),
  ('en', 'Wrong contact details', 'setback'),
  ('en', 'Liquidity problems', 'setback')
) each(lang, name, kind) on each.lang = case when company.locale like 'en%' then 'en' else 'es' end
where not exists (select from follow_up_situations)
  and not exists (select from audit_log where entity = 'follow-up-situation' and actor_id is not null)
on conflict do nothing;
--> statement-breakpoint
insert into follow_up_activities (id, name, direction)
select gen_random_uuid(), each.name, each.direction
from company
join (values
  ('es', 'Fecha de pago acordada', 'progress'),
  ('es', 'Comprobante de pago recibido', 'progress'),
  ('es', 'Saldo conciliado', 'progress'),
  ('es', 'Documentos enviados', 'neutral'),
  ('es', 'Mensaje dejado', 'neutral'),
  ('es', 'No contestó', 'setback'),
  ('es', 'Pidió más plazo', 'setback'),
  ('es', 'Se negó a pagar', 'setback'),
  ('en', 'Payment date agreed', 'progress'),
  ('en', 'Proof of payment received', 'progress'),
  ('en', 'Balance reconciled', 'progress'),
  ('en', 'Documents sent', 'neutral'),
  ('en', 'Message left', 'neutral'),
  ('en', 'Did not answer', 'setback'),
  ('en', 'Asked for more time', 'setback'),
  ('en', 'Refused to pay', 'setback')
) each(lang, name, direction) on each.lang = case when company.locale like 'en%' then 'en' else 'es' end
where not exists (select from follow_up_activities)
  and not exists (select from audit_log where entity = 'follow-up-activity' and actor_id is not null)
on conflict do nothing;
--> statement-breakpoint
insert into follow_up_documents (id, name, title, lists, body, language)
select gen_random_uuid(), each.name, each.title, each.lists, each.body, each.lang
from company
join (values
  ('es', 'Circular de cobro', 'Circular de cobro', 'overdue', 'Estimados señores de {{ customer.name }}:

{% if count == 0 %}Nuestros registros no muestran cuentas vencidas a su nombre. Agradecemos su puntualidad.{% else %}Según nuestros registros, al {{ today | long_date }} se encuentran vencidas las siguientes cuentas por cobrar:

{{ receivables_table }}

El total vencido es de {{ totals }}. La cuenta más antigua venció hace {{ oldestDays }} días.

Le agradecemos cancelar este saldo o comunicarnos la fecha en que lo hará. Si ya realizó el pago, por favor envíenos el comprobante y no tome en cuenta esta circular.{% endif %}

{% if company.bankDetails %}Puede pagar en:
{{ company.bankDetails }}

{% endif %}Atentamente,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}'),
  ('es', 'Confirmación de saldo', 'Confirmación de saldo', 'open', 'Estimados señores de {{ customer.name }}:

Con el fin de conciliar nuestras cuentas, les presentamos las cuentas por cobrar que registramos al {{ today | long_date }}:

{{ receivables_table }}

Les agradecemos confirmarnos si están de acuerdo con el saldo de {{ totals | default: "0" }} o indicarnos las diferencias.

Atentamente,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}'),
  ('en', 'Collection circular', 'Collection letter', 'overdue', 'Dear {{ customer.name }},

{% if count == 0 %}Our records show no overdue receivables in your name. Thank you for paying on time.{% else %}According to our records, the following receivables are overdue as of {{ today | long_date }}:

{{ receivables_table }}

The overdue total is {{ totals }}. The oldest one fell due {{ oldestDays }} days ago.

Please settle this balance, or tell us when you will. If you have already paid, send us the proof of payment and disregard this letter.{% endif %}

{% if company.bankDetails %}You can pay to:
{{ company.bankDetails }}

{% endif %}Kind regards,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}'),
  ('en', 'Balance confirmation', 'Balance confirmation', 'open', 'Dear {{ customer.name }},

To reconcile our accounts, these are the receivables that we have on record as of {{ today | long_date }}:

{{ receivables_table }}

Please confirm that you agree with the balance of {{ totals | default: "0" }}, or tell us of any difference.

Kind regards,

{{ agent.name }}
{{ company.name }}
{{ agent.email }}')
) each(lang, name, title, lists, body) on each.lang = case when company.locale like 'en%' then 'en' else 'es' end
where not exists (select from follow_up_documents)
  and not exists (select from audit_log where entity = 'follow-up-document' and actor_id is not null)
on conflict do nothing;
