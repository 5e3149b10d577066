import type { AlarmFinding, AlarmKind } from '@cartera/domain/notices/notice-alarms'

interface AlarmWords {
  title: string
  text: string
}

/** What rings and what to do about it, for mails; the interface has the same in its own messages. */
const words: Record<'es' | 'en', Record<AlarmKind, AlarmWords>> = {
  es: {
    'worker-silent': {
      title: 'El programa que envía no responde',
      text: 'No se sabe de él desde hace {minutes} minutos. Avisos en espera: {waiting}. Pida a sistemas que lo reinicie: nada se pierde.',
    },
    'worker-blocked': {
      title: 'El programa que envía está detenido por seguridad',
      text: 'Espera que un administrador confirme que esta es la instalación correcta. Avisos en espera: {waiting}.',
    },
    'journal-unwritable': {
      title: 'El programa que envía no puede escribir su diario',
      text: 'Sin diario no envía nada, para no perder ninguna respuesta. Avisos en espera: {waiting}. Pida a sistemas que revise el disco.',
    },
    'nothing-sent': {
      title: 'No está saliendo nada',
      text: 'En {minutes} minutos no ha salido nada. Avisos que deberían haber salido: {waiting}. Revise la cola y las cuentas de correo.',
    },
    'left-behind': {
      title: 'Quedaron avisos de días anteriores',
      text: 'Avisos de días anteriores (desde el {since}) que no han salido: {waiting}. Revise la cola.',
    },
    'account-paused': {
      title: 'El servidor rechazó una cuenta de correo',
      text: 'El servidor no aceptó el usuario o la contraseña de la cuenta de {user}. Avisos en espera: {held}. Debe corregirla en Mi cuenta.',
    },
    'many-failed': {
      title: 'Fallaron muchos avisos',
      text: 'Avisos que fallaron en el último día: {failed}. Revise los motivos en la cola.',
    },
    'uncertain-waiting': {
      title: 'Hay avisos inciertos',
      text: 'Avisos de los que no se sabe si salieron: {uncertain}. Decida en la cola: marcar como enviado o enviar de nuevo.',
    },
  },
  en: {
    'worker-silent': {
      title: 'The program that sends does not answer',
      text: 'It has not been heard of for {minutes} minutes. Notices waiting: {waiting}. Ask your systems people to restart it: nothing is lost.',
    },
    'worker-blocked': {
      title: 'The program that sends has stopped to be safe',
      text: 'It waits for an administrator to confirm that this is the right installation. Notices waiting: {waiting}.',
    },
    'journal-unwritable': {
      title: 'The program that sends cannot write its journal',
      text: 'Without it nothing is sent, so that no answer is lost. Notices waiting: {waiting}. Ask your systems people to look at the disk.',
    },
    'nothing-sent': {
      title: 'Nothing is leaving',
      text: 'Nothing has left for {minutes} minutes. Notices that should have: {waiting}. Look at the queue and the mail accounts.',
    },
    'left-behind': {
      title: 'Notices of earlier days were left behind',
      text: 'Notices of earlier days (since {since}) that have not left: {waiting}. Look at the queue.',
    },
    'account-paused': {
      title: 'The server refused a mail account',
      text: "The server did not accept the user or password of {user}'s account. Notices waiting: {held}. It has to be put right in My account.",
    },
    'many-failed': {
      title: 'Many notices failed',
      text: 'Notices that failed within the last day: {failed}. Look at the reasons in the queue.',
    },
    'uncertain-waiting': {
      title: 'There are uncertain notices',
      text: 'Notices of which nobody knows whether they left: {uncertain}. Decide in the queue: mark as sent or send again.',
    },
  },
}

export const alarmTitle = (kind: AlarmKind, language: 'es' | 'en'): string => words[language][kind].title

/** The sentence of an alarm with its figures; `user` is the name of the person whose account it is about. */
export function sayAlarm(alarm: AlarmFinding, language: 'es' | 'en', user?: string): string {
  const values: Record<string, string | number | null> = {
    ...alarm.facts,
    user: user ?? (language === 'es' ? 'una persona' : 'somebody'),
  }
  const { title, text } = words[language][alarm.kind]
  return `${title}. ${text.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? '?'))}`
}
