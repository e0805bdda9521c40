// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  type ApkRecord,
  indexRepositories,
  openApk,
  type SolveRepository,
  solveWorld,
  unsatisfiedError,
} from '../apk/index.ts'
import type { Chunks } from '../archive/index.ts'
import { isSystemError, type Locate, MillraceError } from '../base/index.ts'
import { type ImageFile, ImageSchema } from './definition-schema.ts'
import { readStrictly } from './parse-definition.ts'
import { withIncludes } from './read-definition.ts'

/** A repository whose packages can be looked into. */
export interface LockableRepository extends SolveRepository {
  /** What stands before `/ARCH/NAME-VERSION.apk`. */
  readonly url: string
  readonly open: (record: ApkRecord) => Promise<Chunks>
}

/** An image definition for its own sake, without what Millrace tells and demands of an image. */
export interface LockableImage {
  /** As apko is given it. */
  readonly file: string
  readonly content: ImageFile
  readonly locate: Locate
  /** Over the bytes of the file and of all it includes (apko.md §13). */
  readonly checksum: string
}

/** @throws MillraceError IMAGE_INVALID, NOT_FOUND */
export async function readLockableImage(file: string): Promise<LockableImage> {
  const hash = createHash('sha256')
  const read = async (path: string) => {
    const text = await readText(path)
    hash.update(text)
    return { file: path, ...readStrictly(text, path, ImageSchema, 'an image definition') }
  }
  const own = await read(file)
  const content = await withIncludes(own, [file], (wanted) => read(join(dirname(file), wanted)))
  const checksum = `sha256-${hash.digest('base64')}`
  return { file, content, locate: (path) => own.locate(path), checksum }
}

/** The repositories that an image is made from: `[@TAG ]PLACE`. Those that are only written into it are not asked. */
export function repositoriesOf({ contents }: ImageFile): string[] {
  return [...contents.build_repositories, ...contents.repositories]
}

export interface KeyringFile {
  readonly url: string
  readonly pem: string
}

/**
 * The lock of an image as apko's `lock.json` has it: the packages of each architecture in install order, each with the place and checksum of its members (apko.md §13).
 *
 * @param archs with the repositories of each.
 * @throws MillraceError DEPENDENCY_UNSATISFIED at the line that asks, APK_INVALID
 */
export async function lockImage(
  image: LockableImage,
  archs: readonly { readonly arch: string; readonly repositories: readonly LockableRepository[] }[],
  keyring: readonly KeyringFile[],
): Promise<string> {
  const { contents } = image.content
  const packages: LockedApk[] = []
  for (const { arch, repositories } of archs)
    for (const [record, repository] of choose(image, arch, repositories))
      packages.push(await lockedApk(record, repository, arch))
  const places = (list: readonly string[]) =>
    archs.flatMap(({ arch }) => list.map((place) => lockedRepository(place, arch)))
  const lock = {
    version: 'v1',
    config: { name: image.file, checksum: image.checksum },
    contents: {
      keyring: keyring
        .map(({ url, pem }) => ({ name: url.replace(/^https?:\/\//, ''), url, content: pem }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
      build_repositories: places(contents.build_repositories),
      runtime_repositories: places(contents.runtime_repositories),
      repositories: places(contents.repositories),
      packages,
    },
  }
  return `${JSON.stringify(lock, null, 2)}\n`
}

interface LockedMember {
  readonly range: string
  readonly checksum: string
}

interface LockedApk {
  readonly name: string
  readonly url: string
  readonly version: string
  readonly architecture: string
  readonly signature: LockedMember
  readonly control: LockedMember
  readonly data: LockedMember
  readonly checksum: string
}

function choose(
  { content, file, locate }: LockableImage,
  arch: string,
  repositories: readonly LockableRepository[],
): (readonly [ApkRecord, LockableRepository])[] {
  const wanted = content.contents.packages
  const solution = solveWorld(indexRepositories(repositories), wanted)
  if (solution.status === 'unsatisfied') {
    const { problem } = solution
    const index = wanted.indexOf(problem.by[0] ?? problem.wanted)
    const path = index === -1 ? ['contents', 'packages'] : ['contents', 'packages', index]
    throw unsatisfiedError(problem, `choosing the packages of ${file} for ${arch}`, locate(path))
  }
  return solution.packages.flatMap(({ record, repository }) => {
    const from = repositories.find(({ name }) => name === repository)
    return from === undefined ? [] : [[record, from] as const]
  })
}

async function lockedApk(
  record: ApkRecord,
  repository: LockableRepository,
  arch: string,
): Promise<LockedApk> {
  const { name, version } = record
  const url = `${repository.url}/${arch}/${name}-${version}.apk`
  const { info, identity, controlStart, dataStart, signatureSha1, data } = await openApk(
    await repository.open(record),
    `locking ${url}`,
  )
  await data.return(undefined)
  if (identity !== record.identity)
    throw new MillraceError('APK_INVALID', {
      what: `locking ${url}`,
      why: `its control member has the checksum ${identity}, the index names ${record.identity}`,
      fix: 'get the index again, or publish the package again',
    })
  const range = (start: number, end: number) => `bytes=${start}-${end - 1}`
  return {
    ...{ name, url, version, architecture: record.arch },
    signature:
      controlStart === 0
        ? { range: '', checksum: '' }
        : { range: range(0, controlStart), checksum: `sha1-${signatureSha1}` },
    control: { range: range(controlStart, dataStart), checksum: `sha1-${identity.slice(2)}` },
    data: {
      range: range(dataStart, record.sizeBytes),
      checksum: `sha256-${Buffer.from(info.datahash, 'hex').toString('base64')}`,
    },
    checksum: identity,
  }
}

function lockedRepository(place: string, arch: string) {
  const url = `${place.replace(/^@\S+ /, '')}/${arch}`
  return {
    name: url.replace(/^https?:\/\//, ''),
    url: `${url}/APKINDEX.tar.gz`,
    architecture: arch,
  }
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (!isSystemError(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading ${file}`,
      why: 'there is no such file',
      fix: 'give the path of an image definition',
      cause,
    })
  }
}
