// SPDX-License-Identifier: Apache-2.0
import { type Clock, type Digest, isMillraceError, MillraceError } from '../../base/index.ts'
import type { Keyring } from '../../keys/index.ts'
import type { ApkRepository, OfferedApk } from '../../repository/index.ts'
import { answerContent, answerError, type Content, IMMUTABLE, REVALIDATE } from '../answer.ts'
import { type BlobServices, blobContent } from '../blob-content.ts'
import type { WebHandler } from '../catalog.ts'
import { configurationContent, keySetContent } from './key-discovery.ts'
import { type ChannelPlace, type DocumentKind, parsePlace } from './place.ts'

export interface ApkRepositoryServices extends BlobServices {
  readonly repository: Pick<ApkRepository, 'currentIndex' | 'findApk'>
  /** What is said of a package, by the digest of its file. */
  readonly documents: (
    file: Digest,
  ) => Promise<
    readonly { readonly kind: DocumentKind; readonly digest: Digest; readonly mediaType: string }[]
  >
  /** The public keys that signatures of packages and indexes verify with, now and before. */
  readonly keys: () => Promise<Keyring>
  readonly clock: Clock
}

/**
 * The public channels as apk, apko and melange read a repository: `/apk/edge/x86_64/APKINDEX.tar.gz` and `/apk/edge/x86_64/NAME-VERSION.apk`. A channel may be followed by a time:
 * `/apk/edge@2026-11-26T12:00:00Z/…` is the repository as it was then, a date alone is the beginning of that day in UTC. The keys are at `/apk/keys.json`; apko finds them
 * through `/apk/edge/apk-configuration`. Beside each package are its provenance, a sigstore bundle, at `NAME-VERSION.apk.sigstore.json`, and its SBOM at `NAME-VERSION.apk.spdx.json`. The seed is not there.
 */
export function makeApkRepository(f: ApkRepositoryServices): WebHandler {
  const find = finder(f)
  return async (request) => {
    try {
      requireRead(request)
      return await answerContent(request, await find(new URL(request.url)))
    } catch (error) {
      if (isMillraceError(error)) return answerError(error)
      throw error
    }
  }
}

type PackagePlace = ChannelPlace & { readonly fileName: string }

function finder(f: ApkRepositoryServices): (url: URL) => Promise<Content> {
  /** Channels and archs that have an index, and so keep one: the repository is not made to remember names that somebody thought up. */
  const known = new Set<string>()

  return async ({ pathname, origin }) => {
    const place = parsePlace(pathname)
    if (place === undefined) throw nothing(pathname, 'there is nothing at this path')
    if (place.kind === 'keys') return keySetContent(await f.keys())
    if (place.at !== undefined && place.at.getTime() > f.clock.now())
      throw nothing(pathname, `${place.at.toISOString()} is yet to come`)
    if (place.kind === 'configuration') return configurationContent(origin)
    if (place.kind === 'index') return indexContent(place)
    return place.kind === 'apk' ? apkContent(place) : documentContent(place.kind, place)
  }

  async function indexContent(place: ChannelPlace): Promise<Content> {
    const { digest, publishedAt } = await newestIndex(place)
    return blobContent(f, {
      digest,
      sizeBytes: null,
      mediaType: 'application/gzip',
      cacheControl: REVALIDATE,
      lastModified: publishedAt,
    })
  }

  async function apkContent(place: PackagePlace): Promise<Content> {
    const found = await findApk(place)
    return blobContent(f, {
      digest: found.file,
      sizeBytes: found.record.sizeBytes,
      mediaType: 'application/octet-stream',
      // A channel may offer another build under the same name and version later; its past never changes.
      cacheControl: place.at === undefined ? REVALIDATE : IMMUTABLE,
    })
  }

  async function documentContent(kind: DocumentKind, place: PackagePlace): Promise<Content> {
    const { file } = await findApk(place)
    const document = (await f.documents(file)).find((one) => one.kind === kind)
    if (document === undefined) throw nothing(`the ${kind} of ${place.fileName}`, 'it was not built here')
    const { digest, mediaType } = document
    return blobContent(f, { digest, sizeBytes: null, mediaType, cacheControl: REVALIDATE })
  }

  async function findApk(place: PackagePlace): Promise<OfferedApk> {
    const { channel, arch, at, fileName } = place
    if (!known.has(`${channel}/${arch}`)) await newestIndex(place)
    const found = await f.repository.findApk(channel, arch, fileName, at)
    if (found === undefined) throw nothing(fileName, `${channel} does not offer it for ${arch}`)
    return found
  }

  async function newestIndex({ channel, arch, at }: ChannelPlace) {
    const index = await f.repository.currentIndex(channel, arch, at)
    if (index === undefined)
      throw nothing(`the index of ${channel} for ${arch}`, 'nothing was published there yet')
    known.add(`${channel}/${arch}`)
    return index
  }
}

/** @throws MillraceError METHOD_UNSUPPORTED */
function requireRead({ method, url }: Request): void {
  if (method === 'GET' || method === 'HEAD') return
  throw new MillraceError('METHOD_UNSUPPORTED', {
    what: `answering ${method} ${new URL(url).pathname.slice(0, 200)}`,
    why: 'the repository is only read over HTTP',
    fix: 'use the millrace command to publish',
  })
}

function nothing(thing: string, why: string): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `looking for ${thing.slice(0, 200)} in the apk repository`,
    why,
    fix: 'read /apk/CHANNEL/ARCH/APKINDEX.tar.gz of the channel edge or stable to see what there is',
  })
}
