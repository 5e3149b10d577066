import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { language } from '../i18n.ts'
import { ApiProblem, type ProblemDetails } from './api-problem.ts'

export type ApiKey = keyof Api & string

interface AnyInput {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
}

export interface CallOptions {
  signal?: AbortSignal | undefined
  headers?: Record<string, string>
}

export interface UploadOptions {
  signal: AbortSignal
  onProgress: (share: number) => void
}

/** The input may be left out where nothing in it is required. */
type InputArguments<Input> =
  Record<never, never> extends Input ? [input?: Input, options?: CallOptions] : [input: Input, options?: CallOptions]

interface ClientSettings {
  fetch: typeof globalThis.fetch
  /** For uploads alone: fetch does not tell how far a request has come. */
  request?: () => XMLHttpRequest
  /** Called once when the session cannot be renewed: the person has to sign in again. */
  onSignedOut: () => void
}

const refreshPath = '/api/v1/session/refreshes'
/** Their 401 speaks of the password or the cookie that was just given, so renewing the session would be no answer to it. */
const withoutRenewal = new Set<string>(['POST /api/v1/session', 'POST /api/v1/session/refreshes', 'DELETE /api/v1/session'])

/**
 * The one way to the API. The access token lives in this closure and nowhere else (no storage that a script could
 * read later); a 401 renews the session once, with one renewal for all requests that wait for it, and repeats.
 */
export function createClient(settings: ClientSettings) {
  let accessToken: string | null = null
  let renewal: Promise<boolean> | null = null

  async function send(method: string, path: string, body: unknown, options: CallOptions): Promise<Response> {
    const headers: Record<string, string> = { accept: 'application/json', 'accept-language': language.value, ...options.headers }
    const isForm = body instanceof FormData
    if (body !== undefined && !isForm) headers['content-type'] = 'application/json'
    if (accessToken) headers.authorization = `Bearer ${accessToken}`
    try {
      return await settings.fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
        ...(options.signal ? { signal: options.signal } : {}),
      })
    } catch (error) {
      // An abort is the caller's own wish and not a failure of the network.
      if (error instanceof DOMException && error.name === 'AbortError') throw error
      throw new ApiProblem({ status: 0, code: 'offline' })
    }
  }

  async function refresh(): Promise<boolean> {
    const response = await send('POST', refreshPath, undefined, {})
    if (!response.ok) {
      // Only a clear no ends the session; a server that is down or busy does not sign people out.
      if (response.status === 401 || response.status === 403) {
        accessToken = null
        return false
      }
      throw await problemOf(response)
    }
    accessToken = ((await response.json()) as { accessToken: string }).accessToken
    return true
  }

  /** Renews the session by its cookie; true when there is one. All callers at one time share one request. */
  function renew(): Promise<boolean> {
    renewal ??= acrossTabs(refresh).finally(() => {
      renewal = null
    })
    return renewal
  }

  async function request(key: string, input: AnyInput = {}, options: CallOptions = {}): Promise<Response> {
    const [method = 'GET', template = ''] = key.split(' ')
    const path = addressOf(template, input)
    const usedToken = accessToken
    let response = await send(method, path, input.body, options)
    if (response.status === 401 && !withoutRenewal.has(key)) {
      // Another request may have renewed the session while this one was under way.
      const renewed = accessToken !== null && accessToken !== usedToken ? true : await renew()
      if (renewed) response = await send(method, path, input.body, options)
      if (response.status === 401) {
        accessToken = null
        settings.onSignedOut()
      }
    }
    if (!response.ok) throw await problemOf(response)
    return response
  }

  /** Sends a form once, telling how much of it is on its way; answers as fetch does. */
  function sendForm(path: string, form: FormData, options: UploadOptions): Promise<Response> {
    return new Promise((resolve, reject) => {
      const request = settings.request?.() ?? new XMLHttpRequest()
      request.open('POST', path)
      request.setRequestHeader('accept', 'application/json')
      request.setRequestHeader('accept-language', language.value)
      if (accessToken) request.setRequestHeader('authorization', `Bearer ${accessToken}`)
      request.upload.onprogress = (event) => options.onProgress(event.total > 0 ? event.loaded / event.total : 0)
      request.onload = () => resolve(new Response(request.responseText, { status: request.status }))
      request.onerror = () => reject(new ApiProblem({ status: 0, code: 'offline' }))
      request.onabort = () => reject(new DOMException('aborted', 'AbortError'))
      if (options.signal.aborted) return reject(new DOMException('aborted', 'AbortError'))
      options.signal.addEventListener('abort', () => request.abort(), { once: true })
      request.send(form)
    })
  }

  return {
    renew,
    /** Sends a file to an endpoint that takes one (a part `file`), with its progress from 0 to 1; the signal cancels it. */
    async upload<K extends ApiKey>(
      key: K,
      params: Record<string, string>,
      file: File,
      options: UploadOptions,
    ): Promise<EndpointOutput<Api[K]>> {
      const path = addressOf(key.split(' ')[1] ?? '', { params })
      const form = () => {
        const data = new FormData()
        data.append('file', file)
        return data
      }
      let response = await sendForm(path, form(), options)
      if (response.status === 401) {
        if (await renew()) response = await sendForm(path, form(), options)
        if (response.status === 401) {
          accessToken = null
          settings.onSignedOut()
        }
      }
      if (!response.ok) throw await problemOf(response)
      return (await response.json()) as EndpointOutput<Api[K]>
    },
    setAccessToken(token: string | null) {
      accessToken = token
    },
    /** Calls an endpoint by its name: `call('PATCH /api/v1/branches/:id', { params: { id }, body: { name, version } })`. */
    async call<K extends ApiKey>(
      key: K,
      ...[input, options]: InputArguments<EndpointInput<Api[K]>>
    ): Promise<EndpointOutput<Api[K]>> {
      const response = await request(key, input as AnyInput | undefined, options)
      if (response.status === 204) return undefined as EndpointOutput<Api[K]>
      const text = await response.text()
      return (text === '' ? undefined : JSON.parse(text)) as EndpointOutput<Api[K]>
    },
    /** The same for an endpoint that answers for as long as one stays: the bytes as they come. */
    async stream(key: ApiKey, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
      const response = await request(key, {}, { ...options, headers: { accept: 'text/event-stream', ...options.headers } })
      if (response.body === null) throw new ApiProblem({ status: 0, code: 'offline' })
      return response.body
    },
    /** The same for an endpoint that answers with a file; the name is the one that the server gives it. */
    async download(key: ApiKey, input: AnyInput = {}, options: CallOptions = {}): Promise<{ blob: Blob; name: string | null }> {
      const response = await request(key, input, { ...options, headers: { accept: '*/*', ...options.headers } })
      const name = /filename="?([^";]+)"?/i.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? null
      return { blob: await response.blob(), name }
    },
  }
}

/** The address with its parameters filled in; empty query values are left out, arrays are repeated. */
export function addressOf(template: string, input: AnyInput): string {
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(input.params?.[name] ?? '')))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== '') search.append(name, String(one))
    }
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

async function problemOf(response: Response): Promise<ApiProblem> {
  let problem: ProblemDetails = {}
  try {
    problem = (await response.json()) as ProblemDetails
  } catch {
    // A proxy in front may answer with something that is no problem document; the status must do.
  }
  const code = problem.code ?? (response.status === 404 ? 'not-found' : 'unexpected')
  return new ApiProblem({ ...problem, status: response.status, code })
}

/** The cookie changes with each renewal, so two tabs must not send the same one at the same time. */
async function acrossTabs<T>(work: () => Promise<T>): Promise<T> {
  return globalThis.navigator?.locks ? await navigator.locks.request('cartera-session-renewal', work) : await work()
}

let signedOut: () => void = () => {}

/** What happens when the session is over; the session store says it, so that the client needs to know neither it nor the router. */
export function onSignedOut(handler: () => void): void {
  signedOut = handler
}

export const { call, download, renew, setAccessToken, stream, upload } = createClient({
  fetch: (...args) => globalThis.fetch(...args),
  onSignedOut: () => signedOut(),
})
