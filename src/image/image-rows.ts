// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../base/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { ImageDatabase } from './tables.ts'

/** A package of an image, with what an SBOM tells of it. */
export interface ImagePackage {
  readonly name: string
  readonly version: string
  readonly arch: string
  readonly origin: string
  readonly description: string
  readonly license: string
  readonly installedBytes: number
  /** The .apk file. */
  readonly file: Digest
}

export interface ImageLayer {
  readonly descriptor: Descriptor
  /** What fills it, largest first: packages by name, or what belongs to the image itself. */
  readonly filling: readonly { readonly name: string; readonly installedBytes: number }[]
}

/** Of the configuration, what decides how the image runs. */
export interface ImageFacts {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly user: string
  readonly workingDirectory: string
  readonly environment: readonly string[]
  /** Whether there is a shell in it. */
  readonly shell: boolean
}

/** What is kept of an image as JSON. */
export interface ImageFactsRow {
  readonly config: Descriptor
  readonly manifest: Descriptor
  /** Seconds since 1970: the newest package's. */
  readonly created: number
  readonly facts: ImageFacts
  /** Lowest first. */
  readonly layers: readonly ImageLayer[]
  /** By name. */
  readonly packages: readonly ImagePackage[]
}

/** An image of one architecture that was built. */
export interface BuiltImage extends ImageFactsRow {
  /** The plan's. */
  readonly key: Digest
  readonly name: string
  readonly arch: string
  /** Of its manifest: its identity. */
  readonly digest: Digest
  /** Everything a client that has nothing must fetch. */
  readonly sizeBytes: number
  readonly builtAt: Date
}

export async function findImages(database: ImageDatabase, keys: readonly Digest[]): Promise<BuiltImage[]> {
  const rows = await database
    .selectFrom('image')
    .selectAll()
    .where('key', '=', ({ fn, val }) => fn('any', [val(keys)]))
    .orderBy('arch')
    .execute()
  return rows.map(({ key, name, arch, digest, size_bytes, facts, built_at }) => ({
    ...facts,
    ...{ key, name, arch, digest, sizeBytes: size_bytes, builtAt: built_at },
  }))
}

export async function addImage(database: ImageDatabase, image: BuiltImage): Promise<void> {
  const { key, name, arch, digest, sizeBytes, builtAt, ...facts } = image
  await database
    .insertInto('image')
    .values({
      ...{ key, name, arch, digest },
      size_bytes: sizeBytes,
      config_digest: facts.config.digest,
      facts: JSON.stringify(facts),
      built_at: builtAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
