import type { Messages } from '../../i18n.ts'

export const messages: Messages = {
  es: {
    branches: {
      title: 'Sucursales',
      new: 'Nueva sucursal',
      edit: 'Editar sucursal',
      codeHelp: 'Corto y único, por ejemplo UIO.',
      users: 'Usuarios',
      active: 'Activa',
      inactive: 'Inactiva',
      created: 'Sucursal creada',
      changed: 'Sucursal guardada',
      deleted: 'Sucursal eliminada',
      deleteTitle: '¿Eliminar la sucursal {name}?',
      deleteText: 'Solo se puede eliminar si nadie la usa. No se puede deshacer.',
      emptyTitle: 'Todavía no hay sucursales',
      emptyText: 'Cada usuario pertenece a una; cree la primera para poder agregar usuarios.',
    },
  },
  en: {
    branches: {
      title: 'Branches',
      new: 'New branch',
      edit: 'Edit branch',
      codeHelp: 'Short and unique, for example UIO.',
      users: 'Users',
      active: 'Active',
      inactive: 'Inactive',
      created: 'Branch created',
      changed: 'Branch saved',
      deleted: 'Branch deleted',
      deleteTitle: 'Delete the branch {name}?',
      deleteText: 'Only a branch that nobody uses can be deleted. It cannot be undone.',
      emptyTitle: 'No branches yet',
      emptyText: 'Every user belongs to one; create the first in order to add users.',
    },
  },
}
