// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { INITIAL_PROGRESS, reduce, VERSION } from '../base/index.ts'
import { type Distro, describeImages, type Facts, type Services } from '../factory/index.ts'
import { openImageShelf } from '../image/index.ts'
import { loadKeyring } from '../keys/index.ts'
import {
  type Catalog,
  makeApkRepository,
  makeApp,
  makeRegistry,
  type OpenServer,
  openAssets,
  openCatalog,
  openServer,
} from '../server/index.ts'

const PAGE = fileURLToPath(new URL('../../web/dist', import.meta.url))

export interface Doors extends AsyncDisposable {
  readonly server: OpenServer
  readonly catalog: Catalog
  /** When the signal has closed them. */
  readonly closed: Promise<void>
}

/** The facts as the page and `status` show them. */
export async function openFactsCatalog(
  f: Facts,
  distro: Distro,
  running = () => INITIAL_PROGRESS,
): Promise<Catalog> {
  return openCatalog(f, {
    arch: f.settings.arch,
    version: VERSION,
    startedAt: new Date(f.clock.now()).toISOString(),
    images: await describeImages(distro),
    distro,
    running,
  })
}

/** Opens everything that is served on one address, and tells where. @throws MillraceError PORT_BUSY, SETTINGS_INVALID */
export async function openDoors(f: Services, distro: Distro, signal: AbortSignal): Promise<Doors> {
  let state = INITIAL_PROGRESS
  const unlisten = f.events.listen((event) => {
    state = reduce(state, event)
  })
  const catalog = await openFactsCatalog(f, distro, () => state)
  const publicKeys = async () => (await loadKeyring(join(f.dataDirectory, 'keys'))).apk
  const shelf = openImageShelf({ database: f.database, blobs: f.store })
  const app = makeApp(
    {
      catalog,
      events: f.events,
      progress: () => state,
      apkRepository: makeApkRepository({
        repository: f.repository,
        blobs: f.store,
        documents: (file) => f.ledger.documents(file),
        keys: publicKeys,
        clock: f.clock,
        emit: f.emit,
      }),
      registry: makeRegistry({ images: shelf, blobs: shelf.blobs, emit: f.emit }),
      publicKeys,
    },
    { assets: await openAssets(PAGE), names: [f.settings.host], stop: signal, emit: f.emit },
  )
  const { host, port } = f.settings
  const server = await openServer({ app, host, port, signal })
  f.emit({ type: 'server.listening', url: server.url })
  const closed = new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
  return {
    server,
    catalog,
    closed,
    [Symbol.asyncDispose]: async () => {
      unlisten()
      await server.close()
    },
  }
}
