// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { digestOf, type EventBody, fixedClock, runCommand } from '../../src/base/index.ts'
import {
  type ImageDefinition,
  type ImageServices,
  parseImage,
  parseImageSheet,
} from '../../src/image/index.ts'
import { type IncomingApk, openRepository } from '../../src/repository/index.ts'
import { migrate, openBlobDirectory, openDatabase, startCluster } from '../../src/store/index.ts'
import { makeSigner, type PackageWish, packApk } from './packed-apk.ts'

/** Everything that making images needs, in a directory and a database of its own. */
export interface ImageMill extends AsyncDisposable {
  readonly directory: string
  readonly f: ImageServices
  readonly events: EventBody[]
  readonly signer: ReturnType<typeof makeSigner>
  readonly attestationPem: string
  pack(stem: string, arch: string, wish: PackageWish): ReturnType<typeof packApk>
  /** Packages into `edge`, by `NAME-VERSION`. */
  publish(arch: string, packages: Readonly<Record<string, PackageWish>>): Promise<void>
  offer(channel: 'seed' | 'edge', arch: string, apks: readonly IncomingApk[]): Promise<void>
}

export async function openImageMill(): Promise<ImageMill> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-image-'))
  const cluster = await startCluster({ exec: runCommand }, directory)
  const database = openDatabase(cluster.url)
  await migrate(database)
  const blobs = await openBlobDirectory(directory)
  const signer = makeSigner('test.rsa.pub')
  const events: EventBody[] = []
  const clock = fixedClock(Date.parse('2026-01-01T00:00:00Z'))
  const repository = openRepository({ database, blobs, signer, clock, emit: () => {} })
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const pack: ImageMill['pack'] = (stem, arch, wish) => packApk({ blobs, signer }, stem, arch, wish)
  const offer: ImageMill['offer'] = async (channel, arch, apks) => {
    await repository.publish(channel, arch, apks)
  }
  return {
    directory,
    events,
    signer,
    attestationPem: publicPem,
    f: {
      ...{ database, blobs, repository, clock },
      exec: runCommand,
      emit: (event) => events.push(event),
      workDirectory: directory,
      uid: process.getuid?.() ?? 0,
      keys: [{ name: signer.publicKeyName, pem: signer.pem }],
      attestor: {
        key: {
          fingerprint: digestOf(publicKey.export({ type: 'spki', format: 'der' })),
          publicPem,
          sign: async (bytes) => sign('sha256', bytes, privateKey),
        },
        builder: { id: 'https://example.org/builder', version: { millrace: '1' } },
        supplier: 'Example',
        namespace: 'example',
      },
    },
    pack,
    offer,
    publish: async (arch, packages) => {
      const apks = []
      for (const [stem, wish] of Object.entries(packages)) apks.push(await pack(stem, arch, wish))
      await offer('edge', arch, apks)
    },
    [Symbol.asyncDispose]: async () => {
      await database.destroy()
      await cluster.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

const ANY_SHEET = 'description: x\ntests:\n  - {name: has a tree, present: [/usr]}\n'

/** An image as its two texts define it. */
export function defineImage(yaml: string, name = 'thing', sheet = ANY_SHEET): ImageDefinition {
  const { content, locate } = parseImage(yaml, `${name}.yaml`)
  return {
    name,
    file: `${name}.yaml`,
    digest: digestOf(yaml),
    content,
    sheet: parseImageSheet(sheet, `${name}.test.yaml`),
    at: (path) => locate(path),
  }
}
