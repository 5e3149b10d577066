export const messages = {
  es: {
    noticeSending: {
      label: 'Envío de avisos detenido',
      title: 'Este equipo no envía avisos',
      epochMismatch: '{host}: la base de datos dice que otro equipo los envía.',
      epochMissing: '{host}: la base de datos no dice qué equipo los envía.',
      databaseRestored:
        '{host}: la base de datos es anterior a lo que este equipo recuerda, como tras restaurar un respaldo. Lo que parece pendiente quizá ya salió: revise la cola antes.',
      journalUnwritable: '{host}: no puede escribir su diario de envíos. Libere espacio o repare el disco. {detail}',
      confirm: 'Confirmar que este equipo es el que envía',
      confirmTitle: '¿Enviar desde {host}?',
      confirmText:
        'Desde ahora solo este equipo envía los avisos de esta base de datos. Si otro todavía los envía, deténgalo antes: los clientes podrían recibirlos dos veces.',
      confirmed: 'Confirmado: este equipo envía los avisos.',
    },
  },
  en: {
    noticeSending: {
      label: 'Notices are not being sent',
      title: 'This machine sends no notices',
      epochMismatch: '{host}: the database says that another machine sends them.',
      epochMissing: '{host}: the database does not say which machine sends them.',
      databaseRestored:
        '{host}: the database is older than this machine remembers, as after restoring a backup. What looks due may have left: look at the queue first.',
      journalUnwritable: '{host}: it cannot write its journal of sent notices. Free or mend the disk. {detail}',
      confirm: 'Confirm that this is the machine that sends',
      confirmTitle: 'Send from {host}?',
      confirmText:
        'From now on only this machine sends the notices of this database. If another one still does, stop it first: customers could get them twice.',
      confirmed: 'Confirmed: this machine sends the notices.',
    },
  },
} as const
