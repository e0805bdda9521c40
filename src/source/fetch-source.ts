// SPDX-License-Identifier: Apache-2.0
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Digest,
  digestHex,
  type Emit,
  emitNothing,
  type Http,
  MillraceError,
  makeTempDirectory,
  namingFullDisk,
  offlineError,
  redactUrl,
} from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { HostMemory } from './host-memory.ts'
import type { Asked, Mirror, MirrorAnswer, MirrorRequest } from './mirror.ts'
import { findStored, rememberStored } from './remembered.ts'
import {
  digestsOfFile,
  type FoundDigests,
  isWanted,
  type Source,
  type WantedDigests,
  wantedDigests,
} from './source.ts'
import { fetchUri } from './uri.ts'

export interface SourceServices {
  readonly store: BlobStore
  readonly http: Http
  readonly hosts: HostMemory
  readonly mirrors: readonly Mirror[]
  readonly dataDirectory: string
  readonly emit?: Emit
  /** Only the store is asked. */
  readonly offline?: boolean
  /** Headers that only a URL's own host may see. */
  readonly credentials?: (url: URL) => Readonly<Record<string, string>>
}

export interface FetchedSource {
  /** The blob's. */
  readonly digest: Digest
  readonly sizeBytes: number
  /** `store`, the URI without credentials, or what a mirror calls the place. */
  readonly from: string
}

/**
 * The bytes that a source names, as a blob: from the store, from its URI, or from the mirrors, in this order. Bytes of another digest are refused and moved to quarantine.
 *
 * @throws MillraceError RECIPE_INVALID (no digest), SOURCE_DIGEST_MISMATCH, SOURCE_NOT_FOUND with every place asked, OFFLINE, DISK_FULL, CANCELLED
 */
export function fetchSource(f: SourceServices, source: Source, signal: AbortSignal): Promise<FetchedSource> {
  const what = `fetching ${source.name} into ${join(f.dataDirectory, 'downloads')}`
  return namingFullDisk(what, () => fetchFrom(f, source, signal))
}

async function fetchFrom(f: SourceServices, source: Source, signal: AbortSignal): Promise<FetchedSource> {
  const wanted = wantedDigests(source)
  const stored = await findStored(f, wanted)
  if (stored !== undefined) return { ...stored, from: 'store' }
  if (f.offline) throw notStored(source)

  await using directory = await makeTempDirectory(join(f.dataDirectory, 'downloads'), 'mirror')
  const request: MirrorRequest = {
    source,
    wanted,
    directory: directory.path,
    onProgress: progressOf(f, source),
    signal,
  }
  const asked: Asked[] = []
  for (const ask of [(one: MirrorRequest) => fetchUri(f, one), ...f.mirrors.map((mirror) => mirror.fetch)]) {
    const answer: MirrorAnswer | null = await ask(request)
    if (answer?.status === 'found') return await admit(f, source, wanted, answer.path, answer.place)
    asked.push(...(answer?.asked ?? []))
  }
  throw notFound(source, asked)
}

/** Verified bytes become a blob; others go to quarantine. */
async function admit(
  f: SourceServices,
  source: Source,
  wanted: WantedDigests,
  path: string,
  place: string,
): Promise<FetchedSource> {
  const found = await digestsOfFile(path)
  if (!isWanted(found, wanted)) {
    const kept = await quarantine(f, source, path, found)
    throw mismatch(source, wanted, found, place, kept)
  }
  const { digest, sizeBytes } = await f.store.putFile(path)
  await rememberStored(f, found)
  return { digest, sizeBytes, from: place }
}

async function quarantine(
  f: SourceServices,
  source: Source,
  path: string,
  found: FoundDigests,
): Promise<string> {
  const directory = join(f.dataDirectory, 'quarantine')
  await mkdir(directory, { recursive: true })
  const kept = join(directory, `${digestHex(found.sha256)}.source`)
  await rename(path, kept)
  await writeFile(`${kept}.txt`, `${source.name}\n${redactUrl(source.uri)}\n`)
  return kept
}

/** At most one event for each percent, or each MiB when the total is unknown. */
function progressOf(f: SourceServices, source: Source): MirrorRequest['onProgress'] {
  const emit = f.emit ?? emitNothing
  const task = source.task ?? `fetch:${source.name}`
  let told = 0
  return (done, total) => {
    const step = total === null ? 1024 ** 2 : total / 100
    if (done - told < step && done !== total && done >= told) return
    told = done
    emit({ type: 'task.progressed', task, done, total, unit: 'bytes' })
  }
}

function mismatch(
  source: Source,
  wanted: WantedDigests,
  found: FoundDigests,
  place: string,
  kept: string,
): MillraceError {
  const [expected, actual] =
    wanted.sha256 !== null && wanted.sha256 !== found.sha256
      ? [wanted.sha256, found.sha256]
      : [`sha512:${wanted.sha512}`, `sha512:${found.sha512}`]
  return new MillraceError('SOURCE_DIGEST_MISMATCH', {
    what: `fetching ${source.name} from ${place}`,
    why: `expected ${expected}, found ${actual}`,
    fix: `look at the bytes in ${kept}; write their digest into the recipe only if upstream says that the file changed`,
    at: source.at,
  })
}

function notStored(source: Source): MillraceError {
  return offlineError(
    `fetching ${source.name} (${redactUrl(source.uri)})`,
    'the store does not have it',
    'run the same command once without --offline: what it fetches stays in the store',
    source.at,
  )
}

function notFound(source: Source, asked: readonly Asked[]): MillraceError {
  const lines = asked.map(({ place, answer }) => `${place}: ${answer}`)
  return new MillraceError('SOURCE_NOT_FOUND', {
    what: `fetching ${source.name} (${redactUrl(source.uri)})`,
    why: lines.length === 0 ? 'no place knows such a URI' : `nobody has it\n${lines.join('\n')}`,
    fix: 'give a URI that has the file, or a mirror that has it in distro/mirrors.yaml',
    at: source.at,
  })
}
