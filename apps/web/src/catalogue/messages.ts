import type { Messages } from '../i18n.ts'

export const messages: Messages = {
  es: {
    catalogue: {
      name: 'Nombre',
      code: 'Código',
      searchName: 'Buscar por nombre',
      searchNameOrCode: 'Buscar por nombre o código',
      state: 'Estado',
      allStates: 'Todos los estados',
      switchOn: 'Activar',
      switchOff: 'Desactivar',
    },
  },
  en: {
    catalogue: {
      name: 'Name',
      code: 'Code',
      searchName: 'Search by name',
      searchNameOrCode: 'Search by name or code',
      state: 'State',
      allStates: 'All states',
      switchOn: 'Switch on',
      switchOff: 'Switch off',
    },
  },
}
