import type { Messages } from '../../i18n.ts'

export const messages: Messages = {
  es: {
    exports: {
      title: 'Mis exportaciones',
      export: 'Exportar',
      excel: 'Excel',
      csv: 'CSV',
      begun: 'La lista es larga: el archivo se prepara y se descarga al estar listo. También queda en «Mis exportaciones».',
      emptyTitle: 'Todavía no ha exportado nada',
      emptyText: 'El botón «Exportar» de cada lista la convierte en Excel o CSV. Los archivos quedan aquí siete días.',
      download: 'Descargar',
      remove: 'Eliminar',
      rows: '{count} filas',
      making: 'Preparando: {count} filas',
      made: 'Hecha',
      until: 'Disponible hasta',
      size: '{size} kB',
      failed: 'No se pudo hacer. {reason}',
      lapsed: 'El archivo ya no se conserva.',
    },
  },
  en: {
    exports: {
      title: 'My exports',
      export: 'Export',
      excel: 'Excel',
      csv: 'CSV',
      begun: 'The list is long: the file is being made and is saved when it is ready. It also stays under “My exports”.',
      emptyTitle: 'You have exported nothing yet',
      emptyText: 'The “Export” button of each list makes it into Excel or CSV. The files stay here for seven days.',
      download: 'Download',
      remove: 'Delete',
      rows: '{count} rows',
      making: 'Being made: {count} rows',
      made: 'Made',
      until: 'Kept until',
      size: '{size} kB',
      failed: 'It could not be made. {reason}',
      lapsed: 'The file is no longer kept.',
    },
  },
}
