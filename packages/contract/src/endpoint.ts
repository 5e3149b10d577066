import type { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Shape = z.ZodType

/**
 * A route without its handler: the API serves it, the web calls it by `METHOD url` (see api.ts).
 * `access: 'public'` is served without signing in, `portal` to a contact of a customer by the portal's cookie; everything else needs a viewer.
 */
export interface Endpoint {
  method: Method
  url: string
  summary: string
  tag: string
  access?: 'public' | 'viewer' | 'portal'
  /** A public endpoint that works by the refresh cookie. */
  cookie?: true
  params?: Shape
  query?: Shape
  body?: Shape
  /** The shape of a success; none means an empty 204. */
  response?: Shape
  /** 200 unless told; 201 for what was made. */
  status?: 200 | 201 | 202
  /** Answers with events for as long as the caller stays. */
  stream?: true
  /** For requests larger than the usual 1 MiB, in bytes. */
  bodyLimit?: number
}

/** Keeps the literal types of method and url, from which the typed client is made. */
export function defineEndpoint<const E extends Endpoint>(endpoint: E): E {
  return endpoint
}

type Input<S> = S extends Shape ? z.input<S> : never
type Output<S> = S extends Shape ? z.output<S> : never
/** In an address everything is text, so a caller may also give the number or boolean that it stands for. */
type QueryInput<S> = { [K in keyof Input<S>]: Input<S>[K] | (Input<S>[K] extends string | undefined ? number | boolean : never) }

/** What a caller gives: only the parts that the endpoint has. */
export type EndpointInput<E extends Endpoint> = (E['params'] extends Shape
  ? { params: Input<E['params']> }
  : { params?: undefined }) &
  (E['query'] extends Shape ? { query?: QueryInput<E['query']> } : { query?: undefined }) &
  (E['body'] extends Shape ? { body: Input<E['body']> } : { body?: undefined })

/** What a caller gets back. */
export type EndpointOutput<E extends Endpoint> = E['response'] extends Shape ? Output<E['response']> : undefined

/** What a handler receives, already validated. */
export interface EndpointCall<E extends Endpoint> {
  params: Output<E['params']>
  query: Output<E['query']>
  body: Output<E['body']>
}

/** `{ 'GET /api/v1/branches': E, ... }` from an object of endpoints. */
export type ByAddress<T extends Record<string, Endpoint>> = { [K in keyof T as `${T[K]['method']} ${T[K]['url']}`]: T[K] }
