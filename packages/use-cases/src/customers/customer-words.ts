import type { TaxIdType } from '@cartera/domain/customers/tax-id'
import type { CustomerFieldType } from '@cartera/domain/imports/customer-import-fields'

export type Language = 'es' | 'en'

/** Headings of the fields in files: an import recognises every one of them. */
export const customerHeadings: Readonly<Record<string, Record<Language, string>>> = {
  code: { es: 'Código', en: 'Code' },
  externalId: { es: 'Id externo', en: 'External id' },
  name: { es: 'Nombre o razón social', en: 'Legal name' },
  tradeName: { es: 'Nombre comercial', en: 'Trade name' },
  kind: { es: 'Clase de persona', en: 'Kind' },
  taxIdType: { es: 'Tipo de identificación', en: 'Tax id type' },
  taxId: { es: 'Identificación', en: 'Tax id' },
  contactPerson: { es: 'Persona de contacto', en: 'Contact person' },
  email: { es: 'Correo electrónico', en: 'E-mail' },
  phone: { es: 'Teléfono', en: 'Phone' },
  mobile: { es: 'Celular', en: 'Mobile' },
  website: { es: 'Sitio web', en: 'Website' },
  address: { es: 'Dirección', en: 'Address' },
  city: { es: 'Ciudad', en: 'City' },
  state: { es: 'Provincia o estado', en: 'State' },
  country: { es: 'País', en: 'Country' },
  customerType: { es: 'Tipo de cliente', en: 'Customer type' },
  priority: { es: 'Prioridad', en: 'Priority' },
  economicActivity: { es: 'Actividad económica', en: 'Economic activity' },
  priceList: { es: 'Lista de precios', en: 'Price list' },
  taxable: { es: 'Paga impuestos', en: 'Taxable' },
  status: { es: 'Estado', en: 'Status' },
  branch: { es: 'Sucursal', en: 'Branch' },
  group: { es: 'Grupo', en: 'Group' },
  preferredAgent: { es: 'Agente de ventas', en: 'Sales agent' },
  collectionsAgent: { es: 'Agente de cobranza', en: 'Collections agent' },
  language: { es: 'Idioma', en: 'Language' },
  creditTerms: { es: 'Forma de pago', en: 'Credit terms' },
  creditDays: { es: 'Días de crédito', en: 'Credit days' },
  creditLimit: { es: 'Límite de crédito', en: 'Credit limit' },
  creditCurrency: { es: 'Moneda del crédito', en: 'Credit currency' },
  ledgerAccount: { es: 'Cuenta contable', en: 'Ledger account' },
  isSupplier: { es: 'Es proveedor', en: 'Supplier' },
  supplierAccount: { es: 'Cuenta de proveedor', en: 'Supplier account' },
}

type Words = Readonly<Record<string, Record<Language, string>>>

const taxIdTypes: Record<Extract<TaxIdType, 'cedula' | 'passport' | 'other'>, Record<Language, string>> = {
  cedula: { es: 'Cédula', en: 'Cédula' },
  passport: { es: 'Pasaporte', en: 'Passport' },
  other: { es: 'Otro', en: 'Other' },
}

const valueWords: Partial<Record<CustomerFieldType, Words>> = {
  kind: { person: { es: 'Persona natural', en: 'Natural person' }, company: { es: 'Persona jurídica', en: 'Legal entity' } },
  status: {
    active: { es: 'Activo', en: 'Active' },
    inactive: { es: 'Inactivo', en: 'Inactive' },
    restricted: { es: 'Restringido', en: 'Restricted' },
    suspended: { es: 'Suspendido', en: 'Suspended' },
  },
  priority: {
    low: { es: 'Baja', en: 'Low' },
    normal: { es: 'Normal', en: 'Normal' },
    high: { es: 'Alta', en: 'High' },
  },
  terms: { cash: { es: 'Contado', en: 'Cash' }, credit: { es: 'Crédito', en: 'Credit' } },
  language: { es: { es: 'Español', en: 'Spanish' }, en: { es: 'Inglés', en: 'English' } },
  'yes-no': { true: { es: 'Sí', en: 'Yes' }, false: { es: 'No', en: 'No' } },
  'tax-id-type': taxIdTypes,
}

/** A stored value as people read it; text stays as it is. What is said here an import understands. */
export function sayCustomerValue(type: CustomerFieldType, value: string, language: Language): string {
  if (value === '') return ''
  if (type === 'country') return new Intl.DisplayNames([language], { type: 'region' }).of(value) ?? value
  const said = valueWords[type]?.[value]?.[language]
  if (said !== undefined) return said
  return type === 'tax-id-type' ? value.toUpperCase() : value
}
