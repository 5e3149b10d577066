import type { Component, InjectionKey } from 'vue'

/** What the shell puts above every form and page about a customer (`customerId`): `ui/` asks no API. */
export const creditSign: InjectionKey<Component> = Symbol('credit sign')
