import type { Messages } from '../../i18n.ts'

export const messages: Messages = {
  es: {
    departments: {
      title: 'Departamentos',
      new: 'Nuevo departamento',
      edit: 'Editar departamento',
      codeHelp: 'Corto y único, por ejemplo COB.',
      users: 'Usuarios',
      active: 'Activo',
      inactive: 'Inactivo',
      created: 'Departamento creado',
      changed: 'Departamento guardado',
      deleted: 'Departamento eliminado',
      deleteTitle: '¿Eliminar el departamento {name}?',
      deleteText: 'Solo se puede eliminar si nadie lo usa. No se puede deshacer.',
      emptyTitle: 'Todavía no hay departamentos',
      emptyText: 'Quien no tiene departamento no puede registrar notas; cree el primero.',
    },
  },
  en: {
    departments: {
      title: 'Departments',
      new: 'New department',
      edit: 'Edit department',
      codeHelp: 'Short and unique, for example COL.',
      users: 'Users',
      active: 'Active',
      inactive: 'Inactive',
      created: 'Department created',
      changed: 'Department saved',
      deleted: 'Department deleted',
      deleteTitle: 'Delete the department {name}?',
      deleteText: 'Only a department that nobody uses can be deleted. It cannot be undone.',
      emptyTitle: 'No departments yet',
      emptyText: 'Whoever has no department cannot record notes; create the first.',
    },
  },
}
