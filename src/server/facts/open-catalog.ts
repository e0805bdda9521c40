// SPDX-License-Identifier: Apache-2.0
import { INITIAL_PROGRESS, type ProgressState } from '../../base/index.ts'
import type { Distro } from '../../factory/index.ts'
import type { BlobStore, Database } from '../../store/index.ts'
import type { Catalog } from '../catalog.ts'
import { readBuild, readLog } from './builds.ts'
import { openChannelReader } from './channel-view.ts'
import type { FactsContext, NamedImage } from './context.ts'
import { withFactTables } from './database.ts'
import { readDocument } from './documents.ts'
import { openGraphReader } from './graph.ts'
import { readImage } from './image-detail.ts'
import { readImages } from './images.ts'
import { OutlineShelf } from './outline.ts'
import { readPackage } from './package-detail.ts'
import { readPackages } from './packages.ts'
import { readStatus } from './status.ts'

export interface CatalogOptions {
  readonly arch: string
  readonly version: string
  /** ISO 8601, in UTC. */
  readonly startedAt: string
  /** The images that the distro defines, with or without what each is for. */
  readonly images?: readonly (string | NamedImage)[]
  /** What the recipes say now; without it, a recipe that was never planned is known by its name alone. */
  readonly distro?: Pick<Distro, 'recipes' | 'graph'>
  /** What is being done now; without it, nothing is. */
  readonly running?: () => ProgressState
}

/** The catalog on the real facts: rows of the ledger, the repository and the images, and the blobs that they name. It only reads. */
export function openCatalog(
  f: { readonly database: Database; readonly store: BlobStore },
  options: CatalogOptions,
): Catalog {
  const { arch, images = [], distro = null, running = () => INITIAL_PROGRESS } = options
  const database = withFactTables(f.database)
  const channels = {
    edge: openChannelReader(database, 'edge', arch),
    stable: openChannelReader(database, 'stable', arch),
  }
  const context: FactsContext = {
    ...{ database, store: f.store, arch, distro, running },
    images: images.map((one) => (typeof one === 'string' ? { name: one, description: '' } : one)),
    outlines: new OutlineShelf(f.store),
    channel: (name) => channels[name](),
  }
  return {
    status: () => readStatus(context, options),
    packages: () => readPackages(context),
    package: (name) => readPackage(context, name),
    images: () => readImages(context),
    image: (name) => readImage(context, name),
    build: (key) => readBuild(context, key),
    log: (key, attempt) => readLog(context, key, attempt),
    graph: openGraphReader(context),
    document: (digest) => readDocument(context, digest),
  }
}
