import type { CustomFieldKind } from '../customers/custom-fields.ts'
import { headingKey, headingWords } from './import-mapping.ts'

/** How the text of a cell is read. */
export type CustomerFieldType =
  | 'text'
  | 'mail'
  | 'web'
  | 'integer'
  | 'amount'
  | 'currency'
  | 'country'
  | 'tax-id-type'
  | 'kind'
  | 'status'
  | 'priority'
  | 'terms'
  | 'language'
  | 'branch'
  | 'group'
  | 'agent'
  | CustomFieldKind

export interface CustomerImportField {
  /** As in the contract; a field of the company's own is `custom.<key>`. */
  name: string
  type: CustomerFieldType
  /** Longest text. */
  max?: number
  /** Cannot be empty: an empty cell leaves it as it is. */
  kept?: true
  headings: readonly string[]
  choices?: readonly { key: string; label: string }[]
}

const field = (
  name: string,
  type: CustomerFieldType,
  headings: string,
  more: Partial<Pick<CustomerImportField, 'max' | 'kept'>> = {},
): CustomerImportField => ({ name, type, headings: headingWords(headings), ...more })

/** What a row of an import of customers can say, in the order in which the mapping shows them. */
export const customerImportFields = [
  field('code', 'text', 'codigo codigodecliente codigocliente codigodelcliente codcliente cod code customercode clientcode', {
    max: 40,
    kept: true,
  }),
  field(
    'externalId',
    'text',
    'idexterno externalid idcliente clienteid iddelcliente customerid clientid idenerp iderp codigoerp erpid id uuid',
    { max: 100 },
  ),
  field(
    'name',
    'text',
    'nombreorazonsocial nombrelegal razonsocial nombre nombredelcliente nombrecliente nombrecompleto cliente tercero legalname name customername clientname companyname fullname customer empresa company denominacion',
    { max: 300, kept: true },
  ),
  field('tradeName', 'text', 'nombrecomercial tradename brand nombredefantasia fantasia marca', { max: 300 }),
  field('kind', 'kind', 'clase clasedepersona tipodepersona tipopersona naturaleza kind persontype entitytype', { kept: true }),
  field(
    'taxIdType',
    'tax-id-type',
    'tipodeidentificacion tipoidentificacion tipodedocumento tipodocumento tipodeid tipoid taxidtype idtype documenttype tipodeidentificacionfiscal',
  ),
  field(
    'taxId',
    'text',
    'identificacion identificacionfiscal numerodeidentificacion numeroidentificacion nidentificacion taxid taxnumber vat vatnumber ruc nit rut rfc nif cif cuit cedula dni rif rnc rtn cedularuc ruccedula documento numerodedocumento nrodocumento idfiscal',
    { max: 40 },
  ),
  field(
    'contactPerson',
    'text',
    'personadecontacto contacto nombredelcontacto nombredecontacto contactperson contact contactname',
    {
      max: 200,
    },
  ),
  field('email', 'mail', 'correoelectronico correo email mail emailaddress correocliente correodelcliente direcciondecorreo'),
  field('phone', 'text', 'telefono telefonofijo telefono1 tel fono phone phonenumber telephone telefonos', { max: 60 }),
  field('mobile', 'text', 'celular movil telefonocelular telefonomovil mobile mobilephone cell cellphone whatsapp', { max: 60 }),
  field('website', 'web', 'sitioweb paginaweb web pagina website url'),
  field('address', 'text', 'direccion domicilio calle address street streetaddress direccionfiscal', { max: 500 }),
  field('city', 'text', 'ciudad localidad municipio poblacion city town', { max: 120 }),
  field('state', 'text', 'provinciaoestado provincia departamento estadoprovincia region state province', { max: 120 }),
  field('country', 'country', 'pais country countrycode codigopais codigodepais'),
  field(
    'customerType',
    'text',
    'tipodecliente tipocliente categoria segmento customertype clienttype category segment tipo type',
    {
      max: 100,
    },
  ),
  field('priority', 'priority', 'prioridad priority', { kept: true }),
  field('economicActivity', 'text', 'actividadeconomica actividad giro ramo rubro economicactivity industry activity sector', {
    max: 200,
  }),
  field('priceList', 'text', 'listadeprecios listaprecios listadeprecio pricelist tarifa', { max: 100 }),
  field('taxable', 'yes-no', 'pagaimpuestos gravado sujetoaimpuestos afectoaiva taxable impuestos', { kept: true }),
  field('status', 'status', 'estado estadodelcliente situacion status estatus', { kept: true }),
  field('branch', 'branch', 'sucursal codigodesucursal codigosucursal oficina agencia branch branchcode sede'),
  field('group', 'group', 'grupo grupodeclientes grupodelcliente group customergroup'),
  field(
    'preferredAgent',
    'agent',
    'correodelagentedeventas preferredagentemail salesagentemail correovendedor agentedeventas agentedeventaspreferido agentepreferido vendedor asesor ejecutivo preferredagent salesagent salesperson agent agente',
  ),
  field(
    'collectionsAgent',
    'agent',
    'correodelagentedecobranza collectionsagentemail correocobrador agentedecobranza agentecobranza cobrador gestordecobranza gestor collectionsagent collector',
  ),
  field('language', 'language', 'idioma lengua language', { kept: true }),
  field('creditTerms', 'terms', 'formadepago condiciondepago condicion condicionesdepago creditterms terms paymentterms', {
    kept: true,
  }),
  field('creditDays', 'integer', 'diasdecredito diascredito plazo plazodias plazodecredito creditdays netdays dias'),
  field(
    'creditLimit',
    'amount',
    'limitedecredito limitecredito cupodecredito cupo montodecredito creditlimit limit limite credito',
  ),
  field('creditCurrency', 'currency', 'monedadelcredito monedacredito monedadellimite moneda creditcurrency currency divisa'),
  field('ledgerAccount', 'text', 'cuentacontable cuenta ledgeraccount account accountnumber', { max: 60 }),
  field('isSupplier', 'yes-no', 'esproveedor proveedor tambienesproveedor issupplier supplier alsosupplier', { kept: true }),
  field('supplierAccount', 'text', 'cuentadeproveedor cuentacontabledeproveedor cuentaproveedor supplieraccount', { max: 60 }),
] as const satisfies readonly CustomerImportField[]

/** A field of the company's own as an import knows it: by its name, or its key. */
export function customImportField(definition: {
  key: string
  name: string
  kind: CustomFieldKind
  choices: readonly { key: string; label: string }[]
}): CustomerImportField {
  return {
    name: `custom.${definition.key}`,
    type: definition.kind,
    headings: [headingKey(definition.name), headingKey(definition.key)],
    choices: definition.choices,
  }
}

/** What can be said of many customers in one step: not what names one of them alone, or reaches it. */
export const fieldsOfMany = [
  'status',
  'priority',
  'customerType',
  'economicActivity',
  'city',
  'state',
  'country',
  'branch',
  'group',
  'preferredAgent',
  'collectionsAgent',
  'language',
  'priceList',
  'taxable',
  'creditTerms',
  'creditDays',
  'creditLimit',
  'creditCurrency',
  'ledgerAccount',
  'isSupplier',
  'supplierAccount',
] as const satisfies readonly (typeof customerImportFields)[number]['name'][]

/** By what a row finds the customer that it is about, tried in the order chosen. */
export const customerImportKeys = ['externalId', 'code', 'taxId', 'email'] as const
export type CustomerImportKey = (typeof customerImportKeys)[number]

/** Whether rows make customers, change them, or both. */
export const importModes = ['both', 'create', 'change'] as const
export type ImportMode = (typeof importModes)[number]

/** What an empty cell says: nothing, or that the field is empty. */
export const emptyMeanings = ['leave', 'clear'] as const
export type EmptyMeaning = (typeof emptyMeanings)[number]

/** What becomes of a row that looks like a customer who is there already but has another key. */
export const duplicateChoices = ['skip', 'create', 'change'] as const
export type DuplicateChoice = (typeof duplicateChoices)[number]
