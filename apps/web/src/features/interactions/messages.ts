import type { Messages } from '../../i18n.ts'

export const messages: Messages = {
  es: {
    interactions: {
      topics: {
        title: 'Temas de interacción',
        new: 'Nuevo tema',
        edit: 'Editar tema',
        used: 'Interacciones',
        active: 'Activo',
        inactive: 'Inactivo',
        created: 'Tema creado',
        changed: 'Tema guardado',
        deleted: 'Tema eliminado',
        deleteTitle: '¿Eliminar el tema {name}?',
        deleteText: 'Solo se puede eliminar si ninguna interacción lo tiene. No se puede deshacer.',
        emptyTitle: 'Todavía no hay temas',
        emptyText: 'Cobranza, pedido, reclamo: cada interacción trata de un tema.',
      },
    },
  },
  en: {
    interactions: {
      topics: {
        title: 'Interaction topics',
        new: 'New topic',
        edit: 'Edit topic',
        used: 'Interactions',
        active: 'Active',
        inactive: 'Inactive',
        created: 'Topic created',
        changed: 'Topic saved',
        deleted: 'Topic deleted',
        deleteTitle: 'Delete the topic {name}?',
        deleteText: 'Only a topic that no interaction has can be deleted. It cannot be undone.',
        emptyTitle: 'No topics yet',
        emptyText: 'Collections, order, complaint: every interaction is about a topic.',
      },
    },
  },
}
