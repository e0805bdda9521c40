// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestHex, isMillraceError, lastWords, redactText, redactUrl } from '../../base/index.ts'
import { type Asked, absent, type Mirror, type MirrorAnswer, type MirrorRequest } from '../mirror.ts'
import { parsePackageUri } from '../source.ts'
import { aptCancelled } from './apt-directory.ts'
import { type AptContext, downloadCommand, sourceUrisCommand } from './commands.ts'
import { type DebianIndex, type DebianIndexServices, openDebianIndex } from './debian-index.ts'
import type { IndexedFile } from './sources-index.ts'

const DOWNLOAD_TIMEOUT_MS = 30 * 60_000

/**
 * Debian's archive as a mirror of upstream's files: found by sha256 in the Sources indexes of some suites, fetched by apt. Understands the scheme
 * `debian-source:NAME=VERSION/FILE` too, for tarballs that Debian repacked.
 *
 * @param suites in the order of preference.
 */
export function debianSources(f: DebianIndexServices, suites: readonly string[]): Mirror {
  const index = openDebianIndex(f, suites)
  return {
    kind: 'debian-sources',
    fetch: async (request) => {
      const { source, wanted, signal } = request
      const named = parsePackageUri(source.uri)
      if (named !== null && named.kind !== 'debian-source') return null
      try {
        if (wanted.sha256 !== null) {
          const answer = await fetchByDigest(f, index, digestHex(wanted.sha256), request)
          if (named === null || answer.status === 'found' || answer.asked.length > 0)
            return orNobody(answer, suites)
        }
        if (named !== null) return await fetchNamed(f, await index.apt(signal), named, request)
        return absent('debian-sources', 'it finds files by sha256, and the recipe gives only a sha512')
      } catch (error) {
        if (!isMillraceError(error, 'TOOL_FAILED') && !isMillraceError(error, 'TOOL_MISSING')) throw error
        return absent('debian-sources', `${error.what}: ${error.why}`)
      }
    },
  }
}

/** Asks the index as it is, then the index of today. */
async function fetchByDigest(
  f: DebianIndexServices,
  index: DebianIndex,
  sha256: string,
  request: MirrorRequest,
): Promise<MirrorAnswer> {
  const asked: Asked[] = []
  for (const files of [() => index.find(sha256), () => index.findFresh(sha256, request.signal)]) {
    const answer = await fetchIndexed(f, await index.apt(request.signal), await files(), request)
    if (answer.status === 'found') return answer
    asked.push(...answer.asked)
  }
  return { status: 'absent', asked }
}

/** Tries every listed place: about one in fifteen answers 404, and another suite may have the same bytes elsewhere. */
async function fetchIndexed(
  f: DebianIndexServices,
  apt: AptContext,
  files: readonly IndexedFile[],
  request: MirrorRequest,
): Promise<MirrorAnswer> {
  const asked: Asked[] = []
  for (const { archive, path, sha256, sizeBytes, name, version, suite } of files) {
    const place = `${name} ${version} of Debian ${suite}`
    const answer = await download(
      f,
      apt,
      { uri: archive + escapePath(path), sha256, sizeBytes },
      place,
      request,
    )
    if (answer.status === 'found') return answer
    asked.push(...answer.asked)
  }
  return { status: 'absent', asked }
}

/** Asks apt itself for the files of one version: for a source that names no sha256, or one that no list has any more. */
async function fetchNamed(
  f: DebianIndexServices,
  apt: AptContext,
  named: { readonly name: string; readonly version: string; readonly file: string },
  request: MirrorRequest,
): Promise<MirrorAnswer> {
  const place = `${named.name} ${named.version} of Debian`
  const exited = await f.exec(sourceUrisCommand(apt, named.name, named.version), { signal: request.signal })
  if (exited.code !== 0) return absent(place, redactText(lastWords(exited)))
  for (const line of exited.stdout.split('\n')) {
    const [, uri, file, size, sha256] = /^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})$/.exec(line) ?? []
    if (uri === undefined || sha256 === undefined || file !== named.file) continue
    return download(f, apt, { uri, sha256, sizeBytes: Number(size) }, place, request)
  }
  return absent(place, `it has no file ${named.file}`)
}

interface DebianFile {
  readonly uri: string
  readonly sha256: string
  readonly sizeBytes: number
}

async function download(
  f: DebianIndexServices,
  apt: AptContext,
  { uri, sha256, sizeBytes }: DebianFile,
  place: string,
  { directory, onProgress, signal }: MirrorRequest,
): Promise<MirrorAnswer> {
  const path = join(directory, randomBytes(6).toString('hex'))
  const watching = watchSize(path, (done) => onProgress(Math.min(done, sizeBytes), sizeBytes))
  const exited = await f
    .exec(downloadCommand(apt, [{ uri, path, sha256 }]), { signal, timeoutMs: DOWNLOAD_TIMEOUT_MS })
    .finally(watching.stop)
  if (exited.cancelled) throw aptCancelled(`fetching ${redactUrl(uri)}`)
  if (exited.code !== 0) return absent(`${place} (${redactUrl(uri)})`, redactText(lastWords(exited)))
  onProgress(sizeBytes, sizeBytes)
  return { status: 'found', path, place: `debian-sources: ${place}` }
}

/** apt tells nothing while it works: how far it is shows in the file. */
function watchSize(path: string, onSize: (sizeBytes: number) => void): { stop(): void } {
  // A file that is not there yet, or not any more, is no progress; what went wrong the command itself tells.
  const look = () =>
    void stat(path).then(
      ({ size }) => onSize(size),
      () => {},
    )
  const timer = setInterval(look, 250)
  return { stop: () => clearInterval(timer) }
}

function orNobody(answer: MirrorAnswer, suites: readonly string[]): MirrorAnswer {
  if (answer.status === 'found' || answer.asked.length > 0) return answer
  return absent('debian-sources', `no source package of ${suites.join(', ')} has a file of this sha256`)
}

/** As apt does when it asks for a pool file: versions have `+` and `~` in them, and some servers read a bare plus as a space. */
function escapePath(path: string): string {
  return path.replaceAll('+', '%2b').replaceAll(' ', '%20')
}
