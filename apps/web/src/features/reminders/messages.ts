import type { Messages } from '../../i18n.ts'

export const messages: Messages = {
  es: {
    reminders: {
      title: 'Recordatorios',
      bell: 'Recordatorios',
      bellUnread: 'Recordatorios: {count} sin leer',
      fellDue: 'Venció un seguimiento',
      fellDueMany: 'Vencieron {count} seguimientos',
      open: 'Abrir',
      due: 'Venció el {time}',
      readAll: 'Marcar todo como leído',
      all: 'Ver mis vencidos',
      emptyTitle: 'Nada pendiente',
      signals: 'Cómo avisar',
      byBrowser: 'Avisar aunque mire otra ventana',
      browserRefused: 'El navegador no lo permite; cámbielo en los permisos del sitio.',
      bySound: 'Con sonido',
      emptyText: 'Aquí verá los seguimientos en cuanto venzan.',
    },
  },
  en: {
    reminders: {
      title: 'Reminders',
      bell: 'Reminders',
      bellUnread: 'Reminders: {count} unread',
      fellDue: 'A follow-up has fallen due',
      fellDueMany: '{count} follow-ups have fallen due',
      open: 'Open',
      due: 'Due since {time}',
      readAll: 'Mark all as read',
      all: 'See my overdue ones',
      emptyTitle: 'Nothing waiting',
      signals: 'How to tell',
      byBrowser: 'Tell me also while I look elsewhere',
      browserRefused: 'The browser does not allow it; change it in the permissions of the site.',
      bySound: 'With sound',
      emptyText: 'Follow-ups show here as soon as they fall due.',
    },
  },
}
