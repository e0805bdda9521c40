// SPDX-License-Identifier: Apache-2.0
import { QueryClient, queryOptions } from '@tanstack/react-query'
import type {
  BuildDetail,
  DistroGraph,
  ErrorBody,
  ImageAnswer,
  ImageSummary,
  PackageDetail,
  PackageSummary,
  PasteLine,
  Progress,
  Status,
} from '../src/server/api.ts'

/** An answer that is an error, in the server's own four fields; status 0: there was no answer. */
export class ApiError extends Error implements ErrorBody {
  readonly status: number
  readonly code: string
  readonly what: string
  readonly why: string
  readonly fix: string

  constructor(status: number, { code, what, why, fix }: ErrorBody) {
    super(`${what}: ${why}`)
    this.name = 'ApiError'
    this.status = status
    this.code = code
    this.what = what
    this.why = why
    this.fix = fix
  }
}

/** @throws ApiError for every answer but a good one, and for none. */
export async function ask(path: string, signal?: AbortSignal): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, signal === undefined ? {} : { signal })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiError(0, {
      code: 'UNREACHABLE',
      what: `asking the factory for ${path}`,
      why: 'it does not answer',
      fix: 'see whether millrace start still runs; this page tries again by itself',
    })
  }
  if (response.ok) return response
  throw new ApiError(response.status, await errorBody(response, path))
}

async function errorBody(response: Response, path: string): Promise<ErrorBody> {
  const body: unknown = await response.json().catch(() => null)
  if (isErrorBody(body)) return body
  return {
    code: 'INTERNAL',
    what: `asking the factory for ${path}`,
    why: `it answered with status ${response.status}`,
    fix: 'try again in a moment',
  }
}

function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== 'object' || value === null) return false
  const fields = value as Record<string, unknown>
  return ['code', 'what', 'why', 'fix'].every((name) => typeof fields[name] === 'string')
}

export async function askProgress(
  signal: AbortSignal,
): Promise<{ state: Progress; serverMs: number | null }> {
  const response = await ask('/api/progress', signal)
  const serverMs = Date.parse(response.headers.get('date') ?? '')
  return { state: (await response.json()) as Progress, serverMs: Number.isNaN(serverMs) ? null : serverMs }
}

const json = <T>(key: readonly string[], path: string) =>
  queryOptions({
    queryKey: key,
    queryFn: async ({ signal }): Promise<T> => (await (await ask(path, signal)).json()) as T,
  })
const inPath = encodeURIComponent

/** What the page asks of the API, by what it is about; the first word of each key names what makes it stale. */
export const queries = {
  status: () => json<Status>(['status'], '/api/status'),
  paste: () => json<readonly PasteLine[]>(['paste'], '/api/paste'),
  packages: () => json<readonly PackageSummary[]>(['packages'], '/api/packages'),
  package: (name: string) => json<PackageDetail>(['packages', name], `/api/packages/${inPath(name)}`),
  images: () => json<readonly ImageSummary[]>(['images'], '/api/images'),
  image: (name: string) => json<ImageAnswer>(['images', name], `/api/images/${inPath(name)}`),
  build: (key: string) => json<BuildDetail>(['builds', key], `/api/builds/${inPath(key)}`),
  graph: () => json<DistroGraph>(['graph'], '/api/graph'),
  /** Named by digest, so it never goes stale. */
  document: (digest: string) => ({
    ...json<unknown>(['documents', digest], documentPath(digest)),
    staleTime: Number.POSITIVE_INFINITY,
  }),
}

export const documentPath = (digest: string) => `/api/documents/${inPath(digest)}`
export const logPath = (key: string, attempt: number | null) =>
  `/api/builds/${inPath(key)}/log${attempt === null ? '' : `?attempt=${attempt}`}`

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 15_000,
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && isFinal(error.status)),
      },
    },
  })
}

const isFinal = (status: number) => status >= 400 && status < 500
