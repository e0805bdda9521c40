// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Http,
  type HttpResponse,
  isMillraceError,
  isSystemError,
  isUnreachable,
  redactUrl,
  validatorOf,
  writeAll,
} from '../base/index.ts'
import type { HostMemory } from './host-memory.ts'
import { absent, type MirrorAnswer, type MirrorRequest } from './mirror.ts'

interface UriServices {
  readonly http: Http
  readonly hosts: HostMemory
  readonly dataDirectory: string
  readonly credentials?: (url: URL) => Readonly<Record<string, string>>
}

/** Without internet the mirrors must get their turn soon. */
const CONNECT_TIMEOUT_MS = 5_000
const MAX_BYTES = 4 * 1024 ** 3

/**
 * Downloads an http or https URI. What has come stays in `downloads/` until it is whole, and the next try, of this process or a later one, goes on from there.
 *
 * @returns null for other schemes.
 */
export async function fetchUri(f: UriServices, request: MirrorRequest): Promise<MirrorAnswer | null> {
  const url = URL.parse(request.source.uri)
  if (url === null) return absent(request.source.uri, 'it is no URI')
  if (url.protocol === 'ftp:') return absent(redactUrl(url.href), 'ftp is not spoken here')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return null
  const place = redactUrl(url.href)
  const trouble = f.hosts.trouble(url.host)
  if (trouble !== undefined) return absent(place, `${trouble} (a short while ago)`)
  try {
    const credentials = f.credentials?.(url) ?? {}
    return await download(f.http, request, { place, credentials }, await partialOf(f, request))
  } catch (error) {
    if (!isMillraceError(error, 'FETCH_FAILED')) throw error
    if (isUnreachable(error)) f.hosts.note(url.host, error.why)
    return absent(place, error.why)
  }
}

/** Bytes of an earlier try, and the validator under which the server gave them. */
interface Partial {
  readonly path: string
  readonly sizeBytes: number
  readonly validator: string | null
}

async function download(
  http: Http,
  request: MirrorRequest,
  from: { readonly place: string; readonly credentials: Readonly<Record<string, string>> },
  partial: Partial,
): Promise<MirrorAnswer> {
  const resumes = partial.sizeBytes > 0 && partial.validator !== null
  const before = resumes ? partial.sizeBytes : 0
  const { place, credentials } = from
  const response = await http.get(request.source.uri, {
    credentials,
    ...(resumes ? { range: { start: before }, headers: { 'if-range': partial.validator ?? '' } } : {}),
    signal: request.signal,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    maxBytes: MAX_BYTES,
  })
  if (response.status === 416 && resumes) {
    response.discard()
    await forget(partial)
    return download(http, request, from, { ...partial, sizeBytes: 0, validator: null })
  }
  if (response.status !== 200 && response.status !== 206) {
    response.discard()
    return absent(place, refusal(response.status, credentials))
  }
  await writeFile(`${partial.path}.from`, validatorOf(response.headers) ?? '')
  await writeBody(response, partial.path, response.status === 206 ? before : 0, request)
  await rm(`${partial.path}.from`, { force: true })
  return { status: 'found', path: partial.path, place }
}

/** RFC 9110 §15.5.2, §15.5.4. */
function refusal(status: number, credentials: Readonly<Record<string, string>>): string {
  if (status !== 401 && status !== 403) return `HTTP status ${status}`
  return Object.keys(credentials).length > 0
    ? `HTTP status ${status}: it does not take the secret that the settings name for it`
    : `HTTP status ${status}; a source for which one must sign in needs a secret for its host in the settings`
}

async function writeBody(
  response: HttpResponse,
  path: string,
  start: number,
  { onProgress }: MirrorRequest,
): Promise<void> {
  const rest = Number(response.headers.get('content-length') ?? Number.NaN)
  const total = Number.isSafeInteger(rest) ? start + rest : null
  const file = await open(path, start === 0 ? 'w' : 'a')
  try {
    let done = start
    for await (const chunk of response.body) {
      await writeAll(file, chunk)
      done += chunk.length
      onProgress(done, total)
    }
  } finally {
    await file.close()
  }
}

async function partialOf(f: UriServices, { source, wanted }: MirrorRequest): Promise<Partial> {
  const directory = join(f.dataDirectory, 'downloads')
  await mkdir(directory, { recursive: true })
  const key = createHash('sha256').update(`${wanted.sha256}\n${wanted.sha512}\n${source.uri}`).digest('hex')
  const path = join(directory, `${key.slice(0, 32)}.part`)
  try {
    const { size: sizeBytes } = await stat(path)
    const validator = await readFile(`${path}.from`, 'utf8')
    return { path, sizeBytes, validator: validator === '' ? null : validator }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return { path, sizeBytes: 0, validator: null }
    throw error
  }
}

async function forget({ path }: Partial): Promise<void> {
  await rm(path, { force: true })
  await rm(`${path}.from`, { force: true })
}
