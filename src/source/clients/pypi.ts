// SPDX-License-Identifier: Apache-2.0
import { type Command, type Http, isMillraceError } from '../../base/index.ts'
import type { HostMemory } from '../host-memory.ts'
import { absent, type Mirror, type MirrorAnswer, type MirrorRequest } from '../mirror.ts'
import type { PackageFile } from '../source.ts'
import { fetchUri } from '../uri.ts'
import { findProjectFile, PROJECT_PAGE_TYPES, projectPageUrl } from './pypi-page.ts'
import {
  type ClientServices,
  clientEnvironment,
  complaint,
  registryMirror,
  runClient,
} from './registry-client.ts'

export interface PypiServices extends ClientServices {
  readonly http: Http
  readonly hosts: HostMemory
  readonly dataDirectory: string
}

const MAX_PAGE_BYTES = 64 * 1024 ** 2

/**
 * Python packages from the index that the user's pip is configured for: `pypi:NAME=VERSION/FILE`. pip only says where that is, because its own download runs what a source package brings with it,
 * and here nothing is verified yet.
 */
export function pypiIndex(f: PypiServices): Mirror {
  return registryMirror({
    kind: 'pypi',
    name: /^[A-Za-z0-9][\w.-]*$/,
    version: /^[\w.!+-]+$/,
    fetch: async (wanted, request, place) => {
      const index = await askPip(f, request, place)
      if (typeof index !== 'string') return index
      try {
        return await fetchFromIndex(f, index, wanted, request, place)
      } catch (error) {
        if (!isMillraceError(error, 'FETCH_FAILED')) throw error
        return absent(place, error.why)
      }
    },
  })
}

async function askPip(
  f: ClientServices,
  { directory, signal }: MirrorRequest,
  place: string,
): Promise<string | MirrorAnswer> {
  // The help is folded to the width of the terminal, which must not cut a URL.
  const env = clientEnvironment(f, { COLUMNS: '1000' })
  const settings = await runClient(f, pipConfigCommand(directory, env), signal)
  if (settings.code !== 0) return absent(place, complaint(settings))
  const configured = configuredIndex(settings.stdout)
  if (configured !== undefined) return configured
  const help = await runClient(f, pipHelpCommand(directory, env), signal)
  return defaultIndex(help.stdout) ?? absent(place, 'pip does not say which index it uses')
}

async function fetchFromIndex(
  f: PypiServices,
  index: string,
  { name, file }: PackageFile,
  request: MirrorRequest,
  place: string,
): Promise<MirrorAnswer> {
  const page = projectPageUrl(index, name)
  const { signal } = request
  const response = await f.http.get(page, {
    headers: { accept: PROJECT_PAGE_TYPES },
    maxBytes: MAX_PAGE_BYTES,
    signal,
  })
  if (response.status !== 200) {
    response.discard()
    return absent(place, `HTTP status ${response.status} for its page`)
  }
  const chunks: Uint8Array[] = []
  for await (const chunk of response.body) chunks.push(chunk)
  const uri = findProjectFile(Buffer.concat(chunks).toString('utf8'), file, page)
  if (uri === undefined) return absent(place, `its page lists no ${file}`)
  const answer = await fetchUri(f, { ...request, source: { ...request.source, uri } })
  return answer?.status === 'found'
    ? { ...answer, place }
    : (answer ?? absent(place, `its file is not at a URL`))
}

export function pipConfigCommand(directory: string, env: Readonly<Record<string, string>>): Command {
  return { program: 'python3', args: ['-m', 'pip', 'config', 'list'], env, cwd: directory }
}

/** Tells pip's own default, which its settings do not. */
export function pipHelpCommand(directory: string, env: Readonly<Record<string, string>>): Command {
  return { program: 'python3', args: ['-m', 'pip', 'download', '--help'], env, cwd: directory }
}

/** From lines `SECTION.KEY='VALUE'`: the environment stands before files, the section of the command before the global one. */
export function configuredIndex(list: string): string | undefined {
  const settings = new Map(
    [...list.matchAll(/^(\S+?)=(['"])(.*)\2$/gm)].map(([, key = '', , value = '']) => [key, value]),
  )
  return [':env:.index-url', 'download.index-url', 'global.index-url']
    .map((key) => settings.get(key))
    .find((value) => value !== undefined)
}

export function defaultIndex(help: string): string | undefined {
  return /--index-url\b.*?\(default\s+(https?:[^\s)]+)\)/s.exec(help)?.[1]
}
