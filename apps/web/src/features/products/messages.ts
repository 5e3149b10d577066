import type { Messages } from '../../i18n.ts'

export const messages: Messages = {
  es: {
    products: {
      title: 'Productos',
      new: 'Nuevo producto',
      edit: 'Editar producto',
      codeHelp: 'El mismo que en su sistema de facturación, por ejemplo CEM-50.',
      used: 'Interacciones',
      active: 'Activo',
      inactive: 'Inactivo',
      created: 'Producto creado',
      changed: 'Producto guardado',
      deleted: 'Producto eliminado',
      deleteTitle: '¿Eliminar el producto {name}?',
      deleteText: 'Solo se puede eliminar si nada lo menciona. No se puede deshacer.',
      emptyTitle: 'Todavía no hay productos',
      emptyText: 'Agregue lo que ofrece: así queda registrado qué le interesa a cada cliente.',
    },
  },
  en: {
    products: {
      title: 'Products',
      new: 'New product',
      edit: 'Edit product',
      codeHelp: 'The same as in your invoicing system, for example CEM-50.',
      used: 'Interactions',
      active: 'Active',
      inactive: 'Inactive',
      created: 'Product created',
      changed: 'Product saved',
      deleted: 'Product deleted',
      deleteTitle: 'Delete the product {name}?',
      deleteText: 'Only a product that nothing mentions can be deleted. It cannot be undone.',
      emptyTitle: 'No products yet',
      emptyText: 'Add what you offer, so that it is recorded what each customer is interested in.',
    },
  },
}
