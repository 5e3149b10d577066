import type { Component, InjectionKey } from 'vue'

/** What the shell puts at the end of every page's header (the bell): `ui/` knows neither it nor its feature. */
export const headerEnd: InjectionKey<Component> = Symbol('header end')
