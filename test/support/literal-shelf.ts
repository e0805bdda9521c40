// SPDX-License-Identifier: Apache-2.0
import { gzipSync } from 'node:zlib'
import { TAR_END, tarEntry, tarHeader, tarPadding } from '../../src/archive/index.ts'
import { type Digest, digestOf } from '../../src/base/index.ts'
import type { ImageShelf, Referrer, StoredManifest } from '../../src/server/index.ts'
import type { BlobStore } from '../../src/store/index.ts'

/** Small images, built here and put into a store, and what a registry asks about them. */

export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json'
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json'
const CONFIG = 'application/vnd.oci.image.config.v1+json'
const LAYER = 'application/vnd.oci.image.layer.v1.tar+gzip'
const EMPTY = 'application/vnd.oci.empty.v1+json'

interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
}

interface LiteralRepository {
  readonly tags: Map<string, StoredManifest>
  readonly manifests: Map<string, StoredManifest>
  readonly blobs: Map<string, Descriptor>
  readonly referrers: { readonly subject: Digest; readonly referrer: Referrer }[]
}

export class LiteralShelf implements ImageShelf {
  readonly #store: Pick<BlobStore, 'putBytes'>
  readonly #repositories = new Map<string, LiteralRepository>()

  constructor(store: Pick<BlobStore, 'putBytes'>) {
    this.#store = store
  }

  readonly names = async () => [...this.#repositories.keys()]
  readonly tags = async (name: string) => {
    const repository = this.#repositories.get(name)
    return repository && [...repository.tags.keys()]
  }
  readonly resolve = async (name: string, reference: string) => {
    const repository = this.#repositories.get(name)
    return repository?.tags.get(reference) ?? repository?.manifests.get(reference)
  }
  readonly hasBlob = async (name: string, digest: Digest) => {
    const found = this.#repositories.get(name)?.blobs.get(digest)
    return found && { sizeBytes: found.size, mediaType: found.mediaType }
  }
  readonly referrers = async (name: string, digest: Digest) =>
    (this.#repositories.get(name)?.referrers ?? [])
      .filter(({ subject }) => subject === digest)
      .map(({ referrer }) => referrer)

  /** A repository with an index of one image for amd64 under each tag. @param layers each a tree: path → text. */
  async addImage(
    name: string,
    tags: readonly string[],
    layers: readonly Readonly<Record<string, string>>[],
  ): Promise<{ index: Digest; manifest: Digest; config: Digest; layers: readonly Digest[] }> {
    const tars = layers.map(tarOf)
    const stored = await Promise.all(tars.map((tar) => this.#blob(name, LAYER, gzipSync(tar))))
    const config = await this.#blob(name, CONFIG, {
      architecture: 'amd64',
      os: 'linux',
      config: { Entrypoint: ['/bin/hello'], Env: ['PATH=/bin'] },
      rootfs: { type: 'layers', diff_ids: tars.map((tar) => digestOf(tar)) },
    })
    const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: stored }
    const manifest = await this.#manifest(name, OCI_MANIFEST, body)
    const platform = { architecture: 'amd64', os: 'linux' }
    const index = await this.#manifest(name, OCI_INDEX, {
      schemaVersion: 2,
      mediaType: OCI_INDEX,
      manifests: [{ mediaType: OCI_MANIFEST, digest: manifest.digest, size: manifest.sizeBytes, platform }],
    })
    for (const tag of tags) this.#open(name).tags.set(tag, index)
    return {
      index: index.digest,
      manifest: manifest.digest,
      config: config.digest,
      layers: stored.map(({ digest }) => digest),
    }
  }

  /** A manifest that says something about `subject`. */
  async addReferrer(
    name: string,
    subject: Digest,
    artifactType: string,
    annotations: Record<string, string>,
  ): Promise<Digest> {
    const config = await this.#blob(name, EMPTY, {})
    const about = { mediaType: OCI_INDEX, digest: subject, size: 1 }
    const body = { schemaVersion: 2, mediaType: OCI_MANIFEST, artifactType, config, layers: [config] }
    const manifest = await this.#manifest(name, OCI_MANIFEST, { ...body, subject: about, annotations })
    this.#open(name).referrers.push({ subject, referrer: { ...manifest, artifactType, annotations } })
    return manifest.digest
  }

  /** One image under many tags. */
  retag(name: string, from: string, tags: readonly string[]): void {
    const { tags: known } = this.#open(name)
    const found = known.get(from)
    if (found === undefined) throw new Error(`${name} has no tag ${from}`)
    for (const tag of tags) known.set(tag, found)
  }

  #open(name: string): LiteralRepository {
    const open = this.#repositories.get(name) ?? {
      tags: new Map(),
      manifests: new Map(),
      blobs: new Map(),
      referrers: [],
    }
    this.#repositories.set(name, open)
    return open
  }

  async #blob(name: string, mediaType: string, content: Uint8Array | object): Promise<Descriptor> {
    const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content))
    const { digest, sizeBytes: size } = await this.#store.putBytes(bytes)
    const descriptor = { mediaType, digest, size }
    this.#open(name).blobs.set(digest, descriptor)
    return descriptor
  }

  async #manifest(name: string, mediaType: string, content: object): Promise<StoredManifest> {
    const stored = { ...(await this.#store.putBytes(JSON.stringify(content))), mediaType }
    this.#open(name).manifests.set(stored.digest, stored)
    return stored
  }
}

function tarOf(tree: Readonly<Record<string, string>>): Buffer {
  const members = Object.entries(tree).flatMap(([path, text]) => {
    const body = Buffer.from(text)
    const entry = tarEntry({ path, type: 'file', mode: 0o755, sizeBytes: body.length })
    return [tarHeader(entry), body, tarPadding(body.length)]
  })
  return Buffer.concat([...members, TAR_END])
}
