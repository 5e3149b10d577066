import type { RefusalCode } from '@cartera/domain/refusal'

/** HTTP status and sentences of a refusal. {placeholders} are filled from its parameters. */
export interface RefusalSentence {
  status: 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 503
  es: string
  en: string
}

const say = (status: RefusalSentence['status'], es: string, en: string): RefusalSentence => ({ status, es, en })

/** Exhaustive on purpose: a new code does not compile until it is answered and said in both languages. No Zod here: the web imports it. */
export const refusalSentences: Record<RefusalCode, RefusalSentence> = {
  'credentials-wrong': say(401, 'El correo o la contraseña no son correctos.', 'The e-mail or the password is not right.'),
  'too-many-attempts': say(
    429,
    'Demasiados intentos. Espere {minutes} minutos y vuelva a probar.',
    'Too many attempts. Wait {minutes} minutes and try again.',
  ),
  'session-expired': say(401, 'La sesión terminó. Vuelva a entrar.', 'The session has ended. Sign in again.'),
  'not-allowed': say(403, 'Su perfil de acceso no permite hacer esto.', 'Your access profile does not allow this.'),
  'not-found': say(404, 'No existe, o no está a su alcance.', 'It does not exist, or is out of your reach.'),
  'set-up-done': say(
    409,
    'La instalación ya tiene administrador. Entre con su cuenta.',
    'The installation already has an administrator. Sign in.',
  ),
  'password-too-short': say(
    422,
    'La contraseña debe tener al menos {min} caracteres.',
    'The password must have at least {min} characters.',
  ),
  'password-wrong': say(422, 'La contraseña actual no es correcta.', 'The current password is not right.'),
  'changed-meanwhile': say(
    409,
    'Otra persona cambió este registro. Recárguelo antes de guardar.',
    'Somebody else changed this record. Reload it before saving.',
  ),
  'name-taken': say(409, 'Ya existe otro con ese nombre.', 'Another one has that name.'),
  'code-taken': say(409, 'Ya existe otro con ese código.', 'Another one has that code.'),
  'email-taken': say(409, 'Ya hay un usuario con ese correo.', 'A user with that e-mail exists.'),
  'external-id-taken': say(409, 'Ese id externo ya pertenece a otro registro.', 'That external id belongs to another record.'),
  'in-use': say(409, 'Está en uso; desactívelo en lugar de eliminarlo.', 'It is in use; switch it off instead of deleting it.'),
  'reference-unknown': say(
    422,
    'Lo elegido no existe o ya no está activo.',
    'What was chosen does not exist or is no longer active.',
  ),
  'cursor-invalid': say(
    400,
    'La posición de la lista no es válida. Vuelva a la primera página.',
    'The position in the list is not valid. Go back to the first page.',
  ),
  'items-refused': say(
    422,
    'Hay {count} datos rechazados; no se guardó nada.',
    '{count} values were refused; nothing was saved.',
  ),
  'last-administrator': say(
    409,
    'Debe quedar al menos un administrador activo.',
    'At least one active administrator must remain.',
  ),
  'time-zone-unknown': say(422, 'Esa zona horaria no existe.', 'There is no such time zone.'),
  'country-unknown': say(422, 'No hay datos de ese país.', 'Nothing is known of that country.'),
  'closing-before-opening': say(422, 'La hora de cierre debe ser posterior a la de apertura.', 'Closing must be after opening.'),
  'holiday-taken': say(409, 'Ese día ya está en la lista de feriados.', 'That day is already in the list of holidays.'),
  'file-not-a-vcard': say(
    422,
    'El archivo no contiene tarjetas de contacto (vCard, .vcf).',
    'The file holds no contact cards (vCard, .vcf).',
  ),
  'phone-invalid': say(
    422,
    'Escriba un teléfono: solo el número, con extensión si la tiene. Separe varios con una barra (/).',
    'Write a phone: the number alone, with its extension if it has one. Separate several with a slash (/).',
  ),
  'tax-id-invalid': say(
    422,
    'El número no es válido para ese tipo de identificación.',
    'The number is not valid for that type of tax id.',
  ),
  'custom-field-unknown': say(422, 'No existe ese campo, o ya no se usa.', 'There is no such field, or it is not used any more.'),
  'too-many-custom-fields': say(
    409,
    'Puede haber {max} campos propios como máximo.',
    'There can be at most {max} custom fields.',
  ),
  'custom-choice-missing': say(422, 'Escriba al menos una opción.', 'Write at least one option.'),
  'customer-inactive': say(
    409,
    'El cliente está inactivo: no se abren seguimientos nuevos. Cambie primero su estado.',
    'The customer is inactive: no new follow-ups are opened. Change its status first.',
  ),
  'too-many-views': say(409, 'Puede guardar {max} vistas como máximo.', 'You can save at most {max} views.'),
  'file-blank': say(422, 'El archivo está vacío.', 'The file is empty.'),
  'file-name-empty': say(422, 'El archivo necesita un nombre.', 'The file needs a name.'),
  'file-is-program': say(
    415,
    'Los programas no se guardan (ni con otro nombre). Si hace falta, envíelo comprimido en un ZIP.',
    'Programs are not kept (nor under another name). If it is needed, send it inside a ZIP.',
  ),
  'file-not-what-it-says': say(
    415,
    'El contenido no es lo que dice su nombre (.{ending}). Ábralo y guárdelo de nuevo, o corrija la extensión.',
    'The content is not what its name says (.{ending}). Open and save it again, or correct the ending.',
  ),
  'file-interrupted': say(
    400,
    'El envío se interrumpió; el archivo no se guardó.',
    'The upload broke off; the file was not kept.',
  ),
  'file-lost': say(
    503,
    'El contenido del archivo no está disponible en el almacenamiento. Avise al administrador.',
    'The content of the file is not available in the storage. Tell the administrator.',
  ),
  'files-too-many': say(
    422,
    'Este cliente ya tiene {max} archivos. Elimine los que no hagan falta.',
    'This customer has {max} files already. Delete what is not needed.',
  ),
  'handover-same-agent': say(422, 'Elija a otra persona: ya es su agente.', 'Choose somebody else: this is their agent already.'),
  'handover-agent-inactive': say(
    409,
    'Una de las personas que recibiría clientes ya no está activa. Deje los clientes como están o traspáselos a otra.',
    'Somebody who would receive customers is no longer active. Leave the customers as they are, or hand them to somebody else.',
  ),
  'handover-author-may-not': say(
    409,
    'Quien lo programó ya no puede cambiar agentes. Cancélelo y prográmelo de nuevo.',
    'Whoever planned it may no longer change agents. Cancel it and plan it again.',
  ),
  'case-resolved': say(
    409,
    'El caso ya está resuelto. Reábralo para continuar.',
    'The case is resolved already. Reopen it to go on.',
  ),
  'renewal-not-later': say(
    422,
    'La próxima fecha debe ser posterior a la actual y a la compra.',
    'The next date must be after the present one and after the purchase.',
  ),
  'quote-fixed': say(
    409,
    'La cotización ya salió y no cambia. Haga una nueva versión.',
    'The quote has left and does not change. Make a new version.',
  ),
  'quote-empty': say(422, 'La cotización no tiene líneas.', 'The quote has no lines.'),
  'quote-expired': say(
    422,
    'Ese día la cotización ya no era válida. Cambie la validez o haga una nueva versión.',
    'The quote is no longer valid on that day. Change its validity or make a new version.',
  ),
  'quote-not-open': say(409, 'La cotización ya no está abierta.', 'The quote is no longer open.'),
  'quote-not-sent': say(409, 'La cotización aún no ha salido hacia el cliente.', 'The quote has not left for the customer yet.'),
  'quote-accepted-too-early': say(
    422,
    'No pudo aceptarse antes del día en que salió.',
    'It cannot have been accepted before the day on which it left.',
  ),
  'quote-has-draft': say(409, 'Ya hay una nueva versión de esta cotización.', 'There is a newer version of this quote already.'),
  'quantity-invalid': say(
    422,
    'Escriba una cantidad mayor que cero, con cuatro decimales como máximo.',
    'Write a quantity of more than zero, with four decimals at most.',
  ),
  'percent-invalid': say(
    422,
    'Escriba un porcentaje entre 0 y 100, con cuatro decimales como máximo.',
    'Write a percentage between 0 and 100, with four decimals at most.',
  ),
  'interest-known': say(409, 'Ese interés ya está anotado.', 'That interest is noted already.'),
  'note-needs-department': say(
    409,
    'Para registrar notas necesita un departamento. Pídalo al administrador.',
    'You need a department to record notes. Ask the administrator.',
  ),
  'hours-not-positive': say(422, 'Las horas deben ser más de cero.', 'The hours must be more than zero.'),
  'hours-not-whole': say(422, 'Las horas deben ser un número entero.', 'The hours must be a whole number.'),
  'hours-too-many': say(422, 'Son demasiadas horas; el máximo es un año (8760).', 'Too many hours; the most is one year (8760).'),
  'follow-up-not-active': say(409, 'El seguimiento ya no está activo.', 'The follow-up is no longer active.'),
  'due-time-does-not-exist': say(
    422,
    'Esa hora no existe ese día por el cambio de horario.',
    'That time does not exist on that day: the clocks change.',
  ),
  'entry-internal': say(
    409,
    'Las entradas internas no salen de la empresa: no se envían ni se publican.',
    'Internal entries never leave the house: they are neither mailed nor published.',
  ),
  'message-unread': say(
    409,
    'El cliente acaba de escribir en el portal. Lea su mensaje y vuelva a cerrar.',
    'The customer has just written on the portal. Read the message and close again.',
  ),
  'interaction-closed': say(
    409,
    'La interacción está cerrada. Reábrala para continuar.',
    'The interaction is closed. Reopen it to go on.',
  ),
  'amount-invalid': say(422, 'El importe no es un número válido.', 'The amount is not a valid number.'),
  'as-of-in-future': say(
    422,
    'La fecha de los saldos no puede estar en el futuro.',
    'The time of the balances cannot lie in the future.',
  ),
  'amount-too-precise': say(
    422,
    'El importe tiene más decimales que la moneda.',
    'The amount has more decimals than the currency.',
  ),
  'amount-not-positive': say(422, 'El importe debe ser mayor que cero.', 'The amount must be more than zero.'),
  'amount-over-balance': say(
    422,
    'El importe supera el saldo pendiente ({balance}).',
    'The amount is more than the balance ({balance}).',
  ),
  'day-invalid': say(422, 'La fecha no es válida.', 'The date is not valid.'),
  'currency-unknown': say(422, 'Esa moneda no existe.', 'There is no such currency.'),
  'customer-unknown': say(422, 'No hay ningún cliente con ese id externo.', 'No customer has that external id.'),
  'receivable-unknown': say(422, 'No hay ninguna cuenta por cobrar con ese id externo.', 'No receivable has that external id.'),
  'duplicate-in-request': say(
    422,
    'Aparece más de una vez con datos distintos.',
    'It appears more than once with different data.',
  ),
  'due-before-issue': say(422, 'El vencimiento es anterior a la emisión.', 'The due date is before the issue date.'),
  'amount-below-paid': say(
    409,
    'El importe es menor que lo ya pagado ({paid}).',
    'The amount is less than what has been paid ({paid}).',
  ),
  'currency-mismatch': say(
    422,
    'La moneda no es la de la cuenta por cobrar ({currency}).',
    'The currency is not that of the receivable ({currency}).',
  ),
  'instalment-taken': say(
    409,
    'Esa cuota del documento ya existe con otro id externo.',
    'That instalment of the document exists under another external id.',
  ),
  'payment-differs': say(
    409,
    'Ese pago ya está registrado con otros datos; los pagos no se sobrescriben.',
    'That payment is recorded with other data; payments are not overwritten.',
  ),
  'applications-over-amount': say(
    422,
    'Lo aplicado suma más que el pago ({amount}).',
    'What is applied adds up to more than the payment ({amount}).',
  ),
  'application-undone': say(409, 'Ese movimiento ya fue anulado.', 'That movement has been undone already.'),
  'credit-note-differs': say(
    409,
    'Esa nota de crédito ya está registrada con otros datos; no se sobrescribe.',
    'That credit note is recorded with other data; it is not overwritten.',
  ),
  'day-before-record': say(
    422,
    'La fecha es anterior a la del registro ({day}).',
    'The date is before that of the record ({day}).',
  ),
  'day-in-future': say(422, 'La fecha no puede ser posterior a hoy.', 'The date cannot be after today.'),
  'document-number-taken': say(
    409,
    'El cliente ya tiene un comprobante de ese tipo con ese número.',
    'The customer already has a document of that type with that number.',
  ),
  'document-settled': say(
    409,
    'Ya tiene pagos o créditos aplicados; anúlelos primero.',
    'Payments or credits are applied to it; undo them first.',
  ),
  'document-voided': say(409, 'El comprobante está anulado.', 'The document is void.'),
  'due-too-far': say(
    422,
    'El vencimiento está a más de {years} años de la emisión.',
    'The due date is more than {years} years after the issue date.',
  ),
  'instalments-do-not-add-up': say(
    422,
    'Las cuotas suman {sum} y el total es {total}: la diferencia es {difference}.',
    'The instalments add up to {sum} and the total is {total}: the difference is {difference}.',
  ),
  'instalments-missing': say(
    422,
    'El comprobante tiene {count} cuotas y ninguna se quita; anúlelo y regístrelo de nuevo.',
    'The document has {count} instalments, and none is taken away; void it and record it anew.',
  ),
  'kept-elsewhere': say(
    409,
    'Viene de otro sistema: corríjalo allá o impórtelo de nuevo.',
    'It comes from another system: correct it there, or import it again.',
  ),
  'movement-not-reversible': say(
    409,
    'Ese movimiento no se puede anular: solo pagos, créditos y castigos aplicados.',
    'That movement cannot be undone: only applied payments, credits and write-offs can.',
  ),
  'payment-looks-repeated': say(
    409,
    'Ya hay un pago igual de este cliente: {amount} {currency} del {day}. Confirme si es otro.',
    'There is a payment of this customer just like it: {amount} {currency} on {day}. Confirm if it is another one.',
  ),
  'payment-over-balance': say(
    422,
    'El pago supera lo que se aplica en {rest}. Confirme que ese resto queda sin aplicar.',
    'The payment is {rest} more than what is applied. Confirm that the rest stays unapplied.',
  ),
  'payment-reversed': say(409, 'El pago fue reversado.', 'The payment was reversed.'),
  'period-too-long': say(
    422,
    'El período es demasiado largo: como máximo {max} días.',
    'The period is too long: at most {max} days.',
  ),
  'period-reversed': say(422, 'El período termina antes de empezar.', 'The period ends before it starts.'),
  'sum-too-large': say(422, 'La suma supera el máximo posible ({max}).', 'The sum is more than what can be kept ({max}).'),
  'report-too-long': say(
    422,
    'El informe tiene {found} filas y en PDF caben {most}. Use más filtros o Excel.',
    'The report has {found} rows and a PDF takes {most}. Use more filters, or Excel.',
  ),
  'postponement-not-later': say(
    422,
    'Ya vence después de ese momento; posponerlo así lo adelantaría.',
    'It is due later than that already; postponing it so would bring it forward.',
  ),
  'postponement-too-far': say(422, 'Se puede posponer un año como máximo.', 'It can be postponed by a year at most.'),
  'due-in-past': say(422, 'Ese momento ya pasó.', 'That time has passed.'),
  'due-incomplete': say(422, 'Indique el día y la hora, o ninguno.', 'Say both day and time, or neither.'),
  'due-out-of-range': say(
    422,
    'El vencimiento puede ir desde hace un año hasta dentro de cinco.',
    'The due day can be from one year ago to five years ahead.',
  ),
  'follow-up-cycle': say(
    422,
    'Ese seguimiento viene de este mismo; no puede ser su origen.',
    'That follow-up comes from this very one; it cannot be its origin.',
  ),
  'time-in-future': say(422, 'Ese momento todavía no llega.', 'That time has not come yet.'),
  'document-too-long': say(
    422,
    'El documento listaría más de {max} cuentas por cobrar. Elija una plantilla que liste menos.',
    'The document would list more than {max} receivables. Choose a template that lists fewer.',
  ),
  'statement-too-long': say(
    422,
    'El estado de cuenta tiene {count} líneas; el máximo es {max}. Elija un período más corto.',
    'The statement has {count} lines; the most is {max}. Choose a shorter period.',
  ),
  'promise-day-past': say(422, 'El día prometido ya pasó.', 'The promised day has passed.'),
  'promise-day-too-far': say(
    422,
    'El día prometido está demasiado lejos; el máximo son {max} días.',
    'The promised day is too far away; the most is {max} days.',
  ),
  'promise-standing': say(
    409,
    'Ya hay una promesa abierta sobre {number}. Anúlela antes de registrar otra.',
    'There is an open promise on {number}. Withdraw it before recording another.',
  ),
  'promise-not-open': say(409, 'La promesa ya no está abierta.', 'The promise is no longer open.'),
  'receivable-settled': say(409, 'No queda saldo por cobrar.', 'Nothing is left to collect.'),
  'extension-not-later': say(
    422,
    'La prórroga debe ser posterior al vencimiento actual ({dueOn}).',
    'The extension must be later than the present due date ({dueOn}).',
  ),
  'extension-past': say(
    422,
    'Ese día ya pasó; la prórroga debe ser para hoy o después.',
    'That day has passed; extend to today or later.',
  ),
  'extension-too-far': say(
    422,
    'La prórroga está demasiado lejos; el máximo son {max} días desde hoy.',
    'The extension is too far away; the most is {max} days from today.',
  ),
  'not-disputed': say(409, 'La cuenta no está en disputa.', 'The receivable is not disputed.'),
  'too-many-customers': say(
    422,
    'Son demasiados clientes para una vez ({count}); el máximo es {max}. Filtre un poco más.',
    'Too many customers at once ({count}); the most is {max}. Filter a little more.',
  ),
  'account-number-invalid': say(
    422,
    'El número de cuenta no es válido: revise los dígitos.',
    'The account number is not valid: check its digits.',
  ),
  'second-person-needed': say(
    403,
    'Lo propuso usted: debe confirmarlo otra persona.',
    'You proposed it yourself: another person has to confirm it.',
  ),
  'proposal-waiting': say(
    409,
    'Ya hay una propuesta que espera confirmación. Confírmela o retírela primero.',
    'A proposal is waiting already. Confirm or withdraw it first.',
  ),
  'proposal-decided': say(409, 'Otra persona ya decidió esta propuesta.', 'Somebody has decided this proposal already.'),
  'file-not-a-spreadsheet': say(
    415,
    'El archivo no es una hoja de cálculo ni un CSV que se pueda leer.',
    'The file is no spreadsheet or CSV that can be read.',
  ),
  'file-too-large': say(413, 'El archivo es demasiado grande (máximo {max}).', 'The file is too large (at most {max}).'),
  'file-parse-timeout': say(
    422,
    'Leer el archivo tarda demasiado; guárdelo como CSV y pruebe de nuevo.',
    'Reading the file takes too long; save it as CSV and try again.',
  ),
  'columns-missing': say(422, 'Falta elegir la columna para: {fields}.', 'Choose the column for: {fields}.'),
  'column-unknown': say(422, 'El archivo no tiene la columna «{column}».', 'The file has no column “{column}”.'),
  'file-empty': say(422, 'El archivo no tiene filas de datos.', 'The file has no rows of data.'),
  'value-missing': say(422, 'Falta este dato.', 'This value is missing.'),
  'value-invalid': say(422, 'El valor «{value}» no es válido aquí.', 'The value “{value}” is not valid here.'),
  'text-too-long': say(422, 'El texto es demasiado largo (máximo {max}).', 'The text is too long (at most {max}).'),
  'date-order-ambiguous': say(
    422,
    '«{value}» puede ser {first} o {second}. Elija el orden de las fechas.',
    '“{value}” may be {first} or {second}. Choose the order of dates.',
  ),
  'rows-refused': say(
    409,
    'Hay {count} filas rechazadas; no se importó nada.',
    '{count} rows were refused; nothing was imported.',
  ),
  'import-not-ready': say(
    409,
    'La importación no está en un estado que permita esto.',
    'The import is not in a state that allows this.',
  ),
  'file-encrypted': say(
    422,
    'El archivo está protegido con contraseña. Quítela en su programa y vuelva a subirlo.',
    'The file is protected by a password. Remove it in your program and upload it again.',
  ),
  'file-gone': say(
    409,
    'El archivo ya no se conserva. Súbalo de nuevo para leerlo de otra manera.',
    'The file is no longer kept. Upload it again to read it another way.',
  ),
  'field-unknown': say(422, 'Ese dato no existe.', 'There is no such field.'),
  'key-ambiguous': say(
    422,
    'Varios clientes tienen este mismo valor; elija otra clave.',
    'Several customers have this very value; choose another key.',
  ),
  'record-exists': say(409, 'Ya existe; solo se crean nuevos.', 'It exists already; only new ones are created.'),
  'record-missing': say(404, 'No existe; solo se cambian existentes.', 'It does not exist; only existing ones are changed.'),
  'reference-ambiguous': say(
    422,
    'Hay más de uno con el nombre «{value}»; use el correo o el código.',
    'There is more than one called “{value}”; use the e-mail or the code.',
  ),
  'mail-account-missing': say(
    409,
    'No tiene una cuenta de correo definida en Mi cuenta.',
    'You have no mail account in My account.',
  ),
  'mail-account-paused': say(409, 'Un administrador puso esta cuenta en pausa.', 'An administrator paused this account.'),
  'mail-account-unverified': say(409, 'La cuenta de correo aún no está verificada.', 'The mail account is not verified yet.'),
  'mail-account-refused': say(
    422,
    'El servidor de correo rechazó el usuario o la contraseña: {response}',
    'The mail server refused the user or the password: {response}',
  ),
  'mail-server-unreachable': say(
    422,
    'No se pudo hablar con el servidor de correo: {response}',
    'The mail server could not be reached: {response}',
  ),
  'mail-host-private': say(
    422,
    'Ese servidor está en una red privada y no se permite.',
    'That server is on a private network, which is not allowed.',
  ),
  'mail-not-failed': say(409, 'Este correo ya salió o está por salir.', 'This mail has left or is about to leave.'),
  'mail-message-refused': say(
    422,
    'El servidor de correo no aceptó el mensaje: {response}',
    'The mail server did not accept the message: {response}',
  ),
  'mail-password-needed': say(
    422,
    'Al cambiar el servidor o el usuario, escriba de nuevo la contraseña.',
    'Type the password again when server or user change.',
  ),
  'mail-password-unreadable': say(
    422,
    'La contraseña guardada ya no se puede leer. Escríbala de nuevo.',
    'The stored password can no longer be read. Type it again.',
  ),
  'mail-address-invalid': say(422, 'La dirección de correo no es válida.', 'The e-mail address is not valid.'),
  'mail-code-expired': say(
    409,
    'El código venció o ya no vale. Envíe el mensaje de verificación otra vez.',
    'The code has expired or is no longer valid. Send the verification message again.',
  ),
  'mail-code-wrong': say(422, 'El código no es el del mensaje.', 'The code is not that of the message.'),
  'mail-folder-missing': say(422, 'No existe esa carpeta: {response}', 'There is no such folder: {response}'),
  'mail-oauth-incomplete': say(
    422,
    'Hace falta para OAuth2: usuario, dirección del token, id de cliente y token de actualización.',
    'Needed for OAuth2: user, token address, client id and refresh token.',
  ),
  'mail-token-url-invalid': say(
    422,
    'La dirección del token debe ser https, por ejemplo https://oauth2.googleapis.com/token.',
    'The token address must be https, for example https://oauth2.googleapis.com/token.',
  ),
  'mail-username-needed': say(
    422,
    'Para leer el buzón hace falta usuario y contraseña.',
    'Reading the mailbox needs a user and a password.',
  ),
  'rule-in-use': say(409, 'El concepto está en uso; solo puede retirarse.', 'The rule is in use; it can only be retired.'),
  'rule-kind-mismatch': say(422, 'El concepto elegido es de otro tipo.', 'The chosen rule is of the other kind.'),
  'rule-duplicate': say(409, 'Ya hay un concepto de ese tipo con esos días.', 'A rule of that kind with those days exists.'),
  'days-out-of-range': say(
    422,
    'Los días deben ser un número entero de 0 a 365.',
    'The days must be a whole number from 0 to 365.',
  ),
  'number-out-of-range': say(
    422,
    'Debe ser un número entero de {min} a {max}.',
    'It must be a whole number from {min} to {max}.',
  ),
  'repetition-overdue-only': say(
    422,
    'Solo los avisos después del vencimiento se repiten.',
    'Only notices after the due date repeat.',
  ),
  'day-in-past': say(422, 'El día ya pasó.', 'That day is past.'),
  'day-too-far': say(
    422,
    'El día está demasiado lejos; el último posible es {last}.',
    'That day is too far off; the last possible one is {last}.',
  ),
  'hours-not-in-order': say(422, 'La hora final debe ser posterior a la inicial.', 'The end must be after the start.'),
  'instant-in-future': say(422, 'Ese momento todavía no llega.', 'That moment has not come yet.'),
  'contact-hours-missing': say(
    422,
    'Indique al menos un horario en el que se pueda contactar a los clientes.',
    'Give at least one time at which customers may be contacted.',
  ),
  'contact-hours-invalid': say(422, 'El horario debe terminar después de empezar.', 'The hours must end after they begin.'),
  'contact-hours-overlap': say(
    422,
    'Ese horario se cruza con otro del mismo día.',
    'These hours overlap others of the same day.',
  ),
  'contact-limit-out-of-range': say(
    422,
    'El límite debe ser un número entero razonable, o quedar vacío.',
    'The limit must be a reasonable whole number, or left empty.',
  ),
  'template-invalid': say(422, 'El texto tiene un error: {problem}', 'The text has an error: {problem}'),
  'payment-url-invalid': say(
    422,
    'Escriba una dirección completa que empiece con https://, sin usuario ni contraseña.',
    'Give a whole address that begins with https://, without user or password.',
  ),
  'image-unreadable': say(
    422,
    'No se puede leer como imagen PNG, JPEG o WebP.',
    'It cannot be read as a PNG, JPEG or WebP image.',
  ),
  'template-last': say(
    409,
    'Es el último texto de este tipo de aviso; sin él no habría qué decir.',
    'It is the last text of this kind of notice; without it there would be nothing to say.',
  ),
  'notice-not-releasable': say(409, 'No se puede liberar.', 'It cannot be released.'),
  'notice-state-conflict': say(
    409,
    'El aviso está en otro estado y ya no admite esa acción.',
    'The notice is in another state and no longer allows that.',
  ),
  'portal-link-invalid': say(
    401,
    'El enlace ya se usó, venció o no es válido. Pida uno nuevo.',
    'The link was used, has expired or is not valid. Ask for a new one.',
  ),
  'portal-access-off': say(
    409,
    'El contacto no puede entrar al portal: active su acceso y revise su correo.',
    'The contact may not enter the portal: switch their access on and check their e-mail.',
  ),
  'portal-customer-inactive': say(
    409,
    'El cliente está inactivo: nadie entra a su portal mientras tanto. Los enlaces y sesiones que no hayan vencido vuelven a servir cuando se active.',
    'The customer is inactive: nobody enters its portal meanwhile. Links and sessions that have not expired serve again once it is active.',
  ),
  'portal-needs-email': say(422, 'Para entrar al portal necesita un correo.', 'An e-mail is needed to enter the portal.'),
  'public-address-missing': say(
    409,
    'Falta configurar la dirección pública del sistema (CARTERA_PUBLIC_URL); sin ella no hay enlaces.',
    'The public address of the system (CARTERA_PUBLIC_URL) is not set; without it there are no links.',
  ),
  'voucher-unreadable': say(
    415,
    'El comprobante debe ser un PDF o una foto (JPEG, PNG, WebP o HEIC).',
    'The voucher must be a PDF or a picture (JPEG, PNG, WebP or HEIC).',
  ),
  'voucher-damaged': say(
    422,
    'El archivo está dañado o incompleto y no se puede abrir. Adjúntelo de nuevo o tome otra foto.',
    'The file is damaged or incomplete and cannot be opened. Attach it again or take another picture.',
  ),
  'voucher-protected': say(
    422,
    'El PDF está protegido con contraseña. Adjunte uno sin contraseña o una captura de pantalla.',
    'The PDF is protected with a password. Attach one without a password, or a screenshot.',
  ),
  'voucher-too-many-pixels': say(
    422,
    'La imagen es demasiado grande (más de 64 megapíxeles). Adjunte una más pequeña.',
    'The picture is too large (more than 64 megapixels). Attach a smaller one.',
  ),
  'claim-repeated': say(
    409,
    'Ese mismo pago ya fue informado y está en revisión.',
    'That same payment was already reported and is being reviewed.',
  ),
  'claim-decided': say(
    409,
    'Otra persona ya decidió este pago informado.',
    'Somebody else has already decided this reported payment.',
  ),
  'claim-answer-needed': say(
    422,
    'Escriba por qué no se acepta: el cliente lo leerá.',
    'Write why it is not accepted: the customer will read it.',
  ),
  'too-many-open-claims': say(
    409,
    'Ya hay {max} pagos informados en revisión. Espere la respuesta.',
    'There are already {max} reported payments under review. Wait for the answer.',
  ),
  'day-too-long-ago': say(422, 'La fecha es demasiado antigua.', 'The date is too long ago.'),
  'receivable-disputed': say(409, 'La cuenta por cobrar está en disputa.', 'The receivable is disputed.'),
}

/** The sentence of a refusal in a language, its placeholders filled. */
export function sayRefusal(code: RefusalCode, language: 'es' | 'en', params: Record<string, string | number> = {}): string {
  return refusalSentences[code][language].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? ''))
}
