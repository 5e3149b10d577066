import type { Api } from '@cartera/contract/api'
import type { EndpointInput, EndpointOutput } from '@cartera/contract/endpoint'
import { ref } from 'vue'
import { language } from './words.ts'

type PortalKey = Extract<keyof Api, `${string} /api/v1/portal/${string}`>

interface AnyInput {
  params?: Record<string, unknown>
  query?: Record<string, unknown>
  body?: unknown
}

/** What the server refuses, with its own sentence in the reader's language, and the fields that it is about. */
export class PortalProblem extends Error {
  readonly status: number
  readonly code: string
  readonly fields: Record<string, string>
  constructor(status: number, code: string, detail: string, fields: Record<string, string>) {
    super(detail)
    this.status = status
    this.code = code
    this.fields = fields
  }
}

/** Whether somebody is in: null until the first answer. The page shows the entry as soon as it is false. */
export const signedIn = ref<boolean | null>(null)

function addressOf(template: string, input: AnyInput): string {
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(input.params?.[name] ?? '')))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(input.query ?? {}))
    if (value !== undefined && value !== null && value !== '') query.append(name, String(value))
  return query.size === 0 ? path : `${path}?${query}`
}

async function problemOf(response: Response): Promise<PortalProblem> {
  const said: { code?: string; detail?: string; errors?: { field: string; detail: string }[] } = await response
    .json()
    .catch(() => ({}))
  const fields: Record<string, string> = {}
  for (const { field, detail } of said.errors ?? []) fields[field] ??= detail
  return new PortalProblem(response.status, said.code ?? 'unexpected', said.detail ?? '', fields)
}

async function send(key: PortalKey, input: AnyInput, signal?: AbortSignal): Promise<Response> {
  const [method = 'GET', template = ''] = key.split(' ')
  let response: Response
  try {
    response = await fetch(addressOf(template, input), {
      method,
      credentials: 'same-origin',
      headers: {
        'accept-language': language.value,
        'x-cartera-portal': '1',
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(signal ? { signal } : {}),
    })
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    throw new PortalProblem(0, 'offline', '', {})
  }
  if (response.ok) return response
  const problem = await problemOf(response)
  if (problem.status === 401 && problem.code !== 'portal-link-invalid') signedIn.value = false
  throw problem
}

type InputArguments<Input> = Record<never, never> extends Input ? [input?: Input] : [input: Input]

/** The one way of the portal to the API; the session stands in a cookie that no script sees. */
export async function call<K extends PortalKey>(
  key: K,
  ...[input]: InputArguments<EndpointInput<Api[K]>>
): Promise<EndpointOutput<Api[K]>> {
  const response = await send(key, (input ?? {}) as AnyInput)
  const text = await response.text()
  return (text === '' ? undefined : JSON.parse(text)) as EndpointOutput<Api[K]>
}

/** Saves the file that an endpoint answers under the name that it gives. */
export async function save(key: PortalKey, input: AnyInput): Promise<void> {
  const response = await send(key, input)
  const name = /filename="?([^";]+)"?/i.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? 'archivo'
  const url = URL.createObjectURL(await response.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = decodeURIComponent(name)
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
