// SPDX-License-Identifier: Apache-2.0
import { indexRepositories, type PackageIndex, solveWorld, unsatisfiedError } from '../apk/index.ts'
import { canonicalJson, type Digest, digestOf, type Json, MillraceError } from '../base/index.ts'
import type { ApkRepository, OfferedApk } from '../repository/index.ts'
import type { ImageFile } from './definition-schema.ts'
import { imageInvalid } from './invalid.ts'
import { ARCH_SPELLINGS } from './platform.ts'
import type { ImageDefinition } from './read-definition.ts'

/** Raised when the same plan would give other bytes. */
export const IMAGER_VERSION = 1

/** A public key that the image's apk will trust. */
export interface ImageKey {
  /** `NAME.rsa.pub` */
  readonly name: string
  readonly pem: string
}

/** An image with every input named. */
export interface ImagePlan {
  /** Names the result before it exists: the digest of the plan's canonical JSON. */
  readonly key: Digest
  readonly definition: ImageDefinition
  /** In apk's words. */
  readonly arch: string
  readonly keys: readonly ImageKey[]
  /** In install order. */
  readonly packages: readonly OfferedApk[]
}

/**
 * Chooses the packages of an image from what `edge` offers now, and names the image by all that goes into it. Packages of the seed are never offered there.
 *
 * @param arch in apk's words.
 * @throws MillraceError DEPENDENCY_UNSATISFIED, IMAGE_INVALID when the image is not meant for the architecture, ADMISSION_REFUSED
 */
export async function planImage(
  f: { readonly repository: Pick<ApkRepository, 'packages'>; readonly keys: readonly ImageKey[] },
  definition: ImageDefinition,
  arch: string,
): Promise<ImagePlan> {
  const { name, content } = definition
  requireArch(definition, arch)
  const offered = await f.repository.packages('edge', arch)
  const { index, byStem } = indexOf(offered)
  const solution = solveWorld(index, content.contents.packages)
  if (solution.status === 'unsatisfied') {
    const wish = content.contents.packages.indexOf(solution.problem.by[0] ?? solution.problem.wanted)
    throw unsatisfiedError(
      solution.problem,
      `choosing the packages of the image ${name}`,
      definition.at(wish === -1 ? ['contents', 'packages'] : ['contents', 'packages', wish]),
    )
  }
  const packages = solution.packages.map(({ record }) => {
    const apk = byStem.get(`${record.name}-${record.version}`)
    if (apk === undefined) throw new Error(`${record.name} was chosen and is not offered`)
    return apk
  })
  await refuseSeed(f, name, arch, packages)
  const keys = [...f.keys].sort((a, b) => (a.name < b.name ? -1 : 1))
  const plan = { definition, arch, keys, packages }
  return { ...plan, key: digestOf(planJson(plan)) }
}

/** The plan as the text whose digest is its key. */
export function planJson({ definition, arch, keys, packages }: Omit<ImagePlan, 'key'>): string {
  return canonicalJson({
    imager: IMAGER_VERSION,
    name: definition.name,
    arch,
    config: definition.content as unknown as Json,
    keys: keys as unknown as Json,
    packages: packages.map(({ record, file, datahash }) => ({
      name: record.name,
      version: record.version,
      file,
      datahash,
    })),
  })
}

/** The architectures that an image is meant for, in apk's words. @param known what there is to choose from. */
export function archsOf(content: ImageFile, known: readonly string[]): string[] {
  const { archs } = content
  if (archs.length === 0 || archs.includes('all') || archs.includes('host')) return [...known]
  const wanted = archs.map((arch) => ARCH_SPELLINGS.get(arch))
  return known.filter((arch) => wanted.includes(arch))
}

function requireArch({ name, content, at }: ImageDefinition, arch: string): void {
  if (archsOf(content, [arch]).length > 0) return
  throw imageInvalid(
    `planning the image ${name} for ${arch}`,
    `its archs are ${content.archs.join(', ')}`,
    `add ${arch} to archs, or leave archs out`,
    at(['archs']),
  )
}

interface Offer {
  readonly index: PackageIndex
  /** By `NAME-VERSION`. */
  readonly byStem: ReadonlyMap<string, OfferedApk>
}

/** The repository gives the same array as long as nothing is published: it is indexed once. */
const offers = new WeakMap<readonly OfferedApk[], Offer>()

function indexOf(offered: readonly OfferedApk[]): Offer {
  const known = offers.get(offered)
  if (known !== undefined) return known
  const offer = {
    index: indexRepositories([{ name: 'edge', packages: offered.map(({ record }) => record) }]),
    byStem: new Map(offered.map((apk) => [`${apk.record.name}-${apk.record.version}`, apk])),
  }
  offers.set(offered, offer)
  return offer
}

async function refuseSeed(
  f: { readonly repository: Pick<ApkRepository, 'packages'> },
  name: string,
  arch: string,
  packages: readonly OfferedApk[],
): Promise<void> {
  const seed = new Set((await f.repository.packages('seed', arch)).map(({ file }) => file))
  const found = packages.find(({ file }) => seed.has(file))
  if (found === undefined) return
  throw new MillraceError('ADMISSION_REFUSED', {
    what: `choosing the packages of the image ${name}`,
    why: `${found.record.name}-${found.record.version} belongs to the seed, which never enters an image`,
    fix: 'build the package from source here',
  })
}
