import type { Messages } from '../i18n.ts'

export const messages: Messages = {
  es: {
    sight: {
      ask: '¿Por qué veo esto?',
      text: 'Cuenta dónde está cada persona hoy, no dónde estaba cuando se registró.',
      record: 'El registro',
      customer: 'El cliente',
      rules: {
        own: 'Lo ve porque es suyo.',
        department: 'Lo ve porque es de su departamento en su sucursal.',
        branch: 'Lo ve porque es de su sucursal.',
        company: 'Lo ve porque su nivel abarca toda la empresa.',
      },
      customerRules: {
        own: 'Ve al cliente porque usted es su agente.',
        department: 'Ve al cliente porque un agente suyo está en su departamento.',
        branch: 'Ve al cliente porque un agente suyo está en su sucursal.',
        company: 'Su perfil ve a todos los clientes.',
      },
      as: {
        author: 'Lo escribió',
        owner: 'Responsable',
        recorder: 'Lo anotó',
        'collections-agent': 'Agente de cobranza',
        administrator: 'Administración',
      },
      agents: { preferred: 'Agente de ventas preferido', collections: 'Agente de cobranza' },
      others: 'Nadie más lo ve | Lo ve otra persona | Lo ven otras {count} personas',
      more: 'y {count} más',
      reach: { own: 'Es suyo', department: 'Departamento', branch: 'Sucursal', company: 'Toda la empresa' },
    },
  },
  en: {
    sight: {
      ask: 'Why do I see this?',
      text: 'Where each person stands today counts, not where they stood when it was recorded.',
      record: 'The record',
      customer: 'The customer',
      rules: {
        own: 'You see it because it is yours.',
        department: 'You see it because it belongs to your department in your branch.',
        branch: 'You see it because it belongs to your branch.',
        company: 'You see it because your level spans the whole company.',
      },
      customerRules: {
        own: 'You see the customer because you are their agent.',
        department: 'You see the customer because one of their agents is in your department.',
        branch: 'You see the customer because one of their agents is in your branch.',
        company: 'Your profile sees all customers.',
      },
      as: {
        author: 'Written by',
        owner: 'Owner',
        recorder: 'Recorded by',
        'collections-agent': 'Collections agent',
        administrator: 'Administrator',
      },
      agents: { preferred: 'Preferred agent', collections: 'Collections agent' },
      others: 'Nobody else sees it | One other person sees it | {count} other people see it',
      more: 'and {count} more',
      reach: { own: 'Their own', department: 'Department', branch: 'Branch', company: 'Whole company' },
    },
  },
}
